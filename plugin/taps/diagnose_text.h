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

#endif
