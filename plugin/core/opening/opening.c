/* opening.c
 * What the keys open: initiations, and the life of the opener.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "macs.h"
#include "opening_private.h"
#include "wg/cookie.h"
#include "wg/opening.h"

/* A tree, since who makes a capture can choose the keys in it, and with them their hashes. */
static int
compare_key_pairs(const void *a, const void *b, void *user)
{
    return memcmp(a, b, 2 * WG_KEY_LEN);
}

struct wg_opener *
wg_opener_new(struct wg_keystore *keys, wg_more_keys_fn more, void *user)
{
    struct wg_opener *opener = g_new0(struct wg_opener, 1);

    opener->keys = keys;
    opener->more = more;
    opener->user = user;
    opener->judged = wg_keystore_generation(keys);
    opener->memory = wg_macs_new();
    opener->budget = WG_OPENER_FREE_TIME;
    opener->clocks = g_tree_new_full(compare_key_pairs, NULL, NULL, g_free);
    opener->derived = g_array_new(FALSE, FALSE, sizeof(struct wg_derived));
    opener->derived_tried = g_hash_table_new_full(NULL, NULL, NULL, g_free);
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
    g_hash_table_destroy(opener->derived_tried);
    if (opener->room > 0)
        wg_wipe(opener->scratch, opener->room);
    g_free(opener->scratch);
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

static void
release_response(struct wg_response *response)
{
    if (response->keys != NULL)
        wg_noise_wipe_transport(&response->keys->transport);
    g_free(response->keys);
    response->keys = NULL;
}

static void
release_session(struct wg_session *session)
{
    if (session->keys != NULL)
        wg_noise_wipe_initiation(&session->keys->opened);
    g_free(session->keys);
    session->keys = NULL;
    for (struct wg_response *r = session->responses; r != NULL; r = r->next)
        release_response(r);
    for (struct wg_response *r = session->rejected; r != NULL; r = r->next)
        release_response(r);
    for (struct wg_cookie *c = session->cookies; c != NULL; c = c->next)
        wg_wipe(c->cookie, sizeof c->cookie);
}

/* ---- who is who ---- */

const struct wg_response *
wg_response_of(const struct wg_session *session)
{
    return session->to_initiator != NULL ? wg_direction_response(session->to_initiator)
                                         : session->responses;
}

const uint8_t *
wg_session_initiator_key(const struct wg_session *session)
{
    const struct wg_response *r = wg_response_of(session);

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

void
wg_opener_judge_macs(struct wg_opener *opener, const struct wg_macs_message *message,
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
        return wg_part_missing(view);
    case WG_NOISE_BAD_DH:
        return WG_STATUS_BAD_KEY_EXCHANGE;
    case WG_NOISE_STATIC_FAILED:
    case WG_NOISE_TIMESTAMP_FAILED:
        return WG_STATUS_AUTHENTICATION_FAILED;
    default:
        break;
    }
    if (view->mac1 == NULL)
        return wg_part_missing(view);
    return keys->responder != NULL ? WG_STATUS_NO_PRIVATE_KEY : WG_STATUS_NO_KEY_FOR_PEER;
}

/* The initiator's static private key can be looked up only once its public half is known, so that
 * the logger's own guess comes first and a second try follows. */
static void
try_initiation(struct wg_opener *opener, struct wg_noise_initiation *opened,
               struct wg_noise_keys *noise, const struct wg_wire_view *view)
{
    wg_noise_open_initiation(opened, noise, view);
    if (opened->verdict != WG_NOISE_TIMESTAMP_NOT_TRIED)
        return;
    noise->initiator_static_private =
        wg_private_of(wg_keystore_find_static(opener->keys, opened->initiator_static));
    if (noise->initiator_static_private != NULL)
        wg_noise_open_initiation(opened, noise, view);
}

/* Open with what the store has. */
static void
open_initiation(struct wg_opener *opener, struct wg_initiation_keys *keys,
                const struct wg_wire_view *view)
{
    const struct wg_static_key *responder = keys->macs.receiver;
    /* Not needed beside the responder's private key, and looking for it costs time. */
    const struct wg_ephemeral *ephemeral = NULL;
    if (wg_private_of(responder) == NULL && view->ephemeral != NULL)
        ephemeral = wg_keystore_find_ephemeral(opener->keys, view->ephemeral);

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
    try_initiation(opener, &keys->opened, &noise, view);
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

struct wg_macs_message
wg_initiation_message(const struct wg_session *session, const struct wg_wire_view *view)
{
    return (struct wg_macs_message){ .view = view,
                                     .source = &session->initiator,
                                     .destination = &session->responder,
                                     .time = session->initiation_time };
}

static enum wg_decryption_status
status_of(const struct wg_session *session)
{
    return session->keys != NULL ? session->keys->status : WG_STATUS_NOT_TRIED;
}

enum wg_decryption_status
wg_opener_initiation(void *self, struct wg_session *session)
{
    struct wg_opener *opener = self;
    struct wg_wire_view view;

    if (!wg_opener_has_keys(opener))
        return WG_STATUS_NO_KEYS;
    const uint64_t generation = wg_keystore_generation(opener->keys);
    const struct wg_initiation_keys *before = session->keys;
    if (before != NULL &&
        (before->status == WG_STATUS_DECRYPTED || before->generation == generation ||
         !wg_opener_afford(opener, WG_OPENER_RETRY_COST)))
        return status_of(session);
    wg_session_initiation_view(session, &view);
    if (view.verdict == WG_WIRE_NOT_WIREGUARD)
        return WG_STATUS_NOT_TRIED; /* its session began with something else */

    struct wg_initiation_keys keys = { .generation = generation };
    const struct wg_macs_message message = wg_initiation_message(session, &view);
    wg_opener_judge_macs(opener, &message, before != NULL ? &before->macs : NULL, &keys.macs);
    open_initiation(opener, &keys, &view);
    keys.status = initiation_status(&keys, &view);
    if (session->keys == NULL)
        session->keys = g_new0(struct wg_initiation_keys, 1);
    *session->keys = keys;
    session->proof = wg_status_proof(keys.status);
    wg_noise_wipe_initiation(&keys.opened);
    return keys.status;
}

static bool
clock_backwards(void *self, const struct wg_session *session)
{
    struct wg_opener *opener = self;
    uint8_t peers[2][WG_KEY_LEN] = { { 0 } };

    if (session->keys == NULL || session->keys->opened.verdict != WG_NOISE_OK)
        return false;
    const struct wg_noise_initiation *opened = &session->keys->opened;
    const struct wg_tai64n timestamp = wg_tai64n_decode(opened->timestamp);
    memcpy(peers[0], opened->initiator_static, WG_KEY_LEN);
    if (session->keys->responder != NULL)
        memcpy(peers[1], session->keys->responder->public_key, WG_KEY_LEN);
    struct wg_clock *clock = g_tree_lookup(opener->clocks, peers);

    if (clock == NULL) {
        clock = g_new0(struct wg_clock, 1);
        memcpy(clock->public_keys, peers, sizeof peers);
        g_tree_insert(opener->clocks, clock->public_keys, clock);
    } else if (wg_tai64n_compare(timestamp, clock->timestamp) <= 0) {
        /* In a capture out of order the earlier message comes later. */
        return session->initiation_time > clock->captured;
    }
    clock->timestamp = timestamp;
    clock->captured = session->initiation_time;
    return false;
}

/* ---- the judge ---- */

static bool
has_keys(void *self)
{
    return wg_opener_has_keys(self);
}

const struct wg_judge wg_opener_judge = {
    .initiation = wg_opener_initiation,
    .response = wg_opener_response,
    .cookie = wg_opener_cookie,
    .answers = wg_opener_answers,
    .clock_backwards = clock_backwards,
    .has_keys = has_keys,
    .opens = wg_opener_data,
    .release_session = release_session,
    .release_response = release_response,
    .release_direction = wg_opener_release_direction,
};

bool
wg_opener_judge_again(struct wg_opener *opener, struct wg_sessions *sessions)
{
    const uint64_t generation = wg_keystore_generation(opener->keys);
    const uint32_t count = wg_sessions_count(sessions);

    if (opener->judged == generation)
        return false;
    opener->judged = generation;
    for (uint32_t stream = 0; stream < count; stream++) {
        struct wg_session *session = wg_sessions_get(sessions, stream);
        wg_opener_initiation(opener, session);
        for (struct wg_response *r = session->responses; r != NULL; r = r->next)
            wg_opener_response(opener, session, r);
    }
    return true;
}
