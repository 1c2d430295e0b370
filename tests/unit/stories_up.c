/* stories_up.c
 * Tunnels that are up: losses, and what verdicts and keys tell.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "story.h"

/* ---- losses ---- */

static struct story *
losing(unsigned every, unsigned lost_client, unsigned lost_server, uint32_t there, uint32_t back)
{
    struct story *s = begin();

    handshake(s, 0, 0);
    for (unsigned i = 1; i <= 100; i++) {
        s->skip[CLIENT] = i % every == 0 ? lost_client : 0;
        s->skip[SERVER] = i % every == 0 ? lost_server : 0;
        data_of(s, 0.1 * i, 0, CLIENT, there);
        data_of(s, 0.1 * i + 0.02, 0, SERVER, back);
    }
    return s;
}

static void
test_losses(void)
{
    expect(losing(10, 0, 0, DATA, DATA), IS(HEALTHY));
    expect(losing(50, 1, 0, DATA, DATA), IS(HEALTHY)); /* two */
    expect(losing(20, 1, 0, DATA, DATA), IS(LOSSY) | IS(TRAFFIC));
    expect(losing(5, 0, 3, LARGE, DATA), IS(SIZE) | IS(TRAFFIC));
    expect(losing(5, 0, 3, DATA, DATA), IS(LOSSY) | IS(TRAFFIC));   /* nobody sends large ones */
    expect(losing(5, 0, 3, LARGE, LARGE), IS(LOSSY) | IS(TRAFFIC)); /* large ones arrive */
    expect(losing(1, 9, 9, DATA, DATA), IS(HEALTHY) | IS(SAMPLED));
    /* A counter that no sender reaches in that time. */
    struct story *s = up();
    s->skip[CLIENT] = 1000000000;
    data(s, 11, 0, CLIENT);
    expect(s, IS(HEALTHY));
    /* A large packet that is sent again after twice the time each time. */
    s = up();
    for (double t = 12, wait = 0.3; wait < 10; t += wait, wait *= 2)
        data_of(s, t, 0, SERVER, LARGE);
    expect(s, IS(SIZE) | IS(TRAFFIC));
}

static void
test_keepalive_stops(void)
{
    struct story *s = up();
    for (unsigned i = 1; i < 6; i++)
        keepalive(s, 25 * i, 0, CLIENT);
    s->around.now += 100 * WG_SECOND;
    expect(s, IS(KEEPALIVE_STOPS) | IS(TRAFFIC));
    s = up();
    for (unsigned i = 1; i < 6; i++)
        keepalive(s, 25 * i, 0, CLIENT);
    s->around.now += 20 * WG_SECOND;
    expect(s, IS(HEALTHY));
    s = up();
    for (unsigned i = 1; i < 6; i++) {
        s->at[CLIENT] = endpoint(1, (uint16_t)(40000 + i));
        keepalive(s, 25 * i, 0, CLIENT);
    }
    expect(s, IS(PORT_CHANGES) | IS(TRAFFIC));
}

/* ---- what verdicts and keys tell ---- */

static void
expired(struct story *s, double time, unsigned side)
{
    struct wg_fact f = fact(s, time, side, WG_TYPE_DATA, DATA);

    f.verdicts = UINT32_C(1) << WG_VERDICT_EXPIRED;
    f.skipped = s->skip[side];
    s->skip[side] = 0;
    give(s, 0, &f);
}

static void
test_time_jumps(void)
{
    struct story *s = up();
    const double before = s->now;
    expired(s, before + 3600, CLIENT);
    expired(s, before + 3600.1, SERVER);
    expired(s, before + 3640, CLIENT);
    expired(s, before + 3640.1, SERVER);
    expect(s, IS(HEALTHY) | IS(TIME_JUMPS));
    s = up(); /* one side only */
    expired(s, before + 3600, CLIENT);
    expect(s, IS(OUTLIVED) | IS(TRAFFIC));
    s = up(); /* packets are missing: time may have passed */
    s->skip[CLIENT] = 1;
    expired(s, before + 3600, CLIENT);
    expired(s, before + 3600.1, SERVER);
    g_assert_false(wg_findings_have(wg_tunnel_findings(&s->t), WG_FINDING_TIME_JUMPS));
    g_free(s);
    s = up(); /* no gap */
    expired(s, before + 59, CLIENT);
    expired(s, before + 59.1, SERVER);
    expect(s, IS(OUTLIVED) | IS(TRAFFIC));
}

static void
test_verdicts(void)
{
    static const struct {
        enum wg_verdict verdict;
        uint32_t count;
        wg_findings found;
    } rows[] = {
        { WG_VERDICT_EXPIRED, 1, IS(OUTLIVED) | IS(TRAFFIC) },
        { WG_VERDICT_COUNTER_RESET, 3, IS(COUNTER_RESET) | IS(TRAFFIC) },
        { WG_VERDICT_COUNTER_RESET, 2, IS(HEALTHY) },
        { WG_VERDICT_COOKIE_IGNORED, 2, IS(COOKIE_IGNORED) | IS(TRAFFIC) },
        { WG_VERDICT_COOKIE_IGNORED, 1, IS(HEALTHY) },
        { WG_VERDICT_ROAMED, 1, IS(HEALTHY) | IS(ROAMED) },
        { WG_VERDICT_REPLAYED_HANDSHAKE, 1, IS(HEALTHY) | IS(REPLAYED) },
        { WG_VERDICT_RESPONDER_FIRST, 1, IS(HEALTHY) | IS(RESPONDER_FIRST) },
        { WG_VERDICT_DUPLICATE, 1, IS(HEALTHY) | IS(DUPLICATES) },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct story *s = up();
        s->t.verdicts[rows[i].verdict] = (struct wg_evidence){ rows[i].count, 1, 9 };
        expect(s, rows[i].found);
    }
}

static void
test_besides(void)
{
    const struct wg_evidence one = { 1, 5, 5 };
    struct story *s = up();

    s->t.too_big = one;
    expect(s, IS(MTU) | IS(TRAFFIC));
    s = up();
    s->t.unreachable = one;
    expect(s, IS(HEALTHY) | IS(REFUSED));
    s = up();
    s->t.reassembled = one;
    expect(s, IS(HEALTHY) | IS(FRAGMENTS));
    s = up();
    s->t.forged = one;
    s->t.side[CLIENT].failed = 1;
    s->t.side[CLIENT].opened = 9;
    expect(s, IS(HEALTHY) | IS(FORGED));
    s = up();
    s->t.forged = one;
    s->t.side[CLIENT].failed = 5;
    s->t.side[CLIENT].opened = 5;
    expect(s, IS(NOT_AUTHENTIC) | IS(TRAFFIC));
    s = up();
    s->t.side[CLIENT].outside = (struct wg_evidence){ 5, 1, 9 };
    s->t.side[CLIENT].opened = 9;
    expect(s, IS(OUTSIDE_ALLOWED_IPS) | IS(TRAFFIC));
    s = up();
    s->t.side[CLIENT].outside = one;
    s->t.side[CLIENT].opened = 9;
    expect(s, IS(HEALTHY) | IS(SOME_OUTSIDE));
    s = up();
    initiation_by(s, 20, 1, SERVER);
    response(s, 20.01, 1);
    data(s, 20.02, 1, SERVER);
    expect(s, IS(HEALTHY) | IS(BOTH_INITIATE));
    s = begin();
    s->x[0].proved = true;
    pings(s, 0, 1, 5);
    expect(s, IS(MID_SESSION));
}

const struct story_case stories_up[] = {
    { "/findings/losses", test_losses },
    { "/findings/keepalive-stops", test_keepalive_stops },
    { "/findings/time-jumps", test_time_jumps },
    { "/findings/verdicts", test_verdicts },
    { "/findings/besides", test_besides },
    { NULL, NULL },
};
