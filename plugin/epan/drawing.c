/* drawing.c
 * Draws a datagram of WireGuard: shows and reports each of its messages, and hands on what is
 * inside.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/column-info.h>
#include <epan/packet.h>
#include <epan/tap.h>

#include "decrypt.h"
#include "drawing.h"
#include "fields.h"
#include "opened.h"
#include "recount.h"
#include "tapped.h"
#include "tree.h"

static int proto_wg = -1;
static int expert_tap, expert_proto, malformed_proto;

void
wg_drawing_open(int proto)
{
    proto_wg = proto;
    /* They are registered after our hand-off. */
    expert_tap = find_tap_id("expert");
    expert_proto = proto_get_id_by_filter_name("_ws.expert");
    malformed_proto = proto_get_id_by_filter_name("_ws.malformed");
}

/* Whether a filter, a column or -e names one of our fields. Naming a field also names the protocol;
 * naming only the protocol asks for no more than the head of the tree. */
static bool
asks_for_fields(void)
{
    return wg_id_named(proto_wg) && wg_any_named();
}

/* Whether drawing has any effect: the tree is shown, a filter names one of our fields or expert
 * infos, or a report or a column wants expert infos. */
static bool
somebody_looks(const packet_info *pinfo, proto_tree *parent)
{
    if (parent != NULL && (PTREE_DATA(parent)->visible || asks_for_fields() ||
                           wg_id_named(expert_proto) || wg_id_named(malformed_proto)))
        return true;
    return have_tap_listener(expert_tap) ||
           (pinfo->cinfo != NULL && pinfo->cinfo->col_first[COL_EXPERT] >= 0);
}

/* The status of a message that was not accounted for. */
static enum wg_decryption_status
untried_status(void)
{
    if (wg_opened()->keys == NULL)
        return WG_STATUS_UNSUPPORTED;
    if (wg_capture_has_keys(wg_opened()->capture))
        return WG_STATUS_NOT_TRIED;
    return WG_STATUS_NO_KEYS;
}

/* The host counts expert infos even without a tree, and the first pass often has no tree. Ordinary
 * data, which is nearly everything, has no expert infos. */
static bool
may_be_remarkable(const struct wg_drawing *d)
{
    const struct wg_wire_view *view = d->view;

    return view->type != WG_TYPE_DATA || view->verdict != WG_WIRE_OK || view->truncated ||
           !view->reserved_zero || view->packet_length <= WG_TAG_LEN;
}

/* If nothing looks at the tree, drawing only serves the expert infos. */
static void
draw(struct wg_drawing *d, bool looks)
{
    const bool first = !PINFO_FD_VISITED(d->pinfo);

    if (d->brief) {
        if (looks) {
            struct wg_drawing brief = *d;
            brief.tree = proto_item_add_subtree(d->item, wg_ett[ETT_MESSAGE]);
            wg_draw_wire(&brief);
        }
        return;
    }
    if (looks)
        d->tree = proto_item_add_subtree(d->item, wg_ett[ETT_MESSAGE]);
    if (looks || (first && may_be_remarkable(d)))
        wg_draw_message(d);
    if (looks || (first && d->analysis != NULL && d->analysis->verdicts != 0))
        wg_draw_session(d);
}

/* Whether the first pass may not have recognised the answer to a message, since it comes the same
 * way: in an envelope, or through another tunnel. */
static bool
may_have_hidden_answer(const struct wg_drawing *d)
{
    unsigned layers = 0;

    for (wmem_list_frame_t *layer = wmem_list_head(d->pinfo->layers); layer != NULL;
         layer = wmem_list_frame_next(layer))
        layers += GPOINTER_TO_INT(wmem_list_frame_data(layer)) == proto_wg;
    return d->envelope != NULL || layers > 1;
}

static void
analyse(const struct wg_drawing *d, struct wg_analysis *analysis)
{
    const int64_t time = d->context->time;

    *analysis = wg_analyse(d->sessions, d->note, time, !wg_first_look(d->pinfo));
    if (d->foreseen == NULL)
        return;
    const struct wg_sessions *earlier = wg_capture_sessions(wg_opened()->earlier);
    const bool final = !may_have_hidden_answer(d);
    const struct wg_analysis later = wg_analyse(earlier, d->foreseen, time, final);
    wg_analysis_look_ahead(analysis, &later);
}

/* One message: all of the datagram that `d` was made for, or a part of it. */
static void
dissect_message(struct wg_drawing *d, proto_tree *parent)
{
    struct wg_analysis analysis;

    if (d->note != NULL) {
        analyse(d, &analysis);
        d->analysis = &analysis;
    }
    if (d->view->type != WG_TYPE_DATA)
        d->status = wg_handshake_status(d);
    if (d->messages > 0)
        wg_draw_info(d);
    /* Added always, since the host counts protocols by it. */
    d->item = proto_tree_add_item(parent, proto_wg, d->tvb, 0, -1, ENC_NA);
    draw(d, somebody_looks(d->pinfo, parent));
    if (d->view->type == WG_TYPE_DATA)
        wg_decrypt_data(d, parent);
    else
        wg_tap_message(d, d->status);
    if (d->pinfo->flags.in_error_pkt)
        wg_tap_quoted(d);
    if (d->messages > 0)
        wg_draw_info_verdicts(d);
}

/* The note of message `index` of a datagram whose first note has this number, or NULL if there is
 * none for its type. */
static const struct wg_note *
note_of(const struct wg_capture *capture, uint32_t number, unsigned index,
        const struct wg_wire_view *view)
{
    const struct wg_note *note = number != 0 ? wg_capture_note(capture, number, index) : NULL;
    if (note != NULL && note->type == (unsigned)view->type)
        return note;
    return NULL;
}

/* Open a message that was accounted for earlier, to show it. */
static enum wg_decryption_status
show_message(struct wg_drawing *d, struct wg_capture *capture, uint32_t number, unsigned index)
{
    uint8_t *plain = wmem_alloc(d->pinfo->pool, d->view->packet_length + 1);
    const enum wg_decryption_status status =
        wg_capture_show(capture, number, index, d->view, plain);

    if (status == WG_STATUS_DECRYPTED)
        d->plain = plain;
    return status;
}

/* Find the status of a message, and the decrypted packet if it opens. */
static void
open_message(struct wg_drawing *d, const struct wg_ours *o, unsigned index)
{
    const struct wg_wire_view *view = d->view;

    if (d->note == NULL) {
        d->status = untried_status();
        return;
    }
    d->status = (enum wg_decryption_status)d->note->status;
    if (view->type != WG_TYPE_DATA || view->packet_captured < view->packet_length ||
        !wg_capture_has_keys(wg_opened()->capture))
        return;
    if (!o->fresh || o->datagram->plain == NULL)
        d->status = show_message(d, wg_opened()->capture, o->number, index);
    else if (d->status == WG_STATUS_DECRYPTED)
        d->plain = o->datagram->plain + (view->packet - o->datagram->bytes);
    else if (d->foreseen != NULL && /* its handshake may come later */
             show_message(d, wg_opened()->earlier, o->earlier, index) == WG_STATUS_DECRYPTED)
        d->status = WG_STATUS_DECRYPTED;
}

/* The note of the first time, if it knows anything: too little of the message may be captured. */
static const struct wg_note *
foreseen_of(const struct wg_ours *o, unsigned index, const struct wg_wire_view *view)
{
    const struct wg_note *note = note_of(wg_opened()->earlier, o->earlier, index, view);
    if (note != NULL && note->of.session != NULL)
        return note;
    return NULL;
}

/* Find what is known of message `index`, and open it. */
static void
know_message(struct wg_drawing *d, const struct wg_ours *o, unsigned index)
{
    d->note = note_of(wg_opened()->capture, o->number, index, d->view);
    if (o->earlier != 0)
        d->foreseen = foreseen_of(o, index, d->view);
    open_message(d, o, index);
}

/* The messages of a datagram, `stride` bytes each except the last. `whole` holds what they have in
 * common. */
static void
dissect_segments(const struct wg_drawing *whole, proto_tree *parent, const struct wg_ours *o,
                 size_t stride)
{
    const struct wg_datagram *d = o->datagram;

    for (unsigned i = 0; i < whole->messages && i * stride < d->captured; i++) {
        const size_t at = i * stride;
        const size_t length = MIN(stride, d->length - at);
        const size_t captured = MIN(stride, d->captured - at);
        struct wg_drawing message = *whole;
        struct wg_wire_view view;

        wg_wire_decode(d->bytes + at, captured, length, &view);
        if (view.verdict == WG_WIRE_NOT_WIREGUARD)
            continue; /* its first bytes were not captured */
        message.tvb =
            tvb_new_subset_length_caplen(whole->payload, (int)at, (int)captured, (int)length);
        message.view = &view;
        message.messages = i == 0 ? whole->messages : 0;
        message.brief = i >= WG_MAX_SEGMENTS && view.type == WG_TYPE_DATA;
        know_message(&message, o, i);
        dissect_message(&message, parent);
    }
    if (whole->messages * stride < d->captured)
        call_data_dissector(
            tvb_new_subset_remaining(whole->payload, (int)(whole->messages * stride)), whole->pinfo,
            parent);
}

/* How many notes a datagram has. */
static unsigned
notes_of(const struct wg_capture *capture, uint32_t number)
{
    if (number == 0)
        return 0;
    return wg_capture_note(capture, number, 0)->count;
}

int
wg_draw_datagram(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, struct wg_ours o,
                 struct wg_around around)
{
    const struct wg_datagram *d = o.datagram;
    size_t stride = 0;
    struct wg_drawing drawing = {
        .tvb = tvb,
        .payload = tvb,
        .context = &d->context,
        .pinfo = pinfo,
        .view = o.first,
        .messages = 1,
        .envelope = around.envelope,
        .carrier = around.carrier,
        .keys = wg_opened()->keys,
        .sessions = wg_capture_sessions(wg_opened()->capture),
    };

    const unsigned notes = notes_of(wg_opened()->capture, o.number);
    if (notes != 1)
        drawing.messages = (unsigned)wg_wire_segments(o.first, &stride);
    if (notes != 0 && notes != wg_capture_notes(o.first, drawing.messages, stride))
        o.number = 0; /* the note is of another datagram that looks alike */
    if (o.earlier != 0 && notes != notes_of(wg_opened()->earlier, o.earlier))
        o.earlier = 0;

    if (around.envelope != NULL)
        add_new_data_source(pinfo, tvb, "Without Envelope");
    col_set_str(pinfo->cinfo, COL_PROTOCOL, "WireGuard");
    if (drawing.messages == 1) {
        know_message(&drawing, &o, 0);
        dissect_message(&drawing, tree);
    } else {
        dissect_segments(&drawing, tree, &o, stride);
    }
    return (int)d->captured;
}
