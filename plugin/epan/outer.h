/* outer.h
 * The headers around a datagram, as far as the host does not hand them on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_OUTER_H
#define WG_OUTER_H

#include <stdbool.h>
#include <stdint.h>

#include <epan/packet.h>

#include "wg/diagnosis.h"

/* Hops left to the datagram whose UDP payload this is; 0 where they cannot be told, as in a
 * datagram put together from fragments. */
uint8_t wg_outer_hops(tvbuff_t *payload);

/* Whether the datagram was put together from IP fragments. */
bool wg_outer_reassembled(tvbuff_t *payload, const packet_info *pinfo);

/* For a datagram that an ICMP error quotes: fills in what the error says, and who sent it. */
void wg_outer_icmp(tvbuff_t *payload, struct wg_quote *quote);

#endif
