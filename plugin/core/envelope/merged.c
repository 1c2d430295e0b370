/* merged.c
 * Wrapped data messages that segmentation offload put into one datagram. wire/segments.c has the
 * plain ones, and what is unwrapped here becomes such a datagram.
 *
 *   0                       stride                  2 * stride
 *   +--------+------+-------+--------+------+-------+--------+------+---+
 *   | prefix | head | ...   | prefix | head | ...   | prefix | head | . |   the last may be shorter
 *   +--------+------+-------+--------+------+-------+--------+------+---+
 *
 * Each piece has the receiver index or the header of the first one, or an index that was announced;
 * and each has a plausible counter. That is 57 bits of evidence or more, with LWO 52. Where each
 * head is masked with a keystream of its own, every size has to be tried at the cost of a block of
 * ChaCha20.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/envelope.h"

struct head {
    uint32_t header, receiver;
};

/* What the pieces of a datagram must look like. */
struct pattern {
    const struct wg_span *whole;
    const struct wg_envelope_marks *marks;
    const struct wg_known_indices *known;
    struct head first;
};

static struct wg_span
piece_at(const struct wg_span *whole, size_t at, size_t stride)
{
    const size_t from = MIN(at, whole->captured);

    return (struct wg_span){ .bytes = whole->bytes + from,
                             .captured = MIN(whole->captured - from, stride),
                             .length = MIN(whole->length - at, stride) };
}

static bool
head_captured(const struct wg_span *piece, const struct wg_envelope_marks *marks)
{
    return piece->captured >= marks->prefix + sizeof(struct wg_wire_data);
}

/* returns false if it does not begin like a data message. Its head must have been captured. */
static bool
read_head(const struct wg_span *piece, const struct wg_envelope_marks *marks, struct head *head)
{
    uint8_t room[sizeof(struct wg_wire_data)];
    struct wg_span start = *piece;
    struct wg_message m;

    start.captured = marks->prefix + sizeof room;
    if (!marks->in->undo(&start, marks, room, &m) || m.view.type != WG_TYPE_DATA ||
        !m.view.reserved_zero || m.view.counter >= WG_PLAUSIBLE_COUNTER)
        return false;
    *head = (struct head){ .header = m.header, .receiver = m.view.receiver };
    return true;
}

static size_t
least_length(const struct wg_envelope_marks *marks)
{
    return marks->prefix + WG_DATA_MIN_LEN;
}

static bool
fits(const struct pattern *p, const struct wg_span *piece)
{
    struct head head;

    if (!read_head(piece, p->marks, &head))
        return false;
    if (head.receiver == p->first.receiver || head.header == p->first.header)
        return true;
    for (unsigned i = 0; i < p->known->count; i++)
        if (head.receiver == p->known->indices[i])
            return true;
    return false;
}

/* Whether a message begins at every multiple of `stride`, as far as the capture holds it. */
static bool
repeats(const struct pattern *p, size_t stride)
{
    for (size_t at = stride; at < p->whole->length; at += stride) {
        const struct wg_span piece = piece_at(p->whole, at, stride);
        if (piece.length < least_length(p->marks) ||
            (head_captured(&piece, p->marks) && !fits(p, &piece)))
            return false;
    }
    return true;
}

/* The last stride at which another head was captured. */
static size_t
last_stride(const struct wg_span *whole, const struct wg_envelope_marks *marks)
{
    const size_t by_length = whole->length - least_length(marks);
    const size_t by_capture = whole->captured - marks->prefix - sizeof(struct wg_wire_data);
    return MIN(by_length, by_capture);
}

/* The smallest stride at which `byte` is at offset `at` of the second message, by memchr, which is
 * fast. */
static size_t
find_by_byte(const struct pattern *p, size_t at, uint8_t byte)
{
    const uint8_t *from = p->whole->bytes + p->marks->prefix + at;
    const uint8_t *end = from + last_stride(p->whole, p->marks) + 1;

    for (const uint8_t *here = from + least_length(p->marks); here < end; here++) {
        here = memchr(here, byte, (size_t)(end - here));
        if (here == NULL)
            return 0;
        if (repeats(p, (size_t)(here - from)))
            return (size_t)(here - from);
    }
    return 0;
}

static size_t
try_each(const struct pattern *p)
{
    const size_t last = last_stride(p->whole, p->marks);

    for (size_t stride = least_length(p->marks); stride <= last; stride++)
        if (repeats(p, stride))
            return stride;
    return 0;
}

static size_t
find_stride(const struct pattern *p)
{
    const size_t receiver_at = offsetof(struct wg_wire_data, receiver);
    const uint8_t *message = p->whole->bytes + p->marks->prefix;

    if (wg_envelope_masks_apart(p->marks))
        return try_each(p);
    size_t stride = find_by_byte(p, receiver_at, message[receiver_at]);
    if (stride == 0)
        stride = find_by_byte(p, 0, message[0]);
    for (unsigned i = 0; stride == 0 && p->marks->key == NULL && i < p->known->count; i++)
        stride = find_by_byte(p, receiver_at, (uint8_t)p->known->indices[i]);
    return stride;
}

bool
wg_envelope_masks_apart(const struct wg_envelope_marks *marks)
{
    return marks->in == &wg_envelope_amneziawg && marks->key != NULL;
}

uint32_t
wg_envelope_stride(const struct wg_span *span, const struct wg_envelope_marks *marks,
                   const struct wg_known_indices *known, uint32_t likely, bool search)
{
    struct pattern p = { .whole = span, .marks = marks, .known = known };

    if (marks->type != WG_TYPE_DATA || span->length < 2 * least_length(marks) ||
        !head_captured(span, marks) || !read_head(span, marks, &p.first))
        return 0;
    if (likely >= least_length(marks) && likely <= last_stride(span, marks) && repeats(&p, likely))
        return likely;
    if (!search)
        return 0;
    return (uint32_t)find_stride(&p);
}

bool
wg_envelope_undo(const struct wg_span *span, const struct wg_envelope_marks *marks, uint8_t *room,
                 struct wg_message *message)
{
    const size_t stride = marks->stride;
    size_t captured = 0, length = 0;
    struct wg_message piece_inside;

    if (stride == 0)
        return marks->in->undo(span, marks, room, message);
    for (size_t at = 0; at < span->length; at += stride) {
        const struct wg_span piece = piece_at(span, at, stride);
        const bool begun = marks->in->undo(&piece, marks, room + captured, &piece_inside);
        if (at == 0) {
            if (!begun)
                return false;
            *message = piece_inside;
        }
        length += piece.length - marks->prefix - marks->trailer;
        if (begun)
            captured += piece_inside.view.captured;
    }
    wg_wire_decode(room, captured, length, &message->view);
    return true;
}
