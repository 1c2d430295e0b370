/* story.c
 * Tells a story: gives its messages to a tunnel, and compares what is found.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "story.h"

wg_findings all_found;

struct wg_endpoint
endpoint(uint8_t last, uint16_t port)
{
    const uint8_t address[] = { 192, 0, 2, last };
    return wg_endpoint_make(WG_ENDPOINT_IPV4, address, sizeof address, port);
}

struct story *
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

struct wg_fact
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

void
give(struct story *s, unsigned x, const struct wg_fact *f)
{
    s->x[x].tunnel = &s->t;
    wg_tunnel_account(&s->t, &s->x[x], f);
}

void
initiation_by(struct story *s, double time, unsigned x, unsigned side)
{
    const struct wg_fact f = fact(s, time, side, WG_TYPE_INITIATION, 148);
    s->x[x].initiator = side;
    give(s, x, &f);
}

void
initiation(struct story *s, double time, unsigned x)
{
    initiation_by(s, time, x, CLIENT);
}

void
response(struct story *s, double time, unsigned x)
{
    struct wg_fact f = fact(s, time, !s->x[x].initiator, WG_TYPE_RESPONSE, 92);
    f.response_time = 10 * WG_MILLISECOND;
    give(s, x, &f);
}

void
cookie(struct story *s, double time, unsigned x)
{
    const struct wg_fact f = fact(s, time, !s->x[x].initiator, WG_TYPE_COOKIE_REPLY, 64);
    give(s, x, &f);
}

void
data_of(struct story *s, double time, unsigned x, unsigned side, uint32_t length)
{
    struct wg_fact f = fact(s, time, side, WG_TYPE_DATA, length);

    f.skipped = s->skip[side];
    s->lost[side] += s->skip[side];
    f.lost = s->lost[side];
    s->skip[side] = 0;
    give(s, x, &f);
}

void
data(struct story *s, double time, unsigned x, unsigned side)
{
    data_of(s, time, x, side, DATA);
}

void
keepalive(struct story *s, double time, unsigned x, unsigned side)
{
    data_of(s, time, x, side, WG_DATA_MIN_LEN);
}

void
handshake(struct story *s, double time, unsigned x)
{
    initiation(s, time, x);
    response(s, time + 0.01, x);
    s->lost[0] = s->lost[1] = 0;
}

void
pings(struct story *s, unsigned x, double from, double to)
{
    for (double time = from; time < to; time++) {
        data(s, time, x, CLIENT);
        data(s, time + 0.02, x, SERVER);
    }
}

struct story *
up(void)
{
    struct story *s = begin();

    handshake(s, 0, 0);
    pings(s, 0, 1, 11);
    return s;
}

void
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

void
tries(struct story *s, double from, unsigned count, unsigned x)
{
    for (unsigned i = 0; i < count; i++)
        initiation(s, from + 5.1 * i, x + i);
}
