/* export_pdu.h
 * Inner packets as a capture of their own: File > Export PDUs, and tshark -U.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_EXPORT_PDU_H
#define WG_EXPORT_PDU_H

#include <epan/packet.h>

/* Call at registration and at hand-off. */
void wg_export_register(void);
void wg_export_handoff(void);

/* Whether the host exports WireGuard's own datagrams. */
bool wg_export_datagrams(void);

/* Export the IP packet in the first `length` bytes of `inner`, if the user exports PDUs. The
 * padding after it is left out. length 0: there is no packet */
void wg_export_inner(packet_info *pinfo, tvbuff_t *inner, unsigned length);

#endif
