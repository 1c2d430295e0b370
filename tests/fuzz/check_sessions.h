/* check_sessions.h
 * What must hold of a session table and of its notes, whatever was captured.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef FUZZ_CHECK_SESSIONS_H
#define FUZZ_CHECK_SESSIONS_H

#include <stdint.h>

#include "wg/capture.h"

/* Each ends the program where something does not hold; the first two return `digest` with all that
 * was concluded mixed in. `frames` is the number of the last frame. */
uint64_t check_frame(struct wg_capture *capture, uint32_t frame, uint32_t frames, int64_t time,
                     uint64_t digest);
uint64_t check_table(const struct wg_sessions *sessions, uint32_t frames, uint64_t digest);
void check_losses(struct wg_capture *capture, uint32_t frames);

#endif
