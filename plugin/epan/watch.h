/* watch.h
 * A look at flows that another dissector took by the shape of a first datagram.
 *
 * AmneziaWG begins with what looks like QUIC, STUN or DNS, and Tailscale's sockets with STUN, so
 * that the host gives the rest of the flow to that dissector. In such flows we look first, and
 * leave to the other one what is none of ours.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_WATCH_H
#define WG_WATCH_H

#include <epan/packet.h>

/* ours: asked first in a watched flow */
void wg_watch_register(int proto, dissector_handle_t ours);

/* From now on look at each frame after it was dissected, which costs something for each. */
void wg_watch_frames(void);

/* First pass: we left this datagram to others, and want to see the rest of its flow. */
void wg_watch(packet_info *pinfo);

#endif
