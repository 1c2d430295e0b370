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

/* Microseconds, roughly: four Diffie-Hellman operations and a list of preshared keys. */
enum { RETRY_COST = 1000 };

/* A tree, since who makes a capture can choose the keys in it, and with them their hashes. */
static int
compare_keys(const void *a, const void *b, void *user)
{
    return memcmp(a, b, WG_KEY_LEN);
}

struct wg_opener *
wg_opener_new(struct wg_keystore *keys)
{
    struct wg_opener *opener = g_new0(struct wg_opener, 1);

    opener->keys = keys;
    opener->memory = wg_macs_new();
    opener->budget = WG_OPENER_FREE_TIME;
    opener->clocks = g_tree_new_full(compare_keys, NULL, NULL, g_free);
    opener->derived = g_array_new(FALSE, FALSE, sizeof(struct wg_derived));
    return opener;
}

void
wg_opener_free(struct wg_opener *opener)
{
    if (opener == NULL)
        return;
    wg_macs_free(opener->memory);
    g_tree_destroy(opener->clocks);
    wg_opener_forget_derived(opener);
    g_array_free(opener->derived, TRUE);
    g_free(opener);
}

bool
wg_opener_afford(struct wg_opener *opener, uint64_t microseconds)
{
    if (opener->budget < microseconds)
        return false;
    opener->budget -= microseconds;
    return true;
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

/* The response that counts. */
static const struct wg_response *
response_of(const struct wg_session *session)
{
    return session->to_initiator != NULL ? wg_direction_response(session->to_initiator)
                                         : session->responses;
}

const uint8_t *
wg_session_initiator_key(const struct wg_session *session)
{
    const struct wg_response *r = response_of(session);

    if (session->keys != NULL && session->keys->opened.has_static)
        return session->keys->opened.initiator_static;
    if (session->initiator_static != NULL)
        return session->initiator_static->public_key;
    return r != NULL && r->keys != NULL && r->keys->macs.receiver != NULL
               ? r->keys->macs.receiver->public_key
               : NULL;
}

const uint8_t *
wg_session_responder_key(const struct wg_session *session)
{
    if (session->keys != NULL && session->keys->responder != NULL)
        return session->keys->responder->public_key;
    return session->responder_static != NULL ? session->responder_static->public_key : NULL;
}

const uint8_t *
wg_private_of(const struct wg_static_key *key)
{
    return key != NULL && key->has_private ? key->private_key : NULL;
}

/* Judge the macs, or what is left to judge. A verdict that stands is not taken back because less
 * is remembered of the time of the message now. */
static void
judge_macs(struct wg_opener *opener, const struct wg_macs_message *message,
           const struct wg_macs *before, struct wg_macs *macs)
{
    if (before != NULL && before->receiver != NULL &&
        (message->certain == NULL ||
         wg_equal(message->certain, before->receiver->public_key, WG_KEY_LEN))) {
        *macs = *before;
        return;
    }
    wg_macs_judge(opener->memory, opener->keys, message, macs);
    if (before != NULL && before->mac2 != WG_MAC_UNVERIFIED)
        macs->mac2 = before->mac2;
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
    return keys->responder != NULL ? WG_STATUS_NO_PRIVATE_KEY : WG_STATUS_NO_KEY_FOR_PEER;
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

    keys->responder = responder;
    if (responder == NULL && ephemeral != NULL)
        responder = ephemeral->remote;
    if (responder == NULL || (wg_private_of(responder) == NULL && ephemeral == NULL))
        return;
    keys->attempted = keys->macs.receiver != NULL;

    struct wg_noise_keys noise = {
        .initiator_ephemeral_private = ephemeral != NULL ? ephemeral->private_key : NULL,
        .responder_static_private = wg_private_of(responder),
        .responder_static_public = responder->public_key,
    };
    wg_noise_open_initiation(&keys->opened, &noise, view);
    if (keys->opened.verdict == WG_NOISE_TIMESTAMP_NOT_TRIED) {
        noise.initiator_static_private =
            wg_private_of(wg_keystore_find_static(opener->keys, keys->opened.initiator_static));
        if (noise.initiator_static_private != NULL)
            wg_noise_open_initiation(&keys->opened, &noise, view);
    }
    if (keys->responder != NULL)
        return;
    if (!keys->opened.has_static) {
        /* The key log led to a peer that the message was not made for. */
        wg_noise_wipe_initiation(&keys->opened);
        return;
    }
    /* The message itself proves whom it was made for; mac1 says otherwise, if it is there. */
    keys->responder = responder;
    if (view->mac1 != NULL)
        keys->macs.mac1 = WG_MAC_BAD;
}

static struct wg_macs_message
initiation_message(const struct wg_session *session, const struct wg_wire_view *view)
{
    return (struct wg_macs_message){ .view = view,
                                     .source = &session->initiator,
                                     .destination = &session->responder,
                                     .time = session->initiation_time };
}

void
wg_opener_initiation(struct wg_opener *opener, struct wg_session *session)
{
    struct wg_wire_view view;

    if (!wg_opener_has_keys(opener))
        return;
    const uint64_t generation = wg_keystore_generation(opener->keys);
    const struct wg_initiation_keys *before = session->keys;
    if (before != NULL && (before->status == WG_STATUS_DECRYPTED ||
                           before->generation == generation || !wg_opener_afford(opener, RETRY_COST)))
        return;
    wg_wire_decode(session->initiation, session->captured, sizeof session->initiation, &view);
    if (view.verdict == WG_WIRE_NOT_WIREGUARD)
        return; /* its session began with something else */

    struct wg_initiation_keys keys = { .generation = generation };
    const struct wg_macs_message message = initiation_message(session, &view);
    judge_macs(opener, &message, before != NULL ? &before->macs : NULL, &keys.macs);
    open_initiation(opener, &keys, &view);
    keys.status = initiation_status(&keys, &view);
    if (session->keys == NULL)
        session->keys = g_new0(struct wg_initiation_keys, 1);
    *session->keys = keys;
    wg_noise_wipe_initiation(&keys.opened);
}

bool
wg_opener_clock_backwards(struct wg_opener *opener, const struct wg_session *session)
{
    if (session->keys == NULL || session->keys->opened.verdict != WG_NOISE_OK)
        return false;
    const struct wg_noise_initiation *opened = &session->keys->opened;
    const struct wg_tai64n timestamp = wg_tai64n_decode(opened->timestamp);
    struct wg_clock *clock = g_tree_lookup(opener->clocks, opened->initiator_static);

    if (clock == NULL) {
        clock = g_new0(struct wg_clock, 1);
        memcpy(clock->public_key, opened->initiator_static, WG_KEY_LEN);
        g_tree_insert(opener->clocks, clock->public_key, clock);
    } else if (wg_tai64n_compare(timestamp, clock->timestamp) <= 0) {
        /* In a capture out of order the earlier message comes later. */
        return session->initiation_time > clock->captured;
    }
    clock->timestamp = timestamp;
    clock->captured = session->initiation_time;
    return false;
}

/* ---- response ---- */

/* Try every preshared key that may be meant. That none fits proves them wrong only if everything
 * else is right: the message is made for this initiator, and no key is left untried. */
static enum wg_decryption_status
try_psks(struct wg_opener *opener, const struct wg_session *session,
         const struct wg_noise_prepared *prepared, const struct wg_wire_view *view,
         struct wg_response_keys *keys)
{
    const uint8_t *psks[WG_PSK_CANDIDATES_MAX];
    const size_t count = wg_keystore_psk_candidates(
        opener->keys,
        wg_keystore_find_ephemeral(opener->keys, session->keys->opened.initiator_ephemeral),
        wg_keystore_find_ephemeral(opener->keys, view->ephemeral),
        wg_session_initiator_key(session), wg_session_responder_key(session), psks);

    for (size_t i = 0; i < count; i++)
        if (wg_noise_try_psk(&keys->transport, prepared, psks[i]) == WG_NOISE_OK) {
            keys->has_transport = true;
            return WG_STATUS_DECRYPTED;
        }
    return keys->macs.mac1 == WG_MAC_GOOD && count < WG_PSK_CANDIDATES_MAX
               ? WG_STATUS_PSK_MISMATCH
               : WG_STATUS_AUTHENTICATION_FAILED;
}

/* Why the initiation before it keeps a response closed. */
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
    case WG_STATUS_TRUNCATED: /* the initiation is, not the response */
        return WG_STATUS_HANDSHAKE_MISSING;
    default:
        return session->keys->status;
    }
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
            wg_private_of(wg_keystore_find_static(opener->keys, opened->initiator_static)),
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

/* Whether trying again may tell more. */
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
    return same || !wg_opener_afford(opener, RETRY_COST);
}

static struct wg_macs_message
response_message(const struct wg_session *session, const struct wg_response *response,
                 const struct wg_wire_view *view)
{
    return (struct wg_macs_message){
        .view = view,
        .source = &response->source,
        .destination = &response->destination,
        .time = response->time,
        .certain = session->keys != NULL && session->keys->opened.has_static
                       ? session->keys->opened.initiator_static
                       : NULL,
    };
}

/* An answer proves that its receiver took the message, and with it mac1. */
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
    const struct wg_response *counts = response_of(session);
    const uint8_t *responder = wg_session_responder_key(session);

    if (counts == NULL || counts->keys == NULL || counts->keys->status != WG_STATUS_DECRYPTED)
        session->to_responder = response->to_responder;
    if (responder != NULL)
        wg_macs_prove(opener->memory, &session->responder, responder, response->time);
}

void
wg_opener_response(struct wg_opener *opener, struct wg_session *session,
                   struct wg_response *response)
{
    struct wg_wire_view view;

    if (!wg_opener_has_keys(opener))
        return;
    wg_opener_initiation(opener, session);
    take_back_bad_mac1(session);
    const struct wg_response_keys *before = response->keys;
    if (is_settled(opener, session, before))
        return;
    wg_wire_decode(response->bytes, response->captured, sizeof response->bytes, &view);

    struct wg_response_keys keys = { .generation = wg_keystore_generation(opener->keys),
                                     .had_initiation = session->initiation_frame != 0 };
    const struct wg_macs_message message = response_message(session, response, &view);
    judge_macs(opener, &message, before != NULL ? &before->macs : NULL, &keys.macs);
    keys.status = open_response(opener, session, &view, &keys);
    if (!keys.has_transport && before != NULL && before->has_transport) {
        keys.has_transport = true; /* data confirmed them */
        keys.transport = before->transport;
    }
    if (response->keys == NULL)
        response->keys = g_new0(struct wg_response_keys, 1);
    *response->keys = keys;
    if (keys.status == WG_STATUS_DECRYPTED)
        accept_response(opener, session, response);
    wg_noise_wipe_transport(&keys.transport);
}

bool
wg_opener_answers(struct wg_opener *opener, struct wg_session *session,
                  const struct wg_wire_view *view)
{
    struct wg_response_keys keys = { .has_transport = false };

    if (!wg_opener_has_keys(opener) || !wg_opener_afford(opener, RETRY_COST))
        return false;
    wg_opener_initiation(opener, session);
    const bool answers = open_response(opener, session, view, &keys) == WG_STATUS_DECRYPTED;
    wg_noise_wipe_transport(&keys.transport);
    return answers;
}

/* ---- cookie reply ---- */

/* Whose public key made the key of a reply to the session's initiation, or to `response`. */
static const uint8_t *
replier_of(const struct wg_session *session, const struct wg_response *response)
{
    if (response == NULL)
        return wg_session_responder_key(session);
    if (session->keys != NULL && session->keys->opened.has_static)
        return session->keys->opened.initiator_static;
    return response->keys != NULL && response->keys->macs.receiver != NULL
               ? response->keys->macs.receiver->public_key
               : wg_session_initiator_key(session);
}

static enum wg_decryption_status
open_cookie(struct wg_opener *opener, const struct wg_macs_message *provoking,
            const uint8_t *replier, const struct wg_wire_view *view, uint8_t cookie[WG_MAC_LEN])
{
    uint8_t cookie_key[WG_KEY_LEN]; /* made of a public key: not secret, not wiped */

    if (provoking->view->verdict == WG_WIRE_NOT_WIREGUARD)
        return WG_STATUS_HANDSHAKE_MISSING;
    if (provoking->view->mac1 == NULL || view->nonce == NULL || view->encrypted_cookie == NULL)
        return WG_STATUS_TRUNCATED;
    if (replier == NULL)
        return WG_STATUS_NO_KEY_FOR_PEER;
    wg_cookie_key(cookie_key, replier);
    if (!wg_cookie_open(cookie, view, cookie_key, provoking->view->mac1))
        return WG_STATUS_AUTHENTICATION_FAILED;
    wg_macs_remember_cookie(opener->memory, provoking, cookie);
    return WG_STATUS_DECRYPTED;
}

void
wg_opener_cookie(struct wg_opener *opener, struct wg_session *session,
                 struct wg_response *response, struct wg_cookie *cookie,
                 const struct wg_wire_view *view)
{
    struct wg_wire_view provoking;
    struct wg_macs_message message;

    cookie->status = WG_STATUS_NO_KEYS;
    if (!wg_opener_has_keys(opener))
        return;
    /* Keys may have come since. */
    wg_opener_initiation(opener, session);
    if (response != NULL) {
        wg_opener_response(opener, session, response);
        wg_wire_decode(response->bytes, response->captured, sizeof response->bytes, &provoking);
        message = response_message(session, response, &provoking);
    } else {
        take_back_bad_mac1(session);
        wg_wire_decode(session->initiation, session->captured, sizeof session->initiation,
                       &provoking);
        message = initiation_message(session, &provoking);
    }
    cookie->status = (uint8_t)open_cookie(opener, &message, replier_of(session, response), view,
                                          cookie->cookie);
}
