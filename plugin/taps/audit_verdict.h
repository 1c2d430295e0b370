/* audit_verdict.h
 * The verdict of the audit on a pair of hosts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_AUDIT_VERDICT_H
#define WG_AUDIT_VERDICT_H

#include "wg/audit.h"

/* In sentences; to be freed by the caller. */
char *wg_audit_verdict(struct wg_audit *audit, const struct wg_audit_pair *pair);

/* In a word or two; sorted by the alphabet, the gravest comes first. */
const char *wg_audit_state(struct wg_audit *audit, const struct wg_audit_pair *pair);

#endif
