/* audit_table.h
 * The audit as a table: a row for each pair of hosts, and one for each kind of traffic beside them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_AUDIT_TABLE_H
#define WG_AUDIT_TABLE_H

#include <epan/packet.h>
#include <epan/stat_tap_ui.h>

#include "hints.h"
#include "wg/audit.h"

enum { WG_AUDIT_COLUMNS = 11 };
extern stat_tap_table_item wg_audit_columns[WG_AUDIT_COLUMNS];

struct wg_audit_rows;

/* The rows that there are now. audit and hints: used, not owned; they must outlive the rows, and
 * not be fed until then. */
struct wg_audit_rows *wg_audit_rows_new(struct wg_audit *audit, const struct wg_hints *hints);
void wg_audit_rows_free(struct wg_audit_rows *rows); /* NULL is allowed */
uint32_t wg_audit_rows_count(const struct wg_audit_rows *rows);
/* row < wg_audit_rows_count() */
void wg_audit_rows_fill(const struct wg_audit_rows *rows, uint32_t row,
                        stat_tap_table_item_type *cells);

#endif
