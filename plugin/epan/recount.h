/* recount.h
 * Accounts for all packets a second time, if keys came after messages that only they make
 * recognisable: a message in an envelope, or of a tunnel inside another tunnel.
 *
 * The host never hands out packets that it is not asked for, so the second time is its next pass
 * over the file: that of tshark -2, of a display filter, of a report. A packet has its turn when
 * its frame is dissected, and all frames before it have had theirs. Whatever else is looked at in
 * the meantime shows what the first pass found.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_RECOUNT_H
#define WG_RECOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include <epan/packet.h>

/* The frame whose turn it is, from 1; 0: nothing is accounted for again. For wg_first_look. */
extern uint32_t wg_recount_turn;

/* Whether a frame is to be accounted for: on the first pass, and when it has its turn again. */
static inline bool
wg_first_look(const packet_info *pinfo)
{
    return !PINFO_FD_VISITED(pinfo) || pinfo->num == wg_recount_turn;
}

/* A capture is opened. */
void wg_recount_open(void);

/* The first datagram comes: keys that are not known by now come late. */
void wg_recount_begin(void);

/*
 * The first pass is over, or keys came since: if keys came late, the frames have their turn from
 * now on.
 *
 * in_frame  a frame is being dissected: they have it after that
 * returns   true if so; wg_recount_look and wg_recount_after then need to see each frame
 */
bool wg_recount_offer(bool in_frame);

/* Use the accounting that a frame belongs to. For wg_recount_look. */
void wg_recount_choose(const packet_info *pinfo);

/* A frame is looked at: from now on, wg_opened has the accounting that it belongs to. */
static inline void
wg_recount_look(const packet_info *pinfo)
{
    if (wg_recount_turn != 0)
        wg_recount_choose(pinfo);
}

/* A message of this frame was found that the first pass took. */
void wg_recount_met(void);

/* A frame was dissected: the next one has its turn. */
void wg_recount_after(const packet_info *pinfo);

#endif
