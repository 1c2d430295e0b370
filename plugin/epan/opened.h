/* opened.h
 * The capture that is open, and what code besides the dissector asks about it. There is one at a
 * time.
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

/* All members are NULL if no capture is open. */
struct wg_opened {
    struct wg_capture *capture;
    struct wg_unwrapper *unwrapper;
    struct wg_keystore *keys;   /* also NULL if nothing can be decrypted */
    struct wg_capture *earlier; /* while a packet is accounted for again: that of the first time,
                                   which knows what comes later; else NULL */
};

/* The same object for all captures, so that the pointer may be kept. */
const struct wg_opened *wg_opened(void);

/* For registration.c. keys: used, not owned, until wg_opened_end. */
void wg_opened_begin(struct wg_keystore *keys, wg_more_keys_fn more);
void wg_opened_end(void);

/* For recount.c: which accounting `capture` and `unwrapper` belong to. */
enum wg_accounting {
    WG_ACCOUNTING_FIRST,
    WG_ACCOUNTING_SECOND,
    WG_ACCOUNTING_GOES_ON, /* the second, while a packet is accounted for */
};
void wg_opened_use(enum wg_accounting which);

/* Keys may have come: judge the handshakes again (wg/capture.h). */
void wg_opened_judge_again(void);

/* The number of this capture, from 1: what was kept for another number is void. */
uint32_t wg_opened_serial(void);

/* How many sessions it has so far. */
uint32_t wg_opened_streams(void);

/* The stream of a frame's first message that has a session. returns false if none has */
bool wg_opened_stream(uint32_t frame, uint32_t *stream);

/* A sentence about the messages of an AmneziaWG configuration that were never seen, or NULL
 * (wg/unwrapper.h). The caller frees it. */
char *wg_opened_unseen(size_t configuration);

#endif
