/* state.h
 * The capture that is open, for the reports. Kept by dissector.c.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_STATE_H
#define WG_STATE_H

#include <stdint.h>

#include "wg/keystore.h"

/* Which capture is open, counted from 1: what a report holds of another one is void. */
uint32_t wg_capture_serial(void);

/* The keys of the capture that is open; NULL where none is. */
const struct wg_keystore *wg_capture_keys(void);

#endif
