/* envelope.c
 * What all envelopes share, and those that change no byte.
 *
 *   plain         WireGuard as the paper has it (wg/wire.h)
 *
 *   client id     0      1             4
 *                 +------+-------------+--------------------------
 *                 | type |  client id  |  the rest of the message      MACs are made with zeros
 *                 +------+-------------+--------------------------     in place of the id
 *
 * Cloudflare WARP gives each client an id of three bytes and routes by it. Source: the registration
 * interface's `client_id`; sing-box, transport/wireguard/client_bind.go.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wg/envelope.h"

const struct wg_envelope wg_envelope_plain = { .name = "plain" };
const struct wg_envelope wg_envelope_client_id = { .name = "client id" };
const struct wg_envelope wg_envelope_tunnelbear = { .name = "TunnelBear" };

const struct wg_envelope *
wg_envelope_of(const struct wg_wire_view *view)
{
    if (wg_wire_is_tunnelbear(view))
        return &wg_envelope_tunnelbear;
    return view->reserved_zero ? &wg_envelope_plain : &wg_envelope_client_id;
}
