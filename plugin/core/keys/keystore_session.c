/* keystore_session.c
 * The key store: keys of handshakes and sessions (ephemeral, preshared, transport).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "wg/crypto.h"

#include "keystore_private.h"

/* -- Preshared keys -- */

const uint8_t *
wg_store_psk(struct wg_keystore *ks, const uint8_t psk[WG_KEY_LEN])
{
    if (wg_equal(psk, wg_store_zero, WG_KEY_LEN))
        return wg_store_zero;
    struct psk_entry *e = wg_store_find(ks, ks->psk_by_key, psk, WG_KEY_LEN);
    if (e != NULL) {
        e->age.seen_again = true;
        return e->key;
    }
    if (!wg_store_room_for_psk(ks))
        return NULL;
    e = g_new0(struct psk_entry, 1);
    memcpy(e->key, psk, WG_KEY_LEN);
    g_ptr_array_add(ks->psks, e);
    wg_store_put(ks, ks->psk_by_key, &e->by_key, e->key, WG_KEY_LEN, e);
    ks->generation++;
    return e->key;
}

bool
wg_keystore_add_psk(struct wg_keystore *ks, const uint8_t psk[WG_KEY_LEN])
{
    return wg_store_psk(ks, psk) != NULL;
}

size_t
wg_keystore_psk_count(const struct wg_keystore *ks)
{
    return ks->psks->len;
}

const uint8_t *
wg_keystore_psk(const struct wg_keystore *ks, size_t index)
{
    const struct psk_entry *e = wg_store_at(ks->psks, index);
    if (e == NULL)
        return NULL;
    return e->key;
}

/* -- Ephemeral keys -- */

static struct ephemeral_entry *
add_ephemeral(struct wg_keystore *ks, const uint8_t *private_key)
{
    struct ephemeral_entry *e =
        wg_store_find(ks, ks->ephemeral_by_private, private_key, WG_KEY_LEN);

    if (e != NULL)
        return e;
    if (!wg_store_room_for_ephemeral(ks))
        return NULL;
    e = g_new0(struct ephemeral_entry, 1);
    memcpy(e->ephemeral.private_key, private_key, WG_KEY_LEN);
    e->serial = ks->ephemerals_added++;
    g_ptr_array_add(ks->ephemerals, e);
    g_ptr_array_add(ks->underived, e);
    wg_store_put(ks, ks->ephemeral_by_private, &e->by_private, e->ephemeral.private_key, WG_KEY_LEN,
                 e);
    ks->generation++;
    return e;
}

/* returns   false if the store is full */
static bool
link_static(struct wg_keystore *ks, const struct ephemeral_entry *e,
            const struct wg_static_key **slot, bool *slot_sure, const uint8_t *public_key,
            bool sure)
{
    if (public_key == NULL)
        return true;
    const struct wg_static_key *key = wg_keystore_add_public(ks, public_key);
    if (key == NULL)
        return false;
    struct static_entry *entry = wg_store_find(ks, ks->static_by_public, public_key, WG_KEY_LEN);
    entry->key.logged = true;
    if (*slot == NULL || (sure && !*slot_sure)) {
        if (*slot != key) {
            ks->generation++;
            if (e->grouped)
                wg_store_forget_groups(ks);
        }
        *slot = key;
        *slot_sure = sure;
    }
    return true;
}

/* returns   false if the store is full; a psk beyond the limit of one ephemeral key is still
 *           kept, but linked to no key */
static bool
link_psk(struct wg_keystore *ks, struct wg_ephemeral *e, const uint8_t *psk)
{
    if (psk == NULL)
        return true;
    const uint8_t *kept = wg_store_psk(ks, psk);
    if (kept == NULL)
        return false;
    for (unsigned i = 0; i < e->psk_count; i++)
        if (e->psks[i] == kept)
            return true;
    if (e->psk_count < WG_EPHEMERAL_PSKS_MAX) {
        e->psks[e->psk_count++] = kept;
        ks->generation++;
    }
    return true;
}

const struct wg_ephemeral *
wg_keystore_add_ephemeral(struct wg_keystore *ks, const uint8_t private_key[WG_KEY_LEN],
                          const struct wg_ephemeral_links *links)
{
    struct ephemeral_entry *entry = add_ephemeral(ks, private_key);

    if (entry == NULL)
        return NULL;
    struct wg_ephemeral *e = &entry->ephemeral;
    if (links != NULL) {
        const bool room =
            link_static(ks, entry, &e->local, &e->local_sure, links->local, links->sure) &&
            link_static(ks, entry, &e->remote, &e->remote_sure, links->remote, links->sure) &&
            link_psk(ks, e, links->psk);
        if (!room)
            return NULL;
    }
    return e;
}

const struct wg_ephemeral *
wg_store_derive(struct wg_keystore *ks, struct ephemeral_entry *e)
{
    uint8_t *public_key = e->ephemeral.public_key;

    if (e->derived)
        return &e->ephemeral;
    wg_dh_public(public_key, e->ephemeral.private_key);
    e->derived = true;
    /* Two private keys may differ only in bits that X25519 ignores: then the first one is found. */
    if (wg_store_find(ks, ks->ephemeral_by_public, public_key, WG_KEY_LEN) == NULL)
        wg_store_put(ks, ks->ephemeral_by_public, &e->by_public, public_key, WG_KEY_LEN, e);
    return &e->ephemeral;
}

const struct wg_ephemeral *
wg_keystore_find_ephemeral(struct wg_keystore *ks, const uint8_t public_key[WG_KEY_LEN])
{
    const struct ephemeral_entry *e =
        wg_store_find(ks, ks->ephemeral_by_public, public_key, WG_KEY_LEN);

    /* From the last one back: a log may begin long before the capture, and ends with it. */
    while (e == NULL && ks->underived->len > 0) {
        struct ephemeral_entry *last =
            g_ptr_array_remove_index(ks->underived, ks->underived->len - 1);
        wg_store_derive(ks, last);
        if (wg_equal(last->ephemeral.public_key, public_key, WG_KEY_LEN))
            e = last;
    }
    if (e == NULL)
        return NULL;
    return &e->ephemeral;
}

uint64_t
wg_keystore_ephemerals_added(const struct wg_keystore *ks)
{
    return ks->ephemerals_added;
}

size_t
wg_keystore_ephemeral_count(const struct wg_keystore *ks)
{
    return ks->ephemerals->len;
}

const struct wg_ephemeral *
wg_keystore_ephemeral(struct wg_keystore *ks, size_t index)
{
    struct ephemeral_entry *e = wg_store_at(ks->ephemerals, index);

    if (e == NULL)
        return NULL;
    return wg_store_derive(ks, e);
}

/* -- Raw transport keys -- */

bool
wg_keystore_add_transport(struct wg_keystore *ks, uint32_t receiver, const uint8_t key[WG_KEY_LEN])
{
    struct transport_entry *e =
        wg_store_find(ks, ks->transport_by_index, &receiver, sizeof(receiver));

    if (e == NULL) {
        if (!wg_store_room_for_transport(ks))
            return false;
        e = g_new0(struct transport_entry, 1);
        e->keys.receiver = receiver;
        g_ptr_array_add(ks->transports, e);
        wg_store_put(ks, ks->transport_by_index, &e->by_index, &e->keys.receiver, sizeof(receiver),
                     e);
    }
    for (unsigned i = 0; i < e->keys.count; i++)
        if (wg_equal(e->keys.keys[i], key, WG_KEY_LEN))
            return true;
    if (e->keys.count == WG_TRANSPORT_KEYS_MAX) {
        memmove(e->keys.keys[0], e->keys.keys[1], sizeof(e->keys.keys) - WG_KEY_LEN);
        e->keys.count--;
        ks->dropped++;
    }
    e->age.seen_again = true;
    memcpy(e->keys.keys[e->keys.count++], key, WG_KEY_LEN);
    ks->generation++;
    return true;
}

const struct wg_transport_keys *
wg_keystore_find_transport(const struct wg_keystore *ks, uint32_t receiver)
{
    const struct transport_entry *e =
        wg_store_find(ks, ks->transport_by_index, &receiver, sizeof(receiver));
    if (e == NULL)
        return NULL;
    return &e->keys;
}
