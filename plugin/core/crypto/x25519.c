/* x25519.c
 * X25519 from libsodium, and not from another library that uses the same names.
 *
 * Wireshark's libwsutil exports functions of its own that are called crypto_scalarmult_curve25519
 * and crypto_scalarmult_curve25519_base, made with libgcrypt and four times as slow. Since it is
 * loaded first, the dynamic linker of ELF systems gives them to every library of the process, even
 * to libsodium itself for the calls inside it. So libsodium's own functions are looked up by hand.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stddef.h>

#include <sodium.h>

#include "wg/os.h"
#include "x25519.h"

struct wg_x25519
wg_x25519_find(void)
{
    struct wg_x25519 found = { crypto_scalarmult_curve25519, crypto_scalarmult_curve25519_base };
    /* A function that only libsodium has. */
    const wg_os_function sodium = (wg_os_function)sodium_init;
    const wg_os_function multiply = wg_os_function_beside(sodium, "crypto_scalarmult_curve25519");
    const wg_os_function multiply_base =
        wg_os_function_beside(sodium, "crypto_scalarmult_curve25519_base");

    if (multiply != NULL && multiply_base != NULL) {
        found.multiply = (int (*)(uint8_t *, const uint8_t *, const uint8_t *))multiply;
        found.multiply_base = (int (*)(uint8_t *, const uint8_t *))multiply_base;
    }
    return found;
}
