/* report_feed.h
 * How reports are made, fed and freed.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_REPORT_FEED_H
#define WG_REPORT_FEED_H

#include "hints.h"
#include "report.h"

/* filter: NULL for none; copied. */
struct wg_report *wg_report_new(const struct wg_report_class *class, const char *filter);
void wg_report_free(struct wg_report *report); /* NULL is allowed */

/* Feed a frame, with all messages in it. Here, since it is short, and called for each frame. */
static inline void
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

#endif
