/* keystore_private.h
 * The inside of the key store, for the files that make it up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_KEYSTORE_PRIVATE_H
#define WG_KEYSTORE_PRIVATE_H

#include <glib.h>
#include <sodium.h>

#include "wg/keystore.h"

/* A key of a hash table: bytes of the entry that it finds. */
struct ref {
    const uint8_t *bytes;
    size_t length;
    guint hash;
};

/* What decides which entries go when the store is full. The first member of each entry that can go.
 */
struct age {
    bool kept;       /* never goes */
    bool seen_again; /* since entries went last: it is passed over once */
    bool going;
};

struct static_entry {
    struct age age;
    struct wg_static_key key;
    struct ref by_public, by_private;
};

struct ephemeral_entry {
    struct age age;
    struct wg_ephemeral ephemeral;
    bool derived; /* the public key was computed */
    bool grouped; /* it was put into its group, in which it has this rank: */
    unsigned rank;
    uint64_t serial; /* how many were added before it, ever */
    struct ref by_public, by_private;
};

struct psk_entry {
    struct age age;
    uint8_t key[WG_KEY_LEN];
    struct ref by_key;
};

struct peer_entry {
    struct wg_peer peer;
    uint8_t pair[2 * WG_KEY_LEN]; /* interface (zeros if unknown) and peer */
    struct ref by_pair, by_public;
};

struct transport_entry {
    struct age age;
    struct wg_transport_keys keys;
    struct ref by_index;
};

struct wg_keystore {
    uint64_t generation;
    uint8_t seed[crypto_shorthash_KEYBYTES];
    GPtrArray *statics, *ephemerals, *psks, *peers, *transports; /* own the entries */
    GPtrArray *amnezias;
    GArray *ports; /* of uint16_t */
    GHashTable *static_by_public, *static_by_private;
    GHashTable *ephemeral_by_public, *ephemeral_by_private;
    GHashTable *psk_by_key, *peer_by_pair, *peer_by_public, *transport_by_index;
    GPtrArray *underived; /* ephemeral keys whose public half may not be computed yet, in the order
                             of adding */
    uint64_t ephemerals_added;
    struct groups *groups; /* ephemeral_groups.h; NULL: to be made anew */
    GPtrArray
        *retired; /* static keys that went: others may point to them until the store is freed */
    bool statics_stay, psks_stay; /* all were looked through, and too few of them can go */
    size_t dropped;
    GStringChunk *texts;
};

/* Zeros: no preshared key or, in a pair, no interface. */
extern const uint8_t wg_store_zero[WG_KEY_LEN];

/* The entry that was put into `table` under these bytes, or NULL. */
void *wg_store_find(const struct wg_keystore *ks, GHashTable *table, const void *bytes,
                    size_t length);

/* Make `entry` findable by `bytes`. Both `bytes` and `r` are part of it. */
void wg_store_put(struct wg_keystore *ks, GHashTable *table, struct ref *r, const void *bytes,
                  size_t length, void *entry);

/* An empty table for entries of the store. */
GHashTable *wg_store_new_table(void);

/* Frees a struct wg_amnezia of the store. */
void wg_store_amnezia_free(void *amnezia);

/* The entry at this index, or NULL. */
void *wg_store_at(const GPtrArray *array, size_t index);

/* A printable copy of a text, cut after max_characters (not bytes). It lives as long as the store,
 * and equal texts share one copy. NULL for an empty text. */
const char *wg_store_text(struct wg_keystore *ks, const char *text, size_t max_characters);

/* Make room for one more entry of a kind: if it is full, the oldest go. returns false if it stays
 * full. */
bool wg_store_room_for_static(struct wg_keystore *ks);
bool wg_store_room_for_ephemeral(struct wg_keystore *ks);
bool wg_store_room_for_psk(struct wg_keystore *ks);
bool wg_store_room_for_transport(struct wg_keystore *ks);

/* The one place where the store keeps this preshared key, so that pointers can be compared
 * (wg_store_zero for the zero key); NULL if the store is full. */
const uint8_t *wg_store_psk(struct wg_keystore *ks, const uint8_t psk[WG_KEY_LEN]);

/* Mark a preshared key as one that stays when the oldest go, since something points to it. NULL and
 * the zero key are allowed. */
void wg_store_keep_psk(const uint8_t *psk);

/* The ephemeral key, with its public half computed. */
const struct wg_ephemeral *wg_store_derive(struct wg_keystore *ks, struct ephemeral_entry *e);

/* Drop all groups: an ephemeral key was linked to other static keys, or some keys went. */
void wg_store_forget_groups(struct wg_keystore *ks);

#endif
