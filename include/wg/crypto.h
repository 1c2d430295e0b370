/* crypto.h
 * The primitives that WireGuard uses, on libgcrypt and libsodium. No primitive is written here.
 *
 * Source: WireGuard paper, section 5.4 (list of functions). BLAKE2s and transport data go through
 * libgcrypt, X25519 and XChaCha20-Poly1305 through libsodium: each is the faster one at it.
 *
 * Lengths are in bytes. Functions that can fail say so; the others abort only if the library
 * itself is broken, never because of their input. One thread only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_CRYPTO_H
#define WG_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wg/wire.h"

/*
 * Make both libraries ready. Call once before anything else here; further calls are harmless.
 * A libgcrypt that the host program has already set up is left as it is.
 * returns   false where a primitive is missing (an old libgcrypt, or FIPS mode) or a library cannot
 *           be used; nothing else here may then be called.
 */
bool wg_crypto_init(void);

/* Which library failed when wg_crypto_init was called last, and how, in a few words for users; NULL
 * where none did. Static storage. */
const char *wg_crypto_failure(void);

/* Overwrite a secret in a way that the compiler does not optimise away. */
void wg_wipe(void *secret, size_t length);

/* Constant time. */
bool wg_equal(const void *a, const void *b, size_t length);

/* HASH(a || b): BLAKE2s-256. Either part may be empty, and then NULL; `out` may be one of them. */
void wg_hash(uint8_t out[WG_KEY_LEN], const void *a, size_t a_length, const void *b,
             size_t b_length);

/* MAC(key, data): BLAKE2s-128 keyed with key_length bytes (32 for mac1, 16 for mac2, and nothing
 * else). */
void wg_mac(uint8_t out[WG_MAC_LEN], const uint8_t *key, size_t key_length, const void *data,
            size_t length);

/*
 * KDF_n(key, input), n = 1, 2 or 3: HKDF over HMAC-BLAKE2s. Outputs that are not wanted are NULL;
 * an output may be the same array as `key`.
 */
void wg_kdf(const uint8_t key[WG_KEY_LEN], const void *input, size_t length,
            uint8_t out1[WG_KEY_LEN], uint8_t out2[WG_KEY_LEN], uint8_t out3[WG_KEY_LEN]);

/* The public key of a private key. The private key is clamped as RFC 7748, section 5 says. */
void wg_dh_public(uint8_t public_key[WG_KEY_LEN], const uint8_t private_key[WG_KEY_LEN]);

/*
 * DH(private, public): X25519.
 * returns   false, with `out` wiped, where the result is all zeros (a low-order point).
 */
bool wg_dh(uint8_t out[WG_KEY_LEN], const uint8_t private_key[WG_KEY_LEN],
           const uint8_t public_key[WG_KEY_LEN]);

/*
 * Open AEAD(key, counter, plaintext, aad), ChaCha20-Poly1305 with the paper's nonce (four zero
 * bytes and the little-endian counter).
 * sealed_length includes the tag; `out` has room for sealed_length - WG_TAG_LEN bytes.
 * returns   false, with `out` wiped, where it does not authenticate or is shorter than a tag.
 */
bool wg_aead_open(uint8_t *out, const uint8_t key[WG_KEY_LEN], uint64_t counter, const void *aad,
                  size_t aad_length, const uint8_t *sealed, size_t sealed_length);

/* The same with the key schedule kept, for many packets under one key and no aad. Decrypts right
 * into `out`, which must not overlap `sealed`. The caller owns what wg_aead_new() returns. */
struct wg_aead;
struct wg_aead *wg_aead_new(const uint8_t key[WG_KEY_LEN]);
bool wg_aead_open_with(struct wg_aead *aead, uint8_t *out, uint64_t counter, const uint8_t *sealed,
                       size_t sealed_length);
/* Decrypt once more what wg_aead_open_with opened with this key, without checking it again: half
 * the work. sealed_length is WG_TAG_LEN or more. */
void wg_aead_open_again(const struct wg_aead *aead, uint8_t *out, uint64_t counter,
                        const uint8_t *sealed, size_t sealed_length);
void wg_aead_free(struct wg_aead *aead); /* wipes; NULL is allowed */

/* The key that it was made from. The caller wipes it. */
void wg_aead_key(const struct wg_aead *aead, uint8_t key[WG_KEY_LEN]);

/* Plain ChaCha20 (RFC 8439, section 2.4), which WireGuard itself does not use:
 * AmneziaWG masks headers with it. */
enum { WG_STREAM_NONCE_LEN = 12 };

/* XOR with the keystream from block 0 on; `out` may be `in`. */
void wg_stream_xor(uint8_t *out, const uint8_t *in, size_t length, const uint8_t key[WG_KEY_LEN],
                   const uint8_t nonce[WG_STREAM_NONCE_LEN]);

/* Open XAEAD(key, nonce, plaintext, aad), XChaCha20-Poly1305. As wg_aead_open. */
bool wg_xaead_open(uint8_t *out, const uint8_t key[WG_KEY_LEN],
                   const uint8_t nonce[WG_COOKIE_NONCE_LEN], const void *aad, size_t aad_length,
                   const uint8_t *sealed, size_t sealed_length);

#endif
