/* decrypt.h
 * Transport data: decrypt it and hand the inner packet on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_DECRYPT_H
#define WG_DECRYPT_H

#include "tree.h"

/* To be called at hand-off. */
void wg_decrypt_handoff(int proto);

/* Decrypt the message, if that can be, tell the reports, and dissect what is inside under `parent`.
 */
void wg_decrypt_data(const struct wg_drawing *d, proto_tree *parent);

#endif
