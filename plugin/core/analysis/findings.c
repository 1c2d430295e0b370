/* findings.c
 * What the evidence proves.
 *
 * Each finding is a small function over the evidence, in one of findings_*.c. This file takes out
 * those that others explain, and gives the rest in the order of findings.def.
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

static wg_findings
group_mask(enum wg_finding_group group)
{
    static wg_findings masks[WG_GROUP_BESIDE + 1];

    if (masks[WG_GROUP_BESIDE] == 0)
        for (unsigned i = 0; i < WG_FINDING_COUNT; i++)
            masks[wg_finding_rows[i].group] |= UINT64_C(1) << i;
    return masks[group];
}

static wg_findings
severity_mask(enum wg_severity severity)
{
    static wg_findings masks[WG_SEVERITY_FAULT + 1];

    if (masks[WG_SEVERITY_FAULT] == 0)
        for (unsigned i = 0; i < WG_FINDING_COUNT; i++)
            masks[wg_finding_rows[i].severity] |= UINT64_C(1) << i;
    return masks[severity];
}

#define FOUND(id) WG_FOUND(id, true)

/* Report one event once: a finding that explains another one takes its place. The order matters: a
 * finding that was taken out explains nothing any more. */
static wg_findings
without_consequences(wg_findings found)
{
    const wg_findings causes = group_mask(WG_GROUP_CAUSE) & ~FOUND(SHARED_KEY);
    const struct {
        wg_findings of, hides; /* where one of `of` was found, `hides` are not reported */
    } rules[] = {
        { causes, group_mask(WG_GROUP_SYMPTOM) | FOUND(OTHER_PUBLIC_KEY) | FOUND(CLOCK_SUSPECT) |
                      FOUND(TOO_LITTLE) },
        { causes | FOUND(LOST_CONTACT) | FOUND(NOT_ACCEPTED),
          FOUND(HEARS_NOTHING) | FOUND(DATA_LOST) | FOUND(DEAF) | FOUND(KEEPALIVES_ONLY) |
              FOUND(REKEY_UNANSWERED) | FOUND(OVERDUE) | FOUND(QUIET) | FOUND(KEEPALIVE_STOPS) },
        { FOUND(HEARS_NOTHING) | FOUND(DEAF), FOUND(KEEPALIVES_ONLY) | FOUND(QUIET) },
        { FOUND(NOT_AUTHENTIC), FOUND(HEARS_NOTHING) | FOUND(DEAF) | FOUND(FORGED) | FOUND(QUIET) },
        { FOUND(OUTSIDE_ALLOWED_IPS), FOUND(HEARS_NOTHING) | FOUND(KEEPALIVES_ONLY) | FOUND(DEAF) },
        { FOUND(OUTLIVED) | FOUND(REKEY_UNANSWERED), FOUND(OVERDUE) },
        { FOUND(REKEY_UNANSWERED) | FOUND(LOST_CONTACT), FOUND(UNPROVED) },
        { FOUND(OUTAGE), FOUND(RETRIED) },
        { FOUND(SIZE), FOUND(NOT_CONFIRMED) }, /* the data under it never became whole */
        { FOUND(SHARED_KEY), FOUND(ROAMED) | FOUND(PORT_CHANGES) | FOUND(OUTAGE) | FOUND(QUIET) |
                                 FOUND(CLOCK_WENT_BACK) },
        { FOUND(PORT_CHANGES), FOUND(ROAMED) | FOUND(KEEPALIVE_STOPS) },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
        if ((found & rules[i].of) != 0)
            found &= ~rules[i].hides;
    return found;
}

wg_findings
wg_tunnel_findings(const struct wg_tunnel *t)
{
    wg_findings found;

    if (t->messages == 0)
        return WG_FOUND(TOO_LITTLE, true) | WG_FOUND(FORGED, t->forged.count > 0);
    found = wg_findings_failing(t) | wg_findings_losses(t) | wg_findings_trouble(t) |
            wg_findings_besides(t);
    found = without_consequences(found);
    const wg_findings bad = severity_mask(WG_SEVERITY_FAULT) | severity_mask(WG_SEVERITY_WARNING);
    if (!t->up)
        return found;
    if ((found & bad) != 0)
        return found | WG_FOUND(TRAFFIC, true);
    return found | wg_findings_working(t);
}

enum wg_finding
wg_findings_next(wg_findings *found)
{
    for (int severity = WG_SEVERITY_FAULT; severity >= WG_SEVERITY_NOTE; severity--) {
        const wg_findings of_it = *found & severity_mask((enum wg_severity)severity);
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
