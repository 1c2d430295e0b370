/* keystore_peer.c
 * The key store: peers as configurations describe them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "keystore_private.h"

static void
make_pair(uint8_t pair[2 * WG_KEY_LEN], const uint8_t *interface_public, const uint8_t *public_key)
{
    if (interface_public == NULL)
        interface_public = wg_store_zero;
    memcpy(pair, interface_public, WG_KEY_LEN);
    memcpy(pair + WG_KEY_LEN, public_key, WG_KEY_LEN);
}

/* Add a key, and mark it as one that stays, since the peer points to it. returns NULL if the store
 * is full */
static const struct wg_static_key *
keep_public(struct wg_keystore *ks, const uint8_t *public_key)
{
    if (wg_keystore_add_public(ks, public_key) == NULL)
        return NULL;
    struct static_entry *e = wg_store_find(ks, ks->static_by_public, public_key, WG_KEY_LEN);
    e->age.kept = true;
    return &e->key;
}

static struct peer_entry *
add_peer(struct wg_keystore *ks, const struct wg_peer_config *config)
{
    uint8_t pair[2 * WG_KEY_LEN];
    make_pair(pair, config->interface_public, config->public_key);
    struct peer_entry *e = wg_store_find(ks, ks->peer_by_pair, pair, sizeof(pair));

    if (e != NULL)
        return e;
    const struct wg_static_key *key = keep_public(ks, config->public_key);
    const struct wg_static_key *interface_key = NULL;
    if (config->interface_public != NULL) {
        interface_key = keep_public(ks, config->interface_public);
        if (interface_key == NULL)
            return NULL;
    }
    if (ks->peers->len >= WG_KEYSTORE_MAX || key == NULL)
        return NULL;

    struct peer_entry *first =
        wg_store_find(ks, ks->peer_by_public, config->public_key, WG_KEY_LEN);
    e = g_new0(struct peer_entry, 1);
    e->peer = (struct wg_peer){ .key = key, .interface_key = interface_key };
    if (first != NULL)
        e->peer.next = &first->peer;
    memcpy(e->pair, pair, sizeof(pair));
    g_ptr_array_add(ks->peers, e);
    wg_store_put(ks, ks->peer_by_pair, &e->by_pair, e->pair, sizeof(e->pair), e);
    wg_store_put(ks, ks->peer_by_public, &e->by_public, key->public_key, WG_KEY_LEN, e);
    ks->generation++;
    return e;
}

const struct wg_peer *
wg_keystore_add_peer(struct wg_keystore *ks, const struct wg_peer_config *config)
{
    const uint8_t *psk = wg_store_zero;
    if (config->psk != NULL)
        psk = wg_store_psk(ks, config->psk);
    wg_store_keep_psk(psk);
    struct peer_entry *e = add_peer(ks, config);

    if (e == NULL || psk == NULL)
        return NULL;
    wg_keystore_add_port(ks, config->endpoint);
    struct wg_peer now = e->peer;
    now.psk = psk != wg_store_zero ? psk : NULL;
    now.endpoint = wg_store_text(ks, config->endpoint, WG_ENDPOINT_MAX);
    now.allowed_ips = wg_store_text(ks, config->allowed_ips, WG_ALLOWED_IPS_MAX);
    /* Texts and keys are kept once each, so equal ones are the same pointer. */
    if (now.psk != e->peer.psk || now.endpoint != e->peer.endpoint ||
        now.allowed_ips != e->peer.allowed_ips)
        ks->generation++;
    e->peer = now;
    return &e->peer;
}

const struct wg_peer *
wg_keystore_peer(const struct wg_keystore *ks, const uint8_t *interface_public,
                 const uint8_t public_key[WG_KEY_LEN])
{
    uint8_t pair[2 * WG_KEY_LEN];

    make_pair(pair, interface_public, public_key);
    const struct peer_entry *e = wg_store_find(ks, ks->peer_by_pair, pair, sizeof(pair));
    if (e == NULL)
        return NULL;
    return &e->peer;
}

const struct wg_peer *
wg_keystore_peers(const struct wg_keystore *ks, const uint8_t public_key[WG_KEY_LEN])
{
    const struct peer_entry *e = wg_store_find(ks, ks->peer_by_public, public_key, WG_KEY_LEN);
    if (e == NULL)
        return NULL;
    return &e->peer;
}

bool
wg_keystore_has_peers(const struct wg_keystore *ks, const struct wg_static_key *interface_key)
{
    for (unsigned i = 0; i < ks->peers->len; i++) {
        const struct peer_entry *e = g_ptr_array_index(ks->peers, i);
        if (e->peer.interface_key == interface_key)
            return true;
    }
    return false;
}
