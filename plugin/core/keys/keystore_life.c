/* keystore_life.c
 * All keys that are known for one capture: the store itself, and its texts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

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
