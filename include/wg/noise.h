/* noise.h
 * Noise_IKpsk2 as seen by an onlooker who has some of the keys.
 *
 * Source: WireGuard paper, sections 5.4.2 (initiation), 5.4.3 (response) and 5.4.5 (transport
 * keys). The names follow it: S and E are static and ephemeral keys, i the initiator and r the
 * responder, C the chaining key, H the hash.
 *
 * What is needed for what:
 *   initiator's identity     es:      Sr private, or Ei private and Sr public
 *   timestamp, whole state   and ss:  Sr private, or Si private and Sr public
 *   transport keys           and ee:  Ei private or Er private
 *                            and se:  Si private, or Er private and Si public
 *                            and the preshared key, if there is one
 * Hence an initiator's Si, Ei and Sr public are enough for everything, and so are a responder's
 * Sr and Er; Sr alone identifies the initiator and dates the message, and opens nothing more.
 *
 * Every structure here except wg_noise_keys holds secrets, is owned by the caller and holds no
 * pointers: copy it freely, and wipe each copy. Call wg_crypto_init() first.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_NOISE_H
#define WG_NOISE_H

#include <stdbool.h>
#include <stdint.h>

#include "wg/crypto.h"
#include "wg/wire.h"

/* How far it went. Each says what stopped it, not what follows from that. */
enum wg_noise_verdict {
    WG_NOISE_NOT_TRIED, /* the value in a zeroed or wiped structure */
    WG_NOISE_OK,
    WG_NOISE_MISSING_FIELD,       /* the capture does not hold a field that is needed, or the
                                     message is of another type */
    WG_NOISE_MISSING_KEY,         /* no key for the next step is known */
    WG_NOISE_MISSING_INITIATION,  /* response: the initiation before it was not opened wholly */
    WG_NOISE_BAD_DH,              /* a Diffie-Hellman result of zeros: a low-order public key */
    WG_NOISE_STATIC_FAILED,       /* encrypted_static does not open: these are not its keys */
    WG_NOISE_TIMESTAMP_NOT_TRIED, /* encrypted_static opened, but no key for ss is known */
    WG_NOISE_TIMESTAMP_FAILED,    /* encrypted_static opened, encrypted_timestamp does not: Si is
                                     not the sender's, or the message was altered */
    WG_NOISE_EMPTY_FAILED,        /* encrypted_empty does not open: a wrong preshared key, or
                                     wrong keys */
    WG_NOISE_UNVERIFIED, /* transport keys derived from keys alone: no message confirmed them */
};

/*
 * The keys at hand, 32 bytes each, NULL for one that is not known. Borrowed for the call. Where
 * both halves of a pair are given they must belong together. Private keys suffice: a public key
 * that is left out is made from its private key.
 */
struct wg_noise_keys {
    const uint8_t *initiator_static_private; /* Si */
    const uint8_t *initiator_static_public;
    const uint8_t *initiator_ephemeral_private; /* Ei */
    const uint8_t *initiator_ephemeral_public;
    const uint8_t *responder_static_private; /* Sr */
    const uint8_t *responder_static_public;
    const uint8_t *responder_ephemeral_private; /* Er */
    const uint8_t *responder_ephemeral_public;
};

/* C and H. */
struct wg_noise_state {
    uint8_t chaining_key[WG_KEY_LEN];
    uint8_t hash[WG_KEY_LEN];
};

/* What was read from an initiation. Fields that are not valid are zeros. */
struct wg_noise_initiation {
    enum wg_noise_verdict verdict;
    bool has_static;                         /* the next is valid; with some verdicts only */
    uint8_t initiator_static[WG_KEY_LEN];    /* Si public */
    uint8_t timestamp[WG_TAI64N_LEN];        /* valid with WG_NOISE_OK, as is all below */
    uint8_t initiator_ephemeral[WG_KEY_LEN]; /* Ei public */
    struct wg_noise_state state;             /* after the whole message */
};

/* A handshake up to the preshared key. */
struct wg_noise_prepared {
    bool has_message; /* whether state.hash and encrypted_empty are there to verify with */
    struct wg_noise_state state;
    uint8_t encrypted_empty[WG_TAG_LEN];
};

/* The keys of transport data, section 5.4.5. */
struct wg_noise_transport {
    uint8_t initiator_to_responder[WG_KEY_LEN];
    uint8_t responder_to_initiator[WG_KEY_LEN];
};

/*
 * Open an initiation (section 5.4.2) with Sr, or with Ei and Sr public; either way with Si where
 * Sr is not known.
 *
 * opened    filled in every case; wipe it with wg_noise_wipe_initiation()
 * keys      the response's ephemeral is not looked at, nor are the initiator's public keys: they
 *           come from the message
 * view      a decoded message; mac1 and mac2 need not be captured
 * returns   opened->verdict. opened->has_static says whether the sender is known: always with
 *           OK, TIMESTAMP_NOT_TRIED and TIMESTAMP_FAILED, and with MISSING_FIELD or BAD_DH if
 *           these came up after it.
 */
enum wg_noise_verdict wg_noise_open_initiation(struct wg_noise_initiation *opened,
                                               const struct wg_noise_keys *keys,
                                               const struct wg_wire_view *view);

/*
 * Read a response (section 5.4.3) up to the preshared key, which costs the Diffie-Hellman
 * operations and is done once; then try one preshared key after the other.
 *
 * prepared  written with WG_NOISE_OK only; wipe it with wg_noise_wipe_prepared()
 * opened    the initiation that it answers
 * keys      Ei, Si and Er private count, where known; public keys come from the messages
 * returns   OK, MISSING_INITIATION (opened is not OK), MISSING_FIELD, MISSING_KEY or BAD_DH
 */
enum wg_noise_verdict wg_noise_prepare_response(struct wg_noise_prepared *prepared,
                                                const struct wg_noise_initiation *opened,
                                                const struct wg_noise_keys *keys,
                                                const struct wg_wire_view *view);

/*
 * The same from keys alone, for captures that start in mid-session: C follows from keys only,
 * H alone needs the messages. Needs both ephemeral public keys (or their private ones) and what
 * the table above says. An ephemeral public key may come from a message whose counterpart is
 * lost: an initiator's keys and a lone response are enough.
 *
 * prepared  written with WG_NOISE_OK only; wipe it with wg_noise_wipe_prepared()
 * returns   OK, MISSING_KEY or BAD_DH
 */
enum wg_noise_verdict wg_noise_prepare_keys(struct wg_noise_prepared *prepared,
                                            const struct wg_noise_keys *keys);

/*
 * The same for both orders of roles at once, if it is not known which peer began: the four
 * Diffie-Hellman operations are the same.
 *
 * prepared  [0] as `keys` say, [1] with the roles exchanged; written with WG_NOISE_OK only
 */
enum wg_noise_verdict wg_noise_prepare_both(struct wg_noise_prepared prepared[2],
                                            const struct wg_noise_keys *keys);

/*
 * Finish with one preshared key.
 *
 * transport  written with WG_NOISE_OK and WG_NOISE_UNVERIFIED; wipe it with
 *            wg_noise_wipe_transport()
 * psk        32 bytes, or NULL for none (which is the same as zeros, section 5.4)
 * returns    OK if the response's empty field opened, EMPTY_FAILED if it did not; UNVERIFIED if
 *            `prepared` was made from keys alone, and only transport data can confirm them
 */
enum wg_noise_verdict wg_noise_try_psk(struct wg_noise_transport *transport,
                                       const struct wg_noise_prepared *prepared,
                                       const uint8_t *psk);

/* Overwrite everything with zeros. */
void wg_noise_wipe_initiation(struct wg_noise_initiation *opened);
void wg_noise_wipe_prepared(struct wg_noise_prepared *prepared);
void wg_noise_wipe_transport(struct wg_noise_transport *transport);

#endif
