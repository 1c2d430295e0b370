/* timers.c
 * What the size of a packet says about the implementation that sent it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wg/timers.h"
#include "wg/wire.h"

/* IPv6's minimum MTU. Packets as large as this may lack padding, which ends at the MTU. */
enum { LEAST_MTU = 1280 };

bool
wg_timers_unpadded(size_t length)
{
    const size_t plain = length - WG_DATA_MIN_LEN;

    return length > WG_DATA_MIN_LEN && plain < LEAST_MTU && plain % WG_PADDING_MULTIPLE != 0;
}
