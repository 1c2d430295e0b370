/* test_x25519.c
 * X25519 in a process whose other libraries took libsodium's names, as libwsutil does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>
#include <sodium.h>

#include "wg/crypto.h"

static unsigned taken;

/* This program is exported whole, so that the dynamic linker finds these before libsodium's. */
int
crypto_scalarmult_curve25519(unsigned char *q, const unsigned char *n, const unsigned char *p)
{
    taken++;
    memcpy(q, p, WG_KEY_LEN);
    return 0;
}

int
crypto_scalarmult_curve25519_base(unsigned char *q, const unsigned char *n)
{
    taken++;
    memset(q, 0, WG_KEY_LEN);
    return 0;
}

/* The premise, without which the next test proves nothing. */
static bool
names_are_taken(void)
{
    uint8_t out[WG_KEY_LEN];
    const uint8_t key[WG_KEY_LEN] = { 9 };
    const unsigned before = taken;

    g_assert_cmpint(crypto_scalarmult_base(out, key), ==, 0);
    g_assert_cmpint(crypto_scalarmult(out, key, key), ==, 0);
    return taken == before + 2;
}

/* RFC 7748, section 5.2: the first step of the iterated test, which is the public key of 9, too. */
static void
test_own(void)
{
    static const uint8_t nine[WG_KEY_LEN] = { 9 };
    static const uint8_t expected[WG_KEY_LEN] = { 0x42, 0x2c, 0x8e, 0x7a, 0x62, 0x27, 0xd7, 0xbc,
                                                  0xa1, 0x35, 0x0b, 0x3e, 0x2b, 0xb7, 0x27, 0x9f,
                                                  0x78, 0x97, 0xb8, 0x7b, 0xb6, 0x85, 0x4b, 0x78,
                                                  0x3c, 0x60, 0xe8, 0x03, 0x11, 0xae, 0x30, 0x79 };
    uint8_t out[WG_KEY_LEN];

    if (!names_are_taken()) {
        g_test_skip("names of one library do not take the place of another's here");
        return;
    }
    taken = 0;
    wg_dh_public(out, nine);
    g_assert_cmpmem(out, sizeof out, expected, sizeof expected);
    g_assert_true(wg_dh(out, nine, nine));
    g_assert_cmpmem(out, sizeof out, expected, sizeof expected);
    g_assert_cmpuint(taken, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(wg_crypto_init());
    g_test_add_func("/x25519/own", test_own);
    return g_test_run();
}
