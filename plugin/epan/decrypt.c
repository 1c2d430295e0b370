/* decrypt.c
 * Transport data: show its status, and hand the inner packet on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/exceptions.h>
#include <epan/expert.h>
#include <epan/packet.h>
#include <epan/show_exception.h>

#include "allowed.h"
#include "decrypt.h"
#include "export_pdu.h"
#include "fields.h"
#include "preferences.h"
#include "stream.h"
#include "tapped.h"

static dissector_handle_t ip_handle;

void
wg_decrypt_handoff(int proto)
{
    ip_handle = find_dissector_add_dependency("ip", proto);
    wg_export_handoff();
}

/* The length that an IP packet states; 0 if it is none, or if it states more than `length`. */
static unsigned
ip_length(const uint8_t *packet, size_t length)
{
    enum { IPV4_HEADER = 20, IPV4_LENGTH_AT = 2, IPV6_HEADER = 40, IPV6_LENGTH_AT = 4 };
    unsigned stated = 0;

    if (length >= IPV4_HEADER && packet[0] >> 4 == 4)
        stated = (unsigned)packet[IPV4_LENGTH_AT] << 8 | packet[IPV4_LENGTH_AT + 1];
    else if (length >= IPV6_HEADER && packet[0] >> 4 == 6)
        stated = IPV6_HEADER + ((unsigned)packet[IPV6_LENGTH_AT] << 8 | packet[IPV6_LENGTH_AT + 1]);
    if (stated <= length)
        return stated;
    return 0;
}

static void
draw_inner(const struct wg_drawing *d, tvbuff_t *inner, const uint8_t *plain, unsigned length)
{
    const unsigned packet = ip_length(plain, length);

    if (d->tree == NULL || packet == 0)
        return;
    wg_generated(
        proto_tree_add_uint(d->tree, wg_hf[HF_INNER_LENGTH], inner, 0, (int)packet, packet));
    if (packet >= length)
        return;
    proto_item *padding = proto_tree_add_item(d->tree, wg_hf[HF_INNER_PADDING], inner, (int)packet,
                                              (int)(length - packet), ENC_NA);
    wg_generated(padding);
    /* DAITA pads all packets to one size, AmneziaWG 3 by a random number of bytes. */
    if (length - packet >= WG_PADDING_MULTIPLE)
        proto_item_append_text(padding, " (%u bytes, more than WireGuard needs: it hides the size)",
                               length - packet);
}

/* The kind of contents that are not a packet, or NULL. Mullvad's DAITA sends decoys: 0xff, zero,
 * and their length (gotatun, src/device/daita/types.rs). AmneziaWG pads keepalives. */
static const char *
inner_kind(const uint8_t *plain, unsigned length)
{
    enum { DECOY = 0xff, DECOY_HEADER = 4 };

    if (length >= DECOY_HEADER && plain[0] == DECOY && plain[1] == 0 &&
        (unsigned)(plain[2] << 8 | plain[3]) <= length)
        return "DAITA decoy";
    if (wg_wire_all_zero(plain, length))
        return "Padded keepalive";
    return NULL;
}

static void
draw_kind(const struct wg_drawing *d, tvbuff_t *inner, unsigned length)
{
    const char *kind =
        d->plain[0] == 0 || d->plain[0] == 0xff ? inner_kind(d->plain, length) : NULL;

    if (kind == NULL)
        return;
    wg_generated(proto_tree_add_string(d->tree, wg_hf[HF_INNER_KIND], inner, 0, (int)length, kind));
    col_append_fstr(d->pinfo->cinfo, COL_INFO, " [%s]", kind);
}

/* An exception in the inner packet, which may be malformed, must not stop the messages after it. */
static void
dissect_inner(const struct wg_drawing *d, tvbuff_t *inner, proto_tree *parent)
{
    if (!wg_prefs_dissect_packet() || (d->plain[0] >> 4 != 4 && d->plain[0] >> 4 != 6)) {
        call_data_dissector(inner, d->pinfo, parent);
        return;
    }
    TRY
    {
        call_dissector(ip_handle, inner, d->pinfo, parent);
    }
    CATCH_NONFATAL_ERRORS
    {
        show_exception(inner, d->pinfo, parent, EXCEPT_CODE, GET_MESSAGE);
    }
    ENDTRY;
}

/* Whether somebody needs the outer endpoints after us, where an inner packet puts its own: the host
 * exports the outer datagram with what it then finds in pinfo, and a segment of a stream may hold
 * further messages. */
static bool
outer_is_needed(const packet_info *pinfo)
{
    return wg_export_datagrams() || pinfo->ptype == PT_TCP;
}

static void
dissect_inner_and_restore(const struct wg_drawing *d, tvbuff_t *inner, proto_tree *parent)
{
    packet_info *pinfo = d->pinfo;
    const address source = pinfo->src, destination = pinfo->dst;
    const address net_source = pinfo->net_src, net_destination = pinfo->net_dst;
    const uint32_t source_port = pinfo->srcport, destination_port = pinfo->destport;
    const port_type type = pinfo->ptype;

    dissect_inner(d, inner, parent);
    pinfo->src = source;
    pinfo->dst = destination;
    pinfo->net_src = net_source;
    pinfo->net_dst = net_destination;
    pinfo->srcport = source_port;
    pinfo->destport = destination_port;
    pinfo->ptype = type;
}

static void
hand_on(const struct wg_drawing *d, proto_tree *parent)
{
    const unsigned length = (unsigned)d->view->packet_length - WG_TAG_LEN;
    tvbuff_t *inner = tvb_new_child_real_data(d->tvb, d->plain, length, (int)length);

    add_new_data_source(d->pinfo, inner, "Decrypted Packet");
    draw_inner(d, inner, d->plain, length);
    draw_kind(d, inner, length);
    wg_draw_allowed(d, inner, ip_length(d->plain, length));
    wg_export_inner(d->pinfo, inner, ip_length(d->plain, length));
    wg_stream_inner(d, inner);
    if (outer_is_needed(d->pinfo))
        dissect_inner_and_restore(d, inner, parent);
    else
        dissect_inner(d, inner, parent);
}

void
wg_decrypt_data(const struct wg_drawing *d, proto_tree *parent)
{
    wg_draw_peers(d);
    wg_draw_status(d);
    if (d->status == WG_STATUS_AUTHENTICATION_FAILED)
        proto_tree_add_expert(d->tree, d->pinfo, &wg_ei[EI_DECRYPTION_ERROR], d->tvb,
                              sizeof(struct wg_wire_data), (int)d->view->packet_captured);
    wg_tap_data(d, d->status, d->plain);
    if (d->plain != NULL && d->view->packet_length > WG_TAG_LEN)
        hand_on(d, parent);
}
