/* handshakes.c
 * Handshake messages: which belong together, and which follow from others.
 *
 * Sources for the times: WireGuard paper, sections 6.1 (constants), 6.2 and 6.4 (retransmission).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sessions_private.h"

/* How long a cookie is used. */
#define COOKIE_USED (WG_COOKIE_SECRET_MAX_AGE - WG_COOKIE_SECRET_LATENCY)
/* How many sessions between two endpoints are searched for the one that is renewed or retried. */
#define MAX_LOOK_BACK 32

/* returns what the keys say about it */
static enum wg_decryption_status
fill_initiation(struct wg_sessions *s, struct wg_session *session, const struct wg_arrival *a)
{
    const struct wg_message_context *context = a->context;

    session->initiation_frame = context->frame;
    session->initiation_time = context->time;
    session->way = a->way;
    session->initiation = wg_pack(s->packs, a->view);
    if (s->judge == NULL)
        return WG_STATUS_UNSUPPORTED;
    const enum wg_decryption_status status = s->judge->initiation(s->self, session);
    for (struct wg_response *r = session->responses; r != NULL; r = r->next)
        s->judge->response(s->self, session, r);
    return status;
}

/* ---- what came before ---- */

/* Whether the initiator took a response: it has then sent data with its keys. */
static bool
was_accepted(const struct wg_session *session)
{
    for (const struct wg_response *r = session->responses; r != NULL; r = r->next)
        if (wg_direction_has_data(r->to_responder))
            return true;
    return false;
}

static int64_t
began(const struct wg_session *session)
{
    if (session->responses != NULL)
        return session->responses->time;
    if (session->initiation_frame != 0)
        return session->initiation_time;
    if (session->to_initiator != NULL)
        return session->to_initiator->first_time;
    if (session->to_responder != NULL)
        return session->to_responder->first_time;
    return 0;
}

/* The session whose keys a new handshake replaces: the latest between these endpoints that carried
 * data and may still be alive. */
static const struct wg_session *
renewed(const struct wg_flow *flow, const struct wg_session *newer)
{
    const struct wg_session *old = newer->previous;
    unsigned steps = 0;

    while (old != NULL && !wg_session_has_data(old) && steps++ < MAX_LOOK_BACK)
        old = old->previous;
    if (old == NULL || !wg_session_has_data(old))
        old = flow->moved_in;
    if (old == NULL || old == newer ||
        wg_elapsed(began(old), newer->initiation_time) > WG_KEYS_GONE_TIME)
        return NULL;
    return old;
}

const struct wg_session *
wg_session_previous_try(const struct wg_session *session)
{
    const struct wg_session *before = session->previous;

    for (unsigned steps = 0; before != NULL && steps < MAX_LOOK_BACK; steps++) {
        if (before->way == session->way && before->initiation_frame != 0)
            return before;
        before = before->previous;
    }
    return NULL;
}

bool
wg_ignores_cookie(const struct wg_wire_view *view, uint32_t cookie_frame, int64_t age)
{
    return cookie_frame != 0 && age >= 0 && age < COOKIE_USED && view->mac2 != NULL &&
           wg_wire_all_zero(view->mac2, WG_MAC_LEN);
}

/* Whether the initiator starts over because it hears nothing: its data in the session before was
 * not answered, and it waited as long as the protocol says (paper, 6.5). */
static bool
heard_nothing(const struct wg_session *session)
{
    const struct wg_session *before = session->renews;
    const struct wg_direction *ways[] = { before != NULL ? before->to_responder : NULL,
                                          before != NULL ? before->to_initiator : NULL };

    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        const struct wg_direction *d = ways[i];
        if (d != NULL && d->unreplied != 0 &&
            wg_endpoint_equal(&d->way->source, &session->way->source))
            return wg_timer_fits(wg_elapsed(d->unreplied, session->initiation_time),
                                 WG_NEW_HANDSHAKE_TIME);
    }
    return false;
}

/* Tie a new handshake to those before it between the same endpoints. */
static void
compare_with_previous(struct wg_flow *flow, struct wg_session *session,
                      const struct wg_wire_view *view, struct wg_note *note)
{
    const bool high = session->way == &flow->ways[1];
    struct wg_session *before = flow->last_try[high];

    flow->last_try[high] = session;
    session->attempt = 1;
    session->renews = renewed(flow, session);
    if (heard_nothing(session))
        note->flags |= WG_NOTE_STARTS_OVER;
    if (before == NULL)
        return;
    before->superseded = true;
    const int64_t gap = wg_elapsed(before->initiation_time, session->initiation_time);
    if (wg_ignores_cookie(view, wg_session_extras(before)->cookie_frame, gap))
        note->flags |= WG_NOTE_COOKIE_IGNORED;
    if (!wg_timer_fits(gap, WG_REKEY_TIMEOUT) || was_accepted(before))
        return;
    session->attempt = before->attempt + 1;
    session->retry_of = before->retry_of != 0 ? before->retry_of : before->initiation_frame;
    /* A cookie reply to the response is a refusal of another kind. */
    if (before->responses != NULL && before->responses->cookie_frame == 0)
        note->flags |= WG_NOTE_NOT_ACCEPTED;
}

/* ---- initiation ---- */

/* The session of an initiation that was seen already, or whose response was. */
static struct wg_session *
known_initiation(const struct wg_sessions *s, const struct wg_arrival *a)
{
    const struct wg_wire_view *view = a->view;

    for (struct wg_direction *d = wg_sessions_chain(s, view->sender); d != NULL; d = d->older) {
        if (d->receiver != WG_ROLE_INITIATOR)
            continue;
        if (d->session->initiation_frame == 0 &&
            wg_endpoint_equal(&d->way->destination, &a->way->source) &&
            (d->session->responses != NULL || wg_direction_may_follow(d, a)))
            return d->session;
        const struct wg_packed *initiation = d->session->initiation;
        if (initiation != NULL && wg_packed_is_copy(initiation, view))
            return d->session;
    }
    return NULL;
}

/* Keep what the capture did not hold of the first copy, and judge it. */
static void
complete_initiation(struct wg_sessions *s, struct wg_session *session,
                    const struct wg_wire_view *copy)
{
    if (!wg_packed_lacks(session->initiation, copy))
        return;
    session->initiation = wg_pack(s->packs, copy);
    if (s->judge != NULL)
        s->judge->release_session(session);
}

static void
note_copy(struct wg_sessions *s, struct wg_session *session, const struct wg_arrival *a)
{
    complete_initiation(s, session, a->view);
    a->note->of.session = session;
    a->note->status = s->judge != NULL ? s->judge->initiation(s->self, session) & 31 : 0;
    a->note->reference = session->initiation_frame;
    wg_session_note_copy(s, session, 0, a);
}

/* An initiation that keys show to be forged. It is shown, but nothing follows from it. */
static void
note_forged(struct wg_sessions *s, struct wg_session *session, const struct wg_arrival *a)
{
    a->note->flags |= WG_NOTE_NO_EFFECT;
    session->attempt = 1;
}

void
wg_sessions_add_initiation(struct wg_sessions *s, const struct wg_arrival *a)
{
    const struct wg_message_context *context = a->context;
    struct wg_session *session = known_initiation(s, a);

    if (session != NULL && session->initiation_frame != 0) {
        note_copy(s, session, a);
        return;
    }
    const bool is_new = session == NULL;
    if (is_new) {
        session = wg_sessions_new_session(s, NULL);
        session->here = a->way;
    }
    a->note->of.session = session;
    const enum wg_decryption_status status = fill_initiation(s, session, a);
    a->note->status = status & 31;
    if (session->proof == WG_DISPROVED && is_new) {
        note_forged(s, session, a);
        return;
    }
    struct wg_flow *flow = wg_flows_get(s, &context->source, &context->destination);
    if (is_new) {
        wg_sessions_begin(flow, session);
        session->to_initiator = wg_sessions_announce(s, session, a->view->sender, WG_ROLE_INITIATOR,
                                                     wg_way_back(a->way), a);
    }
    compare_with_previous(flow, session, a->view, a->note);
}
