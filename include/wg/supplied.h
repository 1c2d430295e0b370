/* supplied.h
 * What the supplied keys and configurations say by themselves, and where they contradict each
 * other.
 *
 * Source: the manual page wg(8), CONFIGURATION FILE FORMAT: PublicKey and PresharedKey.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_SUPPLIED_H
#define WG_SUPPLIED_H

#include <stdbool.h>

#include "wg/findings.h"
#include "wg/keystore.h"

/* Called for each fault in the configurations themselves.
 * owner   whose configuration it is
 * peer    the peer that it names, or should; other: with KEYS_CONTRADICT, the one it names */
typedef void (*wg_supplied_fn)(void *user, enum wg_finding finding,
                               const struct wg_static_key *owner, const struct wg_static_key *peer,
                               const struct wg_static_key *other);

/* Looks through all peers of all configurations. keys may be NULL. */
void wg_supplied_check(const struct wg_keystore *keys, wg_supplied_fn tell, void *user);

/*
 * Whether the configurations show that an initiator which uses `meant` as its peer's public key has
 * the wrong one: its configuration names `meant`, whose configuration was not supplied; another
 * configuration names the initiator as its peer, and is not named by it.
 * returns   the owner of that other configuration, or NULL
 */
const struct wg_static_key *wg_supplied_right_key(const struct wg_keystore *keys,
                                                  const struct wg_static_key *meant);

/* Whether each configuration that names this key as a peer gives it no endpoint, as a server's does
 * with its clients; false where none names it, or its own configuration was supplied. */
bool wg_supplied_is_client(const struct wg_keystore *keys, const struct wg_static_key *key);

/*
 * The preshared key that one side of a handshake uses, as its own configuration or its own key log
 * says: its 32 bytes, all zeros for none.
 *
 * own         its static public key
 * peer        the other side's
 * ephemeral   its own ephemeral public key of this handshake, or NULL
 * returns     NULL where nothing shows it
 */
const uint8_t *wg_supplied_psk(struct wg_keystore *keys, const uint8_t own[WG_KEY_LEN],
                               const uint8_t peer[WG_KEY_LEN], const uint8_t *ephemeral);

#endif
