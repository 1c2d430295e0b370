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
 * protocol up in its table of Ethernet types. It knows Geneve by its port, 6081; a peer relay has
 * any port, so the header is recognised on all that have no owner.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/packet.h>

#include "adopt.h"
#include "carriers.h"
#include "companion.h"
#include "wg/wire.h"

enum { PROTOCOL_DISCO = 0x7a11, PROTOCOL_WIREGUARD = 0x7a12 };
enum { GENEVE_PORT = 6081, HEADER = 8, PROTOCOL_AT = 2, ZERO_AT = 7 };

static dissector_handle_t geneve_handle; /* the host's; NULL: it has none */

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

/* Whether a message has the shape of WireGuard's, and its length. */
static bool
is_message(tvbuff_t *tvb)
{
    struct wg_wire_view view;
    const size_t captured = MIN(tvb_captured_length(tvb), WG_DATA_MIN_LEN);

    wg_wire_decode(tvb_get_ptr(tvb, 0, (int)captured), captured, tvb_reported_length(tvb), &view);
    return view.reserved_zero && (view.verdict == WG_WIRE_OK || view.verdict == WG_WIRE_TRUNCATED);
}

static bool
is_relayed(tvbuff_t *tvb)
{
    if (tvb_captured_length(tvb) <= HEADER || tvb_get_ntohs(tvb, 0) != 0 ||
        tvb_get_uint8(tvb, ZERO_AT) != 0)
        return false;
    tvbuff_t *datagram = tvb_new_subset_remaining(tvb, HEADER);
    switch (tvb_get_ntohs(tvb, PROTOCOL_AT)) {
    case PROTOCOL_WIREGUARD:
        return is_message(datagram);
    case PROTOCOL_DISCO:
        return wg_is_disco(datagram);
    default:
        return false;
    }
}

static ws_bool
dissect_on_any_port(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    return geneve_handle != NULL && is_relayed(tvb) &&
           call_dissector_only(geneve_handle, tvb, pinfo, tree, NULL) != 0;
}

void
wg_geneve_handoff(int proto)
{
    const int geneve = proto_get_id_by_filter_name("geneve");

    geneve_handle = dissector_get_default_uint_handle("udp.port", GENEVE_PORT);
    if (geneve >= 0)
        heur_dissector_add("udp", dissect_on_any_port, "WireGuard in a Geneve relay", "wg_geneve",
                           geneve, HEURISTIC_ENABLE);
    dissector_add_uint("ethertype", PROTOCOL_WIREGUARD,
                       register_dissector_with_description("wireguard.relay",
                                                           "WireGuard (plugin, Geneve relay)",
                                                           dissect_geneve, proto));
    dissector_add_uint("ethertype", PROTOCOL_DISCO,
                       create_dissector_handle(dissect_disco, wg_proto_between()));
}
