/* test_cookie.c
 * mac1, mac2 and cookie replies, generated and recorded.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/cookie.h"

#include "../vectors/noise_vectors.h"

static struct wg_wire_view
view_of(const uint8_t *bytes, size_t length)
{
    struct wg_wire_view view;

    g_assert_cmpint(wg_wire_decode(bytes, length, length, &view), ==, WG_WIRE_OK);
    return view;
}

/* The first bytes in memory of just that size, so that a sanitizer sees a read beyond them. */
static uint8_t *
copy_of(const uint8_t *bytes, size_t length)
{
    uint8_t *copy = g_malloc(length > 0 ? length : 1);

    memcpy(copy, bytes, length);
    return copy;
}

/* Whether mac1 of the message is right under this key. */
static bool
mac1_matches(const struct wg_wire_view *view, const uint8_t mac1_key[WG_KEY_LEN])
{
    struct wg_mac_probe probe;

    return wg_cookie_probe_mac1(&probe, view) &&
           wg_cookie_probe_matches(&probe, mac1_key, WG_KEY_LEN);
}

/* mac1 of an initiation names the responder, that of a response the initiator. */
static void
test_mac1(void)
{
    bool reserved_seen = false;

    for (size_t i = 0; i < G_N_ELEMENTS(vector_handshakes); i++) {
        const struct vector_handshake *v = &vector_handshakes[i];
        const struct wg_wire_view initiation = view_of(v->initiation, sizeof(v->initiation));
        const struct wg_wire_view response = view_of(v->response, sizeof(v->response));
        uint8_t key_i[WG_KEY_LEN], key_r[WG_KEY_LEN];

        wg_cookie_mac1_key(key_i, v->initiator_static_public);
        wg_cookie_mac1_key(key_r, v->responder_static_public);
        g_assert_true(mac1_matches(&initiation, key_r));
        g_assert_false(mac1_matches(&initiation, key_i));
        g_assert_true(mac1_matches(&response, key_i));
        g_assert_false(mac1_matches(&response, key_r));
        reserved_seen |= !initiation.reserved_zero && !response.reserved_zero;
    }
    g_assert_true(reserved_seen);
}

/* Every bit counts, except those of the reserved bytes and those behind the MAC. */
static void
test_mac1_flipped(void)
{
    const struct vector_handshake *v = &vector_handshakes[0];
    const size_t behind = offsetof(struct wg_wire_initiation, mac2);
    uint8_t key[WG_KEY_LEN], message[sizeof(v->initiation)];

    wg_cookie_mac1_key(key, v->responder_static_public);
    for (size_t bit = 8; bit < sizeof(message) * 8; bit++) {
        memcpy(message, v->initiation, sizeof(message));
        message[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const bool counts = bit / 8 >= sizeof(struct wg_wire_header) && bit / 8 < behind;
        const struct wg_wire_view view = view_of(message, sizeof(message));
        g_assert_cmpint(mac1_matches(&view, key), ==, !counts);
    }
    for (size_t bit = 0; bit < sizeof(key) * 8; bit++) {
        const struct wg_wire_view view = view_of(v->initiation, sizeof(v->initiation));
        key[bit / 8] ^= (uint8_t)(1u << bit % 8);
        g_assert_false(mac1_matches(&view, key));
        key[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

/* A probe outlives its message and serves many keys, the right one in any place. */
static void
test_probe(void)
{
    enum { OTHERS = 100 };
    const struct vector_handshake *v = &vector_handshakes[0];
    uint8_t *bytes = copy_of(v->response, sizeof(v->response));
    const struct wg_wire_view view = view_of(bytes, sizeof(v->response));
    struct wg_mac_probe probe;
    uint8_t public_key[WG_KEY_LEN], key[WG_KEY_LEN];

    g_assert_true(wg_cookie_probe_mac1(&probe, &view));
    memset(bytes, 0, sizeof(v->response));
    g_free(bytes);
    for (uint8_t i = 0; i <= OTHERS; i++) {
        memcpy(public_key, v->initiator_static_public, sizeof(public_key));
        public_key[3] ^= i;
        wg_cookie_mac1_key(key, public_key);
        g_assert_cmpint(wg_cookie_probe_matches(&probe, key, sizeof(key)), ==, i == 0);
    }
    wg_cookie_mac1_key(key, v->initiator_static_public);
    g_assert_true(wg_cookie_probe_matches(&probe, key, sizeof(key)));
}

static void
test_reply(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(vector_cookies); i++) {
        const struct vector_cookie *v = &vector_cookies[i];
        const struct wg_wire_view provoking = view_of(v->provoking, v->provoking_length);
        const struct wg_wire_view reply = view_of(v->reply, sizeof(v->reply));
        const struct wg_wire_view answer = view_of(v->answer, v->answer_length);
        uint8_t key[WG_KEY_LEN], cookie[WG_MAC_LEN];

        g_test_message("%s", v->name);
        wg_cookie_key(key, v->replier_public);
        g_assert_true(wg_cookie_open(cookie, &reply, key, provoking.mac1));
        g_assert_cmpmem(cookie, sizeof(cookie), v->cookie, sizeof(v->cookie));
        g_assert_true(wg_cookie_mac2_matches(&answer, cookie));
        g_assert_false(wg_cookie_mac2_matches(&provoking, cookie)); /* mac2 is zeros there */

        cookie[15] ^= 0x80;
        g_assert_false(wg_cookie_mac2_matches(&answer, cookie));
        /* a cookie key is no mac1 key, though both come from the same public key */
        g_assert_false(mac1_matches(&provoking, key));
        wg_cookie_mac1_key(key, v->replier_public);
        g_assert_true(mac1_matches(&provoking, key));
        g_assert_true(mac1_matches(&answer, key));
    }
}

/* Not with the mac1 of another message, nor another key, nor one bit wrong; and then the output
 * stays as it was. */
static void
test_reply_refused(void)
{
    const struct vector_cookie *v = &vector_cookies[0];
    const struct wg_wire_view provoking = view_of(v->provoking, v->provoking_length);
    const struct wg_wire_view answer = view_of(v->answer, v->answer_length);
    const struct wg_wire_view reply = view_of(v->reply, sizeof(v->reply));
    uint8_t key[WG_KEY_LEN], cookie[WG_MAC_LEN], before[WG_MAC_LEN], message[sizeof(v->reply)];
    uint8_t mac1[WG_MAC_LEN];

    memset(cookie, 0xa5, sizeof(cookie));
    memcpy(before, cookie, sizeof(before));
    wg_cookie_key(key, vector_cookies[1].replier_public);
    g_assert_false(wg_cookie_open(cookie, &reply, key, provoking.mac1));
    wg_cookie_key(key, v->replier_public);
    g_assert_false(
        wg_cookie_open(cookie, &reply, key,
                       vector_cookies[1].provoking + offsetof(struct wg_wire_response, mac1)));
    g_assert_false(wg_cookie_open(cookie, &provoking, key, provoking.mac1));
    memcpy(mac1, provoking.mac1, sizeof(mac1));
    mac1[0] ^= 1;
    g_assert_false(wg_cookie_open(cookie, &reply, key, mac1));
    for (size_t bit = offsetof(struct wg_wire_cookie_reply, nonce) * 8; bit < sizeof(message) * 8;
         bit++) {
        memcpy(message, v->reply, sizeof(message));
        message[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const struct wg_wire_view view = view_of(message, sizeof(message));
        g_assert_false(wg_cookie_open(cookie, &view, key, provoking.mac1));
    }
    g_assert_cmpmem(cookie, sizeof(cookie), before, sizeof(before));
    g_assert_true(wg_cookie_mac2_matches(&answer, v->cookie));
}

/* Cut at every length: no MAC that is not wholly there. */
static void
test_truncated(void)
{
    const struct vector_cookie *v = &vector_cookies[1];
    const size_t mac1_end = offsetof(struct wg_wire_response, mac2);
    const struct wg_wire_view provoking = view_of(v->provoking, v->provoking_length);
    uint8_t mac1_key[WG_KEY_LEN], cookie_key[WG_KEY_LEN], cookie[WG_MAC_LEN];
    struct wg_wire_view view;

    wg_cookie_mac1_key(mac1_key, v->replier_public);
    wg_cookie_key(cookie_key, v->replier_public);
    g_assert_cmpuint(v->answer_length, ==, sizeof(struct wg_wire_response));
    for (size_t cut = 0; cut <= v->answer_length; cut++) {
        uint8_t *bytes = copy_of(v->answer, cut);
        struct wg_mac_probe probe;

        wg_wire_decode(bytes, cut, v->answer_length, &view);
        g_assert_cmpint(mac1_matches(&view, mac1_key), ==, cut >= mac1_end);
        g_assert_cmpint(wg_cookie_mac2_matches(&view, v->cookie), ==, cut == v->answer_length);
        g_assert_cmpint(wg_cookie_probe_mac1(&probe, &view), ==, cut >= mac1_end);
        g_assert_cmpint(wg_cookie_probe_matches(&probe, mac1_key, WG_KEY_LEN), ==, cut >= mac1_end);
        g_free(bytes);
    }
    for (size_t cut = 0; cut <= sizeof(v->reply); cut++) {
        uint8_t *bytes = copy_of(v->reply, cut);

        wg_wire_decode(bytes, cut, sizeof(v->reply), &view);
        g_assert_cmpint(wg_cookie_open(cookie, &view, cookie_key, provoking.mac1), ==,
                        cut == sizeof(v->reply));
        g_assert_false(mac1_matches(&view, mac1_key)); /* this type has none */
        g_free(bytes);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(wg_crypto_init());
    g_test_add_func("/cookie/mac1", test_mac1);
    g_test_add_func("/cookie/mac1-flipped", test_mac1_flipped);
    g_test_add_func("/cookie/probe", test_probe);
    g_test_add_func("/cookie/reply", test_reply);
    g_test_add_func("/cookie/reply-refused", test_reply_refused);
    g_test_add_func("/cookie/truncated", test_truncated);
    return g_test_run();
}
