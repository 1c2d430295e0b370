/* randomness.h
 * Whether bytes look random, as every ciphertext does: Pearson's chi-square test over the 256
 * values of a byte.
 *
 * It can tell text, pictures and most other plain data from ciphertext, but not always compressed
 * data.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_RANDOMNESS_H
#define WG_RANDOMNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero it before first use. */
struct wg_randomness {
    uint64_t bytes;
    uint32_t count[256]; /* a terabyte of one value would not fit */
};

/* The usual rule for the test: five expected in each class. */
enum { WG_RANDOMNESS_MIN_BYTES = 5 * 256, WG_RANDOMNESS_DEGREES = 255 };

/* Bytes that are less likely than this to come from a random source are not random. One in 10,000
 * tests of random bytes ends below it. */
#define WG_RANDOMNESS_LIMIT 1e-4

void wg_randomness_add(struct wg_randomness *r, const uint8_t *bytes, size_t length);

/* The statistic; 0 without any bytes. */
double wg_randomness_chi_square(const struct wg_randomness *r);

/*
 * The probability that random bytes give this statistic or a higher one, for an odd number of
 * degrees of freedom. Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.4.4.
 *
 * returns   0 to 1
 */
double wg_randomness_p_value(double chi_square, unsigned degrees);

enum wg_randomness_verdict {
    WG_RANDOMNESS_TOO_FEW, /* less than WG_RANDOMNESS_MIN_BYTES */
    WG_RANDOMNESS_RANDOM,
    WG_RANDOMNESS_NOT_RANDOM,
    WG_RANDOMNESS_PARTLY, /* only of wg_randomness_judge_halves */
};

enum wg_randomness_verdict wg_randomness_judge(const struct wg_randomness *r);

/* The half that packet `number` belongs to, so that anything regular is in both. */
unsigned wg_randomness_half(uint64_t number);

/* Both halves together. */
struct wg_randomness wg_randomness_sum(const struct wg_randomness halves[2]);

/*
 * Judge packets that were counted in two halves. One packet among many can make all of them not
 * random, and anyone can send one: if a half of the packets is random, they are PARTLY so.
 */
enum wg_randomness_verdict wg_randomness_judge_halves(const struct wg_randomness halves[2]);

/*
 * Whether bytes too few for that test repeat far more than random ones do: they have less than 0.6
 * of the different values that random bytes have on average. Of random bytes, that happens less
 * often than once in 10^9 times. False for less than 32 bytes.
 */
bool wg_randomness_repeats(const struct wg_randomness *r);

#endif
