/* cookie.h
 * mac1, mac2 and cookie replies.
 *
 * Source: WireGuard paper, sections 5.4.4 (the MACs) and 5.4.7 (cookie reply).
 *
 *   mac1    MAC(HASH("mac1----" || receiver's Spub), bytes before mac1): names the receiver
 *   mac2    MAC(cookie, bytes before mac2), or zeros while no cookie is held
 *   cookie  sealed under HASH("cookie--" || replier's Spub) with the mac1 that provoked the reply
 *
 * Both MACs are computed here with the view's mac_header in place of the first bytes. That has
 * zeros for the three reserved bytes, whatever they are in the message: some (Cloudflare WARP)
 * write an id there after the MACs are made. AmneziaWG's MACs cover what it sends instead of the
 * type.
 *
 * True proves a match. False means a mismatch, or a field that was not captured or that this type
 * does not have: the view's NULL pointers show which. Call wg_crypto_init() first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_COOKIE_H
#define WG_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wg/crypto.h"
#include "wg/wire.h"

/* The key of mac1 in messages to the owner of this static public key, section 5.4.4. */
void wg_cookie_mac1_key(uint8_t mac1_key[WG_KEY_LEN], const uint8_t public_key[WG_KEY_LEN]);

/* The key of cookie replies from the owner of this static public key, section 5.4.7. */
void wg_cookie_key(uint8_t cookie_key[WG_KEY_LEN], const uint8_t public_key[WG_KEY_LEN]);

/* A MAC and the bytes that it covers: made once for a message, then tried with many keys. Owns
 * nothing and outlives the view. Holds no secrets. */
struct wg_mac_probe {
    uint8_t covered[offsetof(struct wg_wire_initiation, mac2)]; /* the longest there is */
    size_t length; /* bytes of `covered` in use; 0 matches nothing */
    uint8_t mac[WG_MAC_LEN];
};

/*
 * Prepare a message's mac1, or its mac2.
 * returns   false, and *probe matches nothing, where the capture does not hold the MAC or the
 *           type has none
 */
bool wg_cookie_probe_mac1(struct wg_mac_probe *probe, const struct wg_wire_view *view);
bool wg_cookie_probe_mac2(struct wg_mac_probe *probe, const struct wg_wire_view *view);

/* Whether the MAC is right under this key: WG_KEY_LEN bytes for mac1, WG_MAC_LEN for mac2 (the
 * cookie). One keyed hash of 60 to 132 bytes, and nothing else. */
bool wg_cookie_probe_matches(const struct wg_mac_probe *probe, const uint8_t *key,
                             size_t key_length);

/* Whether the message's mac2 is right under this cookie. */
bool wg_cookie_mac2_matches(const struct wg_wire_view *view, const uint8_t cookie[WG_MAC_LEN]);

/*
 * Open a cookie reply.
 *
 * cookie      written on success only; a secret for two minutes: wipe it
 * view        a decoded cookie reply
 * cookie_key  of the peer that replies, from wg_cookie_key(). That is the receiver of the
 *             message that provoked it: the responder for an initiation, the initiator for a
 *             response
 * mac1        of the message that provoked it
 * returns     false where it does not authenticate, or is no wholly captured cookie reply
 */
bool wg_cookie_open(uint8_t cookie[WG_MAC_LEN], const struct wg_wire_view *view,
                    const uint8_t cookie_key[WG_KEY_LEN], const uint8_t mac1[WG_MAC_LEN]);

#endif
