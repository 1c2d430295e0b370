/* drawing.h
 * Draws a datagram of WireGuard: shows and reports each of its messages, and hands on what is
 * inside.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_DRAWING_H
#define WG_DRAWING_H

#include <epan/packet.h>

#include "wg/capture.h"
#include "wg/envelope.h"

/* A datagram of WireGuard. */
struct wg_ours {
    const struct wg_datagram *datagram;
    const struct wg_wire_view *first; /* the datagram, decoded as one message */
    uint32_t number;                  /* of its first note; 0: it has none */
    uint32_t earlier; /* the same in the earlier accounting, if it is accounted for again; or 0 */
    bool fresh;       /* accounted for just now, so that datagram->plain holds what was opened */
};

/* What is around a datagram, for drawing. */
struct wg_around {
    const struct wg_envelope_view *envelope; /* NULL: none that changes bytes */
    const char *carrier;                     /* NULL: UDP */
};

/* A capture is opened; proto: our protocol. */
void wg_drawing_open(int proto);

/* returns the number of bytes that the datagram has in the tvbuff */
int wg_draw_datagram(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, struct wg_ours ours,
                     struct wg_around around);

#endif
