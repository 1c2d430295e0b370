/* report_table.c
 * The reports as Wireshark's and sharkd's tables.
 *
 * The host reads the cells whenever it draws, and does not say when. It draws after it has gone
 * through the whole capture once more, so the rows are filled with the last frame. A user who stops
 * before that sees what was filled on the way, each time the number of frames had doubled.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <string.h>

#include <epan/packet.h>
#include <epan/frame_data_sequence.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>

#include "report_feed.h"
#include "report_private.h"

enum { MOST_TABLES = 8, FIRST_FILL = 1024 };

/* A class and its table in Wireshark. */
static struct shown {
    stat_tap_table_ui ui; /* first: Wireshark hands back its address */
    const struct wg_report_class *class;
    struct wg_report *report; /* NULL: nothing was seen since the capture was opened */
    uint64_t fed, next_fill;  /* packets */
    bool filled;              /* since the last packet */
    bool listens;
} shown[MOST_TABLES];
static unsigned shown_count;

/* ---- cells ---- */

stat_tap_table_item_type
wg_cell_text(char *text)
{
    return (stat_tap_table_item_type){ .type = TABLE_ITEM_STRING, .value.string_value = text };
}

stat_tap_table_item_type
wg_cell_number(uint64_t number)
{
    return (stat_tap_table_item_type){ .type = TABLE_ITEM_UINT,
                                       .value.uint_value = (guint)MIN(number, G_MAXUINT) };
}

static void
free_cell(stat_tap_table *table, unsigned row, unsigned column, stat_tap_table_item_type *cell)
{
    if (cell->type == TABLE_ITEM_STRING)
        g_free((void *)(uintptr_t)cell->value.string_value);
    cell->type = TABLE_ITEM_NONE;
}

static void
drop_rows(stat_tap_table *table)
{
    for (unsigned row = 0; row < table->num_elements; row++) {
        for (unsigned column = 0; column < table->num_fields; column++)
            free_cell(table, row, column, &table->elements[row][column]);
        g_free(table->elements[row]);
    }
    table->num_elements = 0;
}

static void
fill_row(stat_tap_table *table, const struct wg_report *report, uint32_t row)
{
    const struct wg_report_class *class = report->class;
    g_autofree stat_tap_table_item_type *cells =
        g_new0(stat_tap_table_item_type, class->column_count);

    class->fill(report, row, cells);
    if (row >= table->num_elements) {
        stat_tap_init_table_row(table, row, class->column_count, cells);
        return;
    }
    for (unsigned column = 0; column < class->column_count; column++) {
        free_cell(table, row, column, stat_tap_get_field_data(table, row, column));
        stat_tap_set_field_data(table, row, column, &cells[column]);
    }
}

static void
fill(struct shown *s, bool all)
{
    stat_tap_table *table;

    if (s->report == NULL || s->filled || s->ui.tables->len == 0) /* 0: the window was closed */
        return;
    table = g_array_index(s->ui.tables, stat_tap_table *, 0);
    s->filled = true;
    /* The last one first: the table then grows once. */
    for (uint32_t row = s->class->rows(s->report, all); row > 0; row--)
        fill_row(table, s->report, row - 1);
}

/* ---- the last frame ---- */

/* The beginnings of two structures of the host: what pinfo->epan points at, and what <cfile.h>
 * declares, which does not compile everywhere. They are the same from 4.0 to 4.6. */
struct provider {
    void *wth;
    const void *ref, *prev_dis, *prev_cap;
    frame_data_sequence *frames;
};
struct session {
    const struct provider *provider;
};

static bool
is_last_frame(const packet_info *pinfo)
{
    const struct session *session = (const struct session *)(const void *)pinfo->epan;

    return session != NULL && session->provider != NULL && session->provider->frames != NULL &&
           frame_data_sequence_find(session->provider->frames, pinfo->num + 1) == NULL;
}

/* Called for every frame, whatever the filters of the tables are. */
static tap_packet_status
every_frame(void *data, packet_info *pinfo, epan_dissect_t *edt, const void *tapped,
            tap_flags_t flags)
{
    if (is_last_frame(pinfo))
        for (unsigned i = 0; i < shown_count; i++)
            fill(&shown[i], true);
    return TAP_PACKET_DONT_REDRAW;
}

/* The host does not say when a table is closed, so the listener stays. */
static void
listen(struct shown *s)
{
    static bool listening;

    if (!s->listens)
        wg_tap_frames(true);
    s->listens = true;
    if (listening)
        return;
    listening = true;
    GString *error = register_tap_listener("frame", &shown, NULL, TL_REQUIRES_NOTHING, NULL,
                                           every_frame, NULL, NULL);
    if (error != NULL)
        g_string_free(error, TRUE);
}

/* ---- the host's calls ---- */

static void
show_nothing(struct shown *s)
{
    wg_report_free(s->report);
    s->report = NULL;
}

/* The report is made with the first packet, as for text. */
static void
show_anew(struct shown *s)
{
    show_nothing(s);
    s->report = wg_report_new(s->class, NULL);
    s->fed = 0;
    s->next_fill = FIRST_FILL;
}

static void
table_init(stat_tap_table_ui *ui)
{
    struct shown *s = (struct shown *)ui;
    stat_tap_table *table = stat_tap_find_table(ui, s->class->title);

    listen(s);
    show_nothing(s);
    if (table != NULL) {
        drop_rows(table);
        return;
    }
    table = stat_tap_init_table(s->class->title, (int)s->class->column_count, 0, NULL);
    stat_tap_add_table(ui, table);
}

static void
table_reset(stat_tap_table *table)
{
    wg_tap_forget();
    for (unsigned i = 0; i < shown_count; i++)
        if (strcmp(shown[i].class->title, table->title) == 0)
            show_nothing(&shown[i]);
    drop_rows(table);
}

static tap_packet_status
table_packet(void *data, packet_info *pinfo, epan_dissect_t *edt, const void *tapped,
             tap_flags_t flags)
{
    struct shown *s = (struct shown *)((stat_data_t *)data)->stat_tap_data;

    if (s->report == NULL) {
        show_anew(s);
        drop_rows(g_array_index(s->ui.tables, stat_tap_table *, 0));
    }
    wg_report_feed(s->report, pinfo, edt);
    s->filled = false;
    if (++s->fed == s->next_fill) {
        s->next_fill *= 2;
        fill(s, false);
    }
    /* This listener may be called after the one for every frame. */
    if (is_last_frame(pinfo)) {
        s->filled = false;
        fill(s, true);
    }
    return TAP_PACKET_REDRAW;
}

void
wg_report_register_table(const struct wg_report_class *class, tap_param *params,
                         unsigned param_count)
{
    g_assert(shown_count < MOST_TABLES);
    struct shown *s = &shown[shown_count++];
    s->class = class;
    s->ui = (stat_tap_table_ui){
        .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
        .title = class->title,
        .tap_name = "frame",
        .cli_string = class->name,
        .stat_tap_init_cb = table_init,
        .packet_func = table_packet,
        .stat_tap_reset_table_cb = table_reset,
        .stat_tap_free_table_item_cb = free_cell,
        .nfields = class->column_count,
        .fields = class->columns,
        .nparams = param_count,
        .params = params,
    };
    register_stat_tap_table_ui(&s->ui);
}

/* The rows own their texts, and stay. */
void
wg_report_tables_closed(void)
{
    for (unsigned i = 0; i < shown_count; i++)
        show_nothing(&shown[i]);
}
