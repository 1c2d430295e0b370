/* tunnelbear.c
 * TunnelBear's longer handshake messages.
 *
 *          0                    4          8                                           188     204
 *   1      +--------------------+----------+-------------------------------------------+-------+
 *          | 1, reserved 0 0 0  | sender   | what WireGuard has, and 56 bytes more     | mac2  |
 *          +--------------------+----------+-------------------------------------------+-------+
 *          0                    4          8          12       20         52           84      100
 *   2      +--------------------+----------+----------+--------+----------+------------+-------+
 *          | 2, reserved 0 0 0  | sender   | receiver | 8 more |ephemeral | empty,mac1 | mac2  |
 *          +--------------------+----------+----------+--------+----------+------------+-------+
 *
 * The meaning of the additional bytes is not known, nor, in the initiation, their place. Only
 * fields that are certain are listed here. Messages of these lengths are taken for TunnelBear's if
 * they end in a zero mac2.
 *
 * Source: nDPI, src/lib/protocols/wireguard.c (lengths, first fields).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wg/wire.h"

enum {
    MORE_INITIATION = 56,
    MORE_RESPONSE = 8,
    INITIATION_LENGTH = sizeof(struct wg_wire_initiation) + MORE_INITIATION,
    RESPONSE_LENGTH = sizeof(struct wg_wire_response) + MORE_RESPONSE,
};

#define RESPONSE_FIELD(member)                                                                     \
    {                                                                                              \
        offsetof(struct wg_wire_response, member) + MORE_RESPONSE,                                 \
            sizeof(((struct wg_wire_response *)0)->member)                                         \
    }

static const struct wg_wire_layout initiation = {
    .sender = { offsetof(struct wg_wire_initiation, sender), sizeof(uint32_t) },
    .mac2 = { INITIATION_LENGTH - WG_MAC_LEN, WG_MAC_LEN },
    .fixed_length = INITIATION_LENGTH,
};

static const struct wg_wire_layout response = {
    .sender = { offsetof(struct wg_wire_response, sender), sizeof(uint32_t) },
    .receiver = { offsetof(struct wg_wire_response, receiver), sizeof(uint32_t) },
    .ephemeral = RESPONSE_FIELD(ephemeral),
    .encrypted_empty = RESPONSE_FIELD(encrypted_empty),
    .mac1 = RESPONSE_FIELD(mac1),
    .mac2 = RESPONSE_FIELD(mac2),
    .fixed_length = RESPONSE_LENGTH,
};

const struct wg_wire_layout *
wg_wire_tunnelbear(const uint8_t *bytes, size_t captured, size_t length)
{
    const struct wg_wire_layout *layout = NULL;

    if (bytes[0] == WG_TYPE_INITIATION && length == INITIATION_LENGTH)
        layout = &initiation;
    else if (bytes[0] == WG_TYPE_RESPONSE && length == RESPONSE_LENGTH)
        layout = &response;
    if (layout == NULL || captured < length ||
        !wg_wire_all_zero(bytes + layout->mac2.offset, WG_MAC_LEN))
        return NULL;
    return layout;
}

bool
wg_wire_is_tunnelbear(const struct wg_wire_view *view)
{
    return view->layout == &initiation || view->layout == &response;
}
