/* findings_trouble.c
 * What troubles a tunnel, and how a tunnel without trouble is used.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "findings_private.h"
#include "wg/timers.h"

/* ---- trouble ---- */

/* Whether a side sends data to a client that never sends any. Such data may ask for no answer, as
 * that of a log or a sensor. */
static bool
is_pushed(const struct wg_tunnel *t, unsigned side)
{
    return side != wg_tunnel_client(t) && !wg_tunnel_sends_data(t, !side);
}

/* Several initiations in a row without answer, while the other side's data goes on in the session
 * that they should renew. */
static bool
rekey_unanswered(const struct wg_tunnel *t, unsigned side)
{
    enum { TRIES = 3 };
    const struct wg_tunnel_side *s = &t->side[side];
    const struct wg_exchange *x = s->sending;
    const int64_t due = WG_REKEY_AFTER_TIME - WG_REKEY_TIMEOUT;

    if (s->chain.count < TRIES || s->last_try->response_frame != 0 || s->last_try->cookie ||
        t->side[!side].data.last <= s->chain.first)
        return false;
    return x == NULL || x->response_frame == 0 || wg_elapsed(x->answered, s->chain_since) >= due;
}

/* Nothing came back to data for so long that the sender would have started over, and it did not: it
 * hears what the capture does not see. */
static bool
hears_unseen(const struct wg_tunnel *t, unsigned side)
{
    const struct wg_tunnel_side *s = &t->side[side];

    return s->unheard_data.count > 1 && s->waits_since != 0 && s->unheard_initiations.count == 0 &&
           wg_elapsed(s->waits_since, s->last_time) >= WG_NEW_HANDSHAKE_TIME + WG_TIMER_LATE;
}

static bool
keepalive_stops(const struct wg_tunnel *t, unsigned side)
{
    enum { REGULAR = 2 };
    const struct wg_tunnel_side *s = &t->side[side];

    return t->surroundings != NULL && s->keepalive_regular >= REGULAR &&
           s->keepalive_time == s->last_time && s->keepalive_interval >= WG_REKEY_TIMEOUT &&
           wg_elapsed(s->last_time, t->surroundings->now) > s->keepalive_interval * 5 / 2;
}

/* A rekey never came, by the time of the capture's last frame. */
static bool
is_overdue(const struct wg_tunnel *t)
{
    const int64_t now = t->surroundings != NULL ? t->surroundings->now : t->ended;

    return t->overdue.count > 0 ||
           (t->due != NULL && wg_elapsed(t->due_since, now) >= WG_REKEY_PATIENCE);
}

/* Both sides go on with a session that is too old by the capture's time, so that time is wrong. */
static bool
time_jumps(const struct wg_tunnel *t)
{
    return t->goes_on[0] && t->goes_on[1];
}

static wg_findings
trouble_of(const struct wg_tunnel *t, unsigned side)
{
    enum { AGAIN = 2, MOVES = 3, IN_TURN = 3 };
    const struct wg_tunnel_side *s = &t->side[side];

    return WG_FOUND(HEARS_NOTHING, s->hears_nothing.count >= AGAIN) |
           WG_FOUND(DATA_LOST, s->accepted.count >= AGAIN) |
           WG_FOUND(FALLS_SILENT, s->silences.most_in_turn >= IN_TURN) |
           WG_FOUND(DEAF, s->deaf.count >= AGAIN) | WG_FOUND(QUIET, s->quiet.count >= AGAIN) |
           WG_FOUND(KEEPALIVES_ONLY,
                    wg_tunnel_hears_keepalives_only(t, side) && !is_pushed(t, side)) |
           WG_FOUND(REKEY_UNANSWERED, rekey_unanswered(t, side)) |
           WG_FOUND(OUTSIDE_ALLOWED_IPS,
                    s->outside.count > 0 && s->outside.count * 2 >= s->opened) |
           WG_FOUND(SOME_OUTSIDE, s->outside.count > 0 && s->outside.count * 2 < s->opened) |
           WG_FOUND(NOT_AUTHENTIC, s->failed > 0 && s->failed >= s->opened) |
           WG_FOUND(PORT_CHANGES, s->port_changes.count >= MOVES) |
           WG_FOUND(KEEPALIVE_STOPS, keepalive_stops(t, side));
}

wg_findings
wg_findings_trouble(const struct wg_tunnel *t)
{
    enum { RESETS = 3, IGNORED = 2 }; /* one may be forged, or lost */

    return trouble_of(t, 0) | trouble_of(t, 1) |
           WG_FOUND(OVERDUE, is_overdue(t) && !time_jumps(t)) |
           WG_FOUND(TIME_JUMPS, time_jumps(t)) |
           WG_FOUND(OUTLIVED, wg_found_verdict(t, WG_VERDICT_EXPIRED) && !time_jumps(t)) |
           WG_FOUND(COUNTER_RESET, t->verdicts[WG_VERDICT_COUNTER_RESET].count >= RESETS) |
           WG_FOUND(MTU, t->too_big.count > 0) |
           WG_FOUND(COOKIE_IGNORED, t->verdicts[WG_VERDICT_COOKIE_IGNORED].count >= IGNORED);
}

/* ---- it works ---- */

wg_findings
wg_findings_working(const struct wg_tunnel *t)
{
    const bool there = wg_tunnel_sends_data(t, 0), back = wg_tunnel_sends_data(t, 1);

    if (!wg_found_heard(t, 0) || !wg_found_heard(t, 1) || hears_unseen(t, 0) || hears_unseen(t, 1))
        return WG_FOUND(ONE_SIDED, true);
    if (there && back)
        return WG_FOUND(HEALTHY, t->confirmed.count > 0) |
               WG_FOUND(MID_SESSION, t->confirmed.count == 0);
    const bool pushed = (wg_tunnel_hears_keepalives_only(t, 0) && is_pushed(t, 0)) ||
                        (wg_tunnel_hears_keepalives_only(t, 1) && is_pushed(t, 1));
    return WG_FOUND(ONE_WAY_DATA, pushed) | WG_FOUND(IDLE, !pushed);
}
