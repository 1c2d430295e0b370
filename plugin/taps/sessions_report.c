/* sessions_report.c
 * -z wg,sessions: a row a session.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include <glib.h>

#include "client_ids.h"
#include "json.h"
#include "report.h"
#include "table.h"

enum { REJECT_AFTER_TIME = 180 }; /* seconds; paper, 6.1 */

/* There and back. */
#define PAIR "%" PRIu64 "/%" PRIu64

/* What was seen of one direction. 0: of the initiator, or of who sent first. */
struct way {
    uint64_t packets, bytes, keepalives, duplicates, late;
    uint64_t handshakes, handshake_bytes;
    uint64_t opened;                      /* transport data that the keys opened */
    const struct wg_direction *direction; /* NULL before any data */
};

struct row {
    const struct wg_session *session;
    double begun, ended;   /* seconds, relative to the capture */
    int64_t time;          /* nanoseconds since 1970: when it began */
    int64_t response_time; /* nanoseconds; -1: unknown */
    uint32_t roamings, attempt;
    const struct wg_session *renews;
    const struct wg_session *renewed_by; /* the latest that was to renew it, or NULL */
    struct way way[2];
};

struct sessions_report {
    struct wg_report base;
    GPtrArray *rows;     /* owns them */
    GHashTable *numbers; /* struct wg_session -> row number + 1 */
    struct wg_client_ids *clients;
    double latest;
};

static struct wg_report *
make(void)
{
    struct sessions_report *r = g_new0(struct sessions_report, 1);

    r->rows = g_ptr_array_new_with_free_func(g_free);
    r->numbers = g_hash_table_new(NULL, NULL);
    r->clients = wg_client_ids_new();
    return &r->base;
}

static void
discard(struct wg_report *base)
{
    struct sessions_report *r = (struct sessions_report *)base;

    wg_client_ids_free(r->clients);
    g_hash_table_destroy(r->numbers);
    g_ptr_array_unref(r->rows);
    g_free(r);
}

/* ---- counting ---- */

static uint32_t
row_number(struct sessions_report *r, const struct wg_session *session, double time,
           int64_t nanoseconds)
{
    const uint32_t known = GPOINTER_TO_UINT(g_hash_table_lookup(r->numbers, session));

    if (known != 0)
        return known - 1;
    struct row *row = g_new0(struct row, 1);
    row->session = session;
    row->begun = row->ended = time;
    row->time = nanoseconds;
    row->response_time = -1;
    g_ptr_array_add(r->rows, row);
    g_hash_table_insert(r->numbers, (void *)(uintptr_t)session, GUINT_TO_POINTER(r->rows->len));
    return r->rows->len - 1;
}

static void
count_data(struct way *way, const struct wg_sighting *s)
{
    const bool duplicate = (s->note->flags & WG_NOTE_DUPLICATE) != 0;

    way->direction = s->note->of.direction;
    way->packets++;
    way->bytes += s->view->length;
    way->keepalives += s->view->length == WG_DATA_MIN_LEN;
    way->opened += s->status == WG_STATUS_DECRYPTED;
    way->duplicates += duplicate;
    way->late += (s->note->flags & WG_NOTE_OUT_OF_ORDER) != 0;
}

static void
count_handshake(struct row *row, struct way *way, const struct wg_sighting *s)
{
    way->handshakes++;
    way->handshake_bytes += s->view->length;
    if (s->analysis.attempt != 0)
        row->attempt = s->analysis.attempt;
    if (row->response_time < 0 && s->analysis.has_response_time)
        row->response_time = s->analysis.response_time;
}

static void
note_renewal(struct sessions_report *r, struct row *row, const struct wg_session *old)
{
    const uint32_t known = GPOINTER_TO_UINT(g_hash_table_lookup(r->numbers, old));

    row->renews = old;
    if (known != 0) /* a filter may hide it */
        ((struct row *)g_ptr_array_index(r->rows, known - 1))->renewed_by = row->session;
}

static void
add(struct wg_report *base, packet_info *pinfo, epan_dissect_t *edt, const struct wg_tapped *tapped)
{
    struct sessions_report *r = (struct sessions_report *)base;

    if (tapped == NULL || tapped->quote != NULL)
        return;
    const struct wg_analysis *a = &tapped->seen.analysis;
    const nstime_t relative = wg_report_time(pinfo, &tapped->seen);
    const double time = nstime_to_sec(&relative);

    r->latest = MAX(r->latest, time);
    wg_client_ids_add(r->clients, &tapped->seen);
    if (a->session == NULL)
        return;
    const uint32_t number = row_number(r, a->session, time, tapped->seen.time);
    struct row *row = g_ptr_array_index(r->rows, number);
    struct way *way = &row->way[a->knows_role && !a->from_initiator];
    /* Where no handshake shows who is who: whoever sent first is on the left. */
    if (!a->knows_role && row->way[0].direction != NULL &&
        row->way[0].direction != tapped->seen.note->of.direction)
        way = &row->way[1];

    /* Times of captures can go backwards. */
    row->ended = MAX(row->ended, time);
    row->begun = MIN(row->begun, time);
    row->time = MIN(row->time, tapped->seen.time);
    row->roamings += wg_analysis_has(a, WG_VERDICT_ROAMED);
    if (tapped->seen.note->type == WG_TYPE_DATA)
        count_data(way, &tapped->seen);
    else
        count_handshake(row, way, &tapped->seen);
    if (a->renews != NULL)
        note_renewal(r, row, a->renews);
}

/* ---- telling ---- */

static uint64_t
lost(const struct way *way)
{
    return way->direction != NULL ? wg_counters_lost(&way->direction->counters) : 0;
}

static bool
has_data(const struct wg_session *session)
{
    return (session->to_initiator != NULL && session->to_initiator->packets > 0) ||
           (session->to_responder != NULL && session->to_responder->packets > 0);
}

static bool
initiator_gave_up(const struct wg_session *session)
{
    return session->superseded && session->to_responder != NULL &&
           session->to_responder->packets == 0;
}

/* What became of it, as far as was captured; in few words, as lines are wide enough. */
static const char *
state(const struct sessions_report *r, const struct row *row)
{
    const struct wg_session *s = row->session;

    if (s->initiation_frame == 0)
        return s->responses != NULL ? "response only" : "no handshake";
    if (s->responses == NULL)
        return s->cookies != NULL ? "cookies only" : "no answer";
    if (initiator_gave_up(s))
        return "not accepted";
    if (!has_data(s))
        return "not used";
    if (row->renewed_by != NULL && has_data(row->renewed_by))
        return "renewed";
    return r->latest - row->begun > REJECT_AFTER_TIME ? "expired" : "in use";
}

static char *
decrypted(const struct row *row)
{
    const uint64_t all = row->way[0].packets + row->way[1].packets;
    const uint64_t opened = row->way[0].opened + row->way[1].opened;

    if (all == 0)
        return g_strdup("-");
    if (opened == 0)
        return g_strdup("no");
    return opened == all ? g_strdup("all")
                         : g_strdup_printf("%" PRIu64 " of %" PRIu64, opened, all);
}

/* On the left (0) or right (1), as the session began, or as its data shows; NULL: not known. */
static const struct wg_endpoint *
endpoint(const struct row *row, unsigned side)
{
    const struct wg_session *s = row->session;
    const struct wg_direction *from = row->way[side].direction, *to = row->way[!side].direction;

    if (s->initiation_frame != 0)
        return side == 0 ? &s->initiator : &s->responder;
    if (s->responses != NULL)
        return side == 0 ? &s->responses->destination : &s->responses->source;
    if (from != NULL)
        return &from->source;
    return to != NULL ? &to->destination : NULL;
}

static char *
peer(const struct row *row, unsigned side)
{
    const uint8_t *keys[] = { wg_session_initiator_key(row->session),
                              wg_session_responder_key(row->session) };
    const struct wg_endpoint *where = endpoint(row, side);

    return where != NULL ? wg_report_peer(where, keys[side]) : g_strdup("?");
}

static void
print_who(const struct sessions_report *r)
{
    static const char *const headings[] = { ">stream",    "initiator", "responder", ">begins s",
                                            ">answer ms", ">lasts s",  "state" };
    struct wg_table *t = wg_table_new(headings, G_N_ELEMENTS(headings));

    for (unsigned i = 0; i < r->rows->len; i++) {
        const struct row *row = g_ptr_array_index(r->rows, i);
        g_autofree char *initiator = peer(row, 0), *responder = peer(row, 1);

        wg_table_add(t, "%u", row->session->stream);
        wg_table_add(t, "%s", initiator);
        wg_table_add(t, "%s", responder);
        wg_table_add(t, "%.3f", row->begun);
        if (row->response_time >= 0)
            wg_table_add(t, "%.1f", (double)row->response_time / 1e6);
        else
            wg_table_add(t, "-");
        wg_table_add(t, "%.3f", row->ended - row->begun);
        if (row->attempt > 1)
            wg_table_add(t, "%s, try %u", state(r, row), row->attempt);
        else if (row->renews != NULL)
            wg_table_add(t, "%s, rekey of %u", state(r, row), row->renews->stream);
        else
            wg_table_add(t, "%s", state(r, row));
    }
    wg_table_print(t);
    wg_table_free(t);
}

static void
print_what(const struct sessions_report *r)
{
    static const char *const headings[] = { ">stream",     ">packets>/<", ">bytes>/<",
                                            ">lost>/<",    ">dup>/<",     ">late>/<",
                                            ">keepalives", ">roamed",     "decrypted" };
    struct wg_table *t = wg_table_new(headings, G_N_ELEMENTS(headings));

    for (unsigned i = 0; i < r->rows->len; i++) {
        const struct row *row = g_ptr_array_index(r->rows, i);
        const struct way *there = &row->way[0], *back = &row->way[1];
        g_autofree char *opened = decrypted(row);

        wg_table_add(t, "%u", row->session->stream);
        wg_table_add(t, PAIR, there->packets + there->handshakes, back->packets + back->handshakes);
        wg_table_add(t, PAIR, there->bytes + there->handshake_bytes,
                     back->bytes + back->handshake_bytes);
        wg_table_add(t, PAIR, lost(there), lost(back));
        wg_table_add(t, PAIR, there->duplicates, back->duplicates);
        wg_table_add(t, PAIR, there->late, back->late);
        wg_table_add(t, "%" PRIu64, there->keepalives + back->keepalives);
        wg_table_add(t, "%u", row->roamings);
        wg_table_add(t, "%s", opened);
    }
    wg_table_print(t);
    wg_table_free(t);
}

static const struct wg_session *
session_at(const struct sessions_report *r, unsigned i)
{
    return ((const struct row *)g_ptr_array_index(r->rows, i))->session;
}

static void
append_dropped(GString *text, const struct sessions_report *r)
{
    uint64_t responses = 0, sessions = 0;
    uint32_t first = 0;

    for (unsigned i = r->rows->len; i-- > 0;) {
        const struct wg_session *s = session_at(r, i);
        responses += s->dropped;
        sessions += s->dropped > 0;
        first = s->dropped > 0 ? s->stream : first;
    }
    if (responses > 0)
        g_string_append_printf(text,
                               "%" PRIu64 " response%s that nothing proves, of %" PRIu64
                               " session%s (first: stream %u). Of each session the first is kept, "
                               "and the latest few.",
                               responses, responses == 1 ? "" : "s", sessions,
                               sessions == 1 ? "" : "s", first);
}

static void
append_crowded_out(GString *text, const struct sessions_report *r)
{
    uint64_t sessions = 0;
    uint32_t first = 0;

    for (unsigned i = r->rows->len; i-- > 0;) {
        const struct wg_session *s = session_at(r, i);
        sessions += s->crowded_out;
        first = s->crowded_out ? s->stream : first;
    }
    if (sessions > 0)
        g_string_append_printf(text,
                               "%s%" PRIu64 " session%s (first: stream %u) %s an index that too "
                               "many others have: later data for it counts as theirs.",
                               text->len > 0 ? " " : "", sessions, sessions == 1 ? "" : "s", first,
                               sessions == 1 ? "has" : "have");
}

/* What the session table had no room for. */
static void
print_not_kept(const struct sessions_report *r)
{
    g_autoptr(GString) text = g_string_new(NULL);

    append_dropped(text, r);
    append_crowded_out(text, r);
    if (text->len == 0)
        return;
    printf("\n");
    wg_print_paragraph("Not kept", text->str);
}

static void
print(struct wg_report *base)
{
    const struct sessions_report *r = (const struct sessions_report *)base;

    wg_report_head(base, "every WireGuard session, and what became of it");
    if (r->rows->len == 0) {
        printf("No WireGuard sessions.\n\n");
        return;
    }
    print_who(r);
    printf(
        "\n> from the initiator, < from the responder; bytes are those of WireGuard's messages.\n");
    print_what(r);
    wg_client_ids_print(r->clients);
    print_not_kept(r);
    printf("\n");
}

/* ---- for programs ---- */

static void
tell_way(struct wg_json *j, const struct way *way, const char *name)
{
    const struct {
        const char *what;
        uint64_t number;
    } numbers[] = { { "packets", way->packets + way->handshakes },
                    { "bytes", way->bytes + way->handshake_bytes },
                    { "data_packets", way->packets },
                    { "keepalives", way->keepalives },
                    { "lost", lost(way) },
                    { "duplicates", way->duplicates },
                    { "late", way->late },
                    { "decrypted", way->opened } };

    for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++) {
        g_autofree char *member = g_strdup_printf("%s_%s", name, numbers[i].what);
        wg_json_number(j, member, numbers[i].number);
    }
}

static void
tell_side(struct wg_json *j, const struct row *row, unsigned side, const char *name)
{
    const uint8_t *keys[] = { wg_session_initiator_key(row->session),
                              wg_session_responder_key(row->session) };
    const struct wg_endpoint *where = endpoint(row, side);
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

    for (unsigned i = 0; i < r->rows->len; i++) {
        const struct row *row = g_ptr_array_index(r->rows, i);
        struct wg_json *j = wg_json_begin(base, "session");

        wg_json_number(j, "stream", row->session->stream);
        wg_json_text(j, "state", state(r, row));
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
        if (row->session->dropped > 0)
            wg_json_number(j, "responses_not_kept", row->session->dropped);
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

/* The widget shows six digits, so that what is below a millisecond would look exact and is not. */
static stat_tap_table_item_type
seconds(double value)
{
    return (stat_tap_table_item_type){ .type = TABLE_ITEM_FLOAT,
                                       .value.float_value = round(value * 1000) / 1000 };
}

static uint32_t
rows(struct wg_report *base, bool all)
{
    return ((const struct sessions_report *)base)->rows->len;
}

static void
fill(const struct wg_report *base, uint32_t number, stat_tap_table_item_type *cell)
{
    const struct sessions_report *r = (const struct sessions_report *)base;
    const struct row *row = g_ptr_array_index(r->rows, number);

    *cell++ = wg_cell_number(row->session->stream);
    *cell++ = wg_cell_text(peer(row, 0));
    *cell++ = wg_cell_text(peer(row, 1));
    *cell++ = wg_cell_text(g_strdup(state(r, row)));
    *cell++ = seconds(row->begun);
    *cell++ = wg_cell_text(row->response_time < 0
                               ? g_strdup("")
                               : g_strdup_printf("%.1f", (double)row->response_time / 1e6));
    *cell++ = seconds(row->ended - row->begun);
    for (unsigned side = 0; side < 2; side++) {
        const struct way *way = &row->way[side];
        *cell++ = wg_cell_number(way->packets + way->handshakes);
        *cell++ = wg_cell_number(way->bytes + way->handshake_bytes);
        *cell++ = wg_cell_number(lost(way));
        *cell++ = wg_cell_number(way->duplicates);
        *cell++ = wg_cell_number(way->late);
    }
    *cell++ = wg_cell_number(row->way[0].keepalives + row->way[1].keepalives);
    *cell++ = wg_cell_number(row->roamings);
    *cell++ = wg_cell_text(row->renews == NULL ? g_strdup("")
                                               : g_strdup_printf("%u", row->renews->stream));
    *cell++ = wg_cell_text(decrypted(row));
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
