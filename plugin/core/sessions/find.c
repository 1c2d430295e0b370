/* find.c
 * Which direction a receiver index belongs to.
 *
 * Source: WireGuard paper, 5.4.2: the index is chosen by its receiver, and only the receiver must
 * distinguish it from others.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "fit.h"

/* How many directions can be found by one index. Only implementations that count their sessions,
 * and forged captures, have more. They must not make look-ups slow. */
enum { MAX_SAME_INDEX = 16 };

/* By how much data can be captured before the response that came before it. */
#define MOST_OVERTAKEN (20 * WG_MILLISECOND)

struct wg_direction *
wg_sessions_chain(const struct wg_sessions *s, uint32_t index)
{
    G_STATIC_ASSERT(offsetof(struct wg_direction, index) == 0);
    struct wg_direction **latest = &s->latest[index % WG_LATEST];

    if (*latest != NULL && (*latest)->index == index)
        return *latest;
    struct wg_direction *found = g_hash_table_lookup(s->by_index, &index);
    if (found != NULL)
        *latest = found;
    return found;
}

struct wg_direction *
wg_direction_opposite(const struct wg_direction *d)
{
    const struct wg_session *session = d->session;
    if (d->receiver == WG_ROLE_RESPONDER || session->to_initiator != d)
        return session->to_initiator;
    return session->to_responder;
}

/* ---- the best ---- */

/* Whether both ends of a direction are now where the message came from and went to. */
static bool
is_here(const struct wg_direction *d, const struct wg_query *q)
{
    const unsigned side = wg_direction_side(d);

    return wg_endpoint_equal(wg_session_here(d->session, side), q->destination) &&
           wg_endpoint_equal(wg_session_here(d->session, !side), q->source);
}

/* Ranks the directions with one index at one place: first those that nothing speaks against; then
 * those whose sender is known at the source; then, for data, those in use, and for an answer, those
 * that wait for one; then those that the counter fits; then those that did not move away since. */
static unsigned
credit(const struct wg_sessions *s, const struct wg_direction *d, const struct wg_query *q)
{
    const bool data = q->counter != NULL;

    return 64u * wg_fit_is_possible(s, d, q) + 32u * wg_fit_sender_at(d, q->source) +
           16u * (wg_fit_is_in_use(d) == data) + 2u * wg_fit_of(s, d, q) + is_here(d, q);
}

/* When the receiver of a direction was heard last from the place that its data goes to now; 0:
 * never. */
static int64_t
heard(const struct wg_direction *d, const struct wg_query *q)
{
    const struct wg_direction *back = wg_direction_opposite(d);

    if (back == NULL || !back->counters.any ||
        !wg_endpoint_equal(&back->way->source, q->destination))
        return 0;
    return back->last_time;
}

/* Whether a peer of this session was somewhere else before. */
static bool
has_moved(const struct wg_session *session)
{
    return wg_session_before(session, 0) != NULL || wg_session_before(session, 1) != NULL;
}

/* Whether the sessions of two directions may be of different peers: they were not always between
 * the same endpoints. */
static bool
are_apart(const struct wg_direction *one, const struct wg_direction *other)
{
    return has_moved(one->session) || has_moved(other->session) || one->way != other->way;
}

/* The directions of an index whose receivers are at a message's destination. */
struct present {
    struct wg_direction *best;
    unsigned credit;
    bool torn; /* the best one is elsewhere, and so is another that is as good */
};

static void
add_present(const struct wg_sessions *s, struct present *p, struct wg_direction *d,
            const struct wg_query *q)
{
    if (p->best == NULL && d->older == NULL) { /* as nearly always: it is the only one */
        p->best = d;
        return;
    }
    const unsigned c = credit(s, d, q);
    if (p->best != NULL && c == p->credit) {
        p->torn = p->torn || (d->index < WG_SMALL_INDEX && !wg_fit_sender_at(d, q->source) &&
                              are_apart(d, p->best));
        /* Of equals the newest counts, since a handshake takes its index over; but a peer that came
         * to the place of another counts more. */
        if (heard(d, q) <= heard(p->best, q))
            return;
    } else if (p->best != NULL && c < p->credit) {
        return;
    } else {
        p->torn = false;
    }
    p->best = d;
    p->credit = c;
}

/* The directions of an index whose receivers are not at a message's destination. */
struct elsewhere {
    struct wg_direction *only, *continued,
        *known; /* known: its sender is at the message's source */
    unsigned count, continuing, knowing;
};

static void
add_elsewhere(struct elsewhere *e, struct wg_direction *d, const struct wg_query *q)
{
    e->only = d;
    e->count++;
    if (q->counter != NULL && d->counters.any && wg_fit_is_near(&d->counters, *q->counter)) {
        e->continued = d;
        e->continuing++;
    }
    if (wg_fit_sender_at(d, q->source)) {
        e->known = d;
        e->knowing++;
    }
}

/* The direction that the message belongs to although its receiver was elsewhere, or NULL. */
static struct wg_direction *
moved(const struct elsewhere *e, uint32_t index)
{
    if (index < WG_SMALL_INDEX)
        return NULL;
    if (e->count == 1)
        return e->only;
    if (e->continuing == 1)
        return e->continued;
    if (e->knowing == 1)
        return e->known;
    return NULL;
}

static struct wg_direction *
find(const struct wg_sessions *s, const struct wg_query *q, enum wg_role role)
{
    struct elsewhere elsewhere = { .count = 0 };
    struct present present = { .best = NULL };

    for (struct wg_direction *d = wg_sessions_chain(s, q->index); d != NULL; d = d->older) {
        if (role != WG_ROLE_UNKNOWN && d->receiver != role)
            continue;
        if (!wg_fit_receiver_at(d, q->destination))
            add_elsewhere(&elsewhere, d, q);
        else if (wg_fit_may_come_from(s, d, q))
            add_present(s, &present, d, q);
    }
    if (present.torn)
        return NULL;
    if (present.best != NULL)
        return present.best;
    return moved(&elsewhere, q->index);
}

struct wg_direction *
wg_sessions_find(const struct wg_sessions *s, uint32_t receiver, enum wg_role role,
                 const uint64_t *counter, const struct wg_endpoint *source,
                 const struct wg_endpoint *destination)
{
    const struct wg_query q = {
        .index = receiver, .source = source, .destination = destination, .counter = counter
    };
    return find(s, &q, role);
}

static struct wg_query
query_of(const struct wg_arrival *a)
{
    return (struct wg_query){ .index = a->view->receiver,
                              .source = &a->way->source,
                              .destination = &a->way->destination,
                              .counter = &a->view->counter,
                              .data = a };
}

struct wg_direction *
wg_sessions_find_data(const struct wg_sessions *s, const struct wg_arrival *a)
{
    const struct wg_query q = query_of(a);
    return find(s, &q, WG_ROLE_UNKNOWN);
}

bool
wg_direction_is_weak(const struct wg_direction *d, const struct wg_arrival *a)
{
    return d->index < WG_SMALL_INDEX && !wg_fit_sender_at(d, &a->way->source);
}

/* Whether a packet may as well be of this direction, of other peers: it may come from there, or it
 * comes from where the other one's sender is, or goes to where the other one's receiver is, and
 * both may have swapped their places. */
static bool
is_rival(const struct wg_sessions *s, const struct wg_direction *d,
         const struct wg_direction *found, const struct wg_query *q, bool swapped)
{
    const bool there = wg_fit_receiver_at(d, q->destination);

    if (d == found || !are_apart(d, found) || !wg_fit_is_possible(s, d, q) ||
        wg_fit_of(s, d, q) == WG_FIT_FAR)
        return false;
    if (swapped)
        return there || wg_fit_sender_at(d, q->source);
    return there && wg_fit_may_come_from(s, d, q);
}

/* returns whether there is a rival */
static bool
mark_rivals(const struct wg_sessions *s, struct wg_direction *found, const struct wg_arrival *a,
            bool swapped)
{
    const struct wg_query q = query_of(a);
    bool any = false;

    if (found->keyed) /* only its key can add to it */
        return false;
    for (struct wg_direction *d = wg_sessions_chain(s, q.index); d != NULL; d = d->older) {
        if (!is_rival(s, d, found, &q, swapped))
            continue;
        d->mixed = d->mixed || !d->keyed;
        found->mixed = any = true;
    }
    return any;
}

void
wg_sessions_mark_mixed(const struct wg_sessions *s, struct wg_direction *found,
                       const struct wg_arrival *a)
{
    const struct wg_query q = query_of(a);
    /* A gap, or a late packet, may come from a swap. */
    mark_rivals(s, found, a, wg_fit_of(s, found, &q) < WG_FIT_AHEAD);
}

/* Whether only counters showed that a peer of this session moved, and no key. It may have been
 * another peer, whose session has the same index. */
static bool
may_not_have_moved(const struct wg_direction *d)
{
    return d->index < WG_SMALL_INDEX && !d->keyed && has_moved(d->session);
}

bool
wg_sessions_may_be_swapped(const struct wg_sessions *s, struct wg_direction *found,
                           const struct wg_arrival *a)
{
    found->mixed = found->mixed || may_not_have_moved(found);
    return mark_rivals(s, found, a, true) || found->mixed;
}

bool
wg_direction_may_follow(const struct wg_direction *d, const struct wg_arrival *handshake)
{
    const int64_t before = wg_elapsed(d->first_time, handshake->context->time);

    if (before <= 0)
        return true;
    return handshake->view->type == WG_TYPE_RESPONSE && before <= MOST_OVERTAKEN &&
           d->counters.highest <= WG_REPLAY_WINDOW;
}

struct wg_direction *
wg_sessions_find_orphan(const struct wg_sessions *s, uint32_t index, const struct wg_way *way,
                        const struct wg_arrival *handshake)
{
    struct wg_direction *d =
        wg_sessions_find(s, index, WG_ROLE_UNKNOWN, NULL, &way->source, &way->destination);

    if (d == NULL || d->receiver != WG_ROLE_UNKNOWN || !wg_direction_may_follow(d, handshake))
        return NULL;
    return d;
}

/* ---- adding ---- */

static bool
is_proved(const struct wg_direction *d)
{
    return d->keyed || d->session->proof == WG_PROVED ||
           (d->response != NULL && d->response->proof == WG_PROVED);
}

/* The direction before the one to drop: that is the newest unproved one, `newest` excepted, or the
 * oldest if all others are proved. */
static struct wg_direction *
before_dropped(struct wg_direction *newest)
{
    struct wg_direction *d = newest;

    while (d->older->older != NULL && is_proved(d->older))
        d = d->older;
    return d;
}

void
wg_sessions_link(struct wg_sessions *s, struct wg_direction *d)
{
    unsigned count = 0;

    d->older = wg_sessions_chain(s, d->index);
    for (const struct wg_direction *o = d; o != NULL; o = o->older)
        count++;
    if (count > MAX_SAME_INDEX) {
        struct wg_direction *before = before_dropped(d);
        struct wg_direction *dropped = before->older;
        before->older = dropped->older;
        dropped->older = NULL;
        dropped->session->crowded_out = true;
    }
    g_hash_table_add(s->by_index, d);
    s->latest[d->index % WG_LATEST] = d;
}
