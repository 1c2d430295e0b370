/* diagnose_report.c
 * -z wg,diagnose: why does a tunnel not come up, or not stay up?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <stdio.h>

#include "datagram.h"
#include "diagnose_text.h"
#include "headers.h"
#include "hints.h"
#include "report.h"
#include "table.h"
#include "wg/supplied.h"
#include "words.h"

/* A tunnel and how grave its verdict is. */
struct graded {
    const struct wg_tunnel *tunnel;
    int severity;
};

struct diagnose_report {
    struct wg_report base;
    struct wg_diagnosis *diagnosis;
    GArray *order; /* struct graded: the tunnels, the gravest first; as rows() found it */
};

static struct wg_report *
make(void)
{
    struct diagnose_report *r = g_new0(struct diagnose_report, 1);

    /* It only looks up keys, which changes none of them; public keys may be computed. */
    r->diagnosis = wg_diagnosis_new(wg_opened()->keys);
    r->order = g_array_new(FALSE, FALSE, sizeof(struct graded));
    return &r->base;
}

static void
discard(struct wg_report *base)
{
    struct diagnose_report *r = (struct diagnose_report *)base;

    g_array_unref(r->order);
    wg_diagnosis_free(r->diagnosis);
    g_free(r);
}

static void
add_fragment(struct diagnose_report *r, const packet_info *pinfo, struct wg_headers *h)
{
    enum { UDP = 17 };

    if (!h->fragment || h->protocol != UDP)
        return;
    if (h->first && wg_headers_ports(h, &h->from.port, &h->to.port))
        wg_diagnosis_add_fragment(r->diagnosis, &h->from, &h->to, h->id, pinfo->num);
    else if (!h->first && !h->more)
        wg_diagnosis_end_fragment(r->diagnosis, &h->from, &h->to, h->id);
}

/* A frame in which no message was found may be a fragment of one, or an error that quotes too
 * little of one to be drawn. */
static void
add_other(struct diagnose_report *r, const packet_info *pinfo, tvbuff_t *frame)
{
    struct wg_headers h;
    struct wg_quote quote;

    wg_diagnosis_time(r->diagnosis, wg_nanoseconds(&pinfo->abs_ts));
    if (!wg_headers_read(pinfo, frame, &h))
        return;
    add_fragment(r, pinfo, &h);
    if (!wg_headers_quote(&h, &quote) || quote.length == 0)
        return;
    quote.frame = pinfo->num;
    quote.time = wg_nanoseconds(&pinfo->abs_ts);
    wg_diagnosis_add_quote(r->diagnosis, &quote);
}

static void
add_message(struct diagnose_report *r, const packet_info *pinfo, tvbuff_t *frame,
            const struct wg_sighting *seen)
{
    struct wg_headers h;

    wg_diagnosis_add(r->diagnosis, seen);
    if (seen->fragment && wg_headers_read(pinfo, frame, &h))
        add_fragment(r, pinfo, &h);
}

static void
add(struct wg_report *base, packet_info *pinfo, epan_dissect_t *edt, const struct wg_tapped *tapped)
{
    struct diagnose_report *r = (struct diagnose_report *)base;

    if (tapped == NULL)
        add_other(r, pinfo, edt->tvb);
    else if (tapped->quote != NULL)
        wg_diagnosis_add_quote(r->diagnosis, tapped->quote);
    else
        add_message(r, pinfo, edt->tvb, &tapped->seen);
}

/* ---- as text ---- */

static void
print_tunnel(const struct wg_tunnel *t)
{
    g_autofree char *name = wg_diagnose_tunnel(t);
    wg_findings left = wg_tunnel_findings(t);
    enum wg_finding f;

    printf("%s\n", name);
    while ((f = wg_findings_next(&left)) != WG_FINDING_COUNT) {
        g_autofree char *text = wg_diagnose_finding(t, f);
        g_autofree char *advice = wg_diagnose_advice(t, f);

        wg_print_paragraph(wg_severity_name(wg_finding_rows[f].severity), text);
        if (advice != NULL)
            wg_print_paragraph("  check", advice);
    }
    printf("\n");
}

static void
print_supplied(void *user, enum wg_finding finding, const struct wg_static_key *owner,
               const struct wg_static_key *peer, const struct wg_static_key *other)
{
    bool *any = user;
    g_autofree char *text = wg_diagnose_supplied(finding, owner, peer, other);

    if (!*any)
        printf("The supplied configurations\n");
    *any = true;
    wg_print_paragraph(wg_severity_name(wg_finding_rows[finding].severity), text);
    wg_print_paragraph("  check", wg_diagnose_supplied_advice(finding));
}

static void
print(struct wg_report *base)
{
    const struct diagnose_report *r = (const struct diagnose_report *)base;
    const struct wg_tunnel *t = NULL;
    bool any = false;

    wg_report_head(base, "why does it not come up, or not stay up?");
    wg_supplied_check(wg_opened()->keys, print_supplied, &any);
    if (any)
        printf("\n");
    while ((t = wg_diagnosis_next(r->diagnosis, t)) != NULL)
        print_tunnel(t);
    if (wg_diagnosis_is_empty(r->diagnosis))
        printf("No WireGuard seen.\n\n");
}

/* ---- for programs ---- */

static void
json_supplied(void *user, enum wg_finding finding, const struct wg_static_key *owner,
              const struct wg_static_key *peer, const struct wg_static_key *other)
{
    wg_diagnose_json_supplied(user, finding, owner, peer, other);
}

static void
print_json(struct wg_report *base)
{
    const struct diagnose_report *r = (const struct diagnose_report *)base;
    const struct wg_tunnel *t = NULL;

    wg_supplied_check(wg_opened()->keys, json_supplied, base);
    while ((t = wg_diagnosis_next(r->diagnosis, t)) != NULL)
        wg_diagnose_json_tunnel(base, t);
}

/* ---- as a table ---- */

static stat_tap_table_item columns[] = {
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "State", "%s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Verdict", "%s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Tunnel", "%s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Filter", "%s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Check next", "%s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "In full", "%s" },
};

static int
gravest_first(const void *a, const void *b)
{
    const struct graded *x = a, *y = b;

    if (x->severity != y->severity)
        return y->severity - x->severity;
    return (x->tunnel->number > y->tunnel->number) - (x->tunnel->number < y->tunnel->number);
}

static uint32_t
rows(struct wg_report *base, bool all)
{
    struct diagnose_report *r = (struct diagnose_report *)base;
    struct graded graded = { .tunnel = NULL };

    g_array_set_size(r->order, 0);
    while ((graded.tunnel = wg_diagnosis_next(r->diagnosis, graded.tunnel)) != NULL) {
        const enum wg_finding verdict = wg_findings_verdict(wg_tunnel_findings(graded.tunnel));
        graded.severity = wg_finding_rows[verdict].severity;
        g_array_append_val(r->order, graded);
    }
    g_array_sort(r->order, gravest_first);
    return r->order->len + wg_hints_count(base->hints);
}

/* A row for what the report did not see; these come after the tunnels. */
static void
fill_hint(const struct wg_hint *hint, stat_tap_table_item_type *cell)
{
    *cell++ = wg_cell_text(g_strdup("NOTE"));
    *cell++ = wg_cell_text(g_strdup(wg_hint_label(hint->kind)));
    if (hint->kind == WG_HINT_NOT_READ) {
        *cell++ = wg_cell_text(g_strdup(hint->protocol));
        *cell++ = wg_cell_text(g_strdup_printf("udp.port == %u", hint->port));
        *cell++ = wg_cell_text(g_strdup_printf("Decode As: UDP port %u, wg.", hint->port));
    } else {
        *cell++ = wg_cell_text(g_strdup(""));
        *cell++ = wg_cell_text(g_strdup(""));
        *cell++ = wg_cell_text(g_strdup(""));
    }
    *cell++ = wg_cell_text(wg_hint_text(hint));
}

static void
fill(const struct wg_report *base, uint32_t row, stat_tap_table_item_type *cell)
{
    const struct diagnose_report *r = (const struct diagnose_report *)base;

    if (row >= r->order->len) {
        const struct wg_hint hint = wg_hints_get(base->hints, row - r->order->len);
        fill_hint(&hint, cell);
        return;
    }
    const struct wg_tunnel *t = g_array_index(r->order, struct graded, row).tunnel;
    wg_findings left = wg_tunnel_findings(t);
    const struct wg_finding_row *verdict = &wg_finding_rows[wg_findings_verdict(left)];
    GString *checks = g_string_new(NULL), *whole = g_string_new(NULL);
    enum wg_finding f;

    while ((f = wg_findings_next(&left)) != WG_FINDING_COUNT) {
        g_autofree char *text = wg_diagnose_finding(t, f);
        g_autofree char *advice = wg_diagnose_advice(t, f);
        wg_separate(whole, " ");
        g_string_append(whole, text);
        if (advice == NULL)
            continue;
        wg_separate(checks, " ");
        g_string_append(checks, advice);
    }
    *cell++ = wg_cell_text(g_strdup(wg_severity_name(verdict->severity)));
    *cell++ = wg_cell_text(g_strdup(verdict->label));
    *cell++ = wg_cell_text(wg_diagnose_tunnel(t));
    *cell++ = wg_cell_text(wg_diagnose_filter(t));
    *cell++ = wg_cell_text(g_string_free(checks, FALSE));
    *cell++ = wg_cell_text(g_string_free(whole, FALSE));
}

const struct wg_report_class wg_diagnose_report = {
    .name = "wg,diagnose",
    .title = "WireGuard Diagnosis: why does it not come up?",
    .make = make,
    .free = discard,
    .add = add,
    .print = print,
    .print_json = print_json,
    .columns = columns,
    .column_count = G_N_ELEMENTS(columns),
    .rows = rows,
    .fill = fill,
};
