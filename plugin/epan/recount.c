/* recount.c
 * Accounts for all packets a second time, if keys came late.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include "opened.h"
#include "recount.h"

uint32_t wg_recount_turn;

static struct {
    bool begun, offered;
    uint64_t generation; /* of the key store, when the first datagram came */
    bool met;            /* in the frame that has its turn: a message that the first pass took */
    bool waits;          /* until the frame was dissected in which it was offered */
} state;

void
wg_recount_open(void)
{
    wg_recount_turn = 0;
    state.begun = state.offered = state.met = state.waits = false;
}

void
wg_recount_begin(void)
{
    const struct wg_keystore *keys = wg_opened()->keys;

    state.begun = keys != NULL;
    if (state.begun)
        state.generation = wg_keystore_generation(keys);
}

bool
wg_recount_offer(bool in_frame)
{
    const struct wg_opened *opened = wg_opened();

    if (!state.begun || state.offered || opened->capture == NULL ||
        wg_keystore_generation(opened->keys) == state.generation)
        return false;
    /* A read filter dropped packets, which would now be missing. */
    if (wg_capture_reuses_frames(opened->capture))
        return false;
    state.offered = true;
    state.waits = in_frame;
    wg_recount_turn = in_frame ? 0 : 1;
    return true;
}

void
wg_recount_choose(const packet_info *pinfo)
{
    if (pinfo->num > wg_recount_turn)
        wg_opened_use(WG_ACCOUNTING_FIRST);
    else if (pinfo->num == wg_recount_turn)
        wg_opened_use(WG_ACCOUNTING_GOES_ON);
    else
        wg_opened_use(WG_ACCOUNTING_SECOND);
}

void
wg_recount_met(void)
{
    state.met = true;
}

void
wg_recount_after(const packet_info *pinfo)
{
    if (state.waits) {
        state.waits = false;
        wg_recount_turn = 1;
        return;
    }
    if (pinfo->num != wg_recount_turn)
        return;
    const struct wg_capture *earlier = wg_opened()->earlier;
    /* Then this is not the packet that had the number on the first pass: a read filter dropped that
     * one. Without it, the second accounting would find packets missing. */
    const bool another = !state.met && wg_capture_first(earlier, pinfo->num) != 0;

    state.met = false;
    if (another) {
        wg_opened_use(WG_ACCOUNTING_FIRST);
        wg_recount_turn = 0;
    } else {
        wg_recount_turn++;
    }
}
