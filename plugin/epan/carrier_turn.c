/* carrier_turn.c
 * WireGuard after the ChannelData header of a TURN relay.
 *
 *   0         2        4
 *   +---------+--------+---------------------------+
 *   | channel | length |  datagram                 |
 *   +---------+--------+---------------------------+
 *
 * Specification: RFC 8656, section 12.4. The host dissects the header and offers the rest to
 * heuristics.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/packet.h>

#include "carriers.h"

static ws_bool
dissect_turn(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return wg_dissect_carried(tvb, pinfo, tree, "TURN channel", false) != 0;
}

void
wg_turn_handoff(int proto)
{
    heur_dissector_add("stun", dissect_turn, "WireGuard in a TURN channel", "wg_turn", proto,
                       HEURISTIC_ENABLE);
}
