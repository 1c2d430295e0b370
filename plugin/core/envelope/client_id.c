/* client_id.c
 * Cloudflare WARP gives each client an id of three bytes, and routes by it.
 *
 *   0      1             4
 *   +------+-------------+--------------------------
 *   | type |  client id  |  the rest of the message      all four types, in both directions
 *   +------+-------------+--------------------------
 *
 * MACs are made with zeros in place of the id, so that nothing has to be undone (wg_wire_decode
 * gives what they cover).
 *
 * Source: the registration interface's `client_id`; sing-box, transport/wireguard/client_bind.go.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wg/envelope.h"

const struct wg_envelope wg_envelope_client_id = { .name = "client id" };

uint32_t
wg_envelope_id(const struct wg_wire_view *view)
{
    if (view->captured < sizeof(struct wg_wire_header))
        return 0;
    const uint8_t *id = view->bytes + offsetof(struct wg_wire_header, reserved);
    return (uint32_t)id[0] << 16 | (uint32_t)id[1] << 8 | id[2];
}
