/* watch.c
 * A look at flows that another dissector took by the shape of a first datagram.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/conversation.h>
#include <epan/packet.h>

#include "adopt.h"
#include "companion.h"
#include "watch.h"

static dissector_handle_t watch_handle, after_handle;
static bool listening; /* after each frame; the host lets nobody cease */
static dissector_handle_t ours;
static wmem_map_t *others; /* conversation -> the handle that has it */

/* The flow of the datagram that was left to others in this frame. */
static struct {
    uint32_t frame;
    conversation_t *conversation;
} left;

void
wg_watch(packet_info *pinfo)
{
    left.frame = pinfo->num;
    left.conversation = find_conversation_pinfo(pinfo, 0);
}

/* Did another dissector take the flow? */
static void
watch_flow(uint32_t frame, conversation_t *conversation)
{
    dissector_handle_t other = conversation_get_dissector(conversation, frame);

    if (other == NULL || other == watch_handle || other == ours)
        return;
    wmem_map_insert(others, conversation, other);
    conversation_set_dissector(conversation, watch_handle);
}

static int
after_frame(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    if (left.conversation != NULL && left.frame == pinfo->num && !PINFO_FD_VISITED(pinfo))
        watch_flow(pinfo->num, left.conversation);
    left.conversation = NULL;
    wg_companion_draw(tvb, pinfo, tree, wg_capture_companion(pinfo));
    return 0;
}

static int
dissect_watched(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    /* Before an inner packet changes whose conversation pinfo speaks of. */
    dissector_handle_t other = wmem_map_lookup(others, find_conversation_pinfo(pinfo, 0));
    const int taken = call_dissector_only(ours, tvb, pinfo, tree, data);

    if (taken != 0 || other == NULL)
        return taken;
    if (wg_capture_companion(pinfo) == WG_COMPANION_JUNK)
        return call_data_dissector(tvb, pinfo, tree); /* malformed, whatever it is read as */
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
    left.conversation = NULL;
}

void
wg_watch_register(int proto, dissector_handle_t handle)
{
    ours = handle;
    others =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash, g_direct_equal);
    watch_handle = create_dissector_handle(dissect_watched, wg_proto_between());
    after_handle = register_dissector_with_description(
        "wireguard.after", "WireGuard (plugin, after each frame)", after_frame, proto);
    register_cleanup_routine(forget);
}
