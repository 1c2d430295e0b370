/* waiting.c
 * Datagrams that may be WireGuard, until their flow is proved.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "capture_private.h"

enum {
    MAX_PENDING = 16,    /* datagrams remembered of a flow that is not proved yet */
    MAX_WAITING = 4096,  /* such flows; the oldest is forgotten */
    MAX_WHOLE = 8 << 20, /* bytes of datagrams that are kept whole, in all */
};

static bool
from_low(const struct wg_message_context *context)
{
    return wg_endpoint_compare(&context->source, &context->destination) <= 0;
}

static void
drop(struct wg_waiting_room *room, struct wg_waiting *waiting, unsigned index)
{
    const struct wg_pending *p = &g_array_index(waiting->pending, struct wg_pending, index);

    room->bytes -= p->kept;
    g_free(p->bytes);
    g_array_remove_index(waiting->pending, index);
}

void
wg_waiting_stop(struct wg_waiting_room *room, struct wg_flow *flow)
{
    struct wg_waiting *waiting = flow->waiting;

    while (waiting->pending->len > 0)
        drop(room, waiting, waiting->pending->len - 1);
    g_queue_delete_link(&room->flows, waiting->place);
    g_array_free(waiting->pending, TRUE);
    g_free(waiting);
    flow->waiting = NULL;
}

void
wg_waiting_start(struct wg_waiting_room *room, struct wg_sessions *sessions, struct wg_flow *flow)
{
    if (flow->waiting != NULL)
        return;
    if (room->flows.length == MAX_WAITING) {
        struct wg_flow *longest = g_queue_peek_head(&room->flows);
        wg_waiting_stop(room, longest);
        wg_flows_forget(sessions, longest);
    }
    g_queue_push_tail(&room->flows, flow);
    flow->waiting = g_new0(struct wg_waiting, 1);
    flow->waiting->pending = g_array_new(FALSE, FALSE, sizeof(struct wg_pending));
    flow->waiting->place = room->flows.tail;
}

void
wg_waiting_clear(struct wg_waiting_room *room)
{
    while (room->flows.length > 0)
        wg_waiting_stop(room, g_queue_peek_head(&room->flows));
}

void
wg_waiting_remember(struct wg_waiting_room *room, struct wg_flow *flow, const struct wg_datagram *d,
                    const struct wg_note_place *place, const struct wg_messages *m, bool whole)
{
    struct wg_waiting *waiting = flow->waiting;
    const bool all = whole && d->captured <= MAX_WHOLE - MIN(room->bytes, MAX_WHOLE);
    struct wg_pending p = {
        .context = d->context,
        .place = *place,
        .messages = *m,
        .length = d->length,
        .kept = all ? d->captured : MIN(d->captured, sizeof(struct wg_wire_initiation)),
    };

    if (waiting->pending->len == MAX_PENDING)
        drop(room, waiting, 0);
    p.messages.first = NULL;
    p.bytes = g_memdup2(d->bytes, p.kept);
    room->bytes += p.kept;
    g_array_append_val(waiting->pending, p);
}

void
wg_waiting_forget_earlier_try(struct wg_waiting_room *room, struct wg_flow *flow,
                              const struct wg_note_place *place)
{
    const unsigned count = flow->waiting->pending->len;

    if (count == 0)
        return;
    const struct wg_pending *last =
        &g_array_index(flow->waiting->pending, struct wg_pending, count - 1);
    if (last->place.frame == place->frame && last->place.packet == place->packet &&
        last->place.identity == place->identity)
        drop(room, flow->waiting, count - 1);
}

/* Whether this message answers a remembered handshake message of the other end, by its index. */
static bool
answers_pending(const struct wg_waiting *waiting, const struct wg_message_context *context,
                const struct wg_wire_view *view)
{
    if (!view->has_receiver)
        return false;
    for (unsigned i = 0; i < waiting->pending->len; i++) {
        const struct wg_pending *p = &g_array_index(waiting->pending, struct wg_pending, i);
        struct wg_wire_view earlier;
        if (!wg_endpoint_equal(&p->context.source, &context->destination))
            continue;
        wg_wire_decode(p->bytes, p->kept, p->length, &earlier);
        if (earlier.has_sender && earlier.sender == view->receiver)
            return true;
    }
    return false;
}

/* Each of several messages in one datagram counts as if it had come alone. */
bool
wg_waiting_weigh(struct wg_waiting *waiting, const struct wg_message_context *context,
                 const struct wg_messages *m)
{
    if (answers_pending(waiting, context, m->first))
        return true;
    const bool low = from_low(context);
    for (size_t i = 0; i < m->count && i * m->stride < m->first->captured; i++) {
        struct wg_wire_view room;
        const struct wg_wire_view *one = wg_message_at(m, i, &room);
        if (one->type == WG_TYPE_DATA && one->has_counter && wg_likeness(one) == WG_POSSIBLE)
            wg_run_add(&waiting->runs[!low], one);
    }
    return wg_run_proves(&waiting->runs[!low], &waiting->runs[low]);
}
