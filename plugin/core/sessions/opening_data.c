/* opening_data.c
 * What the keys open: transport data.
 *
 * A direction's key is found once, by what opens one of its packets: the handshake's keys, raw
 * transport keys of its index, or, where the handshake was not captured, keys derived from the key
 * logs of both peers. Addresses have no say in it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "opening_private.h"
#include "wg/opening.h"

enum {
    /* Pairs of logged handshakes that may belong together, and the keys that are made of them. */
    MAX_PAIRS = 256,
    MAX_DERIVED = 4096,
    /* Packets of a direction on which all keys are tried before only every 2^n-th one is. */
    TRIED_ON_EACH = 4,
};

void
wg_opener_forget_derived(struct wg_opener *opener)
{
    wg_wipe(opener->derived->data, opener->derived->len * sizeof(struct wg_derived));
    g_array_set_size(opener->derived, 0);
}

/* Keep the transport keys of one pair, in one order of roles, under each likely preshared key. */
static void
derive(struct wg_opener *opener, const struct wg_ephemeral *i, const struct wg_ephemeral *r)
{
    const uint8_t *psks[WG_PSK_CANDIDATES_MAX];
    struct wg_noise_prepared prepared;
    const struct wg_noise_keys keys = {
        .initiator_static_private = i->local->has_private ? i->local->private_key : NULL,
        .initiator_static_public = i->local->public_key,
        .initiator_ephemeral_private = i->private_key,
        .responder_static_private = r->local->has_private ? r->local->private_key : NULL,
        .responder_static_public = r->local->public_key,
        .responder_ephemeral_private = r->private_key,
    };

    if (wg_noise_prepare_keys(&prepared, &keys) != WG_NOISE_OK)
        return;
    const size_t count = wg_keystore_psk_candidates(opener->keys, i, r, i->local->public_key,
                                                    r->local->public_key, psks);
    for (size_t n = 0; n < count && opener->derived->len < MAX_DERIVED; n++) {
        struct wg_derived derived = { .initiator = i->local, .responder = r->local };
        if (wg_noise_try_psk(&derived.transport, &prepared, psks[n]) == WG_NOISE_UNVERIFIED)
            g_array_append_val(opener->derived, derived);
        wg_noise_wipe_transport(&derived.transport);
    }
    wg_noise_wipe_prepared(&prepared);
}

static bool
derive_both(void *user, const struct wg_ephemeral *a, const struct wg_ephemeral *b)
{
    struct wg_opener *opener = user;

    derive(opener, a, b);
    derive(opener, b, a);
    return opener->derived->len < MAX_DERIVED;
}

static void
derive_all(struct wg_opener *opener)
{
    const uint64_t generation = wg_keystore_generation(opener->keys);

    if (opener->derived_generation == generation)
        return;
    /* Room for all at once, so that growing leaves no copy of a key behind. */
    wg_opener_forget_derived(opener);
    g_array_free(opener->derived, TRUE);
    opener->derived = g_array_sized_new(FALSE, FALSE, sizeof(struct wg_derived), MAX_DERIVED);
    wg_keystore_pair_candidates(opener->keys, MAX_PAIRS, derive_both, opener);
    opener->derived_generation = generation;
}

/* Whether the key opens the message; if so it is the direction's from now on. */
static bool
try_key(struct wg_direction *d, const uint8_t key[WG_KEY_LEN], const struct wg_wire_view *view,
        uint8_t *plain)
{
    struct wg_aead *aead = wg_aead_new(key);

    if (!wg_aead_open_with(aead, plain, view->counter, view->packet, view->packet_length)) {
        wg_aead_free(aead);
        return false;
    }
    wg_aead_free(d->aead);
    d->aead = aead;
    return true;
}

/* The keys of the handshake. Each response that was not forged has some; what opens the data shows
 * which one the initiator accepted. */
static bool
try_handshake(struct wg_opener *opener, struct wg_direction *d, const struct wg_wire_view *view,
              uint8_t *plain)
{
    struct wg_session *session = d->session;

    for (struct wg_response *r = session->responses; r != NULL; r = r->next) {
        wg_opener_response(opener, session, r);
        if (!r->keys->has_transport ||
            (d->receiver == WG_ROLE_RESPONDER && r != d->response))
            continue;
        const uint8_t *key = d->receiver == WG_ROLE_RESPONDER
                                 ? r->keys->transport.initiator_to_responder
                                 : r->keys->transport.responder_to_initiator;
        if (try_key(d, key, view, plain)) {
            session->to_responder = r->to_responder;
            return true;
        }
    }
    return false;
}

static bool
try_raw(struct wg_opener *opener, struct wg_direction *d, const struct wg_wire_view *view,
        uint8_t *plain)
{
    const struct wg_transport_keys *raw = wg_keystore_find_transport(opener->keys, d->index);

    for (unsigned i = 0; raw != NULL && i < raw->count; i++)
        if (try_key(d, raw->keys[i], view, plain))
            return true;
    return false;
}

/* The direction turned out to lead to the peer of this role. */
static void
learn_role(struct wg_direction *d, enum wg_role receiver, const struct wg_derived *derived)
{
    struct wg_session *session = d->session;
    struct wg_direction *other =
        session->to_initiator == d ? session->to_responder : session->to_initiator;

    session->initiator_static = derived->initiator;
    session->responder_static = derived->responder;
    d->receiver = receiver;
    if (other != NULL)
        other->receiver =
            receiver == WG_ROLE_INITIATOR ? WG_ROLE_RESPONDER : WG_ROLE_INITIATOR;
    session->to_initiator = receiver == WG_ROLE_INITIATOR ? d : other;
    session->to_responder = receiver == WG_ROLE_INITIATOR ? other : d;
    session->initiator = receiver == WG_ROLE_INITIATOR ? d->destination : d->source;
    session->responder = receiver == WG_ROLE_INITIATOR ? d->source : d->destination;
}

static bool
try_derived(struct wg_opener *opener, struct wg_direction *d, const struct wg_wire_view *view,
            uint8_t *plain)
{
    derive_all(opener);
    for (unsigned i = 0; i < opener->derived->len; i++) {
        const struct wg_derived *derived = &g_array_index(opener->derived, struct wg_derived, i);
        enum wg_role receiver = WG_ROLE_RESPONDER;
        bool open = try_key(d, derived->transport.initiator_to_responder, view, plain);
        if (!open) {
            receiver = WG_ROLE_INITIATOR;
            open = try_key(d, derived->transport.responder_to_initiator, view, plain);
        }
        if (!open)
            continue;
        if (d->session->initiation_frame == 0 && d->session->responses == NULL)
            learn_role(d, receiver, derived);
        return true;
    }
    return false;
}

/* All keys that may be meant, within bounds: what failed on several packets fails on others, until
 * there are new keys. */
static bool
learn_key(struct wg_opener *opener, struct wg_direction *d, const struct wg_wire_view *view,
          uint8_t *plain)
{
    const uint64_t generation = wg_keystore_generation(opener->keys);

    if (d->keys_generation != generation) {
        d->keys_generation = generation;
        d->keys_tried = 0;
    }
    const unsigned tried = d->keys_tried++;
    if (tried >= TRIED_ON_EACH && (tried & (tried - 1)) != 0)
        return false;
    if (try_handshake(opener, d, view, plain) || try_raw(opener, d, view, plain))
        return true;
    /* With the whole handshake captured, its keys are the only ones. */
    return (d->session->initiation_frame == 0 || d->session->responses == NULL) &&
           try_derived(opener, d, view, plain);
}

/* Why a direction has no key. */
static enum wg_decryption_status
without_key(const struct wg_direction *d)
{
    const struct wg_session *session = d->session;
    const struct wg_response *r = d->response != NULL ? d->response : session->responses;

    if (session->initiation_frame == 0)
        return WG_STATUS_HANDSHAKE_MISSING;
    if (r == NULL)
        return WG_STATUS_RESPONSE_MISSING;
    if (r->keys == NULL)
        return WG_STATUS_NO_KEYS;
    return r->keys->status == WG_STATUS_DECRYPTED ? WG_STATUS_AUTHENTICATION_FAILED
                                                  : r->keys->status;
}

enum wg_decryption_status
wg_opener_data(struct wg_opener *opener, struct wg_direction *d, const struct wg_wire_view *view,
               uint8_t *plain, bool learn)
{
    if (!wg_opener_has_keys(opener))
        return WG_STATUS_NO_KEYS;
    if (view->packet == NULL || view->packet_captured < view->packet_length ||
        view->packet_length < WG_TAG_LEN)
        return WG_STATUS_TRUNCATED;
    if (d->aead != NULL && wg_aead_open_with(d->aead, plain, view->counter, view->packet,
                                             view->packet_length))
        return WG_STATUS_DECRYPTED;
    if (learn && learn_key(opener, d, view, plain))
        return WG_STATUS_DECRYPTED;
    return d->aead != NULL ? WG_STATUS_AUTHENTICATION_FAILED : without_key(d);
}
