/* ephemeral_groups.h
 * The key store: ephemeral keys, grouped by the two static keys that they were logged with.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_EPHEMERAL_GROUPS_H
#define WG_EPHEMERAL_GROUPS_H

#include "keystore_private.h"

/* The ephemeral keys that one side logged for one other side, in the order of the log. */
struct group {
    const struct wg_static_key *local, *remote;
    guint rank;         /* in the order of first appearance */
    GPtrArray *members; /* struct ephemeral_entry; each has its place here as `rank` */
};

struct groups {
    GHashTable *by_keys;
    GPtrArray *order;   /* struct group */
    unsigned looked_at; /* of the ephemeral keys, from the first one on */
};

/* All groups, with the keys that were added since the last call. Owned by the store, and valid
 * until wg_store_forget_groups. */
const struct groups *wg_store_groups(struct wg_keystore *ks);

/* The group of these two static keys; NULL if there is none, or if a key is NULL. */
const struct group *wg_store_find_group(const struct groups *groups,
                                        const struct wg_static_key *local,
                                        const struct wg_static_key *remote);

#endif
