/* options.c
 * The preferences of the reports.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/prefs.h>

#include "options.h"

enum { FORMAT_TEXT, FORMAT_JSON };

static int format = FORMAT_TEXT;
static ws_bool anonymous = FALSE;

void
wg_report_options_register(void)
{
    static const enum_val_t formats[] = { { "text", "Text", FORMAT_TEXT },
                                          { "json", "JSON, one object a line", FORMAT_JSON },
                                          { NULL, NULL, 0 } };
    module_t *module = prefs_find_module("wg");

    prefs_register_enum_preference(module, "report_format", "Format of tshark's reports",
                                   "How tshark prints -z wg,sessions, wg,audit and wg,diagnose",
                                   &format, formats, FALSE);
    prefs_register_bool_preference(
        module, "report_anonymous", "Anonymous reports",
        "In the reports, addresses, names and keys are replaced by words "
        "such as host-1, each always by the same one",
        &anonymous);
}

bool
wg_report_is_json(void)
{
    return format == FORMAT_JSON;
}

bool
wg_report_is_anonymous(void)
{
    return anonymous;
}
