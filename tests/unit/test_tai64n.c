/* test_tai64n.c
 * Labels, the two bases, and which of them a sender used.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "wg/tai64n.h"

static const int64_t untouched = -77;

static void
test_decode(void)
{
    /* The example of D. J. Bernstein's page on TAI64N: 1992-06-02 08:07:09 TAI, big-endian. */
    static const uint8_t bytes[WG_TAI64N_LEN] = { 0x40, 0,    0,    0,    0x2a, 0x2b,
                                                  0x2c, 0x2d, 0x12, 0x34, 0x56, 0x78 };
    const struct wg_tai64n t = wg_tai64n_decode(bytes);
    int64_t seconds;

    g_assert_cmphex(t.label, ==, 0x400000002a2b2c2d);
    g_assert_cmphex(t.nanoseconds, ==, 0x12345678);
    /* TAI was 26 s ahead of UTC then: 08:06:43 UTC. */
    g_assert_true(wg_tai64n_to_unix(t, 26, &seconds));
    g_assert_cmpint(seconds, ==, 707472403);
}

static void
test_to_unix(void)
{
    static const struct {
        uint64_t label;
        uint32_t nanoseconds;
        unsigned base;
        int64_t seconds; /* untouched: refused */
    } rows[] = {
        /*  1 */ { 0x400000006553f10a, 0, 10, 1700000000 }, /* 2023-11-14 22:13:20 UTC */
        /*  2 */ { 0x400000006553f125, 0, 37, 1700000000 },
        /*  3 */ { 0x400000006553f125, 0, 10, 1700000027 },
        /*  4 */ { 0x400000006553f10a, 999999999, 10, 1700000000 },
        /*  5 */ { 0x400000006553f10a, 1000000000, 10, -77 },
        /*  6 */ { 0x400000006553f10a, UINT32_MAX, 10, -77 },
        /*  7 */ { 0x400000000000000a, 0, 10, 0 },
        /*  8 */ { 0x4000000000000009, 0, 10, -77 },
        /*  9 */ { 0x4000000000000025, 0, 37, 0 },
        /* 10 */ { 0x4000000000000024, 0, 37, -77 },
        /* 11 */ { 0x3fffffffffffffff, 0, 10, -77 },
        /* 12 */ { 0x3fffffffffffffff, 0, 0, -77 },
        /* 13 */ { 0, 0, 10, -77 },
        /* 14 */ { 0x7fffffffffffffff, 0, 0, 0x3fffffffffffffff },
        /* 15 */ { 0x8000000000000000, 0, 10, -77 }, /* reserved by the format */
        /* 16 */ { UINT64_MAX, 0, 10, -77 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct wg_tai64n t = { rows[i].label, rows[i].nanoseconds };
        int64_t seconds = untouched;
        g_test_message("row %zu", i + 1);
        g_assert_cmpint(wg_tai64n_to_unix(t, rows[i].base, &seconds), ==,
                        rows[i].seconds != untouched);
        g_assert_cmpint(seconds, ==, rows[i].seconds);
    }
}

static void
test_guess_base(void)
{
    static const struct {
        int64_t ahead; /* of the label, less 2^62, before the capture's clock, seconds */
        uint32_t nanoseconds;
        enum wg_tai64n_base base;
    } rows[] = {
        /*  1 */ { 10, 0x05000000, WG_TAI64N_BASE_LINUX },
        /*  2 */ { 37, 0x05000001, WG_TAI64N_BASE_BORINGTUN },
        /*  3 */ { 37, 0x05000000, WG_TAI64N_BASE_LINUX }, /* cut to steps: only Linux does that */
        /*  4 */ { 37, 0, WG_TAI64N_BASE_LINUX },
        /*  5 */ { 10, 0x05000001, WG_TAI64N_BASE_LINUX }, /* nearer to 10 */
        /*  6 */ { 23, 0x05000001, WG_TAI64N_BASE_LINUX },
        /*  7 */ { 24, 0x05000001, WG_TAI64N_BASE_BORINGTUN },
        /*  8 */ { -3600, 123456789, WG_TAI64N_BASE_LINUX }, /* a clock an hour slow */
        /*  9 */ { 3600, 123456789, WG_TAI64N_BASE_BORINGTUN },
        /* 10 */ { 37, 1000000001, WG_TAI64N_BASE_LINUX },     /* no time at all */
        /* 11 */ { 37, 0x05800000, WG_TAI64N_BASE_BORINGTUN }, /* half a step */
    };
    const int64_t now = 1700000000;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct wg_tai64n t = { WG_TAI64_EPOCH + (uint64_t)(now + rows[i].ahead),
                                     rows[i].nanoseconds };
        g_test_message("row %zu", i + 1);
        g_assert_cmpint(wg_tai64n_guess_base(t, now), ==, rows[i].base);
    }
}

/* Times at which a difference would overflow. */
static void
test_guess_base_extremes(void)
{
    const struct wg_tai64n late = { UINT64_C(0x7fffffffffffffff), 1 };
    const struct wg_tai64n early = { WG_TAI64_EPOCH, 1 };

    g_assert_cmpint(wg_tai64n_guess_base(late, INT64_MIN), ==, WG_TAI64N_BASE_BORINGTUN);
    g_assert_cmpint(wg_tai64n_guess_base(late, INT64_MAX), ==, WG_TAI64N_BASE_LINUX);
    g_assert_cmpint(wg_tai64n_guess_base(early, INT64_MAX), ==, WG_TAI64N_BASE_LINUX);
}

static void
test_compare(void)
{
    static const struct wg_tai64n ascending[] = {
        { 0, 0 },
        { 0, 5 },
        { 0x400000006553f10a, 0 },
        { 0x400000006553f10a, 1 << 24 },
        { 0x400000006553f10a, UINT32_MAX },
        { 0x400000006553f10b, 0 },
        { UINT64_MAX, 0 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(ascending); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(ascending); j++)
            g_assert_cmpint(wg_tai64n_compare(ascending[i], ascending[j]), ==, (i > j) - (i < j));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tai64n/decode", test_decode);
    g_test_add_func("/tai64n/to-unix", test_to_unix);
    g_test_add_func("/tai64n/guess-base", test_guess_base);
    g_test_add_func("/tai64n/guess-base-extremes", test_guess_base_extremes);
    g_test_add_func("/tai64n/compare", test_compare);
    return g_test_run();
}
