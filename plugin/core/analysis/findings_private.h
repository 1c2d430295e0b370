/* findings_private.h
 * What the files of the findings share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_FINDINGS_PRIVATE_H
#define WG_FINDINGS_PRIVATE_H

#include "wg/findings.h"

#define WG_FOUND(id, holds) ((wg_findings)((holds) ? 1 : 0) << WG_FINDING_##id)

bool wg_found_verdict(const struct wg_tunnel *tunnel, enum wg_verdict verdict);
/* Whether anything of a side was captured. */
bool wg_found_heard(const struct wg_tunnel *tunnel, unsigned side);
/* A rekey that never came; by the time of the capture's last frame. */
bool wg_found_overdue(const struct wg_tunnel *tunnel);

/* What else is to be said of a tunnel. */
wg_findings wg_findings_besides(const struct wg_tunnel *tunnel);

#endif
