/* table.c
 * The session table: which messages belong together.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "sessions_private.h"
#include "wg/seeded.h"

/* Bytes that are allocated for packed messages at once. */
enum { PACKS_AT_ONCE = 1 << 15 };

static unsigned
index_hash(const void *p)
{
    const uint64_t index = *(const uint32_t *)p;
    return wg_seeded_hash(&index, 1);
}

static unsigned
way_hash(const void *p)
{
    uint64_t words[sizeof(struct wg_way) / sizeof(uint64_t)];

    G_STATIC_ASSERT(sizeof words == sizeof(struct wg_way));
    memcpy(words, p, sizeof words);
    return wg_seeded_hash(words, G_N_ELEMENTS(words));
}

static gboolean
way_equal(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct wg_way)) == 0;
}

struct wg_sessions *
wg_sessions_new(struct wg_notes *notes, const struct wg_judge *judge, void *self)
{
    struct wg_sessions *s = g_new0(struct wg_sessions, 1);

    s->notes = notes;
    s->judge = judge;
    s->self = self;
    wg_pages_init(&s->sessions, sizeof(struct wg_session));
    wg_pages_init(&s->directions, sizeof(struct wg_direction));
    wg_pages_init(&s->responses, sizeof(struct wg_response));
    s->packs = g_string_chunk_new(PACKS_AT_ONCE);
    s->by_index = g_hash_table_new(index_hash, g_int_equal);
    s->latest = g_new0(struct wg_direction *, WG_LATEST);
    s->flows = g_hash_table_new_full(way_hash, way_equal, g_free, NULL);
    s->previous_endpoint = g_hash_table_new(NULL, NULL);
    s->lost_many = g_hash_table_new_full(NULL, NULL, NULL, g_free);
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
        if (s->judge != NULL)
            s->judge->release_direction(d);
    }
    for (uint32_t i = 0; i < s->sessions.count; i++) {
        struct wg_session *session = wg_pages_at(&s->sessions, i);
        if (s->judge != NULL)
            s->judge->release_session(session);
        wg_session_free_extras(session);
    }
    wg_pages_clear(&s->directions);
    wg_pages_clear(&s->responses);
    g_string_chunk_free(s->packs);
    wg_pages_clear(&s->sessions);
    g_hash_table_destroy(s->by_index);
    g_free(s->latest);
    g_hash_table_destroy(s->flows);
    g_hash_table_destroy(s->previous_endpoint);
    g_hash_table_destroy(s->lost_many);
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
    if (session->responses != NULL)
        return session->responses->frame;
    return wg_session_extras(session)->cookie_frame;
}

const struct wg_endpoint *
wg_sessions_previous_endpoint(const struct wg_sessions *s, const struct wg_note *note)
{
    return g_hash_table_lookup(s->previous_endpoint, note);
}

uint64_t
wg_sessions_lost(const struct wg_sessions *s, const struct wg_note *note)
{
    if (note->lost < WG_LOST_MANY)
        return note->lost;
    return *(const uint64_t *)g_hash_table_lookup(s->lost_many, note);
}

const struct wg_response *
wg_direction_response(const struct wg_direction *d)
{
    if (d->response != NULL)
        return d->response;
    /* For the direction to the initiator: the response that data shows to be in use, if any. */
    const struct wg_direction *used = d->session->to_responder;
    if (used != NULL && used->response != NULL)
        return used->response;
    return d->session->responses;
}

/* ---- verbs ---- */

void
wg_session_take(struct wg_session *session, struct wg_response *response)
{
    if (response->to_responder != NULL)
        session->to_responder = response->to_responder;
}

static bool
has_handshake(const struct wg_session *session)
{
    return session->initiation_frame != 0 || session->responses != NULL;
}

void
wg_session_prove_peers(struct wg_session *session, const struct wg_static_key *initiator,
                       const struct wg_static_key *responder)
{
    struct wg_extras *extras = wg_session_make_extras(session);

    if (extras->initiator_static != NULL && has_handshake(session))
        return;
    extras->initiator_static = initiator;
    extras->responder_static = responder;
}

static void
swap_sides(struct wg_session *session)
{
    struct wg_extras *extras = session->extras;
    struct wg_direction *direction = session->to_initiator;

    session->to_initiator = session->to_responder;
    session->to_responder = direction;
    session->here = wg_way_back(session->here);
    if (extras == NULL)
        return;
    const struct wg_extras old = *extras;
    for (unsigned side = 0; side < 2; side++) {
        extras->before[side] = old.before[!side];
        extras->twin[side] = old.twin[!side];
    }
}

bool
wg_direction_prove_role(struct wg_direction *d, enum wg_role receiver)
{
    struct wg_session *session = d->session;
    struct wg_direction *other =
        session->to_initiator == d ? session->to_responder : session->to_initiator;

    if (other != NULL && other->keyed && other->receiver != wg_role_opposite(receiver)) {
        d->receiver = WG_ROLE_UNKNOWN;
        return false;
    }
    if ((session->to_initiator == d) != (receiver == WG_ROLE_INITIATOR))
        swap_sides(session);
    d->receiver = receiver & 3;
    if (other != NULL)
        other->receiver = wg_role_opposite(receiver) & 3;
    session->way = receiver == WG_ROLE_INITIATOR ? wg_way_back(d->way) : d->way;
    return true;
}

/* ---- making ---- */

struct wg_session *
wg_sessions_new_session(struct wg_sessions *s, struct wg_flow *flow)
{
    struct wg_session *session = wg_pages_new(&s->sessions);

    session->stream = s->sessions.count - 1;
    if (flow != NULL)
        wg_sessions_begin(flow, session);
    return session;
}

void
wg_sessions_begin(struct wg_flow *flow, struct wg_session *session)
{
    session->previous = flow->last;
    flow->last = session;
}

struct wg_direction *
wg_sessions_new_direction(struct wg_sessions *s, struct wg_session *session, uint32_t index,
                          enum wg_role role, const struct wg_way *way)
{
    struct wg_direction *d = wg_pages_new(&s->directions);

    d->index = index;
    d->receiver = role & 3;
    d->session = session;
    d->way = way;
    d->counters.from_zero = role != WG_ROLE_UNKNOWN;
    wg_sessions_link(s, d);
    return d;
}

void
wg_sessions_lose(struct wg_sessions *s, struct wg_note *note, int64_t more)
{
    const uint64_t lost = wg_sessions_lost(s, note) + (uint64_t)more;

    note->lost = (uint32_t)MIN(lost, WG_LOST_MANY);
    if (lost >= WG_LOST_MANY)
        g_hash_table_replace(s->lost_many, note, g_memdup2(&lost, sizeof lost));
}

void
wg_sessions_correct(struct wg_sessions *s, struct wg_counter_result r)
{
    if (r.number != 0)
        wg_sessions_lose(s, wg_notes_get(s->notes, r.number), r.correction);
}

void
wg_session_leave(struct wg_direction *d)
{
    if (d->session->to_initiator == d)
        d->session->to_initiator = NULL;
    if (d->session->to_responder == d)
        d->session->to_responder = NULL;
}

static bool
is_empty(const struct wg_session *session)
{
    return session->to_initiator == NULL && session->to_responder == NULL &&
           !has_handshake(session);
}

struct wg_direction *
wg_sessions_announce(struct wg_sessions *s, struct wg_session *session, uint32_t index,
                     enum wg_role role, const struct wg_way *way,
                     const struct wg_arrival *handshake)
{
    struct wg_direction *d = wg_sessions_find_orphan(s, index, way, handshake);

    if (d == NULL)
        return wg_sessions_new_direction(s, session, index, role, way);
    wg_session_leave(d);
    /* The session that it began turns out to be this one, so this one does not renew it. */
    if (session->renews == d->session && is_empty(d->session))
        session->renews = NULL;
    d->session = session;
    d->receiver = role & 3;
    wg_sessions_correct(s, wg_counters_start_at_zero(&d->counters));
    return d;
}
