/* opening.h
 * What the keys open: handshakes, cookies and transport data of the sessions.
 *
 * Source: WireGuard paper, section 5.4. Every message that could not be opened has a status that
 * says what is missing.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_OPENING_H
#define WG_OPENING_H

#include <stdbool.h>
#include <stdint.h>

#include "wg/keystore.h"
#include "wg/noise.h"
#include "wg/sessions.h"

enum wg_decryption_status {
    WG_STATUS_NOT_TRIED,
    WG_STATUS_DECRYPTED,
    WG_STATUS_PARTLY,            /* initiation: static key open, timestamp not */
    WG_STATUS_NO_KEYS,           /* no key at all is known */
    WG_STATUS_NO_KEY_FOR_PEER,   /* initiation: mac1 matches no known public key */
    WG_STATUS_NO_PRIVATE_KEY,    /* the peer is known, but no private key that opens this */
    WG_STATUS_NO_EPHEMERAL,      /* static keys alone do not open this: no ephemeral private key */
    WG_STATUS_PSK_MISMATCH,      /* all keys fit but the preshared key (or a forged response) */
    WG_STATUS_HANDSHAKE_MISSING, /* the handshake is not in the capture */
    WG_STATUS_RESPONSE_MISSING,  /* the response is not in the capture */
    WG_STATUS_AUTHENTICATION_FAILED, /* the keys fit the session, but not this message */
    WG_STATUS_TRUNCATED,         /* the capture does not hold all of it */
    WG_STATUS_BAD_KEY_EXCHANGE,  /* a low-order public key: the exchange gives zeros */
    WG_STATUS_UNSUPPORTED,       /* a crypto library fails; wg_crypto_failure */
    WG_STATUS_COUNT
};

/* mac1 or mac2. The order is that of the host's checksum states. */
enum wg_mac_status {
    WG_MAC_BAD,
    WG_MAC_GOOD,
    WG_MAC_UNVERIFIED,
    WG_MAC_NOT_PRESENT,
};

struct wg_macs {
    const struct wg_static_key *receiver; /* whose key mac1 was made with, or NULL */
    enum wg_mac_status mac1, mac2;
};

struct wg_initiation_keys {
    uint64_t generation; /* of the key store when it was tried */
    struct wg_macs macs;
    const struct wg_static_key *responder; /* by mac1, or whose key opened it; NULL: unknown */
    enum wg_decryption_status status;
    bool attempted; /* a private key was at hand for it */
    struct wg_noise_initiation opened;
};

struct wg_response_keys {
    uint64_t generation;
    bool had_initiation; /* when it was tried */
    struct wg_macs macs;
    enum wg_decryption_status status;
    bool has_transport; /* with DECRYPTED, and where only data can confirm the keys */
    struct wg_noise_transport transport;
};

/*
 * keys      used, not owned. Must outlive the opener and the sessions that it opened, and must not
 *           be cleared while they live: they point into it
 * returns   owned by the caller. Everything works without keys, too; it then opens nothing.
 */
struct wg_opener *wg_opener_new(struct wg_keystore *keys);
void wg_opener_free(struct wg_opener *opener);

/* Whether any key is known that could open anything. */
bool wg_opener_has_keys(const struct wg_opener *opener);

/* First pass: a handshake message was added to its session. Fills session->keys or
 * response->keys; does nothing without keys. */
void wg_opener_initiation(struct wg_opener *opener, struct wg_session *session);
void wg_opener_response(struct wg_opener *opener, struct wg_session *session,
                        struct wg_response *response);

/* First pass: whether keys show that a response answers this session's initiation. For several
 * that chose the same index. Changes no response. */
bool wg_opener_answers(struct wg_opener *opener, struct wg_session *session,
                       const struct wg_wire_view *view);

/*
 * First pass: whether an opened initiation's timestamp is not greater than that of a message that
 * the same initiator sent before; no responder accepts it then (paper, 5.1). Remembers it if not.
 */
bool wg_opener_clock_backwards(struct wg_opener *opener, const struct wg_session *session);

/*
 * First pass: a cookie reply to the session's initiation, or to `response` if that is not NULL.
 * cookie    its frame numbers are filled in; status and cookie are written
 */
void wg_opener_cookie(struct wg_opener *opener, struct wg_session *session,
                      struct wg_response *response, struct wg_cookie *cookie,
                      const struct wg_wire_view *view);

/*
 * Open one transport data message.
 *
 * plain     room for view->packet_length bytes; holds packet_length - WG_TAG_LEN bytes after
 *           WG_STATUS_DECRYPTED
 * learn     first pass: look for a key if those that the direction has do not open it. Otherwise
 *           only keys that were found already are used, and no state changes.
 */
enum wg_decryption_status wg_opener_data(struct wg_opener *opener, struct wg_direction *direction,
                                         const struct wg_wire_view *view, uint8_t *plain,
                                         bool learn);

/* Public static keys of both sides of a session, 32 bytes, as far as keys tell; else NULL. */
const uint8_t *wg_session_initiator_key(const struct wg_session *session);
const uint8_t *wg_session_responder_key(const struct wg_session *session);

/* Wipe and free what was opened for a session, and the keys of a direction. */
void wg_opening_release(struct wg_session *session);
void wg_opening_release_direction(struct wg_direction *direction);

/* A status in a few words, and what to supply for it (NULL where nothing helps). Static storage. */
const char *wg_status_name(enum wg_decryption_status status);
const char *wg_status_hint(enum wg_decryption_status status);

#endif
