/* reports.c
 * The reports, tables and statistics that there are.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/proto.h>

#include "options.h"
#include "report.h"
#include "reports.h"

void
wg_reports_register(void)
{
    wg_report_options_register();
    wg_report_watch_captures();
    wg_statistics_register();
    wg_conversations_register(proto_get_id_by_filter_name("wg"));
    wg_report_register(&wg_sessions_report);
    wg_report_register(&wg_audit_report);
    wg_report_register(&wg_diagnose_report);
    wg_report_register(&wg_keys_report);
}
