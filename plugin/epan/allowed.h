/* allowed.h
 * Inner packets whose source address the receiver does not allow.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_ALLOWED_H
#define WG_ALLOWED_H

#include "tree.h"

void wg_allowed_register(void);

/* Add an expert info if the source of the inner packet is outside the AllowedIPs that the
 * receiver's configuration gives the sender. The receiver drops such a packet (paper, section 3:
 * cryptokey routing). length: bytes of the IP packet; 0: there is none */
void wg_draw_allowed(const struct wg_drawing *d, tvbuff_t *inner, unsigned length);

#endif
