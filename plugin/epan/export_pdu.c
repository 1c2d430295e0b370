/* export_pdu.c
 * Inner packets as a capture of their own: File > Export PDUs, and tshark -U.
 *
 * They are in two of the host's lists. "WireGuard" is our own, a capture of raw IP packets that
 * every program can read. "OSI layer 3" also has the packets of other tunnels, in Wireshark's own
 * format.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/exported_pdu.h>
#include <epan/tap.h>
#include <wiretap/wtap.h>
#include <wsutil/exported_pdu_tlvs.h>

#include "export_pdu.h"

static int raw_ip, layer_3, layer_4;

void
wg_export_register(void)
{
    raw_ip = register_export_pdu_tap_with_encap("WireGuard", WTAP_ENCAP_RAW_IP);
}

void
wg_export_handoff(void)
{
    layer_3 = find_tap_id(EXPORT_PDU_TAP_NAME_LAYER_3);
    layer_4 = find_tap_id(EXPORT_PDU_TAP_NAME_LAYER_4);
}

bool
wg_export_datagrams(void)
{
    return layer_4 != 0 && have_tap_listener(layer_4);
}

static void
queue(int list, packet_info *pinfo, tvbuff_t *packet, exp_pdu_data_t *pdu)
{
    pdu->pdu_tvb = packet;
    pdu->tvb_captured_length = tvb_captured_length(packet);
    pdu->tvb_reported_length = tvb_reported_length(packet);
    tap_queue_packet(list, pinfo, pdu);
}

void
wg_export_inner(packet_info *pinfo, tvbuff_t *inner, unsigned length)
{
    static const exp_pdu_data_item_t *none[] = { NULL }; /* no addresses of the outer packet */
    const bool raw = have_tap_listener(raw_ip);
    const bool tagged = layer_3 != 0 && have_tap_listener(layer_3);

    if (length == 0 || (!raw && !tagged))
        return;
    tvbuff_t *packet = tvb_new_subset_length(inner, 0, (int)length);
    if (raw)
        queue(raw_ip, pinfo, packet, wmem_new0(pinfo->pool, exp_pdu_data_t));
    if (tagged)
        queue(layer_3, pinfo, packet,
              export_pdu_create_tags(pinfo, tvb_get_uint8(packet, 0) >> 4 == 6 ? "ipv6" : "ip",
                                     EXP_PDU_TAG_DISSECTOR_NAME, none));
}
