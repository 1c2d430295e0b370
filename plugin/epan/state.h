/* state.h
 * The capture that is open, for the reports, and its time. Kept by dissector.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_STATE_H
#define WG_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include <wsutil/nstime.h>

#include "wg/keystore.h"

/* Which capture is open, counted from 1: what a report holds of another one is void. */
uint32_t wg_capture_serial(void);

/* How many sessions it has so far. */
uint32_t wg_capture_streams(void);

/* The session of a frame's first message that has one. returns false where none has */
bool wg_capture_stream(uint32_t frame, uint32_t *stream);

/* The keys of the capture that is open; NULL where none is. */
const struct wg_keystore *wg_capture_keys(void);

/* The host's time in the core's unit. Unsigned on the way, so that times which no clock shows wrap
 * instead of being undefined. */
static inline int64_t
wg_nanoseconds(const nstime_t *t)
{
    return (int64_t)((uint64_t)t->secs * 1000000000 + (uint64_t)t->nsecs);
}

#endif
