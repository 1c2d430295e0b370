/* test_randomness.c
 * The chi-square test of bytes, against values from another way to the same function.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>
#include <string.h>

#include <glib.h>

#include "wg/randomness.h"

/* Computed in Python's decimal with 400 digits, as 1 - P(df / 2, x / 2) with the power series of
 * the lower incomplete gamma function: P(a, x) = x^a e^-x / gamma(a + 1) * sum of x^n /
 * ((a+1)...(a+n)), where gamma(1/2) = sqrt(pi). The first and third are the 95 % quantiles of any
 * table. */
static const struct {
    double chi_square;
    unsigned degrees;
    double p;
} rows[] = {
    { 3.841458820694124, 1, 0.05 },
    { 0.5, 1, 4.795001221869535e-01 },
    { 7.814727903251179, 3, 0.05 },
    { 1, 5, 9.625657732472964e-01 },
    { 0, 255, 1 },
    { 100, 255, 1 },
    { 200, 255, 9.954254445419519e-01 },
    { 235.4, 255, 8.055112077211144e-01 },
    { 254.3333, 255, 5.000060875079076e-01 },
    { 293.2478350807012, 255, 0.05 },
    { 310.9, 255, 9.550754800867004e-03 },
    { 330, 255, 1.067320119612162e-03 },
    { 350, 255, 7.132745072663466e-05 },
    { 400, 255, 1.660002524412452e-08 },
    { 600, 255, 7.531973752278672e-30 },
    { 1000, 255, 9.378477343658398e-89 },
};

static void
test_p_values(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const double p = wg_randomness_p_value(rows[i].chi_square, rows[i].degrees);
        g_test_message("row %zu: %g on %u: %.17g", i + 1, rows[i].chi_square, rows[i].degrees, p);
        g_assert_true(fabs(p - rows[i].p) <= 1e-9 * rows[i].p);
    }
}

/* No statistic of a capture, however large, may give anything but a probability. */
static void
test_extremes(void)
{
    double before = 1;

    for (double chi_square = 0; chi_square < 1e6; chi_square = chi_square * 1.5 + 1) {
        const double p = wg_randomness_p_value(chi_square, WG_RANDOMNESS_DEGREES);
        g_assert_true(p >= 0 && p <= 1 && p <= before + 1e-12); /* but for rounding */
        before = p;
    }
    g_assert_true(wg_randomness_p_value(1e6, WG_RANDOMNESS_DEGREES) == 0);
    g_assert_true(wg_randomness_p_value(1e300, WG_RANDOMNESS_DEGREES) == 0);
}

static struct wg_randomness
repeated(const uint8_t *bytes, size_t length, unsigned times)
{
    struct wg_randomness r = { .bytes = 0 };

    for (unsigned i = 0; i < times; i++)
        wg_randomness_add(&r, bytes, length);
    return r;
}

/* n bytes of one value: 255 classes without any, one with all, so n * 255. */
static void
test_one_value(void)
{
    const struct wg_randomness r = repeated((const uint8_t[]){ 7 }, 1, WG_RANDOMNESS_MIN_BYTES);

    g_assert_cmpuint(r.bytes, ==, WG_RANDOMNESS_MIN_BYTES);
    g_assert_cmpfloat(wg_randomness_chi_square(&r), ==, WG_RANDOMNESS_MIN_BYTES * 255.0);
    g_assert_cmpint(wg_randomness_judge(&r), ==, WG_RANDOMNESS_NOT_RANDOM);
}

/* All values equally often: nothing off at all, and p is 1. Too even is not looked for. */
static void
test_counting(void)
{
    uint8_t all[256];

    for (unsigned i = 0; i < sizeof all; i++)
        all[i] = (uint8_t)i;
    const struct wg_randomness r = repeated(all, sizeof all, 5);
    g_assert_cmpfloat(wg_randomness_chi_square(&r), ==, 0);
    g_assert_cmpint(wg_randomness_judge(&r), ==, WG_RANDOMNESS_RANDOM);
}

static void
test_too_few(void)
{
    struct wg_randomness r = repeated((const uint8_t[]){ 7 }, 1, WG_RANDOMNESS_MIN_BYTES - 1);
    static const struct wg_randomness none;

    g_assert_cmpint(wg_randomness_judge(&r), ==, WG_RANDOMNESS_TOO_FEW);
    wg_randomness_add(&r, (const uint8_t[]){ 7 }, 1);
    g_assert_cmpint(wg_randomness_judge(&r), ==, WG_RANDOMNESS_NOT_RANDOM);
    g_assert_cmpint(wg_randomness_judge(&none), ==, WG_RANDOMNESS_TOO_FEW);
    g_assert_cmpfloat(wg_randomness_chi_square(&none), ==, 0);
}

static void
test_text(void)
{
    static const char text[] = "It is a truth universally acknowledged, that a single packet in "
                               "possession of a good counter, must be in want of a key. ";
    const struct wg_randomness r = repeated((const uint8_t *)text, strlen(text), 11);

    g_assert_cmpint(wg_randomness_judge(&r), ==, WG_RANDOMNESS_NOT_RANDOM);
}

/* A few bytes: text has fewer different ones than random bytes have. */
static void
test_few_bytes(void)
{
    static const char text[] = "The quick brown fox jumps over the lazy dog.";
    uint8_t all[124];

    for (unsigned i = 0; i < sizeof all; i++)
        all[i] = (uint8_t)(i * 7);
    const struct wg_randomness different = repeated(all, sizeof all, 1);
    g_assert_false(wg_randomness_repeats(&different));
    const struct wg_randomness words = repeated((const uint8_t *)text, strlen(text), 2);
    g_assert_true(wg_randomness_repeats(&words));
    const struct wg_randomness short_words = repeated((const uint8_t *)text, 31, 1);
    g_assert_false(wg_randomness_repeats(&short_words));
}

/* Of a thousand samples of random bytes, about a tenth of one is below the limit. */
static void
test_random(void)
{
    GRand *source = g_rand_new_with_seed(1);
    unsigned rejected = 0, low = 0;

    for (unsigned sample = 0; sample < 1000; sample++) {
        uint8_t bytes[2048];
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)g_rand_int_range(source, 0, 256);
        const struct wg_randomness r = repeated(bytes, sizeof bytes, 1);
        rejected += wg_randomness_judge(&r) == WG_RANDOMNESS_NOT_RANDOM;
        low += wg_randomness_p_value(wg_randomness_chi_square(&r), WG_RANDOMNESS_DEGREES) < 0.1;
    }
    g_rand_free(source);
    g_assert_cmpuint(rejected, <=, 3);
    g_assert_cmpuint(low, >=, 60); /* a hundred are expected; 60 to 140 is four deviations */
    g_assert_cmpuint(low, <=, 140);
}

static void
fill(struct wg_randomness *r, GRand *source, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const uint8_t byte = (uint8_t)g_rand_int_range(source, 0, 256);
        wg_randomness_add(r, &byte, 1);
    }
}

/* One packet of zeros among random ones; and zeros everywhere. */
static void
test_halves(void)
{
    static const uint8_t zeros[1400];
    GRand *source = g_rand_new_with_seed(11);
    struct wg_randomness halves[2] = { { .bytes = 0 } };

    fill(&halves[0], source, 4000);
    g_assert_cmpint(wg_randomness_judge_halves(halves), ==, WG_RANDOMNESS_RANDOM);
    wg_randomness_add(&halves[0], zeros, sizeof zeros);
    g_assert_cmpint(wg_randomness_judge_halves(halves), ==, WG_RANDOMNESS_NOT_RANDOM);
    fill(&halves[1], source, 300);
    g_assert_cmpint(wg_randomness_judge_halves(halves), ==, WG_RANDOMNESS_PARTLY);
    fill(&halves[1], source, 4000);
    g_assert_cmpint(wg_randomness_judge_halves(halves), ==, WG_RANDOMNESS_PARTLY);
    wg_randomness_add(&halves[1], zeros, sizeof zeros);
    g_assert_cmpint(wg_randomness_judge_halves(halves), ==, WG_RANDOMNESS_NOT_RANDOM);
    g_assert_cmpuint(wg_randomness_sum(halves).bytes, ==, 8300 + 2 * sizeof zeros);
    g_rand_free(source);
}

/* Packets that alternate are in both halves. */
static void
test_half(void)
{
    unsigned even[2] = { 0 };

    for (uint64_t number = 0; number < 64; number += 2)
        even[wg_randomness_half(number)]++;
    g_assert_cmpuint(even[0], ==, 16);
    g_assert_cmpuint(even[1], ==, 16);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/randomness/p-values", test_p_values);
    g_test_add_func("/randomness/extremes", test_extremes);
    g_test_add_func("/randomness/one-value", test_one_value);
    g_test_add_func("/randomness/counting", test_counting);
    g_test_add_func("/randomness/too-few", test_too_few);
    g_test_add_func("/randomness/text", test_text);
    g_test_add_func("/randomness/few-bytes", test_few_bytes);
    g_test_add_func("/randomness/random", test_random);
    g_test_add_func("/randomness/halves", test_halves);
    g_test_add_func("/randomness/half", test_half);
    return g_test_run();
}
