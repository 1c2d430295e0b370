/* candidates.c
 * The key store: what to try, and in which order, where the keys do not say what belongs
 * together.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "keystore_private.h"

/* -- Preshared keys -- */

struct psk_list {
    const uint8_t **out;
    size_t count, limit;
};

/* Equal keys are one pointer (wg_store_psk). */
static void
try_psk(struct psk_list *list, const uint8_t *psk)
{
    if (psk == NULL || list->count >= list->limit)
        return;
    for (size_t i = 0; i < list->count; i++)
        if (list->out[i] == psk)
            return;
    list->out[list->count++] = psk;
}

static void
try_linked(struct psk_list *list, const struct wg_ephemeral *e)
{
    for (unsigned i = 0; e != NULL && i < e->psk_count; i++)
        try_psk(list, e->psks[i]);
}

static void
try_pair(struct psk_list *list, const struct wg_keystore *ks, const uint8_t *interface_public,
         const uint8_t *public_key)
{
    const struct wg_peer *peer = wg_keystore_peer(ks, interface_public, public_key);
    if (peer != NULL)
        try_psk(list, peer->psk);
}

static void
try_peer(struct psk_list *list, const struct wg_keystore *ks, const uint8_t *public_key)
{
    if (public_key == NULL)
        return;
    for (const struct wg_peer *p = wg_keystore_peers(ks, public_key); p != NULL; p = p->next) {
        try_psk(list, p->psk);
        if (list->count >= list->limit)
            return;
    }
}

size_t
wg_keystore_psk_candidates(const struct wg_keystore *ks, const struct wg_ephemeral *a,
                           const struct wg_ephemeral *b, const uint8_t *x, const uint8_t *y,
                           const uint8_t *out[WG_PSK_CANDIDATES_MAX])
{
    /* One place is kept for the zero key. */
    struct psk_list list = { .out = out, .limit = WG_PSK_CANDIDATES_MAX - 1 };

    try_linked(&list, a);
    try_linked(&list, b);
    if (x != NULL && y != NULL) {
        try_pair(&list, ks, x, y);
        try_pair(&list, ks, y, x);
    }
    try_peer(&list, ks, x);
    try_peer(&list, ks, y);

    list.limit = WG_PSK_CANDIDATES_MAX;
    try_psk(&list, wg_store_zero);
    for (size_t i = 0; i < ks->psks->len && list.count < list.limit; i++)
        try_psk(&list, wg_keystore_psk(ks, i));
    return list.count;
}

/* -- Pairs of ephemeral keys -- */

/* The ephemeral keys that one side logged for one other side, in the order of the log. */
struct group {
    const struct wg_static_key *local, *remote;
    guint rank; /* in the order of first appearance */
    GPtrArray *members;
};

static guint
group_hash(gconstpointer p)
{
    const struct group *g = p;
    return g_direct_hash(g->local) * 31 + g_direct_hash(g->remote);
}

static gboolean
group_equal(gconstpointer p, gconstpointer q)
{
    const struct group *a = p, *b = q;
    return a->local == b->local && a->remote == b->remote;
}

static void
group_free(gpointer p)
{
    struct group *g = p;
    g_ptr_array_free(g->members, TRUE);
    g_free(g);
}

/* All groups by their static keys, and in `order` as they were first seen. */
static GHashTable *
make_groups(struct wg_keystore *ks, GPtrArray *order)
{
    GHashTable *groups = g_hash_table_new_full(group_hash, group_equal, NULL, group_free);
    const size_t count = wg_keystore_ephemeral_count(ks);

    for (size_t i = 0; i < count; i++) {
        struct ephemeral_entry *e = ks->ephemerals->pdata[i];
        const struct group wanted = { .local = e->ephemeral.local, .remote = e->ephemeral.remote };

        if (wanted.local == NULL || wanted.remote == NULL)
            continue;
        struct group *g = g_hash_table_lookup(groups, &wanted);
        if (g == NULL) {
            g = g_new0(struct group, 1);
            *g = wanted;
            g->rank = order->len;
            g->members = g_ptr_array_new();
            g_hash_table_add(groups, g);
            g_ptr_array_add(order, g);
        }
        /* The index, not the entry: wg_keystore_ephemeral computes the public key of those
         * that are really told. */
        g_ptr_array_add(g->members, GSIZE_TO_POINTER(i));
    }
    return groups;
}

/* Two groups that are each other's mirror. */
struct match {
    const GPtrArray *a, *b; /* the same one where a key logged itself as its remote side */
};

static GArray *
make_matches(GHashTable *groups, const GPtrArray *order)
{
    GArray *matches = g_array_new(FALSE, FALSE, sizeof(struct match));

    for (guint i = 0; i < order->len; i++) {
        const struct group *g = order->pdata[i];
        const struct group wanted = { .local = g->remote, .remote = g->local };
        const struct group *mirror = g_hash_table_lookup(groups, &wanted);

        /* Each match is found from both sides; the one that came first tells. */
        if (mirror != NULL && g->rank <= mirror->rank) {
            const struct match m = { .a = g->members, .b = mirror->members };
            g_array_append_val(matches, m);
        }
    }
    return matches;
}

struct telling {
    struct wg_keystore *ks;
    wg_pair_fn tell;
    void *user;
    size_t told, limit;
};

static bool
tell_pair(struct telling *t, const struct match *m, size_t i, size_t j)
{
    if (i >= m->a->len || j >= m->b->len)
        return true;
    if (t->told >= t->limit)
        return false;
    t->told++;
    return t->tell(t->user, wg_keystore_ephemeral(t->ks, GPOINTER_TO_SIZE(m->a->pdata[i])),
                   wg_keystore_ephemeral(t->ks, GPOINTER_TO_SIZE(m->b->pdata[j])));
}

/* The pairs of a match whose ranks differ by `apart`. */
static bool
tell_match(struct telling *t, const struct match *m, size_t apart)
{
    const bool itself = m->a == m->b;
    const size_t shorter = MIN(m->a->len, m->b->len);

    if (itself && apart == 0)
        return true;
    for (size_t i = 0; i < shorter; i++) {
        if (!tell_pair(t, m, i, i + apart))
            return false;
        if (apart > 0 && !itself && !tell_pair(t, m, i + apart, i))
            return false;
    }
    return true;
}

size_t
wg_keystore_pair_candidates(struct wg_keystore *ks, size_t limit, wg_pair_fn tell, void *user)
{
    GPtrArray *order = g_ptr_array_new();
    GHashTable *groups = make_groups(ks, order);
    GArray *matches = make_matches(groups, order);
    struct telling t = { .ks = ks, .tell = tell, .user = user, .limit = limit };
    bool more = true;

    for (size_t apart = 0; more && matches->len > 0; apart++) {
        guint left = 0;
        for (guint i = 0; more && i < matches->len; i++) {
            const struct match m = g_array_index(matches, struct match, i);

            more = tell_match(&t, &m, apart);
            if (apart + 1 < MAX(m.a->len, m.b->len))
                g_array_index(matches, struct match, left++) = m;
        }
        g_array_set_size(matches, left);
    }
    g_array_free(matches, TRUE);
    g_hash_table_destroy(groups);
    g_ptr_array_free(order, TRUE);
    return t.told;
}
