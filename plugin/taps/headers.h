/* headers.h
 * The outermost headers of a frame: those that the link itself carried, whatever the dissectors
 * found inside.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_HEADERS_H
#define WG_HEADERS_H

#include <stdbool.h>
#include <stdint.h>

#include <epan/packet.h>

#include "wg/audit.h"
#include "wg/endpoint.h"
#include "wg/evidence.h"

struct wg_headers {
    const uint8_t *bytes; /* of the frame, as many as were captured */
    int captured;
    struct wg_audit_link link;
    bool group;                  /* the frame was sent to many on the link */
    struct wg_endpoint from, to; /* port 0 */
    uint8_t protocol;            /* above IP */
    bool fragment, first, more;  /* it is a fragment; the first one; others follow */
    uint32_t id;                 /* of a fragmented datagram */
    int payload;                 /* offset in the frame of what follows the IP header */
};

/* returns false if there is no IP header at the beginning of the frame; `headers` then has the link
 * only. They are valid as long as the frame is. */
bool wg_headers_read(const packet_info *pinfo, tvbuff_t *frame, struct wg_headers *headers);

/* Ports of TCP, UDP, SCTP or DCCP, if they are in the frame. */
bool wg_headers_ports(const struct wg_headers *headers, uint16_t *source, uint16_t *destination);

/* Whether the frame is an ICMP error that quotes the beginning of a UDP datagram. Fills in what the
 * error says, except for frame and time. */
bool wg_headers_quote(const struct wg_headers *headers, struct wg_quote *quote);

/* Whether a frame opens a connection or answers, by its TCP, ICMP or DNS header. */
enum wg_audit_turn wg_headers_turn(const struct wg_headers *headers);

#endif
