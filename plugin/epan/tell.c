/* tell.c
 * Tells the user what is wrong with a source of keys.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <wsutil/report_message.h>

#include "tell.h"
#include "wg/lines.h"
#include "wg/text.h"

enum {
    MOST_MESSAGES = 10, /* for one capture */
    LONGEST = 4096,     /* characters of a message */
};

/* Messages that this process has shown. */
static GHashTable *told;
static unsigned count;

void
wg_tell_begin(void)
{
    count = 0;
}

static void
tell_once(const char *message)
{
    if (told == NULL)
        told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (count > MOST_MESSAGES || g_hash_table_contains(told, message))
        return;
    if (count++ == MOST_MESSAGES) {
        report_failure("WireGuard keys: further messages about this capture are not shown");
        return;
    }
    g_hash_table_add(told, g_strdup(message));
    report_failure("%s", message);
}

void
wg_tell(const char *source, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    char *message = g_strdup_printf("WireGuard keys: %s: %s", source, what);
    char *shown = wg_text_shown(message, LONGEST);
    tell_once(shown);
    g_free(shown);
    g_free(message);
    g_free(what);
}

void
wg_tell_collect(void *user, unsigned line, const char *expected)
{
    GString *lines = user;

    g_string_append_printf(lines, "%sline %u: %s%s", lines->len > 0 ? "; " : "", line,
                           expected != wg_lines_more ? "expected " : "", expected);
}

void
wg_tell_lines(const char *source, GString *lines)
{
    if (lines->len > 0)
        wg_tell(source, "%s", lines->str);
    g_string_truncate(lines, 0);
}
