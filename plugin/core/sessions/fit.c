/* fit.c
 * How well a message fits a direction that has its receiver index: by the place, by the counter,
 * and by the state of the session.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fit.h"

/* ---- the place ---- */

unsigned
wg_direction_side(const struct wg_direction *d)
{
    if (d->receiver == WG_ROLE_UNKNOWN)
        return d->session->to_initiator != d;
    return d->receiver == WG_ROLE_RESPONDER;
}

/* Whether a side of a session is, or was before it moved, at this endpoint. */
static bool
side_at(const struct wg_session *session, unsigned side, const struct wg_endpoint *place)
{
    const struct wg_endpoint *before = wg_session_before(session, side);

    return wg_endpoint_equal(wg_session_here(session, side), place) ||
           (before != NULL && wg_endpoint_equal(before, place));
}

bool
wg_fit_receiver_at(const struct wg_direction *d, const struct wg_endpoint *place)
{
    return wg_endpoint_equal(&d->way->destination, place) ||
           side_at(d->session, wg_direction_side(d), place);
}

bool
wg_fit_sender_at(const struct wg_direction *d, const struct wg_endpoint *place)
{
    return wg_endpoint_equal(&d->way->source, place) ||
           side_at(d->session, !wg_direction_side(d), place);
}

/* ---- the counter ---- */

/* Linux and RFC 6479 take a counter that is WG_REPLAY_WINDOW below; one as far above may follow
 * losses. */
bool
wg_fit_is_near(const struct wg_counters *c, uint64_t counter)
{
    if (!c->any)
        return counter <= WG_REPLAY_WINDOW;
    if (counter > c->highest)
        return counter - c->highest <= WG_REPLAY_WINDOW;
    return c->highest - counter <= WG_REPLAY_WINDOW;
}

static enum wg_fit
fit_of_counter(const struct wg_counters *c, uint64_t counter)
{
    enum { FEW = 16 };
    const bool ahead = !c->any || counter > c->highest;
    const uint64_t missing = c->any ? counter - c->highest - 1 : counter; /* if it is ahead */

    if (ahead && missing == 0)
        return WG_FIT_NEXT;
    if (ahead && missing < FEW)
        return WG_FIT_AHEAD;
    return wg_fit_is_near(c, counter) ? WG_FIT_NEAR : WG_FIT_FAR;
}

/* The packet of a direction that had this counter before, or NULL. */
static const struct wg_note *
had_counter(const struct wg_sessions *s, const struct wg_direction *d, const struct wg_arrival *a)
{
    const uint32_t number = wg_counters_first(&d->counters, a->view->counter);
    return number != 0 ? wg_notes_get(s->notes, number) : NULL;
}

static bool
is_copy(const struct wg_sessions *s, const struct wg_direction *d, const struct wg_query *q)
{
    const struct wg_note *first = q->data != NULL ? had_counter(s, d, q->data) : NULL;
    return first != NULL && first->print == q->data->note->print;
}

enum wg_fit
wg_fit_of(const struct wg_sessions *s, const struct wg_direction *d, const struct wg_query *q)
{
    if (q->counter == NULL)
        return WG_FIT_FAR;
    if (is_copy(s, d, q))
        return WG_FIT_COPY;
    return fit_of_counter(&d->counters, *q->counter);
}

/* ---- the session ---- */

bool
wg_fit_is_in_use(const struct wg_direction *d)
{
    const struct wg_session *session = d->session;
    return session->responses != NULL || session->initiation_frame == 0;
}

/* Whether keys of this age may still be used. */
static bool
may_be_alive(const struct wg_direction *d, int64_t time)
{
    const struct wg_session *session = d->session;
    int64_t since = d->last_time;

    if (session->initiation_frame != 0)
        since = session->initiation_time;
    if (session->responses != NULL)
        since = session->responses->time;
    return wg_elapsed(since, time) <= WG_REJECT_AFTER_TIME;
}

/* ---- all of it ---- */

bool
wg_fit_is_possible(const struct wg_sessions *s, const struct wg_direction *d,
                   const struct wg_query *q)
{
    if (q->data == NULL)
        return true;
    const struct wg_note *first = had_counter(s, d, q->data);
    return wg_fit_is_in_use(d) && may_be_alive(d, q->data->context->time) &&
           (first == NULL || first->print == q->data->note->print);
}

/* A random index proves by itself that a packet belongs to a direction. A counted one needs a
 * counter that comes next; if the initiator moved before it sent any data, that is 0. */
bool
wg_fit_may_come_from(const struct wg_sessions *s, const struct wg_direction *d,
                     const struct wg_query *q)
{
    if (d->index >= WG_SMALL_INDEX || q->counter == NULL || wg_fit_sender_at(d, q->source))
        return true;
    if (!d->counters.any)
        return d->receiver == WG_ROLE_RESPONDER && wg_fit_is_in_use(d) && *q->counter == 0;
    return wg_fit_of(s, d, q) >= WG_FIT_AHEAD;
}
