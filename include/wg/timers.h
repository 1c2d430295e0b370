/* timers.h
 * The protocol's times.
 *
 * Sources: WireGuard paper, section 6.1 (the constants, under its names) and 6.2 to 6.5 (who acts
 * on them). docs/reports.md has a table of what each implementation does, and at which commit it
 * was read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_TIMERS_H
#define WG_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All times are nanoseconds. */
#define WG_SECOND      INT64_C(1000000000)
#define WG_MILLISECOND INT64_C(1000000)

/* An initiator that sends data with an older key begins a new handshake. */
#define WG_REKEY_AFTER_TIME (120 * WG_SECOND)
/* The same for an initiator that does not pad (wg_timers_unpadded), which may be NepTUN: it waits
 * until the key expires. */
#define WG_REKEY_AFTER_TIME_UNPADDED WG_REJECT_AFTER_TIME
/* Data with an older key is neither sent nor accepted. */
#define WG_REJECT_AFTER_TIME (180 * WG_SECOND)
/* An initiation that gets no answer is sent again after this, and up to WG_REKEY_JITTER more. */
#define WG_REKEY_TIMEOUT (5 * WG_SECOND)
#define WG_REKEY_JITTER  (WG_SECOND / 3)
/* A peer that got data and has nothing to send sends a keepalive after this. */
#define WG_KEEPALIVE_TIMEOUT (10 * WG_SECOND)
/* A peer that sent data and hears nothing for so long begins a new handshake. */
#define WG_NEW_HANDSHAKE_TIME (WG_KEEPALIVE_TIMEOUT + WG_REKEY_TIMEOUT)
/* After so long, all keys are erased. */
#define WG_KEYS_GONE_TIME (3 * WG_REJECT_AFTER_TIME)
/* COOKIE_SECRET_MAX_AGE, and how much earlier the holder of a cookie stops using it. */
#define WG_COOKIE_SECRET_MAX_AGE (120 * WG_SECOND)
#define WG_COOKIE_SECRET_LATENCY (5 * WG_SECOND)

/*
 * How exact the times are at the place of capture: WireGuardNT's timers are up to 320 ms late,
 * boringtun checks its own every 250 ms, and the path from the sender to the capture adds its
 * share.
 */
#define WG_TIMER_EARLY (WG_SECOND / 2)
#define WG_TIMER_LATE  (WG_REKEY_JITTER + 2 * WG_SECOND / 3)

/* Whether a time that passed fits one of those above. */
static inline bool
wg_timer_fits(int64_t passed, int64_t timer)
{
    return passed >= timer - WG_TIMER_EARLY && passed <= timer + WG_TIMER_LATE;
}

/* An initiator that sends data past WG_REKEY_AFTER_TIME must begin a handshake within this time:
 * its last try may just have failed, so that a whole WG_REKEY_TIMEOUT can pass. */
#define WG_REKEY_PATIENCE (WG_REKEY_TIMEOUT + WG_TIMER_LATE)

/*
 * Whether transport data of this size (bytes of the whole message) shows that its sender does not
 * pad, like boringtun and its descendants. A sender that pads cuts the padding at the MTU of its
 * interface, which is at least 1280 for anything that speaks IPv6.
 */
bool wg_timers_unpadded(size_t length);

#endif
