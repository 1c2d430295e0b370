/* alignment.c
 * Where frames begin in the segments of a stream, also after a gap.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "wg/alignment.h"
#include "wg/framing.h"

/* Whether nothing is missing between the frames before and this segment. */
static bool
goes_on(const struct wg_alignment *a, const struct wg_stream_segment *s)
{
    if (!a->aligned || !s->placed || s->completes || a->joined == s->packet)
        return a->aligned;
    return s->begin == a->next;
}

/* Remember where the next segment should go on. */
static void
expect_next(struct wg_alignment *a, const struct wg_stream_segment *s)
{
    if (!s->placed)
        return;
    if (s->completes)
        a->joined = s->packet;
    if ((int32_t)(s->end - a->next) > 0 || a->next == 0)
        a->next = s->end; /* and not if it was sent again */
}

/* The offset of the first bytes that look like a frame. A frame without a data header looks like
 * nothing, so it is only one where a frame must begin. returns captured: there are none */
static size_t
find_frame(const struct wg_alignment *a, const uint8_t *bytes, size_t captured, bool continues)
{
    if (wg_stream_plausible(bytes, captured) ||
        (continues && a->has_data && wg_stream_frame(bytes).elided))
        return 0;
    const size_t known =
        a->has_receiver ? wg_stream_find_receiver(bytes, captured, a->receiver) : captured;
    if (known < captured)
        return known;
    return wg_stream_find(bytes, captured);
}

/* Some senders write a frame's length separately, so a first segment may hold nothing else. */
static bool
begins_handshake(const uint8_t *bytes, size_t captured)
{
    for (unsigned type = WG_TYPE_INITIATION; type <= WG_TYPE_COOKIE_REPLY; type++)
        if (wg_stream_first_part(bytes, captured, type) > 0)
            return true;
    return false;
}

bool
wg_alignment_find(struct wg_alignment *a, const struct wg_stream_segment *s, size_t *at)
{
    const bool continues = goes_on(a, s);

    *at = 0;
    if (s->captured < sizeof(struct wg_wire_data)) {
        a->aligned = continues || begins_handshake(s->bytes, s->captured);
    } else {
        *at = find_frame(a, s->bytes, s->captured, continues);
        a->aligned = *at < s->captured;
    }
    expect_next(a, s);
    return a->aligned;
}

void
wg_alignment_see(struct wg_alignment *a, struct wg_alignment *other, const uint8_t *message,
                 size_t captured)
{
    const size_t length = MIN(captured, sizeof(struct wg_wire_data));
    struct wg_wire_view view;

    wg_wire_decode(message, length, length, &view);
    if (view.has_sender && !other->has_data) {
        other->has_receiver = true;
        other->receiver = view.sender;
    }
    if (view.type != WG_TYPE_DATA || !view.has_counter)
        return;
    a->has_receiver = a->has_data = true;
    a->receiver = view.receiver;
    a->counter = view.counter;
}

bool
wg_alignment_elided(struct wg_alignment *a, struct wg_elided *elided)
{
    if (!a->has_data)
        return false;
    *elided = (struct wg_elided){ a->receiver, ++a->counter };
    return true;
}
