/* test_keylog.c
 * The key log: what its lines say, and which of them belong together.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "logs.h"

static void
decode(uint8_t key[WG_KEY_LEN], const char *text)
{
    g_assert_true(wg_base64_decode(key, text, strlen(text)));
}

/* -- Single lines -- */

static const struct {
    const char *line;
    bool good;
    unsigned statics, ephemerals, psks; /* that it adds */
} lines[] = {
    /* 1 */ { "LOCAL_STATIC_PRIVATE_KEY = " D1_CLIENT_PRIVATE, true, 1, 0, 0 },
    /* 2 */ { "REMOTE_STATIC_PUBLIC_KEY = " D1_SERVER_PUBLIC, true, 1, 0, 0 },
    /* 3 */ { "LOCAL_EPHEMERAL_PRIVATE_KEY = " D1_CLIENT_EPHEMERAL, true, 0, 1, 0 },
    /* 4 */ { "PRESHARED_KEY = " D1_CLIENT_EPHEMERAL, true, 0, 0, 1 },
    /* 5 */ { "PRE_SHARED_KEY=" D1_CLIENT_EPHEMERAL, true, 0, 0, 1 },
    /* 6 */ { "PRESHARED_KEY = " ZERO, true, 0, 0, 0 },
    /* 7 */ { "REMOTE_STATIC_PUBLIC_KEY=" D1_SERVER_PUBLIC, true, 1, 0, 0 },
    /* 8 */ { " \tremote_static_public_key\t=\t" D1_SERVER_PUBLIC " \t\r", true, 1, 0, 0 },
    /* 9 */ { "REMOTE_STATIC_PUBLIC_KEY=" D1_SERVER_PUBLIC " # of the server", true, 1, 0, 0 },
    /* 10 */ { "\xef\xbb\xbfREMOTE_STATIC_PUBLIC_KEY=" D1_SERVER_PUBLIC, true, 1, 0, 0 },
    /* 11 */ { "# a comment", true, 0, 0, 0 },
    /* 12 */ { "", true, 0, 0, 0 },
    /* 13 */ { "  \t\r", true, 0, 0, 0 },
    /* 14 */ { "New handshake session:", true, 0, 0, 0 },
    /* 15 too short */ { "PRESHARED_KEY = AAAA", false, 0, 0, 0 },
    /* 16 one more */ { "PRESHARED_KEY = A" ZERO, false, 0, 0, 0 },
    /* 17 two keys */ { "PRESHARED_KEY = " ZERO " " ZERO, false, 0, 0, 0 },
    /* 18 no key */ { "PRESHARED_KEY =", false, 0, 0, 0 },
    /* 19 */ { "PRESHARED_KEY", false, 0, 0, 0 },
    /* 20 other alphabet */
    { "PRESHARED_KEY = KOsr5hA-cftKDRe7E3lFYO4L4l8x7IkPdB-Wt_T9CmY=", false, 0, 0, 0 },
    /* 21 */ { "REMOTE_STATIC_PRIVATE_KEY = " ZERO, false, 0, 0, 0 },
    /* 22 */ { "REMOTE STATIC PUBLIC KEY = " ZERO, false, 0, 0, 0 },
    /* 23 */ { "= " ZERO, false, 0, 0, 0 },
    /* 24 */ { ZERO, false, 0, 0, 0 },
    /* 25 */ { "0x1A2b3c4D " D1_CLIENT_PRIVATE, true, 0, 0, 0 },
    /* 26 */ { " 0X0 \t" D1_CLIENT_PRIVATE " # raw", true, 0, 0, 0 },
    /* 27 nine digits */ { "0x123456789 " D1_CLIENT_PRIVATE, false, 0, 0, 0 },
    /* 28 */ { "0x " D1_CLIENT_PRIVATE, false, 0, 0, 0 },
    /* 29 */ { "0x12" D1_CLIENT_PRIVATE, false, 0, 0, 0 },
    /* 30 */ { "0x12 AAAA", false, 0, 0, 0 },
    /* 31 */ { "0xzz " D1_CLIENT_PRIVATE, false, 0, 0, 0 },
    /* 32 */ { "\x7f\x45\x4c\x46\xff\xfe", false, 0, 0, 0 },
};

static void
test_lines(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        struct fixture f;

        g_test_message("row %zu", i + 1);
        open_log(&f);
        feed(&f, lines[i].line);
        feed(&f, "\n");
        g_assert_cmpuint(f.count, ==, !lines[i].good);
        g_assert_cmpuint(wg_keystore_static_count(f.ks), ==, lines[i].statics);
        g_assert_cmpuint(wg_keystore_ephemeral_count(f.ks), ==, lines[i].ephemerals);
        g_assert_cmpuint(wg_keystore_psk_count(f.ks), ==, lines[i].psks);
        /* Nothing of a line may be in a report. */
        g_assert_null(strstr(f.reports->str, "AAAA"));
        g_assert_null(strstr(f.reports->str, "KOsr"));
        close_log(&f);
    }
}

static void
test_raw(void)
{
    struct fixture f;
    uint8_t key[WG_KEY_LEN];

    open_log(&f);
    feed(&f, "0x1A2b3c4D " D1_CLIENT_PRIVATE "\n0x5 " D1_SERVER_PRIVATE "\n");
    decode(key, D1_CLIENT_PRIVATE);
    const struct wg_transport_keys *keys = wg_keystore_find_transport(f.ks, 0x1a2b3c4d);
    g_assert_nonnull(keys);
    g_assert_cmpmem(keys->keys[0], WG_KEY_LEN, key, WG_KEY_LEN);
    g_assert_nonnull(wg_keystore_find_transport(f.ks, 5));
    close_log(&f);
}

/* -- What belongs together -- */

/* In short, and what must become of them: see logs.h. */
static const struct {
    const char *log, *result;
} blocks[] = {
    /* 1 the documented order */
    { "L1 R1 E1 P1 L2 R2 E2 P2", "E1:L1R1:P1 E2:L2R2:P2 " },
    /* 2 extract-handshakes */
    { "H R1 P1 E1 L1 H R2 P2 E2 L2", "E1:L1R1:P1 E2:L2R2:P2 " },
    /* 3 the same without headers: ambiguous, and the right one is first */
    { "R1 P1 E1 L1 R2 P2 E2 L2", "E1:L1R1:P1P2 E2:L2R2:P2 " },
    /* 4 the same, split by blank lines */
    { "R1 P1 E1 L1 _ R2 P2 E2 L2 _", "E1:L1R1:P1P2 E2:L2R2:P2 " },
    /* 5 static keys once, then many handshakes */
    { "L1 R1 E1 P1 E2 P2 E3 P3", "E1:L1R1:P1 E2:L1?R1?:P2 E3:L1?R1?:P3 " },
    /* 6 the same, preshared key first */
    { "L1 R1 P1 E1 P2 E2", "E1:L1R1:P1P2 E2:L1?R1?:P2 " },
    /* 7 two preshared keys behind one ephemeral key */
    { "L1 R1 E1 P1 P2 L2 R2 E2 P3", "E1:L1R1:P1P2 E2:L2R2:P2P3 " },
    /* 8 cunicu: no preshared key */
    { "H L1 R1 E1 H L2 R2 E2", "E1:L1R1: E2:L2R2: " },
    /* 9 only the second has one */
    { "H L1 R1 E1 H L2 R2 P2 E2", "E1:L1R1: E2:L2R2:P2 " },
    /* 10 blank lines and comments before the ephemeral key do not end a block */
    { "L1 _ R1 # E1 P1", "E1:L1R1:P1 " },
    /* 11 nor do they part it from the preshared key behind it */
    { "L1 R1 E1 _ P1 _ L2 R2 E2 # P2", "E1:L1R1:P1 E2:L2R2:P1P2 " },
    /* 12 but a header does */
    { "L1 R1 E1 H P1", "E1:L1R1: " },
    /* 13 ephemeral key first */
    { "E1 P1 L1 R1 E2 P2 L2 R2", "E1:L1R1:P1 E2:L2R2:P2 " },
    /* 14 */ { "E1 L1 P1 R1 E2 R2 L2 P2", "E1:L1R1:P1 E2:L2R2:P2 " },
    /* 15 static keys that come late are a guess */
    { "E1 _ L1 R1 L2", "E1:L1?R1?: " },
    /* 16 and none across a header */
    { "E1 H L1 R1", "E1:--: " },
    /* 17 an ephemeral key alone */ { "E1", "E1:--: " },
    /* 18 a preshared key alone */ { "P1", "" },
    /* 19 everything twice */
    { "L1 R1 E1 P1 L1 R1 E1 P1", "E1:L1R1:P1 " },
    /* 20 a log cut in the midst of a block */
    { "P0 L1 R1 E1 P1 L2 R2 E2 P2", "E1:L1R1:P0P1 E2:L2R2:P1P2 " },
    /* 21 several peers of one interface */
    { "L1 R1 E1 P1 R2 E2 P2", "E1:L1R1:P1 E2:L1?R2:P2 " },
    /* 22 the zero key is linked like any other */
    { "L1 R1 E1 P0 L1 R1 E2 P1", "E1:L1R1:P0 E2:L1R1:P1 " },
};

static void
test_blocks(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(blocks); i++) {
        struct fixture f;
        char *text = expand(blocks[i].log);

        g_test_message("row %zu", i + 1);
        open_log(&f);
        feed(&f, text);
        char *result = describe(f.ks);
        g_assert_cmpstr(result, ==, blocks[i].result);
        g_assert_cmpuint(f.count, ==, 0);

        /* Read once more from the start, it says nothing new. */
        const uint64_t generation = wg_keystore_generation(f.ks);
        wg_keylog_reset(f.log);
        feed(&f, text);
        g_assert_cmpuint(wg_keystore_generation(f.ks), ==, generation);
        g_free(result);
        g_free(text);
        close_log(&f);
    }
}

/* -- Real logs -- */

/* Both ends of one handshake find each other. */
static bool
note_pair(void *user, const struct wg_ephemeral *a, const struct wg_ephemeral *b)
{
    uint8_t client[WG_KEY_LEN], server[WG_KEY_LEN];

    decode(client, D1_CLIENT_EPHEMERAL);
    decode(server, D1_SERVER_EPHEMERAL);
    g_assert_cmpmem(a->private_key, WG_KEY_LEN, client, WG_KEY_LEN);
    g_assert_cmpmem(b->private_key, WG_KEY_LEN, server, WG_KEY_LEN);
    ++*(unsigned *)user;
    return true;
}

static void
test_real(void)
{
    struct fixture f;
    uint8_t key[WG_KEY_LEN], ephemeral[WG_KEY_LEN];
    unsigned pairs = 0;

    open_log(&f);
    feed(&f, d1_client);
    wg_keylog_reset(f.log);
    feed(&f, d1_server);
    g_assert_cmpuint(f.count, ==, 0);

    decode(key, D1_CLIENT_PUBLIC);
    g_assert_true(wg_keystore_find_static(f.ks, key)->has_private);
    decode(key, D1_SERVER_PUBLIC);
    g_assert_true(wg_keystore_find_static(f.ks, key)->has_private);
    g_assert_cmpuint(wg_keystore_static_count(f.ks), ==, 2);

    decode(key, D1_SERVER_EPHEMERAL);
    wg_dh_public(ephemeral, key);
    const struct wg_ephemeral *e = wg_keystore_find_ephemeral(f.ks, ephemeral);
    g_assert_nonnull(e);
    decode(key, D1_SERVER_PUBLIC);
    g_assert_cmpmem(e->local->public_key, WG_KEY_LEN, key, WG_KEY_LEN);
    decode(key, D1_CLIENT_PUBLIC);
    g_assert_cmpmem(e->remote->public_key, WG_KEY_LEN, key, WG_KEY_LEN);
    g_assert_true(e->local_sure && e->remote_sure);
    g_assert_cmpuint(e->psk_count, ==, 1);
    g_assert_cmpuint(wg_keystore_pair_candidates(f.ks, 10, note_pair, &pairs), ==, 1);
    g_assert_cmpuint(pairs, ==, 1);
    close_log(&f);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(wg_crypto_init());
    g_test_add_func("/keylog/lines", test_lines);
    g_test_add_func("/keylog/raw", test_raw);
    g_test_add_func("/keylog/blocks", test_blocks);
    g_test_add_func("/keylog/real", test_real);
    return g_test_run();
}
