/* json.c
 * Reports for programs: one JSON object a line, written by the host's own writer.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include <wsutil/json_dumper.h>

#include "json.h"
#include "options.h"

struct wg_json {
    json_dumper dumper;
    GString *line;
};

struct wg_json *
wg_json_begin(const struct wg_report *report, const char *record)
{
    struct wg_json *j = g_new0(struct wg_json, 1);

    j->line = g_string_new(NULL);
    j->dumper.output_string = j->line;
    json_dumper_begin_object(&j->dumper);
    wg_json_text(j, "report", report->class->name);
    wg_json_text(j, "record", record);
    if (!wg_report_is_anonymous())
        wg_json_text(j, "filter", report->filter);
    if (report->part > 1)
        wg_json_number(j, "part", report->part);
    return j;
}

void
wg_json_end(struct wg_json *j)
{
    json_dumper_end_object(&j->dumper);
    json_dumper_finish(&j->dumper);
    printf("%s\n", g_strchomp(j->line->str));
    g_string_free(j->line, TRUE);
    g_free(j);
}

void
wg_json_text(struct wg_json *j, const char *name, const char *text)
{
    if (text == NULL)
        return;
    json_dumper_set_member_name(&j->dumper, name);
    json_dumper_value_string(&j->dumper, text);
}

void
wg_json_take(struct wg_json *j, const char *name, char *text)
{
    wg_json_text(j, name, text);
    g_free(text);
}

void
wg_json_number(struct wg_json *j, const char *name, uint64_t number)
{
    json_dumper_set_member_name(&j->dumper, name);
    json_dumper_value_anyf(&j->dumper, "%" PRIu64, number);
}

void
wg_json_bool(struct wg_json *j, const char *name, bool value)
{
    json_dumper_set_member_name(&j->dumper, name);
    json_dumper_value_anyf(&j->dumper, "%s", value ? "true" : "false");
}

void
wg_json_real(struct wg_json *j, const char *name, double value, unsigned decimals)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE], format[8];

    if (!isfinite(value) || fabs(value) >= 1e15) /* no capture has such a number */
        return;
    snprintf(format, sizeof format, "%%.%uf", decimals % 10);
    json_dumper_set_member_name(&j->dumper, name);
    json_dumper_value_anyf(&j->dumper, "%s", g_ascii_formatd(text, sizeof text, format, value));
}

void
wg_json_seconds(struct wg_json *j, const char *name, int64_t nanoseconds)
{
    const int64_t second = 1000000000;
    uint64_t size = (uint64_t)nanoseconds;
    const char *sign = "";

    if (nanoseconds < 0) {
        size = -size;
        sign = "-";
    }
    json_dumper_set_member_name(&j->dumper, name);
    json_dumper_value_anyf(&j->dumper, "%s%" PRIu64 ".%09" PRIu64, sign, size / (uint64_t)second,
                           size % (uint64_t)second);
}
