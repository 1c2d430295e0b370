/* capture.c
 * The state of one capture: which datagrams are WireGuard, and what is known of each.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/capture.h"
#include "wg/recognise.h"

enum {
    MAX_PENDING = 16,      /* datagrams remembered for a flow that is not proved yet */
    MAX_UNPROVED = 4096,   /* such flows; the oldest is forgotten */
};

/* A datagram that may turn out to be WireGuard. Its first bytes hold all that accounting needs. */
struct pending {
    struct wg_message_context context;
    uint16_t layer;
    size_t captured, length;
    uint8_t bytes[sizeof(struct wg_wire_initiation)];
    size_t messages, segment;
};

/* All that passes between two endpoints. */
struct flow {
    struct wg_endpoint low, high;
    bool proved;
    uint8_t reserved[WG_RESERVED_LEN]; /* what its messages have there */
    struct wg_run runs[2];             /* from low, from high */
    GArray *pending;                   /* of struct pending; NULL before any and once proved */
    GList *waiting;                    /* its place among the unproved, or NULL */
};

struct wg_capture {
    struct wg_notes *notes;
    struct wg_opener *opener;
    struct wg_sessions *sessions;
    GHashTable *flows;  /* set of struct flow */
    GQueue unproved;    /* struct flow, oldest first */
    const struct wg_capture_observer *observer; /* or NULL */
    void *user;
};

static unsigned
flow_hash(const void *p)
{
    const struct flow *flow = p;
    return wg_endpoint_hash(&flow->low) * 31 + wg_endpoint_hash(&flow->high);
}

static gboolean
flow_equal(const void *a, const void *b)
{
    const struct flow *x = a, *y = b;
    return wg_endpoint_equal(&x->low, &y->low) && wg_endpoint_equal(&x->high, &y->high);
}

static void
flow_free(void *p)
{
    struct flow *flow = p;

    if (flow->pending != NULL)
        g_array_free(flow->pending, TRUE);
    g_free(flow);
}

struct wg_capture *
wg_capture_new(struct wg_keystore *keys)
{
    struct wg_capture *capture = g_new0(struct wg_capture, 1);

    capture->notes = wg_notes_new();
    capture->opener = keys != NULL ? wg_opener_new(keys) : NULL;
    capture->sessions = wg_sessions_new(capture->notes, capture->opener);
    capture->flows = g_hash_table_new_full(flow_hash, flow_equal, flow_free, NULL);
    g_queue_init(&capture->unproved);
    return capture;
}

void
wg_capture_free(struct wg_capture *capture)
{
    if (capture == NULL)
        return;
    g_queue_clear(&capture->unproved);
    g_hash_table_destroy(capture->flows);
    wg_sessions_free(capture->sessions);
    wg_opener_free(capture->opener);
    wg_notes_free(capture->notes);
    g_free(capture);
}

void
wg_capture_observe(struct wg_capture *capture, const struct wg_capture_observer *observer,
                   void *user)
{
    capture->observer = observer;
    capture->user = user;
}

struct wg_sessions *
wg_capture_sessions(struct wg_capture *capture)
{
    return capture->sessions;
}

struct wg_opener *
wg_capture_opener(struct wg_capture *capture)
{
    return capture->opener;
}

/* ---- flows ---- */

static bool
from_low(const struct wg_message_context *context)
{
    return wg_endpoint_compare(&context->source, &context->destination) <= 0;
}

static struct flow
flow_key(const struct wg_message_context *context)
{
    const bool low = from_low(context);
    return (struct flow){ .low = low ? context->source : context->destination,
                          .high = low ? context->destination : context->source };
}

static struct flow *
find_flow(const struct wg_capture *capture, const struct wg_message_context *context)
{
    const struct flow key = flow_key(context);
    return g_hash_table_lookup(capture->flows, &key);
}

static struct flow *
get_flow(struct wg_capture *capture, const struct wg_message_context *context)
{
    struct flow *flow = find_flow(capture, context);

    if (flow != NULL)
        return flow;
    flow = g_new(struct flow, 1);
    *flow = flow_key(context);
    g_hash_table_add(capture->flows, flow);
    return flow;
}

/* An unproved flow starts to wait; the one that waits longest makes room. */
static void
start_waiting(struct wg_capture *capture, struct flow *flow)
{
    if (flow->waiting != NULL)
        return;
    flow->pending = g_array_new(FALSE, FALSE, sizeof(struct pending));
    g_queue_push_tail(&capture->unproved, flow);
    flow->waiting = capture->unproved.tail;
    if (capture->unproved.length > MAX_UNPROVED)
        g_hash_table_remove(capture->flows, g_queue_pop_head(&capture->unproved));
}

/* ---- accounting ---- */

/* Message `index` of a datagram of several. Where it was not kept, what is known of it follows from
 * the first: they differ in counter and, the last, in length only. */
static struct wg_wire_view
nth_message(const struct wg_wire_view *first, size_t index, size_t segment)
{
    const size_t offset = index * segment;
    const size_t length = MIN(segment, first->length - offset);
    struct wg_wire_view message;

    if (offset + sizeof(struct wg_wire_data) <= first->captured) {
        wg_wire_decode(first->bytes + offset, first->captured - offset, length, &message);
    } else {
        wg_wire_decode(first->bytes, sizeof(struct wg_wire_data), length, &message);
        message.counter = first->counter + index;
    }
    return message;
}

/* Make the notes of a datagram and account for each of its messages. */
static uint32_t
account(struct wg_capture *capture, const struct wg_message_context *context, uint16_t layer,
        const struct wg_wire_view *view, size_t messages, size_t segment)
{
    const uint32_t number = wg_notes_add(capture->notes, context->frame, layer, (unsigned)messages);

    if (number == 0)
        return 0;
    if (messages == 1) {
        wg_sessions_add(capture->sessions, context, view, number);
        return number;
    }
    for (size_t i = 0; i < messages; i++) {
        const struct wg_wire_view message = nth_message(view, i, segment);
        wg_sessions_add(capture->sessions, context, &message, number + (uint32_t)i);
    }
    return number;
}

/* A remembered datagram turns out to be WireGuard. */
static void
account_belated(struct wg_capture *capture, const struct pending *p)
{
    struct wg_wire_view view;

    wg_wire_decode(p->bytes, MIN(p->captured, sizeof p->bytes), p->length, &view);
    const uint32_t number =
        account(capture, &p->context, p->layer, &view, p->messages, p->segment);
    for (size_t i = 0; number != 0 && capture->observer != NULL && i < p->messages; i++) {
        const struct wg_wire_view message =
            p->messages == 1 ? view : nth_message(&view, i, p->segment);
        capture->observer->belated(capture->user, &p->context, &message,
                                   wg_notes_get(capture->notes, number + (uint32_t)i));
    }
}

static void
prove(struct wg_capture *capture, struct flow *flow, const struct wg_wire_view *view)
{
    if (flow->proved)
        return;
    flow->proved = true;
    memcpy(flow->reserved, view->bytes + offsetof(struct wg_wire_header, reserved),
           WG_RESERVED_LEN);
    if (flow->waiting == NULL)
        return;
    g_queue_delete_link(&capture->unproved, flow->waiting);
    flow->waiting = NULL;
    for (unsigned i = 0; i < flow->pending->len; i++)
        account_belated(capture, &g_array_index(flow->pending, struct pending, i));
    g_array_free(flow->pending, TRUE);
    flow->pending = NULL;
}

static void
remember(struct flow *flow, const struct wg_datagram *d, size_t messages, size_t segment)
{
    struct pending p = { .context = d->context, .layer = d->layer, .captured = d->captured,
                         .length = d->length, .messages = messages, .segment = segment };

    memcpy(p.bytes, d->bytes, MIN(d->captured, sizeof p.bytes));
    if (flow->pending->len == MAX_PENDING)
        g_array_remove_index(flow->pending, 0);
    g_array_append_val(flow->pending, p);
}

/* A frame can come by more than one way, by heuristic and then by port. */
static void
forget_earlier_try(struct flow *flow, const struct wg_datagram *d)
{
    const unsigned count = flow->pending != NULL ? flow->pending->len : 0;
    if (count == 0)
        return;
    const struct pending *last = &g_array_index(flow->pending, struct pending, count - 1);
    if (last->context.frame == d->context.frame && last->layer == d->layer)
        g_array_set_size(flow->pending, count - 1);
}

/* Whether a remembered handshake message, of the other end, chose the index that this answers. */
static bool
answers_pending(const struct flow *flow, const struct wg_datagram *d,
                const struct wg_wire_view *view)
{
    if (!view->has_receiver)
        return false;
    for (unsigned i = 0; i < flow->pending->len; i++) {
        const struct pending *p = &g_array_index(flow->pending, struct pending, i);
        struct wg_wire_view earlier;
        if (!wg_endpoint_equal(&p->context.source, &d->context.destination))
            continue;
        wg_wire_decode(p->bytes, MIN(p->captured, sizeof p->bytes), p->length, &earlier);
        if (earlier.has_sender && earlier.sender == view->receiver)
            return true;
    }
    return false;
}

/* ---- judging ---- */

/* Whether what is known already proves the datagram, alone or with its flow. */
static bool
known(const struct wg_capture *capture, const struct wg_datagram *d, const struct flow *flow,
      const struct wg_wire_view *view)
{
    static const uint8_t no_reserved[WG_RESERVED_LEN];

    if (d->on_port || (flow != NULL && flow->proved))
        return wg_acceptable(view, flow != NULL ? flow->reserved : no_reserved);
    const enum wg_likeness likeness = wg_likeness(view);
    if (likeness != WG_POSSIBLE)
        return likeness == WG_CONVINCING;
    /* An index that somebody announced is 32 bits of proof. */
    return view->has_receiver &&
           wg_sessions_find(capture->sessions, view->receiver, WG_ROLE_UNKNOWN,
                            &d->context.source, &d->context.destination) != NULL;
}

bool
wg_capture_recognises(const struct wg_capture *capture, const struct wg_datagram *d)
{
    struct wg_wire_view view;

    wg_wire_decode(d->bytes, d->captured, d->length, &view);
    return view.verdict != WG_WIRE_NOT_WIREGUARD &&
           known(capture, d, find_flow(capture, &d->context), &view);
}

/* A possible message in a flow that is not proved: does it prove it, with those before it? */
static bool
weigh(struct flow *flow, const struct wg_datagram *d, const struct wg_wire_view *view,
      size_t messages)
{
    if (answers_pending(flow, d, view))
        return true;
    if (view->type != WG_TYPE_DATA || !view->has_counter)
        return false;
    const bool low = from_low(&d->context);
    wg_run_add(&flow->runs[!low], view, (unsigned)messages);
    return wg_run_proves(&flow->runs[!low], &flow->runs[low]);
}

uint32_t
wg_capture_datagram(struct wg_capture *capture, const struct wg_datagram *d)
{
    struct wg_wire_view view;
    size_t messages, segment = 0;

    if (wg_wire_decode(d->bytes, d->captured, d->length, &view) == WG_WIRE_NOT_WIREGUARD)
        return 0;
    struct flow *flow = find_flow(capture, &d->context);
    if (flow != NULL)
        forget_earlier_try(flow, d);
    if (known(capture, d, flow, &view)) {
        messages = wg_wire_segments(&view, &segment);
        if (view.verdict != WG_WIRE_WRONG_LENGTH)
            prove(capture, flow != NULL ? flow : get_flow(capture, &d->context), &view);
        return account(capture, &d->context, d->layer, &view, messages, segment);
    }
    if ((flow != NULL && flow->proved) || wg_likeness(&view) != WG_POSSIBLE)
        return 0;

    flow = get_flow(capture, &d->context);
    start_waiting(capture, flow);
    messages = wg_wire_segments(&view, &segment);
    if (weigh(flow, d, &view, messages)) {
        prove(capture, flow, &view);
        return account(capture, &d->context, d->layer, &view, messages, segment);
    }
    remember(flow, d, messages, segment);
    if (capture->observer != NULL)
        capture->observer->remembered(capture->user);
    return 0;
}

uint32_t
wg_capture_find(const struct wg_capture *capture, uint32_t frame, uint16_t layer)
{
    return wg_notes_find(capture->notes, frame, layer);
}

const struct wg_note *
wg_capture_note(const struct wg_capture *capture, uint32_t number, unsigned index)
{
    return wg_notes_get(capture->notes, number + index);
}
