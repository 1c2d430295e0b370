/* companion.h
 * What belongs to a tunnel without being WireGuard: named, and handed on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_COMPANION_H
#define WG_COMPANION_H

#include <stdbool.h>

#include <epan/packet.h>

#include "wg/sessions.h"
#include "wg/unwrapper.h"

/* What a frame holds that belongs to a tunnel without being a message, as far as that is known now.
 */
enum wg_companion wg_companion_of_frame(const packet_info *pinfo);

/* Say in what another dissector drew, and in the Info column, what companion a frame holds. */
void wg_companion_draw(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                       enum wg_companion companion);

/* Tailscale's discovery, by its magic. */
bool wg_is_disco(tvbuff_t *tvb);
int wg_draw_disco(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

/* The key exchange of Rosenpass, by a message that is enough to know it by; the flow is claimed, so
 * that the others are known in it. */
bool wg_is_rosenpass(tvbuff_t *tvb);
int wg_draw_rosenpass(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

/* Cloudflare WARP's own protocol, on its port, by a message that looks like data; claimed like
 * Rosenpass. */
bool wg_is_warp(tvbuff_t *tvb, const packet_info *pinfo);
int wg_draw_warp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

void wg_companion_register(void);

/* STUN, by its magic cookie and length. It may turn out later that its flow is a tunnel's, so the
 * first pass remembers which flow a frame with STUN belongs to. */
bool wg_is_stun(tvbuff_t *tvb);
void wg_companion_remember_stun(const packet_info *pinfo, const struct wg_message_context *context);

#endif
