/* audit_table.c
 * The audit as a table, which Wireshark sorts by the first column.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <inttypes.h>
#include <string.h>

#include "audit_table.h"
#include "audit_verdict.h"
#include "audit_words.h"
#include "hints.h"
#include "options.h"
#include "report.h"

stat_tap_table_item wg_audit_columns[WG_AUDIT_COLUMNS] = {
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "State", "%s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "What", "%s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Client, or sender", "%s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Server, or receiver", "%s" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Packets", "%u" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Bytes", "%u" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Beside", "%u" },
    { TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "Authentic", "%s" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "First frame", "%u" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Filter", "%s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "In words", "%s" },
};

struct row {
    const struct wg_audit_pair *pair; /* NULL: a hint */
    const char *state;
    bool is_leak;
    struct wg_audit_leak leak; /* if is_leak */
    struct wg_hint hint;       /* if there is no pair */
    unsigned number;           /* in order of appearance */
};

struct wg_audit_rows {
    struct wg_audit *audit;
    GArray *rows; /* struct row */
};

/* ---- which rows there are ---- */

static const char *
state_of(const struct wg_audit_leak *l)
{
    static const char *const words[WG_AUDIT_KINDS] = {
        [WG_AUDIT_LEAK] = "LEAK",
        [WG_AUDIT_MEANT] = "left out by AllowedIPs",
        [WG_AUDIT_LOCAL] = "to groups on the link",
        [WG_AUDIT_ANSWER] = "in answer to others",
        [WG_AUDIT_COMPANION] = "on the tunnel's ports",
        [WG_AUDIT_EXCHANGE] = "exchange of its keys",
        [WG_AUDIT_INSIDE] = "inside the tunnel",
    };

    if (l->kind == WG_AUDIT_LEAK && l->neighbour)
        return "LOCAL ONLY";
    return words[l->kind];
}

static void
add_leaks(GArray *rows, const struct wg_audit_pair *pair, const GArray *leaks)
{
    for (unsigned i = 0; i < leaks->len; i++) {
        struct row row = { .pair = pair, .is_leak = true, .number = rows->len };
        row.leak = g_array_index(leaks, struct wg_audit_leak, i);
        row.state = state_of(&row.leak);
        g_array_append_val(rows, row);
    }
}

static int
gravest_first(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    const int order = strcmp(x->state, y->state);

    if (order != 0)
        return order;
    return (x->number > y->number) - (x->number < y->number);
}

struct wg_audit_rows *
wg_audit_rows_new(struct wg_audit *audit, const struct wg_hints *hints)
{
    static const char *const states[] = { [WG_HINT_INSIDE] = "INSIDE",
                                          [WG_HINT_NOT_READ] = "NOT READ",
                                          [WG_HINT_NOT_SEEN] = "NOT SEEN" };
    struct wg_audit_rows *r = g_new0(struct wg_audit_rows, 1);

    r->audit = audit;
    r->rows = g_array_new(FALSE, FALSE, sizeof(struct row));
    for (uint32_t i = 0; i < wg_audit_count(audit); i++) {
        const struct wg_audit_pair *pair = wg_audit_get(audit, i);
        const struct row row = { .pair = pair,
                                 .state = wg_audit_state(audit, pair),
                                 .number = r->rows->len };
        g_array_append_val(r->rows, row);
        add_leaks(r->rows, pair, wg_audit_between(audit, pair, NULL));
        if (wg_audit_first_of_client(audit, pair) == pair)
            add_leaks(r->rows, pair, wg_audit_past(audit, pair, NULL));
    }
    for (unsigned i = 0; i < wg_hints_count(hints); i++) {
        struct row row = { .hint = wg_hints_get(hints, i), .number = r->rows->len };
        row.state = states[row.hint.kind];
        g_array_append_val(r->rows, row);
    }
    g_array_sort(r->rows, gravest_first);
    return r;
}

void
wg_audit_rows_free(struct wg_audit_rows *r)
{
    if (r == NULL)
        return;
    g_array_unref(r->rows);
    g_free(r);
}

uint32_t
wg_audit_rows_count(const struct wg_audit_rows *r)
{
    return r->rows->len;
}

/* ---- their cells ---- */

enum which { EITHER, SOURCE, DESTINATION };

static const char *
address_field(const struct wg_endpoint *e, enum which which)
{
    static const char *const fields[][3] = { { "ip.addr", "ip.src", "ip.dst" },
                                             { "ipv6.addr", "ipv6.src", "ipv6.dst" } };

    return fields[e->family == WG_ENDPOINT_IPV6][which];
}

/* A display filter for the packets of a row. */
static char *
filter_text(const struct wg_endpoint *from, const struct wg_endpoint *to, bool both)
{
    g_autofree char *left = wg_report_address(from), *right = wg_report_address(to);
    enum which source = SOURCE, destination = DESTINATION;

    if (wg_report_is_anonymous())
        return g_strdup("");
    if (both)
        source = destination = EITHER;
    return g_strdup_printf("%s == %s && %s == %s", address_field(from, source), left,
                           address_field(to, destination), right);
}

static char *
leak_filter(const struct wg_audit_leak *l)
{
    g_autofree char *hosts = filter_text(&l->from, &l->to, l->both);

    if (*hosts == '\0')
        return g_strdup("");
    if (l->port != 0 && (l->transport == 6 || l->transport == 17))
        return g_strdup_printf("!wg && %s && %s.port == %u", hosts,
                               l->transport == 6 ? "tcp" : "udp", l->port);
    return g_strdup_printf("!wg && %s", hosts);
}

static void
fill_leak(const struct row *row, stat_tap_table_item_type *cell)
{
    const struct wg_audit_leak *l = &row->leak;
    const char *where = l->both ? "between the tunnel's hosts" : "sent by the client to others";

    *cell++ = wg_cell_text(g_strdup(row->state));
    *cell++ = wg_cell_text(wg_audit_leak_name(l));
    *cell++ = wg_cell_text(wg_report_address(&l->from));
    *cell++ = wg_cell_text(wg_report_address(&l->to));
    *cell++ = wg_cell_number(l->packets);
    *cell++ = wg_cell_number(l->bytes);
    *cell++ = wg_cell_number(l->kind == WG_AUDIT_LEAK ? l->packets : 0);
    *cell++ = wg_cell_text(g_strdup(""));
    *cell++ = wg_cell_number(l->first_frame);
    *cell++ = wg_cell_text(leak_filter(l));
    *cell++ = wg_cell_text(g_strdup_printf("%s: %" PRIu64 " before it was up, %" PRIu64
                                           " while it was up, %" PRIu64 " after it fell silent",
                                           where, l->phase[WG_AUDIT_BEFORE], l->phase[WG_AUDIT_UP],
                                           l->phase[WG_AUDIT_SILENT]));
}

static uint64_t
beside(struct wg_audit *a, const struct wg_audit_pair *pair)
{
    struct wg_audit_sum between, past;

    wg_audit_between(a, pair, &between);
    wg_audit_past(a, pair, &past);
    return between.packets[WG_AUDIT_LEAK] + past.packets[WG_AUDIT_LEAK];
}

static char *
pair_filter(const struct wg_audit_pair *pair)
{
    g_autofree char *hosts = filter_text(&pair->host[0], &pair->host[1], true);

    if (*hosts == '\0')
        return g_strdup("");
    return g_strdup_printf("wg && %s", hosts);
}

static char *
authentic_text(const struct wg_audit_pair *pair)
{
    if (pair->authenticated == 0)
        return g_strdup("");
    return g_strdup_printf("%" PRIu64 " of %" PRIu64, pair->authenticated, pair->data);
}

static void
fill_pair(struct wg_audit *a, const struct row *row, stat_tap_table_item_type *cell)
{
    const struct wg_audit_pair *pair = row->pair;

    *cell++ = wg_cell_text(g_strdup(row->state));
    *cell++ = wg_cell_text(g_strdup("tunnel"));
    *cell++ = wg_cell_text(wg_audit_host_text(pair, 0));
    *cell++ = wg_cell_text(wg_audit_host_text(pair, 1));
    *cell++ = wg_cell_number(pair->handshakes + pair->data);
    *cell++ = wg_cell_number(pair->bytes);
    *cell++ = wg_cell_number(beside(a, pair));
    *cell++ = wg_cell_text(authentic_text(pair));
    *cell++ = wg_cell_number(pair->first_frame);
    *cell++ = wg_cell_text(pair_filter(pair));
    *cell++ = wg_cell_text(wg_audit_verdict(a, pair));
}

static char *
hint_filter(const struct wg_hint *hint)
{
    if (hint->kind != WG_HINT_NOT_READ)
        return g_strdup("");
    return g_strdup_printf("udp.port == %u", hint->port);
}

static void
fill_hint(const struct row *row, stat_tap_table_item_type *cell)
{
    const struct wg_hint *hint = &row->hint;
    const char *const what[] = { [WG_HINT_INSIDE] = "IP",
                                 [WG_HINT_NOT_READ] = hint->protocol,
                                 [WG_HINT_NOT_SEEN] = "configuration" };

    *cell++ = wg_cell_text(g_strdup(row->state));
    *cell++ = wg_cell_text(g_strdup(what[hint->kind]));
    *cell++ = wg_cell_text(g_strdup(""));
    *cell++ = wg_cell_text(g_strdup(""));
    *cell++ = wg_cell_number(hint->packets);
    *cell++ = wg_cell_number(0);
    *cell++ = wg_cell_number(0);
    *cell++ = wg_cell_text(g_strdup(""));
    *cell++ = wg_cell_number(hint->first_frame);
    *cell++ = wg_cell_text(hint_filter(hint));
    *cell++ = wg_cell_text(wg_hint_text(hint));
}

void
wg_audit_rows_fill(const struct wg_audit_rows *r, uint32_t number, stat_tap_table_item_type *cells)
{
    const struct row *row = &g_array_index(r->rows, struct row, number);

    if (row->pair == NULL)
        fill_hint(row, cells);
    else if (row->is_leak)
        fill_leak(row, cells);
    else
        fill_pair(r->audit, row, cells);
}
