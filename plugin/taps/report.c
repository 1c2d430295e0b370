/* report.c
 * What the reports have in common: they are made, fed and freed here.
 *
 * tshark prints a report when all packets were seen (report_text.c); Wireshark and sharkd show it
 * as a table (report_table.c).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include "datagram.h"
#include "report.h"
#include "report_private.h"

struct wg_report *
wg_report_new(const struct wg_report_class *class, const char *filter)
{
    struct wg_report *report = class->make();

    report->class = class;
    report->filter = g_strdup(filter);
    report->hints = wg_hints_new();
    return report;
}

void
wg_report_free(struct wg_report *report)
{
    if (report == NULL)
        return;
    wg_hints_free(report->hints);
    g_free(report->filter);
    report->class->free(report);
}

void
wg_report_feed(struct wg_report *report, packet_info *pinfo, epan_dissect_t *edt)
{
    const struct wg_report_class *class = report->class;
    const struct wg_tapped *tapped = wg_tapped_in(pinfo);

    if (tapped == NULL) {
        wg_hints_other(report->hints, pinfo, edt);
        class->add(report, pinfo, edt, NULL);
        return;
    }
    wg_hints_found(report->hints);
    for (; tapped != NULL; tapped = tapped->next)
        class->add(report, pinfo, edt, tapped);
}

nstime_t
wg_report_time(const packet_info *pinfo, const struct wg_sighting *sighting)
{
    const int64_t second = 1000000000;
    const int64_t elapsed = wg_elapsed(sighting->time, wg_nanoseconds(&pinfo->abs_ts));
    const nstime_t ago = { (time_t)(elapsed / second), (int)(elapsed % second) };
    nstime_t relative;

    nstime_delta(&relative, &pinfo->rel_ts, &ago);
    return relative;
}

static tap_param filter_param[] = { { PARAM_FILTER, "filter", "Filter", NULL, TRUE } };

void
wg_report_register(const struct wg_report_class *class)
{
    const char *program = g_get_prgname();

    /* A program offers one of them under a name, and in tshark that is the text. */
    if (program != NULL && g_str_has_prefix(program, "tshark"))
        wg_report_register_text(class, filter_param, G_N_ELEMENTS(filter_param));
    else if (class->columns != NULL)
        wg_report_register_table(class, filter_param, G_N_ELEMENTS(filter_param));
}

/* Before the dissector's own, which frees the capture: the host calls the latest one first. */
static void
capture_closed(void)
{
    wg_report_texts_closed(wg_opened()->keys != NULL);
    wg_report_tables_closed();
}

void
wg_report_watch_captures(void)
{
    register_cleanup_routine(capture_closed);
}
