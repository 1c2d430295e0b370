/* datagram.c
 * From the host's packet to a datagram of the core.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/packet.h>
#include <wiretap/wtap.h>

#include "datagram.h"
#include "recount.h"

static struct {
    uint32_t frame; /* of the last packet */
    int64_t at;     /* its place in the file, which saving does not change during the first pass */
    uint32_t count; /* packets so far */
} packet;

void
wg_datagram_reset(void)
{
    packet.count = 0;
}

struct wg_endpoint
wg_endpoint_of(const address *a, uint32_t port)
{
    unsigned family = WG_ENDPOINT_OTHER;

    if (a->type == AT_IPv4)
        family = WG_ENDPOINT_IPV4;
    else if (a->type == AT_IPv6)
        family = WG_ENDPOINT_IPV6;
    return wg_endpoint_make(family, a->data, (size_t)a->len, (uint16_t)port);
}

/* When it is accounted for, the number of this packet, from 1; on later looks 0. A frame number
 * would not do: the host gives that of a packet that a read filter drops to the next one. */
static uint32_t
packet_number(const packet_info *pinfo)
{
    if (!wg_first_look(pinfo))
        return 0;
    if (packet.count == 0 || packet.frame != pinfo->num || packet.at != pinfo->fd->file_off) {
        packet.frame = pinfo->num;
        packet.at = pinfo->fd->file_off;
        packet.count++;
    }
    return packet.count;
}

/* The interface that it was captured on, or 0. */
static uint32_t
interface_of(const packet_info *pinfo)
{
    const wtap_rec *rec = pinfo->rec;

    if (rec->rec_type != REC_TYPE_PACKET || !(rec->presence_flags & WTAP_HAS_INTERFACE_ID))
        return 0;
    return rec->rec_header.packet_header.interface_id;
}

/* The length on the wire. A packet quoted in an ICMP error was cut, and a first fragment holds only
 * a part of its datagram; the UDP header has the full length. */
static size_t
wire_length(tvbuff_t *tvb, const packet_info *pinfo)
{
    enum { UDP_HEADER = 8, UDP_LENGTH_AT = 4 };
    const size_t there = tvb_reported_length(tvb);
    const int start = tvb_raw_offset(tvb) - UDP_HEADER;

    if (start < 0 || !(pinfo->flags.in_error_pkt || pinfo->fragmented))
        return there;
    const size_t stated = tvb_get_ntohs(tvb_get_ds_tvb(tvb), start + UDP_LENGTH_AT);
    return MAX(there + UDP_HEADER, stated) - UDP_HEADER;
}

struct wg_datagram
wg_datagram_of(tvbuff_t *tvb, const packet_info *pinfo, bool on_port)
{
    struct wg_datagram d = {
        .context = {
            .frame = pinfo->num,
            .time = wg_nanoseconds(&pinfo->abs_ts),
            .interface = interface_of(pinfo),
            .source = wg_endpoint_of(&pinfo->src, pinfo->srcport),
            .destination = wg_endpoint_of(&pinfo->dst, pinfo->destport),
        },
        .packet = packet_number(pinfo),
        .offset = (uint32_t)tvb_raw_offset(tvb),
        .on_port = on_port,
        .captured = tvb_captured_length(tvb),
        .length = wire_length(tvb, pinfo),
    };
    if (d.captured > 0)
        d.bytes = tvb_get_ptr(tvb, 0, (int)d.captured);
    return d;
}
