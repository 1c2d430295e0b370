/* x25519.h
 * X25519 from libsodium, and not from another library that uses the same names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_X25519_H
#define WG_X25519_H

#include <stdint.h>

/* As crypto_scalarmult() and crypto_scalarmult_base(), but always libsodium's own. */
struct wg_x25519 {
    int (*multiply)(uint8_t *out, const uint8_t *private_key, const uint8_t *public_key);
    int (*multiply_base)(uint8_t *out, const uint8_t *private_key);
};

/* After sodium_init(). */
struct wg_x25519 wg_x25519_find(void);

#endif
