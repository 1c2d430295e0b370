/* keys.h
 * Keys for the tests of the key store.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TEST_KEYS_H
#define TEST_KEYS_H

#include <string.h>

#include <glib.h>

#include "wg/crypto.h"
#include "wg/keystore.h"

struct key {
    uint8_t bytes[WG_KEY_LEN];
};

/* The n-th key of a kind; different ones for different numbers. */
static inline struct key
make(char kind, unsigned n)
{
    const uint32_t number = GUINT32_TO_LE(n);
    struct key k;

    memset(k.bytes, kind, sizeof(k.bytes));
    memcpy(k.bytes + 8, &number, sizeof(number));
    return k;
}

static inline struct key
public_of(struct key private_key)
{
    struct key k;
    wg_dh_public(k.bytes, private_key.bytes);
    return k;
}

#endif
