/* status.h
 * Whether a message was opened, and if not, why.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_STATUS_H
#define WG_STATUS_H

#include <stdbool.h>

/* The numbers are those of field wg.decryption.status: new ones go to the end. */
enum wg_decryption_status {
    WG_STATUS_NOT_TRIED,
    WG_STATUS_DECRYPTED,
    WG_STATUS_PARTLY,            /* initiation: static key open, timestamp not */
    WG_STATUS_NO_KEYS,           /* no key at all is known */
    WG_STATUS_NO_KEY_FOR_PEER,   /* initiation: mac1 matches no known public key */
    WG_STATUS_NO_PRIVATE_KEY,    /* the peer is known, but no private key that opens this */
    WG_STATUS_NO_EPHEMERAL,      /* static keys alone do not open this: no ephemeral private key */
    WG_STATUS_PSK_MISMATCH,      /* only the preshared key does not fit (or a forged response) */
    WG_STATUS_HANDSHAKE_MISSING, /* the handshake is not in the capture */
    WG_STATUS_RESPONSE_MISSING,  /* the response is not in the capture */
    WG_STATUS_AUTHENTICATION_FAILED, /* the keys fit the session, but not this message */
    WG_STATUS_TRUNCATED,             /* the capture does not hold all of it */
    WG_STATUS_BAD_KEY_EXCHANGE,      /* a low-order public key: the exchange gives zeros */
    WG_STATUS_UNSUPPORTED,           /* a crypto library fails; wg_crypto_failure */
    WG_STATUS_KEYS_LATER,            /* keys of its session came after it, and do not open it */
    WG_STATUS_UNKNOWN_LAYOUT,        /* the handshake has other parts, or is too short for them */
    WG_STATUS_COUNT
};

/* What a status says about the message itself. */
enum wg_proof {
    WG_UNPROVED,  /* not known */
    WG_PROVED,    /* its sender has the keys */
    WG_DISPROVED, /* it is forged or damaged */
};

enum wg_proof wg_status_proof(enum wg_decryption_status status);

/* A status in a few words, and a hint on what to supply (NULL if there is none). Static storage. */
const char *wg_status_name(enum wg_decryption_status status);
const char *wg_status_hint(enum wg_decryption_status status);

#endif
