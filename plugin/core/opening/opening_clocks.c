/* opening_clocks.c
 * What the keys open: the timestamps of initiations, which must rise (paper, 5.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "opener.h"
#include "wg/tai64n.h"

/* The greatest timestamp that an initiator sent to a responder. */
struct clock {
    uint8_t public_keys[2][WG_KEY_LEN];
    struct wg_tai64n timestamp;
    int64_t captured; /* when its message was captured, nanoseconds since 1970 */
};

static int
compare_key_pairs(const void *a, const void *b, void *user)
{
    return memcmp(a, b, 2 * WG_KEY_LEN);
}

/* A tree and not a hash table: the author of a capture can choose the keys in it, and with them
 * their hashes. */
void
wg_opener_forget_clocks(struct wg_opener *opener)
{
    if (opener->clocks != NULL)
        g_tree_destroy(opener->clocks);
    opener->clocks = g_tree_new_full(compare_key_pairs, NULL, NULL, g_free);
}

/* Whether the clock went back, by a time that it shows and when its message was captured. */
static bool
goes_back(struct wg_opener *opener, const uint8_t peers[2][WG_KEY_LEN], struct wg_tai64n timestamp,
          int64_t captured)
{
    struct clock *clock = g_tree_lookup(opener->clocks, peers);

    if (clock == NULL) {
        clock = g_new0(struct clock, 1);
        memcpy(clock->public_keys, peers, sizeof clock->public_keys);
        g_tree_insert(opener->clocks, clock->public_keys, clock);
    } else if (wg_tai64n_compare(timestamp, clock->timestamp) <= 0) {
        /* In a capture out of order the earlier message comes later. */
        return captured > clock->captured;
    }
    clock->timestamp = timestamp;
    clock->captured = captured;
    return false;
}

void
wg_opener_compare_clock(struct wg_opener *opener, struct wg_session *session)
{
    uint8_t peers[2][WG_KEY_LEN] = { { 0 } };
    struct wg_initiation_keys *keys = session->keys;

    if (keys == NULL || keys->opened.verdict != WG_NOISE_OK)
        return;
    memcpy(peers[0], keys->opened.initiator_static, WG_KEY_LEN);
    if (keys->responder != NULL)
        memcpy(peers[1], keys->responder->public_key, WG_KEY_LEN);
    keys->clock_backwards = goes_back(opener, peers, wg_tai64n_decode(keys->opened.timestamp),
                                      session->initiation_time);
}
