/* export_pdu.h
 * Inner packets as a capture of their own: File > Export PDUs, and tshark -U.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_EXPORT_PDU_H
#define WG_EXPORT_PDU_H

#include <epan/packet.h>

/* To be called at registration and at hand-off. */
void wg_export_register(void);
void wg_export_handoff(void);

/* Export an IP packet, `length` bytes at the beginning of `inner`, if anybody asks for such. 0: it
 * is none. What follows it, the padding, is no part of it. */
void wg_export_inner(packet_info *pinfo, tvbuff_t *inner, unsigned length);

#endif
