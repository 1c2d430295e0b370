/* tai64n.h
 * The timestamp of a handshake initiation.
 *
 *   0                               8               12
 *   +-------------------------------+---------------+
 *   | 2^62 + TAI seconds            | nanoseconds   |      big-endian
 *   +-------------------------------+---------------+
 *
 * Source: WireGuard paper, section 5.1 (timestamp) and D. J. Bernstein, "TAI64N". A label is
 * 2^62 plus the TAI seconds since 1970. The offset of TAI to UTC that implementations add
 * differs: the Linux module and wireguard-go add 10 s, boringtun and its descendants 37 s.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_TAI64N_H
#define WG_TAI64N_H

#include <stdbool.h>
#include <stdint.h>

#include "wg/wire.h"

#define WG_TAI64_EPOCH (UINT64_C(1) << 62)

enum wg_tai64n_base {
    WG_TAI64N_BASE_LINUX = 10,     /* seconds */
    WG_TAI64N_BASE_BORINGTUN = 37, /* seconds */
};

struct wg_tai64n {
    uint64_t label;       /* 2^62 + TAI seconds since 1970 */
    uint32_t nanoseconds; /* 0 .. 999,999,999 in a valid one */
};

struct wg_tai64n wg_tai64n_decode(const uint8_t bytes[WG_TAI64N_LEN]);

/*
 * Seconds since 1970 (Unix time) that the label means, less `base` seconds.
 * returns   false, and *seconds is left alone, if the label is below 2^62 + base or does not fit,
 *           or if the nanoseconds are a second or more.
 */
bool wg_tai64n_to_unix(struct wg_tai64n t, unsigned base, int64_t *seconds);

/*
 * The base that the sender most likely used, judged by `capture_time` (Unix seconds). It is
 * boringtun's if the clock is nearer with that base, and the nanoseconds have the full resolution
 * that only boringtun sends (the others cut them to steps of 2^24); else Linux's.
 */
enum wg_tai64n_base wg_tai64n_guess_base(struct wg_tai64n t, int64_t capture_time);

/* -1, 0 or 1 as a is earlier than, the same as or later than b. */
int wg_tai64n_compare(struct wg_tai64n a, struct wg_tai64n b);

#endif
