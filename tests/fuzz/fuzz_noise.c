/* fuzz_noise.c
 * Handshakes, MACs and cookies with any keys: a vector's messages and keys, of which some are left
 * out, some replaced, and some bytes altered.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "input.h"

#include "../vectors/noise_vectors.h"
#include "wg/cookie.h"
#include "wg/noise.h"

enum { KEYS = 8, EDITS_MAX = 16 };

struct world {
    const struct vector_handshake *v;
    bool altered; /* a key or a byte of a message */
    uint8_t keys[KEYS][WG_KEY_LEN];
    bool given[KEYS];
    uint8_t psk[WG_KEY_LEN];
    bool has_psk;
    uint8_t initiation[sizeof(struct wg_wire_initiation)];
    uint8_t response[sizeof(struct wg_wire_response)];
    size_t initiation_length, response_length; /* as captured */
};

/* In the order of struct wg_noise_keys. The vectors have no ephemeral public keys but those in the
 * messages. */
static void
set_up(struct world *w, struct input *in)
{
    const struct vector_handshake *v =
        &vector_handshakes[take_byte(in) % G_N_ELEMENTS(vector_handshakes)];
    const uint8_t *keys[KEYS] = {
        v->initiator_static_private,
        v->initiator_static_public,
        v->initiator_ephemeral_private,
        v->initiation + offsetof(struct wg_wire_initiation, ephemeral),
        v->responder_static_private,
        v->responder_static_public,
        v->responder_ephemeral_private,
        v->response + offsetof(struct wg_wire_response, ephemeral),
    };
    const uint8_t given = take_byte(in), replaced = take_byte(in), how = take_byte(in);

    *w = (struct world){ .v = v, .has_psk = how & 1 };
    memcpy(w->initiation, v->initiation, sizeof w->initiation);
    memcpy(w->response, v->response, sizeof w->response);
    memcpy(w->psk, v->psk, sizeof w->psk);
    w->initiation_length =
        how & 2 ? take_byte(in) % (sizeof w->initiation + 1) : sizeof w->initiation;
    w->response_length = how & 4 ? take_byte(in) % (sizeof w->response + 1) : sizeof w->response;
    for (unsigned i = 0; i < KEYS; i++) {
        w->given[i] = given >> i & 1;
        memcpy(w->keys[i], keys[i], WG_KEY_LEN);
        if (replaced >> i & 1) {
            take(in, w->keys[i], WG_KEY_LEN);
            w->altered = true;
        }
    }
    if (how & 8) {
        take(in, w->psk, sizeof w->psk);
        w->altered = true;
    }
}

static void
edit(struct world *w, struct input *in)
{
    for (unsigned i = 0; i < EDITS_MAX && in->left >= 2; i++) {
        const uint8_t at = take_byte(in), bits = take_byte(in);
        if (at < sizeof w->initiation)
            w->initiation[at] ^= bits;
        else if (at - sizeof w->initiation < sizeof w->response)
            w->response[at - sizeof w->initiation] ^= bits;
        w->altered = true;
    }
}

static struct wg_noise_keys
keys_of(const struct world *w)
{
    const uint8_t *k[KEYS];

    for (unsigned i = 0; i < KEYS; i++)
        k[i] = w->given[i] ? w->keys[i] : NULL;
    return (struct wg_noise_keys){ k[0], k[1], k[2], k[3], k[4], k[5], k[6], k[7] };
}

static bool
is_zero(const void *bytes, size_t length)
{
    return wg_wire_all_zero(bytes, length);
}

static void
check_opened(const struct world *w, const struct wg_noise_initiation *o,
             enum wg_noise_verdict verdict)
{
    CHECK(verdict == o->verdict && verdict != WG_NOISE_NOT_TRIED && verdict <= WG_NOISE_UNVERIFIED);
    CHECK(o->has_static || is_zero(o->initiator_static, WG_KEY_LEN));
    if (verdict == WG_NOISE_OK || verdict == WG_NOISE_TIMESTAMP_NOT_TRIED ||
        verdict == WG_NOISE_TIMESTAMP_FAILED)
        CHECK(o->has_static);
    if (verdict != WG_NOISE_OK)
        CHECK(is_zero(o->timestamp, sizeof o->timestamp) && is_zero(&o->state, sizeof o->state));
    if (w->altered || verdict != WG_NOISE_OK)
        return;
    CHECK(memcmp(o->initiator_static, w->v->initiator_static_public, WG_KEY_LEN) == 0);
    CHECK(memcmp(o->timestamp, w->v->timestamp, WG_TAI64N_LEN) == 0);
    CHECK(memcmp(o->state.chaining_key, w->v->chaining_key, WG_KEY_LEN) == 0);
    CHECK(memcmp(o->state.hash, w->v->hash, WG_KEY_LEN) == 0);
}

/* What is needed for what: the table in noise.h. */
static void
check_enough(const struct world *w, enum wg_noise_verdict verdict)
{
    const bool si = w->given[0], ei = w->given[2], sr = w->given[4], sr_public = w->given[5];

    if (w->altered || w->initiation_length < sizeof w->initiation)
        return;
    if (sr || (ei && si && sr_public))
        CHECK(verdict == WG_NOISE_OK);
    else if (ei && sr_public)
        CHECK(verdict == WG_NOISE_TIMESTAMP_NOT_TRIED);
    else
        CHECK(verdict == WG_NOISE_MISSING_KEY);
}

static void
finish(const struct world *w, const struct wg_noise_prepared *prepared)
{
    struct wg_noise_transport transport = { .initiator_to_responder = { 0 } };
    const enum wg_noise_verdict verdict =
        wg_noise_try_psk(&transport, prepared, w->has_psk ? w->psk : NULL);

    CHECK(verdict == (prepared->has_message ? WG_NOISE_OK : WG_NOISE_UNVERIFIED) ||
          (verdict == WG_NOISE_EMPTY_FAILED && prepared->has_message));
    if (verdict == WG_NOISE_EMPTY_FAILED)
        CHECK(is_zero(&transport, sizeof transport));
    else if (!w->altered && (w->has_psk || is_zero(w->v->psk, WG_KEY_LEN)))
        CHECK(memcmp(transport.initiator_to_responder, w->v->initiator_to_responder, WG_KEY_LEN) ==
                  0 &&
              memcmp(transport.responder_to_initiator, w->v->responder_to_initiator, WG_KEY_LEN) ==
                  0);
    wg_noise_wipe_transport(&transport);
    CHECK(is_zero(&transport, sizeof transport));
}

static void
handshake(const struct world *w)
{
    const struct wg_noise_keys keys = keys_of(w);
    struct wg_noise_initiation opened;
    struct wg_noise_prepared prepared = { .has_message = false };
    struct wg_wire_view first, second;
    uint8_t *one = exact_copy(w->initiation, w->initiation_length);
    uint8_t *two = exact_copy(w->response, w->response_length);

    wg_wire_decode(one, w->initiation_length, sizeof w->initiation, &first);
    wg_wire_decode(two, w->response_length, sizeof w->response, &second);
    const enum wg_noise_verdict verdict = wg_noise_open_initiation(&opened, &keys, &first);
    check_opened(w, &opened, verdict);
    check_enough(w, verdict);
    const enum wg_noise_verdict then =
        wg_noise_prepare_response(&prepared, &opened, &keys, &second);
    CHECK(verdict == WG_NOISE_OK || then != WG_NOISE_OK);
    if (then == WG_NOISE_OK)
        finish(w, &prepared);
    else
        CHECK(is_zero(&prepared, sizeof prepared));
    wg_noise_wipe_prepared(&prepared);
    if (wg_noise_prepare_keys(&prepared, &keys) == WG_NOISE_OK) {
        CHECK(!prepared.has_message);
        finish(w, &prepared);
    }
    wg_noise_wipe_prepared(&prepared);
    wg_noise_wipe_initiation(&opened);
    CHECK(is_zero(&opened, sizeof opened) && is_zero(&prepared, sizeof prepared));
    free(one);
    free(two);
}

/* mac1 and mac2 of what was edited, and a cookie reply likewise. */
static void
macs(const struct world *w, struct input *in)
{
    const struct vector_cookie *v = &vector_cookies[take_byte(in) % G_N_ELEMENTS(vector_cookies)];
    uint8_t key[WG_KEY_LEN], cookie[WG_MAC_LEN] = { 0 }, reply[sizeof v->reply];
    struct wg_wire_view first, provoking, view;
    struct wg_mac_probe probe;
    const uint8_t at = take_byte(in), bits = take_byte(in);

    wg_wire_decode(w->initiation, w->initiation_length, sizeof w->initiation, &first);
    wg_cookie_mac1_key(key, w->v->responder_static_public);
    const bool good =
        wg_cookie_probe_mac1(&probe, &first) && wg_cookie_probe_matches(&probe, key, WG_KEY_LEN);
    if (!w->altered)
        CHECK(good == (first.mac1 != NULL));
    CHECK(wg_cookie_probe_mac2(&probe, &first) == (first.mac2 != NULL));
    wg_cookie_probe_matches(&probe, key, WG_MAC_LEN);

    memcpy(reply, v->reply, sizeof reply);
    reply[at % sizeof reply] ^= bits;
    wg_wire_decode(v->provoking, v->provoking_length, v->provoking_length, &provoking);
    wg_wire_decode(reply, sizeof reply, sizeof reply, &view);
    wg_cookie_key(key, v->replier_public);
    if (provoking.mac1 != NULL && wg_cookie_open(cookie, &view, key, provoking.mac1))
        CHECK(memcmp(cookie, v->cookie, WG_MAC_LEN) == 0);
    else
        CHECK(bits != 0 && is_zero(cookie, sizeof cookie));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, size };
    struct world w;

    CHECK(wg_crypto_init());
    set_up(&w, &in);
    macs(&w, &in);
    edit(&w, &in);
    handshake(&w);
    return 0;
}
