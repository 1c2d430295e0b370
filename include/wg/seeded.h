/* seeded.h
 * Hashes that the maker of a capture cannot predict: many equal ones would make a table slow.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_SEEDED_H
#define WG_SEEDED_H

#include <stddef.h>
#include <stdint.h>

/* Different in each process. */
uint32_t wg_seeded_hash(const uint64_t *words, size_t count);

#endif
