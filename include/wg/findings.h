/* findings.h
 * What the evidence of a tunnel proves.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_FINDINGS_H
#define WG_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "wg/evidence.h"

/* In the order in which they are reported. */
enum wg_finding {
#define WG_FINDING(id, ...) WG_FINDING_##id,
#include "wg/findings.def"
#undef WG_FINDING
    WG_FINDING_COUNT
};

/* From the least grave to the gravest. */
enum wg_severity { WG_SEVERITY_NOTE, WG_SEVERITY_GOOD, WG_SEVERITY_WARNING, WG_SEVERITY_FAULT };

enum wg_finding_group {
    WG_GROUP_SUPPLIED,
    WG_GROUP_CAUSE,
    WG_GROUP_SYMPTOM,
    WG_GROUP_TROUBLE,
    WG_GROUP_WORKS,
    WG_GROUP_BESIDE,
};

/* A row of findings.def. */
struct wg_finding_row {
    const char *name;  /* for programs */
    const char *label; /* for people */
    enum wg_severity severity;
    enum wg_finding_group group;
};

extern const struct wg_finding_row wg_finding_rows[WG_FINDING_COUNT];

/* "FAULT", "WARNING", "OK" or "NOTE". */
const char *wg_severity_name(enum wg_severity severity);

/* A set of findings: a bit for each enum wg_finding. */
typedef uint64_t wg_findings;

static inline bool
wg_findings_have(wg_findings found, enum wg_finding finding)
{
    return (found >> finding & 1) != 0;
}

/* How many datagrams of a side came in fragments that never became whole. */
uint32_t wg_tunnel_unfinished(const struct wg_tunnel *tunnel, unsigned side);
/* Whether those are so many that fragments of a side get lost on the way. */
bool wg_tunnel_loses_fragments(const struct wg_tunnel *tunnel, unsigned side);
/* Whether a side sends large packets again and again, each time after twice the wait. */
bool wg_tunnel_repeats_large(const struct wg_tunnel *tunnel, unsigned side);
/* Whether much of a side is missing, and none of its packets that arrived is as large as those of
 * the other side: so the missing ones may be the large ones. */
bool wg_tunnel_misses_large(const struct wg_tunnel *tunnel, unsigned side);

/* The findings on a tunnel; never empty. O(1), whatever the tunnel carried. */
wg_findings wg_tunnel_findings(const struct wg_tunnel *tunnel);

/* The finding that is the verdict: the gravest; among equally grave ones, the first.
 * returns   WG_FINDING_COUNT for an empty set */
enum wg_finding wg_findings_verdict(wg_findings found);

/* Take the next finding to report out of the set, the gravest first.
 * returns   WG_FINDING_COUNT when there is none left */
enum wg_finding wg_findings_next(wg_findings *found);

#endif
