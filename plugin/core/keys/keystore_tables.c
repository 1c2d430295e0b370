/* keystore_tables.c
 * The key store: its hash tables, in which an entry is found by bytes that it holds itself.
 *
 * The hashes are seeded at random: keys can come from a capture file of unknown origin, and could
 * be chosen so that all of them have one hash.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "keystore_private.h"

const uint8_t wg_store_zero[WG_KEY_LEN];

static guint
ref_hash(gconstpointer p)
{
    return ((const struct ref *)p)->hash;
}

static gboolean
ref_equal(gconstpointer p, gconstpointer q)
{
    const struct ref *a = p, *b = q;
    return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

static struct ref
make_ref(const struct wg_keystore *ks, const void *bytes, size_t length)
{
    struct ref r = { .bytes = bytes, .length = length };
    uint8_t hash[crypto_shorthash_BYTES];

    crypto_shorthash(hash, bytes, length, ks->seed);
    r.hash = wg_le32(hash);
    return r;
}

GHashTable *
wg_store_new_table(void)
{
    return g_hash_table_new(ref_hash, ref_equal);
}

void *
wg_store_find(const struct wg_keystore *ks, GHashTable *table, const void *bytes, size_t length)
{
    struct ref r = make_ref(ks, bytes, length);
    return g_hash_table_lookup(table, &r);
}

void
wg_store_put(struct wg_keystore *ks, GHashTable *table, struct ref *r, const void *bytes,
             size_t length, void *entry)
{
    *r = make_ref(ks, bytes, length);
    g_hash_table_replace(table, r, entry);
}

void *
wg_store_at(const GPtrArray *array, size_t index)
{
    if (index >= array->len)
        return NULL;
    return array->pdata[index];
}
