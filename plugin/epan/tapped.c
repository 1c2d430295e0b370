/* tapped.c
 * Hands each message to the reports.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/packet.h>
#include <epan/proto_data.h>
#include <epan/tap.h>

#include "carriers.h"
#include "opened.h"
#include "outer.h"
#include "tapped.h"
#include "unwrap.h"

static int proto_wg = -1;
static int wg_tap;
static unsigned frame_listeners;

/* The messages of the frame that the host hands to its listeners, or handed to them last. Keeping
 * them with the packet, as other dissectors do, costs as much as a whole report. */
static struct {
    uint32_t frame;          /* 0: none */
    struct wg_tapped *first; /* lives as long as the frame is dissected */
} latest;

void
wg_tap_register(int proto)
{
    proto_wg = proto;
    wg_tap = register_tap("wg");
}

void
wg_tap_frames(bool listen)
{
    if (listen)
        frame_listeners++;
    else
        frame_listeners--;
}

bool
wg_tap_wanted(void)
{
    return frame_listeners > 0 || have_tap_listener(wg_tap);
}

void
wg_tap_forget(void)
{
    latest.frame = 0;
}

const struct wg_tapped *
wg_tapped_in(const packet_info *pinfo)
{
    if (latest.frame != pinfo->num)
        return NULL;
    return latest.first;
}

/* Keeps the order of the messages. Only a dissection for the listeners has a queue: the host has
 * others, such as the first of two passes, or that of a packet that the user clicks on. */
static void
queue(packet_info *pinfo, struct wg_tapped *tapped)
{
    tap_queue_packet(wg_tap, pinfo, tapped);
    const struct wg_tapped *first = fetch_tapped_data(wg_tap, 0);

    if (first == NULL)
        return;
    if (first == tapped) {
        latest.frame = pinfo->num;
        latest.first = tapped;
    } else {
        latest.first->last->next = tapped;
    }
    latest.first->last = tapped;
}

static struct wg_tapped *
make(packet_info *pinfo, const struct wg_message_context *context, const struct wg_wire_view *view)
{
    struct wg_tapped *tapped = wmem_new0(pinfo->pool, struct wg_tapped);

    tapped->view = *view;
    tapped->seen.view = &tapped->view;
    tapped->seen.frame = context->frame;
    tapped->seen.time = context->time;
    tapped->seen.source = context->source;
    tapped->seen.destination = context->destination;
    tapped->in_udp = pinfo->ptype == PT_UDP;
    return tapped;
}

static bool
in_stream(const struct wg_drawing *d)
{
    return d->pinfo->ptype == PT_TCP && d->carrier != NULL &&
           strcmp(d->carrier, WG_CARRIER_RAW_TCP) != 0;
}

/* The payload of the datagram as it was on the wire, after its outer headers. */
static tvbuff_t *
on_wire(const struct wg_drawing *d)
{
    if (d->envelope != NULL)
        return d->envelope->wire;
    return d->payload;
}

/* returns what the reports get, or NULL if there is no listener */
static struct wg_tapped *
tell(const struct wg_drawing *d, enum wg_decryption_status status)
{
    if (!wg_tap_wanted() || d->note == NULL || d->analysis == NULL)
        return NULL;
    struct wg_tapped *tapped = make(d->pinfo, d->context, d->view);
    tapped->seen.note = d->note;
    tapped->seen.analysis = *d->analysis;
    tapped->seen.status = status;
    tapped->seen.hops = wg_outer_hops(on_wire(d));
    tapped->seen.reassembled = wg_outer_reassembled(on_wire(d), d->pinfo);
    tapped->seen.fragment = d->pinfo->fragmented && !tapped->seen.reassembled;
    tapped->seen.in_stream = in_stream(d);
    queue(d->pinfo, tapped);
    return tapped;
}

void
wg_tap_message(const struct wg_drawing *d, enum wg_decryption_status status)
{
    tell(d, status);
}

/* The source address of an IP packet; family 0 if it is not one. */
static struct wg_endpoint
inner_source(const uint8_t *packet, size_t length)
{
    enum { IPV4_HEADER = 20, IPV4_SOURCE_AT = 12, IPV6_HEADER = 40, IPV6_SOURCE_AT = 8 };

    if (length >= IPV4_HEADER && packet[0] >> 4 == 4)
        return wg_endpoint_make(WG_ENDPOINT_IPV4, packet + IPV4_SOURCE_AT, 4, 0);
    if (length >= IPV6_HEADER && packet[0] >> 4 == 6)
        return wg_endpoint_make(WG_ENDPOINT_IPV6, packet + IPV6_SOURCE_AT, 16, 0);
    return (struct wg_endpoint){ .family = 0 };
}

void
wg_tap_data(const struct wg_drawing *d, enum wg_decryption_status status, const uint8_t *plain)
{
    struct wg_tapped *tapped = tell(d, status);

    if (tapped != NULL && status == WG_STATUS_DECRYPTED)
        tapped->seen.inner = inner_source(plain, d->view->packet_length - WG_TAG_LEN);
}

static void
remembered(void *user)
{
    packet_info *pinfo = user;
    p_add_proto_data(pinfo->pool, pinfo, proto_wg, 0, pinfo);
}

static void
belated(void *user, const struct wg_message_context *context, const struct wg_wire_view *view,
        const struct wg_note *note)
{
    packet_info *pinfo = user;
    struct wg_tapped *tapped = make(pinfo, context, view);

    /* The bytes that the capture keeps do not live as long as the tap. */
    wg_wire_decode(wmem_memdup(pinfo->pool, view->bytes, view->captured), view->captured,
                   view->length, &tapped->view);
    tapped->view.counter = view->counter;
    tapped->seen.note = note;
    tapped->seen.analysis =
        wg_analyse(wg_capture_sessions(wg_opened()->capture), note, context->time, false);
    tapped->seen.status = (enum wg_decryption_status)note->status;
    queue(pinfo, tapped);
}

const struct wg_capture_observer wg_tap_observer = { remembered, belated };

bool
wg_tapped_perhaps(packet_info *pinfo)
{
    return p_get_proto_data(pinfo->pool, pinfo, proto_wg, 0) != NULL;
}

void
wg_tap_quoted(const struct wg_drawing *d)
{
    if (!wg_tap_wanted())
        return;
    struct wg_tapped *tapped = make(d->pinfo, d->context, d->view);
    struct wg_quote *quote = wmem_new0(d->pinfo->pool, struct wg_quote);
    *quote = (struct wg_quote){ .frame = d->context->frame,
                                .time = d->context->time,
                                .source = d->context->source,
                                .destination = d->context->destination };
    const uint32_t index = d->view->has_sender ? d->view->sender : d->view->receiver;
    if (d->view->has_sender || d->view->has_receiver)
        quote->unseen = wg_sessions_find(d->sessions, index, WG_ROLE_UNKNOWN, NULL,
                                         &d->context->source, &d->context->destination) == NULL;
    else
        quote->length = (uint32_t)d->view->length;
    wg_outer_icmp(on_wire(d), quote);
    tapped->quote = quote;
    queue(d->pinfo, tapped);
}
