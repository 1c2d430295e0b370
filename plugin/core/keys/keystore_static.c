/* keystore_static.c
 * The key store: static keys, and the names of their owners.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "wg/cookie.h"
#include "wg/crypto.h"

#include "keystore_private.h"

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
    e->key.since = ++ks->generation;
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
