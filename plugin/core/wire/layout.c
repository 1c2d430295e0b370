/* layout.c
 * Where each of the four messages has its fields.
 *
 * Specification: J. A. Donenfeld, "WireGuard: Next Generation Kernel Network Tunnel", section 5.4.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wg/wire.h"

_Static_assert(sizeof(struct wg_wire_initiation) == 148, "paper, 5.4.2");
_Static_assert(sizeof(struct wg_wire_response) == 92, "paper, 5.4.3");
_Static_assert(sizeof(struct wg_wire_cookie_reply) == 64, "paper, 5.4.7");
_Static_assert(sizeof(struct wg_wire_data) == 16, "paper, 5.4.6");

#define FIELD(message, member)                                                                     \
    {                                                                                              \
        offsetof(struct message, member), sizeof(((struct message *)0)->member)                    \
    }

static const struct wg_wire_layout layouts[] = {
    [WG_TYPE_INITIATION] = {
        .sender = FIELD(wg_wire_initiation, sender),
        .ephemeral = FIELD(wg_wire_initiation, ephemeral),
        .encrypted_static = FIELD(wg_wire_initiation, encrypted_static),
        .encrypted_timestamp = FIELD(wg_wire_initiation, encrypted_timestamp),
        .mac1 = FIELD(wg_wire_initiation, mac1),
        .mac2 = FIELD(wg_wire_initiation, mac2),
        .fixed_length = sizeof(struct wg_wire_initiation),
    },
    [WG_TYPE_RESPONSE] = {
        .sender = FIELD(wg_wire_response, sender),
        .receiver = FIELD(wg_wire_response, receiver),
        .ephemeral = FIELD(wg_wire_response, ephemeral),
        .encrypted_empty = FIELD(wg_wire_response, encrypted_empty),
        .mac1 = FIELD(wg_wire_response, mac1),
        .mac2 = FIELD(wg_wire_response, mac2),
        .fixed_length = sizeof(struct wg_wire_response),
    },
    [WG_TYPE_COOKIE_REPLY] = {
        .receiver = FIELD(wg_wire_cookie_reply, receiver),
        .nonce = FIELD(wg_wire_cookie_reply, nonce),
        .encrypted_cookie = FIELD(wg_wire_cookie_reply, encrypted_cookie),
        .fixed_length = sizeof(struct wg_wire_cookie_reply),
    },
    [WG_TYPE_DATA] = {
        .receiver = FIELD(wg_wire_data, receiver),
        .counter = FIELD(wg_wire_data, counter),
    },
};

const struct wg_wire_layout *
wg_wire_layout(unsigned type)
{
    if (type < WG_TYPE_INITIATION || type > WG_TYPE_DATA)
        return NULL;
    return &layouts[type];
}

bool
wg_wire_all_zero(const uint8_t *bytes, size_t length)
{
    uint8_t any = 0;
    for (size_t i = 0; i < length; i++)
        any |= bytes[i];
    return any == 0;
}
