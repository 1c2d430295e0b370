/* opening_derived.c
 * Transport keys from key logs, for handshakes that the capture lacks in part or whole.
 *
 * What is derived is a guess at which ephemeral keys belong together; only data that opens proves
 * it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "opener.h"
#include "wg/opening.h"

enum {
    /* Pairs of logged handshakes that may belong together, and the keys that are made of them. */
    MAX_PAIRS = 256,
    MAX_DERIVED = 4096,
    FEW_LISTED = 8, /* ephemeral keys */
    /* Ephemeral keys of an initiator that are tried on a response without its initiation. */
    MAX_EPHEMERALS = 64,
    /* Microseconds, roughly. */
    DERIVE_COST = 200, /* up to the preshared key */
    PSK_COST = 20,
    TRIAL_COST = 3,
    TRIAL_BYTES = 1024, /* one microsecond more for so many bytes of a packet */
    /* Packets of a direction on which all derived keys are tried. Of those after them only each
     * 2^n-th one is. */
    ALL_ON_EACH = 4,
    LISTED_IN_ONE = 16, /* entries of the key store that are looked at in one microsecond */
};

void
wg_opener_forget_derived(struct wg_opener *opener)
{
    if (opener->derived->len > 0)
        wg_wipe(opener->derived->data, opener->derived->len * sizeof(struct wg_derived));
    g_array_set_size(opener->derived, 0);
}

static uint64_t
trial_cost(const struct wg_trial *trial)
{
    return TRIAL_COST + trial->view->packet_length / TRIAL_BYTES;
}

/* ---- from the logs of both peers ---- */

static void
keep_derived(struct wg_opener *opener, const struct wg_noise_transport *transport,
             const struct wg_static_key *initiator, const struct wg_static_key *responder)
{
    struct wg_derived derived = { .serial = opener->derived_count++,
                                  .transport = *transport,
                                  .initiator = initiator,
                                  .responder = responder };

    if (opener->derived->len == MAX_DERIVED) {
        /* The older half goes, since new keys are wanted; all at once, so that it costs little. */
        struct wg_derived *all = (struct wg_derived *)(void *)opener->derived->data;
        memmove(all, all + MAX_DERIVED / 2, MAX_DERIVED / 2 * sizeof *all);
        wg_wipe(all + MAX_DERIVED / 2, MAX_DERIVED / 2 * sizeof *all);
        g_array_set_size(opener->derived, MAX_DERIVED / 2);
    }
    g_array_append_val(opener->derived, derived);
    wg_noise_wipe_transport(&derived.transport);
}

/* Keep the transport keys of one pair, in both orders of roles, under each likely preshared key.
 * returns   false when there is no time for more */
static bool
derive_both(void *user, const struct wg_ephemeral *a, const struct wg_ephemeral *b)
{
    struct wg_opener *opener = user;
    const uint8_t *psks[WG_PSK_CANDIDATES_MAX];
    struct wg_noise_prepared prepared[2];
    struct wg_noise_transport transport;
    const struct wg_noise_keys keys = {
        .initiator_static_private = wg_private_of(a->local),
        .initiator_static_public = a->local->public_key,
        .initiator_ephemeral_private = a->private_key,
        .initiator_ephemeral_public = a->public_key,
        .responder_static_private = wg_private_of(b->local),
        .responder_static_public = b->local->public_key,
        .responder_ephemeral_private = b->private_key,
        .responder_ephemeral_public = b->public_key,
    };
    const size_t count = wg_keystore_psk_candidates(opener->keys, a, b, a->local->public_key,
                                                    b->local->public_key, psks);

    if (!wg_opener_afford(opener, DERIVE_COST + 2 * PSK_COST * count))
        return false;
    if (wg_noise_prepare_both(prepared, &keys) != WG_NOISE_OK)
        return true;
    for (size_t n = 0; n < count; n++) {
        if (wg_noise_try_psk(&transport, &prepared[0], psks[n]) == WG_NOISE_UNVERIFIED)
            keep_derived(opener, &transport, a->local, b->local);
        wg_noise_wipe_transport(&transport);
    }
    for (size_t n = 0; n < count; n++) {
        if (wg_noise_try_psk(&transport, &prepared[1], psks[n]) == WG_NOISE_UNVERIFIED)
            keep_derived(opener, &transport, b->local, a->local);
        wg_noise_wipe_transport(&transport);
    }
    wg_noise_wipe_prepared(&prepared[0]);
    wg_noise_wipe_prepared(&prepared[1]);
    return true;
}

/* Room for all at once, so that growing leaves no copy of a key behind. */
static void
begin_derived(struct wg_opener *opener)
{
    wg_opener_forget_derived(opener);
    g_array_free(opener->derived, TRUE);
    opener->derived = g_array_sized_new(FALSE, FALSE, sizeof(struct wg_derived), MAX_DERIVED);
}

/* Derive with the keys that are known now: from all pairs at first, while they are few, and when
 * the keys have changed and then stayed for a packet; only from what is new while a log keeps
 * growing. */
static void
derive_all(struct wg_opener *opener)
{
    const uint64_t generation = wg_keystore_generation(opener->keys);
    const size_t listed = wg_keystore_ephemeral_count(opener->keys);
    const bool changed = opener->derived_generation != generation;

    if (!changed && opener->derived_all)
        return;
    opener->derived_all = !changed || opener->derived_generation == 0 || listed <= FEW_LISTED;
    opener->derived_generation = generation;
    if (opener->derived_all && wg_opener_afford(opener, 1 + listed / LISTED_IN_ONE)) {
        begin_derived(opener);
        wg_keystore_pair_candidates(opener->keys, MAX_PAIRS, derive_both, opener);
    } else if (!opener->derived_all) {
        wg_keystore_new_pairs(opener->keys, opener->derived_since, MAX_PAIRS, derive_both, opener);
    }
    opener->derived_since = wg_keystore_ephemerals_added(opener->keys);
}

/* What was tried on a direction's packets: keys that failed on several will fail on others. */
struct wg_derived_tried {
    uint64_t before; /* keys derived before this one were tried */
    unsigned times;  /* packets that were tried */
};

/* The first that is worth trying on a packet of this direction. */
static unsigned
first_worth_trying(struct wg_opener *opener, const struct wg_direction *d)
{
    struct wg_derived_tried *tried = g_hash_table_lookup(opener->derived_tried, d);
    const struct wg_derived *all = (const struct wg_derived *)(const void *)opener->derived->data;
    unsigned first = 0;

    if (tried == NULL) {
        tried = g_new0(struct wg_derived_tried, 1);
        g_hash_table_insert(opener->derived_tried, (void *)(uintptr_t)d, tried);
    }
    tried->times++;
    if (tried->times > ALL_ON_EACH && (tried->times & (tried->times - 1)) != 0)
        for (first = opener->derived->len; first > 0 && all[first - 1].serial >= tried->before;)
            first--;
    tried->before = opener->derived_count;
    return first;
}

/* A direction that a handshake message announced has its role already, and so has one that a key
 * proved. */
static enum wg_role
known_role(const struct wg_direction *d)
{
    const struct wg_session *session = d->session;

    if (session->initiation_frame != 0 || session->responses != NULL || d->keyed)
        return d->receiver;
    return WG_ROLE_UNKNOWN;
}

/* The role that the direction's receiver has if these keys open the packet, else UNKNOWN. */
static enum wg_role
role_of(const struct wg_trial *trial, const struct wg_noise_transport *transport)
{
    const enum wg_role known = known_role(trial->direction);

    if (known != WG_ROLE_INITIATOR && wg_try_key(trial, transport->initiator_to_responder))
        return WG_ROLE_RESPONDER;
    if (known != WG_ROLE_RESPONDER && wg_try_key(trial, transport->responder_to_initiator))
        return WG_ROLE_INITIATOR;
    return WG_ROLE_UNKNOWN;
}

bool
wg_try_derived(struct wg_opener *opener, const struct wg_trial *trial)
{
    struct wg_direction *d = trial->direction;
    struct wg_session *session = d->session;

    derive_all(opener);
    for (unsigned i = first_worth_trying(opener, d); i < opener->derived->len; i++) {
        const struct wg_derived *derived = &g_array_index(opener->derived, struct wg_derived, i);
        if (!wg_opener_afford(opener, 2 * trial_cost(trial)))
            return false;
        const enum wg_role receiver = role_of(trial, &derived->transport);
        if (receiver == WG_ROLE_UNKNOWN)
            continue;
        const bool has_handshake = session->initiation_frame != 0 || session->responses != NULL;
        if (has_handshake || wg_direction_prove_role(d, receiver))
            wg_session_prove_peers(session, derived->initiator, derived->responder);
        return true;
    }
    return false;
}

/* ---- from the initiator's log and a response ---- */

/* Try one ephemeral key of the initiator, under each likely preshared key. */
static bool
try_ephemeral(struct wg_opener *opener, const struct wg_trial *trial, struct wg_response *r,
              const uint8_t *responder_ephemeral, const struct wg_ephemeral *e)
{
    const uint8_t *psks[WG_PSK_CANDIDATES_MAX];
    const struct wg_ephemeral *theirs =
        wg_keystore_find_ephemeral(opener->keys, responder_ephemeral);
    const struct wg_noise_keys keys = {
        .initiator_static_private = wg_private_of(e->local),
        .initiator_static_public = e->local->public_key,
        .initiator_ephemeral_private = e->private_key,
        .initiator_ephemeral_public = e->public_key,
        .responder_static_private = wg_private_of(e->remote),
        .responder_static_public = e->remote->public_key,
        .responder_ephemeral_private = wg_ephemeral_private_of(theirs),
        .responder_ephemeral_public = responder_ephemeral,
    };
    struct wg_noise_prepared prepared;
    struct wg_noise_transport transport;
    bool opened = false;
    const size_t count = wg_keystore_psk_candidates(opener->keys, e, theirs, e->local->public_key,
                                                    e->remote->public_key, psks);

    if (!wg_opener_afford(opener, DERIVE_COST + count * (PSK_COST + trial_cost(trial))) ||
        wg_noise_prepare_keys(&prepared, &keys) != WG_NOISE_OK)
        return false;
    for (size_t n = 0; n < count && !opened; n++) {
        if (wg_noise_try_psk(&transport, &prepared, psks[n]) != WG_NOISE_UNVERIFIED)
            continue;
        opened = wg_try_transport(trial, &transport);
        if (opened) {
            r->keys->transport = transport;
            r->keys->has_transport = true;
        }
        wg_noise_wipe_transport(&transport);
    }
    wg_noise_wipe_prepared(&prepared);
    return opened;
}

/* The latest of the initiator's ephemeral keys first: a log often begins before the capture. */
static bool
try_response(struct wg_opener *opener, const struct wg_trial *trial, struct wg_response *r)
{
    const struct wg_static_key *initiator = r->keys->macs.receiver;
    size_t left = wg_keystore_ephemeral_count(opener->keys);
    struct wg_unpacked response;

    wg_unpack_response(r, &response);
    if (response.view.ephemeral == NULL || initiator == NULL ||
        !wg_opener_afford(opener, 1 + left / LISTED_IN_ONE))
        return false;
    for (unsigned tried = 0; left-- > 0 && tried < MAX_EPHEMERALS;) {
        const struct wg_ephemeral *e = wg_keystore_ephemeral(opener->keys, left);
        if (e->local != initiator || e->remote == NULL)
            continue;
        tried++;
        if (!try_ephemeral(opener, trial, r, response.view.ephemeral, e))
            continue;
        wg_session_prove_peers(trial->direction->session, initiator, e->remote);
        wg_session_take(trial->direction->session, r);
        return true;
    }
    return false;
}

bool
wg_try_lone_responses(struct wg_opener *opener, const struct wg_trial *trial)
{
    const struct wg_direction *d = trial->direction;

    if (d->session->initiation_frame != 0)
        return false;
    for (struct wg_response *r = d->session->responses; r != NULL; r = r->next)
        if ((d->receiver != WG_ROLE_RESPONDER || r == d->response) && r->keys != NULL &&
            !r->keys->has_transport && try_response(opener, trial, r))
            return true;
    return false;
}
