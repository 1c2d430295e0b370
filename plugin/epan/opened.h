/* opened.h
 * The capture that is open, and what others than the dissector ask of it. There is one at a time.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_OPENED_H
#define WG_OPENED_H

#include <stdbool.h>
#include <stdint.h>

#include "wg/capture.h"
#include "wg/keystore.h"
#include "wg/unwrapper.h"

/* All members are NULL where no capture is open. */
struct wg_opened {
    struct wg_capture *capture;
    struct wg_unwrapper *unwrapper;
    struct wg_keystore *keys; /* NULL, too, where nothing can be decrypted */
};

/* The same object for all captures, so that the pointer may be kept. */
const struct wg_opened *wg_opened(void);

/* For registration.c. keys: used, not owned, until wg_opened_end. */
void wg_opened_begin(struct wg_keystore *keys, wg_more_keys_fn more);
void wg_opened_end(void);

/* Which capture it is, counted from 1: what is kept of another one is void. */
uint32_t wg_opened_serial(void);

/* How many sessions it has so far. */
uint32_t wg_opened_streams(void);

/* The session of a frame's first message that has one. returns false where none has */
bool wg_opened_stream(uint32_t frame, uint32_t *stream);

/* What was never seen of the messages of a configuration of AmneziaWG (wg/unwrapper.h), or NULL; to
 * be freed. */
char *wg_opened_unseen(size_t configuration);

#endif
