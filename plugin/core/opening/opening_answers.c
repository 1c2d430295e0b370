/* opening_answers.c
 * What the keys open: responses and cookie replies.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "macs.h"
#include "opener.h"
#include "wg/cookie.h"
#include "wg/opening.h"

/* ---- response ---- */

/* What key logs say of the ephemeral keys of a handshake; NULL where they say nothing. */
struct ephemerals {
    const struct wg_ephemeral *initiator, *responder;
};

static struct ephemerals
find_ephemerals(struct wg_opener *opener, const struct wg_noise_initiation *opened,
                const struct wg_wire_view *view)
{
    return (struct ephemerals){
        .initiator = wg_keystore_find_ephemeral(opener->keys, opened->initiator_ephemeral),
        .responder = wg_keystore_find_ephemeral(opener->keys, view->ephemeral),
    };
}

/* One of the two is enough, and usually there is the log of one peer only. Looking for a key that
 * is in no log takes long if the log is long, so the likelier one comes first: the initiator's, if
 * its static private key is known. */
static struct ephemerals
find_needed_ephemerals(struct wg_opener *opener, const struct wg_noise_initiation *opened,
                       const struct wg_wire_view *view)
{
    const bool knows_initiator =
        wg_private_of(wg_keystore_find_static(opener->keys, opened->initiator_static)) != NULL;
    struct ephemerals found = { .initiator = NULL };

    if (knows_initiator)
        found.initiator = wg_keystore_find_ephemeral(opener->keys, opened->initiator_ephemeral);
    if (found.initiator == NULL)
        found.responder = wg_keystore_find_ephemeral(opener->keys, view->ephemeral);
    /* This opens nothing, and shows what is missing. */
    if (!knows_initiator && found.responder == NULL)
        found.initiator = wg_keystore_find_ephemeral(opener->keys, opened->initiator_ephemeral);
    return found;
}

/* Try each candidate preshared key. If none fits, that proves them wrong only if everything else is
 * right: the message was made for this initiator, and no key was left untried. */
static enum wg_decryption_status
try_psks(struct wg_opener *opener, const struct wg_session *session,
         const struct wg_noise_prepared *prepared, struct ephemerals ephemerals,
         struct wg_response_keys *keys)
{
    const uint8_t *psks[WG_PSK_CANDIDATES_MAX];
    const size_t count = wg_keystore_psk_candidates(
        opener->keys, ephemerals.initiator, ephemerals.responder, wg_session_initiator_key(session),
        wg_session_responder_key(session), psks);

    for (size_t i = 0; i < count; i++)
        if (wg_noise_try_psk(&keys->transport, prepared, psks[i]) == WG_NOISE_OK) {
            keys->has_transport = true;
            keys->psk = psks[i];
            return WG_STATUS_DECRYPTED;
        }
    if (keys->macs.mac1 == WG_MAC_GOOD && count < WG_PSK_CANDIDATES_MAX)
        return WG_STATUS_PSK_MISMATCH;
    return WG_STATUS_AUTHENTICATION_FAILED;
}

/* Why a response is not opened because of its initiation. */
static enum wg_decryption_status
without_initiation(const struct wg_session *session)
{
    if (session->initiation_frame == 0)
        return WG_STATUS_HANDSHAKE_MISSING;
    if (session->keys == NULL)
        return WG_STATUS_NO_KEYS;
    switch (session->keys->status) {
    case WG_STATUS_PARTLY:
        return WG_STATUS_NO_PRIVATE_KEY;
    case WG_STATUS_TRUNCATED: /* the initiation is cut short, not the response */
        return WG_STATUS_HANDSHAKE_MISSING;
    default:
        return session->keys->status;
    }
}

static enum wg_decryption_status
open_with(struct wg_opener *opener, const struct wg_session *session,
          const struct wg_wire_view *view, struct ephemerals ephemerals,
          struct wg_response_keys *keys)
{
    const struct wg_noise_initiation *opened = &session->keys->opened;
    const struct wg_ephemeral *theirs = ephemerals.initiator, *ours = ephemerals.responder;
    const struct wg_noise_keys noise = {
        .initiator_ephemeral_private = wg_ephemeral_private_of(theirs),
        .initiator_static_private =
            wg_private_of(wg_keystore_find_static(opener->keys, opened->initiator_static)),
        .responder_ephemeral_private = wg_ephemeral_private_of(ours),
    };
    struct wg_noise_prepared prepared;
    enum wg_decryption_status status;

    switch (wg_noise_prepare_response(&prepared, opened, &noise, view)) {
    case WG_NOISE_OK:
        status = try_psks(opener, session, &prepared, ephemerals, keys);
        wg_noise_wipe_prepared(&prepared);
        return status;
    case WG_NOISE_MISSING_FIELD:
        return wg_part_missing(view);
    case WG_NOISE_BAD_DH:
        return WG_STATUS_BAD_KEY_EXCHANGE;
    default:
        if (theirs != NULL)
            return WG_STATUS_NO_PRIVATE_KEY;
        return WG_STATUS_NO_EPHEMERAL;
    }
}

static enum wg_decryption_status
open_response(struct wg_opener *opener, const struct wg_session *session,
              const struct wg_wire_view *view, struct wg_response_keys *keys)
{
    if (view->ephemeral == NULL || view->encrypted_empty == NULL)
        return wg_part_missing(view);
    if (session->keys == NULL || session->keys->opened.verdict != WG_NOISE_OK)
        return without_initiation(session);

    const struct wg_noise_initiation *opened = &session->keys->opened;
    const struct ephemerals needed = find_needed_ephemerals(opener, opened, view);
    const enum wg_decryption_status status = open_with(opener, session, view, needed, keys);
    if (status != WG_STATUS_PSK_MISMATCH && status != WG_STATUS_AUTHENTICATION_FAILED)
        return status;
    /* The right preshared key may be logged with the other one. */
    const struct ephemerals all = find_ephemerals(opener, opened, view);
    if (all.initiator == needed.initiator && all.responder == needed.responder)
        return status;
    return open_with(opener, session, view, all, keys);
}

/* Whether trying again would change nothing. */
static bool
is_settled(struct wg_opener *opener, const struct wg_session *session,
           const struct wg_response_keys *keys)
{
    if (keys == NULL)
        return false;
    if (keys->status == WG_STATUS_DECRYPTED)
        return true;
    const bool same = keys->generation == wg_keystore_generation(opener->keys) &&
                      keys->had_initiation == (session->initiation_frame != 0);
    return same || !wg_opener_afford(opener, WG_OPENER_RETRY_COST);
}

static struct wg_macs_message
response_message(const struct wg_session *session, const struct wg_response *response,
                 const struct wg_wire_view *view)
{
    struct wg_macs_message message = { .view = view,
                                       .source = &response->way->source,
                                       .destination = &response->way->destination,
                                       .time = response->time };

    if (session->keys != NULL && session->keys->opened.has_static)
        message.certain = session->keys->opened.initiator_static;
    return message;
}

/* An answer proves that the receiver accepted the message, and with it mac1. */
static void
take_back_bad_mac1(struct wg_session *session)
{
    if (session->keys != NULL && session->keys->macs.mac1 == WG_MAC_BAD &&
        !session->keys->opened.has_static)
        session->keys->macs.mac1 = WG_MAC_UNVERIFIED;
}

/* A response was opened: it is the one that counts, and its sender is known. */
static void
accept_response(struct wg_opener *opener, struct wg_session *session, struct wg_response *response)
{
    const struct wg_response *counts = wg_response_of(session);
    const uint8_t *responder = wg_session_responder_key(session);

    if (counts == NULL || counts->keys == NULL || counts->keys->status != WG_STATUS_DECRYPTED)
        wg_session_take(session, response);
    if (responder != NULL)
        wg_macs_prove(opener->memory, &session->way->destination, responder, response->time);
}

/* A response may be genuine though no known preshared key opens it, but not with a mac1 that its
 * receiver would reject. */
static enum wg_proof
proof_of(const struct wg_response_keys *keys)
{
    if (keys->status == WG_STATUS_AUTHENTICATION_FAILED && keys->macs.mac1 != WG_MAC_BAD)
        return WG_UNPROVED;
    return wg_status_proof(keys->status);
}

enum wg_decryption_status
wg_opener_response(void *self, struct wg_session *session, struct wg_response *response)
{
    struct wg_opener *opener = self;
    struct wg_unpacked unpacked;

    if (!wg_opener_has_keys(opener))
        return WG_STATUS_NO_KEYS;
    wg_opener_initiation(opener, session);
    take_back_bad_mac1(session);
    const struct wg_response_keys *before = response->keys;
    if (is_settled(opener, session, before))
        return before->status;
    wg_unpack_response(response, &unpacked);

    struct wg_response_keys keys = { .generation = wg_keystore_generation(opener->keys),
                                     .had_initiation = session->initiation_frame != 0 };
    const struct wg_macs_message message = response_message(session, response, &unpacked.view);
    wg_macs_judge_again(opener->memory, opener->keys, &message,
                        before != NULL ? &before->macs : NULL, &keys.macs);
    keys.status = open_response(opener, session, &unpacked.view, &keys);
    if (keys.status != WG_STATUS_DECRYPTED && keys.macs.mac1 == WG_MAC_BAD &&
        message.certain != NULL)
        keys.status = WG_STATUS_AUTHENTICATION_FAILED; /* its receiver rejects it, too */
    if (!keys.has_transport && before != NULL && before->has_transport) {
        keys.has_transport = true; /* data confirmed them */
        keys.transport = before->transport;
    }
    if (response->keys == NULL)
        response->keys = g_new0(struct wg_response_keys, 1);
    *response->keys = keys;
    response->proof = proof_of(&keys);
    if (keys.status == WG_STATUS_DECRYPTED)
        accept_response(opener, session, response);
    wg_noise_wipe_transport(&keys.transport);
    return keys.status;
}

bool
wg_opener_answers(void *self, struct wg_session *session, const struct wg_wire_view *view)
{
    struct wg_opener *opener = self;
    struct wg_response_keys keys = { .has_transport = false };

    if (!wg_opener_has_keys(opener) || !wg_opener_afford(opener, WG_OPENER_RETRY_COST))
        return false;
    wg_opener_initiation(opener, session);
    const bool answers = open_response(opener, session, view, &keys) == WG_STATUS_DECRYPTED;
    wg_noise_wipe_transport(&keys.transport);
    return answers;
}

/* ---- cookie reply ---- */

/* The public key of the sender of a cookie reply to the session's initiation, or to `response`. */
static const uint8_t *
replier_of(const struct wg_session *session, const struct wg_response *response)
{
    if (response == NULL)
        return wg_session_responder_key(session);
    if (session->keys != NULL && session->keys->opened.has_static)
        return session->keys->opened.initiator_static;
    if (response->keys != NULL && response->keys->macs.receiver != NULL)
        return response->keys->macs.receiver->public_key;
    return wg_session_initiator_key(session);
}

static enum wg_decryption_status
open_cookie(struct wg_opener *opener, const struct wg_macs_message *provoking,
            const uint8_t *replier, const struct wg_wire_view *view, uint8_t cookie[WG_MAC_LEN])
{
    uint8_t cookie_key[WG_KEY_LEN]; /* made of a public key: not secret, not wiped */

    if (provoking->view->verdict == WG_WIRE_NOT_WIREGUARD)
        return WG_STATUS_HANDSHAKE_MISSING;
    if (provoking->view->mac1 == NULL)
        return wg_part_missing(provoking->view);
    if (view->nonce == NULL || view->encrypted_cookie == NULL)
        return wg_part_missing(view);
    if (replier == NULL)
        return WG_STATUS_NO_KEY_FOR_PEER;
    wg_cookie_key(cookie_key, replier);
    if (!wg_cookie_open(cookie, view, cookie_key, provoking->view->mac1))
        return WG_STATUS_AUTHENTICATION_FAILED;
    wg_macs_remember_cookie(opener->memory, provoking, cookie);
    return WG_STATUS_DECRYPTED;
}

void
wg_opener_cookie(void *self, struct wg_session *session, struct wg_response *response,
                 struct wg_cookie *cookie, const struct wg_wire_view *view)
{
    struct wg_opener *opener = self;
    struct wg_unpacked provoking;
    struct wg_macs_message message;

    cookie->status = WG_STATUS_NO_KEYS;
    if (!wg_opener_has_keys(opener))
        return;
    /* Keys may have come since. */
    wg_opener_initiation(opener, session);
    if (response != NULL) {
        wg_opener_response(opener, session, response);
        wg_unpack_response(response, &provoking);
        message = response_message(session, response, &provoking.view);
    } else {
        take_back_bad_mac1(session);
        wg_unpack_initiation(session, &provoking);
        message = wg_initiation_message(session, &provoking.view);
    }
    cookie->status =
        (uint8_t)open_cookie(opener, &message, replier_of(session, response), view, cookie->cookie);
}
