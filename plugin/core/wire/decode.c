/* decode.c
 * Decodes bytes into a view of one WireGuard message. The four forms are in wg/wire.h.
 *
 * Specification: J. A. Donenfeld, "WireGuard: Next Generation Kernel Network Tunnel", section 5.4.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "wg/wire.h"

/* The field's bytes, or NULL if this type has no such field or the capture ends before it. */
static const uint8_t *
field(const struct wg_wire_view *view, struct wg_wire_field f)
{
    if (f.length == 0 || (size_t)f.offset + f.length > view->captured)
        return NULL;
    return view->bytes + f.offset;
}

/* Types 1 to 3. */
static void
decode_handshake(struct wg_wire_view *view)
{
    const struct wg_wire_layout *l = view->layout;
    const uint8_t *p;

    if ((p = field(view, l->sender)) != NULL) {
        view->has_sender = true;
        view->sender = wg_le32(p);
    }
    if ((p = field(view, l->receiver)) != NULL) {
        view->has_receiver = true;
        view->receiver = wg_le32(p);
    }
    view->ephemeral = field(view, l->ephemeral);
    view->encrypted_static = field(view, l->encrypted_static);
    view->encrypted_timestamp = field(view, l->encrypted_timestamp);
    view->encrypted_empty = field(view, l->encrypted_empty);
    view->mac1 = field(view, l->mac1);
    view->mac2 = field(view, l->mac2);
    view->nonce = field(view, l->nonce);
    view->encrypted_cookie = field(view, l->encrypted_cookie);
}

/* Type 4. Nearly all messages have it, so it does without the slower table. */
static void
decode_data(struct wg_wire_view *view)
{
    const size_t data_header = sizeof(struct wg_wire_data);
    const struct wg_wire_data *data = (const struct wg_wire_data *)view->bytes;

    if (view->captured >= offsetof(struct wg_wire_data, counter)) {
        view->has_receiver = true;
        view->receiver = wg_le32(data->receiver);
    }
    if (view->captured >= data_header) {
        view->has_counter = true;
        view->counter = wg_le64(data->counter);
    }
    if (view->length <= data_header)
        return;
    view->packet_length = view->length - data_header;
    if (view->captured > data_header) {
        view->packet = view->bytes + data_header;
        view->packet_captured = view->captured - data_header;
    }
}

/* Try TunnelBear's layout for a handshake message that does not have WireGuard's length. */
static void
expect_tunnelbear(struct wg_wire_view *view)
{
    const struct wg_wire_layout *layout =
        wg_wire_tunnelbear(view->bytes, view->captured, view->length);

    if (layout == NULL)
        return;
    view->layout = layout;
    view->fixed_length = true;
}

static bool
has_right_length(const struct wg_wire_view *view)
{
    if (view->type == WG_TYPE_DATA)
        return view->length >= WG_DATA_MIN_LEN;
    return view->fixed_length;
}

enum wg_wire_verdict
wg_wire_decode(const uint8_t *bytes, size_t captured, size_t length, struct wg_wire_view *view)
{
    if (captured > length)
        captured = length;
    *view = (struct wg_wire_view){ .bytes = bytes, .captured = captured, .length = length };
    view->verdict = WG_WIRE_NOT_WIREGUARD;
    if (captured < sizeof(struct wg_wire_header))
        return view->verdict;
    view->layout = wg_wire_layout(bytes[0]);
    if (view->layout == NULL)
        return view->verdict;

    view->type = bytes[0];
    view->mac_header[0] = bytes[0];
    view->reserved_zero =
        wg_wire_all_zero(bytes + offsetof(struct wg_wire_header, reserved), WG_RESERVED_LEN);
    view->truncated = captured < length;
    view->fixed_length = view->layout->fixed_length != 0 && length == view->layout->fixed_length;
    if (view->type != WG_TYPE_DATA && !view->fixed_length)
        expect_tunnelbear(view);
    if (view->type == WG_TYPE_DATA)
        decode_data(view);
    else
        decode_handshake(view);

    view->verdict = WG_WIRE_OK;
    if (!has_right_length(view))
        view->verdict = WG_WIRE_WRONG_LENGTH;
    else if (view->truncated)
        view->verdict = WG_WIRE_TRUNCATED;
    return view->verdict;
}
