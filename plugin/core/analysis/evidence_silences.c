/* evidence_silences.c
 * Sessions that fall silent a short time after their handshake, one after the other.
 *
 * Timers show it: a side that sends data and hears nothing starts over after 15 s
 * (WG_NEW_HANDSHAKE_TIME), so the silence is not that of the capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "evidence_private.h"
#include "wg/timers.h"

/* Data comes back at once if it begins so soon after the first data of the session. */
#define AT_ONCE WG_SECOND
/* A session that was used for longer did not fall silent because of its handshake. */
#define SHORT_TIME (WG_REKEY_AFTER_TIME / 2)
/* For so long at least, and with so many packets, a side must have gone on sending. */
#define WENT_ON (WG_KEEPALIVE_TIMEOUT / 2)
enum { SENT_ON = 4, TURNS = 2 };

/* Whether a side was answered in its session, at once and for a short time. Each answer must come
 * after data of its own: reports that the other side sends by itself may happen to come after a
 * handshake. */
static bool
was_answered(const struct wg_tunnel_side *s, const struct wg_exchange *x, unsigned side)
{
    return x != NULL && x->used && x->data[side] > 0 && x->turns[!side] >= TURNS &&
           wg_elapsed(x->first_data[side], x->first_data[!side]) <= AT_ONCE &&
           wg_elapsed(x->answered, s->heard_time) <= SHORT_TIME;
}

/* Whether a side went on sending, and has heard nothing since. */
static bool
goes_on(const struct wg_tunnel_side *s)
{
    return s->unheard_data.count >= SENT_ON &&
           wg_elapsed(s->unheard_since, s->data_since_last) >= WENT_ON;
}

/* Whether a handshake that begins now shows that its sender has heard nothing for 15 s, though the
 * other side went on sending: since its own first data without answer or, as boringtun counts,
 * since it heard anything.
 *
 * by     the side that begins it
 * side   the one that went on sending. If it is the other one that starts over, that one did not
 *        get what was sent. Its first data without answer is the last that was captured, or an
 * answer to the first that was sent into the silence */
static bool
shows_silence(const struct wg_tunnel *t, unsigned by, unsigned side, int64_t now)
{
    const struct wg_tunnel_side *s = &t->side[side];
    const int64_t last = by == side ? s->heard_time : t->side[by].data_time;

    return wg_timer_fits(wg_elapsed(s->unheard_since, now), WG_NEW_HANDSHAKE_TIME) ||
           wg_timer_fits(wg_elapsed(last, now), WG_NEW_HANDSHAKE_TIME);
}

void
wg_tunnel_see_silence(struct wg_tunnel *t, unsigned side, const struct wg_fact *f)
{
    struct wg_tunnel_side *s = &t->side[side];
    struct wg_silences *silences = &s->silences;
    const struct wg_exchange *x = s->sending;
    const bool again = t->side[f->side].chain.count > 1;

    if (!again && x != NULL && x == silences->last)
        return; /* the other side begins a handshake at the same time */
    silences->last = NULL;
    if (again || !was_answered(s, x, side) || !goes_on(s) ||
        !shows_silence(t, f->side, side, f->time)) {
        silences->in_turn = 0;
        return;
    }
    silences->last = x;
    silences->last_frame = s->heard_frame;
    silences->last_sent = s->unheard_data.count;
    silences->last_time = wg_elapsed(x->answered, s->heard_time);
}

void
wg_tunnel_end_silence(struct wg_tunnel *t, const struct wg_exchange *x, const struct wg_fact *f)
{
    const unsigned side = !f->side;
    struct wg_silences *silences = &t->side[side].silences;

    if (silences->last == NULL) {
        /* It no longer falls silent. */
        if (silences->over_since == 0 && x->response_frame != 0 &&
            wg_elapsed(x->answered, f->time) > SHORT_TIME)
            silences->over_since = f->frame;
        return;
    }
    const bool soon =
        x->response_frame != 0 && wg_elapsed(x->answered, f->time) <= WG_KEEPALIVE_TIMEOUT;
    if (x == silences->last || !soon) {
        silences->last = NULL;
        silences->in_turn = 0;
        return;
    }
    silences->last = NULL;
    silences->over_since = 0;
    silences->in_turn++;
    silences->most_in_turn = MAX(silences->most_in_turn, silences->in_turn);
    wg_evidence_see(&silences->sessions, silences->last_frame);
    silences->sent += silences->last_sent;
    silences->longest = MAX(silences->longest, silences->last_time);
}
