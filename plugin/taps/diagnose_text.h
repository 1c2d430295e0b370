/* diagnose_text.h
 * A diagnosis in sentences. All texts are to be freed by the caller.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_DIAGNOSE_TEXT_H
#define WG_DIAGNOSE_TEXT_H

#include "wg/diagnosis.h"

/* "192.0.2.1:51820 alice -> 198.51.100.1:51820" */
char *wg_diagnose_tunnel(const struct wg_tunnel *tunnel);

/* What was found, with its evidence. */
char *wg_diagnose_finding(const struct wg_tunnel *tunnel, enum wg_finding finding);

/* What to check next. Static storage; NULL: nothing. */
const char *wg_diagnose_advice(const struct wg_tunnel *tunnel, enum wg_finding finding);

/* Of which these are parts, in diagnose_notes.c: a tunnel that is up, and its figures behind a word;
 * what was captured of one side only; and what else is to be said. */
char *wg_tell_working(const struct wg_tunnel *tunnel, const char *what);
char *wg_tell_one_sided(const struct wg_tunnel *tunnel);
char *wg_tell_besides(const struct wg_tunnel *tunnel, enum wg_finding finding);

#endif
