/* fuzz_counters.c
 * The counters of one direction against a plain set of all that were seen.
 *
 * Each step is a byte, and more bytes for a far jump; the first byte says whether the handshake was
 * captured, and when it turns up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "input.h"

#include "wg/counters.h"

enum { STEPS = 4096 };

struct world {
    struct wg_counters c;
    struct wg_counters_pool pool;
    GHashTable *seen;         /* counter -> number of the first copy */
    uint64_t lost[STEPS + 1]; /* by message */
    uint64_t forgotten;       /* first copies that the window could not tell from further ones */
};

static uint64_t
next_counter(struct input *in, uint64_t last)
{
    static const uint64_t far[] = { 0,
                                    1,
                                    8127,
                                    8128,
                                    8129,
                                    8191,
                                    8192,
                                    8193,
                                    UINT32_MAX,
                                    UINT64_MAX - 8192,
                                    UINT64_MAX - 1,
                                    UINT64_MAX };
    const uint8_t step = take_byte(in);

    if (step < 128)
        return last + step - 32;
    if (step < 192)
        return last + (uint64_t)(step - 160) * 255;
    if (step < 224)
        return far[step % G_N_ELEMENTS(far)];
    if (step < 240)
        return last + (step & 1 ? far[step / 2 % 8] : -far[step / 2 % 8]);
    return take_number(in, 8);
}

static void
add(struct world *w, uint64_t counter, uint32_t number)
{
    uint64_t *key = g_memdup2(&counter, sizeof counter);
    const uint32_t first = GPOINTER_TO_UINT(g_hash_table_lookup(w->seen, &counter));
    const uint64_t highest = w->c.highest;
    const bool any = w->c.any;
    const struct wg_counter_result r = wg_counters_add(&w->c, &w->pool, counter, number, true);

    switch (r.verdict) {
    case WG_COUNTER_IN_ORDER:
        CHECK(first == 0 && (!any || counter > highest));
        CHECK(r.number == 0 && r.correction == 0 && !r.outside_window);
        w->lost[number] = r.lost;
        break;
    case WG_COUNTER_OUT_OF_ORDER:
        CHECK(first == 0 && counter < highest && r.number < number);
        w->lost[r.number] += (uint64_t)r.correction;
        break;
    case WG_COUNTER_DUPLICATE:
        CHECK(first != 0 && r.number == first);
        break;
    case WG_COUNTER_FORGOTTEN:
        /* The pool has room for this one direction. */
        CHECK(highest - counter >= WG_REPLAY_WINDOW);
        w->forgotten += first == 0;
        break;
    default:
        CHECK(false);
    }
    CHECK(r.verdict == WG_COUNTER_IN_ORDER ||
          r.outside_window == (highest - counter > WG_REPLAY_WINDOW));
    if (first == 0)
        g_hash_table_insert(w->seen, key, GUINT_TO_POINTER(number));
    else
        g_free(key);
}

/* With nothing forgotten, what each message was told adds up to what is lost in all. */
static void
check_totals(const struct world *w, uint32_t numbers)
{
    uint64_t sum = 0;

    CHECK(wg_counters_packets(&w->c) == numbers && wg_counters_others(&w->c)->strays == 0);
    CHECK(w->c.distinct + w->forgotten == g_hash_table_size(w->seen));
    CHECK(w->c.lowest <= w->c.highest);
    CHECK(wg_counters_lost(&w->c) == w->c.highest - w->c.lowest + 1 - w->c.distinct);
    for (uint32_t i = 0; i <= numbers; i++)
        sum += w->lost[i];
    /* Entry 0 holds what no message that is still remembered is to be told. */
    if (w->forgotten == 0)
        CHECK(sum == wg_counters_lost(&w->c));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, size };
    const uint8_t start = take_byte(&in);
    struct world *w = g_new0(struct world, 1);
    uint64_t counter = 0;
    uint32_t number = 0;

    w->seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    w->c.from_zero = start & 1;
    while (in.left > 0 && number < STEPS) {
        counter = next_counter(&in, counter);
        add(w, counter, ++number);
        if (number == start && !w->c.from_zero) {
            const uint64_t before = w->c.lowest;
            const struct wg_counter_result r = wg_counters_start_at_zero(&w->c);
            w->lost[r.number] += r.number != 0 ? (uint64_t)r.correction : before;
            CHECK(w->c.lowest == 0 && w->c.from_zero);
        }
    }
    if (number > 0)
        check_totals(w, number);
    wg_counters_clear(&w->c, &w->pool);
    CHECK(w->pool.bytes == 0);
    g_hash_table_destroy(w->seen);
    g_free(w);
    return 0;
}
