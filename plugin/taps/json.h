/* json.h
 * Reports for programs: one JSON object a line, on standard output.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_JSON_H
#define WG_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "report.h"

struct wg_json;

/* An object that begins with what every line has: "report", "record", and, where there is one,
 * "filter" and "part". */
struct wg_json *wg_json_begin(const struct wg_report *report, const char *record);
/* Prints it. */
void wg_json_end(struct wg_json *json);

/* Members. A text that is NULL, and seconds that are not a number, are left out. */
void wg_json_text(struct wg_json *json, const char *name, const char *text);
void wg_json_take(struct wg_json *json, const char *name, char *text); /* and frees it */
void wg_json_number(struct wg_json *json, const char *name, uint64_t number);
void wg_json_bool(struct wg_json *json, const char *name, bool value);
void wg_json_real(struct wg_json *json, const char *name, double value, unsigned decimals);
/* Nanoseconds, as seconds with nine decimals. */
void wg_json_seconds(struct wg_json *json, const char *name, int64_t nanoseconds);

#endif
