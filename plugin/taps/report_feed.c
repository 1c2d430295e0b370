/* report_feed.c
 * What the reports have in common: how they are made, fed and freed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include "datagram.h"
#include "hints.h"
#include "report.h"
#include "report_feed.h"

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

nstime_t
wg_report_time(const packet_info *pinfo, const struct wg_sighting *sighting)
{
    if (sighting->frame == pinfo->num)
        return pinfo->rel_ts;
    const int64_t second = 1000000000;
    const int64_t elapsed = wg_elapsed(sighting->time, wg_nanoseconds(&pinfo->abs_ts));
    const nstime_t ago = { (time_t)(elapsed / second), (int)(elapsed % second) };
    nstime_t relative;

    nstime_delta(&relative, &pinfo->rel_ts, &ago);
    return relative;
}
