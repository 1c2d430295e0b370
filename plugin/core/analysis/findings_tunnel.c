/* findings_tunnel.c
 * What the evidence of a tunnel proves.
 *
 * Each finding is a small function over the evidence, in one of the files beside this one, which
 * takes out those that others explain.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "findings_private.h"

#define FOUND(id) WG_FOUND(id, true)

/* Report one event once: a finding that explains another one takes its place. The order matters: a
 * finding that was taken out explains nothing any more. */
static wg_findings
without_consequences(wg_findings found)
{
    const wg_findings causes = wg_findings_of_group(WG_GROUP_CAUSE) & ~FOUND(SHARED_KEY);
    const struct {
        wg_findings of, hides; /* where one of `of` was found, `hides` are not reported */
    } rules[] = {
        { causes, wg_findings_of_group(WG_GROUP_SYMPTOM) | FOUND(OTHER_PUBLIC_KEY) |
                      FOUND(CLOCK_SUSPECT) | FOUND(TOO_LITTLE) },
        { causes | FOUND(LOST_CONTACT) | FOUND(NOT_ACCEPTED),
          FOUND(HEARS_NOTHING) | FOUND(DATA_LOST) | FOUND(DEAF) | FOUND(KEEPALIVES_ONLY) |
              FOUND(REKEY_UNANSWERED) | FOUND(OVERDUE) | FOUND(QUIET) | FOUND(KEEPALIVE_STOPS) },
        { FOUND(HEARS_NOTHING) | FOUND(DEAF), FOUND(KEEPALIVES_ONLY) | FOUND(QUIET) },
        { FOUND(FALLS_SILENT), FOUND(QUIET) },
        { FOUND(NOT_AUTHENTIC), FOUND(HEARS_NOTHING) | FOUND(DEAF) | FOUND(FORGED) | FOUND(QUIET) },
        { FOUND(OUTSIDE_ALLOWED_IPS), FOUND(HEARS_NOTHING) | FOUND(KEEPALIVES_ONLY) | FOUND(DEAF) },
        { FOUND(OUTLIVED) | FOUND(REKEY_UNANSWERED), FOUND(OVERDUE) },
        { FOUND(REKEY_UNANSWERED) | FOUND(LOST_CONTACT), FOUND(UNPROVED) },
        { FOUND(OUTAGE), FOUND(RETRIED) },
        { FOUND(SIZE), FOUND(NOT_CONFIRMED) }, /* the data under it never became whole */
        /* each device gets what is meant for another one */
        { FOUND(SHARED_KEY), FOUND(ROAMED) | FOUND(PORT_CHANGES) | FOUND(OUTAGE) | FOUND(QUIET) |
                                 FOUND(CLOCK_WENT_BACK) | FOUND(HEARS_NOTHING) | FOUND(DEAF) |
                                 FOUND(FALLS_SILENT) },
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
        return WG_FOUND(TOO_LITTLE, t->held.count > 0 || t->forged.count == 0) |
               WG_FOUND(FORGED, t->forged.count > 0);
    found = wg_findings_failing(t) | wg_findings_losses(t) | wg_findings_trouble(t) |
            wg_findings_besides(t);
    found = without_consequences(found);
    const wg_findings bad =
        wg_findings_of_severity(WG_SEVERITY_FAULT) | wg_findings_of_severity(WG_SEVERITY_WARNING);
    if (!t->up)
        return found;
    if ((found & bad) != 0)
        return found | WG_FOUND(TRAFFIC, true);
    return found | wg_findings_working(t);
}
