/* seeded.c
 * Hashes that the maker of a capture cannot predict: many equal ones would make a table slow.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "wg/seeded.h"

uint32_t
wg_seeded_hash(const uint64_t *words, size_t count)
{
    static uint64_t multiplier;
    uint64_t hash = 0;

    if (multiplier == 0)
        multiplier = (uint64_t)g_random_int() << 32 | g_random_int() | 1;
    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ words[i]) * multiplier;
        hash ^= hash >> 32; /* the upper half depends on all bits */
    }
    return (uint32_t)hash;
}
