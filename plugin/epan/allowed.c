/* allowed.c
 * Inner packets whose source address the receiver does not allow.
 *
 * Sources: WireGuard paper, section 3; RFC 791 and RFC 8200 for where the source address is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/expert.h>

#include "allowed.h"
#include "fields.h"
#include "wg/allowed_ips.h"

/* The text of AllowedIPs, which the key store keeps once -> struct wg_allowed_ips. */
static GHashTable *lists;

/* The peer that was looked up last. */
static struct {
    uint64_t generation;
    const uint8_t *own, *other;
    const struct wg_peer *peer;
} latest;

static void
forget(void)
{
    latest.own = NULL;
    if (lists != NULL)
        g_hash_table_destroy(lists);
    lists = NULL;
}

void
wg_allowed_register(void)
{
    register_cleanup_routine(forget);
}

static const struct wg_allowed_ips *
list_of(const char *text)
{
    if (lists == NULL)
        lists = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)wg_allowed_ips_free);
    struct wg_allowed_ips *list = g_hash_table_lookup(lists, text);
    if (list == NULL) {
        list = wg_allowed_ips_new(text);
        g_hash_table_insert(lists, (void *)(uintptr_t)text, list);
    }
    return list;
}

/* wg_keystore_peer, but the last answer is kept: a session has many packets in a row, and its keys
 * do not move. */
static const struct wg_peer *
peer_of(const struct wg_keystore *keys, const uint8_t *own, const uint8_t *other)
{
    if (latest.own != own || latest.other != other ||
        latest.generation != wg_keystore_generation(keys)) {
        latest.own = own;
        latest.other = other;
        latest.generation = wg_keystore_generation(keys);
        latest.peer = wg_keystore_peer(keys, own, other);
    }
    return latest.peer;
}

/* The AllowedIPs of the sender in the receiver's own configuration; NULL if there are none. */
static const char *
allowed_to_sender(const struct wg_drawing *d)
{
    const struct wg_direction *direction = d->note->of.direction;
    const uint8_t *initiator = wg_session_initiator_key(direction->session);
    const uint8_t *responder = wg_session_responder_key(direction->session);

    if (direction->receiver == WG_ROLE_UNKNOWN || initiator == NULL || responder == NULL)
        return NULL;
    const bool from_initiator = direction->receiver == WG_ROLE_RESPONDER;
    const struct wg_peer *peer = peer_of(d->keys, from_initiator ? responder : initiator,
                                         from_initiator ? initiator : responder);
    if (peer != NULL)
        return peer->allowed_ips;
    return NULL;
}

static bool
source_of(const uint8_t *packet, unsigned length, struct wg_endpoint *source)
{
    enum { V4_SOURCE = 12, V4_LENGTH = 4, V6_SOURCE = 8, V6_LENGTH = 16 };

    if (packet[0] >> 4 == 4 && length >= V4_SOURCE + V4_LENGTH)
        *source = wg_endpoint_make(WG_ENDPOINT_IPV4, packet + V4_SOURCE, V4_LENGTH, 0);
    else if (packet[0] >> 4 == 6 && length >= V6_SOURCE + V6_LENGTH)
        *source = wg_endpoint_make(WG_ENDPOINT_IPV6, packet + V6_SOURCE, V6_LENGTH, 0);
    else
        return false;
    return true;
}

void
wg_draw_allowed(const struct wg_drawing *d, tvbuff_t *inner, unsigned length)
{
    struct wg_endpoint source;

    if (length == 0 || d->keys == NULL || d->note == NULL || !source_of(d->plain, length, &source))
        return;
    const char *text = allowed_to_sender(d);
    if (text == NULL || wg_allowed_ips_contain(list_of(text), &source))
        return;
    proto_tree_add_expert(d->tree, d->pinfo, &wg_ei[EI_INNER_NOT_ALLOWED], inner, 0, (int)length);
}
