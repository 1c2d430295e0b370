/* same_hashes.c
 * Preloaded into tshark, this makes GLib's random numbers the same in each run. The host draws the
 * factors of its hash functions from them, and how well these spread changes the instructions of a
 * packet by one percent: as much as what is to be measured.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdint.h>

uint32_t g_random_int(void);

uint32_t
g_random_int(void)
{
    static uint32_t state;

    /* Numerical Recipes' generator; any would do. */
    state = state * 1664525 + 1013904223;
    return state;
}
