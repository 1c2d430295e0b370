/* tree_session.c
 * Draws how a message relates to others, and the Info column.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <inttypes.h>

#include <epan/expert.h>
#include <epan/packet.h>

#include "fields.h"
#include "tree.h"

static void
add_frame(const struct wg_drawing *d, enum wg_field id, uint32_t frame)
{
    if (frame != 0)
        wg_draw_number(d, id, frame);
}

const struct wg_response *
wg_own_response(const struct wg_note *note)
{
    const uint32_t first = note->flags & WG_NOTE_DUPLICATE ? note->reference : note->frame;
    const struct wg_session *session = note->of.session;
    const struct wg_response *const lists[] = { session->responses,
                                                wg_session_extras(session)->rejected };

    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        for (const struct wg_response *r = lists[i]; r != NULL; r = r->next)
            if (r->frame == first)
                return r;
    return NULL;
}

static void
add_answers(const struct wg_drawing *d, const struct wg_session *session)
{
    const struct wg_note *note = d->note;
    const struct wg_note *ahead = d->foreseen != NULL ? d->foreseen : note;
    const struct wg_response *response;

    switch (note->type) {
    case WG_TYPE_INITIATION:
        add_frame(d, HF_RESPONSE_IN, wg_session_answer(ahead->of.session));
        add_frame(d, HF_COOKIE_REPLY_IN, wg_session_extras(ahead->of.session)->cookie_frame);
        break;
    case WG_TYPE_RESPONSE:
        add_frame(d, HF_RESPONSE_TO, d->analysis->initiation_frame);
        response = wg_own_response(ahead);
        if (response == NULL)
            break;
        add_frame(d, HF_RESPONSE_IN, response->cookie_frame);
        add_frame(d, HF_COOKIE_REPLY_IN, response->cookie_frame);
        break;
    case WG_TYPE_COOKIE_REPLY:
        add_frame(d, HF_RESPONSE_TO, wg_session_cookie_for(session, note));
        add_frame(d, HF_COOKIE_FOR, wg_session_cookie_for(session, note));
        break;
    default:
        break;
    }
}

static void
add_duration(const struct wg_drawing *d, enum wg_field id, int64_t nanoseconds)
{
    const int64_t second = 1000000000;
    nstime_t t;

    t.secs = (time_t)(nanoseconds / second);
    t.nsecs = (int)(nanoseconds % second);
    wg_generated(proto_tree_add_time(d->tree, wg_hf[id], d->tvb, 0, 0, &t));
}

static void
add_place(const struct wg_drawing *d, const struct wg_analysis *a)
{
    if (!wg_wanted(d, HF_FROM_INITIATOR, HF_KEEPALIVE_KIND))
        return;
    if (a->knows_role)
        wg_draw_boolean(d, d->tree, HF_FROM_INITIATOR, a->from_initiator);
    add_frame(d, HF_SESSION_INITIATION, a->initiation_frame);
    add_frame(d, HF_SESSION_RESPONSE, a->response_frame);
    if (a->has_response_time)
        add_duration(d, HF_RESPONSE_TIME, a->response_time);
    if (a->has_age)
        add_duration(d, HF_SESSION_AGE, a->age);
    if (a->attempt != 0)
        wg_draw_number(d, HF_INITIATION_ATTEMPT, a->attempt);
    add_frame(d, HF_INITIATION_RETRY_OF, a->retry_of);
    if (a->renews != NULL)
        wg_draw_number(d, HF_REKEY_OF, a->renews->stream);
    if (a->keepalive != WG_KEEPALIVE_NONE)
        wg_draw_number(d, HF_KEEPALIVE_KIND, a->keepalive);
}

/* ---- verdicts ---- */

#define WG_VERDICT(id, filter, severity, info, label, summary) [WG_VERDICT_##id] = EI_##id,
static const enum wg_expert expert_of[WG_VERDICT_COUNT] = {
#include "wg/verdicts.def"
};
#undef WG_VERDICT

/* The item that a verdict is drawn on: a field of its own if the verdict has a value. */
static proto_item *
verdict_item(const struct wg_drawing *d, proto_item *head, proto_tree *tree,
             enum wg_verdict verdict)
{
    char text[WG_ENDPOINT_TEXT_LEN];

    switch (verdict) {
    case WG_VERDICT_LOST:
        return wg_generated(
            proto_tree_add_uint64(tree, wg_hf[HF_ANALYSIS_LOST], d->tvb, 0, 0, d->analysis->lost));
    case WG_VERDICT_DUPLICATE:
    case WG_VERDICT_REPLAYED_HANDSHAKE:
        return wg_generated(proto_tree_add_uint(tree, wg_hf[HF_ANALYSIS_DUPLICATE_OF], d->tvb, 0, 0,
                                                d->note->reference));
    case WG_VERDICT_ROAMED:
        wg_endpoint_text(wg_sessions_previous_endpoint(d->sessions, d->note), text);
        return wg_generated(
            proto_tree_add_string(tree, wg_hf[HF_ANALYSIS_PREVIOUS_ENDPOINT], d->tvb, 0, 0, text));
    default:
        return head;
    }
}

static void
add_verdicts(const struct wg_drawing *d, const struct wg_analysis *a)
{
    proto_item *head =
        wg_generated(proto_tree_add_item(d->tree, wg_hf[HF_ANALYSIS], d->tvb, 0, 0, ENC_NA));
    proto_tree *tree = proto_item_add_subtree(head, wg_ett[ETT_ANALYSIS]);

    for (unsigned v = 0; v < WG_VERDICT_COUNT; v++)
        if (wg_analysis_has(a, v))
            expert_add_info(d->pinfo, verdict_item(d, head, tree, v), &wg_ei[expert_of[v]]);
}

void
wg_draw_session(const struct wg_drawing *d)
{
    const struct wg_analysis *a = d->analysis;

    if (a == NULL || a->session == NULL)
        return;
    if (d->tree != NULL) {
        wg_draw_number(d, HF_STREAM, a->session->stream);
        add_answers(d, a->session);
        add_place(d, a);
    }
    if (a->verdicts != 0)
        add_verdicts(d, a);
}

void
wg_draw_info_verdicts(const struct wg_drawing *d)
{
    const struct wg_analysis *a = d->analysis;
    char end[WG_ENDPOINT_TEXT_LEN];

    if (d->pinfo->cinfo == NULL || a == NULL || a->session == NULL ||
        (a->attempt <= 1 && a->renews == NULL && a->verdicts == 0))
        return;
    wmem_strbuf_t *words = wmem_strbuf_new(d->pinfo->pool, NULL);
    if (a->attempt > 1)
        wmem_strbuf_append_printf(words, "[Retry %u] ", a->attempt);
    if (a->renews != NULL)
        wmem_strbuf_append_printf(words, "[Rekey of stream %u] ", a->renews->stream);
    if (wg_analysis_has(a, WG_VERDICT_LOST))
        wmem_strbuf_append_printf(words, "[%" PRIu64 " lost] ", a->lost);
    if (wg_analysis_has(a, WG_VERDICT_DUPLICATE) ||
        wg_analysis_has(a, WG_VERDICT_REPLAYED_HANDSHAKE))
        wmem_strbuf_append_printf(words, "[Duplicate of %u] ", d->note->reference);
    if (wg_analysis_has(a, WG_VERDICT_ROAMED))
        wmem_strbuf_append_printf(
            words, "[Roamed from %s] ",
            wg_endpoint_text(wg_sessions_previous_endpoint(d->sessions, d->note), end));
    for (unsigned v = 0; v < WG_VERDICT_COUNT; v++)
        if (wg_analysis_has(a, v) && wg_verdict_words[v].info == WG_INFO_LABEL)
            wmem_strbuf_append_printf(words, "[%s] ", wg_verdict_words[v].label);
    if (wmem_strbuf_get_len(words) > 0)
        col_prepend_fstr(d->pinfo->cinfo, COL_INFO, "%s", wmem_strbuf_get_str(words));
}

/* The same text that the host's own dissector shows, then our additions in brackets. */
void
wg_draw_info(const struct wg_drawing *d)
{
    const struct wg_wire_view *view = d->view;
    column_info *cinfo = d->pinfo->cinfo;

    if (cinfo == NULL)
        return;
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
