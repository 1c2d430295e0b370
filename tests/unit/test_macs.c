/* test_macs.c
 * Whose key mac1 was made with, and what is certain of mac1 and mac2.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "messages.h"

#include "../../plugin/core/opening/macs.h"
#include "../vectors/noise_vectors.h"
#include "../vectors/session_vectors.h"
#include "wg/crypto.h"

#define SECONDS(n) ((n)*INT64_C(1000000000))
#define START      SECONDS(1000)

struct desk {
    struct wg_keystore *keys;
    struct wg_macs_memory *memory;
};

static void
set_up(struct desk *w, const void *data)
{
    g_assert_true(wg_crypto_init());
    w->keys = wg_keystore_new();
    w->memory = wg_macs_new();
}

static void
tear_down(struct desk *w, const void *data)
{
    wg_macs_free(w->memory);
    wg_keystore_free(w->keys);
}

static struct wg_macs
judge(struct desk *w, const uint8_t *bytes, size_t captured, uint8_t from, uint8_t to, int64_t time,
      const uint8_t *certain)
{
    const struct wg_endpoint source = at(from, 1), destination = at(to, 1);
    const size_t length = wg_wire_layout(bytes[0])->fixed_length;
    struct wg_wire_view view;
    struct wg_macs macs;

    wg_wire_decode(bytes, captured, length, &view);
    const struct wg_macs_message message = { .view = &view,
                                             .source = &source,
                                             .destination = &destination,
                                             .time = time,
                                             .certain = certain };
    wg_macs_judge(w->memory, w->keys, &message, &macs);
    return macs;
}

/* A whole message from 1 to 2. */
#define JUDGE(w, array, time) judge(w, array, sizeof(array), 1, 2, time, NULL)

static void
prove(struct desk *w, uint8_t host, const uint8_t *key, int64_t time)
{
    const struct wg_endpoint e = at(host, 1);
    wg_macs_prove(w->memory, &e, key, time);
}

static void
remember(struct desk *w, const struct vector_cookie *v, const uint8_t *cookie, int64_t time)
{
    const struct wg_endpoint source = at(1, 1), destination = at(2, 1);
    struct wg_wire_view view;

    wg_wire_decode(v->provoking, v->provoking_length, v->provoking_length, &view);
    const struct wg_macs_message message = {
        .view = &view, .source = &source, .destination = &destination, .time = time
    };
    wg_macs_remember_cookie(w->memory, &message, cookie);
}

static void
add_strangers(struct desk *w, unsigned count, uint32_t seed)
{
    uint8_t key[WG_KEY_LEN];

    for (unsigned i = 0; i < count; i++) {
        fill_random(key, sizeof key, seed + i);
        g_assert_nonnull(wg_keystore_add_public(w->keys, key));
    }
}

/* ---- mac1 ---- */

static void
test_receiver(struct desk *w, const void *data)
{
    const struct vector_session *v = &vector_sessions[0];
    struct wg_macs macs = JUDGE(w, v->initiation, START);

    g_assert_cmpint(macs.mac1, ==, WG_MAC_UNVERIFIED);
    g_assert_null(macs.receiver);
    add_strangers(w, 10, 1);
    g_assert_cmpint(JUDGE(w, v->initiation, START).mac1, ==, WG_MAC_UNVERIFIED);
    wg_keystore_add_public(w->keys, v->responder_static_public);
    wg_keystore_add_public(w->keys, v->initiator_static_public);
    for (unsigned round = 0; round < 2; round++) {
        macs = JUDGE(w, v->initiation, START);
        g_assert_cmpint(macs.mac1, ==, WG_MAC_GOOD);
        g_assert_cmpmem(macs.receiver->public_key, WG_KEY_LEN, v->responder_static_public,
                        WG_KEY_LEN);
        /* To the same endpoint with another key. */
        macs = JUDGE(w, v->response, START);
        g_assert_cmpint(macs.mac1, ==, WG_MAC_GOOD);
        g_assert_cmpmem(macs.receiver->public_key, WG_KEY_LEN, v->initiator_static_public,
                        WG_KEY_LEN);
    }
    macs = judge(w, v->initiation, offsetof(struct wg_wire_initiation, mac2) - 1, 1, 2, START,
                 v->responder_static_public);
    g_assert_cmpint(macs.mac1, ==, WG_MAC_UNVERIFIED);
    g_assert_null(macs.receiver);
}

/* Above a number of keys, what failed is not tried again, until there are others. */
static void
test_many_keys(struct desk *w, const void *data)
{
    const struct vector_session *v = &vector_sessions[0], *other = &vector_sessions[4];

    add_strangers(w, 300, 1);
    wg_keystore_add_public(w->keys, other->responder_static_public);
    g_assert_cmpint(JUDGE(w, v->initiation, START).mac1, ==, WG_MAC_UNVERIFIED);
    /* Between those two endpoints only. */
    g_assert_cmpint(JUDGE(w, other->initiation, START).mac1, ==, WG_MAC_UNVERIFIED);
    g_assert_cmpint(judge(w, other->initiation, sizeof other->initiation, 3, 2, START, NULL).mac1,
                    ==, WG_MAC_GOOD);
    /* Now that this key is in use at that endpoint, it is the first to be tried. */
    g_assert_cmpint(JUDGE(w, other->initiation, START).mac1, ==, WG_MAC_GOOD);
    wg_keystore_add_public(w->keys, v->responder_static_public);
    g_assert_cmpint(JUDGE(w, v->initiation, START).mac1, ==, WG_MAC_GOOD);
}

/* An endpoint has one key: where those who call it use none of ours, most of them are not tried
 * with all keys any more, and some still are. */
static void
test_many_misses(struct desk *w, const void *data)
{
    const struct vector_session *v = &vector_sessions[0], *other = &vector_sessions[4];
    unsigned found = 0;

    add_strangers(w, 300, 1);
    wg_keystore_add_public(w->keys, other->responder_static_public);
    for (uint8_t from = 10; from < 40; from++)
        g_assert_cmpint(judge(w, v->initiation, sizeof v->initiation, from, 2, START, NULL).mac1,
                        ==, WG_MAC_UNVERIFIED);
    /* One in sixteen, and once it is found, all. */
    for (uint8_t from = 40; from < 40 + 16; from++)
        found += judge(w, other->initiation, sizeof other->initiation, from, 2, START, NULL).mac1 ==
                 WG_MAC_GOOD;
    g_assert_cmpuint(found, >=, 1);
    g_assert_cmpuint(found, <, 16);
    g_assert_cmpint(JUDGE(w, other->initiation, START).mac1, ==, WG_MAC_GOOD);
    /* Other endpoints are no worse for it, nor is this one with new keys. */
    g_assert_cmpint(judge(w, other->initiation, sizeof other->initiation, 1, 3, START, NULL).mac1,
                    ==, WG_MAC_GOOD);
    wg_keystore_add_public(w->keys, v->responder_static_public);
    for (uint8_t from = 10; from < 40; from++)
        g_assert_cmpint(judge(w, v->initiation, sizeof v->initiation, from, 2, START, NULL).mac1,
                        ==, WG_MAC_GOOD);
}

/* A receiver that is certain: good or bad, and nobody else is asked. */
static void
test_certain(struct desk *w, const void *data)
{
    const struct vector_session *v = &vector_sessions[0];
    struct wg_macs macs =
        judge(w, v->response, sizeof v->response, 1, 2, START, v->initiator_static_public);

    g_assert_cmpint(macs.mac1, ==, WG_MAC_GOOD);
    g_assert_null(macs.receiver); /* it is not in the store */
    wg_keystore_add_public(w->keys, v->initiator_static_public);
    macs = judge(w, v->response, sizeof v->response, 1, 2, START, v->initiator_static_public);
    g_assert_cmpint(macs.mac1, ==, WG_MAC_GOOD);
    g_assert_true(macs.receiver == wg_keystore_static(w->keys, 0));
    macs = judge(w, v->response, sizeof v->response, 1, 2, START, v->responder_static_public);
    g_assert_cmpint(macs.mac1, ==, WG_MAC_BAD);
    g_assert_null(macs.receiver);
}

static const struct {
    int64_t after; /* nanoseconds from the proof to the message */
    enum wg_mac_status mac1;
} proof_rows[] = {
    /* 1 */ { 0, WG_MAC_BAD },
    /* 2 */ { SECONDS(120), WG_MAC_BAD },
    /* 3 */ { SECONDS(120) + 1, WG_MAC_UNVERIFIED },
    /* 4 */ { -1, WG_MAC_UNVERIFIED },
    /* 5 */ { INT64_MAX - START, WG_MAC_UNVERIFIED },
    /* 6 */ { INT64_MIN, WG_MAC_UNVERIFIED },
};

static void
test_proof(struct desk *w, const void *data)
{
    const struct vector_session *v = &vector_sessions[0], *other = &vector_sessions[4];

    prove(w, 2, other->responder_static_public, START);
    for (size_t i = 0; i < G_N_ELEMENTS(proof_rows); i++) {
        g_test_message("row %zu", i + 1);
        g_assert_cmpint(JUDGE(w, v->initiation, START + proof_rows[i].after).mac1, ==,
                        proof_rows[i].mac1);
    }
    /* Elsewhere it proves nothing, and a known key beats it. */
    g_assert_cmpint(judge(w, v->initiation, sizeof v->initiation, 1, 3, START, NULL).mac1, ==,
                    WG_MAC_UNVERIFIED);
    g_assert_cmpint(JUDGE(w, other->initiation, START).mac1, ==, WG_MAC_GOOD);
    wg_keystore_add_public(w->keys, v->responder_static_public);
    g_assert_cmpint(JUDGE(w, v->initiation, START).mac1, ==, WG_MAC_GOOD);
    /* A later proof takes its place. */
    prove(w, 2, v->responder_static_public, INT64_MIN);
    g_assert_cmpint(JUDGE(w, other->initiation, INT64_MAX).mac1, ==, WG_MAC_UNVERIFIED);
    g_assert_cmpint(JUDGE(w, other->initiation, INT64_MIN).mac1, ==, WG_MAC_BAD);
}

/* ---- mac2 ---- */

static enum wg_mac_status
mac2_of(struct desk *w, const struct vector_cookie *v, int64_t time)
{
    return judge(w, v->answer, v->answer_length, 1, 2, time, NULL).mac2;
}

static void
test_mac2(struct desk *w, const void *data)
{
    for (size_t i = 0; i < G_N_ELEMENTS(vector_cookies); i++) {
        const struct vector_cookie *v = &vector_cookies[i];

        g_test_message("%s", v->name);
        tear_down(w, NULL);
        set_up(w, NULL);
        g_assert_cmpint(judge(w, v->provoking, v->provoking_length, 1, 2, START, NULL).mac2, ==,
                        WG_MAC_NOT_PRESENT);
        g_assert_cmpint(mac2_of(w, v, START), ==, WG_MAC_UNVERIFIED);
        remember(w, v, v->cookie, START);
        g_assert_cmpint(mac2_of(w, v, START), ==, WG_MAC_GOOD);
        g_assert_cmpint(mac2_of(w, v, START + SECONDS(120)), ==, WG_MAC_GOOD);
        g_assert_cmpint(mac2_of(w, v, START + SECONDS(121)), ==, WG_MAC_UNVERIFIED);
        g_assert_cmpint(mac2_of(w, v, START - 1), ==, WG_MAC_UNVERIFIED);
        g_assert_cmpint(mac2_of(w, v, INT64_MIN), ==, WG_MAC_UNVERIFIED);
        g_assert_cmpint(mac2_of(w, v, INT64_MAX), ==, WG_MAC_UNVERIFIED);
        /* It is for one direction between two endpoints. */
        g_assert_cmpint(judge(w, v->answer, v->answer_length, 2, 1, START, NULL).mac2, ==,
                        WG_MAC_UNVERIFIED);
        g_assert_cmpint(judge(w, v->answer, v->answer_length - 1, 1, 2, START, NULL).mac2, ==,
                        WG_MAC_UNVERIFIED);
    }
}

/* A wrong mac2 is bad only if its sender can hold no cookie but the one that is known. */
static void
test_bad_mac2(struct desk *w, const void *data)
{
    const struct vector_cookie *v = &vector_cookies[0];
    uint8_t other[WG_MAC_LEN] = { 1 }, third[WG_MAC_LEN] = { 2 };

    remember(w, v, other, START);
    g_assert_cmpint(mac2_of(w, v, START), ==, WG_MAC_BAD);
    g_assert_cmpint(mac2_of(w, v, START + SECONDS(6)), ==, WG_MAC_BAD);
    g_assert_cmpint(mac2_of(w, v, START + SECONDS(6) + 1), ==, WG_MAC_UNVERIFIED);
    g_assert_cmpint(mac2_of(w, v, START - 1), ==, WG_MAC_UNVERIFIED);
    /* Two replies: one of them may be forged, or it used neither. */
    remember(w, v, third, START);
    g_assert_cmpint(mac2_of(w, v, START), ==, WG_MAC_UNVERIFIED);
    /* When the others are too old to be used, the new one is the only one. */
    remember(w, v, third, START + SECONDS(300));
    g_assert_cmpint(mac2_of(w, v, START + SECONDS(301)), ==, WG_MAC_BAD);
    /* The message that provoked the reply had a mac2: its sender held another one already. */
    struct vector_cookie again = { .provoking_length = v->answer_length };
    memcpy(again.provoking, v->answer, v->answer_length);
    remember(w, &again, third, START + SECONDS(600));
    g_assert_cmpint(mac2_of(w, v, START + SECONDS(601)), ==, WG_MAC_UNVERIFIED);
}

static void
test_several_cookies(struct desk *w, const void *data)
{
    const struct vector_cookie *v = &vector_cookies[0];
    uint8_t other[WG_MAC_LEN] = { 0 };

    remember(w, v, v->cookie, START);
    /* The right one beside others, in the order of their coming or not. */
    for (uint8_t i = 1; i <= 3; i++) {
        other[0] = i;
        remember(w, v, other, START);
        g_assert_cmpint(mac2_of(w, v, START), ==, WG_MAC_GOOD);
    }
    /* Again: it is one, not two, and the latest. */
    remember(w, v, v->cookie, START);
    for (uint8_t i = 4; i <= 6; i++) {
        other[0] = i;
        remember(w, v, other, START);
        g_assert_cmpint(mac2_of(w, v, START), ==, WG_MAC_GOOD);
    }
    /* There is an end to it. */
    other[0] = 7;
    remember(w, v, other, START);
    g_assert_cmpint(mac2_of(w, v, START), ==, WG_MAC_UNVERIFIED);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(struct desk *, const void *);
    } tests[] = {
        { "/macs/receiver", test_receiver },
        { "/macs/many-keys", test_many_keys },
        { "/macs/many-misses", test_many_misses },
        { "/macs/certain", test_certain },
        { "/macs/proof", test_proof },
        { "/macs/mac2", test_mac2 },
        { "/macs/bad-mac2", test_bad_mac2 },
        { "/macs/several-cookies", test_several_cookies },
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, struct desk, NULL, set_up, tests[i].run, tear_down);
    return g_test_run();
}
