/* diagnosis_facts.c
 * Which side of its tunnel sent a message, and whether the message counts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "diagnosis_private.h"
#include "evidence_private.h"

/* ---- which side ---- */

/* The side that a message comes from, by the endpoints that the sides have now. */
static unsigned
side_by_endpoint(const struct wg_tunnel *t, const struct wg_sighting *s)
{
    for (unsigned side = 0; side < 2; side++)
        if (wg_endpoint_equal(&s->source, &t->side[side].now))
            return side;
    for (unsigned side = 0; side < 2; side++)
        if (wg_endpoint_equal(&s->destination, &t->side[side].now))
            return !side;
    return wg_endpoint_same_host(&s->source, &t->side[1].now) ||
           wg_endpoint_same_host(&s->destination, &t->side[0].now);
}

/* The initiator's side, as the handshake proves it; else by endpoint. */
static unsigned
initiator_side(const struct wg_diagnosis *d, struct wg_tunnel *t, const struct wg_sighting *s,
               bool from_responder)
{
    const struct wg_session *session = s->analysis.session;
    const struct wg_initiation_keys *keys = session->keys;
    unsigned side = side_by_endpoint(t, s);

    if (from_responder)
        side = !side;
    if (d->keys == NULL || keys == NULL || keys->responder == NULL || !keys->opened.has_static)
        return side;
    for (unsigned i = 0; i < 2; i++)
        if (t->side[i].key == keys->responder)
            side = !i;
    t->side[!side].key = keys->responder;
    const struct wg_static_key *initiator =
        wg_keystore_find_static(d->keys, keys->opened.initiator_static);
    if (initiator != NULL)
        t->side[side].key = initiator;
    return side;
}

/* The exchange of a session. Its tunnel is found once, with its first message. */
static struct wg_exchange *
place(struct wg_diagnosis *d, const struct wg_sighting *s)
{
    const struct wg_analysis *a = &s->analysis;
    struct wg_exchange *x = g_hash_table_lookup(d->exchanges, a->session);

    if (x != NULL)
        return x;
    const bool from_responder = a->knows_role && !a->from_initiator;
    x = g_new0(struct wg_exchange, 1);
    x->session = a->session;
    x->tunnel = wg_diagnosis_find_tunnel(d, s, from_responder);
    x->initiator = initiator_side(d, x->tunnel, s, from_responder);
    x->tunnel->last_session = a->session;
    g_hash_table_insert(d->exchanges, (void *)(uintptr_t)a->session, x);
    return x;
}

/* The side that a message comes from, by the role of its sender. */
static unsigned
side_by_role(const struct wg_exchange *x, const struct wg_sighting *s)
{
    if (s->analysis.from_initiator)
        return x->initiator;
    return !x->initiator;
}

static unsigned
sender_of(struct wg_exchange *x, const struct wg_sighting *s)
{
    const struct wg_direction *direction = s->note->of.direction;

    if (s->note->type != WG_TYPE_DATA)
        return side_by_role(x, s);
    for (unsigned side = 0; side < 2; side++)
        if (x->sent_by[side] == direction)
            return side;
    unsigned side = x->sent_by[0] != NULL;
    if (s->analysis.knows_role)
        side = side_by_role(x, s);
    else if (x->sent_by[0] == NULL && x->sent_by[1] == NULL)
        side = side_by_endpoint(x->tunnel, s);
    /* Another response may have taken the place of the first: losses then count from zero. */
    x->lost[side] = 0;
    x->sent_by[side] = direction;
    return side;
}

/* ---- accounting ---- */

/* Count the sides with enough data to judge, and those that miss much of it: both are many in a
 * sampled capture. */
static void
count_gaps(struct wg_diagnosis *d, struct wg_tunnel *t, unsigned side)
{
    enum { ENOUGH = 10, TEN = 10 };
    struct wg_tunnel_side *s = &t->side[side];
    const uint64_t missing = wg_tunnel_missing(t, side);
    const bool gaps = missing >= ENOUGH && missing >= (missing + s->distinct) / TEN;

    if (s->distinct < ENOUGH)
        return;
    if (!s->sampled_counted)
        d->surroundings.sides++;
    s->sampled_counted = true;
    d->surroundings.gap_sides -= s->sampled_gaps;
    d->surroundings.gap_sides += gaps;
    s->sampled_gaps = gaps;
}

static void
account(struct wg_diagnosis *d, struct wg_exchange *x, const struct wg_fact *f)
{
    struct wg_tunnel *t = x->tunnel;

    wg_tunnel_account(t, x, f);
    if (f->copy)
        return;
    if (f->type == WG_TYPE_DATA) {
        count_gaps(d, t, f->side);
        wg_diagnosis_see_sharing(d, x, f);
    }
    if (t->verdicts[WG_VERDICT_ROAMED].last != f->frame)
        return;
    const struct wg_tunnel *there = wg_diagnosis_find_pair(d, &f->source, &f->destination);
    if (there == NULL)
        wg_diagnosis_keep_pair(d, &f->source, &f->destination, t, false);
    else if (there != t && f->side == x->initiator)
        wg_tunnel_went_on(t, x);
}

/* Data that was held back, or kept, is needed no more. */
static void
drop_held(struct wg_diagnosis *d, struct wg_exchange *holder)
{
    for (unsigned side = 0; side < 2; side++)
        if (holder->sent_by[side] != NULL)
            g_hash_table_remove(d->waiting, holder->sent_by[side]);
    holder->held_count = 0;
    g_free(holder->held);
    holder->held = NULL;
}

static void
hold(struct wg_diagnosis *d, struct wg_exchange *x, const struct wg_fact *f)
{
    x->held = g_renew(struct wg_fact, x->held, x->held_count + 1);
    x->held[x->held_count++] = *f;
    if (!f->copy)
        g_hash_table_insert(d->waiting, (void *)(uintptr_t)x->sent_by[f->side], x);
}

/* Account for what was held back of a session that is proved now. */
static void
count_held(struct wg_diagnosis *d, struct wg_exchange *x)
{
    struct wg_evidence *held = &x->tunnel->held;

    x->proved = true;
    for (unsigned i = 0; i < x->held_count && !x->counted; i++) {
        held->count -= held->count > 0 && !x->held[i].copy;
        account(d, x, &x->held[i]);
    }
    x->counted = true;
}

/* Data that was held back turns out to be of this session. turned: its sides are the other way
 * round */
static void
hand_over(struct wg_diagnosis *d, struct wg_exchange *holder, struct wg_exchange *x, bool turned)
{
    struct wg_evidence *held = &holder->tunnel->held;

    for (unsigned i = 0; i < holder->held_count; i++) {
        struct wg_fact *f = &holder->held[i];
        held->count -= held->count > 0 && !f->copy;
        f->side ^= turned;
        if (x->proved) {
            account(d, x, f);
            continue;
        }
        hold(d, x, f);
        wg_evidence_see_if(!f->copy, &x->tunnel->held, f->frame);
    }
    drop_held(d, holder);
}

/* Data was counted for a tunnel of its own, and turns out to be of another one's session. Take it
 * back, if that tunnel has nothing else. returns whether it was */
static bool
take_back(const struct wg_exchange *holder)
{
    struct wg_tunnel *t = holder->tunnel;
    uint32_t counted = 0;

    for (unsigned i = 0; i < holder->held_count; i++)
        counted += !holder->held[i].copy;
    if (t->messages != counted || t->forged.count > 0)
        return false;
    const struct wg_tunnel old = *t;
    *t = (struct wg_tunnel){ .number = old.number, .last_session = old.last_session };
    wg_tunnel_begin(t, old.surroundings, old.begun);
    for (unsigned side = 0; side < 2; side++)
        t->side[side].first = t->side[side].now = old.side[side].first;
    return true;
}

/* Data that was captured before shows up as one of this session: a handshake that was captured
 * later announces it, or it came from a place where its sender was not known to be. */
static void
release_claimed(struct wg_diagnosis *d, struct wg_exchange *x, const struct wg_sighting *s,
                const struct wg_fact *f)
{
    const struct wg_direction *direction = s->note->of.direction;
    struct wg_exchange *holder;

    if (g_hash_table_size(d->waiting) == 0)
        return;
    holder = g_hash_table_lookup(d->waiting, direction);
    if (holder == NULL || holder == x)
        return;
    struct wg_tunnel *before = holder->tunnel;
    const bool turned = holder->sent_by[f->side] != direction;
    if (holder->counted)
        count_held(d, x);
    if (holder->counted && (before == x->tunnel || !take_back(holder))) {
        drop_held(d, holder);
        return;
    }
    hand_over(d, holder, x, turned);
    if (before == x->tunnel || !wg_tunnel_is_empty(before))
        return;
    holder->tunnel = x->tunnel;
    wg_diagnosis_keep_pair(d, &f->source, &f->destination, x->tunnel, true);
}

/* How many packets of a side are held back; copies prove nothing. */
static unsigned
held_of(const struct wg_exchange *x, unsigned side)
{
    unsigned count = 0;

    for (unsigned i = 0; i < x->held_count; i++)
        count += x->held[i].side == side && !x->held[i].copy;
    return count;
}

/* Data that no handshake announces proves nothing until one side sends three packets in a row, or
 * both send some: anyone can send one, or one in the name of each side. So where a handshake of the
 * two peers was captured, it takes the three. If the other side asks for a handshake and never gets
 * one, its silence speaks against the data: who took it would send a keepalive at least. The data
 * is kept until then, and dropped if nothing follows. */
static bool
is_proved(const struct wg_exchange *x, const struct wg_fact *f)
{
    const struct wg_tunnel *t = x->tunnel;
    const unsigned own = held_of(x, f->side);
    const bool continues = own == 0 || f->skipped < WG_REPLAY_WINDOW;
    const bool answered = t->side[0].responses.count + t->side[1].responses.count > 0;
    const bool both = held_of(x, !f->side) > 0;
    const bool refuses = t->side[!f->side].initiations.count > 0 && !answered;

    return f->opened || (own == WG_HELD_MAX && continues && (both || !refuses)) ||
           (!answered && both);
}

/* Keep data that was counted, as long as only one side of a session is known that nothing
 * announces: its peer may have moved before it was captured. */
static void
keep(struct wg_diagnosis *d, struct wg_exchange *x, const struct wg_fact *f)
{
    if (x->settled)
        return;
    const bool unknown = (f->verdicts >> WG_VERDICT_UNKNOWN_SESSION & 1) != 0;
    const bool lone = x->sent_by[0] == NULL || x->sent_by[1] == NULL;
    if (!unknown || !lone || x->held_count >= WG_KEPT_MAX) {
        x->settled = true;
        drop_held(d, x);
        return;
    }
    x->counted = true;
    hold(d, x, f);
}

/* returns whether the fact must wait */
static bool
hold_back(struct wg_diagnosis *d, struct wg_exchange *x, const struct wg_fact *f)
{
    /* A packet may have been captured at three more places. */
    enum { HELD_WITH_COPIES = 2 * WG_HELD_MAX * 4 };

    if (x->proved) {
        keep(d, x, f);
        return false;
    }
    if (f->copy) {
        if (x->held_count < HELD_WITH_COPIES)
            hold(d, x, f);
        return true;
    }
    if (is_proved(x, f)) {
        count_held(d, x);
        keep(d, x, f);
        return false;
    }
    if (held_of(x, f->side) < WG_HELD_MAX) {
        hold(d, x, f);
        wg_evidence_see(&x->tunnel->held, f->frame);
    }
    return true;
}

static void
make_fact(struct wg_fact *f, const struct wg_sighting *s, unsigned side)
{
    *f = (struct wg_fact){
        .side = side,
        .frame = s->frame,
        .time = s->time,
        .source = s->source,
        .destination = s->destination,
        .length = (uint32_t)MIN(s->view->length, UINT32_MAX),
        .type = s->note->type,
        .hops = s->hops,
        .counter = s->view->counter,
        .copy = (s->note->flags & WG_NOTE_DUPLICATE) != 0,
        .reassembled = s->reassembled,
        .in_stream = s->in_stream,
        .opened = s->status == WG_STATUS_DECRYPTED,
        .mac2 = s->view->mac2 != NULL && !wg_wire_all_zero(s->view->mac2, WG_MAC_LEN),
        .verdicts = s->analysis.verdicts,
        .skipped = s->analysis.lost,
        .inner = s->inner,
        .response_time = -1,
    };

    if (f->copy)
        f->first = s->note->reference;
    if (s->analysis.has_response_time)
        f->response_time = s->analysis.response_time;
    if (f->type != WG_TYPE_DATA)
        return;
    f->lost = wg_counters_lost(&s->note->of.direction->counters);
    f->mixed = s->note->of.direction->mixed;
    if (f->mixed)
        f->skipped = 0;
}

const struct wg_tunnel *
wg_diagnosis_add(struct wg_diagnosis *d, const struct wg_sighting *s)
{
    if (s->analysis.session == NULL)
        return NULL;
    wg_diagnosis_time(d, s->time);
    struct wg_exchange *x = d->last;
    if (x == NULL || x->session != s->analysis.session)
        d->last = x = place(d, s);
    struct wg_fact f;
    make_fact(&f, s, sender_of(x, s));
    if (!wg_diagnosis_see_keys(d, x, s, &f))
        return x->tunnel; /* what does not open with keys that fit changes nothing */
    x->proved = x->proved || f.type != WG_TYPE_DATA ||
                !wg_analysis_has(&s->analysis, WG_VERDICT_UNKNOWN_SESSION);
    if (f.type == WG_TYPE_DATA)
        release_claimed(d, x, s, &f);
    if (!hold_back(d, x, &f))
        account(d, x, &f);
    wg_diagnosis_conclude(d, x, s, &f);
    return x->tunnel;
}

/* ---- ICMP errors ---- */

/* RFC 792 and RFC 1191; RFC 4443. */
enum {
    UNREACHABLE_IPV4 = 3,
    FRAGMENTATION_NEEDED = 4, /* a code of it */
    UNREACHABLE_IPV6 = 1,
    TOO_BIG_IPV6 = 2,
};

static bool
is_too_big(const struct wg_quote *q)
{
    if (q->ipv6)
        return q->type == TOO_BIG_IPV6;
    return q->type == UNREACHABLE_IPV4 && q->code == FRAGMENTATION_NEEDED;
}

static bool
is_unreachable(const struct wg_quote *q)
{
    if (q->ipv6)
        return q->type == UNREACHABLE_IPV6;
    return q->type == UNREACHABLE_IPV4 && q->code != FRAGMENTATION_NEEDED;
}

static bool
is_like(const struct wg_quote *a, const struct wg_quote *b)
{
    return a->type == b->type && a->code == b->code && a->has_reporter == b->has_reporter &&
           (!a->has_reporter || wg_endpoint_same_host(&a->reporter, &b->reporter));
}

/* One error can quote several messages: of a datagram into which they were merged. */
static void
see_error(struct wg_evidence *errors, struct wg_quote *first, bool *various,
          const struct wg_quote *q)
{
    if (errors->last == q->frame)
        return;
    if (errors->count == 0)
        *first = *q;
    *various |= !is_like(first, q);
    wg_evidence_see(errors, q->frame);
}

const struct wg_tunnel *
wg_diagnosis_add_quote(struct wg_diagnosis *d, const struct wg_quote *q)
{
    struct wg_tunnel *t = wg_diagnosis_find_pair(d, &q->source, &q->destination);

    wg_diagnosis_time(d, q->time);
    if (t == NULL || q->unseen || (q->length != 0 && !wg_tunnel_sent(t, &q->source, q->length)))
        return NULL;
    if (is_too_big(q))
        see_error(&t->too_big, &t->first_too_big, &t->various_too_big, q);
    else if (is_unreachable(q))
        see_error(&t->unreachable, &t->first_unreachable, &t->various_unreachable, q);
    return t;
}
