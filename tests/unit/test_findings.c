/* test_findings.c
 * What the evidence of a tunnel proves: short stories of messages, and all that must be found in
 * them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "wg/findings.h"
#include "wg/timers.h"

#define IS(name) (UINT64_C(1) << WG_FINDING_##name)

enum { CLIENT, SERVER };
enum { SESSIONS = 64, DATA = 128, LARGE = 1452 };

/* A tunnel and the sessions in it. Times are seconds. */
struct story {
    struct wg_surroundings around;
    struct wg_tunnel t;
    struct wg_exchange x[SESSIONS];
    uint64_t lost[2], skip[2]; /* skip: before the next packet of a side */
    struct wg_endpoint at[2];
    uint32_t frame;
    double now;
};

static wg_findings all_found; /* in any test */

static struct wg_endpoint
endpoint(uint8_t last, uint16_t port)
{
    const uint8_t address[] = { 192, 0, 2, last };
    return wg_endpoint_make(WG_ENDPOINT_IPV4, address, sizeof address, port);
}

static struct story *
begin(void)
{
    struct story *s = g_new0(struct story, 1);

    s->at[CLIENT] = endpoint(1, 40000);
    s->at[SERVER] = endpoint(2, 51820);
    wg_tunnel_begin(&s->t, &s->around, WG_SECOND);
    for (unsigned side = 0; side < 2; side++)
        s->t.side[side].first = s->t.side[side].now = s->at[side];
    return s;
}

static struct wg_fact
fact(struct story *s, double time, unsigned side, enum wg_message_type type, uint32_t length)
{
    s->now = MAX(s->now, time);
    s->around.now = WG_SECOND + (int64_t)(s->now * 1e9);
    return (struct wg_fact){ .side = side,
                             .frame = ++s->frame,
                             .time = WG_SECOND + (int64_t)(time * 1e9),
                             .source = s->at[side],
                             .destination = s->at[!side],
                             .length = length,
                             .type = type,
                             .hops = 64,
                             .response_time = -1 };
}

static void
give(struct story *s, unsigned x, const struct wg_fact *f)
{
    s->x[x].tunnel = &s->t;
    wg_tunnel_account(&s->t, &s->x[x], f);
}

static void
initiation_by(struct story *s, double time, unsigned x, unsigned side)
{
    const struct wg_fact f = fact(s, time, side, WG_TYPE_INITIATION, 148);
    s->x[x].initiator = side;
    give(s, x, &f);
}

static void
initiation(struct story *s, double time, unsigned x)
{
    initiation_by(s, time, x, CLIENT);
}

static void
response(struct story *s, double time, unsigned x)
{
    struct wg_fact f = fact(s, time, !s->x[x].initiator, WG_TYPE_RESPONSE, 92);
    f.response_time = 10 * WG_MILLISECOND;
    give(s, x, &f);
}

static void
cookie(struct story *s, double time, unsigned x)
{
    const struct wg_fact f = fact(s, time, !s->x[x].initiator, WG_TYPE_COOKIE_REPLY, 64);
    give(s, x, &f);
}

static void
data_of(struct story *s, double time, unsigned x, unsigned side, uint32_t length)
{
    struct wg_fact f = fact(s, time, side, WG_TYPE_DATA, length);

    f.skipped = s->skip[side];
    s->lost[side] += s->skip[side];
    f.lost = s->lost[side];
    s->skip[side] = 0;
    give(s, x, &f);
}

static void
data(struct story *s, double time, unsigned x, unsigned side)
{
    data_of(s, time, x, side, DATA);
}

static void
keepalive(struct story *s, double time, unsigned x, unsigned side)
{
    data_of(s, time, x, side, WG_DATA_MIN_LEN);
}

static void
handshake(struct story *s, double time, unsigned x)
{
    initiation(s, time, x);
    response(s, time + 0.01, x);
    s->lost[0] = s->lost[1] = 0;
}

/* A question and its answer each second. */
static void
pings(struct story *s, unsigned x, double from, double to)
{
    for (double time = from; time < to; time++) {
        data(s, time, x, CLIENT);
        data(s, time + 0.02, x, SERVER);
    }
}

static struct story *
up(void)
{
    struct story *s = begin();

    handshake(s, 0, 0);
    pings(s, 0, 1, 11);
    return s;
}

/* All that is found, and the verdict. */
static void
expect(struct story *s, wg_findings expected)
{
    const wg_findings found = wg_tunnel_findings(&s->t);

    for (unsigned i = 0; i < WG_FINDING_COUNT; i++)
        if ((found ^ expected) >> i & 1)
            g_test_message("%s: %s", wg_finding_rows[i].name, found >> i & 1 ? "found" : "missing");
    g_assert_cmphex(found, ==, expected);
    all_found |= found;
    g_free(s);
}

/* ---- it does not come up ---- */

static void
tries(struct story *s, double from, unsigned count, unsigned x)
{
    for (unsigned i = 0; i < count; i++)
        initiation(s, from + 5.1 * i, x + i);
}

static void
test_no_answer(void)
{
    struct story *s = begin();
    initiation(s, 0, 0);
    expect(s, IS(TOO_LITTLE)); /* anyone can send one */
    s = begin();
    tries(s, 0, 2, 0);
    expect(s, IS(NO_ANSWER));
    s = begin();
    tries(s, 0, 7, 0);
    s->t.unreachable = (struct wg_evidence){ 1, 9, 9 };
    expect(s, IS(UNREACHABLE));
    expect(begin(), IS(TOO_LITTLE));
}

static void
test_cookies(void)
{
    struct story *s = begin();
    for (unsigned i = 0; i < 3; i++) {
        initiation(s, 5.1 * i, i);
        cookie(s, 5.1 * i + 0.01, i);
    }
    expect(s, IS(ONLY_COOKIES));
    s = begin();
    initiation(s, 0, 0);
    cookie(s, 0.01, 0);
    handshake(s, 5.1, 1);
    pings(s, 1, 6, 9);
    expect(s, IS(HEALTHY) | IS(UNDER_LOAD) | IS(RETRIED));
}

static void
rejected(struct story *s, double from, unsigned count, unsigned x, double every)
{
    for (unsigned i = 0; i < count; i++)
        handshake(s, from + every * i, x + i);
}

static void
test_responses(void)
{
    struct story *s = begin();
    handshake(s, 0, 0);
    expect(s, IS(NOT_CONFIRMED));
    s = begin();
    rejected(s, 0, 2, 0, 5.1);
    expect(s, IS(NOT_CONFIRMED)); /* one response may be lost */
    s = begin();
    rejected(s, 0, 3, 0, 5.1);
    expect(s, IS(NOT_ACCEPTED));
    /* Judged by the last handshakes, and not by the best. */
    s = up();
    rejected(s, 130, 4, 1, 5.1);
    expect(s, IS(NOT_ACCEPTED) | IS(TRAFFIC));
    s = begin();
    rejected(s, 0, 4, 0, 5.1);
    pings(s, 3, 16, 20);
    expect(s, IS(HEALTHY) | IS(RETRIED));
    /* Later than 5 s: they are accepted, and the data is lost on the way. */
    s = begin();
    rejected(s, 0, 4, 0, 15.5);
    expect(s, IS(DATA_LOST));
    s = begin();
    rejected(s, 0, 3, 0, 5.1);
    s->t.elsewhere = (struct wg_evidence){ 3, 2, 6 };
    expect(s, IS(ANSWERED_ELSEWHERE));
    s = up();
    s->t.elsewhere = (struct wg_evidence){ 1, 2, 2 };
    expect(s, IS(HEALTHY) | IS(ELSEWHERE));
}

static void
test_keys(void)
{
    const struct wg_evidence some = { 3, 1, 5 };
    struct story *s = begin();

    tries(s, 0, 3, 0);
    s->t.mac1_bad = some;
    expect(s, IS(WRONG_PUBLIC_KEY));
    s = begin();
    tries(s, 0, 3, 0);
    s->t.mac1_unknown = some;
    expect(s, IS(NO_ANSWER) | IS(OTHER_PUBLIC_KEY));
    s = begin();
    tries(s, 0, 3, 0);
    s->t.stranger = some;
    expect(s, IS(UNKNOWN_PEER));
    s = begin();
    rejected(s, 0, 3, 0, 5.1);
    s->t.psks_differ = true;
    expect(s, IS(PSK_MISMATCH));
    s = begin();
    rejected(s, 0, 3, 0, 5.1);
    s->t.psk_right =
        some; /* by the responder's: this does not tell a lost one from a rejected one */
    expect(s, IS(NOT_ACCEPTED));
    s = up();
    s->t.psk_up = some;
    expect(s, IS(HEALTHY) | IS(OTHER_PSK));
    s = up();
    s->t.psk_up = some;
    s->t.psk_found = some.last; /* it came late */
    expect(s, IS(HEALTHY));
    s = up();
    s->t.psk_mismatch = (struct wg_evidence){ 3, 1, 5 };
    s->t.psk_right = (struct wg_evidence){ 1, 9, 9 };
    expect(s, IS(HEALTHY)); /* mended */
    s = up();
    tries(s, 130, 3, 1);
    s->t.verdicts[WG_VERDICT_CLOCK_BACKWARDS] = (struct wg_evidence){ 3, s->frame - 2, s->frame };
    expect(s, IS(CLOCK) | IS(TRAFFIC));
    s = up();
    s->t.verdicts[WG_VERDICT_CLOCK_BACKWARDS] = (struct wg_evidence){ 1, 1, 1 };
    expect(s, IS(HEALTHY) | IS(CLOCK_WENT_BACK));
    s = up();
    s->t.shared = (struct wg_evidence){ 2, 5, 9 };
    expect(s, IS(SHARED_KEY) | IS(TRAFFIC));
    s = up();
    s->t.shared = (struct wg_evidence){ 1, 5, 5 };
    expect(s, IS(HEALTHY)); /* it moved once */
}

/* ---- it does not stay up ---- */

static void
test_contact(void)
{
    struct story *s = up();
    tries(s, 130, 3, 1);
    expect(s, IS(LOST_CONTACT) | IS(TRAFFIC));
    s = up();
    tries(s, 130, 2, 1);
    expect(s, IS(UNANSWERED) | IS(TRAFFIC));
    s = up();
    initiation(s, 130, 1);
    expect(s, IS(HEALTHY)); /* it may be on its way */
    /* While the session goes on, they prove nothing; */
    s = up();
    tries(s, 12, 2, 1);
    pings(s, 0, 18, 30);
    expect(s, IS(HEALTHY) | IS(UNPROVED));
    /* but where it is to be renewed, it is about to end. */
    s = up();
    pings(s, 0, 11, 121);
    for (unsigned i = 0; i < 5; i++) {
        initiation(s, 121 + 5.1 * i, 1 + i);
        pings(s, 0, 122 + 5.1 * i, 126 + 5.1 * i);
    }
    expect(s, IS(REKEY_UNANSWERED) | IS(TRAFFIC));
}

static void
test_overdue(void)
{
    struct story *s = up();
    pings(s, 0, 11, 130);
    expect(s, IS(OVERDUE) | IS(TRAFFIC));
    /* The first packet past 120 s always precedes the initiation that it calls for. */
    s = up();
    pings(s, 0, 11, 121);
    handshake(s, 121.5, 1);
    pings(s, 1, 122, 130);
    expect(s, IS(HEALTHY));
    /* Keepalives do not call for one; nor does the responder's data. */
    s = up();
    for (double t = 36; t < 170; t += 25)
        keepalive(s, t, 0, CLIENT);
    expect(s, IS(HEALTHY));
    /* What does not pad is NepTUN, which waits for 180 s. */
    s = up();
    for (double t = 12; t < 170; t++) {
        data_of(s, t, 0, CLIENT, WG_DATA_MIN_LEN + 84);
        data_of(s, t + 0.02, 0, SERVER, WG_DATA_MIN_LEN + 84);
    }
    expect(s, IS(HEALTHY));
}

/* Data each second, and nothing back: the sender starts over after 15 s. */
static void
loop(struct story *s, unsigned times, unsigned x, double from)
{
    for (unsigned i = 0; i < times; i++) {
        handshake(s, from + 16 * i, x + i);
        for (double t = 0.5; t < 16; t += 2.5)
            data(s, from + 16 * i + t, x + i, CLIENT);
    }
}

static void
test_restarts(void)
{
    struct story *s = begin();
    loop(s, 4, 0, 0);
    expect(s, IS(HEARS_NOTHING) | IS(TRAFFIC));
    s = begin();
    loop(s, 2, 0, 0); /* once */
    expect(s, IS(IDLE));
    /* The other side is quiet, and has no keepalive for data: after each burst a handshake. */
    s = begin();
    for (unsigned i = 0; i < 4; i++) {
        handshake(s, 20.5 * i, i);
        pings(s, i, 20.5 * i + 1, 20.5 * i + 5);
        data(s, 20.5 * i + 5, i, CLIENT);
    }
    expect(s, IS(HEALTHY) | IS(QUIET));
    /* Data comes back, and its receiver starts over all the same. */
    s = begin();
    for (unsigned i = 0; i < 4; i++) {
        handshake(s, 15.5 * i, i);
        pings(s, i, 15.5 * i + 0.3, 15.5 * i + 15);
    }
    expect(s, IS(DEAF) | IS(TRAFFIC));
}

static void
test_keepalives_only(void)
{
    struct story *s = begin();
    handshake(s, 0, 0);
    for (unsigned t = 1; t < 40; t++) {
        data(s, t, 0, CLIENT);
        if (t % 10 == 1 && t > 1)
            keepalive(s, t + 0.1, 0, SERVER);
    }
    expect(s, IS(KEEPALIVES_ONLY) | IS(TRAFFIC));
    s = begin();
    handshake(s, 0, 0);
    for (unsigned t = 1; t < 15; t++) {
        data(s, t, 0, CLIENT);
        if (t == 11)
            keepalive(s, t + 0.1, 0, SERVER);
    }
    expect(s, IS(IDLE)); /* too short to tell */
    /* Of the one that did not begin, it may ask for no answer. */
    s = begin();
    handshake(s, 0, 0);
    keepalive(s, 0.02, 0, CLIENT);
    for (unsigned t = 1; t < 40; t++) {
        data(s, t, 0, SERVER);
        if (t % 10 == 1 && t > 1)
            keepalive(s, t + 0.1, 0, CLIENT);
    }
    expect(s, IS(ONE_WAY_DATA));
}

static void
test_one_side(void)
{
    /* Who does not start over does hear the other side. */
    struct story *s = begin();
    handshake(s, 0, 0);
    for (unsigned t = 1; t < 40; t++)
        data(s, t, 0, CLIENT);
    expect(s, IS(ONE_SIDED));
    s = begin();
    handshake(s, 0, 0);
    for (unsigned t = 1; t < 10; t++)
        data(s, t, 0, CLIENT);
    expect(s, IS(IDLE));
    /* A chain of tries proves that nothing was accepted, whatever was captured of the other side.
     */
    s = begin();
    s->x[0].proved = true;
    for (unsigned t = 1; t < 20; t++)
        data(s, t, 0, CLIENT);
    tries(s, 20, 7, 1);
    expect(s, IS(LOST_CONTACT) | IS(TRAFFIC));
}

static void
test_outage(void)
{
    struct story *s = up();
    for (unsigned i = 0; i < 6; i++)
        initiation(s, 26 + 5.1 * i, 1 + i);
    handshake(s, 60, 8);
    pings(s, 8, 61, 70);
    expect(s, IS(OUTAGE) | IS(TRAFFIC));
    /* Silence alone is none. */
    s = up();
    pings(s, 0, 60, 70);
    expect(s, IS(HEALTHY));
    /* Packets that are missing after it are; and no loss besides. */
    s = up();
    s->skip[CLIENT] = 30;
    pings(s, 0, 60, 70);
    expect(s, IS(OUTAGE) | IS(TRAFFIC));
}

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
        { WG_VERDICT_COOKIE_IGNORED, 1, IS(COOKIE_IGNORED) | IS(TRAFFIC) },
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

/* Data with copies at once, of which some have several. */
static void
data_and_copies(struct story *s, double time, unsigned side, uint64_t counter, unsigned copies)
{
    data(s, time, 0, side);
    const uint32_t first = s->frame;

    for (unsigned i = 1; i <= copies; i++) {
        struct wg_fact copy = fact(s, time + i * 0.0001, side, WG_TYPE_DATA, DATA);
        copy.copy = true;
        copy.first = first;
        copy.counter = counter;
        copy.verdicts = 1u << WG_VERDICT_DUPLICATE;
        give(s, 0, &copy);
    }
}

static void
test_copies(void)
{
    struct story *s = begin();

    handshake(s, 0, 0);
    for (unsigned i = 1; i < 10; i++) {
        data_and_copies(s, i, CLIENT, i, 1);
        data_and_copies(s, i + 0.02, SERVER, i, 1);
    }
    g_assert_cmpuint(s->t.side[CLIENT].data.count, ==, 9); /* each counts once */
    g_assert_cmpuint(s->t.copies_at_once.count, ==, 18);
    expect(s, IS(HEALTHY) | IS(TWICE));
    s = begin(); /* three copies of a few */
    handshake(s, 0, 0);
    for (unsigned i = 1; i < 10; i++) {
        data_and_copies(s, i, CLIENT, i, i < 5 ? 3 : 0);
        data_and_copies(s, i + 0.02, SERVER, i, 0);
    }
    g_assert_cmpuint(s->t.copies_at_once.count, ==, 4);
    expect(s, IS(HEALTHY) | IS(DUPLICATES));
}

/* All of it is replayed an hour later. */
static void
test_late_copies(void)
{
    struct story *s = up();
    const int64_t ended = s->t.ended;

    for (unsigned i = 0; i < 5; i++) {
        struct wg_fact copy = fact(s, 3600 + i, i % 2, WG_TYPE_DATA, DATA);
        copy.copy = true;
        copy.verdicts = 1u << WG_VERDICT_DUPLICATE | 1u << WG_VERDICT_EXPIRED;
        give(s, 0, &copy);
    }
    g_assert_cmpint(s->t.ended, ==, ended);
    g_assert_cmpuint(s->t.verdicts[WG_VERDICT_EXPIRED].count, ==, 0);
    expect(s, IS(HEALTHY) | IS(DUPLICATES));
}

/* Copies of a handshake are no data that was seen again. */
static void
test_handshake_copies(void)
{
    struct story *s = up();
    struct wg_fact copy = fact(s, 13, CLIENT, WG_TYPE_INITIATION, 148);

    copy.copy = true;
    copy.verdicts = 1u << WG_VERDICT_DUPLICATE;
    give(s, 0, &copy);
    g_assert_cmpuint(s->t.verdicts[WG_VERDICT_DUPLICATE].count, ==, 0);
    copy = fact(s, 14, CLIENT, WG_TYPE_DATA, DATA);
    copy.copy = true;
    copy.verdicts = 1u << WG_VERDICT_DUPLICATE;
    give(s, 0, &copy);
    g_assert_cmpuint(s->t.verdicts[WG_VERDICT_DUPLICATE].count, ==, 1);
    expect(s, IS(HEALTHY) | IS(DUPLICATES));
}

/* ---- the table ---- */

static const struct {
    const char *path;
    void (*run)(void);
} stories[] = {
    { "/findings/no-answer", test_no_answer },
    { "/findings/cookies", test_cookies },
    { "/findings/responses", test_responses },
    { "/findings/keys", test_keys },
    { "/findings/contact", test_contact },
    { "/findings/overdue", test_overdue },
    { "/findings/restarts", test_restarts },
    { "/findings/keepalives-only", test_keepalives_only },
    { "/findings/one-side", test_one_side },
    { "/findings/outage", test_outage },
    { "/findings/losses", test_losses },
    { "/findings/keepalive-stops", test_keepalive_stops },
    { "/findings/time-jumps", test_time_jumps },
    { "/findings/verdicts", test_verdicts },
    { "/findings/besides", test_besides },
    { "/findings/copies", test_copies },
    { "/findings/late-copies", test_late_copies },
    { "/findings/handshake-copies", test_handshake_copies },
};

static void
test_every_finding(void)
{
    /* With keys that these stories do not have: tests/dissect has captures of them. */
    const wg_findings elsewhere = IS(OWN_KEY) | IS(PSKS_CONTRADICT) | IS(PEER_MISSING) |
                                  IS(KEYS_CONTRADICT) | IS(CLOCK_SUSPECT);

    all_found = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(stories); i++)
        stories[i].run();
    g_assert_cmphex(all_found | elsewhere, ==, UINT64_MAX >> (64 - WG_FINDING_COUNT));
    g_assert_cmphex(all_found & elsewhere, ==, 0);
}

static void
test_order(void)
{
    wg_findings some = IS(ROAMED) | IS(HEALTHY) | IS(LOSSY) | IS(OUTLIVED) | IS(CLOCK);

    g_assert_cmpint(wg_findings_verdict(some), ==, WG_FINDING_CLOCK);
    g_assert_cmpint(wg_findings_next(&some), ==, WG_FINDING_CLOCK);
    g_assert_cmpint(wg_findings_next(&some), ==, WG_FINDING_OUTLIVED);
    g_assert_cmpint(wg_findings_next(&some), ==, WG_FINDING_LOSSY);
    g_assert_cmpint(wg_findings_next(&some), ==, WG_FINDING_HEALTHY);
    g_assert_cmpint(wg_findings_next(&some), ==, WG_FINDING_ROAMED);
    g_assert_cmpint(wg_findings_next(&some), ==, WG_FINDING_COUNT);
    g_assert_cmpstr(wg_severity_name(WG_SEVERITY_GOOD), ==, "OK");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(stories); i++)
        g_test_add_func(stories[i].path, stories[i].run);
    g_test_add_func("/findings/order", test_order);
    g_test_add_func("/findings/every-finding", test_every_finding);
    return g_test_run();
}
