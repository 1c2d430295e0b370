/* diagnosis_tunnels.c
 * The tunnels of a capture, and which of them a session belongs to.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "diagnosis_private.h"
#include "evidence_private.h"
#include "wg/allowed_ips.h"

/* Two endpoints between which sessions of a tunnel begin; ordered by wg_endpoint_compare. */
struct pair {
    struct wg_endpoint low, high;
    struct wg_tunnel *tunnel;
};

/* Two peers that are proved by keys; ordered by memcmp. */
struct peers {
    uint8_t keys[2][WG_KEY_LEN];
    struct wg_tunnel *tunnel;
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

/* In a tree, not a hash table: the maker of a capture can choose keys whose hashes collide. */
static int
compare_peers(const void *a, const void *b, void *user)
{
    return memcmp(a, b, sizeof((const struct peers *)a)->keys);
}

static void
exchange_free(void *p)
{
    struct wg_exchange *x = p;
    for (unsigned side = 0; side < 2; side++)
        wg_allowed_ips_free(x->allowed[side]);
    g_free(x->held);
    g_free(x);
}

struct wg_diagnosis *
wg_diagnosis_new(struct wg_keystore *keys)
{
    struct wg_diagnosis *d = g_new0(struct wg_diagnosis, 1);

    d->keys = keys;
    d->tunnels = g_ptr_array_new_with_free_func(g_free);
    d->exchanges = g_hash_table_new_full(NULL, NULL, NULL, exchange_free);
    d->waiting = g_hash_table_new(NULL, NULL);
    d->pairs = g_hash_table_new_full(pair_hash, pair_equal, g_free, NULL);
    d->peers = g_tree_new_full(compare_peers, NULL, g_free, NULL);
    return d;
}

void
wg_diagnosis_free(struct wg_diagnosis *d)
{
    if (d == NULL)
        return;
    g_tree_destroy(d->peers);
    g_hash_table_destroy(d->waiting);
    g_hash_table_destroy(d->pairs);
    g_hash_table_destroy(d->exchanges);
    g_ptr_array_unref(d->tunnels);
    g_free(d->broken);
    g_free(d);
}

void
wg_diagnosis_time(struct wg_diagnosis *d, int64_t time)
{
    d->surroundings.now = MAX(d->surroundings.now, time);
}

bool
wg_diagnosis_is_empty(const struct wg_diagnosis *d)
{
    return d->tunnels->len == 0;
}

const struct wg_tunnel *
wg_diagnosis_next(const struct wg_diagnosis *d, const struct wg_tunnel *after)
{
    for (unsigned i = after != NULL ? after->number + 1 : 0; i < d->tunnels->len; i++) {
        const struct wg_tunnel *t = g_ptr_array_index(d->tunnels, i);
        if (!wg_tunnel_is_empty(t))
            return t;
    }
    return NULL;
}

/* ---- which tunnel ---- */

static struct pair
pair_of(const struct wg_endpoint *a, const struct wg_endpoint *b)
{
    if (wg_endpoint_compare(a, b) <= 0)
        return (struct pair){ .low = *a, .high = *b };
    return (struct pair){ .low = *b, .high = *a };
}

struct wg_tunnel *
wg_diagnosis_find_pair(const struct wg_diagnosis *d, const struct wg_endpoint *a,
                       const struct wg_endpoint *b)
{
    const struct pair sought = pair_of(a, b);
    const struct pair *found = g_hash_table_lookup(d->pairs, &sought);

    if (found == NULL)
        return NULL;
    return found->tunnel;
}

void
wg_diagnosis_keep_pair(struct wg_diagnosis *d, const struct wg_endpoint *a,
                       const struct wg_endpoint *b, struct wg_tunnel *tunnel, bool replace)
{
    struct pair *pair;

    if (!replace && wg_diagnosis_find_pair(d, a, b) != NULL)
        return;
    pair = g_new(struct pair, 1);
    *pair = pair_of(a, b);
    pair->tunnel = tunnel;
    g_hash_table_replace(d->pairs, pair, pair);
}

static struct wg_tunnel *
new_tunnel(struct wg_diagnosis *d, const struct wg_sighting *s, unsigned sender)
{
    struct wg_tunnel *t = g_new0(struct wg_tunnel, 1);

    wg_tunnel_begin(t, &d->surroundings, s->time);
    t->number = d->tunnels->len;
    t->side[sender].first = t->side[sender].now = s->source;
    t->side[!sender].first = t->side[!sender].now = s->destination;
    g_ptr_array_add(d->tunnels, t);
    wg_diagnosis_keep_pair(d, &s->source, &s->destination, t, true);
    return t;
}

/* The two peers of a session whose initiation opens. */
static bool
peers_of(const struct wg_session *session, struct peers *peers)
{
    const struct wg_initiation_keys *keys = session->keys;

    if (keys == NULL || keys->responder == NULL || !keys->opened.has_static)
        return false;
    const bool ordered =
        memcmp(keys->opened.initiator_static, keys->responder->public_key, WG_KEY_LEN) <= 0;
    memcpy(peers->keys[!ordered], keys->opened.initiator_static, WG_KEY_LEN);
    memcpy(peers->keys[ordered], keys->responder->public_key, WG_KEY_LEN);
    return true;
}

/* Whether keys prove that a tunnel belongs to other peers. */
static bool
is_of_others(const struct wg_tunnel *t, const struct peers *peers)
{
    bool known = false;

    for (unsigned side = 0; side < 2; side++) {
        const struct wg_static_key *key = t->side[side].key;
        if (key == NULL)
            continue;
        known = true;
        if (memcmp(key->public_key, peers->keys[0], WG_KEY_LEN) == 0 ||
            memcmp(key->public_key, peers->keys[1], WG_KEY_LEN) == 0)
            return false;
    }
    return known;
}

/* The tunnel of the session that this one renews, or NULL. */
static struct wg_tunnel *
renewed_tunnel(const struct wg_diagnosis *d, const struct wg_analysis *a)
{
    const struct wg_exchange *renewed;

    if (a->renews == NULL)
        return NULL;
    renewed = g_hash_table_lookup(d->exchanges, a->renews);
    if (renewed == NULL)
        return NULL;
    return renewed->tunnel;
}

struct wg_tunnel *
wg_diagnosis_find_tunnel(struct wg_diagnosis *d, const struct wg_sighting *s, unsigned sender)
{
    struct peers peers = { .tunnel = NULL };
    const bool proved = peers_of(s->analysis.session, &peers);
    struct peers *known = NULL;
    struct wg_tunnel *t;

    if (proved)
        known = g_tree_lookup(d->peers, &peers);
    if (known != NULL) {
        wg_diagnosis_keep_pair(d, &s->source, &s->destination, known->tunnel, true);
        return known->tunnel;
    }
    t = wg_diagnosis_find_pair(d, &s->source, &s->destination);
    if (t == NULL)
        t = renewed_tunnel(d, &s->analysis);
    if (t != NULL && proved && is_of_others(t, &peers))
        t = NULL;
    if (t == NULL)
        t = new_tunnel(d, s, sender);
    else
        wg_diagnosis_keep_pair(d, &s->source, &s->destination, t, false);
    if (proved) {
        known = g_memdup2(&peers, sizeof peers);
        known->tunnel = t;
        g_tree_insert(d->peers, known, known);
    }
    return t;
}
