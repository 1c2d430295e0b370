/* counters.h
 * The counters of one direction of a session: what is lost, late, doubled.
 *
 * Sources: WireGuard paper, section 5.4.6 (counter) and 5.4.6's reference to RFC 6479; the Linux
 * module and wireguard-go accept a packet that is at most 8128 behind the highest one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_COUNTERS_H
#define WG_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Behind the highest counter by more than this: no receiver accepts it. */
#define WG_REPLAY_WINDOW 8128

enum wg_counter_verdict {
    WG_COUNTER_IN_ORDER,     /* higher than every one before */
    WG_COUNTER_OUT_OF_ORDER, /* first copy of a lower one */
    WG_COUNTER_DUPLICATE,    /* a further copy */
    WG_COUNTER_FORGOTTEN,    /* so far behind that first copy and further copy look alike */
    WG_COUNTER_STRAY,        /* so far away that it counts only when another one continues it */
};

struct wg_counter_result {
    enum wg_counter_verdict verdict;
    bool outside_window; /* more than WG_REPLAY_WINDOW behind */
    uint64_t lost;       /* IN_ORDER: counters skipped just before this one */
    uint32_t number;     /* DUPLICATE: the first copy's number; else the number of the message to
                            whose `lost` `correction` is to be added, or 0 */
    int64_t correction;
};

/* Shared by all directions of a capture: bounds what their windows may take together. */
struct wg_counters_pool {
    size_t bytes;     /* taken by windows now */
    uint64_t packets; /* counters added so far */
};

/* Counters whose window needs no memory of its own: most sessions of a scan or of a peer that is
 * down are short. */
#define WG_COUNTERS_FEW 4

/* Counters far from the window, the latest of which continue one another. */
struct wg_stray {
    uint64_t first;
    uint32_t number; /* of the message that carried the first */
    uint16_t ahead;  /* by which the latest is higher */
    uint16_t length; /* 0: none */
};

/* Zero it before first use. */
struct wg_counters {
    union { /* by counter modulo capacity: number of the first copy, or 0 */
        uint32_t few[WG_COUNTERS_FEW]; /* up to that capacity */
        uint32_t *many;
    } window;
    uint16_t capacity; /* a power of two, or 0 */
    bool any;
    bool from_zero;  /* the handshake was captured: counters missing at the start are lost */
    uint32_t strays; /* packets that no other one continued, so that they do not count */
    uint32_t duplicates, forgotten; /* each packet is one of these three, or distinct */
    uint64_t lowest;                /* first counter that is accounted for */
    uint64_t highest;               /* highest counter seen */
    uint64_t distinct;              /* different counters seen */
    struct wg_stray stray;
};

/*
 * Account for one packet. `number` is the caller's, from 1 to 2^31 - 1. O(1), but for a late
 * packet, which looks through at most the window (8192 entries) for the gap that it fills.
 *
 * proved  a key opened the packet. Without, a single counter further away than WG_REPLAY_WINDOW
 *         does not move the window, which anyone who saw the index could do: it follows what
 *         continues
 */
struct wg_counter_result wg_counters_add(struct wg_counters *c, struct wg_counters_pool *pool,
                                         uint64_t counter, uint32_t number, bool proved);

/*
 * The handshake turned up after data did: the counters before the lowest one are lost, not
 * uncaptured. returns number and correction as for an OUT_OF_ORDER packet; number 0 for none.
 */
struct wg_counter_result wg_counters_start_at_zero(struct wg_counters *c);

/* Counters between the lowest and the highest of which no copy was seen. */
uint64_t wg_counters_lost(const struct wg_counters *c);

/* Let go of the window; the figures stay. */
void wg_counters_clear(struct wg_counters *c, struct wg_counters_pool *pool);

#endif
