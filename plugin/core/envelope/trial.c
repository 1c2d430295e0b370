/* trial.c
 * What the trials of all envelopes need to know about a datagram.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "unwrapper_private.h"
#include "wg/cookie.h"

struct flow *
wg_trial_flow(struct trial *t)
{
    if (t->flow == NULL)
        t->flow = wg_unwrapper_add_flow(t->u, t->place);
    return t->flow;
}

struct indices
wg_trial_indices(const struct trial *t)
{
    struct indices i = { .has_sender = false };
    uint8_t room[sizeof(struct wg_wire_data)];
    struct wg_message m;
    /* The head is enough: it is masked on its own. */
    struct wg_span head = *t->span;

    head.captured = MIN(head.captured, t->marks->prefix + sizeof room);
    if (t->marks->in->undo(&head, t->marks, room, &m)) {
        i.has_sender = m.view.has_sender;
        i.sender = m.view.sender;
        i.has_receiver = m.view.has_receiver;
        i.receiver = m.view.receiver;
    }
    return i;
}

const struct wg_static_key *
wg_trial_receiver(struct trial *t)
{
    struct wg_mac_probe probe;
    struct wg_message m;
    const struct wg_static_key *key, *found = NULL;

    if (t->marks->type != WG_TYPE_INITIATION && t->marks->type != WG_TYPE_RESPONSE)
        return NULL;
    uint8_t *room = g_malloc(t->span->captured);
    if (t->marks->in->undo(t->span, t->marks, room, &m) && wg_cookie_probe_mac1(&probe, &m.view))
        for (size_t i = 0;
             found == NULL && t->u->tries > 0 && (key = wg_keystore_static(t->u->keys, i)) != NULL;
             i++) {
            t->u->tries--;
            if (wg_cookie_probe_matches(&probe, key->mac1_key, WG_KEY_LEN))
                found = key;
        }
    g_free(room);
    return found;
}

bool
wg_trial_names_port(const struct wg_amnezia *a, const struct wg_place *place)
{
    return wg_amnezia_has_port(a, place->source.port) ||
           wg_amnezia_has_port(a, place->destination.port);
}

uint8_t
wg_trial_known_by(const struct wg_static_key *key)
{
    if (key->logged)
        return WG_BY_KEY_LOG;
    return WG_BY_PUBLIC_KEY;
}

bool
wg_trial_has_announced(const struct side *side, uint32_t index)
{
    for (unsigned i = 0; i < MIN(side->index_count, INDICES_KEPT); i++)
        if (side->indices[i] == index)
            return true;
    return false;
}
