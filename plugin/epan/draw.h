/* draw.h
 * Shared by the files that draw: what they are given, and the items that several of them add.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_DRAW_H
#define WG_DRAW_H

#include <epan/packet.h>

#include "fields.h"
#include "wg/analysis.h"
#include "wg/capture.h"
#include "wg/opening.h"
#include "wg/wire.h"

struct wg_envelope_view;

/* What a drawing function is given. */
struct wg_drawing {
    tvbuff_t *tvb;                            /* this message and nothing else */
    tvbuff_t *payload;                        /* the datagram, of which it is all or a part */
    const struct wg_message_context *context; /* where and when the datagram was captured */
    packet_info *pinfo;
    proto_tree *tree; /* the message's own subtree; NULL if nothing looks at it */
    proto_item *item; /* its head */
    const struct wg_wire_view *view;
    const struct wg_note *note;     /* NULL for a packet quoted in an ICMP error */
    const struct wg_note *foreseen; /* if it is accounted for again: its note of the first time,
                                       which knows what comes later; or NULL */
    unsigned messages;              /* in the datagram; set for the first of them, else 0 */
    bool brief;                     /* so many in the datagram that only the wire format is drawn */
    struct wg_keystore *keys;       /* NULL: nothing can be decrypted here */
    enum wg_decryption_status status;
    const uint8_t *plain; /* the decrypted packet, or NULL */
    const struct wg_sessions *sessions;
    const struct wg_analysis *analysis;      /* NULL if note is */
    const struct wg_envelope_view *envelope; /* NULL if no byte was changed */
    const char *carrier;                     /* what carried the datagram; NULL for UDP */
};

/* Whether one of the fields from..to (in the order of fields.def) is wanted: the tree is shown, or
 * a filter, a column or -e names one. Asking costs less than drawing. */
bool wg_wanted(const struct wg_drawing *d, enum wg_field from, enum wg_field to);

/* Mark an item as not part of the message itself. */
proto_item *wg_generated(proto_item *item);

/* Add an item that covers no bytes, marked as generated, to the message's own subtree; the boolean,
 * to any tree. */
proto_item *wg_draw_number(const struct wg_drawing *d, enum wg_field id, uint32_t number);
proto_item *wg_draw_text(const struct wg_drawing *d, enum wg_field id, const char *text);
proto_item *wg_draw_boolean(const struct wg_drawing *d, proto_tree *tree, enum wg_field id,
                            bool value);

/* The name of a message in the Info column and in its head. Static storage. */
const char *wg_message_name(const struct wg_wire_view *view);

#endif
