/* find.c
 * Which direction a receiver index belongs to.
 *
 * Source: WireGuard paper, 5.4.2: the index is chosen by its receiver, and only the receiver must
 * distinguish it from others.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "sessions_private.h"

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

unsigned
wg_direction_side(const struct wg_direction *d)
{
    if (d->receiver == WG_ROLE_UNKNOWN)
        return d->session->to_initiator != d;
    return d->receiver == WG_ROLE_RESPONDER;
}

/* Whether a side of a session is, or was before it moved, at this endpoint. */
static bool
side_at(const struct wg_session *session, unsigned side, const struct wg_endpoint *place)
{
    const struct wg_endpoint *before = wg_session_before(session, side);

    return wg_endpoint_equal(session->here[side], place) ||
           (before != NULL && wg_endpoint_equal(before, place));
}

static bool
receiver_at(const struct wg_direction *d, const struct wg_endpoint *place)
{
    return wg_endpoint_equal(&d->way->destination, place) ||
           side_at(d->session, wg_direction_side(d), place);
}

static bool
sender_at(const struct wg_direction *d, const struct wg_endpoint *place)
{
    return wg_endpoint_equal(&d->way->source, place) ||
           side_at(d->session, !wg_direction_side(d), place);
}

static bool
continues(const struct wg_direction *d, uint64_t counter)
{
    const struct wg_counters *c = &d->counters;
    const uint64_t apart = counter > c->highest ? counter - c->highest : c->highest - counter;

    return c->any && apart <= WG_REPLAY_WINDOW;
}

/* Whether a packet belongs to the direction, even from a place where the sender was not before. A
 * random index proves that by itself; a counted one needs a counter that comes next. */
static bool
may_come_from(const struct wg_direction *d, const uint64_t *counter,
              const struct wg_endpoint *source)
{
    enum { NEXT = 16 };

    if (d->index >= WG_SMALL_INDEX || sender_at(d, source) || counter == NULL)
        return true;
    return d->counters.any && *counter > d->counters.highest &&
           *counter - d->counters.highest <= NEXT;
}

/* Whether data can be expected of a direction: its handshake was answered, or it was in use before
 * the capture began. */
static bool
is_in_use(const struct wg_direction *d)
{
    const struct wg_session *session = d->session;
    return session->responses != NULL || session->initiation_frame == 0;
}

/* Whether a counter is near those that the direction has seen; in a new one, near 0. */
static bool
fits(const struct wg_direction *d, uint64_t counter)
{
    if (!d->counters.any)
        return counter <= WG_REPLAY_WINDOW;
    return continues(d, counter);
}

/* Ranks the directions with one index at one place: first those whose sender is known at the
 * source; then, for data, those in use, and for an answer, those that wait for one; then those that
 * the counter fits. Of equals the newest counts, since a handshake takes its index over. */
static unsigned
credit(const struct wg_direction *d, const struct wg_endpoint *source, const uint64_t *counter)
{
    const bool data = counter != NULL;
    return 4u * sender_at(d, source) + 2u * (is_in_use(d) == data) + (data && fits(d, *counter));
}

/* The directions of an index whose receivers are not at a message's destination. */
struct elsewhere {
    struct wg_direction *only, *continued,
        *known; /* known: its sender is at the message's source */
    unsigned count, continuing, knowing;
};

static void
add_elsewhere(struct elsewhere *e, struct wg_direction *d, const uint64_t *counter,
              const struct wg_endpoint *source)
{
    e->only = d;
    e->count++;
    if (counter != NULL && continues(d, *counter)) {
        e->continued = d;
        e->continuing++;
    }
    if (sender_at(d, source)) {
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

struct wg_direction *
wg_sessions_find(const struct wg_sessions *s, uint32_t receiver, enum wg_role role,
                 const uint64_t *counter, const struct wg_endpoint *source,
                 const struct wg_endpoint *destination)
{
    struct elsewhere elsewhere = { .count = 0 };
    struct wg_direction *best = NULL;
    unsigned best_credit = 0;

    for (struct wg_direction *d = wg_sessions_chain(s, receiver); d != NULL; d = d->older) {
        if (role != WG_ROLE_UNKNOWN && d->receiver != role)
            continue;
        if (!receiver_at(d, destination)) {
            add_elsewhere(&elsewhere, d, counter, source);
            continue;
        }
        if (!may_come_from(d, counter, source))
            continue;
        const unsigned c = credit(d, source, counter);
        if (best == NULL || c > best_credit) {
            best = d;
            best_credit = c;
        }
    }
    if (best != NULL)
        return best;
    return moved(&elsewhere, receiver);
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
