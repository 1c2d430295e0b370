/* sessions.c
 * The session table: which messages belong together.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/seeded.h"
#include "sessions_private.h"

/* Directions that may share one index before the oldest is no longer found by it. Indices are
 * random 32-bit numbers; only a forged capture has more, and must not make look-ups slow. */
enum { MAX_SAME_INDEX = 16 };

static unsigned
index_hash(const void *p)
{
    const uint64_t index = *(const uint32_t *)p;
    return wg_seeded_hash(&index, 1);
}

static unsigned
ends_hash(const void *p)
{
    uint64_t words[sizeof(struct wg_ends) / sizeof(uint64_t)];

    G_STATIC_ASSERT(sizeof words == sizeof(struct wg_ends));
    memcpy(words, p, sizeof words);
    return wg_seeded_hash(words, G_N_ELEMENTS(words));
}

static gboolean
ends_equal(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct wg_ends)) == 0;
}

struct wg_sessions *
wg_sessions_new(struct wg_notes *notes, struct wg_opener *opener)
{
    struct wg_sessions *s = g_new0(struct wg_sessions, 1);

    s->notes = notes;
    s->opener = opener;
    wg_pages_init(&s->sessions, sizeof(struct wg_session));
    wg_pages_init(&s->directions, sizeof(struct wg_direction));
    wg_pages_init(&s->responses, sizeof(struct wg_response));
    s->by_index = g_hash_table_new(index_hash, g_int_equal);
    s->pairs = g_hash_table_new_full(ends_hash, ends_equal, g_free, NULL);
    s->previous_endpoint = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    return s;
}

void
wg_sessions_free(struct wg_sessions *s)
{
    if (s == NULL)
        return;
    for (uint32_t i = 0; i < s->directions.count; i++) {
        struct wg_direction *d = wg_pages_at(&s->directions, i);
        wg_counters_clear(&d->counters, &s->pool);
        wg_opening_release_direction(d);
    }
    for (uint32_t i = 0; i < s->sessions.count; i++)
        wg_opening_release(wg_pages_at(&s->sessions, i));
    wg_pages_clear(&s->directions);
    wg_pages_clear(&s->responses);
    wg_pages_clear(&s->sessions);
    g_hash_table_destroy(s->by_index);
    g_hash_table_destroy(s->pairs);
    g_hash_table_destroy(s->previous_endpoint);
    g_free(s);
}

uint32_t
wg_sessions_count(const struct wg_sessions *s)
{
    return s->sessions.count;
}

struct wg_session *
wg_sessions_get(const struct wg_sessions *s, uint32_t stream)
{
    return wg_pages_at(&s->sessions, stream);
}

uint32_t
wg_session_answer(const struct wg_session *session)
{
    const struct wg_direction *used = session->to_responder;

    if (used != NULL && used->response != NULL)
        return used->response->frame;
    return session->responses != NULL ? session->responses->frame : session->cookie_frame;
}

const struct wg_endpoint *
wg_sessions_previous_endpoint(const struct wg_sessions *s, const struct wg_note *note)
{
    return g_hash_table_lookup(s->previous_endpoint, note);
}

const struct wg_response *
wg_direction_response(const struct wg_direction *d)
{
    if (d->response != NULL)
        return d->response;
    /* To the initiator: of several responses, the one that its data shows to be in use. */
    const struct wg_direction *used = d->session->to_responder;
    if (used != NULL && used->response != NULL)
        return used->response;
    return d->session->responses;
}

/* ---- finding ---- */

struct wg_direction *
wg_sessions_chain(const struct wg_sessions *s, uint32_t index)
{
    G_STATIC_ASSERT(offsetof(struct wg_direction, index) == 0);
    return g_hash_table_lookup(s->by_index, &index);
}

/* How well the addresses speak for a direction. The destination weighs more: the receiver is
 * where its index was chosen, while a sender may have moved or answer from another address. */
static int
fit(const struct wg_direction *d, const struct wg_endpoint *source,
    const struct wg_endpoint *destination)
{
    return 2 * wg_endpoint_equal(&d->destination, destination) +
           wg_endpoint_equal(&d->source, source);
}

struct wg_direction *
wg_sessions_find(const struct wg_sessions *s, uint32_t receiver, enum wg_role role,
                 const struct wg_endpoint *source, const struct wg_endpoint *destination)
{
    struct wg_direction *best = NULL;
    int best_fit = -1;

    for (struct wg_direction *d = wg_sessions_chain(s, receiver); d != NULL; d = d->older) {
        if (role != WG_ROLE_UNKNOWN && d->receiver != role)
            continue;
        const int f = fit(d, source, destination);
        if (f > best_fit) {
            best = d;
            best_fit = f;
        }
    }
    return best;
}

/* Data seen before the handshake that announces its index: the direction waits to be claimed. */
static struct wg_direction *
find_orphan(const struct wg_sessions *s, uint32_t index, const struct wg_endpoint *source,
            const struct wg_endpoint *destination)
{
    struct wg_direction *d =
        wg_sessions_find(s, index, WG_ROLE_UNKNOWN, source, destination);
    return d != NULL && d->receiver == WG_ROLE_UNKNOWN ? d : NULL;
}

/* ---- making ---- */

static struct wg_ends
ends_of(const struct wg_endpoint *a, const struct wg_endpoint *b)
{
    const bool ordered = wg_endpoint_compare(a, b) <= 0;
    return (struct wg_ends){ .low = ordered ? *a : *b, .high = ordered ? *b : *a };
}

struct wg_pair *
wg_sessions_find_pair(const struct wg_sessions *s, const struct wg_endpoint *a,
                      const struct wg_endpoint *b)
{
    G_STATIC_ASSERT(offsetof(struct wg_pair, ends) == 0);
    const struct wg_ends ends = ends_of(a, b);
    return g_hash_table_lookup(s->pairs, &ends);
}

struct wg_pair *
wg_sessions_pair(struct wg_sessions *s, const struct wg_endpoint *a, const struct wg_endpoint *b)
{
    struct wg_pair *pair = wg_sessions_find_pair(s, a, b);

    if (pair == NULL) {
        pair = g_new0(struct wg_pair, 1);
        pair->ends = ends_of(a, b);
        g_hash_table_add(s->pairs, pair);
    }
    return pair;
}

void
wg_sessions_forget_pair(struct wg_sessions *s, struct wg_pair *pair)
{
    if (pair->last == NULL && pair->moved_in == NULL)
        g_hash_table_remove(s->pairs, pair);
}

struct wg_session *
wg_sessions_new_session(struct wg_sessions *s, struct wg_pair *pair,
                        const struct wg_wire_view *view)
{
    struct wg_session *session = wg_pages_new(&s->sessions);

    session->stream = s->sessions.count - 1;
    memcpy(session->reserved, view->bytes + offsetof(struct wg_wire_header, reserved),
           WG_RESERVED_LEN);
    session->previous = pair->last;
    pair->last = session;
    return session;
}

static void
bound_chain(struct wg_direction *newest)
{
    struct wg_direction *d = newest;

    for (int i = 1; i < MAX_SAME_INDEX && d->older != NULL; i++)
        d = d->older;
    d->older = NULL;
}

struct wg_direction *
wg_sessions_new_direction(struct wg_sessions *s, struct wg_session *session, uint32_t index,
                          enum wg_role role, const struct wg_endpoint *source,
                          const struct wg_endpoint *destination)
{
    struct wg_direction *d = wg_pages_new(&s->directions);

    d->index = index;
    d->receiver = role;
    d->session = session;
    d->source = *source;
    d->destination = *destination;
    d->counters.from_zero = role != WG_ROLE_UNKNOWN;
    d->older = wg_sessions_chain(s, index);
    bound_chain(d);
    g_hash_table_add(s->by_index, d);
    return d;
}

void
wg_sessions_correct(struct wg_sessions *s, struct wg_counter_result r)
{
    if (r.number != 0)
        wg_notes_get(s->notes, r.number)->lost += (uint64_t)r.correction;
}

struct wg_direction *
wg_sessions_announce(struct wg_sessions *s, struct wg_session *session, uint32_t index,
                     enum wg_role role, const struct wg_endpoint *source,
                     const struct wg_endpoint *destination)
{
    struct wg_direction *d = find_orphan(s, index, source, destination);

    if (d == NULL)
        return wg_sessions_new_direction(s, session, index, role, source, destination);
    if (d->session->to_initiator == d)
        d->session->to_initiator = NULL;
    if (d->session->to_responder == d)
        d->session->to_responder = NULL;
    d->session = session;
    d->receiver = role;
    wg_sessions_correct(s, wg_counters_start_at_zero(&d->counters));
    return d;
}

void
wg_sessions_add(struct wg_sessions *s, const struct wg_message_context *context,
                const struct wg_wire_view *view, uint32_t number)
{
    struct wg_note *note = wg_notes_get(s->notes, number);

    note->type = (uint8_t)view->type;
    switch (view->type) {
    case WG_TYPE_INITIATION:
        if (view->has_sender)
            wg_sessions_add_initiation(s, context, view, note);
        break;
    case WG_TYPE_RESPONSE:
        if (view->has_sender && view->has_receiver)
            wg_sessions_add_response(s, context, view, note);
        break;
    case WG_TYPE_COOKIE_REPLY:
        if (view->has_receiver)
            wg_sessions_add_cookie_reply(s, context, view, note);
        break;
    case WG_TYPE_DATA:
        if (view->has_receiver && view->has_counter)
            wg_sessions_add_data(s, context, view, note, number);
        break;
    }
}
