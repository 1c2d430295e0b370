/* handshakes.c
 * Handshake messages: which belong together, and which follows from which.
 *
 * Sources for the times: WireGuard paper, sections 6.1 (constants), 6.2 and 6.4 (retransmission).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "sessions_private.h"

enum {
    MAX_COOKIES = 16, /* cookie replies kept of one session */
    /* Different responses that a session keeps; an honest one has one. */
    MAX_RESPONSES = 16,
};

/* A cookie is used for so long. */
#define COOKIE_USED (WG_COOKIE_SECRET_MAX_AGE - WG_COOKIE_SECRET_LATENCY)
/* Sessions between two endpoints that are looked through for the one that is renewed. */
#define MAX_LOOK_BACK 32

/* Whether a message is a further copy. An altered one is not: whoever sends that first must not
 * make the right one unseen. The reserved bytes may be overwritten between two places. */
static bool
same_message(const uint8_t *stored, size_t captured, const struct wg_wire_view *seen)
{
    const size_t from = sizeof(struct wg_wire_header);
    const size_t to = MIN(captured, seen->captured);

    return seen->ephemeral != NULL && to > from &&
           memcmp(stored + from, seen->bytes + from, to - from) == 0;
}

static size_t
keep_bytes(uint8_t *to, size_t size, const struct wg_wire_view *view)
{
    const size_t kept = MIN(size, view->captured);

    memcpy(to, view->bytes, kept);
    return kept;
}

static void
fill_initiation(struct wg_sessions *s, struct wg_session *session,
                const struct wg_message_context *context, const struct wg_wire_view *view)
{
    session->initiation_frame = context->frame;
    session->initiation_time = context->time;
    session->initiator = context->source;
    session->responder = context->destination;
    session->captured = keep_bytes(session->initiation, sizeof session->initiation, view);
    if (s->opener == NULL)
        return;
    wg_opener_initiation(s->opener, session);
    for (struct wg_response *r = session->responses; r != NULL; r = r->next)
        wg_opener_response(s->opener, session, r);
}

/* ---- what came before ---- */

/* Whether the initiator took the response: it then sent data under it. */
static bool
was_accepted(const struct wg_session *session)
{
    for (const struct wg_response *r = session->responses; r != NULL; r = r->next)
        if (r->to_responder->packets > 0)
            return true;
    return false;
}

static bool
had_data(const struct wg_session *session)
{
    return (session->to_initiator != NULL && session->to_initiator->packets > 0) ||
           (session->to_responder != NULL && session->to_responder->packets > 0);
}

static int64_t
began(const struct wg_session *session)
{
    if (session->responses != NULL)
        return session->responses->time;
    const struct wg_direction *d =
        session->to_initiator != NULL ? session->to_initiator : session->to_responder;
    return session->initiation_frame != 0 ? session->initiation_time : d != NULL ? d->first_time : 0;
}

/* The session whose keys a new handshake replaces: the latest between these endpoints that carried
 * data and may still be alive. */
static const struct wg_session *
renewed(const struct wg_pair *pair, const struct wg_session *newer)
{
    const struct wg_session *old = newer->previous;
    unsigned steps = 0;

    while (old != NULL && !had_data(old) && steps++ < MAX_LOOK_BACK)
        old = old->previous;
    if (old == NULL || !had_data(old))
        old = pair->moved_in;
    if (old == NULL || old == newer || wg_elapsed(began(old), newer->initiation_time) > WG_KEYS_GONE_TIME)
        return NULL;
    return old;
}

/* A cookie reply to the handshake before should show in mac2. */
static bool
ignores_cookie(const struct wg_wire_view *view, uint32_t cookie_frame, int64_t age)
{
    return cookie_frame != 0 && age >= 0 && age < COOKIE_USED && view->mac2 != NULL &&
           wg_wire_all_zero(view->mac2, WG_MAC_LEN);
}

/* Tie a new handshake to those before it between the same endpoints. */
static void
compare_with_previous(struct wg_pair *pair, struct wg_session *session,
                      const struct wg_wire_view *view, struct wg_note *note)
{
    const bool high = wg_endpoint_equal(&session->initiator, &pair->ends.high);
    struct wg_session *before = pair->last_try[high];

    pair->last_try[high] = session;
    session->attempt = 1;
    session->first_try = session;
    session->renews = renewed(pair, session);
    session->previous_try = before;
    if (before == NULL)
        return;
    before->superseded = true;
    const int64_t gap = wg_elapsed(before->initiation_time, session->initiation_time);
    if (ignores_cookie(view, before->cookie_frame, gap))
        note->flags |= WG_NOTE_COOKIE_IGNORED;
    if (!wg_timer_fits(gap, WG_REKEY_TIMEOUT) || was_accepted(before))
        return;
    session->attempt = before->attempt + 1;
    session->first_try = before->first_try;
    /* A cookie reply to the response is a refusal of another kind. */
    if (before->responses != NULL && before->responses->cookie_frame == 0)
        note->flags |= WG_NOTE_NOT_ACCEPTED;
}

/* ---- initiation ---- */

/* The session of an initiation that was seen already, or whose response was. */
static struct wg_session *
known_initiation(const struct wg_sessions *s, const struct wg_wire_view *view)
{
    for (struct wg_direction *d = wg_sessions_chain(s, view->sender); d != NULL; d = d->older) {
        if (d->receiver != WG_ROLE_INITIATOR)
            continue;
        if (d->session->initiation_frame == 0)
            return d->session;
        if (same_message(d->session->initiation, d->session->captured, view))
            return d->session;
    }
    return NULL;
}

void
wg_sessions_add_initiation(struct wg_sessions *s, const struct wg_message_context *context,
                           const struct wg_wire_view *view, struct wg_note *note)
{
    struct wg_session *session = known_initiation(s, view);
    struct wg_pair *pair = wg_sessions_pair(s, &context->source, &context->destination);

    if (session != NULL && session->initiation_frame != 0) {
        note->of.session = session;
        note->flags |= WG_NOTE_DUPLICATE;
        note->reference = session->initiation_frame;
        return;
    }
    const bool is_new = session == NULL;
    if (is_new) {
        session = wg_sessions_new_session(s, pair, view);
        session->here[0] = context->source;
        session->here[1] = context->destination;
    }
    note->of.session = session;
    fill_initiation(s, session, context, view);
    if (is_new)
        session->to_initiator =
            wg_sessions_announce(s, session, view->sender, WG_ROLE_INITIATOR,
                                 &context->destination, &context->source);
    compare_with_previous(pair, session, view, note);
    if (s->opener != NULL && wg_opener_clock_backwards(s->opener, session))
        note->flags |= WG_NOTE_CLOCK_BACKWARDS;
}

/* ---- response ---- */

/* Where several initiations chose one index, the one that keys show to be answered; else `best`. */
static struct wg_session *
proved_session(struct wg_sessions *s, struct wg_direction *best, const struct wg_wire_view *view)
{
    struct wg_direction *d = wg_sessions_chain(s, view->receiver);

    if (d->older == NULL || wg_opener_answers(s->opener, best->session, view))
        return best->session;
    for (; d != NULL; d = d->older)
        if (d != best && d->receiver == WG_ROLE_INITIATOR &&
            wg_opener_answers(s->opener, d->session, view))
            return d->session;
    return best->session;
}

/* The session that a response answers; made where the initiation was not captured. */
static struct wg_session *
answered_session(struct wg_sessions *s, const struct wg_message_context *context,
                 const struct wg_wire_view *view)
{
    struct wg_direction *d = wg_sessions_find(s, view->receiver, WG_ROLE_INITIATOR,
                                              &context->source, &context->destination);
    if (d != NULL)
        return s->opener != NULL ? proved_session(s, d, view) : d->session;

    struct wg_pair *pair = wg_sessions_pair(s, &context->source, &context->destination);
    struct wg_session *session = wg_sessions_new_session(s, pair, view);
    session->initiator = session->here[0] = context->destination;
    session->responder = session->here[1] = context->source;
    session->to_initiator =
        wg_sessions_announce(s, session, view->receiver, WG_ROLE_INITIATOR, &context->source,
                             &context->destination);
    return session;
}

void
wg_sessions_add_response(struct wg_sessions *s, const struct wg_message_context *context,
                         const struct wg_wire_view *view, struct wg_note *note)
{
    struct wg_session *session = answered_session(s, context, view);
    struct wg_response **end = &session->responses;
    unsigned responses = 0;

    note->of.session = session;
    for (; *end != NULL; end = &(*end)->next, responses++) {
        struct wg_response *r = *end;
        if (same_message(r->bytes, r->captured, view)) {
            note->flags |= WG_NOTE_DUPLICATE;
            note->reference = r->frame;
            return;
        }
    }
    if (responses == MAX_RESPONSES)
        return;
    struct wg_response *response = wg_pages_new(&s->responses);
    response->frame = context->frame;
    response->time = context->time;
    response->source = context->source;
    response->destination = context->destination;
    response->captured = keep_bytes(response->bytes, sizeof response->bytes, view);
    response->to_responder = wg_sessions_announce(s, session, view->sender, WG_ROLE_RESPONDER,
                                                  &context->destination, &context->source);
    response->to_responder->response = response;
    *end = response;
    if (session->to_responder == NULL)
        session->to_responder = response->to_responder;
    /* It may answer from another address than the one that was asked. */
    if (response == session->responses &&
        !wg_endpoint_equal(&session->here[1], &context->source)) {
        session->before[1] = session->here[1];
        session->here[1] = context->source;
    }
    const struct wg_session *before = session->previous_try;
    if (before != NULL && before->responses != NULL &&
        ignores_cookie(view, before->responses->cookie_frame,
                       wg_elapsed(before->responses->time, context->time)))
        note->flags |= WG_NOTE_COOKIE_IGNORED;
    if (s->opener != NULL)
        wg_opener_response(s->opener, session, response);
}

/* Each retry has a session of its own, so that one or two are normal. */
static bool
too_many_cookies(const struct wg_session *session)
{
    unsigned count = 0;

    for (const struct wg_cookie *c = session->cookies; c != NULL; c = c->next)
        count++;
    return count >= MAX_COOKIES;
}

void
wg_sessions_add_cookie_reply(struct wg_sessions *s, const struct wg_message_context *context,
                             const struct wg_wire_view *view, struct wg_note *note)
{
    struct wg_direction *d = wg_sessions_find(s, view->receiver, WG_ROLE_UNKNOWN,
                                              &context->source, &context->destination);
    if (d == NULL || d->receiver == WG_ROLE_UNKNOWN ||
        (d->receiver == WG_ROLE_RESPONDER && d->response == NULL) || too_many_cookies(d->session))
        return;
    struct wg_session *session = d->session;
    struct wg_response *response = d->receiver == WG_ROLE_RESPONDER ? d->response : NULL;
    struct wg_cookie *cookie = g_new0(struct wg_cookie, 1);
    uint32_t *answered = response != NULL ? &response->cookie_frame : &session->cookie_frame;

    if (*answered == 0)
        *answered = context->frame;
    cookie->frame = context->frame;
    cookie->for_frame = response != NULL ? response->frame : session->initiation_frame;
    cookie->next = session->cookies;
    session->cookies = cookie;
    note->of.session = session;
    note->reference = cookie->for_frame;
    if (s->opener != NULL)
        wg_opener_cookie(s->opener, session, response, cookie, view);
}

