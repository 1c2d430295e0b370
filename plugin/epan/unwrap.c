/* unwrap.c
 * From a datagram in an envelope to the message inside.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/packet.h>

#include "recount.h"
#include "unwrap.h"

static bool
find_marks(struct wg_unwrapper *u, const packet_info *pinfo, struct wg_datagram *d,
           struct wg_envelope_marks *marks, enum wg_companion *companion)
{
    if (!wg_first_look(pinfo) && !pinfo->flags.in_error_pkt)
        return wg_unwrapper_find(u, d->context.frame, d->offset, marks, companion);

    const struct wg_place place = { .frame = d->context.frame,
                                    .packet = d->packet,
                                    .offset = d->offset,
                                    .time = d->context.time,
                                    .source = d->context.source,
                                    .destination = d->context.destination };
    const struct wg_span span = { d->bytes, d->captured, d->length };

    if (pinfo->flags.in_error_pkt)
        return wg_unwrapper_quoted(u, &place, &span, marks);
    const enum wg_unwrapped answer = wg_unwrapper_account(u, &place, &span, marks);
    d->on_port |= answer == WG_UNWRAPPED_PROVED;
    return answer != WG_UNWRAPPED_NOT;
}

tvbuff_t *
wg_unwrap(struct wg_unwrapper *u, tvbuff_t *tvb, packet_info *pinfo, struct wg_datagram *d,
          struct wg_envelope_view *view, enum wg_companion *companion)
{
    const struct wg_span span = { d->bytes, d->captured, d->length };
    struct wg_message message;

    *companion = WG_COMPANION_NONE;
    if (!find_marks(u, pinfo, d, &view->marks, companion))
        return NULL;
    uint8_t *room = wmem_alloc(pinfo->pool, d->captured);
    if (!wg_envelope_undo(&span, &view->marks, room, &message))
        return NULL;
    view->wire = tvb;
    view->header = message.header;
    memcpy(view->mac_header, message.view.mac_header, sizeof view->mac_header);
    d->bytes = message.view.bytes;
    d->captured = message.view.captured;
    d->length = message.view.length;
    d->mac_header = view->mac_header;
    return tvb_new_child_real_data(tvb, d->bytes, (unsigned)d->captured, (int)d->length);
}
