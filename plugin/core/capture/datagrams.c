/* datagrams.c
 * The state of one capture: which datagrams are WireGuard, and what is known of each.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "capture_private.h"
#include "wg/envelope.h"
#include "wg/seeded.h"

struct wg_capture {
    struct wg_notes *notes;
    struct wg_opener *opener; /* NULL: nothing can be decrypted here */
    struct wg_sessions *sessions;
    struct wg_waiting_room waiting;
    const struct wg_capture_observer *observer; /* or NULL */
    void *user;
    bool keys_came; /* after messages that they may open */
};

/* ---- life ---- */

struct wg_capture *
wg_capture_new(struct wg_keystore *keys, wg_more_keys_fn more, void *user)
{
    struct wg_capture *capture = g_new0(struct wg_capture, 1);

    capture->notes = wg_notes_new();
    if (keys != NULL)
        capture->opener = wg_opener_new(keys, more, user);
    capture->sessions =
        wg_sessions_new(capture->notes, keys != NULL ? &wg_opener_judge : NULL, capture->opener);
    g_queue_init(&capture->waiting.flows);
    return capture;
}

void
wg_capture_free(struct wg_capture *capture)
{
    if (capture == NULL)
        return;
    wg_waiting_clear(&capture->waiting);
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

static bool
has_keys(const struct wg_capture *capture)
{
    return capture->opener != NULL && wg_opener_has_keys(capture->opener);
}

/* ---- notes ---- */

/* Fold a whole address, eight bytes at a time. */
static uint64_t
fold(const struct wg_endpoint *e)
{
    uint64_t words[2];

    G_STATIC_ASSERT(sizeof words == sizeof e->address);
    memcpy(words, e->address, sizeof words);
    return words[0] * 31 + words[1];
}

/* The first bytes hold what distinguishes messages: type, indices, counter. */
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

    if (d->captured > 0)
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

uint32_t
wg_capture_find(const struct wg_capture *capture, const struct wg_datagram *d)
{
    /* On the first pass, most frames have no note yet. */
    if (wg_notes_first(capture->notes, d->context.frame) == 0)
        return 0;
    const struct wg_note_place place = place_of(d);
    return wg_notes_find(capture->notes, &place);
}

bool
wg_capture_reuses_frames(const struct wg_capture *capture)
{
    return wg_notes_reuse_frames(capture->notes);
}

uint32_t
wg_capture_first(const struct wg_capture *capture, uint32_t frame)
{
    return wg_notes_first(capture->notes, frame);
}

uint32_t
wg_capture_next(const struct wg_capture *capture, uint32_t number)
{
    return wg_notes_next(capture->notes, number);
}

static struct wg_note *
note_at(const struct wg_capture *capture, uint32_t number, size_t index)
{
    const unsigned count = wg_notes_get(capture->notes, number)->count;
    return wg_notes_get(capture->notes, number + (uint32_t)MIN(index, count - 1u));
}

const struct wg_note *
wg_capture_note(const struct wg_capture *capture, uint32_t number, unsigned index)
{
    return note_at(capture, number, index);
}

/* ---- accounting ---- */

/* Where in `plain` a packet is decrypted to: at the offset that it has in its datagram. */
static uint8_t *
room_for(uint8_t *plain, const struct wg_wire_view *first, const struct wg_wire_view *message)
{
    if (plain == NULL || message->packet == NULL)
        return NULL;
    return plain + (message->packet - first->bytes);
}

/* Make the notes of a datagram and account for each of its messages. */
static uint32_t
account(struct wg_capture *capture, const struct wg_message_context *context,
        const struct wg_note_place *place, const struct wg_messages *m, uint8_t *plain)
{
    const uint32_t number = wg_notes_add(capture->notes, place, m->notes);
    const size_t told = wg_messages_told(m);

    for (size_t i = 0; number != 0 && i < told; i++) {
        struct wg_wire_view room;
        const struct wg_wire_view *message = wg_message_at(m, i, &room);
        wg_sessions_add(capture->sessions, context, message,
                        number + (uint32_t)MIN(i, m->notes - 1u),
                        room_for(plain, m->first, message));
    }
    return number;
}

/* A remembered datagram turns out to be WireGuard. */
static void
account_belated(struct wg_capture *capture, const struct wg_pending *p)
{
    struct wg_wire_view view;

    wg_wire_decode(p->bytes, p->kept, p->length, &view);
    struct wg_messages m = p->messages;
    m.first = &view;
    const uint32_t number = account(capture, &p->context, &p->place, &m, NULL);
    if (number == 0 || capture->observer == NULL)
        return;
    for (size_t i = 0; i < wg_messages_told(&m); i++) {
        struct wg_wire_view room;
        const struct wg_wire_view *message = wg_message_at(&m, i, &room);
        capture->observer->belated(capture->user, &p->context, message,
                                   note_at(capture, number, i));
    }
}

static void
prove(struct wg_capture *capture, struct wg_flow *flow, const struct wg_wire_view *view)
{
    if (flow->proved)
        return;
    flow->proved = true;
    flow->id = wg_envelope_id(view);
    if (flow->waiting == NULL)
        return;
    const GArray *pending = flow->waiting->pending;
    for (unsigned i = 0; i < pending->len; i++)
        account_belated(capture, &g_array_index(pending, struct wg_pending, i));
    wg_waiting_stop(&capture->waiting, flow);
}

/* ---- recognising ---- */

static struct wg_flow *
find_flow(const struct wg_capture *capture, const struct wg_message_context *context)
{
    return wg_flows_find(capture->sessions, &context->source, &context->destination);
}

/* An index that its receiver announced is 32 bits of proof. */
static bool
knows_index(const struct wg_capture *capture, const struct wg_message_context *context,
            const struct wg_wire_view *view)
{
    return view->has_receiver &&
           wg_sessions_find(capture->sessions, view->receiver, WG_ROLE_UNKNOWN,
                            view->has_counter ? &view->counter : NULL, &context->source,
                            &context->destination) != NULL;
}

/* Whether what is known already proves the datagram, alone or with others of its flow. */
static bool
known(const struct wg_capture *capture, const struct wg_datagram *d, const struct wg_flow *flow,
      const struct wg_wire_view *view)
{
    if (d->was_taken)
        return true;
    if (d->on_port || (flow != NULL && flow->proved))
        return wg_acceptable(view, flow != NULL ? flow->id : 0);
    const enum wg_likeness likeness = wg_likeness(view);
    if (likeness != WG_POSSIBLE)
        return likeness == WG_CONVINCING;
    return knows_index(capture, &d->context, view);
}

enum wg_wire_verdict
wg_datagram_decode(const struct wg_datagram *d, struct wg_wire_view *first)
{
    wg_wire_decode(d->bytes, d->captured, d->length, first);
    if (d->mac_header != NULL)
        memcpy(first->mac_header, d->mac_header, sizeof first->mac_header);
    return first->verdict;
}

bool
wg_capture_recognises(const struct wg_capture *capture, const struct wg_datagram *d,
                      const struct wg_wire_view *first)
{
    return first->verdict != WG_WIRE_NOT_WIREGUARD &&
           known(capture, d, find_flow(capture, &d->context), first);
}

/* Whether a key opens the first message. An index that was not drawn at random proves less. */
static bool
opens(const struct wg_capture *capture, const struct wg_messages *m)
{
    struct wg_wire_view room;
    const struct wg_wire_view *first = wg_message_at(m, 0, &room);

    return first->type == WG_TYPE_DATA && first->has_counter &&
           wg_sessions_open(capture->sessions, first);
}

/* Handle a possible message of a flow that is not proved yet. */
static uint32_t
consider(struct wg_capture *capture, const struct wg_datagram *d, const struct wg_note_place *place,
         const struct wg_messages *m)
{
    struct wg_flow *flow =
        wg_flows_get(capture->sessions, &d->context.source, &d->context.destination);

    wg_waiting_start(&capture->waiting, capture->sessions, flow);
    if (wg_waiting_weigh(flow->waiting, &d->context, m) || opens(capture, m)) {
        prove(capture, flow, m->first);
        return account(capture, &d->context, place, m, d->plain);
    }
    wg_notes_see(capture->notes, place);
    wg_waiting_remember(&capture->waiting, flow, d, place, m, has_keys(capture));
    if (capture->observer != NULL)
        capture->observer->remembered(capture->user);
    return 0;
}

uint32_t
wg_capture_datagram(struct wg_capture *capture, const struct wg_datagram *d,
                    const struct wg_wire_view *first)
{
    if (first->verdict == WG_WIRE_NOT_WIREGUARD)
        return 0;
    const struct wg_note_place place = place_of(d);
    struct wg_flow *flow = find_flow(capture, &d->context);
    if (flow != NULL && flow->waiting != NULL)
        wg_waiting_forget_earlier_try(&capture->waiting, flow, &place);
    const bool is_known = known(capture, d, flow, first);
    if (!is_known && ((flow != NULL && flow->proved) || wg_likeness(first) != WG_POSSIBLE))
        return 0;

    const struct wg_messages m = wg_messages_of(first);
    if (!is_known)
        return consider(capture, d, &place, &m);
    if (first->verdict != WG_WIRE_WRONG_LENGTH) {
        if (flow == NULL)
            flow = wg_flows_get(capture->sessions, &d->context.source, &d->context.destination);
        prove(capture, flow, first);
    }
    return account(capture, &d->context, &place, &m, d->plain);
}

bool
wg_capture_proved(const struct wg_capture *capture, const struct wg_endpoint *source,
                  const struct wg_endpoint *destination)
{
    const struct wg_flow *flow = wg_flows_find(capture->sessions, source, destination);
    return flow != NULL && flow->proved;
}

/* ---- keys that came later ---- */

bool
wg_capture_has_keys(const struct wg_capture *capture)
{
    return has_keys(capture);
}

void
wg_capture_judge_again(struct wg_capture *capture)
{
    if (capture->opener != NULL && wg_opener_judge_again(capture->opener, capture->sessions))
        capture->keys_came = true;
}

/* Whether a message that was not opened may open now: keys came later, or its handshake did, or
 * only its first bytes were kept until its flow was proved. */
static bool
may_open_now(const struct wg_capture *capture, const struct wg_note *note,
             const struct wg_wire_view *view)
{
    switch (note->status) {
    case WG_STATUS_DECRYPTED:
    case WG_STATUS_AUTHENTICATION_FAILED:
    case WG_STATUS_UNSUPPORTED:
    case WG_STATUS_KEYS_LATER:
        return false;
    case WG_STATUS_TRUNCATED:
        return !view->truncated;
    default:
        return capture->keys_came || note->of.direction->keyed;
    }
}

/* The one place where a later look changes state: it settles the message's status. */
static void
settle(struct wg_capture *capture, struct wg_note *note, const struct wg_wire_view *view,
       uint8_t *plain)
{
    struct wg_direction *d = note->of.direction;
    const enum wg_decryption_status status =
        wg_opener_judge.opens(capture->opener, d, view, plain, true);

    /* The packet was not checked when it came, and may be of another session with this index. */
    if (status == WG_STATUS_AUTHENTICATION_FAILED)
        note->status = WG_STATUS_KEYS_LATER;
    else
        note->status = status & 31;
}

enum wg_decryption_status
wg_capture_show(struct wg_capture *capture, uint32_t number, unsigned index,
                const struct wg_wire_view *view, uint8_t *plain)
{
    struct wg_note *note = note_at(capture, number, index);

    if (capture->opener == NULL || note->type != WG_TYPE_DATA || note->of.direction == NULL)
        return note->status;
    if (may_open_now(capture, note, view)) {
        settle(capture, note, view, plain);
        return note->status;
    }
    if (note->status == WG_STATUS_DECRYPTED && plain != NULL)
        return wg_opener_look(capture->opener, note->of.direction, view, plain);
    return note->status;
}
