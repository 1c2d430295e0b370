/* sessions_report.c
 * -z wg,sessions: a row for each session. Here for programs and as a table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <math.h>
#include <stdio.h>

#include "json.h"
#include "report.h"
#include "sessions_rows.h"
#include "sessions_text.h"

struct sessions_report {
    struct wg_report base;
    struct wg_session_rows *rows;
    struct wg_client_ids *clients;
};

static struct wg_report *
make(void)
{
    struct sessions_report *r = g_new0(struct sessions_report, 1);

    r->rows = wg_session_rows_new();
    r->clients = wg_client_ids_new();
    return &r->base;
}

static void
discard(struct wg_report *base)
{
    struct sessions_report *r = (struct sessions_report *)base;

    wg_client_ids_free(r->clients);
    wg_session_rows_free(r->rows);
    g_free(r);
}

static void
add(struct wg_report *base, packet_info *pinfo, epan_dissect_t *edt, const struct wg_tapped *tapped)
{
    struct sessions_report *r = (struct sessions_report *)base;

    if (tapped == NULL || tapped->quote != NULL)
        return;
    const nstime_t relative = wg_report_time(pinfo, &tapped->seen);

    wg_client_ids_add(r->clients, &tapped->seen);
    wg_session_rows_add(r->rows, &tapped->seen, nstime_to_sec(&relative));
}

static void
print(struct wg_report *base)
{
    const struct sessions_report *r = (const struct sessions_report *)base;

    wg_report_head(base, "every WireGuard session, and what became of it");
    if (wg_session_rows_count(r->rows) == 0)
        printf("No WireGuard sessions.\n");
    else
        wg_sessions_print(r->rows, r->clients);
    printf("\n");
}

/* ---- for programs ---- */

static void
tell_way(struct wg_json *j, const struct wg_session_way *way, const char *name)
{
    const struct {
        const char *what;
        uint64_t number;
    } numbers[] = { { "packets", way->packets + way->handshakes },
                    { "bytes", way->bytes + way->handshake_bytes },
                    { "data_packets", way->packets },
                    { "keepalives", way->keepalives },
                    { "lost", wg_session_way_lost(way) },
                    { "duplicates", way->duplicates },
                    { "late", way->late },
                    { "decrypted", way->opened } };

    for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++) {
        g_autofree char *member = g_strdup_printf("%s_%s", name, numbers[i].what);
        wg_json_number(j, member, numbers[i].number);
    }
}

static void
tell_side(struct wg_json *j, const struct wg_session_row *row, unsigned side, const char *name)
{
    const uint8_t *keys[] = { wg_session_initiator_key(row->session),
                              wg_session_responder_key(row->session) };
    const struct wg_endpoint *where = wg_session_endpoint(row, side);
    g_autofree char *named = g_strdup_printf("%s_name", name);
    g_autofree char *key = g_strdup_printf("%s_key", name);

    if (where != NULL)
        wg_json_take(j, name, wg_report_endpoint(where));
    wg_json_take(j, named, wg_report_name(keys[side]));
    wg_json_take(j, key, wg_report_key(keys[side]));
}

static void
print_json(struct wg_report *base)
{
    const struct sessions_report *r = (const struct sessions_report *)base;

    for (unsigned i = 0; i < wg_session_rows_count(r->rows); i++) {
        const struct wg_session_row *row = wg_session_rows_get(r->rows, i);
        struct wg_json *j = wg_json_begin(base, "session");

        wg_json_number(j, "stream", row->session->stream);
        wg_json_text(j, "state", wg_session_state(r->rows, row));
        tell_side(j, row, 0, "initiator");
        tell_side(j, row, 1, "responder");
        wg_json_seconds(j, "time", row->time);
        wg_json_real(j, "begins", row->begun, 6);
        wg_json_real(j, "lasts", row->ended - row->begun, 6);
        if (row->response_time >= 0)
            wg_json_seconds(j, "answer", row->response_time);
        if (row->attempt > 0)
            wg_json_number(j, "attempt", row->attempt);
        if (row->renews != NULL)
            wg_json_number(j, "renews", row->renews->stream);
        wg_json_number(j, "roamed", row->roamings);
        const uint32_t dropped = wg_session_extras(row->session)->dropped;
        if (dropped > 0)
            wg_json_number(j, "responses_not_kept", dropped);
        if (row->session->crowded_out)
            wg_json_bool(j, "index_not_kept", true);
        tell_way(j, &row->way[0], "initiator");
        tell_way(j, &row->way[1], "responder");
        wg_json_end(j);
    }
    wg_client_ids_print_json(r->clients, base);
}

/* ---- the table ---- */

static stat_tap_table_item columns[] = {
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Stream", "%u" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Initiator", "%s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Responder", "%s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "State", "%s" },
    { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "Begins (s)", "%.3f" },
    { TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "Answer (ms)", "%s" },
    { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "Lasts (s)", "%.3f" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Packets >", "%u" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Bytes >", "%u" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Lost >", "%u" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Duplicate >", "%u" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Late >", "%u" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Packets <", "%u" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Bytes <", "%u" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Lost <", "%u" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Duplicate <", "%u" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Late <", "%u" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Keepalives", "%u" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Roamed", "%u" },
    { TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "Rekey of", "%s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Decrypted", "%s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Filter", "%s" },
};

/* The table shows six decimals. Those below a millisecond would look exact and are not. */
static stat_tap_table_item_type
seconds(double value)
{
    return (stat_tap_table_item_type){ .type = TABLE_ITEM_FLOAT,
                                       .value.float_value = round(value * 1000) / 1000 };
}

static uint32_t
rows(struct wg_report *base, bool all)
{
    return wg_session_rows_count(((const struct sessions_report *)base)->rows);
}

static char *
answer_text(const struct wg_session_row *row)
{
    if (row->response_time < 0)
        return g_strdup("");
    return g_strdup_printf("%.1f", (double)row->response_time / 1e6);
}

static char *
rekey_text(const struct wg_session_row *row)
{
    if (row->renews == NULL)
        return g_strdup("");
    return g_strdup_printf("%u", row->renews->stream);
}

static void
fill(const struct wg_report *base, uint32_t number, stat_tap_table_item_type *cell)
{
    const struct sessions_report *r = (const struct sessions_report *)base;
    const struct wg_session_row *row = wg_session_rows_get(r->rows, number);

    *cell++ = wg_cell_number(row->session->stream);
    *cell++ = wg_cell_text(wg_session_peer(row, 0));
    *cell++ = wg_cell_text(wg_session_peer(row, 1));
    *cell++ = wg_cell_text(g_strdup(wg_session_state(r->rows, row)));
    *cell++ = seconds(row->begun);
    *cell++ = wg_cell_text(answer_text(row));
    *cell++ = seconds(row->ended - row->begun);
    for (unsigned side = 0; side < 2; side++) {
        const struct wg_session_way *way = &row->way[side];
        *cell++ = wg_cell_number(way->packets + way->handshakes);
        *cell++ = wg_cell_number(way->bytes + way->handshake_bytes);
        *cell++ = wg_cell_number(wg_session_way_lost(way));
        *cell++ = wg_cell_number(way->duplicates);
        *cell++ = wg_cell_number(way->late);
    }
    *cell++ = wg_cell_number(row->way[0].keepalives + row->way[1].keepalives);
    *cell++ = wg_cell_number(row->roamings);
    *cell++ = wg_cell_text(rekey_text(row));
    *cell++ = wg_cell_text(wg_session_decrypted(row));
    *cell++ = wg_cell_text(g_strdup_printf("wg.stream == %u", row->session->stream));
}

const struct wg_report_class wg_sessions_report = {
    .name = "wg,sessions",
    .title = "WireGuard Sessions",
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
