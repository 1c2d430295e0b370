/* carrier_geneve.c
 * WireGuard and disco after the Geneve header of Tailscale's peer relay.
 *
 *   0      1      2               4              7     8
 *   +------+------+---------------+--------------+-----+---------------------
 *   |  0   |  0   |    protocol   | network id   |  0  |  datagram
 *   +------+------+---------------+--------------+-----+---------------------
 *    version       0x7a11 disco,
 *    and options   0x7a12 WireGuard
 *
 * Source: tailscale, net/packet/geneve.go; RFC 8926. The host dissects the header and looks the
 * protocol up in its table of Ethernet types.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/packet.h>

#include "adopt.h"
#include "carriers.h"
#include "companion.h"

enum { PROTOCOL_DISCO = 0x7a11, PROTOCOL_WIREGUARD = 0x7a12 };

static int
dissect_geneve(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return wg_dissect_carried(tvb, pinfo, tree, "Geneve relay", true);
}

static int
dissect_disco(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    if (wg_is_disco(tvb))
        return wg_draw_disco(tvb, pinfo, tree);
    return 0;
}

void
wg_geneve_handoff(int proto)
{
    dissector_add_uint("ethertype", PROTOCOL_WIREGUARD,
                       register_dissector_with_description("wireguard.relay",
                                                           "WireGuard (plugin, Geneve relay)",
                                                           dissect_geneve, proto));
    dissector_add_uint("ethertype", PROTOCOL_DISCO,
                       create_dissector_handle(dissect_disco, wg_proto_between()));
}
