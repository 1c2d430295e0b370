/* evidence_private.h
 * What the files of the diagnosis share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_EVIDENCE_PRIVATE_H
#define WG_EVIDENCE_PRIVATE_H

#include "wg/evidence.h"

/* An initiation that opens shows that those before it, which do not, were forged. */
void wg_tunnel_forget_unproved(struct wg_tunnel *tunnel);

#endif
