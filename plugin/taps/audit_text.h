/* audit_text.h
 * The audit in sentences. All texts are to be freed by the caller.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_AUDIT_TEXT_H
#define WG_AUDIT_TEXT_H

#include "report.h"
#include "wg/audit.h"

/* To standard output: every pair, and what belongs to none. */
void wg_audit_print(struct wg_audit *audit);
void wg_audit_print_json(const struct wg_report *report, struct wg_audit *audit);

/* "192.0.2.1 (alice)" */
char *wg_audit_host_text(const struct wg_audit_pair *pair, unsigned side);

/* "HTTP"; where a port is all that is known of it, "UDP port 9000"; "DNS in GRE". */
char *wg_audit_leak_name(const struct wg_audit_leak *leak);

/* The verdict on a pair, in sentences. */
char *wg_audit_verdict(struct wg_audit *audit, const struct wg_audit_pair *pair);

/* The same in a word or two; sorted by the alphabet, the gravest comes first. */
const char *wg_audit_state(struct wg_audit *audit, const struct wg_audit_pair *pair);

#endif
