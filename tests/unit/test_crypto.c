/* test_crypto.c
 * The primitives against the answers that RFCs print, and against another implementation.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/crypto.h"

#include "../vectors/noise_vectors.h"

enum { UNTOUCHED = 0xa5 };

static size_t
unhex(uint8_t *out, size_t room, const char *hex)
{
    const size_t length = strlen(hex) / 2;

    g_assert_cmpuint(length, <=, room);
    for (size_t i = 0; i < length; i++)
        out[i] =
            (uint8_t)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
    return length;
}

static void
assert_hex(const uint8_t *bytes, size_t length, const char *hex)
{
    uint8_t expected[512];

    g_assert_cmpuint(unhex(expected, sizeof(expected), hex), ==, length);
    g_assert_cmpmem(bytes, length, expected, length);
}

static void
test_init(void)
{
    g_assert_true(wg_crypto_init());
    g_assert_true(wg_crypto_init());
}

static void
test_wipe_and_equal(void)
{
    uint8_t a[40], b[40];

    memset(a, UNTOUCHED, sizeof(a));
    memset(b, UNTOUCHED, sizeof(b));
    g_assert_true(wg_equal(a, b, sizeof(a)));
    b[39] ^= 0x80;
    g_assert_false(wg_equal(a, b, sizeof(a)));
    g_assert_true(wg_equal(a, b, 39));

    wg_wipe(a, 39);
    g_assert_true(wg_wire_all_zero(a, 39));
    g_assert_cmpuint(a[39], ==, UNTOUCHED);
}

/* RFC 7693, appendix B, cut at every place. */
static void
test_hash(void)
{
    static const char abc[] = "abc";
    uint8_t out[WG_KEY_LEN], in_place[WG_KEY_LEN];

    for (size_t cut = 0; cut <= 3; cut++) {
        wg_hash(out, abc, cut, abc + cut, 3 - cut);
        assert_hex(out, sizeof(out),
                   "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982");
    }
    wg_hash(out, NULL, 0, NULL, 0);
    assert_hex(out, sizeof(out),
               "69217a3079908094e11121d042354a7c1f55b6482ca1a51e1b250dfd1ed0eef9");

    /* the output may be an input */
    memcpy(in_place, out, sizeof(out));
    wg_hash(out, in_place, sizeof(in_place), abc, 3);
    wg_hash(in_place, in_place, sizeof(in_place), abc, 3);
    g_assert_cmpmem(in_place, sizeof(in_place), out, sizeof(out));
}

static void
test_mac(void)
{
    uint8_t out[WG_MAC_LEN];

    for (size_t round = 0; round < 2; round++) { /* again: the handle must forget the last key */
        for (size_t i = 0; i < G_N_ELEMENTS(vector_macs); i++) {
            const struct vector_mac *v = &vector_macs[i];
            wg_mac(out, v->key, v->key_length, v->data, v->length);
            g_assert_cmpmem(out, sizeof(out), v->mac, sizeof(v->mac));
        }
    }
}

static void
test_kdf(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(vector_kdfs); i++) {
        const struct vector_kdf *v = &vector_kdfs[i];
        const uint8_t *const expected[] = { v->out1, v->out2, v->out3 };

        /* every choice of outputs; what is not wanted is not written */
        for (unsigned want = 0; want < 8; want++) {
            uint8_t out[3][WG_KEY_LEN];
            memset(out, UNTOUCHED, sizeof(out));
            wg_kdf(v->key, v->input, v->length, want & 1 ? out[0] : NULL, want & 2 ? out[1] : NULL,
                   want & 4 ? out[2] : NULL);
            for (unsigned n = 0; n < 3; n++) {
                if (want & 1u << n)
                    g_assert_cmpmem(out[n], WG_KEY_LEN, expected[n], WG_KEY_LEN);
                else
                    g_assert_true(out[n][0] == UNTOUCHED && out[n][31] == UNTOUCHED);
            }
        }
        /* an output in place of the key */
        for (unsigned n = 0; n < 3; n++) {
            uint8_t key[WG_KEY_LEN];
            memcpy(key, v->key, sizeof(key));
            wg_kdf(key, v->input, v->length, n == 0 ? key : NULL, n == 1 ? key : NULL,
                   n == 2 ? key : NULL);
            g_assert_cmpmem(key, sizeof(key), expected[n], WG_KEY_LEN);
        }
    }
}

/* RFC 7748, section 5.2. */
static const struct {
    const char *scalar, *point, *result;
} x25519_rows[] = {
    /* 1 */
    { "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
      "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
      "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552" },
    /* 2 */
    { "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
      "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
      "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957" },
};

static void
test_x25519(void)
{
    uint8_t k[WG_KEY_LEN], u[WG_KEY_LEN], out[WG_KEY_LEN];

    for (size_t i = 0; i < G_N_ELEMENTS(x25519_rows); i++) {
        unhex(k, sizeof(k), x25519_rows[i].scalar);
        unhex(u, sizeof(u), x25519_rows[i].point);
        g_assert_true(wg_dh(out, k, u));
        assert_hex(out, sizeof(out), x25519_rows[i].result);
    }

    /* the iterated test of section 5.2, which also is DH(9, 9) = public key of 9 */
    memset(k, 0, sizeof(k));
    k[0] = 9;
    memcpy(u, k, sizeof(u));
    for (unsigned i = 1; i <= 1000; i++) {
        g_assert_true(wg_dh(out, k, u));
        if (i == 1) {
            assert_hex(out, sizeof(out),
                       "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
            uint8_t public_key[WG_KEY_LEN];
            wg_dh_public(public_key, k);
            g_assert_cmpmem(public_key, sizeof(public_key), out, sizeof(out));
        }
        memcpy(u, k, sizeof(u));
        memcpy(k, out, sizeof(k));
    }
    assert_hex(k, sizeof(k), "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

static void
test_x25519_public(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(vector_handshakes); i++) {
        const struct vector_handshake *v = &vector_handshakes[i];
        uint8_t out[WG_KEY_LEN];
        wg_dh_public(out, v->initiator_static_private);
        g_assert_cmpmem(out, sizeof(out), v->initiator_static_public, WG_KEY_LEN);
        wg_dh_public(out, v->responder_static_private);
        g_assert_cmpmem(out, sizeof(out), v->responder_static_public, WG_KEY_LEN);
    }
}

/* The points of small order on Curve25519 and its twist, and values that reduce to them. */
static const char *const low_order[] = {
    /* 1 */ "0000000000000000000000000000000000000000000000000000000000000000",
    /* 2 */ "0100000000000000000000000000000000000000000000000000000000000000",
    /* 3 */ "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    /* 4 */ "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    /* 5 */ "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    /* 6 */ "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    /* 7 */ "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    /* 8 */ "0000000000000000000000000000000000000000000000000000000000000080",
};

static void
test_x25519_low_order(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(low_order); i++) {
        uint8_t point[WG_KEY_LEN], out[WG_KEY_LEN];
        unhex(point, sizeof(point), low_order[i]);
        memset(out, UNTOUCHED, sizeof(out));
        g_assert_false(wg_dh(out, vector_handshakes[0].responder_static_private, point));
        g_assert_true(wg_wire_all_zero(out, sizeof(out)));
    }
}

/* RFC 8439, appendix A.5: its nonce begins with four zero bytes, as the paper's does. */
static void
test_aead_rfc(void)
{
    static const char text[] =
        "Internet-Drafts are draft documents valid for a maximum of six months and may be "
        "updated, replaced, or obsoleted by other documents at any time. It is inappropriate to "
        "use Internet-Drafts as reference material or to cite them other than as /\xe2\x80\x9c"
        "work in progress./\xe2\x80\x9d";
    static const char sealed_hex[] =
        "64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb24c6cfc18755d43eea09ee94e"
        "382d26b0bdb7b73c321b0100d4f03b7f355894cf332f830e710b97ce98c8a84abd0b948114ad176e008d33bd"
        "60f982b1ff37c8559797a06ef4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4b9166c76"
        "7b804d46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523eaf4534d7f83fa1155b0047718cbc546a"
        "0d072b04b3564eea1b422273f548271a0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a67276"
        "27097a1049e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29a6ad5cb4022b0270"
        "9beead9d67890cbb22392336fea1851f38";
    uint8_t key[WG_KEY_LEN], aad[12], sealed[512], out[512];
    const size_t length = unhex(sealed, sizeof(sealed), sealed_hex);

    unhex(key, sizeof(key), "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0");
    unhex(aad, sizeof(aad), "f33388860000000000004e91");
    g_assert_true(wg_aead_open(out, key, G_GUINT64_CONSTANT(0x0807060504030201), aad, sizeof(aad),
                               sealed, length));
    g_assert_cmpmem(out, length - WG_TAG_LEN, text, strlen(text));
}

static bool
open_row(const struct vector_sealed *v, uint8_t *out, const uint8_t *aad, const uint8_t *sealed,
         size_t sealed_length)
{
    return v->extended
               ? wg_xaead_open(out, v->key, v->nonce, aad, v->aad_length, sealed, sealed_length)
               : wg_aead_open(out, v->key, wg_le64(v->nonce), aad, v->aad_length, sealed,
                              sealed_length);
}

static void
test_sealed(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(vector_sealeds); i++) {
        const struct vector_sealed *v = &vector_sealeds[i];
        const size_t sealed_length = v->length + WG_TAG_LEN;
        uint8_t out[sizeof(v->plain) + 1], sealed[sizeof(v->sealed)], aad[sizeof(v->aad)];

        memset(out, UNTOUCHED, sizeof(out));
        g_assert_true(open_row(v, out, v->aad, v->sealed, sealed_length));
        g_assert_cmpmem(out, v->length, v->plain, v->length);
        g_assert_cmpuint(out[v->length], ==, UNTOUCHED);

        /* any one bit, a byte less, and less than a tag: no, and nothing is left behind */
        for (size_t bit = 0; bit < sealed_length * 8; bit++) {
            memcpy(sealed, v->sealed, sealed_length);
            sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
            memset(out, UNTOUCHED, sizeof(out));
            g_assert_false(open_row(v, out, v->aad, sealed, sealed_length));
            g_assert_true(wg_wire_all_zero(out, v->length));
            g_assert_cmpuint(out[v->length], ==, UNTOUCHED);
        }
        for (size_t bit = 0; bit < v->aad_length * 8; bit++) {
            memcpy(aad, v->aad, v->aad_length);
            aad[bit / 8] ^= (uint8_t)(1u << bit % 8);
            g_assert_false(open_row(v, out, aad, v->sealed, sealed_length));
        }
        for (size_t cut = 0; cut < sealed_length; cut++)
            g_assert_false(open_row(v, out, v->aad, v->sealed, cut));
    }
}

/* One kept key: successes and failures in any order do not disturb one another. */
static void
test_aead_kept(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(vector_sealeds); i++) {
        const struct vector_sealed *v = &vector_sealeds[i];
        if (v->extended || v->aad_length > 0)
            continue;
        const size_t sealed_length = v->length + WG_TAG_LEN;
        const uint64_t counter = wg_le64(v->nonce);
        uint8_t out[sizeof(v->plain)], sealed[sizeof(v->sealed)];
        struct wg_aead *aead = wg_aead_new(v->key);

        memcpy(sealed, v->sealed, sealed_length);
        sealed[sealed_length - 1] ^= 1;
        for (unsigned round = 0; round < 3; round++) {
            memset(out, UNTOUCHED, sizeof(out));
            g_assert_false(wg_aead_open_with(aead, out, counter, sealed, sealed_length));
            g_assert_true(wg_wire_all_zero(out, v->length));
            g_assert_false(wg_aead_open_with(aead, out, counter + 1, v->sealed, sealed_length));
            g_assert_false(wg_aead_open_with(aead, out, counter, v->sealed, WG_TAG_LEN - 1));
            g_assert_true(wg_aead_open_with(aead, out, counter, v->sealed, sealed_length));
            g_assert_cmpmem(out, v->length, v->plain, v->length);
            memset(out, UNTOUCHED, sizeof(out));
            wg_aead_open_again(aead, out, counter, v->sealed, sealed_length);
            g_assert_cmpmem(out, v->length, v->plain, v->length);
        }
        wg_aead_free(aead);
    }
    wg_aead_free(NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(wg_crypto_init());
    g_test_add_func("/crypto/init", test_init);
    g_test_add_func("/crypto/wipe-and-equal", test_wipe_and_equal);
    g_test_add_func("/crypto/hash", test_hash);
    g_test_add_func("/crypto/mac", test_mac);
    g_test_add_func("/crypto/kdf", test_kdf);
    g_test_add_func("/crypto/x25519", test_x25519);
    g_test_add_func("/crypto/x25519-public", test_x25519_public);
    g_test_add_func("/crypto/x25519-low-order", test_x25519_low_order);
    g_test_add_func("/crypto/aead-rfc", test_aead_rfc);
    g_test_add_func("/crypto/sealed", test_sealed);
    g_test_add_func("/crypto/aead-kept", test_aead_kept);
    return g_test_run();
}
