/* data.c
 * Transport data: which session it belongs to, and what its counter, time and addresses tell.
 *
 * Sources for the times: WireGuard paper, sections 6.1 to 6.5.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sessions_private.h"

/* Packets in a row from counter 0 on that show a direction to start over. */
enum { RESET_RUN = 3 };

/* ---- the direction ---- */

static enum wg_role
opposite(enum wg_role role)
{
    return role == WG_ROLE_INITIATOR   ? WG_ROLE_RESPONDER
           : role == WG_ROLE_RESPONDER ? WG_ROLE_INITIATOR
                                       : WG_ROLE_UNKNOWN;
}

/* The only direction of a session without handshake, or NULL. */
static const struct wg_direction *
lone_direction(const struct wg_session *session)
{
    if (session->initiation_frame != 0 || session->responses != NULL)
        return NULL;
    if (session->to_responder == NULL)
        return session->to_initiator;
    return session->to_initiator == NULL ? session->to_responder : NULL;
}

/* A session for data that no captured handshake announced. The two directions between two
 * endpoints are one session where the other one still waits for its counterpart. */
static struct wg_direction *
new_orphan(struct wg_sessions *s, const struct wg_message_context *context,
           const struct wg_wire_view *view)
{
    struct wg_pair *pair = wg_sessions_pair(s, &context->source, &context->destination);
    struct wg_session *session = pair->last;
    const struct wg_direction *other = session != NULL ? lone_direction(session) : NULL;

    if (other == NULL || !wg_endpoint_equal(&other->source, &context->destination)) {
        other = NULL;
        session = wg_sessions_new_session(s, pair, view);
        session->here[0] = context->destination;
        session->here[1] = context->source;
    }
    const enum wg_role role = other == NULL ? WG_ROLE_UNKNOWN : opposite(other->receiver);
    struct wg_direction *d = wg_sessions_new_direction(s, session, view->receiver, role,
                                                       &context->source, &context->destination);
    d->counters.from_zero = false;
    if (session->to_initiator == NULL)
        session->to_initiator = d;
    else
        session->to_responder = d;
    return d;
}

/* learn: also with keys that it may have, but did not use yet */
static bool
opens(struct wg_sessions *s, struct wg_direction *d, const struct wg_wire_view *view, bool learn)
{
    if (view->packet_captured < view->packet_length)
        return false; /* and its length may be anything */
    uint8_t *plain = g_malloc(view->packet_length + 1);
    const bool open = wg_opener_data(s->opener, d, view, plain, learn) == WG_STATUS_DECRYPTED;

    wg_wipe(plain, view->packet_length);
    g_free(plain);
    return open;
}

/* Of several directions with its index, the one whose key opens the packet, or NULL. */
static struct wg_direction *
find_opening(struct wg_sessions *s, struct wg_direction *best, const struct wg_wire_view *view,
             bool learn)
{
    if (opens(s, best, view, learn))
        return best;
    for (struct wg_direction *d = wg_sessions_chain(s, view->receiver); d != NULL; d = d->older)
        if (d != best && opens(s, d, view, learn))
            return d;
    return NULL;
}

/* The direction that a packet belongs to. Where several have its index, the one whose key opens it;
 * only where none does, or no keys are known, addresses decide. */
static struct wg_direction *
find_direction(struct wg_sessions *s, const struct wg_message_context *context,
               const struct wg_wire_view *view)
{
    struct wg_direction *best = wg_sessions_find(s, view->receiver, WG_ROLE_UNKNOWN,
                                                 &context->source, &context->destination);

    if (best == NULL || s->opener == NULL || !wg_opener_has_keys(s->opener) ||
        wg_sessions_chain(s, view->receiver)->older == NULL)
        return best;
    /* A key that is in use beats one that may be: what a key log says of an index does not tell
     * which of its sessions it is of. */
    struct wg_direction *d = find_opening(s, best, view, false);
    if (d == NULL)
        d = find_opening(s, best, view, true);
    return d != NULL ? d : best;
}

static struct wg_direction *
opposite_direction(const struct wg_direction *d)
{
    const struct wg_session *session = d->session;
    return d->receiver == WG_ROLE_RESPONDER || session->to_initiator != d ? session->to_initiator
                                                                         : session->to_responder;
}

/* ---- the counter ---- */

/* The first bytes of the ciphertext: enough to tell another packet from a further copy. */
static uint16_t
print_of(const struct wg_wire_view *view)
{
    return view->packet_captured >= 2 ? (uint16_t)(view->packet[0] << 8 | view->packet[1]) : 0;
}

/* Far behind the highest counter, first copy and further copy look alike; but packets in a row from
 * 0 on come from a sender who starts over. */
static bool
starts_over(struct wg_direction *d, uint64_t counter, const struct wg_counter_result *r)
{
    if (r->verdict != WG_COUNTER_FORGOTTEN || counter != d->forgotten_run) {
        d->forgotten_run = r->verdict == WG_COUNTER_FORGOTTEN && counter == 0 ? 1 : 0;
        return false;
    }
    return ++d->forgotten_run >= RESET_RUN;
}

static void
note_counter(struct wg_sessions *s, struct wg_direction *d, const struct wg_wire_view *view,
             struct wg_note *note, const struct wg_counter_result *r)
{
    note->lost = r->lost;
    if (r->outside_window)
        note->flags |= WG_NOTE_OUTSIDE_WINDOW;
    if (starts_over(d, view->counter, r))
        note->flags |= WG_NOTE_COUNTER_RESET;
    if (r->verdict == WG_COUNTER_OUT_OF_ORDER) {
        note->flags |= WG_NOTE_OUT_OF_ORDER;
        wg_sessions_correct(s, *r);
    } else if (r->verdict == WG_COUNTER_DUPLICATE) {
        const struct wg_note *first = wg_notes_get(s->notes, r->number);
        note->reference = first->frame;
        note->flags |=
            first->print == note->print ? WG_NOTE_DUPLICATE : WG_NOTE_COUNTER_RESET;
    }
}

/* ---- the addresses ---- */

static void
moved(struct wg_sessions *s, struct wg_session *session, unsigned who,
      const struct wg_message_context *context, const struct wg_endpoint *to, struct wg_note *note)
{
    session->before[who] = session->here[who];
    session->here[who] = *to;
    session->roamings++;
    note->flags |= WG_NOTE_ROAMED;
    g_hash_table_replace(s->previous_endpoint, note,
                         g_memdup2(&session->before[who], sizeof session->before[who]));
    wg_sessions_pair(s, &context->source, &context->destination)->moved_in = session;
}

/* A packet with a new highest counter shows where its sender is. Where its receiver is it shows
 * too, but for packets still in flight to where that was before. */
static void
note_addresses(struct wg_sessions *s, struct wg_direction *d,
               const struct wg_message_context *context, const struct wg_wire_view *view,
               struct wg_note *note)
{
    struct wg_session *session = d->session;
    const unsigned receiver = d->receiver == WG_ROLE_RESPONDER ||
                              (d->receiver == WG_ROLE_UNKNOWN && session->to_initiator != d);
    const unsigned sender = !receiver;
    const bool sender_moved = !wg_endpoint_equal(&session->here[sender], &context->source);
    const bool receiver_moved =
        !wg_endpoint_equal(&session->here[receiver], &context->destination) &&
        !wg_endpoint_equal(&session->before[receiver], &context->destination);

    if (!sender_moved && !receiver_moved)
        return;
    /* Anyone can send an index that he saw; whoever has the key moved. */
    if (s->opener != NULL && d->aead != NULL && !opens(s, d, view, false))
        return;
    if (sender_moved)
        moved(s, session, sender, context, &context->source, note);
    if (receiver_moved)
        moved(s, session, receiver, context, &context->destination, note);
}

/* ---- the time ---- */

/* The age of the key at which the initiator's data calls for a new handshake. NepTUN waits until
 * the key expires; what tells it from others is that it does not pad, as boringtun does not. */
static int64_t
rekeys_after(const struct wg_session *session)
{
    return session->unpadded ? wg_families[WG_FAMILY_NEPTUN].rekey_after : WG_REKEY_AFTER_TIME;
}

/* The packet that calls for a new handshake always comes before the initiation; it is overdue where
 * the initiator sends more data after that had time to follow. Keepalives alone prove nothing:
 * boringtun does not rekey for them. */
static void
note_rekey(struct wg_direction *d, int64_t time, const struct wg_wire_view *view,
           struct wg_note *note)
{
    struct wg_session *session = d->session;
    const struct wg_response *response = wg_direction_response(d);

    if (d->receiver != WG_ROLE_RESPONDER || session->superseded || response == NULL ||
        view->length <= WG_DATA_MIN_LEN)
        return;
    session->unpadded = session->unpadded || wg_timers_unpadded(view->length);
    const int64_t age = wg_elapsed(response->time, time);
    if (age < rekeys_after(session))
        return;
    if (session->rekey_due == 0) {
        session->rekey_due = (uint32_t)MIN(age / WG_MILLISECOND, UINT32_MAX);
        return;
    }
    if (age < session->rekey_due * WG_MILLISECOND + WG_REKEY_PATIENCE)
        return;
    session->superseded = true; /* told once */
    note->flags |= WG_NOTE_REKEY_OVERDUE;
}

/* In answer to data, KEEPALIVE_TIMEOUT after the first that came since it last sent anything; or
 * after its last keepalive, where more data came meanwhile: Linux starts the timer anew then.
 * since_data: 0 where no data waits for an answer */
static bool
is_passive(const struct wg_direction *d, int64_t since_data, int64_t time)
{
    return since_data > 0 && (wg_timer_fits(since_data, WG_KEEPALIVE_TIMEOUT) ||
                              (d->packets > 0 && wg_timer_fits(wg_elapsed(d->last_time, time),
                                                               WG_KEEPALIVE_TIMEOUT)));
}

static void
note_keepalive(const struct wg_direction *d, int64_t since_data, int64_t time,
               const struct wg_wire_view *view, struct wg_note *note)
{
    if (view->length != WG_DATA_MIN_LEN)
        return;
    if (d->receiver == WG_ROLE_RESPONDER && view->counter == 0)
        note->flags |= WG_NOTE_KEY_CONFIRMATION;
    else if (is_passive(d, since_data, time))
        note->flags |= WG_NOTE_KEEPALIVE_PASSIVE;
    else
        note->flags |= WG_NOTE_KEEPALIVE_PERSISTENT;
}

static void
count(struct wg_direction *d, const struct wg_message_context *context,
      const struct wg_wire_view *view)
{
    if (d->packets == 0) {
        d->first_frame = context->frame;
        d->first_time = context->time;
    }
    d->packets++;
    d->bytes += view->length;
    d->keepalives += view->length == WG_DATA_MIN_LEN;
    d->last_frame = context->frame;
    d->last_time = context->time;
    if (d->unreplied == 0 && view->length != WG_DATA_MIN_LEN)
        d->unreplied = context->time;
}

void
wg_sessions_add_data(struct wg_sessions *s, const struct wg_message_context *context,
                     const struct wg_wire_view *view, struct wg_note *note, uint32_t number)
{
    struct wg_direction *d = find_direction(s, context, view);

    if (d == NULL)
        d = new_orphan(s, context, view);
    note->of.direction = d;
    note->print = print_of(view);

    const struct wg_counter_result r =
        wg_counters_add(&d->counters, &s->pool, view->counter, number);
    note_counter(s, d, view, note, &r);
    if (r.verdict == WG_COUNTER_IN_ORDER) {
        note_addresses(s, d, context, view, note);
        d->source = context->source;
        d->destination = context->destination;
    }

    struct wg_direction *back = opposite_direction(d);
    if (d->receiver == WG_ROLE_INITIATOR && d->packets == 0 && d->session->initiation_frame != 0 &&
        back != NULL && back->packets == 0)
        note->flags |= WG_NOTE_RESPONDER_FIRST;
    note_rekey(d, context->time, view, note);
    const bool waits = back != NULL && back->unreplied != 0;
    note_keepalive(d, waits ? wg_elapsed(back->unreplied, context->time) : 0, context->time, view,
                   note);
    if (back != NULL)
        back->unreplied = 0;
    count(d, context, view);
}
