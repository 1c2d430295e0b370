/* reports.c
 * The reports, tables and statistics that there are, and how each is offered.
 *
 * tshark prints a report after the last packet (report_text.c); Wireshark and sharkd show it as a
 * table (report_table.c).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/proto.h>

#include "options.h"
#include "report_private.h"
#include "reports.h"

static tap_param filter_param[] = { { PARAM_FILTER, "filter", "Filter", NULL, TRUE } };

static void
offer(const struct wg_report_class *class)
{
    const char *program = g_get_prgname();

    /* The host takes one of the two under a name: in tshark, the text. */
    if (program != NULL && g_str_has_prefix(program, "tshark"))
        wg_report_register_text(class, filter_param, G_N_ELEMENTS(filter_param));
    else if (class->columns != NULL)
        wg_report_register_table(class, filter_param, G_N_ELEMENTS(filter_param));
}

/* The host calls the routine that was registered last first: this one, before the dissector's own,
 * which frees the capture. */
static void
capture_closed(void)
{
    wg_report_texts_closed(wg_opened()->keys != NULL);
    wg_report_tables_closed();
    wg_tap_forget();
}

void
wg_reports_register(void)
{
    wg_report_options_register();
    register_cleanup_routine(capture_closed);
    wg_statistics_register();
    wg_conversations_register(proto_get_id_by_filter_name("wg"));
    offer(&wg_sessions_report);
    offer(&wg_audit_report);
    offer(&wg_diagnose_report);
    offer(&wg_keys_report);
}
