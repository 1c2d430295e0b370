/* framing.c
 * WireGuard's datagrams in a stream of bytes; both framings and their sources are in wg/framing.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/framing.h"

enum {
    ELIDED = 2,   /* the kind of a frame that lacks the data header */
    IN_A_ROW = 3, /* frames that are enough to find a stream again */
    LEAST = WG_STREAM_HEADER_LEN + sizeof(struct wg_wire_header),
};

struct wg_stream_frame
wg_stream_frame(const uint8_t bytes[WG_STREAM_HEADER_LEN])
{
    const size_t length = (size_t)bytes[0] << 8 | bytes[1];
    const bool elided = length >> 14 == ELIDED;

    return (struct wg_stream_frame){ .length = elided ? length & 0x3fff : length,
                                     .elided = elided };
}

bool
wg_stream_plausible(const uint8_t *bytes, size_t captured)
{
    struct wg_wire_view view;

    if (captured < LEAST)
        return false;
    const struct wg_stream_frame frame = wg_stream_frame(bytes);
    const enum wg_wire_verdict verdict = wg_wire_decode(
        bytes + WG_STREAM_HEADER_LEN, captured - WG_STREAM_HEADER_LEN, frame.length, &view);
    return !frame.elided && (verdict == WG_WIRE_OK || verdict == WG_WIRE_TRUNCATED) &&
           view.reserved_zero && (!view.has_counter || view.counter < WG_PLAUSIBLE_COUNTER);
}

bool
wg_stream_begins(const uint8_t *bytes, size_t captured)
{
    struct wg_wire_view view;

    return wg_stream_plausible(bytes, captured) &&
           wg_wire_decode(bytes + WG_STREAM_HEADER_LEN, captured - WG_STREAM_HEADER_LEN,
                          wg_stream_frame(bytes).length, &view) == WG_WIRE_OK &&
           view.type == WG_TYPE_INITIATION && wg_wire_all_zero(view.mac2, WG_MAC_LEN) &&
           !wg_wire_all_zero(view.ephemeral, WG_KEY_LEN);
}

size_t
wg_stream_first_part(const uint8_t *bytes, size_t captured, unsigned type)
{
    const size_t length = wg_wire_layout(type)->fixed_length;
    const uint8_t start[] = { 0, (uint8_t)length, (uint8_t)type, 0, 0, 0 };

    if (captured < WG_STREAM_HEADER_LEN || captured >= WG_STREAM_HEADER_LEN + length)
        return 0;
    if (memcmp(bytes, start, MIN(captured, sizeof start)) != 0)
        return 0;
    return WG_STREAM_HEADER_LEN + length;
}

static bool
in_a_row(const uint8_t *bytes, size_t captured, size_t at)
{
    for (unsigned n = 0; n < IN_A_ROW; n++) {
        if (at >= captured || !wg_stream_plausible(bytes + at, captured - at))
            return false;
        at += WG_STREAM_HEADER_LEN + wg_stream_frame(bytes + at).length;
    }
    return true;
}

size_t
wg_stream_find(const uint8_t *bytes, size_t captured)
{
    for (size_t at = 0; at < captured && at < WG_STREAM_SEARCHED; at++)
        if (in_a_row(bytes, captured, at))
            return at;
    return captured;
}

static bool
is_for(const uint8_t *bytes, size_t captured, uint32_t receiver)
{
    struct wg_wire_view view;

    if (!wg_stream_plausible(bytes, captured))
        return false;
    wg_wire_decode(bytes + WG_STREAM_HEADER_LEN, captured - WG_STREAM_HEADER_LEN,
                   wg_stream_frame(bytes).length, &view);
    return view.type == WG_TYPE_DATA && view.has_counter && view.receiver == receiver;
}

size_t
wg_stream_find_receiver(const uint8_t *bytes, size_t captured, uint32_t receiver)
{
    for (size_t at = 0; at < captured && at < WG_STREAM_SEARCHED; at++)
        if (is_for(bytes + at, captured - at, receiver))
            return at;
    return captured;
}
