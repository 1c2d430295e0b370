/* randomness.c
 * Pearson's chi-square test over the values of a byte, and a simpler one for few bytes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <math.h>

#include "wg/randomness.h"

void
wg_randomness_add(struct wg_randomness *r, const uint8_t *bytes, size_t length)
{
    const uint8_t *const eights = bytes + length / 8 * 8, *const end = bytes + length;

    r->bytes += length;
    /* All bytes of all packets are counted: eight in a step, which halves the instructions. */
    for (; bytes < eights; bytes += 8) {
        r->count[bytes[0]]++;
        r->count[bytes[1]]++;
        r->count[bytes[2]]++;
        r->count[bytes[3]]++;
        r->count[bytes[4]]++;
        r->count[bytes[5]]++;
        r->count[bytes[6]]++;
        r->count[bytes[7]]++;
    }
    for (; bytes < end; bytes++)
        r->count[*bytes]++;
}

double
wg_randomness_chi_square(const struct wg_randomness *r)
{
    const double expected = (double)r->bytes / 256;
    double sum = 0;

    for (unsigned value = 0; r->bytes > 0 && value < 256; value++) {
        const double off = (double)r->count[value] - expected;
        sum += off * off / expected;
    }
    return sum;
}

double
wg_randomness_p_value(double chi_square, unsigned degrees)
{
    const double pi = 3.14159265358979323846;
    const double root = sqrt(chi_square);
    double sum = 0;

    /* The terms grow far beyond the range of a double before the density brings them back, so each
     * is computed as a logarithm: x^(2r-1) / (1 * 3 * 5 ... (2r-1)), times the normal density at
     * x. */
    double log_odd_factorial = 0;
    for (unsigned r = 1; chi_square > 0 && r <= (degrees - 1) / 2; r++) {
        log_odd_factorial += log(2.0 * r - 1);
        sum += exp((2.0 * r - 1) * log(root) - log_odd_factorial - chi_square / 2);
    }
    const double p = erfc(root / sqrt(2)) + 2 / sqrt(2 * pi) * sum;
    return fmin(p, 1);
}

enum wg_randomness_verdict
wg_randomness_judge(const struct wg_randomness *r)
{
    double p;

    if (r->bytes < WG_RANDOMNESS_MIN_BYTES)
        return WG_RANDOMNESS_TOO_FEW;
    p = wg_randomness_p_value(wg_randomness_chi_square(r), WG_RANDOMNESS_DEGREES);
    if (p < WG_RANDOMNESS_LIMIT)
        return WG_RANDOMNESS_NOT_RANDOM;
    return WG_RANDOMNESS_RANDOM;
}

bool
wg_randomness_repeats(const struct wg_randomness *r)
{
    enum { LEAST = 32 };
    const double expected = 256 * (1 - pow(255.0 / 256, (double)r->bytes));
    unsigned values = 0;

    for (unsigned value = 0; value < 256; value++)
        values += r->count[value] > 0;
    return r->bytes >= LEAST && values < 0.6 * expected;
}

unsigned
wg_randomness_half(uint64_t number)
{
    return (unsigned)__builtin_parityll(number);
}

struct wg_randomness
wg_randomness_sum(const struct wg_randomness halves[2])
{
    struct wg_randomness sum = halves[0];

    sum.bytes += halves[1].bytes;
    for (unsigned value = 0; value < 256; value++)
        sum.count[value] += halves[1].count[value];
    return sum;
}

/* Whether a half looks random by itself, by the simpler test if it has few bytes. */
static bool
is_random(const struct wg_randomness *half)
{
    enum { ENOUGH = 256 };

    if (half->bytes >= WG_RANDOMNESS_MIN_BYTES)
        return wg_randomness_judge(half) == WG_RANDOMNESS_RANDOM;
    return half->bytes >= ENOUGH && !wg_randomness_repeats(half);
}

enum wg_randomness_verdict
wg_randomness_judge_halves(const struct wg_randomness halves[2])
{
    const struct wg_randomness sum = wg_randomness_sum(halves);
    const enum wg_randomness_verdict verdict = wg_randomness_judge(&sum);

    if (verdict == WG_RANDOMNESS_NOT_RANDOM && (is_random(&halves[0]) || is_random(&halves[1])))
        return WG_RANDOMNESS_PARTLY;
    return verdict;
}
