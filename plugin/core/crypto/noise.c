/* noise.c
 * Noise_IKpsk2 with the keys that an onlooker has.
 *
 *   <- s
 *   ...
 *   -> e, es, s, ss, {t}
 *   <- e, ee, se, psk, {}
 *
 * Each token is a comment next to the code that carries it out.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "wg/noise.h"

static const char construction[] = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s";
static const char identifier[] = "WireGuard v1 zx2c4 Jason@zx2c4.com";
static const uint8_t no_psk[WG_KEY_LEN]; /* section 5.4: zeros where there is none */

enum { EPSILON = 0 }; /* the length of the paper's empty string */

/* A key pair, or half of one; NULL for what is not known. */
struct pair {
    const uint8_t *private_key;
    const uint8_t *public_key;
};

/* H := HASH(H || data) */
static void
mix_hash(struct wg_noise_state *s, const void *data, size_t length)
{
    wg_hash(s->hash, s->hash, sizeof(s->hash), data, length);
}

/* C := KDF1(C, public) */
static void
mix_ephemeral(struct wg_noise_state *s, const uint8_t public_key[WG_KEY_LEN])
{
    wg_kdf(s->chaining_key, public_key, WG_KEY_LEN, s->chaining_key, NULL, NULL);
}

/* Whether DH(a, b) can be computed. */
static bool
dh_known(struct pair a, struct pair b)
{
    return (a.private_key != NULL && b.public_key != NULL) ||
           (b.private_key != NULL && a.public_key != NULL);
}

/* DH(a, b), which must be known, from whichever side's private key there is. returns false, with
 * `shared` wiped, for a low-order point */
static bool
dh(uint8_t shared[WG_KEY_LEN], struct pair a, struct pair b)
{
    if (a.private_key != NULL && b.public_key != NULL)
        return wg_dh(shared, a.private_key, b.public_key);
    return wg_dh(shared, b.private_key, a.public_key);
}

/*
 * (C, key) := KDF2(C, DH(a, b)) from whichever side's private key is known; `key` may be NULL.
 * returns   MISSING_KEY, BAD_DH or OK; the state is changed with OK only
 */
static enum wg_noise_verdict
mix_dh(struct wg_noise_state *s, uint8_t *key, struct pair a, struct pair b)
{
    uint8_t shared[WG_KEY_LEN];

    if (!dh_known(a, b))
        return WG_NOISE_MISSING_KEY;
    if (!dh(shared, a, b))
        return WG_NOISE_BAD_DH;
    wg_kdf(s->chaining_key, shared, sizeof(shared), s->chaining_key, key, NULL);
    wg_wipe(shared, sizeof(shared));
    return WG_NOISE_OK;
}

/* plain := the opened field, and H := HASH(H || field) if it opens. */
static bool
open_field(struct wg_noise_state *s, uint8_t *plain, const uint8_t key[WG_KEY_LEN],
           const uint8_t *sealed, size_t length)
{
    if (!wg_aead_open(plain, key, 0, s->hash, sizeof(s->hash), sealed, length))
        return false;
    mix_hash(s, sealed, length);
    return true;
}

/* The public key of a pair, made in `room` where only its private key is given. */
static const uint8_t *
complete(const uint8_t *public_key, const uint8_t *private_key, uint8_t room[WG_KEY_LEN])
{
    if (public_key != NULL || private_key == NULL)
        return public_key;
    wg_dh_public(room, private_key);
    return room;
}

/* What both sides know before the first byte: <- s */
static void
start(struct wg_noise_state *s, const uint8_t responder_static[WG_KEY_LEN])
{
    wg_hash(s->chaining_key, construction, strlen(construction), NULL, 0);
    wg_hash(s->hash, s->chaining_key, sizeof(s->chaining_key), identifier, strlen(identifier));
    mix_hash(s, responder_static, WG_KEY_LEN);
}

/* -> e, es, s, ss, {t}, on local variables of the caller, which keeps or wipes them. */
static enum wg_noise_verdict
read_initiation(struct wg_noise_initiation *n, uint8_t key[WG_KEY_LEN],
                const struct wg_noise_keys *keys, const struct wg_wire_view *view)
{
    const struct wg_wire_layout *layout = view->layout;
    uint8_t room[WG_KEY_LEN]; /* not secret, not wiped */
    struct wg_noise_state *s = &n->state;
    enum wg_noise_verdict verdict;

    if (view->ephemeral == NULL || view->encrypted_static == NULL)
        return WG_NOISE_MISSING_FIELD;

    struct pair ei = { keys->initiator_ephemeral_private, view->ephemeral };
    struct pair si = { keys->initiator_static_private, NULL };
    struct pair sr = { keys->responder_static_private, keys->responder_static_public };
    /* Sr private opens es by itself, but its public key is in the hash. */
    sr.public_key = complete(sr.public_key, sr.private_key, room);
    if (sr.public_key == NULL || !dh_known(sr, ei))
        return WG_NOISE_MISSING_KEY;

    start(s, sr.public_key);
    /* e */
    mix_ephemeral(s, view->ephemeral);
    mix_hash(s, view->ephemeral, WG_KEY_LEN);
    memcpy(n->initiator_ephemeral, view->ephemeral, WG_KEY_LEN);
    /* es */
    if ((verdict = mix_dh(s, key, sr, ei)) != WG_NOISE_OK)
        return verdict;
    /* s */
    if (!open_field(s, n->initiator_static, key, view->encrypted_static,
                    layout->encrypted_static.length))
        return WG_NOISE_STATIC_FAILED;
    n->has_static = true;
    si.public_key = n->initiator_static;
    /* ss */
    if (view->encrypted_timestamp == NULL)
        return WG_NOISE_MISSING_FIELD;
    if ((verdict = mix_dh(s, key, sr, si)) == WG_NOISE_MISSING_KEY)
        return WG_NOISE_TIMESTAMP_NOT_TRIED;
    if (verdict != WG_NOISE_OK)
        return verdict;
    /* {t} */
    if (!open_field(s, n->timestamp, key, view->encrypted_timestamp,
                    layout->encrypted_timestamp.length))
        return WG_NOISE_TIMESTAMP_FAILED;
    return WG_NOISE_OK;
}

enum wg_noise_verdict
wg_noise_open_initiation(struct wg_noise_initiation *opened, const struct wg_noise_keys *keys,
                         const struct wg_wire_view *view)
{
    struct wg_noise_initiation n = { .verdict = WG_NOISE_NOT_TRIED };
    uint8_t key[WG_KEY_LEN];

    n.verdict = read_initiation(&n, key, keys, view);
    if (n.verdict == WG_NOISE_OK) {
        *opened = n;
    } else {
        *opened = (struct wg_noise_initiation){ .verdict = n.verdict, .has_static = n.has_static };
        if (n.has_static)
            memcpy(opened->initiator_static, n.initiator_static, WG_KEY_LEN);
    }
    const enum wg_noise_verdict verdict = n.verdict;
    wg_wipe(key, sizeof(key));
    wg_noise_wipe_initiation(&n);
    return verdict;
}

enum wg_noise_verdict
wg_noise_prepare_response(struct wg_noise_prepared *prepared,
                          const struct wg_noise_initiation *opened,
                          const struct wg_noise_keys *keys, const struct wg_wire_view *view)
{
    if (opened->verdict != WG_NOISE_OK)
        return WG_NOISE_MISSING_INITIATION;
    if (view->ephemeral == NULL || view->encrypted_empty == NULL)
        return WG_NOISE_MISSING_FIELD;

    const struct pair ei = { keys->initiator_ephemeral_private, opened->initiator_ephemeral };
    const struct pair si = { keys->initiator_static_private, opened->initiator_static };
    const struct pair er = { keys->responder_ephemeral_private, view->ephemeral };
    struct wg_noise_prepared p = { .has_message = true, .state = opened->state };
    enum wg_noise_verdict verdict;

    memcpy(p.encrypted_empty, view->encrypted_empty, sizeof(p.encrypted_empty));
    /* e */
    mix_ephemeral(&p.state, view->ephemeral);
    mix_hash(&p.state, view->ephemeral, WG_KEY_LEN);
    /* ee */
    verdict = mix_dh(&p.state, NULL, ei, er);
    /* se */
    if (verdict == WG_NOISE_OK)
        verdict = mix_dh(&p.state, NULL, si, er);
    if (verdict == WG_NOISE_OK)
        *prepared = p;
    wg_noise_wipe_prepared(&p);
    return verdict;
}

/* The results of the four Diffie-Hellman operations of a handshake. */
struct exchanges {
    uint8_t es[WG_KEY_LEN], ss[WG_KEY_LEN], ee[WG_KEY_LEN], se[WG_KEY_LEN];
};

static void
mix_shared(struct wg_noise_state *s, const uint8_t shared[WG_KEY_LEN])
{
    wg_kdf(s->chaining_key, shared, WG_KEY_LEN, s->chaining_key, NULL, NULL);
}

/* Mix them as the two messages do, without H. */
static void
mix_exchanges(struct wg_noise_prepared *prepared, const uint8_t *initiator_ephemeral,
              const uint8_t *responder_ephemeral, const struct exchanges *x)
{
    struct wg_noise_state *s = &prepared->state;

    *prepared = (struct wg_noise_prepared){ .has_message = false };
    wg_hash(s->chaining_key, construction, strlen(construction), NULL, 0);
    /* -> e, es, s, ss */
    mix_ephemeral(s, initiator_ephemeral);
    mix_shared(s, x->es);
    mix_shared(s, x->ss);
    /* <- e, ee, se */
    mix_ephemeral(s, responder_ephemeral);
    mix_shared(s, x->ee);
    mix_shared(s, x->se);
}

/* `exchanged` may be NULL. */
static enum wg_noise_verdict
prepare(struct wg_noise_prepared *prepared, struct wg_noise_prepared *exchanged,
        const struct wg_noise_keys *keys)
{
    uint8_t room[4][WG_KEY_LEN]; /* public keys: not secret, not wiped */
    const struct pair si = {
        keys->initiator_static_private,
        complete(keys->initiator_static_public, keys->initiator_static_private, room[0]),
    };
    const struct pair ei = {
        keys->initiator_ephemeral_private,
        complete(keys->initiator_ephemeral_public, keys->initiator_ephemeral_private, room[1]),
    };
    const struct pair sr = {
        keys->responder_static_private,
        complete(keys->responder_static_public, keys->responder_static_private, room[2]),
    };
    const struct pair er = {
        keys->responder_ephemeral_private,
        complete(keys->responder_ephemeral_public, keys->responder_ephemeral_private, room[3]),
    };
    struct exchanges x, y;

    /* All or nothing: check before the costly part. */
    const bool known = ei.public_key != NULL && er.public_key != NULL && dh_known(sr, ei) &&
                       dh_known(sr, si) && dh_known(ei, er) && dh_known(si, er);
    if (!known)
        return WG_NOISE_MISSING_KEY;
    const bool good = dh(x.es, sr, ei) && dh(x.ss, sr, si) && dh(x.ee, ei, er) && dh(x.se, si, er);
    if (good)
        mix_exchanges(prepared, ei.public_key, er.public_key, &x);
    if (good && exchanged != NULL) {
        y = x;
        memcpy(y.es, x.se, WG_KEY_LEN);
        memcpy(y.se, x.es, WG_KEY_LEN);
        mix_exchanges(exchanged, er.public_key, ei.public_key, &y);
        wg_wipe(&y, sizeof(y));
    }
    wg_wipe(&x, sizeof(x));
    if (good)
        return WG_NOISE_OK;
    return WG_NOISE_BAD_DH;
}

enum wg_noise_verdict
wg_noise_prepare_keys(struct wg_noise_prepared *prepared, const struct wg_noise_keys *keys)
{
    return prepare(prepared, NULL, keys);
}

enum wg_noise_verdict
wg_noise_prepare_both(struct wg_noise_prepared prepared[2], const struct wg_noise_keys *keys)
{
    return prepare(&prepared[0], &prepared[1], keys);
}

enum wg_noise_verdict
wg_noise_try_psk(struct wg_noise_transport *transport, const struct wg_noise_prepared *prepared,
                 const uint8_t *psk)
{
    struct wg_noise_state s = prepared->state;
    uint8_t tau[WG_KEY_LEN], key[WG_KEY_LEN];
    uint8_t empty[1]; /* nothing is written there */
    enum wg_noise_verdict verdict = WG_NOISE_UNVERIFIED;

    /* psk */
    if (psk == NULL)
        psk = no_psk;
    wg_kdf(s.chaining_key, psk, WG_KEY_LEN, s.chaining_key, tau, key);
    /* {} */
    if (prepared->has_message) {
        mix_hash(&s, tau, sizeof(tau));
        verdict = WG_NOISE_EMPTY_FAILED;
        if (open_field(&s, empty, key, prepared->encrypted_empty,
                       sizeof(prepared->encrypted_empty)))
            verdict = WG_NOISE_OK;
    }
    if (verdict != WG_NOISE_EMPTY_FAILED)
        wg_kdf(s.chaining_key, NULL, EPSILON, transport->initiator_to_responder,
               transport->responder_to_initiator, NULL);
    wg_wipe(&s, sizeof(s));
    wg_wipe(tau, sizeof(tau));
    wg_wipe(key, sizeof(key));
    return verdict;
}

void
wg_noise_wipe_initiation(struct wg_noise_initiation *opened)
{
    wg_wipe(opened, sizeof(*opened));
}

void
wg_noise_wipe_prepared(struct wg_noise_prepared *prepared)
{
    wg_wipe(prepared, sizeof(*prepared));
}

void
wg_noise_wipe_transport(struct wg_noise_transport *transport)
{
    wg_wipe(transport, sizeof(*transport));
}
