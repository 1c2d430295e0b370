/* keystore.c
 * All keys that are known for one capture: the store itself, static keys and names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "wg/cookie.h"
#include "wg/crypto.h"
#include "wg/text.h"

#include "keystore_private.h"

/* NULL: an entry that was moved to another array. */
#define DEFINE_FREE(type)                                                                          \
    static void free_##type(void *entry)                                                           \
    {                                                                                              \
        if (entry != NULL)                                                                         \
            wg_wipe(entry, sizeof(struct type));                                                   \
        g_free(entry);                                                                             \
    }
DEFINE_FREE(static_entry)
DEFINE_FREE(ephemeral_entry)
DEFINE_FREE(psk_entry)
DEFINE_FREE(peer_entry)
DEFINE_FREE(transport_entry)

struct wg_keystore *
wg_keystore_new(void)
{
    struct wg_keystore *ks = g_new0(struct wg_keystore, 1);

    randombytes_buf(ks->seed, sizeof(ks->seed));
    ks->statics = g_ptr_array_new_with_free_func(free_static_entry);
    ks->ephemerals = g_ptr_array_new_with_free_func(free_ephemeral_entry);
    ks->psks = g_ptr_array_new_with_free_func(free_psk_entry);
    ks->peers = g_ptr_array_new_with_free_func(free_peer_entry);
    ks->transports = g_ptr_array_new_with_free_func(free_transport_entry);
    ks->amnezias = g_ptr_array_new_with_free_func(wg_store_amnezia_free);
    ks->ports = g_array_new(FALSE, FALSE, sizeof(uint16_t));
    ks->static_by_public = wg_store_new_table();
    ks->static_by_private = wg_store_new_table();
    ks->ephemeral_by_public = wg_store_new_table();
    ks->ephemeral_by_private = wg_store_new_table();
    ks->psk_by_key = wg_store_new_table();
    ks->peer_by_pair = wg_store_new_table();
    ks->peer_by_public = wg_store_new_table();
    ks->transport_by_index = wg_store_new_table();
    ks->texts = g_string_chunk_new(1024);
    ks->underived = g_ptr_array_new();
    ks->retired = g_ptr_array_new_with_free_func(free_static_entry);
    return ks;
}

void
wg_keystore_free(struct wg_keystore *ks)
{
    if (ks == NULL)
        return;
    GHashTable *tables[] = { ks->static_by_public,    ks->static_by_private,
                             ks->ephemeral_by_public, ks->ephemeral_by_private,
                             ks->psk_by_key,          ks->peer_by_pair,
                             ks->peer_by_public,      ks->transport_by_index };
    GPtrArray *arrays[] = { ks->statics,    ks->ephemerals, ks->psks,    ks->peers,
                            ks->transports, ks->underived,  ks->retired, ks->amnezias };

    wg_store_forget_groups(ks);
    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        g_hash_table_destroy(tables[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_ptr_array_free(arrays[i], TRUE);
    g_array_free(ks->ports, TRUE);
    g_string_chunk_free(ks->texts);
    g_free(ks);
}

uint64_t
wg_keystore_generation(const struct wg_keystore *ks)
{
    return ks->generation;
}

const char *
wg_store_text(struct wg_keystore *ks, const char *text, size_t max_characters)
{
    char *shown = wg_text_shown(text, max_characters);

    if (shown == NULL)
        return NULL;
    const char *kept = g_string_chunk_insert_const(ks->texts, shown);
    g_free(shown);
    return kept;
}

/* -- Static keys -- */

static struct static_entry *
add_public(struct wg_keystore *ks, const uint8_t *public_key)
{
    struct static_entry *e = wg_store_find(ks, ks->static_by_public, public_key, WG_KEY_LEN);

    if (e != NULL) {
        e->age.seen_again = true;
        return e;
    }
    if (!wg_store_room_for_static(ks))
        return NULL;
    e = g_new0(struct static_entry, 1);
    memcpy(e->key.public_key, public_key, WG_KEY_LEN);
    wg_cookie_mac1_key(e->key.mac1_key, public_key);
    g_ptr_array_add(ks->statics, e);
    wg_store_put(ks, ks->static_by_public, &e->by_public, e->key.public_key, WG_KEY_LEN, e);
    ks->generation++;
    return e;
}

const struct wg_static_key *
wg_keystore_add_public(struct wg_keystore *ks, const uint8_t public_key[WG_KEY_LEN])
{
    struct static_entry *e = add_public(ks, public_key);
    if (e == NULL)
        return NULL;
    return &e->key;
}

const struct wg_static_key *
wg_keystore_add_private(struct wg_keystore *ks, const uint8_t private_key[WG_KEY_LEN])
{
    /* A key log repeats the same key in each block: a known one must not cost an X25519. */
    struct static_entry *e = wg_store_find(ks, ks->static_by_private, private_key, WG_KEY_LEN);
    uint8_t public_key[WG_KEY_LEN];

    if (e != NULL) {
        e->age.seen_again = true;
        return &e->key;
    }
    wg_dh_public(public_key, private_key);
    e = add_public(ks, public_key);
    if (e == NULL)
        return NULL;
    if (!e->key.has_private) {
        memcpy(e->key.private_key, private_key, WG_KEY_LEN);
        e->key.has_private = true;
        wg_store_put(ks, ks->static_by_private, &e->by_private, e->key.private_key, WG_KEY_LEN, e);
        ks->generation++;
    }
    return &e->key;
}

const struct wg_static_key *
wg_keystore_find_static(const struct wg_keystore *ks, const uint8_t public_key[WG_KEY_LEN])
{
    const struct static_entry *e = wg_store_find(ks, ks->static_by_public, public_key, WG_KEY_LEN);
    if (e == NULL)
        return NULL;
    return &e->key;
}

size_t
wg_keystore_static_count(const struct wg_keystore *ks)
{
    return ks->statics->len;
}

const struct wg_static_key *
wg_keystore_static(const struct wg_keystore *ks, size_t index)
{
    const struct static_entry *e = wg_store_at(ks->statics, index);
    if (e == NULL)
        return NULL;
    return &e->key;
}

bool
wg_keystore_set_name(struct wg_keystore *ks, const uint8_t public_key[WG_KEY_LEN], const char *name,
                     enum wg_name_source source)
{
    struct static_entry *e = add_public(ks, public_key);

    if (e == NULL)
        return false;
    if (source < e->key.name_source)
        return true;
    const char *kept = wg_store_text(ks, name, WG_NAME_MAX);
    if (kept == NULL)
        return true;
    if (g_strcmp0(kept, e->key.name) != 0)
        ks->generation++;
    e->age.kept = true;
    e->key.name = kept;
    e->key.name_source = source;
    return true;
}

const char *
wg_keystore_name(const struct wg_keystore *ks, const uint8_t public_key[WG_KEY_LEN])
{
    const struct wg_static_key *key = wg_keystore_find_static(ks, public_key);
    if (key == NULL)
        return NULL;
    return key->name;
}
