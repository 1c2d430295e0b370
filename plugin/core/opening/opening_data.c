/* opening_data.c
 * What the keys open: transport data.
 *
 * A direction's key is found once, by what opens one of its packets: the handshake's keys, raw
 * transport keys of its index, or, where the handshake was not captured wholly, keys derived from
 * key logs. Addresses play no part in it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "opener.h"
#include "wg/opening.h"

/* Packets of a direction on which all keys are tried. Of those after them only each 2^n-th one is.
 */
enum { TRIED_ON_EACH = 4 };

/* The keys of the handshake, as far as they are known. Each genuine response has some; the keys
 * that open the data show which one the initiator accepted. */
static bool
try_handshake(const struct wg_trial *trial)
{
    const struct wg_direction *d = trial->direction;
    struct wg_session *session = d->session;

    for (struct wg_response *r = session->responses; r != NULL; r = r->next) {
        if (r->keys == NULL || !r->keys->has_transport ||
            (d->receiver == WG_ROLE_RESPONDER && r != d->response))
            continue;
        if (wg_try_transport(trial, &r->keys->transport)) {
            wg_session_take(session, r);
            return true;
        }
    }
    return false;
}

/* Read the handshake again if keys were added since. */
static bool
try_handshake_again(struct wg_opener *opener, const struct wg_trial *trial)
{
    struct wg_session *session = trial->direction->session;

    for (struct wg_response *r = session->responses; r != NULL; r = r->next)
        wg_opener_response(opener, session, r);
    return try_handshake(trial);
}

static bool
try_raw(struct wg_opener *opener, const struct wg_trial *trial)
{
    const struct wg_transport_keys *raw =
        wg_keystore_find_transport(opener->keys, trial->direction->index);

    for (unsigned i = 0; raw != NULL && i < raw->count; i++)
        if (wg_try_key(trial, raw->keys[i]))
            return true;
    return false;
}

/* Try all candidate keys, within bounds: those that failed on several packets will fail on others,
 * until there are new keys. The keys of the handshake cost little, and are tried on each packet:
 * several sessions may have one index, and the first packets with it may all be of another session.
 */
static bool
learn_key(struct wg_opener *opener, const struct wg_trial *trial)
{
    struct wg_direction *d = trial->direction;
    const uint64_t generation = wg_keystore_generation(opener->keys);

    opener->budget = MIN(opener->budget + WG_OPENER_TIME_PER_PACKET, WG_OPENER_FREE_TIME);
    if (d->keys == NULL)
        d->keys = g_new0(struct wg_direction_keys, 1);
    if (d->keys->generation != generation) {
        d->keys->generation = generation;
        d->keys->tried = 0;
    }
    const unsigned tried = d->keys->tried++;
    if (tried >= TRIED_ON_EACH && (tried & (tried - 1)) != 0)
        return try_handshake(trial);
    if (try_handshake_again(opener, trial) || try_raw(opener, trial))
        return true;
    /* With the whole handshake captured, its keys are the only ones. */
    return (d->session->initiation_frame == 0 || d->session->responses == NULL) &&
           (wg_try_lone_responses(opener, trial) || wg_try_derived(opener, trial));
}

/* Why data has no key from the handshake. A fault of one of its messages is not one of the data. */
static enum wg_decryption_status
without_handshake_keys(const struct wg_session *session, const struct wg_response *r)
{
    if (r->keys == NULL)
        return WG_STATUS_NOT_TRIED;
    switch (r->keys->status) {
    case WG_STATUS_DECRYPTED:
        return WG_STATUS_AUTHENTICATION_FAILED;
    case WG_STATUS_TRUNCATED:
        return WG_STATUS_RESPONSE_MISSING;
    case WG_STATUS_AUTHENTICATION_FAILED:
        if (session->keys != NULL && session->keys->status == WG_STATUS_DECRYPTED)
            return WG_STATUS_RESPONSE_MISSING;
        return WG_STATUS_HANDSHAKE_MISSING;
    default:
        return r->keys->status;
    }
}

/* Why a direction has no key. */
static enum wg_decryption_status
without_key(const struct wg_direction *d)
{
    const struct wg_session *session = d->session;
    const struct wg_response *r = wg_direction_response(d);

    if (session->initiation_frame == 0)
        return WG_STATUS_HANDSHAKE_MISSING;
    if (r == NULL)
        return WG_STATUS_RESPONSE_MISSING;
    return without_handshake_keys(session, r);
}

/* Keys may be logged after their handshake was captured. So the log is read again where data was
 * not opened: for fewer and fewer packets, and at least for every 256th. */
static bool
log_is_due(const struct wg_direction *d)
{
    const uint64_t packets = wg_counters_packets(&d->counters) + d->failed;
    return (packets & (packets - 1)) == 0 || packets % 256 == 0;
}

static bool
more_keys(const struct wg_opener *opener, const struct wg_direction *d)
{
    return opener->more != NULL && log_is_due(d) && opener->more(opener->user);
}

/* Room for plaintext that is not shown. */
static uint8_t *
scratch(struct wg_opener *opener, size_t length)
{
    if (length > opener->room) {
        if (opener->room > 0)
            wg_wipe(opener->scratch, opener->room);
        g_free(opener->scratch);
        opener->room = MAX(length, 2 * opener->room);
        opener->scratch = g_malloc(opener->room);
    }
    return opener->scratch;
}

static bool
is_whole(const struct wg_wire_view *view)
{
    return view->packet != NULL && view->packet_captured >= view->packet_length &&
           view->packet_length >= WG_TAG_LEN;
}

enum wg_decryption_status
wg_opener_data(void *self, struct wg_direction *d, const struct wg_wire_view *view, uint8_t *plain,
               bool learn)
{
    struct wg_opener *opener = self;

    if (!wg_opener_has_keys(opener) && !(learn && more_keys(opener, d)))
        return WG_STATUS_NO_KEYS;
    if (!is_whole(view))
        return WG_STATUS_TRUNCATED;
    const struct wg_trial trial = {
        .direction = d,
        .view = view,
        .plain = plain != NULL ? plain : scratch(opener, view->packet_length),
    };
    if (wg_try_known_keys(d, view, trial.plain))
        return WG_STATUS_DECRYPTED;
    if (learn && (learn_key(opener, &trial) || (more_keys(opener, d) && learn_key(opener, &trial))))
        return WG_STATUS_DECRYPTED;
    if (d->keyed)
        return WG_STATUS_AUTHENTICATION_FAILED;
    return without_key(d);
}

enum wg_decryption_status
wg_opener_look(const struct wg_opener *opener, const struct wg_direction *d,
               const struct wg_wire_view *view, uint8_t *plain)
{
    if (!is_whole(view))
        return WG_STATUS_TRUNCATED;
    if (wg_open_again(d, view, plain))
        return WG_STATUS_DECRYPTED;
    return WG_STATUS_NOT_TRIED;
}
