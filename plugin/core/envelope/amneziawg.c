/* amneziawg.c
 * AmneziaWG, versions 1, 1.5, 2, 3 and 3.1.
 *
 *   0            S1..S4       + 4
 *   +------------+------------+---------------------------------+----------------+
 *   |  prefix    |  header    |  the message from its byte 4 on |  trailer       |
 *   |  random    |  H1..H4    |                                 |  random        |
 *   +------------+------------+---------------------------------+----------------+
 *    \__ nonce __/\_________________ masked ___________________/
 *      (12 bytes)   ChaCha20 under the header protection key: all of a handshake message,
 *                   16 bytes of a data message
 *
 *   version  1    S1, S2 and one value each for H1 to H4; junk before an initiation
 *            1.5  special packets before the junk
 *            2    S3, S4, and ranges for H1 to H4
 *            3    header protection; data is padded within its encryption
 *            3.1  trailers of handshake messages
 *
 * MACs cover the message with its header as it is sent (before it is masked), and neither prefix
 * nor trailer. All the cryptography is WireGuard's.
 *
 * Source: amneziawg-go, device/receive.go and device/send.go; amneziawg-linux-kernel-module,
 * src/receive.c. The kernel module does not mask cookie replies; amneziawg-go does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/cookie.h"
#include "wg/envelope.h"

enum { HEADER = sizeof(struct wg_wire_header), DATA_HEADER = sizeof(struct wg_wire_data) };

/* Bytes of a message that are masked. */
static size_t
masked_length(unsigned type)
{
    const struct wg_wire_layout *layout = wg_wire_layout(type);
    if (layout->fixed_length != 0)
        return layout->fixed_length;
    return DATA_HEADER;
}

/* Bytes that a message has at least. All but data messages have just as many. */
static size_t
least_length(unsigned type)
{
    const struct wg_wire_layout *layout = wg_wire_layout(type);
    if (layout->fixed_length != 0)
        return layout->fixed_length;
    return WG_DATA_MIN_LEN;
}

/* The first `length` bytes of the message after the prefix, unmasked. false: not all captured. */
static bool
unmask_head(const struct wg_span *span, size_t prefix, const uint8_t *key, uint8_t *head,
            size_t length)
{
    if (span->captured < prefix + length || (key != NULL && prefix < WG_STREAM_NONCE_LEN))
        return false;
    memcpy(head, span->bytes + prefix, length);
    if (key != NULL)
        wg_stream_xor(head, head, length, key, span->bytes);
    return true;
}

static bool
undo(const struct wg_span *span, const struct wg_envelope_marks *marks, uint8_t *room,
     struct wg_message *message)
{
    const size_t around = (size_t)marks->prefix + marks->trailer;

    *message = (struct wg_message){ .header = 0 };
    if (span->captured < marks->prefix + (size_t)HEADER || span->length < around + HEADER)
        return false;
    const size_t length = span->length - around;
    const size_t captured = MIN(span->captured - marks->prefix, length);
    memcpy(room, span->bytes + marks->prefix, captured);
    if (marks->key != NULL) {
        const size_t masked = masked_length(marks->type);
        wg_stream_xor(room, room, MIN(captured, masked), marks->key, span->bytes);
    }
    uint8_t header[HEADER];
    memcpy(header, room, sizeof header);
    message->header = wg_le32(header);
    memset(room, 0, HEADER);
    room[0] = marks->type;
    wg_wire_decode(room, captured, length, &message->view);
    memcpy(message->view.mac_header, header, sizeof header);
    return true;
}

const struct wg_envelope wg_envelope_amneziawg = { .name = "AmneziaWG", .undo = undo };

/* Whether it is a message of this type, masked with `key` (NULL: not masked). */
static bool
is_type(const struct wg_span *span, const struct wg_amnezia *a, unsigned type, const uint8_t *key,
        struct wg_envelope_marks *marks)
{
    const size_t prefix = a->prefix[type];
    const size_t least = prefix + least_length(type);
    const bool fixed = type != WG_TYPE_DATA;
    uint8_t head[DATA_HEADER];

    if (span->length < least || (fixed && !a->trailers && span->length != least) ||
        !unmask_head(span, prefix, key, head, HEADER) ||
        !wg_amnezia_in_range(&a->header[type], wg_le32(head)))
        return false;
    if (!fixed && unmask_head(span, prefix, key, head, sizeof head) &&
        wg_le64(head + offsetof(struct wg_wire_data, counter)) >= WG_PLAUSIBLE_COUNTER)
        return false;
    marks->in = &wg_envelope_amneziawg;
    marks->key = key;
    marks->prefix = (uint32_t)prefix;
    marks->trailer = 0;
    if (fixed)
        marks->trailer = (uint32_t)(span->length - least);
    marks->type = (uint8_t)type;
    return true;
}

bool
wg_amneziawg_open(const struct wg_span *span, const struct wg_amnezia *settings,
                  struct wg_envelope_marks *marks)
{
    const uint8_t *key = settings->has_header_key ? settings->header_key : NULL;

    /* In the order in which a receiver tries them. */
    for (unsigned type = WG_TYPE_INITIATION; type <= WG_TYPE_DATA; type++)
        if (is_type(span, settings, type, key, marks))
            return true;
    return key != NULL && is_type(span, settings, WG_TYPE_COOKIE_REPLY, NULL, marks);
}

/* ---- without settings ---- */

static bool
mac1_fits(const struct wg_span *span, size_t prefix, unsigned type, const uint8_t *mac1_key)
{
    const struct wg_wire_layout *layout = wg_wire_layout(type);
    const uint8_t *message = span->bytes + prefix;
    uint8_t mac[WG_MAC_LEN];

    wg_mac(mac, mac1_key, WG_KEY_LEN, message, layout->mac1.offset);
    return memcmp(mac, message + layout->mac1.offset, sizeof mac) == 0;
}

bool
wg_amneziawg_find(const struct wg_span *span, const struct wg_static_key *receiver,
                  struct wg_envelope_marks *marks)
{
    for (unsigned type = WG_TYPE_INITIATION; type <= WG_TYPE_RESPONSE; type++) {
        const size_t fixed = wg_wire_layout(type)->fixed_length;
        if (span->captured != span->length || span->length < fixed)
            continue;
        const size_t prefix = span->length - fixed;
        if (!mac1_fits(span, prefix, type, receiver->mac1_key))
            continue;
        *marks = (struct wg_envelope_marks){ .in = &wg_envelope_amneziawg,
                                             .prefix = (uint32_t)prefix,
                                             .type = (uint8_t)type,
                                             .by = WG_BY_PUBLIC_KEY };
        return true;
    }
    return false;
}

bool
wg_amneziawg_addressed(const struct wg_span *span, enum wg_message_type type, size_t prefix,
                       uint32_t receiver, struct wg_envelope_marks *marks)
{
    const struct wg_wire_layout *layout = wg_wire_layout(type);
    const size_t least = least_length(type);

    if (span->length < prefix + least || span->captured < prefix + DATA_HEADER ||
        (layout->fixed_length != 0 && span->length != prefix + least))
        return false;
    const uint8_t *message = span->bytes + prefix;
    if (wg_le32(message + layout->receiver.offset) != receiver ||
        (layout->counter.length > 0 &&
         wg_le64(message + layout->counter.offset) >= WG_PLAUSIBLE_COUNTER))
        return false;
    *marks = (struct wg_envelope_marks){ .in = &wg_envelope_amneziawg,
                                         .prefix = (uint32_t)prefix,
                                         .type = (uint8_t)type,
                                         .by = WG_BY_PUBLIC_KEY };
    return true;
}
