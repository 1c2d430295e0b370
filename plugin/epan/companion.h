/* companion.h
 * What belongs to a tunnel without being WireGuard: named, and handed on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_COMPANION_H
#define WG_COMPANION_H

#include <stdbool.h>

#include <epan/packet.h>

#include "wg/unwrapper.h"

/* What a frame holds that belongs to a tunnel without being a message, as far as that is known now.
 */
enum wg_companion wg_capture_companion(packet_info *pinfo);

/* What was never seen of the messages of a configuration of AmneziaWG (see unwrapper.h); to be
 * freed. */
char *wg_capture_unseen(size_t configuration);

/* Say in what another dissector drew, and in the Info column, what companion a frame holds. */
void wg_companion_draw(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                       enum wg_companion companion);

/* Tailscale's discovery, by its magic. */
bool wg_is_disco(tvbuff_t *tvb);
int wg_draw_disco(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

/* STUN, by its magic cookie and length. */
bool wg_is_stun(tvbuff_t *tvb);

#endif
