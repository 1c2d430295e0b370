/* pairing.c
 * Data of sessions whose handshake was not captured: which two directions belong together.
 *
 * No field says it. They are between the same two peers, and in use at the same time. What speaks
 * against it counts more: a session lives for WG_REJECT_AFTER_TIME, and a peer that went on to a
 * newer session does not come back.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sessions_private.h"

/* How many sessions of a flow are searched. Handshakes may have begun since. */
enum { MAX_LOOK_BACK = 4 };
/* The first packet of a new session that was captured has a counter below this, unless so many were
 * not captured. */
enum { BEGINNING = 16 };

/* The only direction of a session without handshake, or NULL. */
static struct wg_direction *
lone_direction(const struct wg_session *session)
{
    if (session->initiation_frame != 0 || session->responses != NULL)
        return NULL;
    if (session->to_responder == NULL)
        return session->to_initiator;
    if (session->to_initiator == NULL)
        return session->to_responder;
    return NULL;
}

bool
wg_session_is_twin(const struct wg_session *session, unsigned side, const struct wg_endpoint *place)
{
    const struct wg_extras *extras = wg_session_extras(session);
    return extras->twin[side] && wg_endpoint_equal(extras->before[side], place);
}

/* Whether the sender of a direction is at this endpoint, or at one that is the same place before or
 * after a NAT. */
static bool
comes_from(const struct wg_direction *d, const struct wg_endpoint *place)
{
    return wg_endpoint_equal(&d->way->source, place) ||
           wg_session_is_twin(d->session, !wg_direction_side(d), place);
}

/* The only direction of this session, if it has only one and that comes from this endpoint; else
 * NULL. session: may be NULL */
static struct wg_direction *
lone_direction_from(const struct wg_session *session, const struct wg_endpoint *place)
{
    struct wg_direction *d = session != NULL ? lone_direction(session) : NULL;

    if (d == NULL || !comes_from(d, place))
        return NULL;
    return d;
}

/* Whether keys that were in use at one time may still be. */
static bool
may_last(int64_t since, int64_t time)
{
    const int64_t passed = wg_elapsed(since, time);
    return passed <= WG_REJECT_AFTER_TIME && passed >= -WG_REJECT_AFTER_TIME;
}

/* Whether the sender of data went on to this session, or may have: the data is then not of an older
 * one. If the response to its handshake was not captured, the counter shows whether it did. */
static bool
went_on(const struct wg_session *session, const struct wg_arrival *data)
{
    const struct wg_direction *const ways[] = { session->to_initiator, session->to_responder };
    const bool tries = session->initiation_frame != 0 && session->responses == NULL &&
                       wg_endpoint_equal(&session->way->source, &data->way->source);

    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++)
        if (wg_direction_has_data(ways[i]) && comes_from(ways[i], &data->way->source))
            return true;
    return tries && data->view->counter < BEGINNING;
}

/* The direction that data of a new index is the answer to, of a session that has no other, or NULL.
 * The latest session of a flow may be older than keys last: not all have the same times, and a
 * capture's time may jump. */
static struct wg_direction *
find_counterpart(const struct wg_flow *flow, const struct wg_arrival *a)
{
    const struct wg_endpoint *place = &a->way->destination;
    const struct wg_session *session = flow->last;
    struct wg_direction *d = lone_direction_from(session, place);

    for (unsigned i = 1; d == NULL && i < MAX_LOOK_BACK; i++) {
        if (session == NULL || went_on(session, a))
            break;
        session = session->previous;
        d = lone_direction_from(session, place);
        if (d != NULL && !may_last(d->first_time, a->context->time))
            d = NULL;
    }
    if (d == NULL)
        d = lone_direction_from(flow->moved_in, place);
    return d;
}

struct wg_direction *
wg_sessions_new_orphan(struct wg_sessions *s, const struct wg_arrival *a)
{
    const struct wg_message_context *context = a->context;
    struct wg_flow *flow = wg_flows_get(s, &context->source, &context->destination);
    const struct wg_direction *other = find_counterpart(flow, a);
    struct wg_session *session;
    enum wg_role role = WG_ROLE_UNKNOWN;

    if (other != NULL) {
        session = other->session;
        role = wg_role_opposite(other->receiver);
    } else {
        session = wg_sessions_new_session(s, flow);
        session->here = wg_way_back(a->way);
    }
    struct wg_direction *d = wg_sessions_new_direction(s, session, a->view->receiver, role, a->way);
    d->counters.from_zero = false;
    if (session->to_initiator == NULL)
        session->to_initiator = d;
    else
        session->to_responder = d;
    return d;
}

/* ---- one session that looked like two ---- */

/* Whether keys show that two directions are of different sessions: both peers have the same role,
 * or the peers are others. */
static bool
keys_differ(const struct wg_direction *one, const struct wg_direction *other)
{
    const struct wg_extras *a = wg_session_extras(one->session),
                           *b = wg_session_extras(other->session);

    if (one->receiver != WG_ROLE_UNKNOWN && one->receiver == other->receiver)
        return true;
    return a->initiator_static != NULL && b->initiator_static != NULL &&
           (a->initiator_static != b->initiator_static ||
            a->responder_static != b->responder_static);
}

void
wg_sessions_join(struct wg_sessions *s, struct wg_direction *moved, const struct wg_arrival *a)
{
    const struct wg_flow *flow = wg_flows_get(s, &a->way->source, &a->way->destination);
    struct wg_session *session = moved->session;
    struct wg_direction *other = lone_direction_from(flow->last, &a->way->destination);

    if (other == NULL || other->session == session || lone_direction(session) != moved ||
        !wg_endpoint_equal(&other->way->destination, &a->way->source) ||
        !may_last(moved->first_time, other->last_time) ||
        !may_last(other->first_time, a->context->time) || keys_differ(moved, other))
        return;
    const struct wg_extras *extras = wg_session_extras(other->session);
    const enum wg_role role = other->receiver;
    wg_session_leave(other);
    other->session = session;
    other->receiver = wg_role_opposite(moved->receiver) & 3;
    if (session->to_initiator == NULL)
        session->to_initiator = other;
    else
        session->to_responder = other;
    if (extras->initiator_static != NULL)
        wg_session_prove_peers(session, extras->initiator_static, extras->responder_static);
    if (role != WG_ROLE_UNKNOWN)
        wg_direction_prove_role(other, role);
}
