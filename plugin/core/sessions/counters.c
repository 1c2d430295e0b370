/* counters.c
 * The counters of one direction of a session: which are lost, late or duplicate.
 *
 * A window maps the latest counters to the first message that carried each. It grows with the span
 * of the counters up to MAX_CAPACITY, so that a session of few packets stays small.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/counters.h"

enum {
    /* The window moves to so many counters in a row that are far from it. */
    STRAYS_FOLLOWED = 2,
    MIN_CAPACITY = WG_COUNTERS_FEW,
    MAX_CAPACITY = 8192, /* the least power of two that holds WG_REPLAY_WINDOW */
};

/* Windows may take this much memory in any capture, and this much more for each packet. A capture
 * made to waste memory, with two far counters a session, gets smaller windows instead. */
#define POOL_FREE_BYTES       (4u << 20)
#define POOL_BYTES_PER_PACKET 64u

/* Set in an entry whose message came late: it opened no gap, so it owns none. */
#define LATE UINT32_C(0x80000000)

static const uint32_t *
entries(const struct wg_counters *c)
{
    if (c->capacity > WG_COUNTERS_FEW)
        return c->window.many;
    return c->window.few;
}

/* The same, to change them. */
static uint32_t *
window(struct wg_counters *c)
{
    return (uint32_t *)(uintptr_t)entries(c);
}

static uint32_t *
slot(struct wg_counters *c, uint64_t counter)
{
    return &window(c)[counter & (c->capacity - 1)];
}

/* Bytes that a window of this capacity allocates. */
static size_t
window_bytes(uint32_t capacity)
{
    if (capacity > WG_COUNTERS_FEW)
        return capacity * sizeof(uint32_t);
    return 0;
}

static void
free_window(struct wg_counters *c)
{
    if (c->capacity > WG_COUNTERS_FEW)
        g_free(c->window.many);
}

const struct wg_counters_others *
wg_counters_others(const struct wg_counters *c)
{
    static const struct wg_counters_others none;

    if (c->others == NULL)
        return &none;
    return c->others;
}

/* The same, to change them. */
static struct wg_counters_others *
make_others(struct wg_counters *c)
{
    if (c->others == NULL)
        c->others = g_new0(struct wg_counters_others, 1);
    return c->others;
}

/* First counter that the window remembers. */
static uint64_t
window_start(const struct wg_counters *c)
{
    if (c->highest < c->capacity)
        return 0;
    return c->highest - c->capacity + 1;
}

/* Counted by the distance to the highest, which may be UINT64_MAX. */
static void
copy_window(struct wg_counters *to, struct wg_counters *from)
{
    for (uint64_t n = from->highest - window_start(from) + 1; n > 0; n--)
        *slot(to, from->highest - n + 1) = *slot(from, from->highest - n + 1);
}

/* Make the window reach `behind` counters below the highest, as far as the limits allow. */
static void
reserve(struct wg_counters *c, struct wg_counters_pool *pool, uint64_t behind)
{
    uint32_t capacity = MAX(c->capacity, MIN_CAPACITY);

    while (capacity <= behind && capacity < MAX_CAPACITY)
        capacity *= 2;
    if (capacity == c->capacity)
        return;
    const size_t more = window_bytes(capacity) - window_bytes(c->capacity);
    if (more > 0 && pool->bytes + more > POOL_FREE_BYTES + pool->packets * POOL_BYTES_PER_PACKET)
        return;

    struct wg_counters grown = *c;
    grown.capacity = (uint16_t)capacity;
    if (capacity > WG_COUNTERS_FEW)
        grown.window.many = g_new0(uint32_t, capacity);
    if (c->capacity > 0)
        copy_window(&grown, c);
    free_window(c);
    *c = grown;
    pool->bytes += more;
}

/* Empty the entries of the counters between `highest` and `counter`. */
static void
skip_to(struct wg_counters *c, uint64_t counter)
{
    if (counter - c->highest > c->capacity) {
        memset(window(c), 0, c->capacity * sizeof(uint32_t));
        return;
    }
    for (uint64_t i = c->highest + 1; i < counter; i++)
        *slot(c, i) = 0;
}

/* The message that jumped over `counter`: the next higher one that did not come late itself. */
static uint32_t
gap_owner(struct wg_counters *c, uint64_t counter)
{
    for (uint64_t step = 1; step <= c->highest - counter; step++) {
        const uint32_t entry = *slot(c, counter + step);
        if (entry != 0 && (entry & LATE) == 0)
            return entry;
    }
    return 0;
}

static struct wg_counter_result
add_first(struct wg_counters *c, struct wg_counters_pool *pool, uint64_t counter, uint32_t number)
{
    c->any = true;
    c->lowest = counter;
    if (c->from_zero)
        c->lowest = 0;
    c->highest = counter;
    reserve(c, pool, 0);
    *slot(c, counter) = number;
    c->distinct = 1;
    return (struct wg_counter_result){ .verdict = WG_COUNTER_IN_ORDER,
                                       .lost = counter - c->lowest };
}

static struct wg_counter_result
add_higher(struct wg_counters *c, struct wg_counters_pool *pool, uint64_t counter, uint32_t number)
{
    struct wg_counter_result r = { .verdict = WG_COUNTER_IN_ORDER,
                                   .lost = counter - c->highest - 1 };

    reserve(c, pool, counter - c->lowest);
    skip_to(c, counter);
    c->highest = counter;
    *slot(c, counter) = number;
    c->distinct++;
    return r;
}

static struct wg_counter_result
add_late(struct wg_counters *c, struct wg_counters_pool *pool, uint64_t counter, uint32_t number)
{
    const uint64_t behind = c->highest - counter;
    struct wg_counter_result r = { .verdict = WG_COUNTER_FORGOTTEN,
                                   .outside_window = behind > WG_REPLAY_WINDOW };

    if (behind < MAX_CAPACITY)
        reserve(c, pool, behind);
    if (behind >= c->capacity) {
        make_others(c)->forgotten++;
        return r;
    }

    uint32_t *entry = slot(c, counter);
    if (*entry != 0) {
        make_others(c)->duplicates++;
        r.verdict = WG_COUNTER_DUPLICATE;
        r.number = *entry & ~LATE;
        return r;
    }
    r.verdict = WG_COUNTER_OUT_OF_ORDER;
    r.number = gap_owner(c, counter);
    r.correction = -1;
    if (counter < c->lowest) {
        /* It is before the supposed start: the counters in between are missing now. */
        r.correction = (int64_t)(c->lowest - counter - 1);
        c->lowest = counter;
    }
    *entry = number | LATE;
    c->distinct++;
    return r;
}

/* ---- far from the window ---- */

/* Add a counter that does not belong to the window. returns how many now continue one another. */
static unsigned
add_stray(struct wg_counters *c, uint64_t counter, uint32_t number)
{
    struct wg_stray *stray = &make_others(c)->run;
    const uint64_t latest = stray->first + stray->ahead;

    if (stray->length == 0 || counter <= latest || counter - latest > WG_REPLAY_WINDOW ||
        counter - stray->first > UINT16_MAX) {
        *stray = (struct wg_stray){ .first = counter, .number = number, .length = 1 };
    } else {
        stray->ahead = (uint16_t)(counter - stray->first);
        stray->length++;
    }
    return stray->length;
}

static void
forget_strays(struct wg_counters *c)
{
    if (c->others != NULL)
        c->others->run.length = 0;
}

static bool
is_far_ahead(const struct wg_counters *c, uint64_t counter)
{
    if (!c->any)
        return c->from_zero && counter > WG_REPLAY_WINDOW;
    return counter > c->highest && counter - c->highest > WG_REPLAY_WINDOW;
}

/* Whether a counter is far below the only one so far, in a direction whose start was not captured:
 * then that one may be the stray. */
static bool
is_far_behind_first(const struct wg_counters *c, uint64_t counter)
{
    return c->any && !c->from_zero && c->distinct == 1 && counter < c->highest &&
           c->highest - counter > WG_REPLAY_WINDOW;
}

static void
drop_window(struct wg_counters *c, struct wg_counters_pool *pool)
{
    pool->bytes -= window_bytes(c->capacity);
    free_window(c);
    memset(&c->window, 0, sizeof c->window);
    c->capacity = 0;
}

/* Move the window to the strays, the latest of which is `counter`. All in between is lost. */
static struct wg_counter_result
follow(struct wg_counters *c, struct wg_counters_pool *pool, uint64_t counter, uint32_t number)
{
    const struct wg_stray stray = c->others->run;
    struct wg_counter_result first, r;

    forget_strays(c);
    c->others->strays--; /* the first of them */
    if (c->any && stray.first < c->highest) {
        drop_window(c, pool);
        c->any = false;
        c->others->strays++; /* the one that the window began with */
    }
    if (c->any)
        first = add_higher(c, pool, stray.first, stray.number);
    else
        first = add_first(c, pool, stray.first, stray.number);
    r = add_higher(c, pool, counter, number);
    r.number = stray.number;
    r.correction = (int64_t)MIN(first.lost, INT64_MAX);
    return r;
}

struct wg_counter_result
wg_counters_add(struct wg_counters *c, struct wg_counters_pool *pool, uint64_t counter,
                uint32_t number, bool proved)
{
    pool->packets++;
    if (!proved && (is_far_ahead(c, counter) || is_far_behind_first(c, counter))) {
        if (add_stray(c, counter, number) < STRAYS_FOLLOWED) {
            c->others->strays++;
            return (struct wg_counter_result){ .verdict = WG_COUNTER_STRAY };
        }
        return follow(c, pool, counter, number);
    }
    if (!c->any)
        return add_first(c, pool, counter, number);
    if (counter > c->highest) {
        forget_strays(c);
        return add_higher(c, pool, counter, number);
    }
    return add_late(c, pool, counter, number);
}

struct wg_counter_result
wg_counters_start_at_zero(struct wg_counters *c)
{
    struct wg_counter_result r = { .verdict = WG_COUNTER_OUT_OF_ORDER };

    c->from_zero = true;
    if (!c->any || c->lowest == 0)
        return r;
    if (c->highest - c->lowest < c->capacity) {
        r.number = gap_owner(c, c->lowest - 1);
        r.correction = (int64_t)c->lowest;
    }
    c->lowest = 0;
    return r;
}

uint32_t
wg_counters_first(const struct wg_counters *c, uint64_t counter)
{
    if (!c->any || counter > c->highest || c->highest - counter >= c->capacity)
        return 0;
    return entries(c)[counter & (c->capacity - 1)] & ~LATE;
}

uint64_t
wg_counters_lost(const struct wg_counters *c)
{
    if (!c->any)
        return 0;
    /* UINT64_MAX distinct counters cannot be seen, so the span's overflow to 0 is harmless. */
    return c->highest - c->lowest + 1 - c->distinct;
}

void
wg_counters_clear(struct wg_counters *c, struct wg_counters_pool *pool)
{
    drop_window(c, pool);
    g_free(c->others);
    c->others = NULL;
}
