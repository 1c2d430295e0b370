/* report_private.h
 * What the two ways to show a report share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_REPORT_PRIVATE_H
#define WG_REPORT_PRIVATE_H

#include "report.h"

/* filter: NULL for none; copied. */
struct wg_report *wg_report_new(const struct wg_report_class *class, const char *filter);
void wg_report_free(struct wg_report *report); /* NULL is allowed */

/* Feed a frame, with all messages in it. */
void wg_report_feed(struct wg_report *report, packet_info *pinfo, epan_dissect_t *edt);

void wg_report_register_text(const struct wg_report_class *class, tap_param *params,
                             unsigned param_count);
void wg_report_register_table(const struct wg_report_class *class, tap_param *params,
                              unsigned param_count);

/* The capture is closed, so every report is freed. tell: print those that were not printed yet. */
void wg_report_texts_closed(bool tell);
void wg_report_tables_closed(void);

#endif
