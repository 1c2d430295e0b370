/* decrypt.c
 * Transport data: decrypt it and hand the inner packet on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/expert.h>
#include <epan/packet.h>

#include "decrypt.h"
#include "export_pdu.h"
#include "fields.h"
#include "keys.h"
#include "preferences.h"
#include "stream.h"
#include "tapped.h"
#include "wg/opening.h"

static dissector_handle_t ip_handle;

void
wg_decrypt_handoff(int proto)
{
    ip_handle = find_dissector_add_dependency("ip", proto);
    wg_export_handoff();
}

/* Length of an IP packet by its own header; 0 where it is none, or longer than what there is. */
static unsigned
ip_length(const uint8_t *packet, size_t length)
{
    enum { IPV4_HEADER = 20, IPV4_LENGTH_AT = 2, IPV6_HEADER = 40, IPV6_LENGTH_AT = 4 };
    unsigned stated = 0;

    if (length >= IPV4_HEADER && packet[0] >> 4 == 4)
        stated = (unsigned)packet[IPV4_LENGTH_AT] << 8 | packet[IPV4_LENGTH_AT + 1];
    else if (length >= IPV6_HEADER && packet[0] >> 4 == 6)
        stated = IPV6_HEADER + ((unsigned)packet[IPV6_LENGTH_AT] << 8 | packet[IPV6_LENGTH_AT + 1]);
    return stated <= length ? stated : 0;
}

static void
draw_inner(const struct wg_drawing *d, tvbuff_t *inner, const uint8_t *plain, unsigned length)
{
    const unsigned packet = ip_length(plain, length);

    if (d->tree == NULL || packet == 0)
        return;
    wg_generated(
        proto_tree_add_uint(d->tree, wg_hf[HF_INNER_LENGTH], inner, 0, (int)packet, packet));
    if (packet < length)
        wg_generated(proto_tree_add_item(d->tree, wg_hf[HF_INNER_PADDING], inner, (int)packet,
                                         (int)(length - packet), ENC_NA));
}

/* Keys may be logged after their handshake was captured. So the log is looked at again where data
 * stays closed; for fewer and fewer packets, and at least for every 256th. */
static bool
log_is_due(const struct wg_direction *direction)
{
    const uint64_t packets = direction->packets;
    return (packets & (packets - 1)) == 0 || packets % 256 == 0;
}

static enum wg_decryption_status
open_data(const struct wg_drawing *d, uint8_t *plain)
{
    struct wg_direction *direction = d->note->of.direction;
    const bool first_pass = !PINFO_FD_VISITED(d->pinfo);
    const enum wg_decryption_status status =
        wg_opener_data(d->opener, direction, d->view, plain, first_pass);
    const uint64_t generation = wg_keystore_generation(d->keys);

    if (status == WG_STATUS_DECRYPTED || !first_pass || !log_is_due(direction))
        return status;
    wg_keys_poll();
    return wg_keystore_generation(d->keys) == generation
               ? status
               : wg_opener_data(d->opener, direction, d->view, plain, true);
}

/* Try to open the packet. *plain is set with WG_STATUS_DECRYPTED. */
static enum wg_decryption_status
try_data(const struct wg_drawing *d, uint8_t **plain)
{
    if (d->opener == NULL)
        return WG_STATUS_UNSUPPORTED;
    if (d->note == NULL || d->note->of.direction == NULL)
        return WG_STATUS_NOT_TRIED;
    if (!wg_opener_has_keys(d->opener) && !PINFO_FD_VISITED(d->pinfo) &&
        log_is_due(d->note->of.direction))
        wg_keys_poll();
    if (!wg_opener_has_keys(d->opener))
        return WG_STATUS_NO_KEYS;
    /* Not by the length on the wire, which a short capture need not hold. */
    *plain = wmem_alloc(d->pinfo->pool, d->view->packet_captured + 1);
    return open_data(d, *plain);
}

static void
hand_on(const struct wg_drawing *d, const uint8_t *plain, proto_tree *parent)
{
    const unsigned length = (unsigned)d->view->packet_length - WG_TAG_LEN;
    tvbuff_t *inner = tvb_new_child_real_data(d->tvb, plain, length, (int)length);

    add_new_data_source(d->pinfo, inner, "Decrypted Packet");
    draw_inner(d, inner, plain, length);
    wg_export_inner(d->pinfo, inner, ip_length(plain, length));
    wg_stream_inner(d, inner);
    if (wg_prefs_dissect_packet() && (plain[0] >> 4 == 4 || plain[0] >> 4 == 6))
        call_dissector(ip_handle, inner, d->pinfo, parent);
    else
        call_data_dissector(inner, d->pinfo, parent);
}

void
wg_decrypt_data(const struct wg_drawing *d, proto_tree *parent)
{
    uint8_t *plain = NULL;
    const enum wg_decryption_status status = try_data(d, &plain);

    if (plain != NULL)
        wg_draw_peers(d);
    wg_draw_status(d, status);
    if (status == WG_STATUS_AUTHENTICATION_FAILED)
        proto_tree_add_expert(d->tree, d->pinfo, &wg_ei[EI_DECRYPTION_ERROR], d->tvb,
                              sizeof(struct wg_wire_data), (int)d->view->packet_captured);
    wg_tap_data(d, status, plain);
    if (status == WG_STATUS_DECRYPTED && d->view->packet_length > WG_TAG_LEN)
        hand_on(d, plain, parent);
}
