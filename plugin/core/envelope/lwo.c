/* lwo.c
 * Mullvad's lightweight obfuscation.
 *
 *   0      1        2   3   4                                      length, or 32
 *   +------+--------+---+---+--------------------------------------+----------------------
 *   | type | random | 0 | 0 |  the rest of a handshake message;    |  encrypted packet,
 *   |      | 1xxx.. |   |   |  of data, 28 bytes                   |  as it is
 *   +------+--------+---+---+--------------------------------------+----------------------
 *    XOR with the receiver's public key, repeated; then byte 1 becomes random with its top bit set
 *
 * Sizes do not change. MACs are made before, with zeros for the reserved bytes. Only the receiver's
 * public key undoes it.
 *
 * Source: mullvadvpn-app, tunnel-obfuscation/src/lwo.rs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/envelope.h"

enum {
    MARKER_AT = 1, /* the byte that becomes random */
    MARKER = 0x80,
    DATA_MASKED = 32, /* bytes of a data message that are changed */
};

/* XOR `length` bytes that begin at the start of a message. */
static void
mask(uint8_t *bytes, size_t length, const uint8_t *key)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] ^= key[i % WG_KEY_LEN];
}

static bool
undo(const struct wg_span *span, const struct wg_envelope_marks *marks, uint8_t *room,
     struct wg_message *message)
{
    size_t masked = span->captured;

    if (marks->type == WG_TYPE_DATA)
        masked = MIN(masked, DATA_MASKED);
    *message = (struct wg_message){ .header = 0 };
    memcpy(room, span->bytes, span->captured);
    mask(room, masked, marks->key);
    if (span->captured > MARKER_AT)
        room[MARKER_AT] = 0;
    return wg_wire_decode(room, span->captured, span->length, &message->view) !=
           WG_WIRE_NOT_WIREGUARD;
}

const struct wg_envelope wg_envelope_lwo = { .name = "LWO", .undo = undo };

bool
wg_lwo_open(const struct wg_span *span, const uint8_t public_key[WG_KEY_LEN],
            struct wg_envelope_marks *marks)
{
    uint8_t head[sizeof(struct wg_wire_data)];
    struct wg_wire_view view;

    if (span->captured < sizeof(struct wg_wire_header) || (span->bytes[MARKER_AT] & MARKER) == 0)
        return false;
    const size_t there = MIN(span->captured, sizeof head);
    memcpy(head, span->bytes, there);
    mask(head, there, public_key);
    head[MARKER_AT] = 0;
    const enum wg_wire_verdict verdict = wg_wire_decode(head, there, span->length, &view);
    if (verdict == WG_WIRE_NOT_WIREGUARD || verdict == WG_WIRE_WRONG_LENGTH ||
        !view.reserved_zero || (view.has_counter && view.counter >= WG_PLAUSIBLE_COUNTER))
        return false;
    *marks = (struct wg_envelope_marks){ .in = &wg_envelope_lwo,
                                         .key = public_key,
                                         .type = (uint8_t)view.type,
                                         .by = WG_BY_PUBLIC_KEY };
    return true;
}
