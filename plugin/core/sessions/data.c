/* data.c
 * Transport data: which session it belongs to, and what its counter, time and addresses show.
 *
 * Sources for the times: WireGuard paper, sections 6.1 to 6.5.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sessions_private.h"

/* So many packets in a row from counter 0 on show that a direction starts over. */
enum { RESET_RUN = WG_BEGINNING };

/* ---- what keys say ---- */

/* learn: also with keys that it may have, but has not used yet */
static enum wg_decryption_status
try(struct wg_sessions *s, struct wg_direction *d, const struct wg_arrival *a, bool learn)
{
    if (s->judge == NULL)
        return WG_STATUS_UNSUPPORTED;
    return s->judge->opens(s->self, d, a->view, a->plain, learn);
}

/* Of several directions with its index, the one that has a key which opens the packet, or NULL. */
static struct wg_direction *
find_opening(struct wg_sessions *s, struct wg_direction *best, const struct wg_arrival *a)
{
    if (best != NULL && try(s, best, a, false) == WG_STATUS_DECRYPTED)
        return best;
    for (struct wg_direction *d = wg_sessions_chain(s, a->view->receiver); d != NULL; d = d->older)
        if (d != best && try(s, d, a, false) == WG_STATUS_DECRYPTED)
            return d;
    return NULL;
}

/* The same for keys that they may have, but have not used yet. A direction that already has its key
 * comes last, and does not get a second one if it is at another place. */
static struct wg_direction *
find_learning(struct wg_sessions *s, struct wg_direction *best, const struct wg_arrival *a)
{
    const bool last = best != NULL && best->keyed;

    if (best != NULL && !last && try(s, best, a, true) == WG_STATUS_DECRYPTED)
        return best;
    for (struct wg_direction *d = wg_sessions_chain(s, a->view->receiver); d != NULL; d = d->older)
        if (d != best && !d->keyed && try(s, d, a, true) == WG_STATUS_DECRYPTED)
            return d;
    if (last && try(s, best, a, true) == WG_STATUS_DECRYPTED)
        return best;
    return NULL;
}

bool
wg_sessions_open(struct wg_sessions *s, const struct wg_wire_view *view)
{
    if (s->judge == NULL || !s->judge->has_keys(s->self))
        return false;
    for (struct wg_direction *d = wg_sessions_chain(s, view->receiver); d != NULL; d = d->older) {
        const bool learn = !d->keyed && d->session->responses != NULL;
        if (s->judge->opens(s->self, d, view, NULL, learn) == WG_STATUS_DECRYPTED)
            return true;
    }
    return false;
}

/*
 * The direction that a packet belongs to, and the status of the packet. If several have its index,
 * or if it went to another place, the key that opens it decides. Only if none does, or if no keys
 * are known, addresses decide.
 */
static struct wg_direction *
find_direction(struct wg_sessions *s, const struct wg_arrival *a, enum wg_decryption_status *status)
{
    const struct wg_direction *newest = wg_sessions_chain(s, a->view->receiver);
    struct wg_direction *best = wg_sessions_find_data(s, a);
    struct wg_direction *d = NULL;

    if (newest != NULL && (best == NULL || newest->older != NULL) && s->judge != NULL &&
        s->judge->has_keys(s->self)) {
        /* A key in use comes before one that may fit: the index in a key log does not say which of
         * its sessions the key belongs to. */
        d = find_opening(s, best, a);
        if (d == NULL)
            d = find_learning(s, best, a);
    }
    if (d != NULL) {
        *status = WG_STATUS_DECRYPTED;
        return d;
    }
    if (best != NULL) {
        *status = try(s, best, a, true);
        if (wg_status_proof(*status) == WG_DISPROVED && wg_direction_is_weak(best, a))
            best = NULL;
        else if (newest->older != NULL)
            wg_sessions_mark_mixed(s, best, a);
    }
    if (best == NULL) {
        best = wg_sessions_new_orphan(s, a);
        *status = try(s, best, a, true);
    }
    return best;
}

/* ---- the counter ---- */

/* The first bytes of the ciphertext: enough to distinguish another packet from a further copy. */
static uint16_t
print_of(const struct wg_wire_view *view)
{
    if (view->packet_captured < 2)
        return 0;
    return (uint16_t)(view->packet[0] << 8 | view->packet[1]);
}

/* Remember how a direction began. */
static void
keep_beginning(struct wg_direction *d, const struct wg_arrival *a)
{
    const uint64_t counter = a->view->counter;

    if (counter >= RESET_RUN || (d->began >> counter & 1) != 0)
        return;
    d->began |= 1u << counter & ((1u << WG_BEGINNING) - 1);
    d->beginning[counter] = a->note->print;
}

static bool
begins_alike(const struct wg_direction *d, const struct wg_arrival *a)
{
    const uint64_t counter = a->view->counter;
    return (d->began >> counter & 1) != 0 && d->beginning[counter] == a->note->print;
}

/* Far below the highest counter, first copy and further copy look alike. But packets in a row from
 * 0 on come from a sender that starts over, unless the direction began with the same packets. */
static bool
starts_over(struct wg_direction *d, const struct wg_arrival *a, const struct wg_counter_result *r)
{
    const uint64_t counter = a->view->counter;

    if (r->verdict != WG_COUNTER_FORGOTTEN || (counter < RESET_RUN && begins_alike(d, a))) {
        d->forgotten_run = 0;
        return false;
    }
    if (counter != d->forgotten_run) {
        d->forgotten_run = counter == 0;
        return false;
    }
    return ++d->forgotten_run >= RESET_RUN;
}

/* A counter was used for two packets of the direction, unless one of them may be of another session
 * that has the same index. */
static void
note_reset(const struct wg_sessions *s, struct wg_direction *d, const struct wg_arrival *a,
           uint32_t first)
{
    if (d->mixed || wg_sessions_may_be_swapped(s, d, a))
        return;
    a->note->flags |= WG_NOTE_COUNTER_RESET;
    a->note->reference = first;
}

/* A counter that was used before: this is a further copy of that packet, or another packet. */
static void
note_duplicate(struct wg_sessions *s, struct wg_direction *d, const struct wg_arrival *a,
               const struct wg_note *first)
{
    if (first->print != a->note->print) {
        note_reset(s, d, a, first->frame);
        return;
    }
    a->note->reference = first->frame;
    wg_session_note_copy(s, d->session, !wg_direction_side(d), a);
}

static void
note_counter(struct wg_sessions *s, struct wg_direction *d, const struct wg_arrival *a,
             const struct wg_counter_result *r)
{
    if (r->lost != 0)
        wg_sessions_lose(s, a->note, (int64_t)r->lost);
    if (r->outside_window)
        a->note->flags |= WG_NOTE_OUTSIDE_WINDOW;
    if (starts_over(d, a, r))
        note_reset(s, d, a, 0);
    if (r->verdict == WG_COUNTER_OUT_OF_ORDER)
        a->note->flags |= WG_NOTE_OUT_OF_ORDER;
    if (r->verdict == WG_COUNTER_DUPLICATE)
        note_duplicate(s, d, a, wg_notes_get(s->notes, r->number));
    else
        wg_sessions_correct(s, *r);
}

/* ---- the addresses ---- */

static void
note_move(struct wg_sessions *s, struct wg_session *session, unsigned who,
          const struct wg_arrival *a)
{
    struct wg_extras *extras = wg_session_make_extras(session);

    extras->before[who] = wg_session_here(session, who);
    extras->twin[who] = false;
    a->note->flags |= WG_NOTE_ROAMED;
    g_hash_table_replace(s->previous_endpoint, a->note, (void *)(uintptr_t)extras->before[who]);
    wg_flows_get(s, &a->way->source, &a->way->destination)->moved_in = session;
}

/* Whether a packet from this endpoint shows that its sender has moved there. */
static bool
shows_move(const struct wg_session *session, unsigned sender, const struct wg_endpoint *from)
{
    if (wg_endpoint_equal(wg_session_here(session, sender), from))
        return false;
    return !wg_session_is_twin(session, sender, from);
}

/* Whether a packet to this endpoint shows that its receiver has moved there. A place where it was
 * before does not count, since packets may still be in flight. */
static bool
follows_move(const struct wg_session *session, unsigned receiver, const struct wg_endpoint *to)
{
    if (wg_endpoint_equal(wg_session_here(session, receiver), to))
        return false;
    const struct wg_endpoint *before = wg_session_before(session, receiver);
    return before == NULL || !wg_endpoint_equal(before, to);
}

/* A packet with a new highest counter shows where its sender and its receiver are. */
static void
note_addresses(struct wg_sessions *s, struct wg_direction *d, const struct wg_arrival *a)
{
    struct wg_session *session = d->session;
    const unsigned receiver = wg_direction_side(d), sender = !receiver;
    const bool sender_moved = shows_move(session, sender, &a->way->source);
    const bool receiver_moved = follows_move(session, receiver, &a->way->destination);

    d->way = a->way;
    if (!sender_moved && !receiver_moved)
        return;
    const struct wg_endpoint *ends[] = { wg_session_here(session, 0), wg_session_here(session, 1) };
    if (sender_moved) {
        note_move(s, session, sender, a);
        ends[sender] = &a->way->source;
    }
    if (receiver_moved) {
        note_move(s, session, receiver, a);
        ends[receiver] = &a->way->destination;
    }
    session->here = wg_flows_way(s, ends[0], ends[1]);
    /* The receiver may have sent from there before: that looked like a session of its own. */
    if (receiver_moved)
        wg_sessions_join(s, d, a);
}

/* ---- the time ---- */

/* The age of the key at which the initiator's data calls for a new handshake. NepTUN waits until
 * the key expires. It is recognised by its lack of padding, which boringtun shares. The capture
 * sees the age from the response on, and the initiator from when it got it: captured beside the
 * responder, the round trip comes on top, so a little more than that must have passed. */
static int64_t
rekeys_after(const struct wg_session *session)
{
    if (session->unpadded)
        return WG_REKEY_AFTER_TIME_UNPADDED + WG_TIMER_LATE;
    return WG_REKEY_AFTER_TIME + WG_TIMER_LATE;
}

/* The packet that calls for a new handshake always comes before the initiation. The handshake is
 * overdue if the initiator sends more data when the initiation had time to follow. Keepalives alone
 * prove nothing: boringtun does not rekey for them. */
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
    session->superseded = true; /* note it only once */
    note->flags |= WG_NOTE_REKEY_OVERDUE;
}

/* Whether the packet whose counter was added last is the first of its direction. */
static bool
is_first(const struct wg_direction *d)
{
    return wg_counters_packets(&d->counters) == 1;
}

/* Whether a keepalive answers data. It comes KEEPALIVE_TIMEOUT after the first data since its
 * sender last sent anything, or after the last keepalive if more data came since, because Linux
 * then starts the timer anew. since_data: 0 if no data waits for an answer */
static bool
is_passive(const struct wg_direction *d, int64_t since_data, int64_t time)
{
    return since_data > 0 &&
           (wg_timer_fits(since_data, WG_KEEPALIVE_TIMEOUT) ||
            (!is_first(d) && wg_timer_fits(wg_elapsed(d->last_time, time), WG_KEEPALIVE_TIMEOUT)));
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
note_time(struct wg_direction *d, const struct wg_message_context *context,
          const struct wg_wire_view *view)
{
    if (is_first(d))
        d->first_time = d->last_time = context->time;
    /* Not all files are in order of time. */
    d->first_time = MIN(d->first_time, context->time);
    d->last_time = MAX(d->last_time, context->time);
    if (d->unreplied == 0 && view->length != WG_DATA_MIN_LEN)
        d->unreplied = context->time;
}

/* Whether the responder sends before the initiator's first packet came. */
static bool
comes_first(const struct wg_direction *d, const struct wg_direction *back)
{
    return d->receiver == WG_ROLE_INITIATOR && is_first(d) && d->session->initiation_frame != 0 &&
           back != NULL && !wg_direction_has_data(back);
}

/* If the response was not captured, the packets after it may be missing for the same reason. */
static void
note_beginning(struct wg_direction *d)
{
    if (d->receiver == WG_ROLE_INITIATOR && d->session->responses == NULL &&
        !wg_direction_has_data(d))
        d->counters.from_zero = false;
}

/* Account for a packet that is not disproved. */
static void
account(struct wg_sessions *s, struct wg_direction *d, const struct wg_arrival *a, bool proved)
{
    const int64_t time = a->context->time;

    note_beginning(d);
    wg_sessions_use_response(s, d);
    const struct wg_counter_result r =
        wg_counters_add(&d->counters, &s->pool, a->view->counter, a->number, proved);
    struct wg_direction *back = wg_direction_opposite(d);
    int64_t since_data = 0;

    note_counter(s, d, a, &r);
    keep_beginning(d, a);
    /* Late packets and copies do not show where the peers are now. Anyone can send an index that
     * they saw, so if there is a key, it must open the packet. */
    if (r.verdict == WG_COUNTER_IN_ORDER && (proved || !d->keyed))
        note_addresses(s, d, a);
    if (comes_first(d, back))
        a->note->flags |= WG_NOTE_RESPONDER_FIRST;
    if (back != NULL && back->unreplied != 0)
        since_data = wg_elapsed(back->unreplied, time);
    note_rekey(d, time, a->view, a->note);
    note_keepalive(d, since_data, time, a->view, a->note);
    if (back != NULL)
        back->unreplied = 0;
    note_time(d, a->context, a->view);
}

void
wg_sessions_add_data(struct wg_sessions *s, const struct wg_arrival *a)
{
    enum wg_decryption_status status;

    a->note->print = print_of(a->view);
    struct wg_direction *d = find_direction(s, a, &status);
    a->note->of.direction = d;
    a->note->status = status & 31;
    if (wg_status_proof(status) == WG_DISPROVED) {
        d->failed++;
        a->note->flags |= WG_NOTE_NO_EFFECT;
        return;
    }
    account(s, d, a, status == WG_STATUS_DECRYPTED);
}
