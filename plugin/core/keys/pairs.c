/* pairs.c
 * The key store: which ephemeral keys may belong to one handshake.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ephemeral_groups.h"

struct telling {
    struct wg_keystore *ks;
    wg_pair_fn tell;
    void *user;
    size_t told, limit;
};

/* returns   false where no more pairs are wanted */
static bool
tell_pair(struct telling *t, struct ephemeral_entry *a, struct ephemeral_entry *b)
{
    if (t->told >= t->limit)
        return false;
    t->told++;
    return t->tell(t->user, wg_store_derive(t->ks, a), wg_store_derive(t->ks, b));
}

/* -- All pairs -- */

/* Two groups with the same two static keys, local and remote exchanged. */
struct match {
    const GPtrArray *a, *b; /* the same group if a key was logged as its own remote side */
};

static GArray *
make_matches(const struct groups *groups)
{
    GArray *matches = g_array_new(FALSE, FALSE, sizeof(struct match));

    for (guint i = 0; i < groups->order->len; i++) {
        const struct group *g = groups->order->pdata[i];
        const struct group *mirror = wg_store_find_group(groups, g->remote, g->local);

        /* Each match is found from both sides; only the group that came first adds it. */
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
    GArray *matches = make_matches(wg_store_groups(ks));
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

/* A pair of two new keys is reported when the later one is looked at. */
static bool
tell_new(struct telling *t, struct ephemeral_entry *e, const GPtrArray *others, unsigned rank)
{
    if (rank >= others->len)
        return true;
    struct ephemeral_entry *other = others->pdata[rank];
    return other->serial >= e->serial || tell_pair(t, e, other);
}

size_t
wg_keystore_new_pairs(struct wg_keystore *ks, uint64_t since, size_t limit, wg_pair_fn tell,
                      void *user)
{
    const struct groups *groups = wg_store_groups(ks);
    struct telling t = { .ks = ks, .tell = tell, .user = user, .limit = limit };
    bool more = true;

    for (unsigned i = ks->ephemerals->len; more && i > 0; i--) {
        struct ephemeral_entry *e = ks->ephemerals->pdata[i - 1];
        if (e->serial < since)
            break;
        const struct group *own =
            wg_store_find_group(groups, e->ephemeral.local, e->ephemeral.remote);
        const struct group *mirror =
            wg_store_find_group(groups, e->ephemeral.remote, e->ephemeral.local);
        if (own == NULL || mirror == NULL)
            continue;
        more = tell_new(&t, e, mirror->members, e->rank);
        if (more && e->rank + 1 == own->members->len && e->rank + 1 != mirror->members->len)
            more = tell_new(&t, e, mirror->members, mirror->members->len - 1);
    }
    return t.told;
}
