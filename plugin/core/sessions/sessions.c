/* sessions.c
 * The session table: which messages belong together.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/opening.h"
#include "wg/sessions.h"

/* Directions that may share one index before the oldest is no longer found by it. Indices are
 * random 32-bit numbers; only a forged capture has more, and must not make look-ups slow. */
enum { MAX_SAME_INDEX = 16 };
enum { MAX_COOKIES = 16 };   /* cookie replies kept of one session */

/* Different responses that a session keeps, for the same reason: an honest one has one. */
enum { MAX_RESPONSES = 16 };

/* Two endpoints between which data of unknown sessions flows. */
struct orphan_pair {
    struct wg_endpoint low, high;
    struct wg_session *session; /* the one that began last */
};

struct wg_sessions {
    struct wg_notes *notes;
    struct wg_opener *opener; /* NULL: nothing is decrypted */
    GPtrArray *sessions;   /* by stream */
    GPtrArray *directions; /* owns them */
    GHashTable *by_index;  /* index -> newest struct wg_direction with it */
    GHashTable *orphans;   /* set of struct orphan_pair */
    struct wg_counters_pool pool;
};

static unsigned
pair_hash(const void *p)
{
    const struct orphan_pair *pair = p;
    return wg_endpoint_hash(&pair->low) * 31 + wg_endpoint_hash(&pair->high);
}

static gboolean
pair_equal(const void *a, const void *b)
{
    const struct orphan_pair *x = a, *y = b;
    return wg_endpoint_equal(&x->low, &y->low) && wg_endpoint_equal(&x->high, &y->high);
}

static void
session_free(void *p)
{
    struct wg_session *session = p;

    wg_opening_release(session);
    while (session->responses != NULL) {
        struct wg_response *next = session->responses->next;
        g_free(session->responses);
        session->responses = next;
    }
    g_free(session);
}

struct wg_sessions *
wg_sessions_new(struct wg_notes *notes, struct wg_opener *opener)
{
    struct wg_sessions *s = g_new0(struct wg_sessions, 1);

    s->notes = notes;
    s->opener = opener;
    s->sessions = g_ptr_array_new_with_free_func(session_free);
    s->directions = g_ptr_array_new();
    s->by_index = g_hash_table_new(NULL, NULL);
    s->orphans = g_hash_table_new_full(pair_hash, pair_equal, g_free, NULL);
    return s;
}

void
wg_sessions_free(struct wg_sessions *s)
{
    if (s == NULL)
        return;
    for (unsigned i = 0; i < s->directions->len; i++) {
        struct wg_direction *d = g_ptr_array_index(s->directions, i);
        wg_counters_clear(&d->counters, &s->pool);
        wg_aead_free(d->aead);
        g_free(d);
    }
    g_ptr_array_free(s->directions, TRUE);
    g_ptr_array_free(s->sessions, TRUE);
    g_hash_table_destroy(s->by_index);
    g_hash_table_destroy(s->orphans);
    g_free(s);
}

uint32_t
wg_sessions_count(const struct wg_sessions *s)
{
    return s->sessions->len;
}

struct wg_session *
wg_sessions_get(const struct wg_sessions *s, uint32_t stream)
{
    return g_ptr_array_index(s->sessions, stream);
}

uint32_t
wg_session_answer(const struct wg_session *session)
{
    return session->responses != NULL ? session->responses->frame : session->cookie_frame;
}

/* ---- finding ---- */

static struct wg_direction *
chain(const struct wg_sessions *s, uint32_t index)
{
    return g_hash_table_lookup(s->by_index, GUINT_TO_POINTER(index));
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

    for (struct wg_direction *d = chain(s, receiver); d != NULL; d = d->older) {
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

static struct wg_session *
new_session(struct wg_sessions *s, const struct wg_wire_view *view)
{
    struct wg_session *session = g_new0(struct wg_session, 1);

    session->stream = s->sessions->len;
    memcpy(session->reserved, view->bytes + offsetof(struct wg_wire_header, reserved),
           WG_RESERVED_LEN);
    g_ptr_array_add(s->sessions, session);
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

static struct wg_direction *
new_direction(struct wg_sessions *s, struct wg_session *session, uint32_t index, enum wg_role role,
              const struct wg_endpoint *source, const struct wg_endpoint *destination)
{
    struct wg_direction *d = g_new0(struct wg_direction, 1);

    d->index = index;
    d->receiver = role;
    d->session = session;
    d->source = *source;
    d->destination = *destination;
    d->counters.from_zero = role != WG_ROLE_UNKNOWN;
    d->older = chain(s, index);
    bound_chain(d);
    g_hash_table_insert(s->by_index, GUINT_TO_POINTER(index), d);
    g_ptr_array_add(s->directions, d);
    return d;
}

static void
correct(struct wg_sessions *s, struct wg_counter_result r)
{
    if (r.number != 0)
        wg_notes_get(s->notes, r.number)->lost += (uint64_t)r.correction;
}

/* The direction to the one who chose `index` in a handshake message just seen. */
static struct wg_direction *
announce(struct wg_sessions *s, struct wg_session *session, uint32_t index, enum wg_role role,
         const struct wg_endpoint *source, const struct wg_endpoint *destination)
{
    struct wg_direction *d = find_orphan(s, index, source, destination);

    if (d == NULL)
        return new_direction(s, session, index, role, source, destination);
    if (d->session->to_initiator == d)
        d->session->to_initiator = NULL;
    if (d->session->to_responder == d)
        d->session->to_responder = NULL;
    d->session = session;
    d->receiver = role;
    correct(s, wg_counters_start_at_zero(&d->counters));
    return d;
}

/* ---- handshake messages ---- */

static bool
same_field(const uint8_t *stored, const uint8_t *seen, struct wg_wire_field field)
{
    return memcmp(stored + field.offset, seen + field.offset, field.length) == 0;
}

static size_t
keep_bytes(uint8_t *to, size_t size, const struct wg_wire_view *view)
{
    const size_t kept = MIN(size, view->captured);

    memcpy(to, view->bytes, kept);
    return kept;
}

static void
fill_initiation(struct wg_sessions *s, struct wg_session *session, const struct wg_message_context *context,
                const struct wg_wire_view *view)
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

static void
add_initiation(struct wg_sessions *s, const struct wg_message_context *context,
               const struct wg_wire_view *view, struct wg_note *note)
{
    const struct wg_endpoint *initiator = &context->source, *responder = &context->destination;

    for (struct wg_direction *d = chain(s, view->sender); d != NULL; d = d->older) {
        struct wg_session *session = d->session;
        if (d->receiver != WG_ROLE_INITIATOR)
            continue;
        if (session->initiation_frame == 0) {
            /* Its response came first: a capture out of order. */
            fill_initiation(s, session, context, view);
            note->of.session = session;
            return;
        }
        if (view->ephemeral != NULL &&
            same_field(session->initiation, view->bytes, view->layout->ephemeral)) {
            note->of.session = session;
            note->flags |= WG_NOTE_DUPLICATE;
            note->reference = session->initiation_frame;
            return;
        }
    }

    struct wg_session *session = new_session(s, view);
    fill_initiation(s, session, context, view);
    session->to_initiator = announce(s, session, view->sender, WG_ROLE_INITIATOR, responder,
                                     initiator);
    note->of.session = session;
}

/* The session that a response answers; made where the initiation was not captured. */
static struct wg_session *
answered_session(struct wg_sessions *s, const struct wg_message_context *context,
                 const struct wg_wire_view *view)
{
    struct wg_direction *d = wg_sessions_find(s, view->receiver, WG_ROLE_INITIATOR,
                                              &context->source, &context->destination);
    if (d != NULL)
        return d->session;

    struct wg_session *session = new_session(s, view);
    session->initiator = context->destination;
    session->responder = context->source;
    session->to_initiator = announce(s, session, view->receiver, WG_ROLE_INITIATOR,
                                     &context->source, &context->destination);
    return session;
}

static void
add_response(struct wg_sessions *s, const struct wg_message_context *context,
             const struct wg_wire_view *view, struct wg_note *note)
{
    struct wg_session *session = answered_session(s, context, view);
    struct wg_response **end = &session->responses;
    unsigned responses = 0;

    note->of.session = session;
    for (; *end != NULL; end = &(*end)->next, responses++) {
        struct wg_response *r = *end;
        if (view->ephemeral != NULL && r->to_responder->index == view->sender &&
            same_field(r->bytes, view->bytes, view->layout->ephemeral)) {
            note->flags |= WG_NOTE_DUPLICATE;
            note->reference = r->frame;
            return;
        }
    }
    if (responses == MAX_RESPONSES)
        return;
    struct wg_response *response = g_new0(struct wg_response, 1);
    response->frame = context->frame;
    response->time = context->time;
    response->captured = keep_bytes(response->bytes, sizeof response->bytes, view);
    response->to_responder = announce(s, session, view->sender, WG_ROLE_RESPONDER,
                                      &context->destination, &context->source);
    response->to_responder->response = response;
    *end = response;
    if (session->to_responder == NULL)
        session->to_responder = response->to_responder;
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

static void
add_cookie_reply(struct wg_sessions *s, const struct wg_message_context *context,
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

/* ---- transport data ---- */

static enum wg_role
opposite(enum wg_role role)
{
    return role == WG_ROLE_INITIATOR   ? WG_ROLE_RESPONDER
           : role == WG_ROLE_RESPONDER ? WG_ROLE_INITIATOR
                                       : WG_ROLE_UNKNOWN;
}

/* The only direction of a session without handshake, or NULL. */
static const struct wg_direction *
lone_direction(const struct wg_session *session)
{
    if (session->initiation_frame != 0 || session->responses != NULL)
        return NULL;
    if (session->to_responder == NULL)
        return session->to_initiator;
    return session->to_initiator == NULL ? session->to_responder : NULL;
}

/* A session for data that no captured handshake announced. The two directions between two
 * endpoints are one session where the other one still waits for its counterpart. */
static struct wg_direction *
new_orphan(struct wg_sessions *s, const struct wg_message_context *context,
           const struct wg_wire_view *view)
{
    struct orphan_pair key = { .low = context->source, .high = context->destination };
    const bool swapped = wg_endpoint_compare(&key.low, &key.high) > 0;

    if (swapped) {
        key.low = context->destination;
        key.high = context->source;
    }
    struct orphan_pair *pair = g_hash_table_lookup(s->orphans, &key);
    if (pair == NULL) {
        pair = g_memdup2(&key, sizeof key);
        g_hash_table_add(s->orphans, pair);
    }

    struct wg_session *session = pair->session;
    const struct wg_direction *other = session != NULL ? lone_direction(session) : NULL;
    if (other != NULL && !wg_endpoint_equal(&other->source, &context->destination))
        other = NULL;
    if (other == NULL)
        session = new_session(s, view);
    pair->session = session;
    const enum wg_role role = other == NULL ? WG_ROLE_UNKNOWN : opposite(other->receiver);
    struct wg_direction *d =
        new_direction(s, session, view->receiver, role, &context->source, &context->destination);
    d->counters.from_zero = false;
    if (session->to_initiator == NULL)
        session->to_initiator = d;
    else
        session->to_responder = d;
    return d;
}

static void
count_data(struct wg_direction *d, const struct wg_message_context *context,
           const struct wg_wire_view *view)
{
    if (d->packets == 0) {
        d->first_frame = context->frame;
        d->first_time = context->time;
    }
    d->packets++;
    d->bytes += view->length;
    d->keepalives += view->length == WG_DATA_MIN_LEN;
    d->last_frame = context->frame;
    d->last_time = context->time;
}

static bool
opens(struct wg_sessions *s, struct wg_direction *d, const struct wg_wire_view *view)
{
    uint8_t *plain = g_malloc(view->packet_length);
    const bool open = wg_opener_data(s->opener, d, view, plain, true) == WG_STATUS_DECRYPTED;

    wg_wipe(plain, view->packet_length);
    g_free(plain);
    return open;
}

/* The direction that a packet belongs to. Where several have its index, the one whose key opens it;
 * only where none does, or no keys are known, addresses decide. */
static struct wg_direction *
find_data_direction(struct wg_sessions *s, const struct wg_message_context *context,
                    const struct wg_wire_view *view)
{
    struct wg_direction *best = wg_sessions_find(s, view->receiver, WG_ROLE_UNKNOWN,
                                                 &context->source, &context->destination);

    if (best == NULL || s->opener == NULL || !wg_opener_has_keys(s->opener) ||
        chain(s, view->receiver)->older == NULL || opens(s, best, view))
        return best;
    for (struct wg_direction *d = chain(s, view->receiver); d != NULL; d = d->older)
        if (d != best && opens(s, d, view))
            return d;
    return best;
}

static void
add_data(struct wg_sessions *s, const struct wg_message_context *context,
         const struct wg_wire_view *view, struct wg_note *note, uint32_t number)
{
    struct wg_direction *d = find_data_direction(s, context, view);

    if (d == NULL)
        d = new_orphan(s, context, view);

    const struct wg_counter_result r =
        wg_counters_add(&d->counters, &s->pool, view->counter, number);
    note->of.direction = d;
    note->lost = r.lost;
    if (r.outside_window)
        note->flags |= WG_NOTE_OUTSIDE_WINDOW;
    if (r.verdict == WG_COUNTER_DUPLICATE) {
        note->flags |= WG_NOTE_DUPLICATE;
        note->reference = wg_notes_get(s->notes, r.number)->frame;
    } else if (r.verdict == WG_COUNTER_OUT_OF_ORDER) {
        note->flags |= WG_NOTE_OUT_OF_ORDER;
        correct(s, r);
    } else if (r.verdict == WG_COUNTER_IN_ORDER) {
        d->source = context->source;
        d->destination = context->destination;
    }
    count_data(d, context, view);
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
            add_initiation(s, context, view, note);
        break;
    case WG_TYPE_RESPONSE:
        if (view->has_sender && view->has_receiver)
            add_response(s, context, view, note);
        break;
    case WG_TYPE_COOKIE_REPLY:
        if (view->has_receiver)
            add_cookie_reply(s, context, view, note);
        break;
    case WG_TYPE_DATA:
        if (view->has_receiver && view->has_counter)
            add_data(s, context, view, note, number);
        break;
    }
}
