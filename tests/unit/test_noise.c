/* test_noise.c
 * Handshakes against an independent implementation and against recorded ones, with every set of
 * keys that an onlooker may hold, and with messages that are cut, altered or hostile.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/noise.h"

#include "../vectors/noise_vectors.h"

enum { UNTOUCHED = 0xa5 };

/* The keys whose letters are in the string: private ones of the initiator (S, E) and of the
 * responder (s, e), and public ones: p is s's, P is S's, I is E's and R is e's. */
static struct wg_noise_keys
known(const struct vector_handshake *v, const char *letters)
{
#define IF(letter, key) (strchr(letters, letter) != NULL ? (key) : NULL)
    const size_t ei = offsetof(struct wg_wire_initiation, ephemeral);
    const size_t er = offsetof(struct wg_wire_response, ephemeral);

    g_assert_cmpuint(strspn(letters, "SEsepPIR"), ==, strlen(letters));
    return (struct wg_noise_keys){
        .initiator_static_private = IF('S', v->initiator_static_private),
        .initiator_static_public = IF('P', v->initiator_static_public),
        .initiator_ephemeral_private = IF('E', v->initiator_ephemeral_private),
        .initiator_ephemeral_public = IF('I', v->initiation + ei),
        .responder_static_private = IF('s', v->responder_static_private),
        .responder_static_public = IF('p', v->responder_static_public),
        .responder_ephemeral_private = IF('e', v->responder_ephemeral_private),
        .responder_ephemeral_public = IF('R', v->response + er),
    };
#undef IF
}

static struct wg_wire_view
view_of(const uint8_t *bytes, size_t length)
{
    struct wg_wire_view view;

    g_assert_cmpint(wg_wire_decode(bytes, length, length, &view), ==, WG_WIRE_OK);
    return view;
}

#define VIEW(array) view_of(array, sizeof(array))

/* A handshake of the table whose initiation was opened with everything. */
static struct wg_noise_initiation
opened_wholly(const struct vector_handshake *v)
{
    const struct wg_noise_keys keys = known(v, "s");
    const struct wg_wire_view view = VIEW(v->initiation);
    struct wg_noise_initiation opened;

    g_assert_cmpint(wg_noise_open_initiation(&opened, &keys, &view), ==, WG_NOISE_OK);
    return opened;
}

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
test_low_order(void)
{
    static const uint8_t zero[WG_KEY_LEN];
    const struct vector_handshake *v = &vector_handshakes[0];
    struct wg_noise_keys keys = known(v, "s");
    struct wg_noise_initiation n;
    struct wg_noise_prepared p;
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

    /* ee: the responder's ephemeral */
    const struct wg_noise_initiation opened = opened_wholly(v);
    keys = known(v, "SE");
    memcpy(message, v->response, sizeof(v->response));
    memset(message + offsetof(struct wg_wire_response, ephemeral), 0, WG_KEY_LEN);
    view = view_of(message, sizeof(v->response));
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
    g_test_add_func("/noise/wrong-keys", test_wrong_keys);
    g_test_add_func("/noise/flipped", test_flipped);
    g_test_add_func("/noise/low-order", test_low_order);
    g_test_add_func("/noise/truncated", test_truncated);
    g_test_add_func("/noise/other-type", test_other_type);
    g_test_add_func("/noise/wipe", test_wipe);
    return g_test_run();
}
