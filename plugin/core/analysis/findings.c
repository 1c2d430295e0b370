/* findings.c
 * What the evidence proves.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wg/diagnosis.h"

#define SECOND INT64_C(1000000000)

/* KEEPALIVE_TIMEOUT + REKEY_TIMEOUT: whoever gets data sends something back within 10 s, and whoever
 * hears nothing for another 5 s gives the session up (paper, 6.5 and 6.4). */
#define SILENCE (15 * SECOND)

/* From this share of lost packets on, a tunnel is not called healthy: one in a hundred. */
enum { LOSSY_PER = 100 };

/* A link that drops what is large drops much of what carries anything: one in four. */
enum { MANY_PER = 4 };

/* Datagrams of this size and below pass everywhere: IPv6's minimum MTU, less IPv6 and UDP. */
enum { SAFE_SIZE = 1280 - 40 - 8 };

static uint64_t
bit(enum wg_finding finding, bool holds)
{
    return (uint64_t)holds << finding;
}

static bool
has(const struct wg_tunnel *t, enum wg_verdict verdict)
{
    return t->verdicts[verdict].count > 0;
}

static bool
carries(const struct wg_tunnel *t, unsigned side)
{
    return t->side[side].data.count > 0;
}

static bool
silent(const struct wg_tunnel_side *side)
{
    return side->unheard_data.count > 1 &&
           wg_elapsed(side->unheard_since, side->last_time) >= SILENCE;
}

static bool
heard(const struct wg_tunnel *t, unsigned side)
{
    const struct wg_tunnel_side *s = &t->side[side];
    return s->initiations.count + s->responses.count + s->cookies.count + s->data.count > 0;
}

static bool
wrong_key(const struct wg_tunnel *t)
{
    return t->mac1_bad.count > 0 || (t->mac1_unknown.count > 0 && t->mac1_good.count == 0);
}

/* A tunnel on which no data was captured, or only the initiator's side of it. */
static uint64_t
coming_up(const struct wg_tunnel *t)
{
    const uint32_t responses = t->side[0].responses.count + t->side[1].responses.count;
    const uint32_t cookies = t->side[0].cookies.count + t->side[1].cookies.count;
    const uint32_t initiations = t->side[0].initiations.count + t->side[1].initiations.count;

    if (responses == 0 && cookies == 0) {
        if (initiations == 0)
            return 0;
        return bit(WG_FINDING_UNREACHABLE, t->unreachable.count > 0) |
               bit(WG_FINDING_WRONG_PUBLIC_KEY, wrong_key(t)) |
               bit(WG_FINDING_UNKNOWN_PEER, t->stranger.count > 0) |
               bit(WG_FINDING_NO_ANSWER, t->unreachable.count == 0);
    }
    if (!heard(t, 0) || !heard(t, 1))
        return bit(WG_FINDING_ONE_SIDED, true);
    if (responses == 0)
        return bit(WG_FINDING_ONLY_COOKIES, true);
    if (t->psk_mismatch.count > 0)
        return bit(WG_FINDING_PSK_MISMATCH, true);
    return has(t, WG_VERDICT_NOT_ACCEPTED) ? bit(WG_FINDING_NOT_ACCEPTED, true)
                                           : bit(WG_FINDING_NOT_CONFIRMED, true);
}

static bool
lossy(const struct wg_tunnel *t, unsigned side)
{
    const uint64_t lost = wg_tunnel_lost(t, side), there = wg_tunnel_distinct(t, side);
    return lost > 0 && lost * LOSSY_PER >= lost + there;
}

/* Many losses where nothing large arrived, while the other direction has large ones. */
static bool
only_small_arrive(const struct wg_tunnel *t, unsigned side)
{
    const uint64_t lost = wg_tunnel_lost(t, side), there = wg_tunnel_distinct(t, side);
    return lost * MANY_PER >= lost + there && lost > 0 && t->side[side].largest <= SAFE_SIZE &&
           t->side[!side].largest > SAFE_SIZE;
}

/* What is wrong with a tunnel that was up. */
static uint64_t
staying_up(const struct wg_tunnel *t)
{
    uint64_t found = 0;

    for (unsigned side = 0; side < 2; side++) {
        const struct wg_tunnel_side *s = &t->side[side];
        /* Of a side that was not captured at all, silence proves nothing. */
        if (heard(t, !side))
            found |= bit(WG_FINDING_LOST_CONTACT, s->unheard_initiations.count > 1) |
                     bit(carries(t, !side) ? WG_FINDING_FELL_SILENT : WG_FINDING_ONE_WAY,
                         silent(s));
        found |= bit(WG_FINDING_LOSSY, lossy(t, side));
        found |= bit(WG_FINDING_SIZE, only_small_arrive(t, side));
    }
    found |= bit(WG_FINDING_NOT_AUTHENTIC, t->not_authentic.count > 0);
    found |= bit(WG_FINDING_COUNTER_RESET, has(t, WG_VERDICT_COUNTER_RESET));
    found |= bit(WG_FINDING_OUTLIVED,
                 has(t, WG_VERDICT_EXPIRED) || has(t, WG_VERDICT_REKEY_OVERDUE));
    return found;
}

static uint64_t
working(const struct wg_tunnel *t)
{
    if (!heard(t, 0) || !heard(t, 1))
        return bit(WG_FINDING_ONE_SIDED, true);
    if (carries(t, 0) && carries(t, 1))
        return bit(t->confirmed.count > 0 ? WG_FINDING_HEALTHY : WG_FINDING_MID_SESSION, true);
    return bit(WG_FINDING_IDLE, true);
}

/* It came up by a retry. The retries at the end, which nobody answered, did not help. */
static bool
came_up_late(const struct wg_tunnel *t)
{
    for (unsigned side = 0; side < 2; side++) {
        const struct wg_evidence *unheard = &t->side[side].unheard_initiations;
        if (unheard->count > 0 && t->retries.first >= unheard->first)
            return false;
    }
    return t->retries.count > 0;
}

/* What is to be said of any tunnel. */
static uint64_t
besides(const struct wg_tunnel *t, bool up)
{
    const bool cookies = t->side[0].cookies.count + t->side[1].cookies.count > 0;
    const bool responses = t->side[0].responses.count + t->side[1].responses.count > 0;

    return bit(WG_FINDING_CLOCK_BACKWARDS, has(t, WG_VERDICT_CLOCK_BACKWARDS)) |
           bit(WG_FINDING_MTU, t->too_big.count > 0) |
           bit(WG_FINDING_COOKIE_IGNORED, has(t, WG_VERDICT_COOKIE_IGNORED)) |
           bit(WG_FINDING_ELSEWHERE, t->elsewhere.count > 0) |
           bit(WG_FINDING_UNDER_LOAD, cookies && (up || responses)) |
           bit(WG_FINDING_RETRIED, up && came_up_late(t)) |
           bit(WG_FINDING_ROAMED, has(t, WG_VERDICT_ROAMED)) |
           bit(WG_FINDING_REFUSED, up && t->unreachable.count > 0) |
           bit(WG_FINDING_FRAGMENTS, t->reassembled.count > 0) |
           bit(WG_FINDING_BOTH_INITIATE,
               t->side[0].initiations.count > 0 && t->side[1].initiations.count > 0) |
           bit(WG_FINDING_REPLAYED, has(t, WG_VERDICT_REPLAYED_HANDSHAKE)) |
           bit(WG_FINDING_RESPONDER_FIRST, has(t, WG_VERDICT_RESPONDER_FIRST)) |
           bit(WG_FINDING_DUPLICATES, has(t, WG_VERDICT_DUPLICATE)) |
           bit(WG_FINDING_OTHER_PSK, up && t->psk_mismatch.count > 0);
}

uint64_t
wg_tunnel_findings(const struct wg_tunnel *t)
{
    const bool up = carries(t, 0) || carries(t, 1);
    uint64_t found = besides(t, up);

    found |= up ? staying_up(t) : coming_up(t);
    /* A response that the initiator never used, with stray data of the responder beside it. */
    if (up && t->confirmed.count == 0 && has(t, WG_VERDICT_NOT_ACCEPTED))
        found |= bit(WG_FINDING_NOT_ACCEPTED, true);
    if (!up)
        return found;
    return found | ((found & (bit(WG_FINDING_HEALTHY, true) - 1)) == 0
                        ? working(t)
                        : bit(WG_FINDING_TRAFFIC, true));
}

enum wg_severity
wg_finding_severity(enum wg_finding finding)
{
    if (finding <= WG_FINDING_COUNTER_RESET && finding != WG_FINDING_NOT_CONFIRMED)
        return WG_SEVERITY_FAULT;
    if (finding < WG_FINDING_HEALTHY)
        return WG_SEVERITY_WARNING;
    return finding < WG_FINDING_ONE_SIDED ? WG_SEVERITY_GOOD : WG_SEVERITY_NOTE;
}
