/* test_counters_plain.c
 * Lost, late and doubled counters, compared with a plain count over random orders.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdlib.h>

#include "counting.h"

enum {
    SPAN = 8000, /* within the window, so that nothing is forgotten */
    MAX_NUMBERS = 2 * SPAN,
};

/* Counters are kept less `base` here, numbers are as given, from 1. */
struct plain {
    uint64_t base;
    uint32_t first[SPAN]; /* number of the first copy of each counter, or 0 */
    struct {
        bool in_order;
        uint32_t own, after; /* in_order: its counter, and one more than the highest before it */
        uint64_t lost;       /* what the module said, corrections added */
    } by_number[MAX_NUMBERS + 1];
};

static int
by_key(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Sent in order; then some are lost, some doubled, and all of them delayed for a while. */
static unsigned
shuffled(GRand *rand, uint32_t *order)
{
    const int loss = g_rand_int_range(rand, 0, 40), doubled = g_rand_int_range(rand, 0, 40);
    const int delay = g_rand_int_range(rand, 1, g_rand_boolean(rand) ? 10 : SPAN);
    const unsigned sent = (unsigned)g_rand_int_range(rand, 1, SPAN + 1);
    static uint64_t keys[MAX_NUMBERS];
    unsigned n = 0;

    for (uint32_t i = 0; i < sent; i++) {
        int copies = g_rand_int_range(rand, 0, 100) >= loss;
        copies += copies > 0 && g_rand_int_range(rand, 0, 100) < doubled;
        for (; copies > 0; copies--)
            keys[n++] = (uint64_t)(i + (uint32_t)g_rand_int_range(rand, 0, delay)) << 32 | i;
    }
    qsort(keys, n, sizeof *keys, by_key);
    for (unsigned i = 0; i < n; i++)
        order[i] = (uint32_t)keys[i];
    return n;
}

static uint64_t
unseen(const struct plain *p, uint64_t from, uint64_t to)
{
    uint64_t n = 0;

    for (uint64_t i = from; i < to; i++)
        n += p->first[i] == 0;
    return n;
}

/* The loss of each message, and their sum, are what a count of the unseen gives. */
static void
compare_with_plain(const struct plain *p, const struct wg_counters *c, unsigned numbers)
{
    const uint64_t lowest = c->from_zero ? 0 : c->lowest - p->base;
    const uint64_t before = c->from_zero ? p->base : 0;
    uint64_t sum = 0;

    for (unsigned n = 1; n <= numbers; n++) {
        uint64_t expected = 0;
        if (n == 1)
            expected = before + unseen(p, lowest, p->by_number[n].own);
        else if (p->by_number[n].in_order)
            expected = unseen(p, p->by_number[n].after, p->by_number[n].own);
        g_assert_cmpuint(p->by_number[n].lost, ==, expected);
        sum += p->by_number[n].lost;
    }
    g_assert_cmpuint(sum, ==, wg_counters_lost(c));
    g_assert_cmpuint(sum, ==, before + unseen(p, lowest, c->highest - p->base + 1));
}

static void
correct(struct plain *p, struct wg_counter_result r)
{
    g_assert_cmpuint(r.number, >, 0);
    p->by_number[r.number].lost += (uint64_t)r.correction;
}

static enum wg_counter_verdict
add_and_check(struct plain *p, struct wg_counters *c, struct wg_counters_pool *pool, uint32_t i,
              uint32_t number)
{
    const bool any = c->any;
    const uint64_t highest = c->highest;
    const struct wg_counter_result r = wg_counters_add(c, pool, p->base + i, number, true);

    g_assert_false(r.outside_window);
    if (!any || p->base + i > highest) {
        g_assert_cmpint(r.verdict, ==, IN_ORDER);
        p->by_number[number].in_order = true;
        p->by_number[number].own = i;
        p->by_number[number].after = any ? (uint32_t)(highest - p->base) + 1 : 0;
        p->by_number[number].lost = r.lost;
    } else if (p->first[i] == 0) {
        g_assert_cmpint(r.verdict, ==, LATE);
        g_assert_cmpuint(r.number, <, number);
        correct(p, r);
    } else {
        g_assert_cmpint(r.verdict, ==, DUPLICATE);
        g_assert_cmpuint(r.number, ==, p->first[i]);
        return r.verdict;
    }
    p->first[i] = number;
    return r.verdict;
}

static void
test_against_plain(void)
{
    static const uint64_t bases[] = { 0, 1, 100, 8192, UINT64_C(1) << 33, UINT64_MAX - SPAN + 1 };
    enum { TRIALS = 300 };
    GRand *rand = g_rand_new_with_seed(20);
    uint32_t *order = g_new(uint32_t, MAX_NUMBERS);
    unsigned late = 0, duplicates = 0;

    for (unsigned trial = 0; trial < TRIALS; trial++) {
        struct wg_counters c = { .from_zero = g_rand_boolean(rand) };
        struct wg_counters_pool pool = { 0 };
        struct plain *p = g_new0(struct plain, 1);
        const unsigned n = shuffled(rand, order);
        const unsigned handshake = g_rand_boolean(rand) ? n / 2 : n;
        p->base = bases[trial % G_N_ELEMENTS(bases)];
        for (unsigned i = 0; i < n; i++) {
            late += add_and_check(p, &c, &pool, order[i], i + 1) == LATE;
            if (i == handshake && c.lowest > 0)
                correct(p, wg_counters_start_at_zero(&c));
            if (i == n / 3)
                compare_with_plain(p, &c, i + 1);
        }
        if (n > 0)
            compare_with_plain(p, &c, n);
        g_assert_cmpuint(wg_counters_packets(&c), ==, n);
        g_assert_cmpuint(pool.bytes, ==, window_bytes(&c));
        duplicates += wg_counters_others(&c)->duplicates;
        wg_counters_clear(&c, &pool);
        g_assert_cmpuint(pool.bytes, ==, 0);
        g_free(p);
    }
    /* The shuffling shuffled. */
    g_assert_cmpuint(late, >, 100000);
    g_assert_cmpuint(duplicates, >, 50000);
    g_free(order);
    g_rand_free(rand);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/counters/against-plain", test_against_plain);
    return g_test_run();
}
