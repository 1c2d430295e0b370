/* tree_session.c
 * Drawing how a message belongs to others, and the Info column.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <inttypes.h>

#include <epan/packet.h>

#include "fields.h"
#include "tree.h"

static void
add_frame(const struct wg_drawing *d, enum wg_field id, uint32_t frame)
{
    if (frame != 0)
        wg_generated(proto_tree_add_uint(d->tree, wg_hf[id], d->tvb, 0, 0, frame));
}

const struct wg_response *
wg_own_response(const struct wg_note *note)
{
    const uint32_t first = note->flags & WG_NOTE_DUPLICATE ? note->reference : note->frame;
    const struct wg_response *r = note->of.session->responses;

    while (r != NULL && r->frame != first)
        r = r->next;
    return r;
}

void
wg_draw_session(const struct wg_drawing *d)
{
    const struct wg_note *note = d->note;

    if (d->tree == NULL || note == NULL || note->of.session == NULL)
        return;
    const struct wg_session *session =
        note->type == WG_TYPE_DATA ? note->of.direction->session : note->of.session;
    wg_generated(
        proto_tree_add_uint(d->tree, wg_hf[HF_STREAM], d->tvb, 0, 0, session->stream));
    switch (note->type) {
    case WG_TYPE_INITIATION:
        add_frame(d, HF_RESPONSE_IN, wg_session_answer(session));
        add_frame(d, HF_COOKIE_REPLY_IN, session->cookie_frame);
        break;
    case WG_TYPE_RESPONSE: {
        const struct wg_response *response = wg_own_response(note);
        add_frame(d, HF_RESPONSE_TO, session->initiation_frame);
        add_frame(d, HF_RESPONSE_IN, response != NULL ? response->cookie_frame : 0);
        add_frame(d, HF_COOKIE_REPLY_IN, response != NULL ? response->cookie_frame : 0);
        break;
    }
    case WG_TYPE_COOKIE_REPLY:
        add_frame(d, HF_RESPONSE_TO, note->reference);
        add_frame(d, HF_COOKIE_FOR, note->reference);
        break;
    default:
        break;
    }
}

const char *
wg_message_name(const struct wg_wire_view *view)
{
    switch (view->type) {
    case WG_TYPE_INITIATION:
        return "Handshake Initiation";
    case WG_TYPE_RESPONSE:
        return "Handshake Response";
    case WG_TYPE_COOKIE_REPLY:
        return "Cookie Reply";
    case WG_TYPE_DATA:
        return view->length == WG_DATA_MIN_LEN ? "Keepalive" : "Transport Data";
    }
    return "Unknown";
}

/* The beginning is what the host's own dissector shows, to the letter; what we add stands behind,
 * in brackets. */
void
wg_draw_info(const struct wg_drawing *d)
{
    const struct wg_wire_view *view = d->view;
    column_info *cinfo = d->pinfo->cinfo;

    col_set_str(cinfo, COL_INFO, wg_message_name(view));
    if (view->has_sender)
        col_append_fstr(cinfo, COL_INFO, ", sender=0x%08X", view->sender);
    if (view->has_receiver)
        col_append_fstr(cinfo, COL_INFO, ", receiver=0x%08X", view->receiver);
    if (view->has_counter)
        col_append_fstr(cinfo, COL_INFO, ", counter=%" PRIu64, view->counter);
    if (view->type == WG_TYPE_DATA && view->packet_length > WG_TAG_LEN)
        col_append_fstr(cinfo, COL_INFO, ", datalen=%zu", view->packet_length - WG_TAG_LEN);
    if (d->messages > 1)
        col_append_fstr(cinfo, COL_INFO, " [%u messages, counters %" PRIu64 "-%" PRIu64 "]",
                        d->messages, view->counter, view->counter + d->messages - 1);
    if (view->verdict == WG_WIRE_WRONG_LENGTH)
        col_append_fstr(cinfo, COL_INFO, " [Wrong length %zu]", view->length);
    else if (view->truncated)
        col_append_str(cinfo, COL_INFO, " [Truncated]");
    if (view->mac2 != NULL && !wg_wire_all_zero(view->mac2, WG_MAC_LEN))
        col_append_str(cinfo, COL_INFO, " [With cookie]");
}
