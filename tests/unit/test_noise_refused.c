/* test_noise_refused.c
 * Handshakes that do not open: wrong keys, and messages that are cut, altered or hostile.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "noise.h"

/* Every key of another handshake in turn. */
static void
test_wrong_keys(void)
{
    const struct vector_handshake *v = &vector_handshakes[0], *other = &vector_handshakes[1];
    const struct wg_wire_view initiation = VIEW(v->initiation), response = VIEW(v->response);
    const struct wg_noise_initiation opened = opened_wholly(v);
    struct wg_noise_initiation n;
    struct wg_noise_prepared p;
    struct wg_noise_transport t;
    struct wg_noise_keys keys;

    keys = known(other, "s");
    g_assert_cmpint(wg_noise_open_initiation(&n, &keys, &initiation), ==, WG_NOISE_STATIC_FAILED);
    g_assert_false(n.has_static);
    g_assert_true(wg_wire_all_zero(n.initiator_static, WG_KEY_LEN));

    keys = known(v, "SEp");
    keys.initiator_ephemeral_private = other->initiator_ephemeral_private;
    g_assert_cmpint(wg_noise_open_initiation(&n, &keys, &initiation), ==, WG_NOISE_STATIC_FAILED);

    keys = known(v, "SEp");
    keys.responder_static_public = other->responder_static_public;
    g_assert_cmpint(wg_noise_open_initiation(&n, &keys, &initiation), ==, WG_NOISE_STATIC_FAILED);

    keys = known(v, "SEp");
    keys.initiator_static_private = other->initiator_static_private;
    g_assert_cmpint(wg_noise_open_initiation(&n, &keys, &initiation), ==,
                    WG_NOISE_TIMESTAMP_FAILED);
    g_assert_true(n.has_static);
    g_assert_cmpmem(n.initiator_static, WG_KEY_LEN, v->initiator_static_public, WG_KEY_LEN);
    g_assert_cmpint(wg_noise_prepare_response(&p, &n, &keys, &response), ==,
                    WG_NOISE_MISSING_INITIATION);

    keys = known(other, "e");
    g_assert_cmpint(wg_noise_prepare_response(&p, &opened, &keys, &response), ==, WG_NOISE_OK);
    g_assert_cmpint(wg_noise_try_psk(&t, &p, v->psk), ==, WG_NOISE_EMPTY_FAILED);

    keys = known(v, "SE");
    keys.initiator_static_private = other->initiator_static_private;
    g_assert_cmpint(wg_noise_prepare_response(&p, &opened, &keys, &response), ==, WG_NOISE_OK);
    g_assert_cmpint(wg_noise_try_psk(&t, &p, v->psk), ==, WG_NOISE_EMPTY_FAILED);
}

/* One bit flipped anywhere that Noise covers. */
static void
test_flipped(void)
{
    const struct vector_handshake *v = &vector_handshakes[1];
    const struct wg_noise_keys keys = known(v, "se");
    const struct wg_noise_initiation opened = opened_wholly(v);
    uint8_t initiation[sizeof(v->initiation)], response[sizeof(v->response)];

    const size_t noise = offsetof(struct wg_wire_initiation, ephemeral);
    const size_t timestamp = offsetof(struct wg_wire_initiation, encrypted_timestamp);
    for (size_t bit = 0; bit < sizeof(initiation) * 8; bit++) {
        memcpy(initiation, v->initiation, sizeof(initiation));
        initiation[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (bit / 8 == 0)
            continue; /* the type */
        const struct wg_wire_view view = VIEW(initiation);
        const bool covered =
            bit / 8 >= noise && bit / 8 < offsetof(struct wg_wire_initiation, mac1);
        enum wg_noise_verdict expected = WG_NOISE_OK;
        if (covered)
            expected = bit / 8 < timestamp ? WG_NOISE_STATIC_FAILED : WG_NOISE_TIMESTAMP_FAILED;
        struct wg_noise_initiation n;
        g_assert_cmpint(wg_noise_open_initiation(&n, &keys, &view), ==, expected);
        g_assert_cmpint(n.has_static, ==, !covered || bit / 8 >= timestamp);
    }

    const size_t first = offsetof(struct wg_wire_response, ephemeral);
    const size_t past = offsetof(struct wg_wire_response, mac1);
    for (size_t bit = first * 8; bit < past * 8; bit++) {
        memcpy(response, v->response, sizeof(response));
        response[bit / 8] ^= (uint8_t)(1u << bit % 8);
        const struct wg_wire_view view = VIEW(response);
        struct wg_noise_prepared p;
        struct wg_noise_transport t;
        g_assert_cmpint(wg_noise_prepare_response(&p, &opened, &keys, &view), ==, WG_NOISE_OK);
        g_assert_cmpint(wg_noise_try_psk(&t, &p, v->psk), ==, WG_NOISE_EMPTY_FAILED);
    }
}

/* Keys and ephemerals that make a Diffie-Hellman result of zeros. */

static void
test_low_order_initiation(void)
{
    static const uint8_t zero[WG_KEY_LEN];
    const struct vector_handshake *v = &vector_handshakes[0];
    struct wg_noise_keys keys = known(v, "s");
    struct wg_noise_initiation n;
    uint8_t message[sizeof(v->initiation)];

    /* es: the initiator's ephemeral */
    memcpy(message, v->initiation, sizeof(v->initiation));
    memset(message + offsetof(struct wg_wire_initiation, ephemeral), 0, WG_KEY_LEN);
    struct wg_wire_view view = view_of(message, sizeof(v->initiation));
    g_assert_cmpint(wg_noise_open_initiation(&n, &keys, &view), ==, WG_NOISE_BAD_DH);
    g_assert_false(n.has_static);

    /* es: a responder's public key out of a hostile or mistyped key file */
    keys = known(v, "SE");
    keys.responder_static_public = zero;
    view = VIEW(v->initiation);
    g_assert_cmpint(wg_noise_open_initiation(&n, &keys, &view), ==, WG_NOISE_BAD_DH);

    /* ss: the sender's static key, properly sealed */
    for (size_t i = 0; i < G_N_ELEMENTS(vector_low_orders); i++) {
        const struct vector_low_order *low = &vector_low_orders[i];
        const struct wg_noise_keys own = { .responder_static_private =
                                               low->responder_static_private };
        view = VIEW(low->initiation);
        g_assert_cmpint(wg_noise_open_initiation(&n, &own, &view), ==, WG_NOISE_BAD_DH);
        g_assert_true(n.has_static);
        g_assert_cmpmem(n.initiator_static, WG_KEY_LEN, low->static_sent, WG_KEY_LEN);

        const struct wg_noise_keys theirs = {
            .initiator_ephemeral_private = low->initiator_ephemeral_private,
            .responder_static_public = low->responder_static_public,
        };
        g_assert_cmpint(wg_noise_open_initiation(&n, &theirs, &view), ==,
                        WG_NOISE_TIMESTAMP_NOT_TRIED);
    }
}

static void
test_low_order_response(void)
{
    static const uint8_t zero[WG_KEY_LEN];
    const struct vector_handshake *v = &vector_handshakes[0];
    const struct wg_noise_initiation opened = opened_wholly(v);
    struct wg_noise_keys keys = known(v, "SE");
    struct wg_noise_prepared p;
    uint8_t message[sizeof(v->response)];

    /* ee: the responder's ephemeral */
    memcpy(message, v->response, sizeof(v->response));
    memset(message + offsetof(struct wg_wire_response, ephemeral), 0, WG_KEY_LEN);
    const struct wg_wire_view view = view_of(message, sizeof(v->response));
    g_assert_cmpint(wg_noise_prepare_response(&p, &opened, &keys, &view), ==, WG_NOISE_BAD_DH);

    /* and from keys alone */
    keys = known(v, "SEp");
    keys.responder_ephemeral_public = zero;
    g_assert_cmpint(wg_noise_prepare_keys(&p, &keys), ==, WG_NOISE_BAD_DH);
}

/* The first bytes in memory of just that size, so that a sanitizer sees a read beyond them. */
static uint8_t *
copy_of(const uint8_t *bytes, size_t length)
{
    uint8_t *copy = g_malloc(length > 0 ? length : 1);

    memcpy(copy, bytes, length);
    return copy;
}

/* Cut at every length. */
static void
test_truncated(void)
{
    const struct vector_handshake *v = &vector_handshakes[1];
    const struct wg_noise_keys keys = known(v, "se");
    const struct wg_noise_initiation opened = opened_wholly(v);

    for (size_t cut = 0; cut <= sizeof(v->initiation); cut++) {
        uint8_t *bytes = copy_of(v->initiation, cut);
        const bool has_static = cut >= offsetof(struct wg_wire_initiation, encrypted_timestamp);
        struct wg_wire_view view;
        struct wg_noise_initiation n;

        wg_wire_decode(bytes, cut, sizeof(v->initiation), &view);
        g_assert_cmpint(wg_noise_open_initiation(&n, &keys, &view), ==,
                        cut >= offsetof(struct wg_wire_initiation, mac1) ? WG_NOISE_OK
                                                                         : WG_NOISE_MISSING_FIELD);
        g_assert_cmpint(n.has_static, ==, has_static);
        g_free(bytes);
    }
    for (size_t cut = 0; cut <= sizeof(v->response); cut++) {
        uint8_t *bytes = copy_of(v->response, cut);
        struct wg_wire_view view;
        struct wg_noise_prepared p;

        wg_wire_decode(bytes, cut, sizeof(v->response), &view);
        g_assert_cmpint(wg_noise_prepare_response(&p, &opened, &keys, &view), ==,
                        cut >= offsetof(struct wg_wire_response, mac1) ? WG_NOISE_OK
                                                                       : WG_NOISE_MISSING_FIELD);
        g_free(bytes);
    }
}

/* A message of one type given for another. */
static void
test_other_type(void)
{
    const struct vector_handshake *v = &vector_handshakes[0];
    const struct wg_noise_keys keys = known(v, "SEspe");
    const struct wg_wire_view initiation = VIEW(v->initiation), response = VIEW(v->response);
    const struct wg_wire_view data = view_of(v->data_from_initiator, v->data_from_initiator_length);
    const struct wg_noise_initiation opened = opened_wholly(v);
    struct wg_noise_initiation n;
    struct wg_noise_prepared p;

    g_assert_cmpint(wg_noise_open_initiation(&n, &keys, &response), ==, WG_NOISE_MISSING_FIELD);
    g_assert_cmpint(wg_noise_open_initiation(&n, &keys, &data), ==, WG_NOISE_MISSING_FIELD);
    g_assert_cmpint(wg_noise_prepare_response(&p, &opened, &keys, &initiation), ==,
                    WG_NOISE_MISSING_FIELD);
    g_assert_cmpint(wg_noise_prepare_response(&p, &opened, &keys, &data), ==,
                    WG_NOISE_MISSING_FIELD);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(wg_crypto_init());
    g_test_add_func("/noise/wrong-keys", test_wrong_keys);
    g_test_add_func("/noise/flipped", test_flipped);
    g_test_add_func("/noise/low-order-initiation", test_low_order_initiation);
    g_test_add_func("/noise/low-order-response", test_low_order_response);
    g_test_add_func("/noise/truncated", test_truncated);
    g_test_add_func("/noise/other-type", test_other_type);
    return g_test_run();
}
