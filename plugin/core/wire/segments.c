/* segments.c
 * Datagrams of several messages, as segmentation offload puts them together.
 *
 * Specification: Linux, UDP_SEGMENT and UDP_GRO in udp(7); net/ipv4/udp_offload.c.
 *
 *   0               stride          2 * stride      3 * stride
 *   +---------------+---------------+---------------+---------+
 *   | head | ...    | head | ...    | head | ...    | head |..|   the last one may be shorter
 *   +---------------+---------------+---------------+---------+
 *
 * A sender cuts one large buffer into pieces of one size. A receiver merges datagrams of one flow
 * and one size, and a shorter one ends the row. Neither looks inside, so counters may be missing,
 * late or duplicate, sessions may alternate, and a handshake message may be among the pieces. The
 * last piece may be of another protocol that shares the socket: STUN, or Tailscale's discovery.
 *
 * Ciphertext can look like a head by chance, but a data message has 60 fixed bits, and a handshake
 * message 32 and only three places where its length fits. So fewer than one packet in 10^9 is split
 * wrongly.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "wg/wire.h"

#define RESERVED_AT offsetof(struct wg_wire_header, reserved)

static size_t
smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Whether the 16 bytes at `at`, all captured, begin a message of `length` bytes. */
static bool
plausible(const struct wg_wire_view *first, size_t at, size_t length)
{
    const uint8_t *head = first->bytes + at;
    const struct wg_wire_layout *layout = wg_wire_layout(head[0]);

    if (layout == NULL ||
        memcmp(head + RESERVED_AT, first->bytes + RESERVED_AT, WG_RESERVED_LEN) != 0)
        return false;
    if (layout->fixed_length != 0)
        return length == layout->fixed_length;
    return length >= WG_DATA_MIN_LEN &&
           wg_le64(head + layout->counter.offset) < WG_PLAUSIBLE_COUNTER;
}

static bool
head_captured(const struct wg_wire_view *first, size_t at)
{
    return at <= first->captured && first->captured - at >= sizeof(struct wg_wire_data);
}

/* The messages before `at`, where something else begins that is shorter; 0 if they are too few to
 * tell that from ciphertext. */
static size_t
before_another(size_t at, size_t stride)
{
    if (at < 2 * stride)
        return 0;
    return at / stride;
}

/* How many messages begin at multiples of `stride`, as far as the capture holds them, or 0. */
static size_t
repeats(const struct wg_wire_view *first, size_t stride)
{
    size_t at = stride;

    for (; at < first->length && head_captured(first, at); at += stride) {
        const size_t length = smaller(stride, first->length - at);
        if (plausible(first, at, length))
            continue;
        if (length < stride)
            return before_another(at, stride);
        return 0;
    }
    const size_t last = (first->length - 1) % stride + 1;
    if (at >= first->length || last >= WG_DATA_MIN_LEN)
        return (first->length - 1) / stride + 1;
    if (first->captured == first->length)
        return before_another(at, stride);
    return 0;
}

/* How many messages the datagram divides into at `stride`, where a type byte was found, or 0. */
static size_t
divides(const struct wg_wire_view *first, size_t stride)
{
    /* The head of a handshake message is 32 bits of evidence. If its length fits only because more
     * pieces follow, one of them must be captured. */
    if (stride < first->length - stride && first->bytes[stride] != WG_TYPE_DATA &&
        !head_captured(first, 2 * stride))
        return 0;
    return repeats(first, stride);
}

/* The smallest size of the first data message after which others follow, and how many there are
 * then; else 0. */
static size_t
find_stride(const struct wg_wire_view *first, size_t *count)
{
    const size_t header = sizeof(struct wg_wire_header);
    const uint8_t *reserved = first->bytes + RESERVED_AT;

    if (first->length < 2 * WG_DATA_MIN_LEN || !head_captured(first, WG_DATA_MIN_LEN))
        return 0;
    const size_t last =
        smaller(first->length - WG_DATA_MIN_LEN, first->captured - sizeof(struct wg_wire_data));
    /* Search for the byte before the index, since memchr is fast. */
    const uint8_t *from = first->bytes + WG_DATA_MIN_LEN + header - 1;
    const uint8_t *end = first->bytes + last + header;

    for (const uint8_t *p = from; p < end; p++) {
        p = memchr(p, reserved[WG_RESERVED_LEN - 1], (size_t)(end - p));
        if (p == NULL)
            return 0;
        const size_t stride = (size_t)(p - first->bytes) + 1 - header;
        if (memcmp(p + 1 - WG_RESERVED_LEN, reserved, WG_RESERVED_LEN) != 0 ||
            wg_wire_layout(first->bytes[stride]) == NULL)
            continue;
        *count = divides(first, stride);
        if (*count > 0)
            return stride;
    }
    return 0;
}

/* The size of the first message, and how many there are; 0 if it is the only one. */
static size_t
stride_of(const struct wg_wire_view *first, size_t *count)
{
    if (first->type == WG_TYPE_DATA)
        return find_stride(first, count);
    const size_t stride = first->layout->fixed_length;
    if (!head_captured(first, stride))
        return 0;
    *count = repeats(first, stride);
    if (*count == 0)
        return 0;
    return stride;
}

size_t
wg_wire_segments(const struct wg_wire_view *first, size_t *segment)
{
    if (first->layout == NULL)
        return 1;
    size_t count;
    const size_t stride = stride_of(first, &count);
    if (stride == 0)
        return 1;

    const size_t captured = (first->captured - sizeof(struct wg_wire_data)) / stride + 1;
    *segment = stride;
    return smaller(count, captured > WG_MAX_SEGMENTS ? captured : WG_MAX_SEGMENTS);
}
