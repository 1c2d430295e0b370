/* table.c
 * Plain text in aligned columns, and in paragraphs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <stdarg.h>
#include <stdio.h>

#include <glib.h>

#include "table.h"

struct wg_table {
    const char *const *headings;
    unsigned columns;
    GPtrArray *cells;
};

struct wg_table *
wg_table_new(const char *const *headings, unsigned columns)
{
    struct wg_table *t = g_new0(struct wg_table, 1);

    t->headings = headings;
    t->columns = columns;
    t->cells = g_ptr_array_new_with_free_func(g_free);
    return t;
}

void
wg_table_free(struct wg_table *t)
{
    g_ptr_array_unref(t->cells);
    g_free(t);
}

void
wg_table_add(struct wg_table *t, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_ptr_array_add(t->cells, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

static bool
on_the_right(const struct wg_table *t, unsigned column)
{
    return t->headings[column][0] == '>';
}

static const char *
heading(const struct wg_table *t, unsigned column)
{
    return t->headings[column] + on_the_right(t, column);
}

static unsigned
width(const struct wg_table *t, unsigned column)
{
    glong widest = g_utf8_strlen(heading(t, column), -1);

    for (unsigned i = column; i < t->cells->len; i += t->columns)
        widest = MAX(widest, g_utf8_strlen(g_ptr_array_index(t->cells, i), -1));
    return (unsigned)widest;
}

static void
print_cell(const struct wg_table *t, unsigned column, unsigned wide, const char *text)
{
    const int pad = (int)wide - (int)g_utf8_strlen(text, -1);
    const bool last = column + 1 == t->columns;

    if (on_the_right(t, column))
        printf("%*s%s", pad, "", text);
    else if (last)
        printf("%s", text);
    else
        printf("%s%*s", text, pad, "");
    if (last)
        printf("\n");
    else
        printf("  ");
}

void
wg_table_print(const struct wg_table *t)
{
    g_autofree unsigned *widths = g_new(unsigned, t->columns);

    for (unsigned c = 0; c < t->columns; c++)
        widths[c] = width(t, c);
    for (unsigned c = 0; c < t->columns; c++)
        print_cell(t, c, widths[c], heading(t, c));
    for (unsigned i = 0; i < t->cells->len; i++)
        print_cell(t, i % t->columns, widths[i % t->columns], g_ptr_array_index(t->cells, i));
}

void
wg_print_paragraph(const char *label, const char *text)
{
    enum { COLUMNS = 100, INDENT = 11 };
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    glong at = INDENT;

    printf("  %-*s", INDENT - 2, label);
    for (char **word = words; *word != NULL; word++) {
        const glong length = g_utf8_strlen(*word, -1);
        if (at > INDENT && at + 1 + length > COLUMNS) {
            printf("\n%*s", INDENT, "");
            at = INDENT;
        } else if (at > INDENT) {
            printf(" ");
            at++;
        }
        printf("%s", *word);
        at += length;
    }
    printf("\n");
}
