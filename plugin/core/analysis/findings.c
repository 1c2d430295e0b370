/* findings.c
 * The catalogue of findings (findings.def), and the order in which they are reported.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "findings_private.h"

#define FAULT   WG_SEVERITY_FAULT
#define WARNING WG_SEVERITY_WARNING
#define GOOD    WG_SEVERITY_GOOD
#define NOTE    WG_SEVERITY_NOTE
const struct wg_finding_row wg_finding_rows[WG_FINDING_COUNT] = {
#define WG_FINDING(id, name, severity, group, label, rests, excludes)                              \
    { name, label, severity, WG_GROUP_##group },
#include "wg/findings.def"
#undef WG_FINDING
};
#undef FAULT
#undef WARNING
#undef GOOD
#undef NOTE

G_STATIC_ASSERT(WG_FINDING_COUNT <= 64);

const char *
wg_severity_name(enum wg_severity severity)
{
    static const char *const names[] = { [WG_SEVERITY_GOOD] = "OK",
                                         [WG_SEVERITY_NOTE] = "NOTE",
                                         [WG_SEVERITY_WARNING] = "WARNING",
                                         [WG_SEVERITY_FAULT] = "FAULT" };
    return names[severity];
}

wg_findings
wg_findings_of_group(enum wg_finding_group group)
{
    static wg_findings masks[WG_GROUP_BESIDE + 1];

    if (masks[WG_GROUP_BESIDE] == 0)
        for (unsigned i = 0; i < WG_FINDING_COUNT; i++)
            masks[wg_finding_rows[i].group] |= UINT64_C(1) << i;
    return masks[group];
}

wg_findings
wg_findings_of_severity(enum wg_severity severity)
{
    static wg_findings masks[WG_SEVERITY_FAULT + 1];

    if (masks[WG_SEVERITY_FAULT] == 0)
        for (unsigned i = 0; i < WG_FINDING_COUNT; i++)
            masks[wg_finding_rows[i].severity] |= UINT64_C(1) << i;
    return masks[severity];
}

enum wg_finding
wg_findings_next(wg_findings *found)
{
    for (int severity = WG_SEVERITY_FAULT; severity >= WG_SEVERITY_NOTE; severity--) {
        const wg_findings of_it = *found & wg_findings_of_severity((enum wg_severity)severity);
        if (of_it == 0)
            continue;
        const wg_findings lowest = of_it & (~of_it + 1);
        *found &= ~lowest;
        return (enum wg_finding)__builtin_ctzll(lowest);
    }
    return WG_FINDING_COUNT;
}

enum wg_finding
wg_findings_verdict(wg_findings found)
{
    return wg_findings_next(&found);
}
