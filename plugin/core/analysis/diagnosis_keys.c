/* diagnosis_keys.c
 * What keys and configurations show of a tunnel's messages.
 *
 * Where keys fit a session or a peer, a message that does not open with them is counted as forged
 * and changes nothing else.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "diagnosis_private.h"
#include "evidence_private.h"
#include "wg/allowed_ips.h"
#include "wg/crypto.h"
#include "wg/supplied.h"
#include "wg/timers.h"

/* ---- initiations ---- */

/* Whether the responder's own configuration was supplied and lacks the initiator. */
static bool
is_stranger(struct wg_diagnosis *d, const struct wg_initiation_keys *keys)
{
    const struct wg_static_key *responder = keys->macs.receiver;

    if (!keys->opened.has_static || responder == NULL || !responder->has_private || d->keys == NULL)
        return false;
    if (d->asked != responder)
        d->configured = wg_keystore_has_peers(d->keys, responder);
    d->asked = responder;
    return d->configured &&
           wg_keystore_peer(d->keys, responder->public_key, keys->opened.initiator_static) == NULL;
}

/* Whether none of the initiations before the first that opens was made for its responder, whose key
 * was known when they came. A log that begins later does not open them either, but their mac1 is
 * good; and keys may come after them. */
static bool
were_forged(const struct wg_tunnel *t, const struct wg_initiation_keys *keys)
{
    const uint32_t this_one = keys->macs.mac1 == WG_MAC_GOOD;

    return t->mac1_good.count == this_one && keys->responder != NULL &&
           keys->responder->since <= t->first_judged;
}

static void
see_opened(struct wg_diagnosis *d, struct wg_tunnel *t, const struct wg_initiation_keys *keys,
           struct wg_fact *f)
{
    if (t->opened_initiations.count == 0 && were_forged(t, keys))
        wg_tunnel_forget_unproved(t);
    f->opened = true;
    t->uses_own_key =
        keys->responder != NULL &&
        wg_equal(keys->responder->public_key, keys->opened.initiator_static, WG_KEY_LEN);
    wg_evidence_see(&t->opened_initiations, f->frame);
    t->last_opened = keys;
    t->last_opened_time = f->time;
    if (!is_stranger(d, keys))
        return;
    if (t->stranger.count == 0)
        t->strangers_keys = keys;
    wg_evidence_see(&t->stranger, f->frame);
}

static bool
see_initiation(struct wg_diagnosis *d, struct wg_tunnel *t, const struct wg_sighting *s,
               struct wg_fact *f)
{
    const struct wg_initiation_keys *keys = s->analysis.session->keys;
    const struct wg_static_key *receiver = t->side[!f->side].key;

    if (t->side[0].initiations.count + t->side[1].initiations.count == 0 && d->keys != NULL)
        t->first_judged = wg_keystore_generation(d->keys);
    if (keys == NULL)
        return true;
    if (keys->status == WG_STATUS_AUTHENTICATION_FAILED ||
        (receiver != NULL && keys->macs.mac1 != WG_MAC_GOOD &&
         keys->macs.mac1 != WG_MAC_NOT_PRESENT && s->view->mac1 != NULL)) {
        wg_evidence_see(&t->forged, f->frame);
        return false;
    }
    if (keys->macs.mac1 == WG_MAC_BAD)
        wg_evidence_see(&t->mac1_bad, f->frame);
    if (keys->macs.mac1 == WG_MAC_UNVERIFIED && s->view->mac1 != NULL && d->keys != NULL &&
        wg_keystore_static_count(d->keys) > 0)
        wg_evidence_see(&t->mac1_unknown, f->frame);
    if (keys->macs.mac1 == WG_MAC_GOOD) {
        wg_evidence_see(&t->mac1_good, f->frame);
        if (t->meant != keys->macs.receiver) {
            t->meant = keys->macs.receiver;
            t->names_other_key = wg_supplied_right_key(d->keys, t->meant) != NULL;
            t->names_a_client = wg_supplied_is_client(d->keys, t->meant);
        }
    }
    if (keys->opened.has_static)
        see_opened(d, t, keys, f);
    return true;
}

/* Put a place first among those where a side initiated. returns whether it was another one of
 * them. */
static bool
put_first(struct wg_tunnel_side *s, const struct wg_endpoint *place)
{
    const unsigned size = G_N_ELEMENTS(s->tried_from);
    unsigned at = 0;

    while (at < size && !wg_endpoint_equal(&s->tried_from[at], place))
        at++;
    const bool known = at < size;
    memmove(s->tried_from + 1, s->tried_from, MIN(at, size - 1) * sizeof *s->tried_from);
    s->tried_from[0] = *place;
    return known && at > 0;
}

/* The same peer initiates from several places in turn. One device that moves takes its session
 * with it, or has slept. */
static void
see_turns(struct wg_tunnel *t, const struct wg_fact *f)
{
    struct wg_tunnel_side *s = &t->side[f->side];
    const struct wg_endpoint last = s->tried_from[0];
    const bool awake = wg_elapsed(s->tried_time, f->time) < WG_REJECT_AFTER_TIME;

    s->tried_time = f->time;
    if (put_first(s, &f->source) && awake) {
        t->sharing[0] = f->source;
        t->sharing[1] = last;
        wg_evidence_see(&t->shared, f->frame);
    }
}

/* A session goes on from another place: it is the same device that initiates here and there. */
static void
see_move(struct wg_tunnel_side *s, const struct wg_endpoint *from, const struct wg_endpoint *to)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(s->tried_from); i++)
        if (wg_endpoint_equal(&s->tried_from[i], from))
            s->tried_from[i] = *to;
}

/* ---- responses ---- */

static const struct wg_response *
response_in(const struct wg_session *session, uint32_t frame)
{
    const struct wg_response *r = session->responses;

    while (r != NULL && r->frame != frame)
        r = r->next;
    return r;
}

/* Whether another response of the session opens. */
static bool
one_opens(const struct wg_session *session)
{
    for (const struct wg_response *r = session->responses; r != NULL; r = r->next)
        if (r->keys != NULL && r->keys->status == WG_STATUS_DECRYPTED)
            return true;
    return false;
}

static bool
see_response(struct wg_tunnel *t, const struct wg_sighting *s, struct wg_fact *f)
{
    const bool mismatch = s->status == WG_STATUS_PSK_MISMATCH;

    if (s->status == WG_STATUS_AUTHENTICATION_FAILED ||
        (mismatch && one_opens(s->analysis.session))) {
        wg_evidence_see(&t->forged, f->frame);
        return false;
    }
    if (mismatch)
        wg_evidence_see(&t->psk_mismatch, f->frame);
    if (f->opened)
        wg_evidence_see(&t->psk_right, f->frame);
    return true;
}

/* Whether two endpoints are one place: copies show that one is the other, on the far side of a NAT.
 */
static bool
is_one_place(const struct wg_tunnel *t, const struct wg_endpoint *a, const struct wg_endpoint *b)
{
    return wg_endpoint_equal(a, b) || wg_endpoint_equal(&t->also_seen, a) ||
           wg_endpoint_equal(&t->also_seen, b);
}

/* Whether a response came from another address than the one that was asked. */
static void
see_source(const struct wg_tunnel *t, struct wg_elsewhere *e, const struct wg_session *session,
           const struct wg_endpoint *source, uint32_t frame)
{
    if (session->initiation_frame == 0 || is_one_place(t, source, &session->way->destination))
        return;
    if (e->responses.count == 0) {
        e->asked = session->way->destination;
        e->answered_from = *source;
    }
    wg_evidence_see(&e->responses, frame);
}

/* Compare the preshared keys that the two sides of a handshake have in their own configurations and
 * logs. Done once, and only where responses are not accepted: a long log takes long to search. */
static void
compare_psks(struct wg_diagnosis *d, struct wg_tunnel *t, const struct wg_session *session,
             const struct wg_response *response)
{
    const uint8_t *initiator = wg_session_initiator_key(session);
    const uint8_t *responder = wg_session_responder_key(session);
    struct wg_unpacked asked, answered;

    if (d->keys == NULL || initiator == NULL || responder == NULL || t->psks_checked)
        return;
    t->psks_checked = true;
    wg_unpack_initiation(session, &asked);
    wg_unpack_response(response, &answered);
    const uint8_t *its = wg_supplied_psk(d->keys, initiator, responder, asked.view.ephemeral);
    const uint8_t *theirs = wg_supplied_psk(d->keys, responder, initiator, answered.view.ephemeral);
    if (theirs == NULL && response->keys != NULL)
        theirs = response->keys->psk;
    if (its == NULL || theirs == NULL)
        return;
    t->psks_agree = wg_equal(its, theirs, WG_KEY_LEN);
    t->psks_differ = !t->psks_agree;
}

/* ---- data ---- */

/* AllowedIPs that the receiver's configuration has for the sender, or NULL. Looked up once for each
 * session and side. */
static const struct wg_allowed_ips *
allowed_of(struct wg_diagnosis *d, struct wg_exchange *x, unsigned sender)
{
    if (x->asked_allowed[sender])
        return x->allowed[sender];
    const uint8_t *initiator = wg_session_initiator_key(x->session);
    const uint8_t *responder = wg_session_responder_key(x->session);
    const uint8_t *from = initiator, *to = responder;

    if (sender != x->initiator) {
        from = responder;
        to = initiator;
    }
    x->asked_allowed[sender] = true;
    if (d->keys == NULL || from == NULL || to == NULL)
        return NULL;
    const struct wg_static_key *owner = wg_keystore_find_static(d->keys, to);
    const struct wg_peer *peer = wg_keystore_peer(d->keys, to, from);
    if (owner != NULL && owner->has_private && peer != NULL && peer->allowed_ips != NULL)
        x->allowed[sender] = wg_allowed_ips_new(peer->allowed_ips);
    return x->allowed[sender];
}

static bool
see_data(struct wg_diagnosis *d, struct wg_exchange *x, const struct wg_sighting *s,
         struct wg_fact *f)
{
    struct wg_tunnel *t = x->tunnel;

    if (s->status == WG_STATUS_AUTHENTICATION_FAILED && !f->copy) {
        wg_evidence_see(&t->forged, f->frame);
        t->side[f->side].failed++;
        t->side[f->side].implausible += f->skipped; /* its counter was made up */
        return false;
    }
    if (!f->opened || f->inner.family == 0)
        return s->status != WG_STATUS_AUTHENTICATION_FAILED;
    const struct wg_allowed_ips *allowed = allowed_of(d, x, f->side);
    f->outside = allowed != NULL && !wg_allowed_ips_contain(allowed, &f->inner);
    return true;
}

/* What the response shows of a session that carries data: whether its preshared key is lacking (it
 * may be found later: data then opens), and where it came from. */
static void
see_used(struct wg_exchange *x, const struct wg_fact *f)
{
    struct wg_tunnel *t = x->tunnel;
    const struct wg_direction *direction = x->sent_by[f->side];

    if (f->opened)
        t->psk_found = MAX(t->psk_found, x->last_response_frame);
    if (!x->used || x->response_seen || direction == NULL)
        return;
    x->response_seen = true;
    const struct wg_response *response = wg_direction_response(direction);
    if (response == NULL)
        return;
    see_source(t, &t->used_elsewhere, x->session, &response->way->source, response->frame);
    if (response->keys != NULL && response->keys->status == WG_STATUS_PSK_MISMATCH)
        wg_evidence_see(&t->psk_up, response->frame);
}

bool
wg_diagnosis_see_keys(struct wg_diagnosis *d, struct wg_exchange *x, const struct wg_sighting *s,
                      struct wg_fact *f)
{
    switch (f->type) {
    case WG_TYPE_INITIATION:
        return f->copy || see_initiation(d, x->tunnel, s, f);
    case WG_TYPE_RESPONSE:
        return f->copy || see_response(x->tunnel, s, f);
    case WG_TYPE_DATA:
        return see_data(d, x, s, f);
    default:
        return s->status != WG_STATUS_AUTHENTICATION_FAILED;
    }
}

void
wg_diagnosis_conclude(struct wg_diagnosis *d, struct wg_exchange *x, const struct wg_sighting *s,
                      const struct wg_fact *f)
{
    struct wg_tunnel *t = x->tunnel;
    const struct wg_response *response;

    if (f->copy)
        return;
    switch (f->type) {
    case WG_TYPE_INITIATION:
        if (f->opened)
            see_turns(t, f);
        break;
    case WG_TYPE_RESPONSE:
        see_source(t, &t->elsewhere, x->session, &s->source, f->frame);
        response = response_in(x->session, f->frame);
        if (response != NULL && t->side[x->initiator].unused.count > 0)
            compare_psks(d, t, x->session, response);
        break;
    case WG_TYPE_DATA:
        see_used(x, f);
        break;
    default:
        break;
    }
}

void
wg_diagnosis_see_sharing(struct wg_diagnosis *d, struct wg_exchange *x, const struct wg_fact *f)
{
    struct wg_tunnel *t = x->tunnel, *other;

    if (f->mixed)
        return;
    if (f->side != x->initiator) {
        if (x->from.family == 0 || wg_endpoint_equal(&f->destination, &x->from))
            return;
        other = wg_diagnosis_find_pair(d, &f->destination, &f->source);
        if (other == NULL || other == t || !other->knows_initiator)
            return;
        x->strayed = true;
        x->strayed_to = f->destination;
        return;
    }
    if (x->strayed && wg_endpoint_equal(&f->source, &x->from)) {
        t->sharing[0] = x->from;
        t->sharing[1] = x->strayed_to;
        wg_evidence_see(&t->shared, f->frame);
        other = wg_diagnosis_find_pair(d, &x->strayed_to, &f->destination);
        if (other != NULL && other != t) {
            memcpy(other->sharing, t->sharing, sizeof t->sharing);
            wg_evidence_see(&other->shared, f->frame);
        }
        x->strayed = false;
    }
    if (x->from.family != 0 && !wg_endpoint_equal(&x->from, &f->source))
        see_move(&t->side[f->side], &x->from, &f->source);
    x->from = f->source;
}
