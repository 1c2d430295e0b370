/* tree.h
 * Drawing one message: its tree and its part of the Info column. Nothing here changes any state.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_TREE_H
#define WG_TREE_H

#include <epan/packet.h>

#include "wg/capture.h"
#include "wg/wire.h"

/* What a drawing function is given. */
struct wg_drawing {
    tvbuff_t *tvb; /* this message and nothing else */
    packet_info *pinfo;
    proto_tree *tree;  /* the message's own subtree; NULL where nobody looks */
    proto_item *item;  /* its head */
    const struct wg_wire_view *view;
    const struct wg_note *note; /* NULL for a packet quoted in an ICMP error */
    unsigned messages; /* in the datagram; told with the first of them, else 0 */
};

/* The message as it is on the wire, with our flags. */
void wg_draw_message(const struct wg_drawing *d);

/* How it belongs to others. */
void wg_draw_session(const struct wg_drawing *d);

/* Column Info of the datagram's first message. */
void wg_draw_info(const struct wg_drawing *d);

/* The Info column's and the head's name of a message. Static storage. */
const char *wg_message_name(const struct wg_wire_view *view);

#endif
