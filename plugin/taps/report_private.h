/* report_private.h
 * What the two ways to show a report share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_REPORT_PRIVATE_H
#define WG_REPORT_PRIVATE_H

#include "report.h"

void wg_report_register_text(const struct wg_report_class *class, tap_param *params,
                             unsigned param_count);
void wg_report_register_table(const struct wg_report_class *class, tap_param *params,
                              unsigned param_count);

/* The capture is closed, so every report is freed. tell: print those that were not printed yet. */
void wg_report_texts_closed(bool tell);
void wg_report_tables_closed(void);

#endif
