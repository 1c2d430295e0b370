/* capture.c
 * The state of one capture: which datagrams are WireGuard, and what is known of each.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "sessions_private.h"
#include "wg/capture.h"
#include "wg/recognise.h"
#include "wg/seeded.h"

enum {
    MAX_PENDING = 16,      /* datagrams remembered of a pair that is not proved yet */
    MAX_UNPROVED = 4096,   /* such pairs; the oldest is forgotten */
};

/* The messages of a datagram. */
struct messages {
    const struct wg_wire_view *first;
    size_t count, segment;
    unsigned notes;
};

/* A datagram that may turn out to be WireGuard. Its first bytes hold all that accounting needs. */
struct pending {
    struct wg_message_context context;
    struct wg_note_place place;
    size_t captured, length;
    uint8_t bytes[sizeof(struct wg_wire_initiation)];
    struct messages messages; /* without `first` */
};

/* What is known of two endpoints before it is proved that they speak WireGuard. */
struct wg_unproved {
    struct wg_run runs[2]; /* from low, from high */
    GArray *pending;       /* of struct pending */
    GList *waiting;        /* its pair's place among the unproved */
};

struct wg_capture {
    struct wg_notes *notes;
    struct wg_opener *opener;
    struct wg_sessions *sessions;
    GQueue unproved; /* struct wg_pair, oldest first */
    const struct wg_capture_observer *observer; /* or NULL */
    void *user;
};

/* ---- waiting for a proof ---- */

static bool
from_low(const struct wg_message_context *context)
{
    return wg_endpoint_compare(&context->source, &context->destination) <= 0;
}

static struct wg_pair *
find_pair(const struct wg_capture *capture, const struct wg_message_context *context)
{
    return wg_sessions_find_pair(capture->sessions, &context->source, &context->destination);
}

static struct wg_pair *
get_pair(struct wg_capture *capture, const struct wg_message_context *context)
{
    return wg_sessions_pair(capture->sessions, &context->source, &context->destination);
}

static void
stop_waiting(struct wg_capture *capture, struct wg_pair *pair)
{
    g_queue_delete_link(&capture->unproved, pair->unproved->waiting);
    g_array_free(pair->unproved->pending, TRUE);
    g_free(pair->unproved);
    pair->unproved = NULL;
}

/* The one that waits longest makes room. */
static void
start_waiting(struct wg_capture *capture, struct wg_pair *pair)
{
    if (pair->unproved != NULL)
        return;
    if (capture->unproved.length == MAX_UNPROVED) {
        struct wg_pair *longest = g_queue_peek_head(&capture->unproved);
        stop_waiting(capture, longest);
        wg_sessions_forget_pair(capture->sessions, longest);
    }
    g_queue_push_tail(&capture->unproved, pair);
    pair->unproved = g_new0(struct wg_unproved, 1);
    pair->unproved->pending = g_array_new(FALSE, FALSE, sizeof(struct pending));
    pair->unproved->waiting = capture->unproved.tail;
}

/* ---- life ---- */

struct wg_capture *
wg_capture_new(struct wg_keystore *keys)
{
    struct wg_capture *capture = g_new0(struct wg_capture, 1);

    capture->notes = wg_notes_new();
    capture->opener = keys != NULL ? wg_opener_new(keys) : NULL;
    capture->sessions = wg_sessions_new(capture->notes, capture->opener);
    g_queue_init(&capture->unproved);
    return capture;
}

void
wg_capture_free(struct wg_capture *capture)
{
    if (capture == NULL)
        return;
    while (capture->unproved.length > 0)
        stop_waiting(capture, g_queue_peek_head(&capture->unproved));
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

/* ---- notes ---- */

/* Eight bytes of an address at a time, so that the whole of it counts. */
static uint64_t
fold(const struct wg_endpoint *e)
{
    uint64_t words[2];

    G_STATIC_ASSERT(sizeof words == sizeof e->address);
    memcpy(words, e->address, sizeof words);
    return words[0] * 31 + words[1];
}

/* The first bytes hold what tells one message from another: type, indices, counter. */
static uint32_t
identity_of(const struct wg_datagram *d)
{
    uint64_t words[6] = {
        (uint64_t)d->offset << 32 | (uint32_t)d->length,
        (uint64_t)d->captured << 32 | (uint32_t)d->context.source.port << 16 |
            d->context.destination.port,
        fold(&d->context.source),
        fold(&d->context.destination),
    };

    memcpy(words + 4, d->bytes, MIN(d->captured, 2 * sizeof words[0]));
    return wg_seeded_hash(words, G_N_ELEMENTS(words));
}

static struct wg_note_place
place_of(const struct wg_datagram *d)
{
    return (struct wg_note_place){ .frame = d->context.frame,
                                   .packet = d->packet,
                                   .identity = identity_of(d) };
}

/* Messages of a datagram whose header was captured, or at least the first one. */
static size_t
held_messages(const struct wg_wire_view *first, size_t messages, size_t segment)
{
    const size_t header = sizeof(struct wg_wire_data);

    if (messages <= 1 || first->captured < header)
        return 1;
    return MIN((first->captured - header) / segment + 1, messages);
}

unsigned
wg_capture_notes(const struct wg_wire_view *first, size_t messages, size_t segment)
{
    const size_t held = held_messages(first, messages, segment);
    return (unsigned)MIN(held + 1, MAX(messages, 1));
}

/* ---- accounting ---- */

static struct messages
messages_of(const struct wg_wire_view *first)
{
    struct messages m = { .first = first };

    m.count = wg_wire_segments(first, &m.segment);
    m.notes = wg_capture_notes(first, m.count, m.segment);
    return m;
}

/* Message `index` of a datagram. Where it was not kept, what is known of it follows from the first:
 * they differ in counter and, the last, in length only. */
static struct wg_wire_view
nth_message(const struct messages *m, size_t index)
{
    const struct wg_wire_view *first = m->first;
    const size_t offset = index * m->segment;
    struct wg_wire_view message;

    if (m->count == 1)
        return *first;
    const size_t length = MIN(m->segment, first->length - offset);
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
account(struct wg_capture *capture, const struct wg_message_context *context,
        const struct wg_note_place *place, const struct messages *m)
{
    const uint32_t number = wg_notes_add(capture->notes, place, m->notes);

    /* What was not captured is taken for more data behind data; behind a handshake message it can be
     * anything. */
    const size_t count = m->first->type == WG_TYPE_DATA
                             ? m->count
                             : held_messages(m->first, m->count, m->segment);
    for (size_t i = 0; number != 0 && i < count; i++) {
        const struct wg_wire_view message = nth_message(m, i);
        wg_sessions_add(capture->sessions, context, &message,
                        number + (uint32_t)MIN(i, m->notes - 1));
    }
    return number;
}

/* A remembered datagram turns out to be WireGuard. */
static void
account_belated(struct wg_capture *capture, const struct pending *p)
{
    struct wg_wire_view view;
    struct messages m = p->messages;

    wg_wire_decode(p->bytes, MIN(p->captured, sizeof p->bytes), p->length, &view);
    m.first = &view;
    const uint32_t number = account(capture, &p->context, &p->place, &m);
    for (size_t i = 0; number != 0 && capture->observer != NULL && i < m.count; i++) {
        const struct wg_wire_view message = nth_message(&m, i);
        capture->observer->belated(capture->user, &p->context, &message,
                                   wg_notes_get(capture->notes,
                                                number + (uint32_t)MIN(i, m.notes - 1)));
    }
}

static void
prove(struct wg_capture *capture, struct wg_pair *pair, const struct wg_wire_view *view)
{
    if (pair->proved)
        return;
    pair->proved = true;
    memcpy(pair->reserved, view->bytes + offsetof(struct wg_wire_header, reserved),
           WG_RESERVED_LEN);
    if (pair->unproved == NULL)
        return;
    const GArray *pending = pair->unproved->pending;
    for (unsigned i = 0; i < pending->len; i++)
        account_belated(capture, &g_array_index(pending, struct pending, i));
    stop_waiting(capture, pair);
}

static void
remember(struct wg_unproved *unproved, const struct wg_datagram *d, const struct messages *m)
{
    struct pending p = { .context = d->context, .place = place_of(d), .captured = d->captured,
                         .length = d->length, .messages = *m };

    p.messages.first = NULL;
    memcpy(p.bytes, d->bytes, MIN(d->captured, sizeof p.bytes));
    if (unproved->pending->len == MAX_PENDING)
        g_array_remove_index(unproved->pending, 0);
    g_array_append_val(unproved->pending, p);
}

/* A frame can come by more than one way, by heuristic and then by port. */
static void
forget_earlier_try(struct wg_unproved *unproved, const struct wg_datagram *d)
{
    const unsigned count = unproved->pending->len;
    if (count == 0)
        return;
    const struct wg_note_place place = place_of(d);
    const struct pending *last = &g_array_index(unproved->pending, struct pending, count - 1);
    if (last->place.frame == place.frame && last->place.packet == place.packet &&
        last->place.identity == place.identity)
        g_array_set_size(unproved->pending, count - 1);
}

/* Whether a remembered handshake message, of the other end, chose the index that this answers. */
static bool
answers_pending(const struct wg_unproved *unproved, const struct wg_datagram *d,
                const struct wg_wire_view *view)
{
    if (!view->has_receiver)
        return false;
    for (unsigned i = 0; i < unproved->pending->len; i++) {
        const struct pending *p = &g_array_index(unproved->pending, struct pending, i);
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

/* Whether what is known already proves the datagram, alone or with others of its pair. */
static bool
known(const struct wg_capture *capture, const struct wg_datagram *d,
      const struct wg_pair *pair, const struct wg_wire_view *view)
{
    static const uint8_t no_reserved[WG_RESERVED_LEN];

    if (d->on_port || (pair != NULL && pair->proved))
        return wg_acceptable(view, pair != NULL ? pair->reserved : no_reserved);
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
           known(capture, d, find_pair(capture, &d->context), &view);
}

/* A possible message of a pair that is not proved: does it prove it, with those before it? Each of
 * several in one datagram counts as if it had come alone. */
static bool
weigh(struct wg_unproved *unproved, const struct wg_datagram *d, const struct messages *m)
{
    if (answers_pending(unproved, d, m->first))
        return true;
    const bool low = from_low(&d->context);
    for (size_t i = 0; i < m->count && i * m->segment < d->captured; i++) {
        const struct wg_wire_view one = nth_message(m, i);
        if (one.type == WG_TYPE_DATA && one.has_counter && wg_likeness(&one) == WG_POSSIBLE)
            wg_run_add(&unproved->runs[!low], &one);
    }
    return wg_run_proves(&unproved->runs[!low], &unproved->runs[low]);
}

uint32_t
wg_capture_datagram(struct wg_capture *capture, const struct wg_datagram *d)
{
    struct wg_wire_view view;

    if (wg_wire_decode(d->bytes, d->captured, d->length, &view) == WG_WIRE_NOT_WIREGUARD)
        return 0;
    struct wg_pair *pair = find_pair(capture, &d->context);
    if (pair != NULL && pair->unproved != NULL)
        forget_earlier_try(pair->unproved, d);
    const bool is_known = known(capture, d, pair, &view);
    if (!is_known && ((pair != NULL && pair->proved) || wg_likeness(&view) != WG_POSSIBLE))
        return 0;

    const struct wg_note_place place = place_of(d);
    const struct messages m = messages_of(&view);
    if (is_known) {
        if (view.verdict != WG_WIRE_WRONG_LENGTH)
            prove(capture, pair != NULL ? pair : get_pair(capture, &d->context), &view);
        return account(capture, &d->context, &place, &m);
    }
    pair = get_pair(capture, &d->context);
    start_waiting(capture, pair);
    if (weigh(pair->unproved, d, &m)) {
        prove(capture, pair, &view);
        return account(capture, &d->context, &place, &m);
    }
    remember(pair->unproved, d, &m);
    if (capture->observer != NULL)
        capture->observer->remembered(capture->user);
    return 0;
}

bool
wg_capture_proved(const struct wg_capture *capture, const struct wg_message_context *context)
{
    const struct wg_pair *pair = find_pair(capture, context);
    return pair != NULL && pair->proved;
}

uint32_t
wg_capture_find(const struct wg_capture *capture, const struct wg_datagram *d)
{
    const struct wg_note_place place = place_of(d);
    return wg_notes_find(capture->notes, &place);
}

uint32_t
wg_capture_first(const struct wg_capture *capture, uint32_t frame)
{
    return wg_notes_first(capture->notes, frame);
}

const struct wg_note *
wg_capture_note(const struct wg_capture *capture, uint32_t number, unsigned index)
{
    const unsigned count = wg_notes_get(capture->notes, number)->count;
    return wg_notes_get(capture->notes, number + MIN(index, count - 1));
}
