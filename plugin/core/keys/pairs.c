/* pairs.c
 * The key store: which ephemeral keys may belong to one handshake.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "keystore_private.h"

/* The ephemeral keys that one side logged for one other side, in the order of the log. */
struct group {
    const struct wg_static_key *local, *remote;
    guint rank;         /* in the order of first appearance */
    GPtrArray *members; /* struct ephemeral_entry */
};

struct groups {
    GHashTable *by_keys;
    GPtrArray *order;
    unsigned looked_at; /* of the ephemeral keys */
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

void
wg_store_forget_groups(struct wg_keystore *ks)
{
    struct groups *groups = ks->groups;

    if (groups == NULL)
        return;
    for (unsigned i = 0; i < groups->looked_at; i++)
        ((struct ephemeral_entry *)ks->ephemerals->pdata[i])->grouped = false;
    g_hash_table_destroy(groups->by_keys);
    g_ptr_array_free(groups->order, TRUE);
    g_free(groups);
    ks->groups = NULL;
}

static struct group *
find_group(const struct groups *groups, const struct wg_static_key *local,
           const struct wg_static_key *remote)
{
    const struct group wanted = { .local = local, .remote = remote };
    return local != NULL && remote != NULL ? g_hash_table_lookup(groups->by_keys, &wanted) : NULL;
}

static void
add_to_group(struct groups *groups, struct ephemeral_entry *e)
{
    const struct wg_static_key *local = e->ephemeral.local, *remote = e->ephemeral.remote;
    struct group *g = find_group(groups, local, remote);

    e->grouped = true;
    if (local == NULL || remote == NULL)
        return;
    if (g == NULL) {
        g = g_new0(struct group, 1);
        *g = (struct group){ .local = local, .remote = remote, .rank = groups->order->len };
        g->members = g_ptr_array_new();
        g_hash_table_add(groups->by_keys, g);
        g_ptr_array_add(groups->order, g);
    }
    e->rank = g->members->len;
    g_ptr_array_add(g->members, e);
}

/* All groups, with what was added since they were asked for last. */
static const struct groups *
groups_of(struct wg_keystore *ks)
{
    if (ks->groups == NULL) {
        ks->groups = g_new0(struct groups, 1);
        ks->groups->by_keys = g_hash_table_new_full(group_hash, group_equal, NULL, group_free);
        ks->groups->order = g_ptr_array_new();
    }
    while (ks->groups->looked_at < ks->ephemerals->len)
        add_to_group(ks->groups, ks->ephemerals->pdata[ks->groups->looked_at++]);
    return ks->groups;
}

struct telling {
    struct wg_keystore *ks;
    wg_pair_fn tell;
    void *user;
    size_t told, limit;
};

/* returns false to tell no more */
static bool
tell_pair(struct telling *t, struct ephemeral_entry *a, struct ephemeral_entry *b)
{
    if (t->told >= t->limit)
        return false;
    t->told++;
    return t->tell(t->user, wg_store_derive(t->ks, a), wg_store_derive(t->ks, b));
}

/* -- All pairs -- */

/* Two groups that are each other's mirror. */
struct match {
    const GPtrArray *a, *b; /* the same one where a key logged itself as its remote side */
};

static GArray *
make_matches(const struct groups *groups)
{
    GArray *matches = g_array_new(FALSE, FALSE, sizeof(struct match));

    for (guint i = 0; i < groups->order->len; i++) {
        const struct group *g = groups->order->pdata[i];
        const struct group *mirror = find_group(groups, g->remote, g->local);

        /* Each match is found from both sides; the one that came first tells. */
        if (mirror != NULL && g->rank <= mirror->rank) {
            const struct match m = { .a = g->members, .b = mirror->members };
            g_array_append_val(matches, m);
        }
    }
    return matches;
}

static bool
tell_ranks(struct telling *t, const struct match *m, size_t i, size_t j)
{
    return i >= m->a->len || j >= m->b->len || tell_pair(t, m->a->pdata[i], m->b->pdata[j]);
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
        if (!tell_ranks(t, m, i, i + apart))
            return false;
        if (apart > 0 && !itself && !tell_ranks(t, m, i + apart, i))
            return false;
    }
    return true;
}

size_t
wg_keystore_pair_candidates(struct wg_keystore *ks, size_t limit, wg_pair_fn tell, void *user)
{
    GArray *matches = make_matches(groups_of(ks));
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
    return t.told;
}

/* -- New pairs -- */

/* Two new ones are told when the later of them is looked at. */
static bool
tell_new(struct telling *t, struct ephemeral_entry *e, const GPtrArray *others, unsigned rank)
{
    struct ephemeral_entry *other = rank < others->len ? others->pdata[rank] : NULL;

    return other == NULL || other->serial >= e->serial || tell_pair(t, e, other);
}

size_t
wg_keystore_new_pairs(struct wg_keystore *ks, uint64_t since, size_t limit, wg_pair_fn tell,
                      void *user)
{
    const struct groups *groups = groups_of(ks);
    struct telling t = { .ks = ks, .tell = tell, .user = user, .limit = limit };
    bool more = true;

    for (unsigned i = ks->ephemerals->len; more && i > 0; i--) {
        struct ephemeral_entry *e = ks->ephemerals->pdata[i - 1];
        if (e->serial < since)
            break;
        const struct group *own = find_group(groups, e->ephemeral.local, e->ephemeral.remote);
        const struct group *mirror = find_group(groups, e->ephemeral.remote, e->ephemeral.local);
        if (own == NULL || mirror == NULL)
            continue;
        more = tell_new(&t, e, mirror->members, e->rank);
        if (more && e->rank + 1 == own->members->len && e->rank + 1 != mirror->members->len)
            more = tell_new(&t, e, mirror->members, mirror->members->len - 1);
    }
    return t.told;
}
