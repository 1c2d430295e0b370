/* test_noise.c
 * Handshakes against an independent implementation and against recorded ones, with every set of
 * keys that an onlooker may hold.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "noise.h"

enum { UNTOUCHED = 0xa5 };

static void
assert_transport(const struct wg_noise_transport *t, const struct vector_handshake *v)
{
    g_assert_cmpmem(t->initiator_to_responder, WG_KEY_LEN, v->initiator_to_responder, WG_KEY_LEN);
    g_assert_cmpmem(t->responder_to_initiator, WG_KEY_LEN, v->responder_to_initiator, WG_KEY_LEN);
}

static const struct {
    const char *keys;
    enum wg_noise_verdict verdict;
    bool has_static;
} initiation_rows[] = {
    /*  1 */ { "", WG_NOISE_MISSING_KEY, false },
    /*  2 */ { "p", WG_NOISE_MISSING_KEY, false },
    /*  3 */ { "S", WG_NOISE_MISSING_KEY, false },
    /*  4 */ { "E", WG_NOISE_MISSING_KEY, false },
    /*  5 */ { "SE", WG_NOISE_MISSING_KEY, false },
    /*  6 */ { "Sp", WG_NOISE_MISSING_KEY, false },
    /*  7 */ { "eSp", WG_NOISE_MISSING_KEY, false },
    /*  8 */ { "Ep", WG_NOISE_TIMESTAMP_NOT_TRIED, true },
    /*  9 */ { "Epe", WG_NOISE_TIMESTAMP_NOT_TRIED, true },
    /* 10 */ { "SEp", WG_NOISE_OK, true },
    /* 11 */ { "s", WG_NOISE_OK, true },
    /* 12 */ { "sp", WG_NOISE_OK, true },
    /* 13 */ { "sE", WG_NOISE_OK, true },
    /* 14 */ { "sS", WG_NOISE_OK, true },
    /* 15 */ { "SEspe", WG_NOISE_OK, true },
};

static void
test_initiation(void)
{
    for (size_t h = 0; h < G_N_ELEMENTS(vector_handshakes); h++) {
        const struct vector_handshake *v = &vector_handshakes[h];
        const struct wg_wire_view view = VIEW(v->initiation);

        for (size_t i = 0; i < G_N_ELEMENTS(initiation_rows); i++) {
            const struct wg_noise_keys keys = known(v, initiation_rows[i].keys);
            struct wg_noise_initiation n;

            g_test_message("%s, row %zu", v->name, i + 1);
            memset(&n, UNTOUCHED, sizeof(n));
            g_assert_cmpint(wg_noise_open_initiation(&n, &keys, &view), ==,
                            initiation_rows[i].verdict);
            g_assert_cmpint(n.verdict, ==, initiation_rows[i].verdict);
            g_assert_cmpint(n.has_static, ==, initiation_rows[i].has_static);
            if (n.has_static)
                g_assert_cmpmem(n.initiator_static, WG_KEY_LEN, v->initiator_static_public,
                                WG_KEY_LEN);
            if (n.verdict == WG_NOISE_OK) {
                g_assert_cmpmem(n.timestamp, WG_TAI64N_LEN, v->timestamp, WG_TAI64N_LEN);
                g_assert_cmpmem(n.state.chaining_key, WG_KEY_LEN, v->chaining_key, WG_KEY_LEN);
                g_assert_cmpmem(n.state.hash, WG_KEY_LEN, v->hash, WG_KEY_LEN);
            } else {
                g_assert_true(wg_wire_all_zero(n.timestamp, WG_TAI64N_LEN));
                g_assert_true(wg_wire_all_zero((const uint8_t *)&n.state, sizeof(n.state)));
            }
        }
    }
}

/* Keys for the response, once the initiation is open; and what keys alone give. */
static const struct {
    const char *keys;
    enum wg_noise_verdict response, alone;
} response_rows[] = {
    /*  1 */ { "", WG_NOISE_MISSING_KEY, WG_NOISE_MISSING_KEY },
    /*  2 */ { "s", WG_NOISE_MISSING_KEY, WG_NOISE_MISSING_KEY },
    /*  3 */ { "S", WG_NOISE_MISSING_KEY, WG_NOISE_MISSING_KEY },
    /*  4 */ { "Ss", WG_NOISE_MISSING_KEY, WG_NOISE_MISSING_KEY },
    /*  5 */ { "E", WG_NOISE_MISSING_KEY, WG_NOISE_MISSING_KEY },
    /*  6 */ { "SE", WG_NOISE_OK, WG_NOISE_MISSING_KEY },
    /*  7 */ { "e", WG_NOISE_OK, WG_NOISE_MISSING_KEY },
    /*  8 */ { "Ee", WG_NOISE_OK, WG_NOISE_MISSING_KEY },
    /*  9 */ { "SEpe", WG_NOISE_OK, WG_NOISE_OK },
    /* 10 */ { "SEs", WG_NOISE_OK, WG_NOISE_MISSING_KEY },
    /* 11 */ { "SEse", WG_NOISE_OK, WG_NOISE_OK },
    /* 12 */ { "SEp", WG_NOISE_OK, WG_NOISE_MISSING_KEY },
    /* 13 */ { "SEpR", WG_NOISE_OK, WG_NOISE_OK }, /* initiator's keys and a lone response */
    /* 14 */ { "seI", WG_NOISE_OK, WG_NOISE_MISSING_KEY },
    /* 15 */ { "sePI", WG_NOISE_OK, WG_NOISE_OK }, /* responder's keys and a lone initiation */
    /* 16 */ { "sEeP", WG_NOISE_OK, WG_NOISE_OK },
    /* 17 */ { "SIRse", WG_NOISE_OK, WG_NOISE_OK },
    /* 18 */ { "EepP", WG_NOISE_OK, WG_NOISE_MISSING_KEY },
};

static void
test_response(void)
{
    for (size_t h = 0; h < G_N_ELEMENTS(vector_handshakes); h++) {
        const struct vector_handshake *v = &vector_handshakes[h];
        const struct wg_wire_view view = VIEW(v->response);
        const struct wg_noise_initiation opened = opened_wholly(v);

        for (size_t i = 0; i < G_N_ELEMENTS(response_rows); i++) {
            const struct wg_noise_keys keys = known(v, response_rows[i].keys);
            struct wg_noise_prepared p, before;
            struct wg_noise_transport t;

            g_test_message("%s, row %zu", v->name, i + 1);
            memset(&p, UNTOUCHED, sizeof(p));
            before = p;
            g_assert_cmpint(wg_noise_prepare_response(&p, &opened, &keys, &view), ==,
                            response_rows[i].response);
            if (response_rows[i].response == WG_NOISE_OK) {
                g_assert_cmpint(wg_noise_try_psk(&t, &p, v->psk), ==, WG_NOISE_OK);
                assert_transport(&t, v);
            } else {
                g_assert_cmpmem(&p, sizeof(p), &before, sizeof(before));
            }

            memset(&p, UNTOUCHED, sizeof(p));
            memset(&t, 0, sizeof(t));
            g_assert_cmpint(wg_noise_prepare_keys(&p, &keys), ==, response_rows[i].alone);
            if (response_rows[i].alone == WG_NOISE_OK) {
                g_assert_cmpint(wg_noise_try_psk(&t, &p, v->psk), ==, WG_NOISE_UNVERIFIED);
                assert_transport(&t, v);
            } else {
                g_assert_cmpmem(&p, sizeof(p), &before, sizeof(before));
            }
        }
    }
}

/* Both orders of roles at once are what each gives by itself. */
static void
test_both(void)
{
    for (size_t h = 0; h < G_N_ELEMENTS(vector_handshakes); h++) {
        const struct vector_handshake *v = &vector_handshakes[h];
        const struct wg_noise_keys keys = known(v, "SEse");
        const struct wg_noise_keys exchanged = {
            .initiator_static_private = keys.responder_static_private,
            .initiator_ephemeral_private = keys.responder_ephemeral_private,
            .responder_static_private = keys.initiator_static_private,
            .responder_ephemeral_private = keys.initiator_ephemeral_private,
        };
        struct wg_noise_prepared both[2], one;
        struct wg_noise_transport t;

        g_assert_cmpint(wg_noise_prepare_both(both, &keys), ==, WG_NOISE_OK);
        g_assert_cmpint(wg_noise_try_psk(&t, &both[0], v->psk), ==, WG_NOISE_UNVERIFIED);
        assert_transport(&t, v);
        g_assert_cmpint(wg_noise_prepare_keys(&one, &exchanged), ==, WG_NOISE_OK);
        g_assert_cmpmem(both[1].state.chaining_key, WG_KEY_LEN, one.state.chaining_key, WG_KEY_LEN);
        g_assert_cmpint(memcmp(both[0].state.chaining_key, one.state.chaining_key, WG_KEY_LEN), !=,
                        0);

        const struct wg_noise_keys lacking = known(v, "SE");
        memset(both, UNTOUCHED, sizeof both);
        one = both[1];
        g_assert_cmpint(wg_noise_prepare_both(both, &lacking), ==, WG_NOISE_MISSING_KEY);
        g_assert_cmpmem(&both[1], sizeof both[1], &one, sizeof one);
    }
}

/* Several preshared keys on one prepared response, in any order. */
static void
test_psk(void)
{
    unsigned with = 0, without = 0;

    for (size_t h = 0; h < G_N_ELEMENTS(vector_handshakes); h++) {
        const struct vector_handshake *v = &vector_handshakes[h];
        const bool none = wg_wire_all_zero(v->psk, WG_KEY_LEN);
        const struct wg_wire_view view = VIEW(v->response);
        const struct wg_noise_keys keys = known(v, "SE");
        const struct wg_noise_initiation opened = opened_wholly(v);
        struct wg_noise_prepared p;
        struct wg_noise_transport t, before;
        uint8_t wrong[WG_KEY_LEN];

        *(none ? &without : &with) += 1;
        memcpy(wrong, v->psk, sizeof(wrong));
        wrong[31] ^= 1;
        memset(&t, UNTOUCHED, sizeof(t));
        before = t;
        g_assert_cmpint(wg_noise_prepare_response(&p, &opened, &keys, &view), ==, WG_NOISE_OK);
        for (unsigned round = 0; round < 2; round++) {
            g_assert_cmpint(wg_noise_try_psk(&t, &p, wrong), ==, WG_NOISE_EMPTY_FAILED);
            g_assert_cmpmem(&t, sizeof(t), &before, sizeof(before));
        }
        g_assert_cmpint(wg_noise_try_psk(&t, &p, NULL), ==,
                        none ? WG_NOISE_OK : WG_NOISE_EMPTY_FAILED);
        g_assert_cmpint(wg_noise_try_psk(&t, &p, v->psk), ==, WG_NOISE_OK);
        assert_transport(&t, v);
    }
    g_assert_cmpuint(with, >, 0);
    g_assert_cmpuint(without, >, 0);
}

static void
assert_data(const uint8_t key[WG_KEY_LEN], const uint8_t *message, size_t length,
            const uint8_t *plain)
{
    const struct wg_wire_view view = view_of(message, length);
    uint8_t out[512];
    struct wg_aead *aead = wg_aead_new(key);

    g_assert_cmpuint(view.packet_length, <=, sizeof(out));
    g_assert_true(wg_aead_open_with(aead, out, view.counter, view.packet, view.packet_length));
    g_assert_cmpmem(out, view.packet_length - WG_TAG_LEN, plain, view.packet_length - WG_TAG_LEN);
    wg_aead_free(aead);
}

/* From the wire to the inner packet. */
static void
test_data(void)
{
    for (size_t h = 0; h < G_N_ELEMENTS(vector_handshakes); h++) {
        const struct vector_handshake *v = &vector_handshakes[h];
        const struct wg_wire_view view = VIEW(v->response);
        const struct wg_noise_keys keys = known(v, "e");
        const struct wg_noise_initiation opened = opened_wholly(v);
        struct wg_noise_prepared p;
        struct wg_noise_transport t;

        g_assert_cmpint(wg_noise_prepare_response(&p, &opened, &keys, &view), ==, WG_NOISE_OK);
        g_assert_cmpint(wg_noise_try_psk(&t, &p, v->psk), ==, WG_NOISE_OK);
        assert_data(t.initiator_to_responder, v->data_from_initiator, v->data_from_initiator_length,
                    v->plain_from_initiator);
        assert_data(t.responder_to_initiator, v->data_from_responder, v->data_from_responder_length,
                    v->plain_from_responder);
    }
}

static void
test_wipe(void)
{
    const struct vector_handshake *v = &vector_handshakes[0];
    const struct wg_wire_view view = VIEW(v->response);
    const struct wg_noise_keys keys = known(v, "e");
    struct wg_noise_initiation n = opened_wholly(v);
    struct wg_noise_prepared p;
    struct wg_noise_transport t;

    g_assert_cmpint(wg_noise_prepare_response(&p, &n, &keys, &view), ==, WG_NOISE_OK);
    g_assert_cmpint(wg_noise_try_psk(&t, &p, NULL), ==, WG_NOISE_OK);
    wg_noise_wipe_initiation(&n);
    g_assert_true(wg_wire_all_zero((const uint8_t *)&n, sizeof(n)));
    g_assert_cmpint(n.verdict, ==, WG_NOISE_NOT_TRIED);
    g_assert_cmpint(wg_noise_prepare_response(&p, &n, &keys, &view), ==,
                    WG_NOISE_MISSING_INITIATION);
    wg_noise_wipe_prepared(&p);
    g_assert_true(wg_wire_all_zero((const uint8_t *)&p, sizeof(p)));
    wg_noise_wipe_transport(&t);
    g_assert_true(wg_wire_all_zero((const uint8_t *)&t, sizeof(t)));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(wg_crypto_init());
    g_test_add_func("/noise/initiation", test_initiation);
    g_test_add_func("/noise/response", test_response);
    g_test_add_func("/noise/both", test_both);
    g_test_add_func("/noise/psk", test_psk);
    g_test_add_func("/noise/data", test_data);
    g_test_add_func("/noise/wipe", test_wipe);
    return g_test_run();
}
