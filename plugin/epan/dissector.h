/* dissector.h
 * The two calls that the host's loader makes, and the state of the capture for the reports.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_DISSECTOR_H
#define WG_DISSECTOR_H

#include <stdint.h>

#include "wg/keystore.h"
#include "wg/sessions.h"

/* Called once at start-up, after the host's own dissectors registered. */
void wg_register_protoinfo(void);

/* Called once, after the host's own dissectors took their ports. */
void wg_register_handoff(void);

/* Which capture is open, counted from 1: what a report holds of another one is void. */
uint32_t wg_capture_serial(void);
/* Of the capture that is open; NULL where none is. */
const struct wg_sessions *wg_capture_table(void);
const struct wg_keystore *wg_capture_keys(void);

#endif
