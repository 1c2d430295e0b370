/* tapped.c
 * Telling the reports of each message.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/packet.h>
#include <epan/proto_data.h>
#include <epan/tap.h>

#include "outer.h"
#include "tapped.h"

static int proto_wg = -1;
static int wg_tap, frame_tap;

void
wg_tap_register(int proto)
{
    proto_wg = proto;
    wg_tap = register_tap("wg");
}

void
wg_tap_open(void)
{
    frame_tap = find_tap_id("frame");
}

bool
wg_tap_wanted(void)
{
    return have_tap_listener(wg_tap) || have_tap_listener(frame_tap);
}

const struct wg_tapped *
wg_tapped_in(packet_info *pinfo)
{
    return p_get_proto_data(pinfo->pool, pinfo, proto_wg, 0);
}

/* Keeps the order of the messages. */
static void
queue(const struct wg_drawing *d, struct wg_tapped *tapped)
{
    struct wg_tapped *first = p_get_proto_data(d->pinfo->pool, d->pinfo, proto_wg, 0);

    tap_queue_packet(wg_tap, d->pinfo, tapped);
    if (first == NULL) {
        first = tapped;
        p_add_proto_data(d->pinfo->pool, d->pinfo, proto_wg, 0, first);
    } else {
        first->last->next = tapped;
    }
    first->last = tapped;
}

void
wg_tap_message(const struct wg_drawing *d, enum wg_decryption_status status)
{
    packet_info *pinfo = d->pinfo;

    if (!wg_tap_wanted() || d->note == NULL || d->analysis == NULL)
        return;
    struct wg_tapped *tapped = wmem_new0(pinfo->pool, struct wg_tapped);
    tapped->view = *d->view;
    tapped->seen = (struct wg_sighting){
        .note = d->note,
        .view = &tapped->view,
        .analysis = *d->analysis,
        .frame = d->context->frame,
        .time = d->context->time,
        .source = d->context->source,
        .destination = d->context->destination,
        .status = status,
        .hops = wg_outer_hops(d->payload),
        .reassembled = wg_outer_reassembled(d->payload, pinfo),
    };
    queue(d, tapped);
}

void
wg_tap_quoted(const struct wg_drawing *d)
{
    packet_info *pinfo = d->pinfo;

    if (!wg_tap_wanted())
        return;
    struct wg_tapped *tapped = wmem_new0(pinfo->pool, struct wg_tapped);
    struct wg_quote *quote = wmem_new0(pinfo->pool, struct wg_quote);
    *quote = (struct wg_quote){
        .frame = d->context->frame,
        .time = d->context->time,
        .source = d->context->source,
        .destination = d->context->destination,
        .message = d->view->type,
    };
    wg_outer_icmp(d->payload, quote);
    tapped->quote = quote;
    queue(d, tapped);
}
