/* audit_tunnels.c
 * What the audit takes from the messages of tunnels: which host is the client, what was carried,
 * and when the tunnel was up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "audit_private.h"

/* REJECT_AFTER_TIME: no session outlives its handshake by more (paper, 6.1). */
#define REJECT_AFTER_TIME (INT64_C(180) * 1000000000)

/* ---- whether a tunnel is up ---- */

enum wg_audit_phase
wg_audit_outcome(const struct state *state, uint32_t failure)
{
    /* While a failure is not over, nothing shows that the tunnel was up. */
    if (state->outcomes == NULL || failure > state->outcomes->len)
        return WG_AUDIT_SILENT;
    return (enum wg_audit_phase)state->outcomes->data[failure - 1];
}

/* A failure is over. */
static void
end_failure(struct state *state, enum wg_audit_phase outcome)
{
    const uint8_t byte = (uint8_t)outcome;

    state->failing = false;
    if (state->outcomes == NULL)
        state->outcomes = g_byte_array_new();
    g_byte_array_append(state->outcomes, &byte, 1);
}

static bool
is_of_older_session(const struct state *state, const struct wg_sighting *s)
{
    const struct wg_session *session = s->analysis.session;

    return s->note->type == WG_TYPE_DATA &&
           (session == NULL || session->initiation_frame == 0 ||
            wg_elapsed(session->initiation_time, state->failing_since) > 0);
}

static void
note_initiation(struct state *state, const struct wg_sighting *s)
{
    if (s->analysis.attempt <= 1 || state->failing)
        return;
    state->failing = true;
    state->failing_since = s->time;
    state->failures++;
}

/* Anyone can send initiations. If the session's data goes on after them, the tunnel was up all the
 * time. */
static void
note_life(struct state *state, const struct wg_sighting *s)
{
    if (state->failing)
        end_failure(state, is_of_older_session(state, s) ? WG_AUDIT_UP : WG_AUDIT_SILENT);
    state->ever = true;
    state->last = s->time;
}

/* Note it for the pair and for each of its hosts. */
static void
note_states(struct pair *pair, const struct wg_sighting *s)
{
    struct state *const states[] = { &pair->state, &pair->host[0]->state, &pair->host[1]->state };

    if (s->note->type == WG_TYPE_COOKIE_REPLY)
        return;
    for (unsigned i = 0; i < G_N_ELEMENTS(states); i++)
        if (s->note->type == WG_TYPE_INITIATION)
            note_initiation(states[i], s);
        else
            note_life(states[i], s);
}

enum wg_audit_phase
wg_audit_phase_now(const struct state *state, int64_t time)
{
    if (state == NULL || !state->ever)
        return WG_AUDIT_BEFORE;
    if (state->failing || wg_elapsed(state->last, time) > REJECT_AFTER_TIME)
        return WG_AUDIT_SILENT;
    return WG_AUDIT_UP;
}

void
wg_audit_count_phase(struct way *way, const struct state *state, int64_t time, uint64_t packets)
{
    const enum wg_audit_phase phase = wg_audit_phase_now(state, time);

    if (phase != WG_AUDIT_SILENT || !state->failing) {
        way->phase[phase] += packets;
        return;
    }
    if (way->doubted != state || way->failure != state->failures) {
        if (way->doubted != NULL)
            way->phase[wg_audit_outcome(way->doubted, way->failure)] += way->doubtful;
        way->doubted = state;
        way->failure = state->failures;
        way->doubtful = 0;
    }
    way->doubtful += packets;
}

/* ---- inside ---- */

static struct pair *
make_pair(struct wg_audit *a, const struct wg_sighting *s)
{
    const struct two key = wg_audit_ordered(&s->source, &s->destination);
    struct pair *pair = g_hash_table_lookup(a->pair_set, key.e);
    const struct wg_endpoint *ends[] = { &s->source, &s->destination };

    if (pair != NULL)
        return pair;
    pair = g_new0(struct pair, 1);
    pair->pair.number = a->pairs->len;
    pair->pair.first_frame = s->frame;
    memcpy(pair->key, key.e, sizeof pair->key);
    for (unsigned side = 0; side < 2; side++) {
        pair->pair.host[side] = wg_audit_host_of(ends[side]);
        pair->host[side] = wg_audit_make_host(a, ends[side]);
        pair->host[side]->paired = true;
    }
    g_ptr_array_add(a->pairs, pair);
    g_hash_table_insert(a->pair_set, pair->key, pair);
    return pair;
}

/* The pair of a message's hosts. Messages come in rows, so the latest one is tried first. */
static struct pair *
pair_of(struct wg_audit *a, const struct wg_sighting *s)
{
    if (a->latest.pair != NULL && wg_endpoints_are(&s->source, &s->destination, a->latest.sockets))
        return a->latest.pair;
    a->latest.pair = make_pair(a, s);
    a->latest.sockets[0] = s->source;
    a->latest.sockets[1] = s->destination;
    a->latest.noted = false;
    return a->latest.pair;
}

static void
note_next_hop(struct host *host, const struct wg_audit_link *link)
{
    if (link->receiver == 0)
        return;
    if (host->next_hop == 0)
        host->next_hop = link->receiver;
    else if (host->next_hop != link->receiver)
        host->next_hop = UNSURE_HOP;
}

static void
make_client(struct pair *pair, unsigned side)
{
    struct host *host = pair->host[side];

    if (side == 1) {
        const struct wg_endpoint address = pair->pair.host[0];
        const uint8_t *key = pair->pair.key[0];
        pair->pair.host[0] = pair->pair.host[1];
        pair->pair.host[1] = address;
        pair->pair.key[0] = pair->pair.key[1];
        pair->pair.key[1] = key;
        pair->host[1] = pair->host[0];
        pair->host[0] = host;
    }
    pair->pair.knows_client = true;
}

static unsigned
side_of(const struct pair *pair, const struct wg_endpoint *e)
{
    return !wg_endpoint_same_host(e, &pair->pair.host[0]);
}

/* The client is the host that initiated the first session with data. Before there is one, it is the
 * host that sent the first handshake message as an initiator. */
static void
note_client(struct pair *pair, const struct wg_sighting *s)
{
    const struct wg_analysis *a = &s->analysis;
    const bool proof =
        s->note->type == WG_TYPE_DATA && a->session != NULL && a->session->initiation_frame != 0;

    if (pair->pair.proved_client || !a->knows_role || (pair->pair.knows_client && !proof))
        return;
    make_client(pair, side_of(pair, a->from_initiator ? &s->source : &s->destination));
    pair->pair.proved_client = proof;
}

/* initiator: side */
static void
note_peers(struct pair *pair, const struct wg_session *session, unsigned initiator)
{
    const uint8_t *i = wg_session_initiator_key(session);
    const uint8_t *r = wg_session_responder_key(session);

    /* Keep what an earlier session showed: this one may show less. */
    if (i != NULL)
        pair->pair.key[initiator] = i;
    if (r != NULL)
        pair->pair.key[!initiator] = r;
}

static void
note_keys(const struct wg_audit *a, struct pair *pair, const struct wg_sighting *s)
{
    const struct wg_session *session = s->analysis.session;

    if (session == NULL || !s->analysis.knows_role)
        return;
    note_peers(pair, session, side_of(pair, &s->source) ^ !s->analysis.from_initiator);
    if (s->note->type != WG_TYPE_RESPONSE || session->initiation_frame == 0 || session->way == NULL)
        return;
    /* It may come from another host than the one asked, and show who asked. */
    struct pair *asked = wg_audit_find_pair(a, &session->way->source, &session->way->destination);
    if (asked != NULL && asked != pair)
        note_peers(asked, session, side_of(asked, &session->way->source));
}

/* A table of counts takes a kilobyte, and many tunnels have only a few packets, which then are all
 * in one half. */
static void
add_payload(struct pair *pair, const uint8_t *bytes, size_t length)
{
    pair->pair.payload_bytes += length;
    if (pair->pair.payload == NULL && pair->pair.payload_bytes < WG_RANDOMNESS_MIN_BYTES) {
        if (pair->few == NULL)
            pair->few = g_byte_array_new();
        g_byte_array_append(pair->few, bytes, (unsigned)length);
        return;
    }
    if (pair->pair.payload == NULL)
        pair->pair.payload = g_new0(struct wg_randomness, 2);
    if (pair->few != NULL)
        wg_randomness_add(&pair->pair.payload[0], pair->few->data, pair->few->len);
    g_clear_pointer(&pair->few, g_byte_array_unref);
    wg_randomness_add(&pair->pair.payload[wg_randomness_half(pair->pair.data)], bytes, length);
}

static void
note_payload(struct pair *pair, const struct wg_sighting *s)
{
    pair->pair.data++;
    pair->pair.authenticated += s->status == WG_STATUS_DECRYPTED;
    /* The same bytes twice would not look random, so possible copies are left out. */
    if (s->view->packet != NULL && (s->note->flags & WG_NOTE_OUTSIDE_WINDOW) == 0)
        add_payload(pair, s->view->packet, s->view->packet_captured);
}

/* A frame that was held back was WireGuard after all. */
static void
release(struct wg_audit *a, uint32_t frame)
{
    GList *place = NULL;

    if (a->held.length > 0)
        place = g_hash_table_lookup(a->held_by_frame, GUINT_TO_POINTER(frame));
    if (place == NULL)
        return;
    g_hash_table_remove(a->held_by_frame, GUINT_TO_POINTER(frame));
    g_free(place->data);
    g_queue_delete_link(&a->held, place);
}

static void
note_socket(struct wg_audit *a, const struct wg_endpoint *e)
{
    if (!g_hash_table_contains(a->sockets, e))
        g_hash_table_add(a->sockets, g_memdup2(e, sizeof *e));
}

/* Comes after pair_of, for the same message. */
static void
note_sockets(struct wg_audit *a, const struct wg_sighting *s)
{
    if (a->latest.noted)
        return;
    note_socket(a, &s->source);
    note_socket(a, &s->destination);
    a->latest.noted = true;
}

static void
note_link(struct wg_audit *a, struct pair *pair, const struct wg_sighting *s,
          const struct wg_audit_link *link, bool is_new)
{
    const unsigned side = side_of(pair, &s->source);
    struct host *sender = pair->host[side];

    wg_audit_note_card(a, sender, link);
    struct card *card = wg_audit_card(sender);
    if (card != NULL && card->owner == NULL)
        card->owner = sender;
    if (card != NULL && card == wg_audit_card(pair->host[!side]))
        card->meaningless = true;
    note_next_hop(sender, link);
    if (link->bare == 0)
        a->linked_tunnels = true;
    else
        g_hash_table_add(a->bare_tunnels, GUINT_TO_POINTER(link->bare));
    if (is_new)
        pair->pair.bare = link->bare;
    else if (pair->pair.bare != link->bare)
        pair->pair.bare = 0;
}

static bool
is_malformed(const struct wg_sighting *s)
{
    return s->note->type != WG_TYPE_DATA && s->view->verdict == WG_WIRE_WRONG_LENGTH;
}

/* Whether text or the like is where a handshake message has keys and ciphertext. */
static bool
holds_no_keys(const struct wg_sighting *s)
{
    const struct wg_wire_view *v = s->view;
    const struct wg_wire_layout *l = v->layout;
    struct wg_randomness random = { .bytes = 0 };

    if (s->note->type == WG_TYPE_DATA || s->status == WG_STATUS_DECRYPTED || l == NULL)
        return false;
    const struct {
        const uint8_t *bytes;
        size_t length;
    } fields[] = {
        { v->ephemeral, l->ephemeral.length },
        { v->encrypted_static, l->encrypted_static.length },
        { v->encrypted_timestamp, l->encrypted_timestamp.length },
        { v->encrypted_empty, l->encrypted_empty.length },
        { v->mac1, l->mac1.length },
        { v->nonce, l->nonce.length },
        { v->encrypted_cookie, l->encrypted_cookie.length },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
        if (fields[i].bytes != NULL)
            wg_randomness_add(&random, fields[i].bytes, fields[i].length);
    return wg_randomness_repeats(&random);
}

/* Whether keys fit a message and do not open it. An initiation is made for the responder's key,
 * which another session may have shown. */
static bool
is_forged(const struct pair *pair, const struct wg_sighting *s)
{
    const struct wg_session *session = s->analysis.session;

    if (s->status == WG_STATUS_AUTHENTICATION_FAILED)
        return true;
    if (s->note->type != WG_TYPE_INITIATION || session == NULL || session->keys == NULL ||
        s->view->mac1 == NULL)
        return false;
    if (session->keys->status == WG_STATUS_AUTHENTICATION_FAILED)
        return true;
    return pair->pair.key[side_of(pair, &s->destination)] != NULL &&
           session->keys->macs.mac1 != WG_MAC_GOOD;
}

static void
count_message(struct pair *pair, const struct wg_sighting *s)
{
    if ((s->note->flags & WG_NOTE_DUPLICATE) != 0) {
        pair->pair.copies++;
        return;
    }
    pair->pair.bytes += s->view->length;
    if (s->note->type == WG_TYPE_DATA) {
        note_payload(pair, s);
        return;
    }
    pair->pair.handshakes++;
    pair->pair.responses += s->note->type == WG_TYPE_RESPONSE;
}

void
wg_audit_message(struct wg_audit *a, const struct wg_sighting *s, const struct wg_audit_link *link)
{
    const uint32_t before = a->pairs->len;
    struct pair *pair = pair_of(a, s);

    wg_audit_forget_answers(a);
    release(a, s->frame);
    a->totals.frames++;
    note_link(a, pair, s, link, a->pairs->len > before);
    const bool malformed = is_malformed(s), keyless = !malformed && holds_no_keys(s);
    if (malformed || keyless) {
        if (pair->pair.malformed++ == 0)
            pair->pair.first_malformed = s->frame;
        pair->pair.keyless += keyless;
        return;
    }
    if (is_forged(pair, s)) {
        if (pair->pair.forged++ == 0)
            pair->pair.first_forged = s->frame;
        return;
    }
    note_sockets(a, s);
    count_message(pair, s);
    if ((s->note->flags & WG_NOTE_DUPLICATE) != 0)
        return;
    note_client(pair, s);
    note_keys(a, pair, s);
    note_states(pair, s);
}
