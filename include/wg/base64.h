/* base64.h
 * Keys as text: the 44 characters in which WireGuard's tools write 32 bytes.
 *
 * Source: RFC 4648, section 4 (standard alphabet, padded); one key is 43 characters and one '='.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_BASE64_H
#define WG_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wg/wire.h"

enum { WG_BASE64_LEN = 44 }; /* characters of one key, without a NUL */

/*
 * Read one key. Strict, as `wg` is: exactly WG_BASE64_LEN characters, no space, no line break, and
 * the unused bits of the last character are zero.
 *
 * text      `length` characters, need not end in a NUL
 * returns   false, with `key` wiped, for anything else. Time does not depend on the key's bytes.
 */
bool wg_base64_decode(uint8_t key[WG_KEY_LEN], const char *text, size_t length);

/* Write one key and a NUL. The text of a secret is a secret: the caller wipes it. */
void wg_base64_encode(char text[WG_BASE64_LEN + 1], const uint8_t key[WG_KEY_LEN]);

#endif
