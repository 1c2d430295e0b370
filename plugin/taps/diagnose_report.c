/* diagnose_report.c
 * -z wg,diagnose: why does a tunnel not come up, or not stay up?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <stdio.h>

#include "diagnose_text.h"
#include "report.h"
#include "table.h"

struct diagnose_report {
    struct wg_report base;
    struct wg_diagnosis *diagnosis;
};

static struct wg_report *
make(void)
{
    struct diagnose_report *r = g_new0(struct diagnose_report, 1);

    r->diagnosis = wg_diagnosis_new(wg_capture_keys());
    return &r->base;
}

static void
discard(struct wg_report *base)
{
    struct diagnose_report *r = (struct diagnose_report *)base;

    wg_diagnosis_free(r->diagnosis);
    g_free(r);
}

static void
add(struct wg_report *base, packet_info *pinfo, epan_dissect_t *edt,
    const struct wg_tapped *tapped)
{
    struct diagnose_report *r = (struct diagnose_report *)base;

    if (tapped == NULL)
        return;
    if (tapped->quote != NULL)
        wg_diagnosis_add_quote(r->diagnosis, tapped->quote);
    else
        wg_diagnosis_add(r->diagnosis, &tapped->seen);
}

static const char *
severity_text(enum wg_severity severity)
{
    switch (severity) {
    case WG_SEVERITY_FAULT:
        return "FAULT";
    case WG_SEVERITY_WARNING:
        return "WARNING";
    case WG_SEVERITY_GOOD:
        return "OK";
    default:
        return "NOTE";
    }
}

static void
print_tunnel(const struct wg_tunnel *t)
{
    g_autofree char *name = wg_diagnose_tunnel(t);
    const uint64_t findings = wg_tunnel_findings(t);

    printf("%s\n", name);
    for (unsigned f = 0; f < WG_FINDING_COUNT; f++) {
        if ((findings >> f & 1) == 0)
            continue;
        g_autofree char *text = wg_diagnose_finding(t, f);
        const char *advice = wg_diagnose_advice(t, f);

        wg_print_paragraph(severity_text(wg_finding_severity(f)), text);
        if (advice != NULL)
            wg_print_paragraph("  check", advice);
    }
    printf("\n");
}

static void
print(struct wg_report *base)
{
    const struct diagnose_report *r = (const struct diagnose_report *)base;

    wg_report_head(base, "why does it not come up, or not stay up?");
    for (unsigned i = 0; i < wg_diagnosis_count(r->diagnosis); i++)
        print_tunnel(wg_diagnosis_get(r->diagnosis, i));
    if (wg_diagnosis_count(r->diagnosis) == 0)
        printf("No WireGuard seen.\n\n");
}

static stat_tap_table_item columns[] = {
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Tunnel", "%s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "State", "%s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Verdict", "%s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Check next", "%s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Also", "%s" },
};

static uint32_t
rows(struct wg_report *base, bool all)
{
    return wg_diagnosis_count(((const struct diagnose_report *)base)->diagnosis);
}

static unsigned
first_finding(uint64_t findings)
{
    unsigned f = 0;

    while (f < WG_FINDING_COUNT && (findings >> f & 1) == 0)
        f++;
    return f;
}

static void
fill(const struct wg_report *base, uint32_t row, stat_tap_table_item_type *cell)
{
    const struct diagnose_report *r = (const struct diagnose_report *)base;
    const struct wg_tunnel *t = wg_diagnosis_get(r->diagnosis, row);
    const uint64_t findings = wg_tunnel_findings(t);
    const unsigned first = first_finding(findings);
    const char *advice = wg_diagnose_advice(t, first);
    GString *also = g_string_new(NULL);

    for (unsigned f = first + 1; f < WG_FINDING_COUNT; f++) {
        if ((findings >> f & 1) == 0)
            continue;
        g_autofree char *text = wg_diagnose_finding(t, f);
        g_string_append_printf(also, "%s%s", also->len > 0 ? " " : "", text);
    }
    *cell++ = wg_cell_text(wg_diagnose_tunnel(t));
    *cell++ = wg_cell_text(g_strdup(severity_text(wg_finding_severity(first))));
    *cell++ = wg_cell_text(wg_diagnose_finding(t, first));
    *cell++ = wg_cell_text(g_strdup(advice != NULL ? advice : ""));
    *cell++ = wg_cell_text(g_string_free(also, FALSE));
}

const struct wg_report_class wg_diagnose_report = {
    .name = "wg,diagnose",
    .title = "WireGuard Diagnosis: why does it not come up?",
    .tap = "frame", /* which also knows of messages that ICMP errors quote */
    .make = make,
    .free = discard,
    .add = add,
    .print = print,
    .columns = columns,
    .column_count = G_N_ELEMENTS(columns),
    .rows = rows,
    .fill = fill,
};
