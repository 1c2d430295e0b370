/* allowed.h
 * Inner packets whose source their receiver does not allow.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_ALLOWED_H
#define WG_ALLOWED_H

#include "tree.h"

void wg_allowed_register(void);

/* Say so where the inner source is outside the AllowedIPs that the receiver's configuration gives
 * its sender: the receiver drops it (paper, 3: cryptokey routing). `length` bytes of an IP packet.
 */
void wg_draw_allowed(const struct wg_drawing *d, tvbuff_t *inner, unsigned length);

#endif
