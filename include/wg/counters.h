/* counters.h
 * The counters of one direction of a session: which are lost, late or duplicate.
 *
 * Sources: WireGuard paper, section 5.4.6 (counter) and 5.4.6's reference to RFC 6479; the Linux
 * module and wireguard-go accept a packet that is at most 8128 below the highest one.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_COUNTERS_H
#define WG_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No receiver accepts a counter that is further than this below the highest one. */
#define WG_REPLAY_WINDOW 8128

enum wg_counter_verdict {
    WG_COUNTER_IN_ORDER,     /* higher than every one before */
    WG_COUNTER_OUT_OF_ORDER, /* first copy of a lower one */
    WG_COUNTER_DUPLICATE,    /* a further copy */
    WG_COUNTER_FORGOTTEN,    /* so low that first copy and further copy look alike */
    WG_COUNTER_STRAY,        /* so far away that it counts only if another one continues it */
};

struct wg_counter_result {
    enum wg_counter_verdict verdict;
    bool outside_window; /* more than WG_REPLAY_WINDOW below */
    uint64_t lost;       /* IN_ORDER: counters skipped just before this one */
    uint32_t number;     /* DUPLICATE: number of the first copy; else number of the message to whose
                            `lost` to add `correction`, or 0 */
    int64_t correction;
};

/* Shared by all directions of a capture: limits the memory of their windows. */
struct wg_counters_pool {
    size_t bytes;     /* taken by windows now */
    uint64_t packets; /* counters added so far */
};

/* A window of so few counters needs no memory of its own: most sessions of a scan, or of a peer
 * that is down, are short. */
#define WG_COUNTERS_FEW 4

/* A run of counters far from the window, each of which continues the one before. */
struct wg_stray {
    uint64_t first;
    uint32_t number; /* of the message that carried the first */
    uint16_t ahead;  /* how much higher the latest is */
    uint16_t length;
};

/* Packets that are no new counter of the window. Few directions have any. */
struct wg_counters_others {
    uint32_t strays; /* that no other one continued, so that they do not count */
    uint32_t duplicates, forgotten;
    struct wg_stray run; /* the strays that continue one another, if its length is not 0 */
};

/* Zero it before first use. */
struct wg_counters {
    union { /* by counter modulo capacity: number of the first copy, or 0 */
        uint32_t few[WG_COUNTERS_FEW]; /* up to that capacity */
        uint32_t *many;
    } window;
    uint64_t lowest;                   /* first counter that is accounted for */
    uint64_t highest;                  /* highest counter seen */
    struct wg_counters_others *others; /* NULL: there are none; see wg_counters_others */
    uint32_t distinct;                 /* different counters seen */
    uint16_t capacity;                 /* a power of two, or 0 */
    bool any;
    bool from_zero; /* the handshake was captured: counters missing at the start are lost */
};

/*
 * Account for one packet. `number` is the caller's, from 1 to 2^31 - 1. O(1), except for a late
 * packet, which looks through at most the window (8192 entries) for the gap that it fills.
 *
 * proved  a key opened the packet. If not, a single counter further away than WG_REPLAY_WINDOW does
 *         not move the window, since anyone who saw the index could send it: another one must
 *         continue it
 */
struct wg_counter_result wg_counters_add(struct wg_counters *c, struct wg_counters_pool *pool,
                                         uint64_t counter, uint32_t number, bool proved);

/*
 * The handshake was found after data. The counters below the lowest one are then lost, and not just
 * missing from the capture. returns number and correction as for an OUT_OF_ORDER packet; number 0
 * for none.
 */
struct wg_counter_result wg_counters_start_at_zero(struct wg_counters *c);

/* The number of the first packet with this counter; 0: there was none, as far as is remembered. */
uint32_t wg_counters_first(const struct wg_counters *c, uint64_t counter);

/* The packets that are no new counter; all zero if there are none. */
const struct wg_counters_others *wg_counters_others(const struct wg_counters *c);

/* Packets that were added. */
static inline uint64_t
wg_counters_packets(const struct wg_counters *c)
{
    const struct wg_counters_others *o = c->others;

    if (o == NULL)
        return c->distinct;
    return (uint64_t)c->distinct + o->duplicates + o->forgotten + o->strays;
}

/* Counters between the lowest and the highest of which no copy was seen. */
uint64_t wg_counters_lost(const struct wg_counters *c);

/* Free the memory. */
void wg_counters_clear(struct wg_counters *c, struct wg_counters_pool *pool);

#endif
