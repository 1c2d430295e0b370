/* diagnosis.c
 * The evidence, tunnel by tunnel.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "wg/diagnosis.h"

/* A direction of a session and the side that sends it. */
struct wg_tunnel_direction {
    struct wg_tunnel_direction *next; /* of the same tunnel */
    struct wg_tunnel *tunnel;
    const struct wg_direction *direction;
    unsigned side;
};

/* A session and the side that initiated it. */
struct place {
    struct wg_tunnel *tunnel;
    unsigned initiator;
    bool has_data;
};

/* Two endpoints between which sessions of a tunnel begin, in the order of wg_endpoint_compare. */
struct pair {
    struct wg_endpoint low, high;
    struct wg_tunnel *tunnel;
};

struct wg_diagnosis {
    const struct wg_keystore *keys;
    GPtrArray *tunnels;     /* owns them */
    GHashTable *places;     /* struct wg_session -> struct place */
    GHashTable *directions; /* struct wg_direction -> struct wg_tunnel_direction */
    GHashTable *pairs;      /* set of struct pair */
    const struct wg_static_key *asked; /* whether it has a configuration with peers: */
    bool configured;
};

static unsigned
pair_hash(const void *p)
{
    const struct pair *pair = p;
    return wg_endpoint_hash(&pair->low) * 31 + wg_endpoint_hash(&pair->high);
}

static gboolean
pair_equal(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    return wg_endpoint_equal(&x->low, &y->low) && wg_endpoint_equal(&x->high, &y->high);
}

struct wg_diagnosis *
wg_diagnosis_new(const struct wg_keystore *keys)
{
    struct wg_diagnosis *d = g_new0(struct wg_diagnosis, 1);

    d->keys = keys;
    d->tunnels = g_ptr_array_new_with_free_func(g_free);
    d->places = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    d->directions = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    d->pairs = g_hash_table_new_full(pair_hash, pair_equal, g_free, NULL);
    return d;
}

void
wg_diagnosis_free(struct wg_diagnosis *d)
{
    if (d == NULL)
        return;
    g_hash_table_destroy(d->pairs);
    g_hash_table_destroy(d->directions);
    g_hash_table_destroy(d->places);
    g_ptr_array_unref(d->tunnels);
    g_free(d);
}

uint32_t
wg_diagnosis_count(const struct wg_diagnosis *d)
{
    return d->tunnels->len;
}

const struct wg_tunnel *
wg_diagnosis_get(const struct wg_diagnosis *d, uint32_t number)
{
    return g_ptr_array_index(d->tunnels, number);
}

/* ---- which tunnel, which side ---- */

static struct pair
pair_of(const struct wg_endpoint *a, const struct wg_endpoint *b)
{
    const bool ordered = wg_endpoint_compare(a, b) <= 0;
    return (struct pair){ .low = ordered ? *a : *b, .high = ordered ? *b : *a };
}

static struct wg_tunnel *
find_pair(const struct wg_diagnosis *d, const struct wg_endpoint *a, const struct wg_endpoint *b)
{
    const struct pair sought = pair_of(a, b);
    const struct pair *found = g_hash_table_lookup(d->pairs, &sought);
    return found != NULL ? found->tunnel : NULL;
}

static void
keep_pair(struct wg_diagnosis *d, const struct wg_sighting *s, struct wg_tunnel *tunnel)
{
    struct pair *pair = g_new(struct pair, 1);

    *pair = pair_of(&s->source, &s->destination);
    pair->tunnel = tunnel;
    g_hash_table_add(d->pairs, pair); /* the latest tunnel between them counts */
}

static struct wg_tunnel *
new_tunnel(struct wg_diagnosis *d, const struct wg_sighting *s, unsigned sender)
{
    struct wg_tunnel *t = g_new0(struct wg_tunnel, 1);

    t->number = d->tunnels->len;
    t->begun = s->time;
    t->best_response_time = -1;
    t->side[sender].first = t->side[sender].now = s->source;
    t->side[!sender].first = t->side[!sender].now = s->destination;
    g_ptr_array_add(d->tunnels, t);
    keep_pair(d, s, t);
    return t;
}

/* The side that a message comes from, by the endpoints that the sides have now. */
static unsigned
sender_side(const struct wg_tunnel *t, const struct wg_sighting *s)
{
    for (unsigned side = 0; side < 2; side++)
        if (wg_endpoint_equal(&s->source, &t->side[side].now))
            return side;
    for (unsigned side = 0; side < 2; side++)
        if (wg_endpoint_equal(&s->destination, &t->side[side].now))
            return !side;
    return wg_endpoint_same_host(&s->source, &t->side[1].now) ||
           wg_endpoint_same_host(&s->destination, &t->side[0].now);
}

/* Where a session belongs; found once, with its first message. */
static struct place *
place_session(struct wg_diagnosis *d, const struct wg_sighting *s)
{
    const struct wg_analysis *a = &s->analysis;
    struct place *place = g_hash_table_lookup(d->places, a->session);

    if (place != NULL)
        return place;
    const struct place *renewed =
        a->renews != NULL ? g_hash_table_lookup(d->places, a->renews) : NULL;
    const bool from_responder = a->knows_role && !a->from_initiator;
    place = g_new0(struct place, 1);
    place->tunnel = renewed != NULL ? renewed->tunnel : find_pair(d, &s->source, &s->destination);
    if (place->tunnel == NULL)
        place->tunnel = new_tunnel(d, s, from_responder);
    else if (renewed != NULL)
        keep_pair(d, s, place->tunnel);
    const unsigned sender = sender_side(place->tunnel, s);
    place->initiator = from_responder ? !sender : sender;
    place->tunnel->last_session = a->session;
    g_hash_table_insert(d->places, (void *)(uintptr_t)a->session, place);
    return place;
}

static struct wg_tunnel_direction *
place_direction(struct wg_diagnosis *d, const struct wg_sighting *s)
{
    const struct wg_direction *direction = s->note->of.direction;
    struct wg_tunnel_direction *placed = g_hash_table_lookup(d->directions, direction);

    if (placed != NULL)
        return placed;
    struct place *place = place_session(d, s);
    placed = g_new0(struct wg_tunnel_direction, 1);
    placed->tunnel = place->tunnel;
    placed->direction = direction;
    placed->side = !s->analysis.knows_role      ? sender_side(place->tunnel, s)
                   : s->analysis.from_initiator ? place->initiator
                                                : !place->initiator;
    place->tunnel->sessions += !place->has_data;
    place->has_data = true;
    placed->next = place->tunnel->directions;
    place->tunnel->directions = placed;
    g_hash_table_insert(d->directions, (void *)(uintptr_t)direction, placed);
    return placed;
}

/* ---- evidence ---- */

static void
see(struct wg_evidence *e, uint32_t frame)
{
    if (e->count == 0)
        e->first = frame;
    e->last = frame;
    e->count += e->count < UINT32_MAX;
}

static void
see_if(bool holds, struct wg_evidence *e, uint32_t frame)
{
    if (holds)
        see(e, frame);
}

static void
see_sender(struct wg_tunnel *t, const struct wg_sighting *s, unsigned sender)
{
    struct wg_tunnel_side *side = &t->side[sender], *other = &t->side[!sender];
    const bool copy = (s->note->flags & WG_NOTE_DUPLICATE) != 0;

    if (!copy) { /* a copy may come from anyone, at any time */
        side->now = s->source;
        other->unheard_initiations = other->unheard_data = (struct wg_evidence){ 0 };
    }
    side->bytes += s->view->length;
    side->last_time = s->time;
    if (side->hops_low == 0 || s->hops < side->hops_low)
        side->hops_low = s->hops;
    side->hops_high = MAX(side->hops_high, s->hops);
}

/* Whether the responder's own configuration was read, and lacks the initiator. */
static bool
is_stranger(struct wg_diagnosis *d, const struct wg_initiation_keys *keys)
{
    const struct wg_static_key *responder = keys->macs.receiver;

    if (!keys->opened.has_static || !responder->has_private || d->keys == NULL)
        return false;
    if (d->asked != responder)
        d->configured = wg_keystore_has_peers(d->keys, responder);
    d->asked = responder;
    return d->configured && wg_keystore_peer(d->keys, responder->public_key,
                                             keys->opened.initiator_static) == NULL;
}

static void
see_macs(struct wg_diagnosis *d, struct wg_tunnel *t, const struct wg_sighting *s)
{
    const struct wg_initiation_keys *keys = s->analysis.session->keys;

    see_if(s->view->mac2 != NULL && !wg_wire_all_zero(s->view->mac2, WG_MAC_LEN), &t->mac2_set,
           s->frame);
    if (keys == NULL)
        return;
    see_if(keys->macs.mac1 == WG_MAC_BAD, &t->mac1_bad, s->frame);
    see_if(keys->macs.mac1 == WG_MAC_UNVERIFIED && d->keys != NULL &&
               wg_keystore_static_count(d->keys) > 0,
           &t->mac1_unknown, s->frame);
    if (keys->macs.mac1 != WG_MAC_GOOD)
        return;
    see(&t->mac1_good, s->frame);
    t->meant = keys->macs.receiver;
    if (!is_stranger(d, keys))
        return;
    if (t->stranger.count == 0)
        t->strangers_keys = keys;
    see(&t->stranger, s->frame);
}

static void
see_handshake(struct wg_diagnosis *d, struct wg_tunnel *t, const struct wg_sighting *s,
              unsigned sender)
{
    struct wg_tunnel_side *side = &t->side[sender];
    const struct wg_analysis *a = &s->analysis;

    t->knows_initiator = true;
    if ((s->note->flags & WG_NOTE_DUPLICATE) != 0)
        return; /* it was accounted for */
    switch (s->note->type) {
    case WG_TYPE_INITIATION:
        see(&side->initiations, s->frame);
        see(&side->unheard_initiations, s->frame);
        see_if(a->attempt > 1, &t->retries, s->frame);
        see_macs(d, t, s);
        break;
    case WG_TYPE_RESPONSE:
        see(&side->responses, s->frame);
        see_if(s->status == WG_STATUS_PSK_MISMATCH, &t->psk_mismatch, s->frame);
        if (a->has_response_time &&
            (t->best_response_time < 0 || a->response_time < t->best_response_time))
            t->best_response_time = a->response_time;
        if (a->initiation_frame == 0 || wg_endpoint_same_host(&s->source, &a->session->responder))
            break;
        if (t->elsewhere.count == 0) {
            t->asked = a->session->responder;
            t->answered_from = s->source;
        }
        see(&t->elsewhere, s->frame);
        break;
    default:
        see(&side->cookies, s->frame);
        break;
    }
}

static void
see_data(struct wg_diagnosis *d, struct wg_tunnel *t, const struct wg_sighting *s, unsigned sender)
{
    struct wg_tunnel_side *side = &t->side[sender];
    const bool keepalive = s->view->length == WG_DATA_MIN_LEN;

    see(&side->data, s->frame);
    side->keepalives += keepalive;
    side->largest = MAX(side->largest, (uint32_t)MIN(s->view->length, UINT32_MAX));
    see_if(s->analysis.from_initiator && s->analysis.response_frame != 0, &t->confirmed, s->frame);
    see_if(s->status == WG_STATUS_DECRYPTED, &t->authenticated, s->frame);
    see_if(s->status == WG_STATUS_AUTHENTICATION_FAILED, &t->not_authentic, s->frame);
    if (wg_analysis_has(&s->analysis, WG_VERDICT_ROAMED))
        keep_pair(d, s, t);
    if (keepalive || (s->note->flags & WG_NOTE_DUPLICATE) != 0)
        return;
    if (side->unheard_data.count == 0)
        side->unheard_since = s->time;
    see(&side->unheard_data, s->frame);
}

const struct wg_tunnel *
wg_diagnosis_add(struct wg_diagnosis *d, const struct wg_sighting *s)
{
    const bool data = s->note->type == WG_TYPE_DATA;
    struct wg_tunnel *t;
    unsigned sender;

    if (s->analysis.session == NULL)
        return NULL;
    if (data) {
        const struct wg_tunnel_direction *placed = place_direction(d, s);
        t = placed->tunnel;
        sender = placed->side;
    } else {
        const struct place *place = place_session(d, s);
        t = place->tunnel;
        sender = s->analysis.from_initiator ? place->initiator : !place->initiator;
    }
    t->ended = s->time;
    see_sender(t, s, sender);
    if (data)
        see_data(d, t, s, sender);
    else
        see_handshake(d, t, s, sender);
    see_if(s->reassembled, &t->reassembled, s->frame);
    for (unsigned v = 0; v < WG_VERDICT_COUNT; v++)
        see_if(wg_analysis_has(&s->analysis, v), &t->verdicts[v], s->frame);
    return t;
}

/* RFC 792 and RFC 1191: destination unreachable, of which code 4 is "fragmentation needed";
 * RFC 4443: destination unreachable (1), packet too big (2). */
static bool
is_too_big(const struct wg_quote *q)
{
    return q->ipv6 ? q->type == 2 : q->type == 3 && q->code == 4;
}

static bool
is_unreachable(const struct wg_quote *q)
{
    return q->type == (q->ipv6 ? 1 : 3) && !is_too_big(q);
}

const struct wg_tunnel *
wg_diagnosis_add_quote(struct wg_diagnosis *d, const struct wg_quote *q)
{
    struct wg_tunnel *t = find_pair(d, &q->source, &q->destination);

    if (t == NULL)
        return NULL;
    if (is_too_big(q)) {
        if (t->too_big.count == 0)
            t->first_too_big = *q;
        see(&t->too_big, q->frame);
    } else if (is_unreachable(q)) {
        if (t->unreachable.count == 0)
            t->first_unreachable = *q;
        see(&t->unreachable, q->frame);
    }
    return t;
}

/* ---- figures ---- */

uint64_t
wg_tunnel_distinct(const struct wg_tunnel *t, unsigned side)
{
    uint64_t sum = 0;

    for (const struct wg_tunnel_direction *i = t->directions; i != NULL; i = i->next)
        sum += i->side == side ? i->direction->counters.distinct : 0;
    return sum;
}

uint64_t
wg_tunnel_lost(const struct wg_tunnel *t, unsigned side)
{
    uint64_t sum = 0;

    for (const struct wg_tunnel_direction *i = t->directions; i != NULL; i = i->next)
        sum += i->side == side ? wg_counters_lost(&i->direction->counters) : 0;
    return sum;
}

bool
wg_tunnel_near(const struct wg_tunnel *t, unsigned side)
{
    const uint8_t hops = t->side[side].hops_low;

    /* What systems give a packet: Linux and BSD, Windows, network equipment. */
    return hops == t->side[side].hops_high && (hops == 64 || hops == 128 || hops == 255);
}
