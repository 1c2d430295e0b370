/* test_counters.c
 * What is lost, late and doubled: by rows, and at the edges of the window; and how much memory it
 * takes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "counting.h"

struct row {
    uint64_t counter;
    enum wg_counter_verdict verdict;
    uint64_t lost;      /* IN_ORDER */
    uint32_t number;    /* others: of which message, counted from 1 in this table */
    int64_t correction; /* LATE */
    uint64_t total;     /* lost in all, after this row */
};

static void
run_rows(struct wg_counters *c, struct wg_counters_pool *pool, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_test_message("row %zu", i + 1);
        const struct wg_counter_result r =
            wg_counters_add(c, pool, rows[i].counter, (uint32_t)i + 1, true);
        g_assert_cmpint(r.verdict, ==, rows[i].verdict);
        g_assert_cmpuint(r.lost, ==, rows[i].lost);
        g_assert_cmpuint(r.number, ==, rows[i].number);
        g_assert_cmpint(r.correction, ==, rows[i].correction);
        g_assert_cmpuint(wg_counters_lost(c), ==, rows[i].total);
    }
}

static void
test_from_zero(void)
{
    static const struct row rows[] = {
        /*  1 */ { 3, IN_ORDER, 3, 0, 0, 3 }, /* 0, 1, 2 are lost */
        /*  2 */ { 4, IN_ORDER, 0, 0, 0, 3 },
        /*  3 */ { 4, DUPLICATE, 0, 2, 0, 3 },
        /*  4 */ { 0, LATE, 0, 1, -1, 2 },
        /*  5 */ { 0, DUPLICATE, 0, 4, 0, 2 },
        /*  6 */ { 9, IN_ORDER, 4, 0, 0, 6 },
        /*  7 */ { 7, LATE, 0, 6, -1, 5 },
        /*  8 */ { 5, LATE, 0, 6, -1, 4 }, /* row 7 came late and opened no gap: row 6 did */
        /*  9 */ { 2, LATE, 0, 1, -1, 3 },
        /* 10 */ { 7, DUPLICATE, 0, 7, 0, 3 },
        /* 11 */ { 9, DUPLICATE, 0, 6, 0, 3 },
        /* 12 */ { 9, DUPLICATE, 0, 6, 0, 3 }, /* always the first copy */
        /* 13 */ { 10, IN_ORDER, 0, 0, 0, 3 },
        /* 14 */ { 1, LATE, 0, 1, -1, 2 },
        /* 15 */ { 6, LATE, 0, 6, -1, 1 },
        /* 16 */ { 8, LATE, 0, 6, -1, 0 },
        /* 17 */ { 100, IN_ORDER, 89, 0, 0, 89 }, /* beyond the smallest window */
        /* 18 */ { 1, DUPLICATE, 0, 14, 0, 89 },  /* which has grown and forgotten nothing */
        /* 19 */ { 50, LATE, 0, 17, -1, 88 },
        /* 20 */ { 4, DUPLICATE, 0, 2, 0, 88 },
    };
    struct wg_counters c = { .from_zero = true };
    struct wg_counters_pool pool = { 0 };

    g_assert_cmpuint(wg_counters_lost(&c), ==, 0);
    run_rows(&c, &pool, rows, G_N_ELEMENTS(rows));
    g_assert_cmpuint(c.lowest, ==, 0);
    g_assert_cmpuint(c.highest, ==, 100);
    g_assert_cmpuint(c.distinct, ==, 13);
    g_assert_cmpuint(wg_counters_others(&c)->duplicates, ==, 7);
    g_assert_cmpuint(wg_counters_others(&c)->forgotten, ==, 0);
    g_assert_cmpuint(pool.packets, ==, G_N_ELEMENTS(rows));
    wg_counters_clear(&c, &pool);
}

/* Without the handshake, what lies before the first counter seen was not captured, until an older
 * one turns up: then what lies between is missing. */
static void
test_mid_session(void)
{
    static const struct row rows[] = {
        /*  1 */ { 1000, IN_ORDER, 0, 0, 0, 0 },
        /*  2 */ { 1001, IN_ORDER, 0, 0, 0, 0 },
        /*  3 */ { 990, LATE, 0, 1, 9, 9 },
        /*  4 */ { 995, LATE, 0, 1, -1, 8 },
        /*  5 */ { 989, LATE, 0, 1, 0, 8 },
        /*  6 */ { 980, LATE, 0, 1, 8, 16 },
        /*  7 */ { 990, DUPLICATE, 0, 3, 0, 16 },
        /*  8 */ { 1003, IN_ORDER, 1, 0, 0, 17 },
        /*  9 */ { 999, LATE, 0, 1, -1, 16 },
        /* 10 */ { 1002, LATE, 0, 8, -1, 15 },
    };
    struct wg_counters c = { 0 };
    struct wg_counters_pool pool = { 0 };

    run_rows(&c, &pool, rows, G_N_ELEMENTS(rows));
    g_assert_cmpuint(c.lowest, ==, 980);

    /* The handshake turns up: 0 to 979 are lost, just before the first one. */
    struct wg_counter_result r = wg_counters_start_at_zero(&c);
    g_assert_cmpuint(r.number, ==, 1);
    g_assert_cmpint(r.correction, ==, 980);
    g_assert_cmpuint(wg_counters_lost(&c), ==, 995);
    g_assert_cmpuint(c.lowest, ==, 0);
    g_assert_true(c.from_zero);
    /* Once only. */
    r = wg_counters_start_at_zero(&c);
    g_assert_cmpuint(r.number, ==, 0);
    g_assert_cmpuint(wg_counters_lost(&c), ==, 995);

    r = wg_counters_add(&c, &pool, 0, 11, true);
    g_assert_cmpint(r.verdict, ==, LATE);
    g_assert_cmpuint(r.number, ==, 1);
    g_assert_cmpint(r.correction, ==, -1);
    g_assert_cmpuint(wg_counters_lost(&c), ==, 994);
    wg_counters_clear(&c, &pool);
}

static void
test_start_at_zero(void)
{
    static const struct {
        uint64_t first, last;
        uint32_t number;
    } rows[] = {
        /*  1 */ { 0, 0, 0 }, /* nothing is missing */
        /*  2 */ { 0, 9, 0 },
        /*  3 */ { 1, 1, 1 },
        /*  4 */ { 5000, 5000, 1 },
        /*  5 */ { 5000, 5000 + 8191, 1 },
        /*  6 */ { 5000, 5000 + 8192, 0 }, /* the first message is forgotten */
        /*  7 */ { UINT64_C(1) << 40, UINT64_C(1) << 40, 1 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct wg_counters c = { 0 };
        struct wg_counters_pool pool = { 0 };
        g_test_message("row %zu", i + 1);
        wg_counters_add(&c, &pool, rows[i].first, 1, true);
        if (rows[i].last > rows[i].first)
            wg_counters_add(&c, &pool, rows[i].last, 2, true);
        const uint64_t before = wg_counters_lost(&c);
        const struct wg_counter_result r = wg_counters_start_at_zero(&c);
        g_assert_cmpuint(r.number, ==, rows[i].number);
        g_assert_cmpint(r.correction, ==, r.number > 0 ? (int64_t)rows[i].first : 0);
        g_assert_cmpuint(wg_counters_lost(&c), ==, before + rows[i].first);
        wg_counters_clear(&c, &pool);
    }

    /* Before any data, it is what a handshake seen in time does. */
    struct wg_counters c = { 0 };
    struct wg_counters_pool pool = { 0 };
    g_assert_cmpuint(wg_counters_start_at_zero(&c).number, ==, 0);
    g_assert_cmpuint(wg_counters_add(&c, &pool, 3, 1, true).lost, ==, 3);
    wg_counters_clear(&c, &pool);
}

/* Receivers accept what is up to 8128 behind (Linux: COUNTER_WINDOW_SIZE; wireguard-go:
 * windowSize); the memory here reaches 8191 behind. */
static void
test_window_edges(void)
{
    static const struct {
        uint64_t behind;
        bool outside, remembered;
    } rows[] = {
        /*  1 */ { 1, false, true },     /*  2 */ { 64, false, true },
        /*  3 */ { 8127, false, true },  /*  4 */ { 8128, false, true },
        /*  5 */ { 8129, true, true },   /*  6 */ { 8191, true, true },
        /*  7 */ { 8192, true, false },  /*  8 */ { 8193, true, false },
        /*  9 */ { 20000, true, false },
    };
    static const uint64_t tops[] = { 20001, 20002, 65535, 65536, UINT64_C(1) << 40, UINT64_MAX };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        for (size_t t = 0; t < G_N_ELEMENTS(tops); t++)
            for (int seen = 0; seen <= 1; seen++) {
                struct wg_counters c = { .from_zero = true };
                struct wg_counters_pool pool = { 0 };
                const uint64_t late = tops[t] - rows[i].behind;
                wg_counters_add(&c, &pool, seen ? late : 0, 1, true);
                wg_counters_add(&c, &pool, tops[t], 2, true);
                const struct wg_counter_result r = wg_counters_add(&c, &pool, late, 3, true);
                g_assert_cmpint(r.outside_window, ==, rows[i].outside);
                if (rows[i].remembered) {
                    g_assert_cmpint(r.verdict, ==, seen ? DUPLICATE : LATE);
                    g_assert_cmpuint(r.number, ==, seen ? 1 : 2);
                } else {
                    g_assert_cmpint(r.verdict, ==, FORGOTTEN);
                    g_assert_cmpuint(r.number, ==, 0);
                }
                g_assert_cmpuint(wg_counters_others(&c)->forgotten, ==, !rows[i].remembered);
                wg_counters_clear(&c, &pool);
            }
}

/* Each counter of the window is remembered by itself, and each step of the window forgets one. */
static void
test_window_slides(void)
{
    enum { SEEN = 20000, REACH = 8192 };
    struct wg_counters c = { 0 };
    struct wg_counters_pool pool = { 0 };

    for (uint32_t i = 0; i < SEEN; i++)
        g_assert_cmpint(wg_counters_add(&c, &pool, i, i + 1, true).verdict, ==, IN_ORDER);
    for (uint32_t i = 0; i < SEEN; i++) {
        const struct wg_counter_result r = wg_counters_add(&c, &pool, i, SEEN + i + 1, true);
        const bool remembered = SEEN - 1 - i < REACH;
        g_assert_cmpint(r.verdict, ==, remembered ? DUPLICATE : FORGOTTEN);
        g_assert_cmpuint(r.number, ==, remembered ? i + 1 : 0);
    }
    g_assert_cmpuint(wg_counters_lost(&c), ==, 0);
    wg_counters_clear(&c, &pool);
}

/* At the end of the range of counters, and across all of it. */
static const struct row top[] = {
    /*  1 */ { UINT64_MAX - 1, IN_ORDER, 0, 0, 0, 0 },
    /*  2 */ { UINT64_MAX, IN_ORDER, 0, 0, 0, 0 },
    /*  3 */ { UINT64_MAX, DUPLICATE, 0, 2, 0, 0 },
    /*  4 */ { UINT64_MAX - 1, DUPLICATE, 0, 1, 0, 0 },
    /*  5 */ { UINT64_MAX - 5, LATE, 0, 1, 3, 3 },
    /*  6 */ { 0, FORGOTTEN, 0, 0, 0, 3 },
};
static const struct row whole_range[] = {
    /*  1 */ { 0, IN_ORDER, 0, 0, 0, 0 },
    /*  2 */ { UINT64_MAX, IN_ORDER, UINT64_MAX - 1, 0, 0, UINT64_MAX - 1 },
    /*  3 */ { UINT64_MAX - 20, LATE, 0, 2, -1, UINT64_MAX - 2 },
    /*  4 */ { 1, FORGOTTEN, 0, 0, 0, UINT64_MAX - 2 },
};
static const struct row only_last[] = {
    /*  1 */ { UINT64_MAX, IN_ORDER, UINT64_MAX, 0, 0, UINT64_MAX },
    /*  2 */ { UINT64_MAX, DUPLICATE, 0, 1, 0, UINT64_MAX },
    /*  3 */ { UINT64_MAX - 8000, LATE, 0, 1, -1, UINT64_MAX - 1 },
};
static const struct row jump[] = {
    /*  1 */ { 5, IN_ORDER, 0, 0, 0, 0 },
    /*  2 */
    { 5 + (UINT64_C(1) << 40), IN_ORDER, (UINT64_C(1) << 40) - 1, 0, 0, (UINT64_C(1) << 40) - 1 },
    /*  3 */ { 5, FORGOTTEN, 0, 0, 0, (UINT64_C(1) << 40) - 1 },
    /*  4 */ { 4 + (UINT64_C(1) << 40), LATE, 0, 2, -1, (UINT64_C(1) << 40) - 2 },
    /*  5 */ { 6 + (UINT64_C(1) << 40), IN_ORDER, 0, 0, 0, (UINT64_C(1) << 40) - 2 },
};

static void
test_last_counters(void)
{
    const struct {
        const struct row *rows;
        size_t count;
        bool from_zero;
    } tables[] = {
        { top, G_N_ELEMENTS(top), false },
        { whole_range, G_N_ELEMENTS(whole_range), true },
        { whole_range, G_N_ELEMENTS(whole_range), false },
        { only_last, G_N_ELEMENTS(only_last), true },
        { jump, G_N_ELEMENTS(jump), false },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
        struct wg_counters c = { .from_zero = tables[i].from_zero };
        struct wg_counters_pool pool = { 0 };
        g_test_message("table %zu", i);
        run_rows(&c, &pool, tables[i].rows, tables[i].count);
        wg_counters_clear(&c, &pool);
        g_assert_cmpuint(pool.bytes, ==, 0);
    }
}

/* ---- memory ---- */

/* As a capture made to waste memory has them: the largest window for the fewest packets. */
static void
check_memory(bool from_zero, const uint64_t *counters, unsigned count)
{
    enum { DIRECTIONS = 100000, FREE = 4 << 20, PER_PACKET = 64 };
    struct wg_counters *all = g_new0(struct wg_counters, DIRECTIONS);
    struct wg_counters_pool pool = { 0 };
    size_t bytes = 0;

    for (uint32_t i = 0; i < DIRECTIONS; i++) {
        all[i].from_zero = from_zero;
        for (unsigned k = 0; k < count; k++)
            wg_counters_add(&all[i], &pool, counters[k], i * count + k + 1, true);
        g_assert_cmpuint(pool.bytes, <=, FREE + pool.packets * PER_PACKET);
        bytes += window_bytes(&all[i]);
    }
    g_assert_cmpuint(pool.packets, ==, DIRECTIONS * count);
    g_assert_cmpuint(pool.bytes, ==, bytes);
    for (uint32_t i = 0; i < DIRECTIONS; i++) {
        /* What needs no window is right for all. */
        g_assert_cmpuint(wg_counters_lost(&all[i]), ==,
                         counters[count - 1] + 1 - (from_zero ? 0 : counters[0]) - count);
        wg_counters_clear(&all[i], &pool);
        g_assert_cmpuint(all[i].highest, ==, counters[count - 1]);
        wg_counters_clear(&all[i], &pool); /* again does no harm */
    }
    g_assert_cmpuint(pool.bytes, ==, 0);
    g_free(all);
}

static void
test_memory(void)
{
    static const uint64_t two[] = { 0, 8000 }, far[] = { 0, UINT64_C(1) << 40 }, one[] = { 8000 };

    check_memory(false, two, G_N_ELEMENTS(two));
    check_memory(true, far, G_N_ELEMENTS(far));
    check_memory(true, one, G_N_ELEMENTS(one));
}

/* A direction of few packets takes little. */
static void
test_small(void)
{
    struct wg_counters c = { .from_zero = true };
    struct wg_counters_pool pool = { 0 };

    for (uint32_t i = 0; i < 16; i++) {
        wg_counters_add(&c, &pool, i, i + 1, true);
        g_assert_cmpuint(pool.bytes, <=, i < WG_COUNTERS_FEW ? 0 : 64);
    }
    wg_counters_clear(&c, &pool);
}

/* Without a key, the window goes far only where another counter goes on from there. */
static void
test_far(void)
{
    static const struct {
        bool from_zero;
        uint64_t counters[4];
        enum wg_counter_verdict last;
        uint64_t highest, lost, strays;
    } rows[] = {
        { true, { 0, 1000000, 1, 2 }, IN_ORDER, 2, 0, 1 },
        { true, { 0, 1000000, 1000001, 1000002 }, IN_ORDER, 1000002, 999999, 0 },
        { true, { 1000000, 0, 1, 2 }, IN_ORDER, 2, 0, 1 },
        { true, { 0, 1000000, 2000000, 1 }, IN_ORDER, 1, 0, 2 },
        { true, { 0, 1, 2, UINT64_MAX }, WG_COUNTER_STRAY, 2, 0, 1 },
        { false, { UINT64_C(1) << 62, 20, 21, 22 }, IN_ORDER, 22, 0, 1 },
        { false, { 20, UINT64_C(1) << 62, 21, 22 }, IN_ORDER, 22, 0, 1 },
        { false, { 100000, 100001, 20, 21 }, WG_COUNTER_FORGOTTEN, 100001, 0, 0 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct wg_counters c = { .from_zero = rows[i].from_zero };
        struct wg_counters_pool pool = { 0 };
        struct wg_counter_result r = { .lost = 0 };
        g_test_message("row %u", i);
        for (unsigned k = 0; k < G_N_ELEMENTS(rows[i].counters); k++)
            r = wg_counters_add(&c, &pool, rows[i].counters[k], k + 1, false);
        g_assert_cmpint(r.verdict, ==, rows[i].last);
        g_assert_cmpuint(c.highest, ==, rows[i].highest);
        g_assert_cmpuint(wg_counters_lost(&c), ==, rows[i].lost);
        g_assert_cmpuint(wg_counters_others(&c)->strays, ==, rows[i].strays);
        wg_counters_clear(&c, &pool);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/counters/from-zero", test_from_zero);
    g_test_add_func("/counters/mid-session", test_mid_session);
    g_test_add_func("/counters/start-at-zero", test_start_at_zero);
    g_test_add_func("/counters/window-edges", test_window_edges);
    g_test_add_func("/counters/window-slides", test_window_slides);
    g_test_add_func("/counters/last-counters", test_last_counters);
    g_test_add_func("/counters/memory", test_memory);
    g_test_add_func("/counters/small", test_small);
    g_test_add_func("/counters/far", test_far);
    return g_test_run();
}
