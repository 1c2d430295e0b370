/* timers.h
 * The protocol's times, and how each implementation follows them.
 *
 * Sources: WireGuard paper, section 6.1 (the constants, under its names) and 6.2 to 6.5 (who acts
 * on them); the implementations named in wg_families, read at the commits named there.
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
/* Data with an older key is neither sent nor accepted. */
#define WG_REJECT_AFTER_TIME (180 * WG_SECOND)
/* An initiation that gets no answer is sent again after this, and up to WG_REKEY_JITTER more. */
#define WG_REKEY_TIMEOUT (5 * WG_SECOND)
#define WG_REKEY_JITTER  (WG_SECOND / 3)
/* After so long the initiator stops trying, unless there is something new to send. */
#define WG_REKEY_ATTEMPT_TIME (90 * WG_SECOND)
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

/* ---- implementations ---- */

enum wg_family {
    WG_FAMILY_LINUX,
    WG_FAMILY_WIREGUARD_GO,
    WG_FAMILY_WIREGUARD_NT,
    WG_FAMILY_FREEBSD,
    WG_FAMILY_OPENBSD,
    WG_FAMILY_BORINGTUN,
    WG_FAMILY_NEPTUN,
    WG_FAMILY_ESP32,
    WG_FAMILY_COUNT
};

/* When a family starts over because it hears nothing. */
enum wg_starts_over {
    WG_STARTS_OVER_UNANSWERED, /* after the first data packet that got no answer */
    WG_STARTS_OVER_RECEIVED,   /* after the last packet received, whatever was sent: too often */
    WG_STARTS_OVER_NEVER,
};

/* Whether a family sends a keepalive in answer to data. */
enum wg_passive_keepalive { WG_PASSIVE_ALWAYS, WG_PASSIVE_SOMETIMES, WG_PASSIVE_NEVER };

struct wg_family_rules {
    const char *name;
    const char *source;    /* what was read, and at which commit */
    int64_t rekey_after;   /* age of the key at which the initiator's data renews it */
    bool keepalives_rekey; /* an initiator that sends only keepalives rekeys, too */
    enum wg_passive_keepalive passive_keepalive;
    enum wg_starts_over starts_over;
    bool answers_outside_allowed_ips; /* data outside AllowedIPs still gets a passive keepalive */
    int64_t gives_up_after;           /* when unanswered initiations stop; 0: never */
    unsigned padding;                 /* plaintext is padded to a multiple of this; 1: not at all */
    bool counting_indices;            /* an index is the one before plus one */
    unsigned tai64n_base; /* seconds that its timestamps are ahead of Unix time + 2^62 */
};

/* By enum wg_family. */
extern const struct wg_family_rules wg_families[WG_FAMILY_COUNT];

/*
 * Whether transport data of this size (bytes of the whole message) shows that its sender does not
 * pad, like boringtun and its descendants. A sender that pads cuts the padding at the MTU of its
 * interface, which is at least 1280 for anything that speaks IPv6.
 */
bool wg_timers_unpadded(size_t length);

#endif
