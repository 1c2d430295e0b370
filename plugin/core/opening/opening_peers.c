/* opening_peers.c
 * What the keys open: which response of a session counts, and the static keys of its two peers.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "opener.h"
#include "wg/opening.h"

const struct wg_response *
wg_response_of(const struct wg_session *session)
{
    if (session->to_initiator != NULL)
        return wg_direction_response(session->to_initiator);
    return session->responses;
}

const uint8_t *
wg_session_initiator_key(const struct wg_session *session)
{
    const struct wg_extras *extras = wg_session_extras(session);
    const struct wg_response *r = wg_response_of(session);

    if (session->keys != NULL && session->keys->opened.has_static)
        return session->keys->opened.initiator_static;
    if (extras->initiator_static != NULL)
        return extras->initiator_static->public_key;
    if (r != NULL && r->keys != NULL && r->keys->macs.receiver != NULL)
        return r->keys->macs.receiver->public_key;
    return NULL;
}

const uint8_t *
wg_session_responder_key(const struct wg_session *session)
{
    if (session->keys != NULL && session->keys->responder != NULL)
        return session->keys->responder->public_key;
    const struct wg_extras *extras = wg_session_extras(session);
    if (extras->responder_static != NULL)
        return extras->responder_static->public_key;
    return NULL;
}
