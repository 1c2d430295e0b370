/* reports.h
 * The reports, tables and statistics that there are.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_REPORTS_H
#define WG_REPORTS_H

#include "report.h"

extern const struct wg_report_class wg_sessions_report, wg_audit_report, wg_diagnose_report;

void wg_statistics_register(void);
void wg_conversations_register(int proto);

/* To be called once at start-up, after the protocol was registered. */
void wg_reports_register(void);

#endif
