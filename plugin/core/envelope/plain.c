/* plain.c
 * The envelope of a message whose bytes are as they were on the wire: none, or one that
 * wg_wire_decode reads by itself (TunnelBear, wire/tunnelbear.c).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wg/envelope.h"

const struct wg_envelope wg_envelope_plain = { .name = "plain" };
const struct wg_envelope wg_envelope_tunnelbear = { .name = "TunnelBear" };

const struct wg_envelope *
wg_envelope_of(const struct wg_wire_view *view)
{
    if (wg_wire_is_tunnelbear(view))
        return &wg_envelope_tunnelbear;
    if (wg_envelope_id(view) == 0)
        return &wg_envelope_plain;
    return &wg_envelope_client_id;
}
