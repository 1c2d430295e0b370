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

/* Nothing is changed: the datagram is the message. */
static bool
as_it_is(const struct wg_span *span, const struct wg_envelope_marks *marks, uint8_t *room,
         struct wg_message *message)
{
    *message = (struct wg_message){ .header = 0 };
    return wg_wire_decode(span->bytes, span->captured, span->length, &message->view) !=
           WG_WIRE_NOT_WIREGUARD;
}

const struct wg_envelope wg_envelope_plain = { .name = "plain", .undo = as_it_is };
const struct wg_envelope wg_envelope_client_id = { .name = "client id", .undo = as_it_is };
const struct wg_envelope wg_envelope_tunnelbear = { .name = "TunnelBear", .undo = as_it_is };

const struct wg_envelope *
wg_envelope_of(const struct wg_wire_view *view)
{
    if (wg_wire_is_tunnelbear(view))
        return &wg_envelope_tunnelbear;
    return view->reserved_zero ? &wg_envelope_plain : &wg_envelope_client_id;
}

const char *
wg_envelope_by_name(enum wg_envelope_by by)
{
    static const char *const names[WG_BY_COUNT] = {
        [WG_BY_NOTHING] = "nothing",
        [WG_BY_FRAMING] = "framing",
        [WG_BY_CONFIGURATION] = "configuration",
        [WG_BY_PUBLIC_KEY] = "public key",
        [WG_BY_KEY_LOG] = "key log",
    };
    return names[by];
}
