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

/* The host's own number for the UDP stream between these ends; false if it has none. */
bool wg_stream_udp(packet_info *pinfo, const struct wg_endpoint *source,
                   const struct wg_endpoint *destination, uint32_t *stream);

#endif
