/* report_text.c
 * The reports as tshark prints them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <stdio.h>
#include <string.h>

#include <epan/stat_tap_ui.h>
#include <epan/tap.h>
#include <wsutil/report_message.h>

#include "hints.h"
#include "options.h"
#include "report_feed.h"
#include "report_private.h"

/* The tap's data. A report holds what belongs to the capture that is open, so it is made with the
 * first packet and never outlives the capture. */
struct text {
    const struct wg_report_class *class;
    char *filter;
    struct wg_report *report; /* NULL: nothing was seen since the capture was opened */
    unsigned part;            /* how many parts were printed */
    bool told;                /* `report` was printed */
};

static GSList *texts; /* struct text; all that are registered */

static void
text_drop(struct text *t)
{
    wg_report_free(t->report);
    t->report = NULL;
    t->told = false;
}

static void
text_tell(struct text *t)
{
    if (t->report == NULL)
        t->report = wg_report_new(t->class, t->filter);
    t->report->part = ++t->part;
    if (wg_report_is_json() && t->class->print_json != NULL) {
        t->class->print_json(t->report);
        wg_hints_print_json(t->report->hints, t->report);
    } else {
        t->class->print(t->report);
        if (t->class->columns != NULL) /* one without a table is for programs */
            wg_hints_print(t->report->hints);
    }
    t->told = true;
}

static void
text_reset(void *data)
{
    wg_tap_forget();
    text_drop(data);
}

static tap_packet_status
text_packet(void *data, packet_info *pinfo, epan_dissect_t *edt, const void *tapped,
            tap_flags_t flags)
{
    struct text *t = data;

    if (t->report == NULL)
        t->report = wg_report_new(t->class, t->filter);
    wg_report_feed(t->report, pinfo, edt);
    return TAP_PACKET_REDRAW;
}

static void
text_draw(void *data)
{
    struct text *t = data;

    /* Print an empty report, unless parts were printed before a reset. */
    if (t->report != NULL || t->part == 0)
        text_tell(t);
}

static void
text_finish(void *data)
{
    struct text *t = data;

    texts = g_slist_remove(texts, t);
    wg_tap_frames(false);
    wg_report_free(t->report);
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
    if (*filter == ',' && filter[1] != '\0')
        t->filter = g_strdup(filter + 1);
    texts = g_slist_append(texts, t);
    wg_tap_frames(true);
    GString *error = register_tap_listener("frame", t, t->filter, TL_REQUIRES_NOTHING, text_reset,
                                           text_packet, text_draw, text_finish);
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
    if (report->filter != NULL && !wg_report_is_anonymous())
        printf("   Filter: %s\n", report->filter);
    if (report->part > 1)
        printf("   Part %u: since the capture was reset (-M)\n", report->part);
    printf("\n");
}

void
wg_report_register_text(const struct wg_report_class *class, tap_param *params,
                        unsigned param_count)
{
    stat_tap_ui ui = {
        .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
        .title = class->title,
        .cli_string = class->name,
        .tap_init_cb = text_init,
        .nparams = param_count,
        .params = params,
    };
    register_stat_tap_ui(&ui, (void *)(uintptr_t) class);
}

/* A report that was not printed yet means that tshark starts over after so many packets (-M). */
void
wg_report_texts_closed(bool tell)
{
    for (GSList *i = texts; i != NULL; i = i->next) {
        struct text *t = i->data;
        if (tell && t->report != NULL && !t->told)
            text_tell(t);
        text_drop(t);
    }
}
