/* decrypt.h
 * Transport data: show its status, and hand the inner packet on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_DECRYPT_H
#define WG_DECRYPT_H

#include "tree.h"

/* Call at hand-off. */
void wg_decrypt_handoff(int proto);

/* Draw the peers and the status, hand the message to the reports, and dissect what is inside, if it
 * was decrypted, under `parent`. */
void wg_decrypt_data(const struct wg_drawing *d, proto_tree *parent);

#endif
