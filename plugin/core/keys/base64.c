/* base64.c
 * Keys as text, by libsodium's constant-time codec.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <sodium.h>

#include "wg/base64.h"
#include "wg/crypto.h"

_Static_assert(sodium_base64_ENCODED_LEN(WG_KEY_LEN, sodium_base64_VARIANT_ORIGINAL) ==
                   WG_BASE64_LEN + 1,
               "32 bytes are 44 characters");

bool
wg_base64_decode(uint8_t key[WG_KEY_LEN], const char *text, size_t length)
{
    size_t bytes = 0;

    if (length == WG_BASE64_LEN &&
        sodium_base642bin(key, WG_KEY_LEN, text, length, NULL, &bytes, NULL,
                          sodium_base64_VARIANT_ORIGINAL) == 0 &&
        bytes == WG_KEY_LEN)
        return true;
    wg_wipe(key, WG_KEY_LEN);
    return false;
}

void
wg_base64_encode(char text[WG_BASE64_LEN + 1], const uint8_t key[WG_KEY_LEN])
{
    sodium_bin2base64(text, WG_BASE64_LEN + 1, key, WG_KEY_LEN, sodium_base64_VARIANT_ORIGINAL);
}
