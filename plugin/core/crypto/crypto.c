/* crypto.c
 * The primitives, as thin calls into libgcrypt and libsodium.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <gcrypt.h>
#include <glib.h>
#include <sodium.h>

#include "wg/crypto.h"
#include "x25519.h"

enum {
    NONCE_LEN = 12,       /* ChaCha20-Poly1305 */
    NONCE_COUNTER_AT = 4, /* paper, section 5.4: 32 bits of zeros, then the counter */
};

_Static_assert(WG_KEY_LEN == crypto_scalarmult_BYTES, "X25519");
_Static_assert(WG_KEY_LEN == crypto_scalarmult_SCALARBYTES, "X25519");
_Static_assert(WG_KEY_LEN == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "XChaCha20");
_Static_assert(WG_COOKIE_NONCE_LEN == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "XChaCha20");
_Static_assert(WG_TAG_LEN == crypto_aead_xchacha20poly1305_ietf_ABYTES, "XChaCha20");

struct wg_aead {
    gcry_cipher_hd_t cipher;
    uint8_t key[WG_KEY_LEN];
};

/* The one handle kept over calls. wg_mac() runs once for every known key and handshake message,
 * and a new key for an open handle costs a tenth less than a new handle. */
static gcry_md_hd_t mac_handle;

static struct wg_x25519 x25519;

/* For calls that no input can make fail. */
static void
must(gcry_error_t error)
{
    if (error)
        g_error("libgcrypt: %s", gcry_strerror(error));
}

static const char *failure;

/* returns what is wrong, or NULL */
static const char *
init_libraries(void)
{
    /* Inside Wireshark the host has done this already. */
    if (!gcry_control(GCRYCTL_ANY_INITIALIZATION_P)) {
        if (!gcry_check_version("1.8.0"))
            return "Libgcrypt is older than 1.8";
        gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
        gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
    }
    if (sodium_init() < 0)
        return "libsodium cannot be initialised";
    x25519 = wg_x25519_find();
    if (gcry_md_test_algo(GCRY_MD_BLAKE2S_256) || gcry_cipher_test_algo(GCRY_CIPHER_CHACHA20) ||
        gcry_md_open(&mac_handle, GCRY_MD_BLAKE2S_128, 0) != 0)
        return "Libgcrypt refuses the ciphers that WireGuard needs: FIPS mode, or too old";
    return NULL;
}

/* Never inlined: leak checkers recognise by its name what it keeps on purpose. */
G_GNUC_NO_INLINE bool
wg_crypto_init(void)
{
    if (mac_handle == NULL)
        failure = init_libraries();
    return failure == NULL;
}

const char *
wg_crypto_failure(void)
{
    return failure;
}

void
wg_wipe(void *secret, size_t length)
{
    sodium_memzero(secret, length);
}

bool
wg_equal(const void *a, const void *b, size_t length)
{
    return sodium_memcmp(a, b, length) == 0;
}

/* libgcrypt's description of bytes has no const, though here it only reads them. */
static gcry_buffer_t
readable(const void *bytes, size_t length)
{
    gcry_buffer_t buffer = { .len = length };
    const void *const data = length > 0 ? bytes : "";
    memcpy(&buffer.data, &data, sizeof(buffer.data));
    return buffer;
}

void
wg_hash(uint8_t out[WG_KEY_LEN], const void *a, size_t a_length, const void *b, size_t b_length)
{
    const gcry_buffer_t parts[] = { readable(a, a_length), readable(b, b_length) };

    must(gcry_md_hash_buffers(GCRY_MD_BLAKE2S_256, 0, out, parts, G_N_ELEMENTS(parts)));
}

void
wg_mac(uint8_t out[WG_MAC_LEN], const uint8_t *key, size_t key_length, const void *data,
       size_t length)
{
    must(gcry_md_setkey(mac_handle, key, key_length));
    gcry_md_write(mac_handle, data, length);
    memcpy(out, gcry_md_read(mac_handle, 0), WG_MAC_LEN);
    /* A mac1 key is the hash of a public key and may stay in the handle. A cookie may not. */
    if (key_length != WG_KEY_LEN)
        gcry_md_reset(mac_handle);
}

/* HMAC(key, a || b). The handle is a new one each time, so that closing it wipes the key. */
static void
hmac(uint8_t out[WG_KEY_LEN], const uint8_t key[WG_KEY_LEN], const void *a, size_t a_length,
     const void *b, size_t b_length)
{
    const gcry_buffer_t parts[] = { readable(key, WG_KEY_LEN), readable(a, a_length),
                                    readable(b, b_length) };

    must(gcry_md_hash_buffers(GCRY_MD_BLAKE2S_256, GCRY_MD_FLAG_HMAC, out, parts,
                              G_N_ELEMENTS(parts)));
}

void
wg_kdf(const uint8_t key[WG_KEY_LEN], const void *input, size_t length, uint8_t out1[WG_KEY_LEN],
       uint8_t out2[WG_KEY_LEN], uint8_t out3[WG_KEY_LEN])
{
    uint8_t *const out[] = { out1, out2, out3 };
    uint8_t tau0[WG_KEY_LEN], tau[WG_KEY_LEN];
    uint8_t wanted = 3;

    while (wanted > 0 && out[wanted - 1] == NULL)
        wanted--;
    hmac(tau0, key, input, length, NULL, 0);
    for (uint8_t n = 1; n <= wanted; n++) {
        /* tau_n = HMAC(tau_0, tau_(n-1) || n), with nothing for tau_(n-1) when n is 1 */
        hmac(tau, tau0, tau, n == 1 ? 0 : sizeof(tau), &n, 1);
        if (out[n - 1] != NULL)
            memcpy(out[n - 1], tau, WG_KEY_LEN);
    }
    wg_wipe(tau0, sizeof(tau0));
    wg_wipe(tau, sizeof(tau));
}

void
wg_dh_public(uint8_t public_key[WG_KEY_LEN], const uint8_t private_key[WG_KEY_LEN])
{
    if (x25519.multiply_base(public_key, private_key) != 0)
        g_error("libsodium: crypto_scalarmult_curve25519_base");
}

bool
wg_dh(uint8_t out[WG_KEY_LEN], const uint8_t private_key[WG_KEY_LEN],
      const uint8_t public_key[WG_KEY_LEN])
{
    /* libsodium refuses the low-order points and an all-zero result. */
    if (x25519.multiply(out, private_key, public_key) == 0)
        return true;
    wg_wipe(out, WG_KEY_LEN);
    return false;
}

static void
make_nonce(uint8_t nonce[NONCE_LEN], uint64_t counter)
{
    const uint64_t le = GUINT64_TO_LE(counter);

    memset(nonce, 0, NONCE_LEN);
    memcpy(nonce + NONCE_COUNTER_AT, &le, sizeof(le));
}

static bool
open_sealed(gcry_cipher_hd_t cipher, uint8_t *out, uint64_t counter, const void *aad,
            size_t aad_length, const uint8_t *sealed, size_t sealed_length)
{
    if (sealed_length < WG_TAG_LEN)
        return false;
    const size_t length = sealed_length - WG_TAG_LEN;

    uint8_t nonce[NONCE_LEN];
    make_nonce(nonce, counter);
    must(gcry_cipher_setiv(cipher, nonce, sizeof(nonce)));
    if (aad_length > 0)
        must(gcry_cipher_authenticate(cipher, aad, aad_length));
    if (length > 0)
        must(gcry_cipher_decrypt(cipher, out, length, sealed, length));
    if (gcry_cipher_checktag(cipher, sealed + length, WG_TAG_LEN) == 0)
        return true;
    if (length > 0)
        wg_wipe(out, length);
    return false;
}

static gcry_cipher_hd_t
open_cipher(const uint8_t key[WG_KEY_LEN])
{
    gcry_cipher_hd_t cipher;

    must(gcry_cipher_open(&cipher, GCRY_CIPHER_CHACHA20, GCRY_CIPHER_MODE_POLY1305, 0));
    must(gcry_cipher_setkey(cipher, key, WG_KEY_LEN));
    return cipher;
}

bool
wg_aead_open(uint8_t *out, const uint8_t key[WG_KEY_LEN], uint64_t counter, const void *aad,
             size_t aad_length, const uint8_t *sealed, size_t sealed_length)
{
    const gcry_cipher_hd_t cipher = open_cipher(key);
    const bool ok = open_sealed(cipher, out, counter, aad, aad_length, sealed, sealed_length);

    gcry_cipher_close(cipher);
    return ok;
}

struct wg_aead *
wg_aead_new(const uint8_t key[WG_KEY_LEN])
{
    struct wg_aead *aead = g_new(struct wg_aead, 1);

    aead->cipher = open_cipher(key);
    memcpy(aead->key, key, WG_KEY_LEN);
    return aead;
}

bool
wg_aead_open_with(struct wg_aead *aead, uint8_t *out, uint64_t counter, const uint8_t *sealed,
                  size_t sealed_length)
{
    return open_sealed(aead->cipher, out, counter, NULL, 0, sealed, sealed_length);
}

void
wg_aead_open_again(const struct wg_aead *aead, uint8_t *out, uint64_t counter,
                   const uint8_t *sealed, size_t sealed_length)
{
    enum { AFTER_TAG_KEY = 1 }; /* RFC 8439, section 2.8: block 0 makes the key of the tag */
    uint8_t nonce[NONCE_LEN];

    _Static_assert(NONCE_LEN == crypto_stream_chacha20_IETF_NONCEBYTES, "RFC 8439");
    make_nonce(nonce, counter);
    if (crypto_stream_chacha20_ietf_xor_ic(out, sealed, sealed_length - WG_TAG_LEN, nonce,
                                           AFTER_TAG_KEY, aead->key) != 0)
        g_error("libsodium: crypto_stream_chacha20_ietf_xor_ic");
}

void
wg_aead_free(struct wg_aead *aead)
{
    if (aead == NULL)
        return;
    gcry_cipher_close(aead->cipher);
    wg_wipe(aead, sizeof *aead);
    g_free(aead);
}

void
wg_aead_key(const struct wg_aead *aead, uint8_t key[WG_KEY_LEN])
{
    memcpy(key, aead->key, WG_KEY_LEN);
}

bool
wg_xaead_open(uint8_t *out, const uint8_t key[WG_KEY_LEN], const uint8_t nonce[WG_COOKIE_NONCE_LEN],
              const void *aad, size_t aad_length, const uint8_t *sealed, size_t sealed_length)
{
    if (sealed_length < WG_TAG_LEN)
        return false;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed, sealed_length, aad,
                                                   aad_length, nonce, key) == 0)
        return true;
    if (sealed_length > WG_TAG_LEN)
        wg_wipe(out, sealed_length - WG_TAG_LEN);
    return false;
}

void
wg_stream_xor(uint8_t *out, const uint8_t *in, size_t length, const uint8_t key[WG_KEY_LEN],
              const uint8_t nonce[WG_STREAM_NONCE_LEN])
{
    _Static_assert(WG_STREAM_NONCE_LEN == crypto_stream_chacha20_IETF_NONCEBYTES, "ChaCha20");
    if (crypto_stream_chacha20_ietf_xor(out, in, length, nonce, key) != 0)
        g_error("libsodium: crypto_stream_chacha20_ietf_xor");
}
