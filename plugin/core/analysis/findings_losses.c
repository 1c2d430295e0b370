/* findings_losses.c
 * What is missing, and what it has in common.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "findings_private.h"

/* If one packet in so many is missing, and so many at least, a tunnel is not called healthy. */
enum { LOSSY_PER = 100, LOSSY_LEAST = 3 };
/* Where large packets are dropped, much of the data is missing. */
enum { MANY_PER = 4, MANY_LEAST = 5 };
/* Datagrams of this size pass everywhere: IPv6's minimum MTU, less IPv6 and UDP. */
enum { SAFE_SIZE = 1280 - 40 - 8 };

static bool
misses(const struct wg_tunnel *t, unsigned side, uint64_t per, uint64_t least)
{
    const uint64_t missing = wg_tunnel_missing(t, side), there = t->side[side].distinct;
    return missing >= least && missing >= (missing + there) / per;
}

/* Whether the capture was sampled. Both directions miss more than any application bears, and go on:
 * no network does that. Or nearly all tunnels have gaps. */
static bool
sampled(const struct wg_tunnel *t)
{
    enum { TEN = 10, SIDES = 4, HALF = 2 };
    const uint64_t a = wg_tunnel_missing(t, 0), b = wg_tunnel_missing(t, 1);
    const uint64_t all_a = a + t->side[0].distinct, all_b = b + t->side[1].distinct;
    const struct wg_surroundings *around = t->surroundings;

    if (!misses(t, 0, TEN, TEN) || !misses(t, 1, TEN, TEN))
        return false;
    if (around != NULL && around->sides >= SIDES &&
        (uint64_t)around->gap_sides * TEN >= (uint64_t)around->sides * (TEN - 1))
        return true;
    return misses(t, 0, HALF, TEN) && misses(t, 1, HALF, TEN) && t->side[0].distinct >= TEN &&
           t->side[1].distinct >= TEN && all_a > 0 && all_b > 0;
}

uint32_t
wg_tunnel_unfinished(const struct wg_tunnel *t, unsigned side)
{
    const struct wg_fragments *f = &t->side[side].fragments;
    const uint32_t copies = f->copies_together - MIN(f->copies_together, f->repeated);
    const uint64_t whole = (uint64_t)f->together + copies;

    return f->first.count - (uint32_t)MIN(f->first.count, whole);
}

bool
wg_tunnel_loses_fragments(const struct wg_tunnel *t, unsigned side)
{
    enum { LEAST = 3 };
    const uint32_t unfinished = wg_tunnel_unfinished(t, side);

    return unfinished >= LEAST && unfinished >= t->side[side].fragments.together;
}

bool
wg_tunnel_repeats_large(const struct wg_tunnel *t, unsigned side)
{
    enum { DOUBLINGS = 3 };
    return t->side[side].most_doublings >= DOUBLINGS;
}

bool
wg_tunnel_misses_large(const struct wg_tunnel *t, unsigned side)
{
    const struct wg_tunnel_side *s = &t->side[side];

    return misses(t, side, MANY_PER, MANY_LEAST) && s->largest <= SAFE_SIZE &&
           s->largest * 2 < t->side[!side].largest;
}

static bool
large_missing(const struct wg_tunnel *t, unsigned side)
{
    /* TCP makes segments of the size that its path takes. */
    return t->in_stream.count == 0 &&
           (wg_tunnel_repeats_large(t, side) || wg_tunnel_loses_fragments(t, side) ||
            wg_tunnel_misses_large(t, side));
}

wg_findings
wg_findings_losses(const struct wg_tunnel *t)
{
    const bool gaps = sampled(t), large = large_missing(t, 0) || large_missing(t, 1);
    const bool outage = t->outage.count > 0;

    if (!t->up) /* fragments may be why it is not up */
        return WG_FOUND(SIZE, wg_tunnel_loses_fragments(t, 0) || wg_tunnel_loses_fragments(t, 1));
    if (gaps)
        return WG_FOUND(SAMPLED, true);
    return WG_FOUND(OUTAGE, outage) | WG_FOUND(SIZE, large) |
           WG_FOUND(LOSSY, !large && (misses(t, 0, LOSSY_PER, LOSSY_LEAST) ||
                                      misses(t, 1, LOSSY_PER, LOSSY_LEAST)));
}
