/* supplied.c
 * What the supplied keys and configurations say by themselves.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/crypto.h"
#include "wg/supplied.h"

static const uint8_t no_psk[WG_KEY_LEN];

static const uint8_t *
psk_or_none(const uint8_t *psk)
{
    if (psk == NULL)
        return no_psk;
    return psk;
}

/* ---- contradictions ---- */

/* Whether a configuration of `owner` with at least one peer was read. */
static bool
has_configuration(const struct wg_keystore *keys, const struct wg_static_key *owner)
{
    return owner->has_private && wg_keystore_has_peers(keys, owner);
}

/* The key that a client's configuration names as its server; NULL if the configuration of any of
 * its peers was supplied. NULL for servers, too: their peers have no endpoint. */
static const struct wg_static_key *
unknown_server_of(const struct wg_keystore *keys, const struct wg_static_key *owner)
{
    const struct wg_static_key *unknown = NULL;

    for (size_t i = 0; i < wg_keystore_static_count(keys); i++) {
        const struct wg_static_key *key = wg_keystore_static(keys, i);
        const struct wg_peer *peer = wg_keystore_peer(keys, owner->public_key, key->public_key);
        if (peer == NULL)
            continue;
        if (key->has_private)
            return NULL;
        if (peer->endpoint != NULL)
            unknown = key;
    }
    return unknown;
}

static void
check_peer(const struct wg_keystore *keys, const struct wg_peer *p, wg_supplied_fn tell, void *user)
{
    const struct wg_static_key *owner = p->interface_key, *peer = p->key;

    if (owner == peer) {
        tell(user, WG_FINDING_OWN_KEY, owner, peer, NULL);
        return;
    }
    if (!has_configuration(keys, peer))
        return;
    const struct wg_peer *back = wg_keystore_peer(keys, peer->public_key, owner->public_key);
    if (back != NULL) {
        /* Report each pair once. */
        if (memcmp(owner->public_key, peer->public_key, WG_KEY_LEN) < 0 &&
            !wg_equal(psk_or_none(p->psk), psk_or_none(back->psk), WG_KEY_LEN))
            tell(user, WG_FINDING_PSKS_CONTRADICT, owner, peer, NULL);
        return;
    }
    const struct wg_static_key *other = unknown_server_of(keys, peer);
    if (other != NULL)
        tell(user, WG_FINDING_KEYS_CONTRADICT, peer, owner, other);
    else
        tell(user, WG_FINDING_PEER_MISSING, peer, owner, NULL);
}

void
wg_supplied_check(const struct wg_keystore *keys, wg_supplied_fn tell, void *user)
{
    enum { MOST = 256 }; /* keys that are checked; each may take a walk over all keys */
    size_t count;

    if (keys == NULL)
        return;
    count = MIN(wg_keystore_static_count(keys), MOST);
    for (size_t i = 0; i < count; i++) {
        const struct wg_static_key *key = wg_keystore_static(keys, i);
        for (const struct wg_peer *p = wg_keystore_peers(keys, key->public_key); p != NULL;
             p = p->next)
            if (p->interface_key != NULL)
                check_peer(keys, p, tell, user);
    }
}

const struct wg_static_key *
wg_supplied_right_key(const struct wg_keystore *keys, const struct wg_static_key *meant)
{
    if (meant == NULL || meant->has_private)
        return NULL;
    for (const struct wg_peer *p = wg_keystore_peers(keys, meant->public_key); p != NULL;
         p = p->next) {
        const struct wg_static_key *initiator = p->interface_key;
        if (initiator == NULL)
            continue;
        for (const struct wg_peer *q = wg_keystore_peers(keys, initiator->public_key); q != NULL;
             q = q->next)
            if (q->interface_key != NULL && q->interface_key != initiator &&
                wg_keystore_peer(keys, initiator->public_key, q->interface_key->public_key) == NULL)
                return q->interface_key;
    }
    return NULL;
}

bool
wg_supplied_is_client(const struct wg_keystore *keys, const struct wg_static_key *key)
{
    const struct wg_peer *p;

    if (key == NULL || key->has_private)
        return false;
    p = wg_keystore_peers(keys, key->public_key);
    if (p == NULL)
        return false;
    for (; p != NULL; p = p->next)
        if (p->interface_key == NULL || p->endpoint != NULL)
            return false;
    return true;
}

/* ---- preshared keys ---- */

const uint8_t *
wg_supplied_psk(struct wg_keystore *keys, const uint8_t own[WG_KEY_LEN],
                const uint8_t peer[WG_KEY_LEN], const uint8_t *ephemeral)
{
    const struct wg_peer *p = wg_keystore_peer(keys, own, peer);

    if (p != NULL)
        return psk_or_none(p->psk);
    if (ephemeral == NULL)
        return NULL;
    const struct wg_ephemeral *e = wg_keystore_find_ephemeral(keys, ephemeral);
    /* Only the keys of one block of the log are sure to be of one handshake. */
    if (e == NULL || !e->local_sure)
        return NULL;
    if (e->psk_count == 0)
        return no_psk;
    return e->psks[0];
}
