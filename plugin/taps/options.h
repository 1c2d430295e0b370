/* options.h
 * The preferences of the reports, in the module "wg".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_OPTIONS_H
#define WG_OPTIONS_H

#include <stdbool.h>

void wg_report_options_register(void);

/* wg.report_format:json: one JSON object a line instead of text. */
bool wg_report_is_json(void);

/* wg.report_anonymous: words in place of addresses, names and keys. */
bool wg_report_is_anonymous(void);

#endif
