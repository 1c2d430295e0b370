/* test_base64.c
 * Keys as text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/base64.h"
#include "wg/crypto.h"

static const struct {
    const char *text;
    bool good;
} rows[] = {
    /* 1 */ { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", true },
    /* 2 */ { "//////////////////////////////////////////8=", true },
    /* 3 */ { "ihfjNH+sdh5u7s97+UxcDduwub5O/S9IM4HCkSfRNFI=", true },
    /* 4 bits that stand for nothing */ { "//////////////////////////////////////////9=", false },
    /* 5 43 characters */ { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false },
    /* 6 45 */ { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", false },
    /* 7 31 bytes */ { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", false },
    /* 8 33 bytes */ { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", false },
    /* 9 URL alphabet */ { "ihfjNH-sdh5u7s97-UxcDduwub5O_S9IM4HCkSfRNFI=", false },
    /* 10 a space */ { "ihfjNH+sdh5u7s97+UxcDduw b5O/S9IM4HCkSfRNFI=", false },
    /* 11 a line break */ { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", false },
    /* 12 '=' too early */ { "AAAA=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false },
    /* 13 nothing */ { "", false },
};

static void
test_rows(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t key[WG_KEY_LEN];
        char text[WG_BASE64_LEN + 1];

        memset(key, 0x55, sizeof(key));
        g_test_message("row %zu", i + 1);
        g_assert_cmpint(wg_base64_decode(key, rows[i].text, strlen(rows[i].text)), ==,
                        rows[i].good);
        if (rows[i].good) {
            wg_base64_encode(text, key);
            g_assert_cmpstr(text, ==, rows[i].text);
        } else {
            g_assert_true(wg_wire_all_zero(key, sizeof(key)));
        }
    }
}

/* No NUL is needed behind the text, and nothing behind `length` is looked at. */
static void
test_length(void)
{
    static const char text[] = "ihfjNH+sdh5u7s97+UxcDduwub5O/S9IM4HCkSfRNFI=trailing";
    uint8_t key[WG_KEY_LEN];

    g_assert_true(wg_base64_decode(key, text, WG_BASE64_LEN));
    g_assert_cmpint(key[0], ==, 0x8a);
    g_assert_cmpint(key[31], ==, 0x52);
    g_assert_false(wg_base64_decode(key, text, WG_BASE64_LEN + 1));
}

/* Against GLib's own codec. */
static void
test_against_glib(void)
{
    GRand *random = g_rand_new_with_seed(20);

    for (int i = 0; i < 1000; i++) {
        uint8_t key[WG_KEY_LEN], back[WG_KEY_LEN];
        char text[WG_BASE64_LEN + 1];

        for (size_t j = 0; j < sizeof(key); j++)
            key[j] = (uint8_t)g_rand_int(random);
        char *expected = g_base64_encode(key, sizeof(key));
        wg_base64_encode(text, key);
        g_assert_cmpstr(text, ==, expected);
        g_assert_true(wg_base64_decode(back, expected, strlen(expected)));
        g_assert_cmpmem(back, sizeof(back), key, sizeof(key));
        g_free(expected);
    }
    g_rand_free(random);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(wg_crypto_init());
    g_test_add_func("/base64/rows", test_rows);
    g_test_add_func("/base64/length", test_length);
    g_test_add_func("/base64/against-glib", test_against_glib);
    return g_test_run();
}
