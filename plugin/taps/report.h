/* report.h
 * What the reports have in common, and what each must have.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_REPORT_H
#define WG_REPORT_H

#include <stdint.h>

#include <epan/packet.h>
#include <epan/stat_tap_ui.h>

#include "names.h"
#include "opened.h"
#include "tapped.h"

struct wg_hints;

/* What was seen of one capture. It is freed before the capture is. */
struct wg_report {
    const struct wg_report_class *class;
    char *filter; /* NULL: none */
    struct wg_hints *hints;
    unsigned part; /* from 1; 2 and more: after tshark started over (-M) */
};

/* One kind of report. Static storage. */
struct wg_report_class {
    const char *name;                /* as in -z */
    const char *title;               /* in the menu */
    struct wg_report *(*make)(void); /* its structure begins with a struct wg_report, zeroed */
    void (*free)(struct wg_report *report);
    /* Count a message, or one that an ICMP error quotes; NULL for a frame that has neither. */
    void (*add)(struct wg_report *report, packet_info *pinfo, epan_dissect_t *edt,
                const struct wg_tapped *tapped);
    void (*print)(struct wg_report *report);
    void (*print_json)(struct wg_report *report); /* one object a line; NULL: it prints text */
    /* For the table; NULL: there is none. */
    stat_tap_table_item *columns;
    unsigned column_count;
    /* How many rows there are now. all: every frame was seen. */
    uint32_t (*rows)(struct wg_report *report, bool all);
    void (*fill)(const struct wg_report *report, uint32_t row, stat_tap_table_item_type *cells);
};

extern const struct wg_report_class wg_sessions_report, wg_audit_report, wg_diagnose_report,
    wg_keys_report;

/* What else is registered, by statistics.c and conversations.c. */
void wg_statistics_register(void);
void wg_conversations_register(int proto);

/* Cells of a table, which then owns the text. */
stat_tap_table_item_type wg_cell_text(char *text);
stat_tap_table_item_type wg_cell_number(uint64_t number);

/* When a message was captured, relative to the beginning of the capture. It may come from an
 * earlier frame. */
nstime_t wg_report_time(const packet_info *pinfo, const struct wg_sighting *sighting);

/* The head of a report on standard output. */
void wg_report_head(const struct wg_report *report, const char *question);

#endif
