/* datagram.h
 * From the host's packet to a datagram of the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_DATAGRAM_H
#define WG_DATAGRAM_H

#include <epan/packet.h>

#include "wg/capture.h"

/* The host's time in nanoseconds. A capture file can hold any time: times before 1678 or after 2261
 * are clamped, with room for what is added to them. */
static inline int64_t
wg_nanoseconds(const nstime_t *t)
{
    const int64_t second = 1000000000, last = 9200000000;

    return CLAMP((int64_t)t->secs, -last, last) * second + t->nsecs;
}

/* A capture is opened: its packets are counted from 1. */
void wg_datagram_reset(void);

/* The host's address and port in the core's form. */
struct wg_endpoint wg_endpoint_of(const address *a, uint32_t port);

/* What a tvbuff holds, and where and when it was captured; valid as long as the tvbuff.
 * on_port   the user says that the port carries WireGuard */
struct wg_datagram wg_datagram_of(tvbuff_t *tvb, const packet_info *pinfo, bool on_port);

#endif
