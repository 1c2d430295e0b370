/* ephemeral_groups.c
 * The key store: ephemeral keys, grouped by the two static keys that they were logged with.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ephemeral_groups.h"

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

const struct group *
wg_store_find_group(const struct groups *groups, const struct wg_static_key *local,
                    const struct wg_static_key *remote)
{
    const struct group wanted = { .local = local, .remote = remote };
    if (local == NULL || remote == NULL)
        return NULL;
    return g_hash_table_lookup(groups->by_keys, &wanted);
}

static void
add_to_group(struct groups *groups, struct ephemeral_entry *e)
{
    const struct wg_static_key *local = e->ephemeral.local, *remote = e->ephemeral.remote;
    const struct group wanted = { .local = local, .remote = remote };

    e->grouped = true;
    if (local == NULL || remote == NULL)
        return;
    struct group *g = g_hash_table_lookup(groups->by_keys, &wanted);
    if (g == NULL) {
        g = g_new(struct group, 1);
        *g = (struct group){ .local = local, .remote = remote, .rank = groups->order->len };
        g->members = g_ptr_array_new();
        g_hash_table_add(groups->by_keys, g);
        g_ptr_array_add(groups->order, g);
    }
    e->rank = g->members->len;
    g_ptr_array_add(g->members, e);
}

const struct groups *
wg_store_groups(struct wg_keystore *ks)
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
