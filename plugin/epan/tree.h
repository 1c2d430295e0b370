/* tree.h
 * Draws one message: its tree and its part of the Info column. Nothing here changes any state.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_TREE_H
#define WG_TREE_H

#include "draw.h"

/* The message as it is on the wire, with our flags. */
void wg_draw_message(const struct wg_drawing *d);

/* The same in brief: transport data as it is on the wire, and nothing else. */
void wg_draw_wire(const struct wg_drawing *d);

/* What carried the message, and what was around it. */
void wg_draw_envelope(const struct wg_drawing *d);

/* What the keys show of a handshake message. Each item is drawn after the field that it opens. */
void wg_draw_ephemeral_key(const struct wg_drawing *d, proto_item *item);
void wg_draw_static(const struct wg_drawing *d);
void wg_draw_timestamp(const struct wg_drawing *d);
void wg_draw_handshake_ok(const struct wg_drawing *d);
void wg_draw_mac1(const struct wg_drawing *d, proto_item *item);
void wg_draw_mac2(const struct wg_drawing *d, proto_tree *tree);
void wg_draw_cookie(const struct wg_drawing *d);
void wg_draw_peers(const struct wg_drawing *d);
void wg_draw_status(const struct wg_drawing *d);

/* Whether a handshake message was opened, and if not, why. */
enum wg_decryption_status wg_handshake_status(const struct wg_drawing *d);

/* How it relates to other messages. */
void wg_draw_session(const struct wg_drawing *d);

/* The Info column of the datagram's first message: what it is, and before that anything unusual, as
 * for TCP. Call the second function last, since an inner packet writes the column anew. */
void wg_draw_info(const struct wg_drawing *d);
void wg_draw_info_verdicts(const struct wg_drawing *d);

/* The response that a note of type 2 belongs to, or NULL if it was not kept. */
const struct wg_response *wg_own_response(const struct wg_note *note);

#endif
