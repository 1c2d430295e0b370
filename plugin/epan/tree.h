/* tree.h
 * Drawing one message: its tree and its part of the Info column. Nothing here changes any state.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_TREE_H
#define WG_TREE_H

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
    tvbuff_t *payload;                        /* the datagram's, of which it is all or a part */
    const struct wg_message_context *context; /* where and when the datagram was captured */
    packet_info *pinfo;
    proto_tree *tree; /* the message's own subtree; NULL where nobody looks */
    proto_item *item; /* its head */
    const struct wg_wire_view *view;
    const struct wg_note *note; /* NULL for a packet quoted in an ICMP error */
    unsigned messages;          /* in the datagram; told with the first of them, else 0 */
    bool brief;                 /* a datagram of so many that only what is on the wire is drawn */
    struct wg_keystore *keys;   /* NULL: nothing can be decrypted here */
    enum wg_decryption_status status;
    const uint8_t *plain; /* the decrypted packet, or NULL */
    const struct wg_sessions *sessions;
    const struct wg_analysis *analysis;      /* NULL as note is */
    const struct wg_envelope_view *envelope; /* NULL where no byte was changed */
    const char *carrier;                     /* what carried the datagram; NULL for UDP */
};

/* Whether anybody wants one of the fields from..to (in the order of fields.def): the tree is shown,
 * or a filter, a column or -e names one. Asking costs less than drawing. */
bool wg_wanted(const struct wg_drawing *d, enum wg_field from, enum wg_field to);

/* Mark an item as not part of the message itself. */
proto_item *wg_generated(proto_item *item);

/* The message as it is on the wire, with our flags. */
void wg_draw_message(const struct wg_drawing *d);

/* The same in brief: transport data as it is on the wire, and nothing else. */
void wg_draw_wire(const struct wg_drawing *d);

/* What carried the message, and what was around it. */
void wg_draw_envelope(const struct wg_drawing *d);

/* What the keys tell of a handshake message: each is drawn behind the field that it opens. */
void wg_draw_ephemeral_key(const struct wg_drawing *d, proto_item *item);
void wg_draw_static(const struct wg_drawing *d);
void wg_draw_timestamp(const struct wg_drawing *d);
void wg_draw_handshake_ok(const struct wg_drawing *d);
void wg_draw_mac1(const struct wg_drawing *d, proto_item *item);
void wg_draw_mac2(const struct wg_drawing *d, proto_tree *tree);
void wg_draw_cookie(const struct wg_drawing *d);
void wg_draw_peers(const struct wg_drawing *d);
void wg_draw_status(const struct wg_drawing *d);

/* Why a handshake message is or is not open. */
enum wg_decryption_status wg_handshake_status(const struct wg_drawing *d);

/* How it belongs to others. */
void wg_draw_session(const struct wg_drawing *d);

/* Column Info of the datagram's first message: what it is, and, before that, what is out of the
 * ordinary, as TCP has it. The second comes last, since an inner packet writes the column anew. */
void wg_draw_info(const struct wg_drawing *d);
void wg_draw_info_verdicts(const struct wg_drawing *d);

/* The response that a note of type 2 speaks of, or NULL where it was not kept. */
const struct wg_response *wg_own_response(const struct wg_note *note);

/* The Info column's and the head's name of a message. Static storage. */
const char *wg_message_name(const struct wg_wire_view *view);

#endif
