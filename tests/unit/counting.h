/* counting.h
 * What the tests of counters share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TEST_COUNTING_H
#define TEST_COUNTING_H

#include <glib.h>

#include "wg/counters.h"

#define IN_ORDER  WG_COUNTER_IN_ORDER
#define LATE      WG_COUNTER_OUT_OF_ORDER
#define DUPLICATE WG_COUNTER_DUPLICATE
#define FORGOTTEN WG_COUNTER_FORGOTTEN

/* What the window takes beyond its structure. */
static inline size_t
window_bytes(const struct wg_counters *c)
{
    return c->capacity > WG_COUNTERS_FEW ? c->capacity * sizeof *c->window.many : 0;
}

#endif
