/* audit_text.h
 * The audit on standard output: every pair, and what belongs to none.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_AUDIT_TEXT_H
#define WG_AUDIT_TEXT_H

#include "report.h"
#include "wg/audit.h"

void wg_audit_print(struct wg_audit *audit);
void wg_audit_print_json(const struct wg_report *report, struct wg_audit *audit);

#endif
