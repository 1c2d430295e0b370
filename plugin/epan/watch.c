/* watch.c
 * Watches flows that another dissector took because of their first datagram.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/conversation.h>
#include <epan/packet.h>

#include "adopt.h"
#include "companion.h"
#include "recount.h"
#include "watch.h"

static dissector_handle_t watch_handle, after_handle;
static int proto_data, proto_udp;
static bool listening; /* after each frame; the host has no way to stop it */
static dissector_handle_t ours;
static wmem_map_t *others; /* conversation -> the other dissector's handle */

/* The flow of the datagram that was left to other dissectors in this frame. */
static struct {
    uint32_t frame; /* 0: none */
    address source, destination;
    uint32_t source_port, destination_port;
} left;

void
wg_watch(packet_info *pinfo)
{
    left.frame = pinfo->num;
    left.source = pinfo->src;
    left.destination = pinfo->dst;
    left.source_port = pinfo->srcport;
    left.destination_port = pinfo->destport;
}

/* Whether a layer of a frame is of this protocol. */
static bool
is_layer(wmem_list_frame_t *layer, int proto)
{
    return layer != NULL && GPOINTER_TO_INT(wmem_list_frame_data(layer)) == proto;
}

/* Whether no dissector took the datagram: the layers end with UDP and data. */
static bool
nobody_took(const packet_info *pinfo)
{
    wmem_list_frame_t *last = wmem_list_tail(pinfo->layers);

    return is_layer(last, proto_data) && is_layer(wmem_list_frame_prev(last), proto_udp);
}

/* Watch the flow if another dissector took it. */
static void
watch_flow(conversation_t *conversation, uint32_t frame)
{
    if (conversation == NULL)
        return;
    dissector_handle_t other = conversation_get_dissector(conversation, frame);

    if (other == NULL || other == watch_handle || other == ours)
        return;
    wmem_map_insert(others, conversation, other);
    conversation_set_dissector(conversation, watch_handle);
}

static void
watch_flow_of_frame(packet_info *pinfo)
{
    if (left.frame == pinfo->num && !nobody_took(pinfo))
        watch_flow(find_conversation(pinfo->num, &left.source, &left.destination, CONVERSATION_UDP,
                                     left.source_port, left.destination_port, 0),
                   pinfo->num);
    /* On the first pass, nothing was known that made its flow worth watching. */
    else if (pinfo->num == wg_recount_turn && pinfo->ptype == PT_UDP)
        watch_flow(find_conversation_pinfo(pinfo, 0), pinfo->num);
}

static int
after_frame(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    wg_recount_look(pinfo);
    if (wg_first_look(pinfo))
        watch_flow_of_frame(pinfo);
    left.frame = 0;
    wg_companion_draw(tvb, pinfo, tree, wg_companion_of_frame(pinfo));
    wg_recount_after(pinfo);
    return 0;
}

static int
dissect_watched(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    /* Look it up first: an inner packet makes pinfo refer to another conversation. */
    dissector_handle_t other = wmem_map_lookup(others, find_conversation_pinfo(pinfo, 0));
    const int taken = call_dissector_only(ours, tvb, pinfo, tree, data);

    if (taken != 0 || other == NULL)
        return taken;
    if (wg_companion_of_frame(pinfo) == WG_COMPANION_JUNK)
        return call_data_dissector(tvb, pinfo, tree); /* other dissectors would call it malformed */
    return call_dissector_only(other, tvb, pinfo, tree, data);
}

void
wg_watch_frames(void)
{
    if (!listening)
        register_postdissector(after_handle);
    listening = true;
}

static void
forget(void)
{
    left.frame = 0;
}

void
wg_watch_register(dissector_handle_t handle)
{
    ours = handle;
    proto_data = proto_get_id_by_filter_name("data");
    proto_udp = proto_get_id_by_filter_name("udp");
    others =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash, g_direct_equal);
    watch_handle = create_dissector_handle(dissect_watched, wg_proto_between());
    /* Between the layers, since the host would add one to each frame. */
    after_handle = register_dissector_with_description(
        "wireguard.after", "WireGuard (plugin, after each frame)", after_frame, wg_proto_between());
    register_cleanup_routine(forget);
}
