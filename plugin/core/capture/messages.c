/* messages.c
 * The messages of a datagram: those that the capture holds, and those that it does not.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "capture_private.h"

/* The number of messages whose header was captured; at least 1. */
static size_t
held(const struct wg_wire_view *first, size_t messages, size_t stride)
{
    const size_t header = sizeof(struct wg_wire_data);

    if (messages <= 1 || first->captured < header)
        return 1;
    return MIN((first->captured - header) / stride + 1, messages);
}

unsigned
wg_capture_notes(const struct wg_wire_view *first, size_t messages, size_t stride)
{
    return (unsigned)MIN(held(first, messages, stride) + 1, MAX(messages, 1));
}

struct wg_messages
wg_messages_of(const struct wg_wire_view *first)
{
    struct wg_messages m = { .first = first };

    m.count = wg_wire_segments(first, &m.stride);
    m.notes = wg_capture_notes(first, m.count, m.stride);
    return m;
}

size_t
wg_messages_told(const struct wg_messages *m)
{
    if (m->first->type == WG_TYPE_DATA)
        return m->count;
    return held(m->first, m->count, m->stride);
}

const struct wg_wire_view *
wg_message_at(const struct wg_messages *m, size_t index, struct wg_wire_view *room)
{
    const struct wg_wire_view *first = m->first;
    const size_t offset = index * m->stride;

    if (m->count == 1)
        return first;
    const size_t length = MIN(m->stride, first->length - offset);
    if (offset + sizeof(struct wg_wire_data) <= first->captured) {
        wg_wire_decode(first->bytes + offset, MIN(length, first->captured - offset), length, room);
    } else {
        wg_wire_decode(first->bytes, sizeof(struct wg_wire_data), length, room);
        room->counter = first->counter + index;
    }
    return room;
}
