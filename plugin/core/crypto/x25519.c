/* x25519.c
 * X25519 by libsodium, and by nobody else of the same name.
 *
 * Wireshark's libwsutil exports functions of its own that are called crypto_scalarmult_curve25519
 * and crypto_scalarmult_curve25519_base, made with libgcrypt and four times as slow. Since it is
 * loaded first, the dynamic linker of ELF systems gives them to every library of the process, even
 * to libsodium itself for the calls inside it. So libsodium is asked for its own by hand.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE /* dladdr */

#include <dlfcn.h>
#include <stddef.h>

#include <sodium.h>

#include "x25519.h"

struct wg_x25519
wg_x25519_find(void)
{
    struct wg_x25519 found = { crypto_scalarmult_curve25519, crypto_scalarmult_curve25519_base };
    Dl_info library;

    /* Only libsodium has this one; nothing is loaded that is not loaded already. */
    if (dladdr((void *)sodium_init, &library) == 0)
        return found;
    void *handle = dlopen(library.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    if (handle == NULL)
        return found;
    void *multiply = dlsym(handle, "crypto_scalarmult_curve25519");
    void *multiply_base = dlsym(handle, "crypto_scalarmult_curve25519_base");
    if (multiply != NULL && multiply_base != NULL) {
        found.multiply = (int (*)(uint8_t *, const uint8_t *, const uint8_t *))multiply;
        found.multiply_base = (int (*)(uint8_t *, const uint8_t *))multiply_base;
    }
    /* The handle stays open, as the functions stay in use. */
    return found;
}
