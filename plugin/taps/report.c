/* report.c
 * What the reports have in common.
 *
 * tshark prints a report when all packets were seen. Wireshark's own table widget has no such
 * moment: its rows are what they are after each packet, so every frame updates those that it changes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <stdio.h>
#include <string.h>

#include <epan/stat_tap_ui.h>
#include <epan/tap.h>
#include <wsutil/report_message.h>

#include "report.h"
#include "wg/base64.h"

/* ---- feeding ---- */

static struct wg_report *
report_new(const struct wg_report_class *class, const char *filter)
{
    struct wg_report *report = class->make();

    report->class = class;
    report->filter = g_strdup(filter);
    return report;
}

static void
report_free(struct wg_report *report)
{
    if (report == NULL)
        return;
    if (report->touched != NULL)
        g_array_unref(report->touched);
    g_free(report->filter);
    report->class->free(report);
}

void
wg_report_touch(struct wg_report *report, uint32_t row)
{
    if (report->touched != NULL)
        g_array_append_val(report->touched, row);
}

static bool
sees_frames(const struct wg_report_class *class)
{
    return strcmp(class->tap, "frame") == 0;
}

static void
feed(struct wg_report *report, packet_info *pinfo, epan_dissect_t *edt,
     const struct wg_tapped *tapped)
{
    const struct wg_report_class *class = report->class;

    if (!sees_frames(class)) {
        class->add(report, pinfo, edt, tapped);
        return;
    }
    tapped = wg_tapped_in(pinfo);
    if (tapped == NULL)
        class->add(report, pinfo, edt, NULL);
    for (; tapped != NULL; tapped = tapped->next)
        class->add(report, pinfo, edt, tapped);
}

nstime_t
wg_report_time(const packet_info *pinfo, const struct wg_sighting *sighting)
{
    const int64_t second = 1000000000;
    const nstime_t then = { (time_t)(sighting->time / second), (int)(sighting->time % second) };
    nstime_t ago, relative;

    nstime_delta(&ago, &pinfo->abs_ts, &then);
    nstime_delta(&relative, &pinfo->rel_ts, &ago);
    return relative;
}

/* ---- as text ---- */

/* The tap's data. A report holds what belongs to the capture that is open, so it is made with the
 * first packet and never outlives the capture. */
struct text {
    const struct wg_report_class *class;
    char *filter;
    struct wg_report *report; /* NULL: nothing was seen since the capture was opened */
    unsigned part;            /* how many captures it has spoken of */
    bool told;                /* `report` was printed */
};

static GSList *texts; /* struct text; all that are registered */

static void
text_drop(struct text *t)
{
    report_free(t->report);
    t->report = NULL;
    t->told = false;
}

static void
text_tell(struct text *t)
{
    if (t->report == NULL)
        t->report = report_new(t->class, t->filter);
    t->report->part = ++t->part;
    t->class->print(t->report);
    t->told = true;
}

static void
text_reset(void *data)
{
    text_drop(data);
}

static tap_packet_status
text_packet(void *data, packet_info *pinfo, epan_dissect_t *edt, const void *tapped,
            tap_flags_t flags)
{
    struct text *t = data;

    if (t->report == NULL)
        t->report = report_new(t->class, t->filter);
    feed(t->report, pinfo, edt, tapped);
    return TAP_PACKET_REDRAW;
}

static void
text_draw(void *data)
{
    struct text *t = data;

    /* After a reset there may have been nothing more; that was said before. */
    if (t->report != NULL || t->part == 0)
        text_tell(t);
}

/* The capture goes, and with it all that the report speaks of. Where it was not told yet, tshark was
 * asked to start over after so many packets (-M). */
static void
text_capture_closed(struct text *t)
{
    if (t->report != NULL && !t->told)
        text_tell(t);
    text_drop(t);
}

static void
text_finish(void *data)
{
    struct text *t = data;

    texts = g_slist_remove(texts, t);
    if (sees_frames(t->class))
        wg_tap_frames(false);
    report_free(t->report);
    g_free(t->filter);
    g_free(t);
}

static ws_stat_init
text_init(const char *argument, void *data)
{
    const struct wg_report_class *class = data;
    const char *filter = argument + strlen(class->name);
    struct text *t = g_new0(struct text, 1);

    t->class = class;
    t->filter = *filter == ',' && filter[1] != '\0' ? g_strdup(filter + 1) : NULL;
    texts = g_slist_append(texts, t);
    if (sees_frames(class))
        wg_tap_frames(true);
    GString *error = register_tap_listener(class->tap, t, t->filter, TL_REQUIRES_NOTHING,
                                           text_reset, text_packet, text_draw, text_finish);
    if (error != NULL) {
        report_failure("%s: %s", class->name, error->str);
        g_string_free(error, TRUE);
        text_finish(t);
        WS_STAT_FAILED;
    }
    WS_STAT_OK;
}

void
wg_report_head(const struct wg_report *report, const char *question)
{
    printf("\n== %s: %s\n", report->class->name, question);
    if (report->filter != NULL)
        printf("   Filter: %s\n", report->filter);
    if (report->part > 1)
        printf("   Part %u: since the capture was reset (-M)\n", report->part);
    printf("\n");
}

/* ---- as a table ---- */

enum { MOST_TABLES = 4 };

/* A class and what Wireshark knows it by. */
static struct shown {
    stat_tap_table_ui ui; /* first: Wireshark hands back its address */
    const struct wg_report_class *class;
    struct wg_report *report; /* NULL: nothing was seen since the capture was opened */
    bool listens;
} shown[MOST_TABLES];
static unsigned shown_count;

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

/* Its report is made with the first packet, as that of a text is. */
static void
show_nothing(struct shown *s)
{
    report_free(s->report);
    s->report = NULL;
}

static void
show_anew(struct shown *s)
{
    show_nothing(s);
    s->report = report_new(s->class, NULL);
    s->report->touched = g_array_new(FALSE, FALSE, sizeof(uint32_t));
}

static void
table_init(stat_tap_table_ui *ui)
{
    struct shown *s = (struct shown *)ui;
    stat_tap_table *table = stat_tap_find_table(ui, s->class->title);

    /* Nobody says when the table is closed; so from the first time on. */
    if (!s->listens && sees_frames(s->class))
        wg_tap_frames(true);
    s->listens = true;
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
    for (unsigned i = 0; i < shown_count; i++)
        if (strcmp(shown[i].class->title, table->title) == 0)
            show_nothing(&shown[i]);
    drop_rows(table);
}

static void
show_row(stat_tap_table *table, const struct wg_report *report, uint32_t row)
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

static tap_packet_status
table_packet(void *data, packet_info *pinfo, epan_dissect_t *edt, const void *tapped,
             tap_flags_t flags)
{
    stat_tap_table_ui *ui = ((stat_data_t *)data)->stat_tap_data;
    struct shown *s = (struct shown *)ui;
    stat_tap_table *table = g_array_index(ui->tables, stat_tap_table *, 0);

    if (s->report == NULL) {
        show_anew(s);
        drop_rows(table);
    }
    feed(s->report, pinfo, edt, tapped);
    if (s->report->touched->len == 0)
        return TAP_PACKET_DONT_REDRAW;
    for (unsigned i = 0; i < s->report->touched->len; i++)
        show_row(table, s->report, g_array_index(s->report->touched, uint32_t, i));
    g_array_set_size(s->report->touched, 0);
    return TAP_PACKET_REDRAW;
}

/* ---- both ---- */

static tap_param filter_param[] = { { PARAM_FILTER, "filter", "Filter", NULL, TRUE } };

static void
register_text(const struct wg_report_class *class)
{
    stat_tap_ui ui = {
        .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
        .title = class->title,
        .cli_string = class->name,
        .tap_init_cb = text_init,
        .nparams = G_N_ELEMENTS(filter_param),
        .params = filter_param,
    };
    register_stat_tap_ui(&ui, (void *)(uintptr_t)class);
}

static void
register_table(const struct wg_report_class *class)
{
    if (shown_count == MOST_TABLES)
        return;
    struct shown *s = &shown[shown_count++];
    s->class = class;
    s->ui = (stat_tap_table_ui){
        .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
        .title = class->title,
        .tap_name = class->tap,
        .cli_string = class->name,
        .stat_tap_init_cb = table_init,
        .packet_func = table_packet,
        .stat_tap_reset_table_cb = table_reset,
        .stat_tap_free_table_item_cb = free_cell,
        .nfields = class->column_count,
        .fields = class->columns,
        .nparams = G_N_ELEMENTS(filter_param),
        .params = filter_param,
    };
    register_stat_tap_table_ui(&s->ui);
}

void
wg_report_register(const struct wg_report_class *class)
{
    const char *program = g_get_prgname();

    /* A program offers one of them under a name, and in tshark that is the text. */
    if (program != NULL && g_str_has_prefix(program, "tshark"))
        register_text(class);
    else
        register_table(class);
}

/* Before the dissector's own, which frees the capture: the host calls the latest one first. */
static void
capture_closed(void)
{
    const bool there = wg_capture_keys() != NULL;

    for (GSList *i = texts; i != NULL; i = i->next)
        if (there)
            text_capture_closed(i->data);
        else
            text_drop(i->data);
    for (unsigned i = 0; i < shown_count; i++)
        show_nothing(&shown[i]); /* its rows hold their own texts, and stay */
}

void
wg_report_watch_captures(void)
{
    register_cleanup_routine(capture_closed);
}

char *
wg_report_peer(const struct wg_endpoint *endpoint, const uint8_t *public_key)
{
    char where[WG_ENDPOINT_TEXT_LEN], key[WG_BASE64_LEN + 1];
    const struct wg_keystore *keys = wg_capture_keys();

    wg_endpoint_text(endpoint, where);
    if (public_key == NULL || keys == NULL)
        return g_strdup(where);
    const char *name = wg_keystore_name(keys, public_key);
    if (name != NULL)
        return g_strdup_printf("%s %s", where, name);
    wg_base64_encode(key, public_key);
    return g_strdup_printf("%s %.8s...", where, key);
}
