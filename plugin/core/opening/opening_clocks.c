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
GTree *
wg_opener_new_clocks(void)
{
    return g_tree_new_full(compare_key_pairs, NULL, NULL, g_free);
}

bool
wg_opener_clock_backwards(void *self, const struct wg_session *session)
{
    struct wg_opener *opener = self;
    uint8_t peers[2][WG_KEY_LEN] = { { 0 } };

    if (session->keys == NULL || session->keys->opened.verdict != WG_NOISE_OK)
        return false;
    const struct wg_noise_initiation *opened = &session->keys->opened;
    const struct wg_tai64n timestamp = wg_tai64n_decode(opened->timestamp);
    memcpy(peers[0], opened->initiator_static, WG_KEY_LEN);
    if (session->keys->responder != NULL)
        memcpy(peers[1], session->keys->responder->public_key, WG_KEY_LEN);
    struct clock *clock = g_tree_lookup(opener->clocks, peers);

    if (clock == NULL) {
        clock = g_new0(struct clock, 1);
        memcpy(clock->public_keys, peers, sizeof peers);
        g_tree_insert(opener->clocks, clock->public_keys, clock);
    } else if (wg_tai64n_compare(timestamp, clock->timestamp) <= 0) {
        /* In a capture out of order the earlier message comes later. */
        return session->initiation_time > clock->captured;
    }
    clock->timestamp = timestamp;
    clock->captured = session->initiation_time;
    return false;
}
