/* responses.c
 * Handshake responses and cookie replies: what they answer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "sessions_private.h"

enum {
    MAX_COOKIES = 16, /* cookie replies kept of one session */
    /* Different responses that a session keeps; an honest session has one. */
    MAX_RESPONSES = 16,
};

/* ---- which initiation ---- */

/* If several initiations chose one index, the one that is answered, as keys show; else `best`. */
static struct wg_session *
proved_session(struct wg_sessions *s, struct wg_direction *best, const struct wg_wire_view *view)
{
    struct wg_direction *d = wg_sessions_chain(s, view->receiver);

    if (d->older == NULL || s->judge->answers(s->self, best->session, view))
        return best->session;
    for (; d != NULL; d = d->older)
        if (d != best && d->receiver == WG_ROLE_INITIATOR &&
            s->judge->answers(s->self, d->session, view))
            return d->session;
    return best->session;
}

/* The session that a response answers; it is made if the initiation was not captured. */
static struct wg_session *
answered_session(struct wg_sessions *s, const struct wg_arrival *a)
{
    const struct wg_message_context *context = a->context;
    struct wg_direction *d = wg_sessions_find(s, a->view->receiver, WG_ROLE_INITIATOR, NULL,
                                              &context->source, &context->destination);
    if (d != NULL && d->session->initiation_frame == 0 && d->session->responses == NULL &&
        !wg_direction_may_follow(d, a))
        d = NULL;
    if (d != NULL && s->judge != NULL)
        return proved_session(s, d, a->view);
    if (d != NULL)
        return d->session;

    struct wg_flow *flow = wg_flows_get(s, &context->source, &context->destination);
    struct wg_session *session = wg_sessions_new_session(s, flow);
    session->way = wg_way_back(a->way);
    session->here = session->way;
    session->to_initiator =
        wg_sessions_announce(s, session, a->view->receiver, WG_ROLE_INITIATOR, a->way, a);
    return session;
}

/* ---- the list of a session's responses ---- */

static struct wg_response *
find_copy(const struct wg_session *session, const struct wg_wire_view *view)
{
    struct wg_response *lists[] = { session->responses, wg_session_extras(session)->rejected };

    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        for (struct wg_response *r = lists[i]; r != NULL; r = r->next)
            if (wg_packed_is_copy(r->message, view))
                return r;
    return NULL;
}

static unsigned
count_responses(const struct wg_response *list)
{
    unsigned count = 0;

    for (const struct wg_response *r = list; r != NULL; r = r->next)
        count++;
    return count;
}

/* Make room in the list: drop the last unproved response, unless it is the first one. returns false
 * if there is none to drop */
static bool
drop_unproved(struct wg_sessions *s, struct wg_session *session, struct wg_response **list)
{
    struct wg_response **last = NULL;
    bool first = true;

    for (struct wg_response **link = list; *link != NULL; link = &(*link)->next) {
        if ((*link)->proof == WG_PROVED)
            continue;
        if (!first)
            last = link;
        first = false;
    }
    if (last == NULL)
        return false;
    if (s->judge != NULL)
        s->judge->release_response(*last);
    *last = (*last)->next;
    wg_session_make_extras(session)->dropped++;
    return true;
}

/* Keep a response at the end of a list. returns it there, or NULL if there is no room */
static struct wg_response *
keep(struct wg_sessions *s, struct wg_session *session, struct wg_response **list,
     const struct wg_response *response)
{
    if (count_responses(*list) >= MAX_RESPONSES && !drop_unproved(s, session, list))
        return NULL;
    while (*list != NULL)
        list = &(*list)->next;
    *list = wg_pages_new(&s->responses);
    **list = *response;
    return *list;
}

/* ---- response ---- */

/* The responder may answer from another address than the one that was asked. */
static void
note_source(struct wg_sessions *s, struct wg_session *session, const struct wg_response *response)
{
    const struct wg_way *here = session->here;

    if (wg_endpoint_equal(&here->destination, &response->way->source))
        return;
    wg_session_make_extras(session)->before[1] = &here->destination;
    session->here = wg_flows_way(s, &here->source, &response->way->source);
}

/* Keep what the capture did not hold of the first copy, to judge it. */
static void
complete_response(struct wg_sessions *s, struct wg_response *r, const struct wg_wire_view *copy)
{
    if (!wg_packed_lacks(r->message, copy))
        return;
    r->message = wg_pack(s->packs, copy);
    if (s->judge != NULL)
        s->judge->release_response(r);
}

static void
note_copy(struct wg_sessions *s, struct wg_session *session, struct wg_response *r,
          const struct wg_arrival *a)
{
    complete_response(s, r, a->view);
    if (s->judge != NULL)
        a->note->status = s->judge->response(s->self, session, r) & 31;
    a->note->reference = r->frame;
    wg_session_note_copy(s, session, 1, a);
}

static bool
has_proved(const struct wg_session *session)
{
    for (const struct wg_response *r = session->responses; r != NULL; r = r->next)
        if (r->proof == WG_PROVED)
            return true;
    return false;
}

/* Whether a response is known to be wrong: keys disprove it, or prove another one. */
static bool
is_wrong(const struct wg_session *session, const struct wg_response *response)
{
    if (response->proof != WG_UNPROVED)
        return response->proof == WG_DISPROVED;
    return has_proved(session);
}

static void
reject(struct wg_sessions *s, struct wg_session *session, struct wg_response *response,
       const struct wg_arrival *a)
{
    a->note->flags |= WG_NOTE_NO_EFFECT;
    struct wg_extras *extras = wg_session_make_extras(session);
    if (keep(s, session, &extras->rejected, response) == NULL && s->judge != NULL)
        s->judge->release_response(response);
}

static void
note_ignored_cookie(const struct wg_session *session, const struct wg_arrival *a)
{
    const struct wg_session *before = wg_session_previous_try(session);

    if (before != NULL && before->responses != NULL &&
        wg_ignores_cookie(a->view, before->responses->cookie_frame,
                          wg_elapsed(before->responses->time, a->context->time)))
        a->note->flags |= WG_NOTE_COOKIE_IGNORED;
}

/* A response that may be the right one. It takes over if it is the first one that is proved. */
static void
accept(struct wg_sessions *s, struct wg_session *session, struct wg_response *response,
       const struct wg_arrival *a)
{
    const bool is_first = session->responses == NULL;
    const bool takes_over = response->proof == WG_PROVED && !has_proved(session);
    struct wg_response *kept = keep(s, session, &session->responses, response);

    if (kept == NULL) {
        reject(s, session, response, a);
        return;
    }
    kept->to_responder = wg_sessions_announce(s, session, a->view->sender, WG_ROLE_RESPONDER,
                                              wg_way_back(a->way), a);
    kept->to_responder->response = kept;
    if (session->to_responder == NULL || takes_over)
        wg_session_take(session, kept);
    if (is_first || takes_over)
        note_source(s, session, kept);
    note_ignored_cookie(session, a);
}

void
wg_sessions_use_response(struct wg_sessions *s, struct wg_direction *d)
{
    struct wg_session *session = d->session;
    const struct wg_direction *taken = session->to_responder;

    if (d->response == NULL || taken == NULL || taken == d || has_proved(session) ||
        wg_counters_packets(&taken->counters) > wg_counters_packets(&d->counters))
        return;
    wg_session_take(session, d->response);
    note_source(s, session, d->response);
}

void
wg_sessions_add_response(struct wg_sessions *s, const struct wg_arrival *a)
{
    struct wg_session *session = answered_session(s, a);
    struct wg_response *copied = find_copy(session, a->view);
    struct wg_response response = { .frame = a->context->frame,
                                    .time = a->context->time,
                                    .way = a->way };

    a->note->of.session = session;
    if (copied != NULL) {
        note_copy(s, session, copied, a);
        return;
    }
    response.message = wg_pack(s->packs, a->view);
    if (s->judge != NULL)
        a->note->status = s->judge->response(s->self, session, &response) & 31;
    if (is_wrong(session, &response))
        reject(s, session, &response, a);
    else
        accept(s, session, &response, a);
}

/* ---- cookie reply ---- */

/* Each retry has a session of its own, so one or two are normal. If there are too many, one that
 * was not opened is dropped. */
static bool
has_room(struct wg_extras *extras)
{
    struct wg_cookie **closed = NULL;
    unsigned count = 0;

    for (struct wg_cookie **link = &extras->cookies; *link != NULL; link = &(*link)->next) {
        count++;
        if ((*link)->status != WG_STATUS_DECRYPTED)
            closed = link;
    }
    if (count < MAX_COOKIES)
        return true;
    if (closed == NULL)
        return false;
    struct wg_cookie *dropped = *closed;
    *closed = dropped->next;
    g_free(dropped);
    return true;
}

static bool
answers_handshake(const struct wg_direction *d)
{
    return d != NULL && (d->receiver == WG_ROLE_INITIATOR ||
                         (d->receiver == WG_ROLE_RESPONDER && d->response != NULL));
}

/* Nonce and contents of a cookie reply, or zero. */
static struct wg_wire_cookie_reply
sealed_of(const struct wg_wire_view *view)
{
    struct wg_wire_cookie_reply sealed = { .receiver = { 0 } };

    if (view->nonce == NULL || view->encrypted_cookie == NULL)
        return sealed;
    memcpy(sealed.nonce, view->nonce, sizeof sealed.nonce);
    memcpy(sealed.encrypted_cookie, view->encrypted_cookie, sizeof sealed.encrypted_cookie);
    return sealed;
}

/* The cookie reply that this is a further copy of, or NULL. */
static struct wg_cookie *
find_cookie(const struct wg_session *session, const struct wg_wire_view *view)
{
    const struct wg_wire_cookie_reply sealed = sealed_of(view);
    struct wg_cookie *c = wg_session_extras(session)->cookies;

    if (view->nonce == NULL || view->encrypted_cookie == NULL)
        return NULL;
    while (c != NULL && memcmp(&c->sealed, &sealed, sizeof sealed) != 0)
        c = c->next;
    return c;
}

/* Keep a cookie reply to the session's initiation, or to `response`. returns NULL if there are too
 * many */
static struct wg_cookie *
keep_cookie(struct wg_session *session, const struct wg_response *response,
            const struct wg_arrival *a)
{
    struct wg_extras *extras = wg_session_make_extras(session);

    if (!has_room(extras))
        return NULL;
    struct wg_cookie *cookie = g_new0(struct wg_cookie, 1);
    cookie->frame = a->context->frame;
    cookie->for_frame = response != NULL ? response->frame : session->initiation_frame;
    cookie->sealed = sealed_of(a->view);
    cookie->next = extras->cookies;
    extras->cookies = cookie;
    return cookie;
}

void
wg_sessions_add_cookie_reply(struct wg_sessions *s, const struct wg_arrival *a)
{
    struct wg_direction *d = wg_sessions_find(s, a->view->receiver, WG_ROLE_UNKNOWN, NULL,
                                              &a->context->source, &a->context->destination);
    if (!answers_handshake(d) && a->note->status == WG_STATUS_NOT_TRIED)
        a->note->status = WG_STATUS_HANDSHAKE_MISSING;
    if (!answers_handshake(d))
        return;
    struct wg_session *session = d->session;
    struct wg_response *response = d->receiver == WG_ROLE_RESPONDER ? d->response : NULL;
    struct wg_cookie *copied = find_cookie(session, a->view);
    struct wg_cookie *cookie = copied != NULL ? copied : keep_cookie(session, response, a);
    if (cookie == NULL)
        return;
    if (s->judge == NULL)
        cookie->status = WG_STATUS_UNSUPPORTED;
    else if (cookie->status != WG_STATUS_DECRYPTED)
        s->judge->cookie(s->self, session, response, cookie, a->view);
    a->note->of.session = session;
    a->note->status = cookie->status & 31;
    if (copied != NULL) {
        a->note->reference = copied->frame;
        wg_session_note_copy(s, session, response == NULL, a);
        return;
    }
    a->note->reference = cookie->for_frame;
    uint32_t *answered =
        response != NULL ? &response->cookie_frame : &session->extras->cookie_frame;
    if (wg_status_proof(cookie->status) == WG_DISPROVED)
        a->note->flags |= WG_NOTE_NO_EFFECT;
    else if (*answered == 0)
        *answered = a->context->frame;
}
