/* tree_envelope.c
 * Draws what carried a message, and what was around it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/packet.h>

#include "fields.h"
#include "tree.h"
#include "unwrap.h"

/* The bytes around the message and its header, where they are on the wire. */
static void
add_around(const struct wg_drawing *d, const struct wg_envelope_view *v)
{
    const int captured = (int)tvb_captured_length(v->wire);
    const int length = (int)tvb_reported_length(v->wire);
    const int prefix = (int)v->marks.prefix, after = length - (int)v->marks.trailer;

    if (prefix > 0 && prefix <= captured)
        proto_tree_add_item(d->tree, wg_hf[HF_ENVELOPE_PREFIX], v->wire, 0, prefix, ENC_NA);
    if (v->marks.in == &wg_envelope_amneziawg)
        proto_tree_add_uint(d->tree, wg_hf[HF_ENVELOPE_HEADER], v->wire, prefix,
                            sizeof(struct wg_wire_header), v->header);
    if (v->marks.trailer > 0 && after < captured)
        proto_tree_add_item(d->tree, wg_hf[HF_ENVELOPE_TRAILER], v->wire, after, captured - after,
                            ENC_NA);
}

void
wg_draw_envelope(const struct wg_drawing *d)
{
    const struct wg_envelope *in =
        d->envelope != NULL ? d->envelope->marks.in : wg_envelope_of(d->view);

    if (d->tree == NULL)
        return;
    if (d->carrier != NULL)
        wg_draw_text(d, HF_CARRIER, d->carrier);
    if (in == &wg_envelope_plain)
        return;
    wg_draw_text(d, HF_ENVELOPE, in->name);
    wg_draw_number(d, HF_ENVELOPE_BY,
                   d->envelope != NULL ? d->envelope->marks.by : (unsigned)WG_BY_FRAMING);
    if (d->envelope != NULL)
        add_around(d, d->envelope);
    if (in == &wg_envelope_client_id)
        proto_tree_add_item(d->tree, wg_hf[HF_CLIENT_ID], d->tvb,
                            offsetof(struct wg_wire_header, reserved), WG_RESERVED_LEN, ENC_NA);
}
