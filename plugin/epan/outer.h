/* outer.h
 * What the host does not hand on of the headers around a datagram.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_OUTER_H
#define WG_OUTER_H

#include <stdbool.h>
#include <stdint.h>

#include <epan/packet.h>

#include "wg/diagnosis.h"

/* The hops that are left to the datagram with this UDP payload; 0: unknown, as for a datagram put
 * together from fragments. */
uint8_t wg_outer_hops(tvbuff_t *payload);

/* Whether the datagram was put together from IP fragments. */
bool wg_outer_reassembled(tvbuff_t *payload, const packet_info *pinfo);

/* The next hop's MTU that an ICMP error names, else 0. icmp: its header, 8 bytes; quote: its type
 * and version */
uint32_t wg_outer_mtu(const uint8_t *icmp, const struct wg_quote *quote);

/* For a datagram that an ICMP error quotes: fills in what the error says, and who sent it. */
void wg_outer_icmp(tvbuff_t *payload, struct wg_quote *quote);

#endif
