/* unwrapper_account.c
 * Finds and undoes the envelopes of one capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "unwrapper_private.h"

enum {
    /* Keyed hashes that may be made in any capture, and how many more each datagram allows: a limit
     * for captures that are made to waste time. */
    FREE_TRIES = 1 << 24,
    TRIES_PER_DATAGRAM = 64,
};

struct wg_unwrapper *
wg_unwrapper_new(const struct wg_keystore *keys, wg_plain_flow_fn plain, void *user)
{
    struct wg_unwrapper *u = g_new0(struct wg_unwrapper, 1);

    u->keys = keys;
    u->plain = plain;
    u->user = user;
    u->generation = UINT64_MAX;
    u->tries = FREE_TRIES;
    wg_unwrapper_make_tables(u);
    return u;
}

void
wg_unwrapper_free(struct wg_unwrapper *u)
{
    if (u == NULL)
        return;
    wg_unwrapper_free_tables(u);
    g_free(u);
}

/* What is tried depends on the keys: work it out again when they change. */
static void
renew(struct wg_unwrapper *u)
{
    const struct wg_amnezia *a;

    u->generation = wg_keystore_generation(u->keys);
    u->active = wg_keystore_static_count(u->keys) > 0;
    u->companions_expected = false;
    for (size_t i = 0; (a = wg_keystore_amnezia(u->keys, i)) != NULL; i++) {
        u->active = true;
        u->companions_expected |= wg_amnezia_has_companions(a);
    }
}

bool
wg_unwrapper_active(struct wg_unwrapper *u)
{
    if (u->keys == NULL)
        return false;
    if (u->generation != wg_keystore_generation(u->keys))
        renew(u);
    return u->active;
}

/* ---- judging ---- */

/* Whether a datagram of this length may still be tried with all keys. So a handshake is found even
 * late in a flow, and the bulk of a flow that is something else costs nothing. */
static bool
worth_trying(struct trial *t)
{
    if (wg_trial_flow(t) == NULL)
        return false;
    if (t->flow->generation != t->u->generation) {
        t->flow->generation = t->u->generation;
        memset(t->flow->sides[0].tried, 0, sizeof t->flow->sides[0].tried);
        memset(t->flow->sides[1].tried, 0, sizeof t->flow->sides[1].tried);
    }
    uint8_t *tried =
        &t->flow->sides[wg_unwrapper_side(t->place)].tried[t->span->length % LENGTH_CLASSES];
    if (*tried >= TRIES_PER_CLASS)
        return false;
    ++*tried;
    return true;
}

/* ---- together ---- */

/* A flow whose envelope is known. */
static enum wg_unwrapped
try_flow(struct trial *t)
{
    const struct wg_amnezia *a;

    if (t->flow->settings != NULL)
        for (size_t i = 0; (a = wg_keystore_amnezia(t->u->keys, i)) != NULL; i++)
            if (a == t->flow->settings)
                return wg_try_settings(t, i);
    if (t->flow->learned && wg_try_addressed(t)) {
        t->marks->by = t->flow->by;
        return WG_UNWRAPPED_PROVED;
    }
    return wg_try_lwo_again(t);
}

/* Whether it is plain WireGuard, judging by its first bytes and its length. */
static bool
is_plain(const struct wg_span *span, struct wg_wire_view *view)
{
    const enum wg_wire_verdict verdict =
        wg_wire_decode(span->bytes, span->captured, span->length, view);
    return (verdict == WG_WIRE_OK || verdict == WG_WIRE_TRUNCATED) && view->reserved_zero;
}

/* Whether a datagram that is no plain message itself comes in a flow of such. */
static bool
is_in_plain_flow(const struct trial *t)
{
    return t->u->plain != NULL && t->span->captured > 0 &&
           wg_wire_layout(t->span->bytes[0]) == NULL && t->u->plain(t->u->user, t->place);
}

/* Whether keys can show an envelope in this flow. Where plain WireGuard was proved, what else comes
 * is of another protocol. */
static bool
may_have_envelope(const struct trial *t)
{
    const struct flow *flow = t->flow;

    if (flow->settings != NULL || flow->learned || flow->sides[0].lwo_key != NULL ||
        flow->sides[1].lwo_key != NULL)
        return true;
    return !is_in_plain_flow(t);
}

static enum wg_unwrapped
try_everything(struct trial *t)
{
    struct wg_wire_view view;
    enum wg_unwrapped answer = WG_UNWRAPPED_NOT;

    if (t->flow != NULL)
        answer = try_flow(t);
    if (answer != WG_UNWRAPPED_NOT || is_plain(t->span, &view))
        return answer;
    answer = wg_try_all_settings(t);
    if (answer != WG_UNWRAPPED_NOT || wg_keystore_static_count(t->u->keys) == 0)
        return answer;
    if (!worth_trying(t) || !may_have_envelope(t))
        return WG_UNWRAPPED_NOT;
    answer = wg_try_lwo(t);
    if (answer == WG_UNWRAPPED_NOT && wg_try_mac1(t)) {
        t->marks->by = t->flow->by;
        answer = WG_UNWRAPPED_PROVED;
    }
    return answer;
}

/* What the flow learns from a message that was proved. The proof made the flow, if there was room.
 */
static void
learn(const struct trial *t)
{
    if (t->flow == NULL)
        return;
    struct side *side = &t->flow->sides[wg_unwrapper_side(t->place)];
    const struct indices i = wg_trial_indices(t);
    if (i.has_sender)
        wg_unwrapper_announce(t->u, t->flow, side, i.sender);
}

/* A costly search is made until it has failed too often. A datagram too long for an Ethernet frame
 * is worth more attempts. */
static bool
may_search(const struct trial *t)
{
    if (!wg_envelope_masks_apart(t->marks))
        return true;
    if (t->flow == NULL)
        return false;
    if (t->span->length > ONE_FRAME)
        return t->flow->vain < 2 * VAIN_SEARCHES;
    return t->flow->vain < VAIN_SEARCHES;
}

static void
find_pieces(struct trial *t)
{
    const bool search = may_search(t);
    struct wg_known_indices known = { .count = 0 };

    if (t->flow == NULL) {
        t->marks->stride = wg_envelope_stride(t->span, t->marks, &known, 0, search);
        return;
    }
    const struct side *other = &t->flow->sides[!wg_unwrapper_side(t->place)];
    known.indices = other->indices;
    known.count = MIN(other->index_count, INDICES_KEPT);
    t->marks->stride = wg_envelope_stride(t->span, t->marks, &known, t->flow->stride, search);
    if (t->marks->stride != 0) {
        t->flow->stride = t->marks->stride;
        t->flow->vain = 0;
    } else if (search && wg_envelope_masks_apart(t->marks)) {
        t->flow->vain++;
    }
}

/* Junk comes before an initiation, wrapped or plain, if the configuration sends any. */
static void
look_for_companions(struct trial *t, enum wg_unwrapped answer)
{
    const struct wg_amnezia *settings = wg_junk_settings(t->u, t->place);
    unsigned type = t->marks->type;
    struct wg_wire_view view;

    if (settings == NULL || wg_trial_flow(t) == NULL)
        return;
    struct side *side = &t->flow->sides[wg_unwrapper_side(t->place)];
    if (answer == WG_UNWRAPPED_NOT) {
        if (!is_plain(t->span, &view)) {
            wg_junk_remember(side, settings, t->place, t->span);
            return;
        }
        type = view.type;
    }
    if (type == WG_TYPE_INITIATION)
        wg_junk_settle(t->u, side, settings, t->place->time);
}

enum wg_unwrapped
wg_unwrapper_account(struct wg_unwrapper *u, const struct wg_place *place,
                     const struct wg_span *span, struct wg_envelope_marks *marks)
{
    *marks = (struct wg_envelope_marks){ .in = &wg_envelope_plain };
    if (!wg_unwrapper_active(u))
        return WG_UNWRAPPED_NOT;

    struct trial t = { u, place, span, marks, wg_unwrapper_find_flow(u, place) };
    u->tries = MIN(u->tries + TRIES_PER_DATAGRAM, FREE_TRIES);
    const enum wg_unwrapped answer = try_everything(&t);
    if (answer == WG_UNWRAPPED_PROVED)
        learn(&t);
    if (answer != WG_UNWRAPPED_NOT) {
        find_pieces(&t);
        wg_unwrapper_note(
            u, &(struct entry){ .frame = place->frame, .offset = place->offset, .marks = *marks });
    }
    if (u->companions_expected)
        look_for_companions(&t, answer);
    return answer;
}

/* By what is known of the flow, and no more: a packet that may be cut short proves nothing. */
static bool
open_quoted(const struct flow *flow, const struct wg_place *place, const struct wg_span *span,
            struct wg_envelope_marks *marks)
{
    const unsigned high = wg_unwrapper_side(place);
    const struct side *side = &flow->sides[high], *other = &flow->sides[!high];

    if (flow->settings != NULL)
        return wg_amneziawg_open(span, flow->settings, marks);
    if (side->lwo_key != NULL)
        return wg_lwo_open(span, side->lwo_key, marks);
    for (unsigned i = 0; flow->prefix_known && i < MIN(other->index_count, INDICES_KEPT); i++)
        if (wg_amneziawg_addressed(span, WG_TYPE_DATA, flow->prefix, other->indices[i], marks))
            return true;
    return false;
}

bool
wg_unwrapper_quoted(const struct wg_unwrapper *u, const struct wg_place *place,
                    const struct wg_span *span, struct wg_envelope_marks *marks)
{
    const struct flow *flow = wg_unwrapper_find_flow(u, place);

    *marks = (struct wg_envelope_marks){ .in = &wg_envelope_plain };
    if (flow == NULL || !open_quoted(flow, place, span, marks))
        return false;
    marks->by = flow->by;
    if (marks->in == &wg_envelope_lwo)
        marks->by = flow->sides[wg_unwrapper_side(place)].lwo_by;
    return true;
}
