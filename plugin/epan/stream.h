/* stream.h
 * What Wireshark offers for the session of a packet: a conversation filter, and Follow.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_STREAM_H
#define WG_STREAM_H

#include <epan/packet.h>

#include "tree.h"

/* Call at registration. */
void wg_stream_register(int proto);

/* Hand a decrypted packet to Follow. */
void wg_stream_inner(const struct wg_drawing *d, tvbuff_t *inner);

/* The host's own number for the UDP stream of this packet; false if it has none. Do not call it
 * after an inner packet was dissected. */
bool wg_stream_udp(packet_info *pinfo, uint32_t *stream);

#endif
