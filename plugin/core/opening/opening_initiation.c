/* opening_initiation.c
 * What the keys open: initiations.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "macs.h"
#include "opener.h"
#include "wg/opening.h"

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
    if (keys->responder != NULL)
        return WG_STATUS_NO_PRIVATE_KEY;
    return WG_STATUS_NO_KEY_FOR_PEER;
}

/* The initiator's static private key can be looked up only once its public half is known, so a
 * second try follows the first. */
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
    /* Not needed with the responder's private key, and looking for it costs time. */
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
        .initiator_ephemeral_private = wg_ephemeral_private_of(ephemeral),
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
                                     .source = &session->way->source,
                                     .destination = &session->way->destination,
                                     .time = session->initiation_time };
}

static enum wg_decryption_status
status_of(const struct wg_session *session)
{
    if (session->keys != NULL)
        return session->keys->status;
    return WG_STATUS_NOT_TRIED;
}

enum wg_decryption_status
wg_opener_initiation(void *self, struct wg_session *session)
{
    struct wg_opener *opener = self;
    struct wg_unpacked initiation;
    const struct wg_wire_view *view = &initiation.view;

    if (!wg_opener_has_keys(opener))
        return WG_STATUS_NO_KEYS;
    const uint64_t generation = wg_keystore_generation(opener->keys);
    const struct wg_initiation_keys *before = session->keys;
    if (before != NULL &&
        (before->status == WG_STATUS_DECRYPTED || before->generation == generation ||
         !wg_opener_afford(opener, WG_OPENER_RETRY_COST)))
        return status_of(session);
    wg_unpack_initiation(session, &initiation);
    if (view->verdict == WG_WIRE_NOT_WIREGUARD)
        return WG_STATUS_NOT_TRIED; /* its session began with something else */

    struct wg_initiation_keys keys = { .generation = generation };
    const struct wg_macs_message message = wg_initiation_message(session, view);
    wg_macs_judge_again(opener->memory, opener->keys, &message,
                        before != NULL ? &before->macs : NULL, &keys.macs);
    open_initiation(opener, &keys, view);
    keys.status = initiation_status(&keys, view);
    if (session->keys == NULL)
        session->keys = g_new0(struct wg_initiation_keys, 1);
    *session->keys = keys;
    session->proof = wg_status_proof(keys.status);
    wg_noise_wipe_initiation(&keys.opened);
    wg_opener_compare_clock(opener, session);
    return keys.status;
}
