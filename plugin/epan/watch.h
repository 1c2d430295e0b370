/* watch.h
 * Watches flows that another dissector took because of their first datagram.
 *
 * AmneziaWG begins a flow with datagrams that look like QUIC, STUN or DNS, and Tailscale with STUN,
 * so the host gives the rest of the flow to that protocol's dissector. In such flows we look first,
 * and leave to the other dissector what is not WireGuard.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_WATCH_H
#define WG_WATCH_H

#include <epan/packet.h>

/* ours: the handle that is called first in a watched flow */
void wg_watch_register(dissector_handle_t ours);

/* From now on, look at each frame after it was dissected. This costs time for each frame. */
void wg_watch_frames(void);

/* When it is accounted for: leave this datagram to other dissectors, and watch its flow. */
void wg_watch(packet_info *pinfo);

#endif
