/* companion.c
 * What belongs to a tunnel without being WireGuard.
 *
 *   disco   0        6                 38                62
 *           +--------+-----------------+-----------------+-----------------
 *           | magic  | sender's key    | nonce           | sealed message
 *           +--------+-----------------+-----------------+-----------------
 *
 * Source: tailscale, disco/disco.go. STUN: RFC 8489, section 5.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/packet.h>

#include "companion.h"
#include "fields.h"
#include "wg/wire.h"

static const uint8_t disco_magic[] = { 0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac };

enum {
    DISCO_NONCE_LEN = 24,
    DISCO_MIN_LEN = sizeof disco_magic + WG_KEY_LEN + DISCO_NONCE_LEN + WG_TAG_LEN,
    STUN_HEADER_LEN = 20,
    STUN_LENGTH_AT = 2,
    STUN_COOKIE_AT = 4,
    STUN_COOKIE = 0x2112a442,
};

/* Under what another dissector drew of the datagram, since it belongs to that protocol. */
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

bool
wg_is_disco(tvbuff_t *tvb)
{
    return tvb_reported_length(tvb) >= DISCO_MIN_LEN &&
           tvb_captured_length(tvb) >= sizeof disco_magic + WG_KEY_LEN &&
           tvb_memeql(tvb, 0, disco_magic, sizeof disco_magic) == 0;
}

int
wg_draw_disco(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree)
{
    col_set_str(pinfo->cinfo, COL_PROTOCOL, "Disco");
    col_set_str(pinfo->cinfo, COL_INFO, "Tailscale discovery");
    const int length = call_data_dissector(tvb, pinfo, tree);
    proto_tree *subtree = add_companion(tvb, tree, WG_COMPANION_DISCO);
    proto_tree_add_item(subtree, wg_hf[HF_DISCO_SENDER], tvb, sizeof disco_magic, WG_KEY_LEN,
                        ENC_NA);
    return length;
}

bool
wg_is_stun(tvbuff_t *tvb)
{
    return tvb_captured_length(tvb) >= STUN_HEADER_LEN && tvb_get_uint8(tvb, 0) < 2 &&
           tvb_get_ntohl(tvb, STUN_COOKIE_AT) == STUN_COOKIE &&
           tvb_get_ntohs(tvb, STUN_LENGTH_AT) + (unsigned)STUN_HEADER_LEN ==
               tvb_reported_length(tvb);
}
