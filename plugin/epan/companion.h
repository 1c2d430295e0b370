/* companion.h
 * Companions: datagrams that belong to a tunnel without being WireGuard. They are named and handed
 * on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_COMPANION_H
#define WG_COMPANION_H

#include <stdbool.h>

#include <epan/packet.h>

#include "wg/sessions.h"
#include "wg/unwrapper.h"

/* The companion that a frame holds, as far as that is known now. */
enum wg_companion wg_companion_of_frame(const packet_info *pinfo);

/* Name the companion below what another dissector drew, and in the Info column. */
void wg_companion_draw(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                       enum wg_companion companion);

/* Tailscale's discovery, recognised by its magic. */
bool wg_is_disco(tvbuff_t *tvb);
int wg_draw_disco(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

/* The key exchange of Rosenpass, recognised by a message that is enough on its own. Drawing it
 * claims the flow, so that the other messages are recognised, too. */
bool wg_is_rosenpass(tvbuff_t *tvb);
int wg_draw_rosenpass(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

/* Cloudflare WARP's own protocol, recognised on its port by a message that looks like data. Drawing
 * it claims the flow, as for Rosenpass. */
bool wg_is_warp(tvbuff_t *tvb, const packet_info *pinfo);
int wg_draw_warp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

void wg_companion_register(void);

/* STUN, recognised by its magic cookie and length. Its flow may turn out later to be a tunnel's, so
 * the first pass remembers the flow of each frame with STUN. */
bool wg_is_stun(tvbuff_t *tvb);
void wg_companion_remember_stun(const packet_info *pinfo, const struct wg_message_context *context);

#endif
