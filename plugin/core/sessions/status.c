/* status.c
 * The words for each status.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "wg/crypto.h"
#include "wg/status.h"

/* A name to filter by, and a hint on what to supply. */
static const struct {
    const char *name, *hint;
} statuses[] = {
    [WG_STATUS_NOT_TRIED] = { "Not tried", NULL },
    [WG_STATUS_DECRYPTED] = { "Decrypted", NULL },
    [WG_STATUS_PARTLY] = { "Partly decrypted", "the timestamp needs the static private key of "
                                               "either peer" },
    [WG_STATUS_NO_KEYS] = { "No keys", "supply a key log, a configuration file or static keys" },
    [WG_STATUS_NO_KEY_FOR_PEER] = { "No key for this peer", "mac1 was made with a public key that "
                                                            "is not among those supplied" },
    [WG_STATUS_NO_PRIVATE_KEY] = { "No private key for this peer",
                                   "supply the responder's static private key, or the "
                                   "initiator's key log" },
    [WG_STATUS_NO_EPHEMERAL] = { "No ephemeral private key",
                                 "static keys alone do not open this; supply the key log of "
                                 "either peer" },
    [WG_STATUS_PSK_MISMATCH] = { "Preshared key does not match",
                                 "supply the right one, unless the response is forged" },
    [WG_STATUS_HANDSHAKE_MISSING] = { "Handshake not captured",
                                      "without it, this needs the key logs of both peers" },
    [WG_STATUS_RESPONSE_MISSING] = { "Handshake response not captured",
                                     "without it, this needs the key logs of both peers" },
    [WG_STATUS_AUTHENTICATION_FAILED] = { "Authentication failed",
                                          "the keys fit the session, but not this message" },
    [WG_STATUS_TRUNCATED] = { "Truncated", "the capture does not hold the whole message" },
    [WG_STATUS_BAD_KEY_EXCHANGE] = { "Bad key exchange", "a public key of low order" },
    [WG_STATUS_UNSUPPORTED] = { "Not supported", "a crypto library fails" },
    [WG_STATUS_KEYS_LATER] = { "Keys came later", "keys of its session came after this message, "
                                                  "and do not open it" },
    [WG_STATUS_UNKNOWN_LAYOUT] = { "Unknown layout", "a part of the handshake is not where "
                                                     "WireGuard has it" },
};

G_STATIC_ASSERT(G_N_ELEMENTS(statuses) == WG_STATUS_COUNT);

const char *
wg_status_name(enum wg_decryption_status status)
{
    if (status >= WG_STATUS_COUNT)
        return "Unknown";
    return statuses[status].name;
}

const char *
wg_status_hint(enum wg_decryption_status status)
{
    if (status == WG_STATUS_UNSUPPORTED && wg_crypto_failure() != NULL)
        return wg_crypto_failure();
    if (status >= WG_STATUS_COUNT)
        return NULL;
    return statuses[status].hint;
}

enum wg_proof
wg_status_proof(enum wg_decryption_status status)
{
    switch (status) {
    case WG_STATUS_DECRYPTED:
        return WG_PROVED;
    case WG_STATUS_AUTHENTICATION_FAILED:
    case WG_STATUS_BAD_KEY_EXCHANGE:
        return WG_DISPROVED;
    default:
        return WG_UNPROVED;
    }
}
