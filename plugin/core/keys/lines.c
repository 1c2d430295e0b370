/* lines.c
 * From chunks of bytes to lines of text, and the reports about bad ones.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <limits.h>
#include <string.h>

#include <glib.h>

#include "wg/crypto.h"
#include "wg/lines.h"

struct wg_lines {
    wg_line_fn take;
    void *context;
    wg_report_fn report;
    void *user;
    unsigned number;
    unsigned reports;
    bool overlong; /* more characters came than `limit` */
    bool skipping; /* already taken while incomplete: nothing more until the line break */
    char *too_long;
    size_t limit, used;
    char *text; /* room for limit + 1; allocated once, so that no copy of a key is left behind */
};

const char wg_lines_more[] = "further bad lines not shown";

static const char byte_order_mark[] = "\xef\xbb\xbf";

struct wg_lines *
wg_lines_new(size_t limit, wg_line_fn take, void *context, wg_report_fn report, void *user)
{
    struct wg_lines *lines = g_new0(struct wg_lines, 1);

    lines->take = take;
    lines->context = context;
    lines->report = report;
    lines->user = user;
    lines->number = 1;
    lines->limit = limit;
    lines->text = g_malloc0(limit + 1);
    lines->too_long = g_strdup_printf("a line of at most %" G_GSIZE_FORMAT " characters", limit);
    return lines;
}

void
wg_lines_free(struct wg_lines *lines)
{
    if (lines == NULL)
        return;
    wg_wipe(lines->text, lines->limit + 1);
    g_free(lines->text);
    g_free(lines->too_long);
    g_free(lines);
}

static void
drop_line(struct wg_lines *lines)
{
    wg_wipe(lines->text, lines->used + 1);
    lines->used = 0;
    lines->overlong = lines->skipping = false;
}

void
wg_lines_reset(struct wg_lines *lines)
{
    drop_line(lines);
    lines->number = 1;
    lines->reports = 0;
}

unsigned
wg_lines_number(const struct wg_lines *lines)
{
    return lines->number;
}

void
wg_lines_report(struct wg_lines *lines, unsigned line, const char *expected)
{
    if (lines->report == NULL || lines->reports > WG_REPORTS_MAX)
        return;
    if (lines->reports++ == WG_REPORTS_MAX)
        expected = wg_lines_more;
    lines->report(lines->user, line, expected);
}

/* Give the collected line to the parser, in `text` (used + 1 bytes, which it may change). */
static const char *
take_text(struct wg_lines *lines, char *text, bool complete)
{
    const size_t mark = sizeof(byte_order_mark) - 1;

    if (memchr(text, '\0', lines->used) != NULL)
        return "text without NUL bytes (UTF-16 is not read)";
    if (lines->number == 1 && strncmp(text, byte_order_mark, mark) == 0)
        text += mark;
    if (lines->overlong && text[strspn(text, " \t")] != '#')
        return lines->too_long;
    return lines->take(lines->context, text, complete);
}

static void
end_line(struct wg_lines *lines)
{
    if (!lines->skipping) {
        lines->text[lines->used] = '\0';
        const char *expected = take_text(lines, lines->text, true);
        if (expected != NULL)
            wg_lines_report(lines, lines->number, expected);
    }
    drop_line(lines);
}

static void
collect(struct wg_lines *lines, const char *bytes, size_t length)
{
    if (lines->skipping)
        return;
    if (length > lines->limit - lines->used) {
        length = lines->limit - lines->used;
        lines->overlong = true;
    }
    memcpy(lines->text + lines->used, bytes, length);
    lines->used += length;
}

void
wg_lines_feed(struct wg_lines *lines, const void *bytes, size_t length)
{
    const char *at = bytes;

    while (length > 0) {
        const char *line_break = memchr(at, '\n', length);
        if (line_break == NULL) {
            collect(lines, at, length);
            return;
        }
        const size_t part = (size_t)(line_break - at);
        collect(lines, at, part);
        end_line(lines);
        if (lines->number < UINT_MAX)
            lines->number++;
        at += part + 1;
        length -= part + 1;
    }
}

void
wg_lines_flush(struct wg_lines *lines, bool final)
{
    if (lines->used == 0 || lines->skipping)
        return;
    if (final) {
        end_line(lines);
        return;
    }
    if (lines->overlong) {
        /* No end can make it good. It is reported now, since its end may never come. */
        end_line(lines);
        lines->skipping = true;
        return;
    }

    /* A copy, because the line must be unchanged if it is not taken yet. */
    const size_t size = lines->used + 1;
    char *copy = g_malloc(size);
    memcpy(copy, lines->text, lines->used);
    copy[lines->used] = '\0';
    if (take_text(lines, copy, false) == NULL) {
        drop_line(lines);
        lines->skipping = true;
    }
    wg_wipe(copy, size);
    g_free(copy);
}
