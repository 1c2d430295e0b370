/* table.h
 * Plain text in aligned columns, and in paragraphs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_TABLE_H
#define WG_TABLE_H

#include <stdbool.h>

struct wg_table;

/* headings: `columns` of them. A column whose heading begins with '>' has numbers, and is aligned
 * on the right. Used, not owned. */
struct wg_table *wg_table_new(const char *const *headings, unsigned columns);
void wg_table_free(struct wg_table *table);

/* Add the next cell, row by row. */
void wg_table_add(struct wg_table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* To standard output. */
void wg_table_print(const struct wg_table *table);

/* A paragraph on standard output, beginning with a label and broken into lines between words. */
void wg_print_paragraph(const char *label, const char *text);

#endif
