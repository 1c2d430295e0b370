/* findings_private.h
 * What the files of the findings share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_FINDINGS_PRIVATE_H
#define WG_FINDINGS_PRIVATE_H

#include "wg/findings.h"

#define WG_FOUND(id, holds) ((wg_findings)(bool)(holds) << WG_FINDING_##id)

/* Whether any message of a tunnel has this verdict. */
static inline bool
wg_found_verdict(const struct wg_tunnel *t, enum wg_verdict verdict)
{
    return t->verdicts[verdict].count > 0;
}

/* Whether anything of a side was captured. */
static inline bool
wg_found_heard(const struct wg_tunnel *t, unsigned side)
{
    const struct wg_tunnel_side *s = &t->side[side];
    return s->initiations.count + s->responses.count + s->cookies.count + s->data.count > 0;
}

/* The frame of the last response whose preshared key is known, by itself or by the data that
 * follows it; 0: none. */
static inline uint32_t
wg_found_psk(const struct wg_tunnel *t)
{
    if (t->psk_found > t->psk_right.last)
        return t->psk_found;
    return t->psk_right.last;
}

/* All findings of a group, or of a severity. */
wg_findings wg_findings_of_group(enum wg_finding_group group);
wg_findings wg_findings_of_severity(enum wg_severity severity);

/* Why a tunnel fails, and how. */
wg_findings wg_findings_failing(const struct wg_tunnel *tunnel);
/* What is missing. */
wg_findings wg_findings_losses(const struct wg_tunnel *tunnel);
/* What troubles a tunnel. */
wg_findings wg_findings_trouble(const struct wg_tunnel *tunnel);
/* How a tunnel that is up and has no trouble is used. */
wg_findings wg_findings_working(const struct wg_tunnel *tunnel);
/* What else the evidence shows. */
wg_findings wg_findings_besides(const struct wg_tunnel *tunnel);

#endif
