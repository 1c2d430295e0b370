/* companion.c
 * Companions: datagrams that belong to a tunnel without being WireGuard.
 *
 * Source: disco and Rosenpass, see core/wire/disco.c and core/wire/rosenpass.c. STUN: RFC 8489,
 * section 5.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/conversation.h>
#include <epan/packet.h>

#include "adopt.h"
#include "companion.h"
#include "datagram.h"
#include "fields.h"
#include "opened.h"
#include "wg/capture.h"
#include "wg/disco.h"
#include "wg/rosenpass.h"
#include "wg/wire.h"

enum {
    STUN_HEADER_LEN = 20,
    STUN_LENGTH_AT = 2,
    STUN_COOKIE_AT = 4,
    STUN_COOKIE = 0x2112a442,
    /* Cloudflare's newer protocol has a handshake that is not WireGuard's, and data messages with
     * WireGuard's header. */
    WARP_PORT = 2408,
    WARP_INITIATION = 0xc1,
    WARP_RESPONSE = 0xc2,
    WARP_DATA = 0xc4,
    WARP_COUNTER_HIGH_AT = 12, /* zero for the first 2^32 messages */
};

/* Added below what another dissector drew, since the datagram belongs to that protocol. */
static proto_tree *
add_companion(tvbuff_t *tvb, proto_tree *tree, enum wg_companion companion)
{
    if (tree == NULL || tree->last_child == NULL)
        return NULL;
    proto_tree *subtree = proto_item_add_subtree(tree->last_child, wg_ett[ETT_MESSAGE]);
    proto_item_set_generated(proto_tree_add_string(subtree, wg_hf[HF_COMPANION], tvb, 0, -1,
                                                   wg_companion_name(companion)));
    return subtree;
}

void
wg_companion_draw(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, enum wg_companion companion)
{
    if (companion == WG_COMPANION_NONE)
        return;
    add_companion(tvb, tree, companion);
    col_append_fstr(pinfo->cinfo, COL_INFO, " [WireGuard companion: %s]",
                    wg_companion_name(companion));
}

/* The captured bytes, or NULL if there are none. */
static const uint8_t *
all_of(tvbuff_t *tvb)
{
    const int captured = (int)tvb_captured_length(tvb);
    if (captured > 0)
        return tvb_get_ptr(tvb, 0, captured);
    return NULL;
}

bool
wg_is_disco(tvbuff_t *tvb)
{
    return wg_disco_is(all_of(tvb), tvb_captured_length(tvb), tvb_reported_length(tvb));
}

int
wg_draw_disco(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    col_set_str(pinfo->cinfo, COL_PROTOCOL, "Disco");
    col_set_str(pinfo->cinfo, COL_INFO, "Tailscale discovery");
    const int length = call_data_dissector(tvb, pinfo, tree);
    proto_tree *subtree = add_companion(tvb, tree, WG_COMPANION_DISCO);
    if (tvb_captured_length(tvb) >= WG_DISCO_HEADER_LEN)
        proto_tree_add_item(subtree, wg_hf[HF_DISCO_SENDER], tvb, WG_DISCO_SENDER_AT, WG_KEY_LEN,
                            ENC_NA);
    return length;
}

/* ---- Rosenpass ---- */

static dissector_handle_t rosenpass_handle;

static enum wg_rosenpass_type
rosenpass_type(tvbuff_t *tvb)
{
    return wg_rosenpass_type(all_of(tvb), tvb_captured_length(tvb), tvb_reported_length(tvb));
}

bool
wg_is_rosenpass(tvbuff_t *tvb)
{
    return wg_rosenpass_begins(rosenpass_type(tvb));
}

/* In a claimed flow, any message of Rosenpass is taken. */
static int
dissect_rosenpass(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const enum wg_rosenpass_type type = rosenpass_type(tvb);

    if (type == WG_ROSENPASS_NONE)
        return 0;
    col_set_str(pinfo->cinfo, COL_PROTOCOL, "Rosenpass");
    col_set_str(pinfo->cinfo, COL_INFO, wg_rosenpass_name(type));
    const int length = call_data_dissector(tvb, pinfo, tree);
    proto_tree *subtree = add_companion(tvb, tree, WG_COMPANION_ROSENPASS);
    proto_tree_add_uint_format_value(subtree, wg_hf[HF_ROSENPASS_TYPE], tvb, 0, 1, type,
                                     "%s (0x%02x)", wg_rosenpass_name(type), type);
    return length;
}

/* On the first pass, give the rest of the flow to the handle. */
static void
claim_flow(packet_info *pinfo, dissector_handle_t handle)
{
    if (!PINFO_FD_VISITED(pinfo))
        conversation_set_dissector(find_or_create_conversation(pinfo), handle);
}

int
wg_draw_rosenpass(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    claim_flow(pinfo, rosenpass_handle);
    return dissect_rosenpass(tvb, pinfo, tree, NULL);
}

/* ---- WARP ---- */

static dissector_handle_t warp_handle;

static bool
has_warp_type(tvbuff_t *tvb)
{
    const unsigned type = tvb_captured_length(tvb) > 0 ? tvb_get_uint8(tvb, 0) : 0;
    return type == WARP_INITIATION || type == WARP_RESPONSE || type == WARP_DATA;
}

bool
wg_is_warp(tvbuff_t *tvb, const packet_info *pinfo)
{
    if (pinfo->ptype != PT_UDP || (pinfo->srcport != WARP_PORT && pinfo->destport != WARP_PORT))
        return false;
    return tvb_reported_length(tvb) >= WG_DATA_MIN_LEN &&
           tvb_captured_length(tvb) >= sizeof(struct wg_wire_data) &&
           tvb_get_uint8(tvb, 0) == WARP_DATA && tvb_get_ntohl(tvb, WARP_COUNTER_HIGH_AT) == 0;
}

static int
dissect_warp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    if (!has_warp_type(tvb))
        return 0;
    col_set_str(pinfo->cinfo, COL_PROTOCOL, "WARP");
    col_add_fstr(pinfo->cinfo, COL_INFO, "Cloudflare WARP, type 0x%02x: not WireGuard",
                 tvb_get_uint8(tvb, 0));
    const int length = call_data_dissector(tvb, pinfo, tree);
    add_companion(tvb, tree, WG_COMPANION_WARP);
    return length;
}

int
wg_draw_warp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    claim_flow(pinfo, warp_handle);
    return dissect_warp(tvb, pinfo, tree, NULL);
}

/* ---- STUN ---- */

bool
wg_is_stun(tvbuff_t *tvb)
{
    return tvb_captured_length(tvb) >= STUN_HEADER_LEN && tvb_get_uint8(tvb, 0) < 2 &&
           tvb_get_ntohl(tvb, STUN_COOKIE_AT) == STUN_COOKIE &&
           tvb_get_ntohs(tvb, STUN_LENGTH_AT) + (unsigned)STUN_HEADER_LEN ==
               tvb_reported_length(tvb);
}

static wmem_map_t *stun_frames; /* frame -> struct stun_frame */

/* The number of a packet that a read filter drops is given to the next one, so a number alone does
 * not show whose it was. */
struct stun_frame {
    struct wg_message_context context;
    uint32_t length;
};

static bool
is_of_packet(const struct stun_frame *stun, const packet_info *pinfo)
{
    return stun->context.time == wg_nanoseconds(&pinfo->abs_ts) &&
           stun->length == pinfo->fd->pkt_len;
}

void
wg_companion_remember_stun(const packet_info *pinfo, const struct wg_message_context *context)
{
    if (pinfo->flags.in_error_pkt)
        return;
    struct stun_frame *stun = wmem_new(wmem_file_scope(), struct stun_frame);
    *stun = (struct stun_frame){ .context = *context, .length = pinfo->fd->pkt_len };
    wmem_map_insert(stun_frames, GUINT_TO_POINTER(pinfo->num), stun);
}

/* ---- together ---- */

static bool
is_proved(const struct wg_capture *capture, const struct wg_message_context *context)
{
    return capture != NULL && wg_capture_proved(capture, &context->source, &context->destination);
}

enum wg_companion
wg_companion_of_frame(const packet_info *pinfo)
{
    const struct wg_opened *opened = wg_opened();
    const struct stun_frame *stun = wmem_map_lookup(stun_frames, GUINT_TO_POINTER(pinfo->num));

    if (opened->capture == NULL)
        return WG_COMPANION_NONE;
    const enum wg_companion sent = wg_unwrapper_companion(opened->unwrapper, pinfo->num);
    if (sent == WG_COMPANION_NONE && stun != NULL && is_of_packet(stun, pinfo) &&
        (is_proved(opened->capture, &stun->context) || is_proved(opened->earlier, &stun->context)))
        return WG_COMPANION_STUN;
    return sent;
}

void
wg_companion_register(void)
{
    rosenpass_handle = create_dissector_handle(dissect_rosenpass, wg_proto_between());
    warp_handle = create_dissector_handle(dissect_warp, wg_proto_between());
    stun_frames =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash, g_direct_equal);
}
