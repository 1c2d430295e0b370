/* findings_besides.c
 * What else the evidence shows, whether a tunnel works or not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "findings_private.h"
#include "wg/tai64n.h"
#include "wg/timers.h"

/* At least half of the packets have a copy at once. */
static bool
captured_twice(const struct wg_tunnel *t)
{
    enum { LEAST = 3 };
    return t->copies_at_once.count >= LEAST && t->copies_at_once.count * UINT64_C(2) >= t->messages;
}

/* Unanswered initiations beside a session that goes on. */
static bool
unproved_initiations(const struct wg_tunnel *t)
{
    enum { TRIES = 2 };

    for (unsigned side = 0; side < 2; side++) {
        const struct wg_tunnel_side *s = &t->side[side];
        if (s->chain.count >= TRIES && s->last_try->response_frame == 0 && !s->last_try->cookie &&
            t->side[!side].data.last > s->chain.first)
            return true;
    }
    return false;
}

/* The initiator's clock is more than a day slow, by the capture's time, and nothing answers. */
static bool
clock_is_suspect(const struct wg_tunnel *t)
{
    const int64_t day = 86400;
    int64_t seconds;

    if (t->last_opened == NULL || t->last_opened->status != WG_STATUS_DECRYPTED || t->up ||
        t->side[0].responses.count + t->side[1].responses.count > 0)
        return false;
    const struct wg_tai64n stamp = wg_tai64n_decode(t->last_opened->opened.timestamp);
    return wg_tai64n_to_unix(stamp, WG_TAI64N_BASE_LINUX, &seconds) &&
           t->last_opened_time / WG_SECOND - seconds > day;
}

static bool
other_psk(const struct wg_tunnel *t)
{
    return t->up && t->psk_up.count > 0 && wg_found_psk(t) < t->psk_up.last;
}

static wg_findings
of_handshakes(const struct wg_tunnel *t)
{
    const bool cookies = t->side[0].cookies.count + t->side[1].cookies.count > 0;
    const bool responses = t->side[0].responses.count + t->side[1].responses.count > 0;
    const bool unanswered =
        t->side[0].unheard_initiations.count + t->side[1].unheard_initiations.count > 0;

    const bool doubtful =
        t->names_a_client || (t->mac1_unknown.count > 1 && t->mac1_good.count == 0);

    return WG_FOUND(OTHER_PUBLIC_KEY, doubtful && unanswered && !t->up && !responses) |
           WG_FOUND(CLOCK_SUSPECT, clock_is_suspect(t)) |
           WG_FOUND(CLOCK_WENT_BACK,
                    wg_found_verdict(t, WG_VERDICT_CLOCK_BACKWARDS) && !unanswered) |
           WG_FOUND(ELSEWHERE, t->used_elsewhere.responses.count > 0) |
           WG_FOUND(UNDER_LOAD, cookies && (t->up || responses)) |
           WG_FOUND(RETRIED, t->retries.count > 0) |
           WG_FOUND(BOTH_INITIATE, t->side[0].used.count > 0 && t->side[1].used.count > 0) |
           WG_FOUND(OTHER_PSK, other_psk(t)) |
           WG_FOUND(UNPROVED, unproved_initiations(t) || (t->held.count > 0 && !t->up));
}

static wg_findings
of_copies(const struct wg_tunnel *t)
{
    const bool twice = captured_twice(t);
    const bool nat = twice && t->also_seen.family != 0;
    const bool replayed = wg_found_verdict(t, WG_VERDICT_REPLAYED_HANDSHAKE);

    return WG_FOUND(TWICE, twice) | WG_FOUND(REPLAYED, replayed && !twice) |
           WG_FOUND(DUPLICATES, wg_found_verdict(t, WG_VERDICT_DUPLICATE) && !twice) |
           WG_FOUND(ROAMED, wg_found_verdict(t, WG_VERDICT_ROAMED) && !nat);
}

wg_findings
wg_findings_besides(const struct wg_tunnel *t)
{
    return of_handshakes(t) | of_copies(t) | WG_FOUND(FORGED, t->forged.count > 0) |
           WG_FOUND(REFUSED, t->up && t->unreachable.count > 0) |
           WG_FOUND(FRAGMENTS, t->reassembled.count > 0) |
           WG_FOUND(RESPONDER_FIRST, wg_found_verdict(t, WG_VERDICT_RESPONDER_FIRST));
}
