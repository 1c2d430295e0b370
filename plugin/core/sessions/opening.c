/* opening.c
 * What the keys open: handshakes and cookies.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "macs.h"
#include "opening_private.h"
#include "wg/cookie.h"
#include "wg/opening.h"

struct wg_opener *
wg_opener_new(struct wg_keystore *keys)
{
    struct wg_opener *opener = g_new0(struct wg_opener, 1);

    opener->keys = keys;
    opener->memory = wg_macs_new();
    opener->derived = g_array_new(FALSE, FALSE, sizeof(struct wg_derived));
    return opener;
}

void
wg_opener_free(struct wg_opener *opener)
{
    if (opener == NULL)
        return;
    wg_macs_free(opener->memory);
    wg_opener_forget_derived(opener);
    g_array_free(opener->derived, TRUE);
    g_free(opener);
}

bool
wg_opener_has_keys(const struct wg_opener *opener)
{
    /* Whatever was ever added counted as a change. */
    return wg_keystore_generation(opener->keys) > 0;
}

void
wg_opening_release(struct wg_session *session)
{
    if (session->keys != NULL)
        wg_noise_wipe_initiation(&session->keys->opened);
    g_free(session->keys);
    session->keys = NULL;
    for (struct wg_response *r = session->responses; r != NULL; r = r->next) {
        if (r->keys != NULL)
            wg_noise_wipe_transport(&r->keys->transport);
        g_free(r->keys);
        r->keys = NULL;
    }
    while (session->cookies != NULL) {
        struct wg_cookie *next = session->cookies->next;
        wg_wipe(session->cookies, sizeof *session->cookies);
        g_free(session->cookies);
        session->cookies = next;
    }
}

/* ---- who is who ---- */

const uint8_t *
wg_session_initiator_key(const struct wg_session *session)
{
    const struct wg_response *r = session->responses;

    if (session->keys != NULL && session->keys->opened.has_static)
        return session->keys->opened.initiator_static;
    if (r != NULL && r->keys != NULL && r->keys->macs.receiver != NULL)
        return r->keys->macs.receiver->public_key;
    return session->initiator_static != NULL ? session->initiator_static->public_key : NULL;
}

const uint8_t *
wg_session_responder_key(const struct wg_session *session)
{
    if (session->keys != NULL && session->keys->macs.receiver != NULL)
        return session->keys->macs.receiver->public_key;
    return session->responder_static != NULL ? session->responder_static->public_key : NULL;
}

static const uint8_t *
private_of(const struct wg_static_key *key)
{
    return key != NULL && key->has_private ? key->private_key : NULL;
}

/* ---- initiation ---- */

static enum wg_decryption_status
initiation_status(const struct wg_initiation_keys *keys, const struct wg_wire_view *view)
{
    switch (keys->opened.verdict) {
    case WG_NOISE_OK:
        return WG_STATUS_DECRYPTED;
    case WG_NOISE_TIMESTAMP_NOT_TRIED:
        return WG_STATUS_PARTLY;
    case WG_NOISE_MISSING_FIELD:
        return WG_STATUS_TRUNCATED;
    case WG_NOISE_BAD_DH:
        return WG_STATUS_BAD_KEY_EXCHANGE;
    case WG_NOISE_STATIC_FAILED:
    case WG_NOISE_TIMESTAMP_FAILED:
        return WG_STATUS_AUTHENTICATION_FAILED;
    default:
        break;
    }
    if (view->mac1 == NULL)
        return WG_STATUS_TRUNCATED;
    return keys->macs.receiver != NULL ? WG_STATUS_NO_PRIVATE_KEY : WG_STATUS_NO_KEY_FOR_PEER;
}

/* Open with what the store has. The initiator's static private key can be looked up only once its
 * public half is known, so that the logger's own guess comes first and a second try follows. */
static void
open_initiation(struct wg_opener *opener, struct wg_initiation_keys *keys,
                const struct wg_wire_view *view)
{
    const struct wg_ephemeral *ephemeral =
        view->ephemeral != NULL ? wg_keystore_find_ephemeral(opener->keys, view->ephemeral) : NULL;
    const struct wg_static_key *responder = keys->macs.receiver;

    if (responder == NULL && ephemeral != NULL)
        responder = ephemeral->remote;
    if (responder == NULL || (private_of(responder) == NULL && ephemeral == NULL))
        return;
    keys->attempted = keys->macs.receiver != NULL;

    struct wg_noise_keys noise = {
        .initiator_ephemeral_private = ephemeral != NULL ? ephemeral->private_key : NULL,
        .responder_static_private = private_of(responder),
        .responder_static_public = responder->public_key,
    };
    wg_noise_open_initiation(&keys->opened, &noise, view);
    if (keys->opened.verdict != WG_NOISE_TIMESTAMP_NOT_TRIED)
        return;
    const struct wg_static_key *initiator =
        wg_keystore_find_static(opener->keys, keys->opened.initiator_static);
    noise.initiator_static_private = private_of(initiator);
    if (noise.initiator_static_private != NULL)
        wg_noise_open_initiation(&keys->opened, &noise, view);
}

void
wg_opener_initiation(struct wg_opener *opener, struct wg_session *session)
{
    struct wg_wire_view view;

    if (!wg_opener_has_keys(opener))
        return;
    const uint64_t generation = wg_keystore_generation(opener->keys);
    if (session->keys != NULL && session->keys->generation == generation)
        return;
    wg_wire_decode(session->initiation, session->captured, sizeof session->initiation, &view);
    if (view.verdict == WG_WIRE_NOT_WIREGUARD)
        return; /* its session began with something else */

    struct wg_initiation_keys keys = { .generation = generation };
    const struct wg_macs_message message = { .view = &view,
                                             .source = &session->initiator,
                                             .destination = &session->responder,
                                             .time = session->initiation_time };
    wg_macs_judge(opener->memory, opener->keys, &message, &keys.macs);
    open_initiation(opener, &keys, &view);
    keys.status = initiation_status(&keys, &view);
    if (session->keys == NULL)
        session->keys = g_new0(struct wg_initiation_keys, 1);
    *session->keys = keys;
    wg_noise_wipe_initiation(&keys.opened);
}

/* ---- response ---- */

/* Try every preshared key that may be meant. */
static enum wg_decryption_status
try_psks(struct wg_opener *opener, const struct wg_session *session,
         const struct wg_noise_prepared *prepared, const struct wg_wire_view *view,
         struct wg_response_keys *keys)
{
    const uint8_t *psks[WG_PSK_CANDIDATES_MAX];
    const struct wg_noise_initiation *opened = session->keys != NULL ? &session->keys->opened : NULL;
    const size_t count = wg_keystore_psk_candidates(
        opener->keys,
        opened != NULL ? wg_keystore_find_ephemeral(opener->keys, opened->initiator_ephemeral) : NULL,
        wg_keystore_find_ephemeral(opener->keys, view->ephemeral),
        wg_session_initiator_key(session), wg_session_responder_key(session), psks);

    for (size_t i = 0; i < count; i++)
        if (wg_noise_try_psk(&keys->transport, prepared, psks[i]) == WG_NOISE_OK) {
            keys->has_transport = true;
            return WG_STATUS_DECRYPTED;
        }
    return WG_STATUS_PSK_MISMATCH;
}

/* Why the initiation before it keeps a response closed. */
static enum wg_decryption_status
without_initiation(const struct wg_session *session)
{
    if (session->initiation_frame == 0)
        return WG_STATUS_HANDSHAKE_MISSING;
    if (session->keys == NULL)
        return WG_STATUS_NO_KEYS;
    return session->keys->status == WG_STATUS_PARTLY ? WG_STATUS_NO_PRIVATE_KEY
                                                     : session->keys->status;
}

static enum wg_decryption_status
open_response(struct wg_opener *opener, const struct wg_session *session,
              const struct wg_wire_view *view, struct wg_response_keys *keys)
{
    if (view->ephemeral == NULL || view->encrypted_empty == NULL)
        return WG_STATUS_TRUNCATED;
    if (session->keys == NULL || session->keys->opened.verdict != WG_NOISE_OK)
        return without_initiation(session);

    const struct wg_noise_initiation *opened = &session->keys->opened;
    const struct wg_ephemeral *theirs =
        wg_keystore_find_ephemeral(opener->keys, opened->initiator_ephemeral);
    const struct wg_ephemeral *ours = wg_keystore_find_ephemeral(opener->keys, view->ephemeral);
    const struct wg_noise_keys noise = {
        .initiator_ephemeral_private = theirs != NULL ? theirs->private_key : NULL,
        .initiator_static_private =
            private_of(wg_keystore_find_static(opener->keys, opened->initiator_static)),
        .responder_ephemeral_private = ours != NULL ? ours->private_key : NULL,
    };
    struct wg_noise_prepared prepared;
    enum wg_decryption_status status;

    switch (wg_noise_prepare_response(&prepared, opened, &noise, view)) {
    case WG_NOISE_OK:
        status = try_psks(opener, session, &prepared, view, keys);
        wg_noise_wipe_prepared(&prepared);
        return status;
    case WG_NOISE_MISSING_FIELD:
        return WG_STATUS_TRUNCATED;
    case WG_NOISE_BAD_DH:
        return WG_STATUS_BAD_KEY_EXCHANGE;
    default:
        return theirs != NULL ? WG_STATUS_NO_PRIVATE_KEY : WG_STATUS_NO_EPHEMERAL;
    }
}

void
wg_opener_response(struct wg_opener *opener, struct wg_session *session,
                   struct wg_response *response)
{
    struct wg_wire_view view;

    if (!wg_opener_has_keys(opener))
        return;
    wg_opener_initiation(opener, session);
    const uint64_t generation = wg_keystore_generation(opener->keys);
    if (response->keys != NULL && response->keys->generation == generation &&
        response->keys->status != WG_STATUS_HANDSHAKE_MISSING)
        return;
    wg_wire_decode(response->bytes, response->captured, sizeof response->bytes, &view);

    struct wg_response_keys keys = { .generation = generation };
    const struct wg_macs_message message = {
        .view = &view,
        .source = &response->to_responder->destination,
        .destination = &session->initiator,
        .time = response->time,
        .certain = session->keys != NULL && session->keys->opened.has_static
                       ? session->keys->opened.initiator_static
                       : NULL,
    };
    wg_macs_judge(opener->memory, opener->keys, &message, &keys.macs);
    keys.status = open_response(opener, session, &view, &keys);
    if (keys.status == WG_STATUS_DECRYPTED && wg_session_responder_key(session) != NULL)
        wg_macs_prove(opener->memory, &session->responder, wg_session_responder_key(session));
    if (response->keys == NULL)
        response->keys = g_new0(struct wg_response_keys, 1);
    *response->keys = keys;
    wg_noise_wipe_transport(&keys.transport);
}

/* ---- cookie reply ---- */

void
wg_opener_cookie(struct wg_opener *opener, struct wg_session *session,
                 struct wg_response *response, struct wg_cookie *cookie,
                 const struct wg_wire_view *view)
{
    struct wg_wire_view provoking;
    uint8_t cookie_key[WG_KEY_LEN];

    cookie->status = WG_STATUS_NO_KEYS;
    if (!wg_opener_has_keys(opener))
        return;
    if (response != NULL)
        wg_wire_decode(response->bytes, response->captured, sizeof response->bytes, &provoking);
    else
        wg_wire_decode(session->initiation, session->captured, sizeof session->initiation,
                       &provoking);
    cookie->status = WG_STATUS_HANDSHAKE_MISSING;
    if (provoking.verdict == WG_WIRE_NOT_WIREGUARD)
        return;
    cookie->status = WG_STATUS_TRUNCATED;
    if (provoking.mac1 == NULL || view->nonce == NULL || view->encrypted_cookie == NULL)
        return;

    /* The replier is the receiver of the message that provoked it. */
    const uint8_t *replier = response != NULL ? wg_session_initiator_key(session)
                                              : wg_session_responder_key(session);
    cookie->status = WG_STATUS_NO_KEY_FOR_PEER;
    if (replier == NULL)
        return;
    wg_cookie_key(cookie_key, replier);
    if (wg_cookie_open(cookie->cookie, view, cookie_key, provoking.mac1)) {
        const struct wg_endpoint *initiator = &session->initiator, *responder = &session->responder;
        const int64_t time = response != NULL ? response->time : session->initiation_time;

        cookie->status = WG_STATUS_DECRYPTED;
        wg_macs_remember_cookie(opener->memory, response != NULL ? responder : initiator,
                                response != NULL ? initiator : responder, cookie->cookie, time);
    } else {
        cookie->status = WG_STATUS_AUTHENTICATION_FAILED;
    }
    wg_wipe(cookie_key, sizeof cookie_key);
}

/* A name to filter by, and what to supply. */
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
    [WG_STATUS_UNSUPPORTED] = { "Not supported", "Libgcrypt refuses the ciphers that WireGuard "
                                                 "needs: FIPS mode, or too old" },
};

G_STATIC_ASSERT(G_N_ELEMENTS(statuses) == WG_STATUS_COUNT);

const char *
wg_status_name(enum wg_decryption_status status)
{
    return status < WG_STATUS_COUNT ? statuses[status].name : "Unknown";
}

const char *
wg_status_hint(enum wg_decryption_status status)
{
    return status < WG_STATUS_COUNT ? statuses[status].hint : NULL;
}
