/* alignment.h
 * Where frames begin in the segments of a stream, also after a gap.
 *
 * As long as nothing is missing, a frame begins where the one before it ends. After a gap, one is
 * found again by the looks of it: one for a receiver that is known, or three in a row. Each end of
 * a stream has an alignment of its own, which follows its segments in the order of the capture.
 *
 * The framing is in framing.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_ALIGNMENT_H
#define WG_ALIGNMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one end sends. Begin with all zero. */
struct wg_alignment {
    bool aligned;      /* if the next segment goes on here, it begins with a frame */
    uint32_t next;     /* its sequence number then; 0: not known */
    uint32_t joined;   /* the packet whose segment completed an earlier frame; its rest goes on */
    bool has_receiver; /* announced by the other end, or seen in data */
    bool has_data;     /* with its header */
    uint32_t receiver; /* of the last data message, and of those without a header */
    uint64_t counter;
};

/* A segment, and what TCP says of it. */
struct wg_stream_segment {
    const uint8_t *bytes; /* NULL if none was captured */
    size_t captured;
    uint32_t packet;     /* the number of the packet that it came in */
    bool placed;         /* TCP says where it is, and the rest is set; else it goes on */
    bool completes;      /* it begins with an earlier frame that waited for it */
    uint32_t begin, end; /* sequence numbers */
};

/* Find the first frame of a segment. at: its offset, if there is one. returns whether there is */
bool wg_alignment_find(struct wg_alignment *alignment, const struct wg_stream_segment *segment,
                       size_t *at);

/* Remember what finds the frames again, from a message that has its header. other: the alignment of
 * the other end */
void wg_alignment_see(struct wg_alignment *alignment, struct wg_alignment *other,
                      const uint8_t *message, size_t captured);

/* What a frame without its data header lacks. */
struct wg_elided {
    uint32_t receiver;
    uint64_t counter;
};

/* Such a frame comes. returns whether it is known what it lacks: data with a header came before */
bool wg_alignment_elided(struct wg_alignment *alignment, struct wg_elided *elided);

#endif
