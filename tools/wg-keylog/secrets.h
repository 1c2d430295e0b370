/* secrets.h
 * Keys: comparing, printing and wiping them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_SECRETS_H
#define WGK_SECRETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WGK_KEY = 32,    /* bytes */
    WGK_BASE64 = 44, /* characters, of one key */
};

/* A key as base64, with its closing NUL. */
void wgk_base64(char text[WGK_BASE64 + 1], const uint8_t key[WGK_KEY]);

/* Equal, in constant time. */
bool wgk_same(const uint8_t a[WGK_KEY], const uint8_t b[WGK_KEY]);

bool wgk_zero(const uint8_t key[WGK_KEY]);

/* Whether it has the bits that every private key of X25519 has (RFC 7748, section 5). */
bool wgk_clamped(const uint8_t key[WGK_KEY]);

/* Overwrite; the compiler does not optimize this away. */
void wgk_wipe(void *bytes, size_t length);

/* Forbid core files and debuggers, and keep this process out of the swap, as far as the limits
 * allow. */
void wgk_hide_memory(void);

#endif
