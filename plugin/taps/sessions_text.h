/* sessions_text.h
 * The report on sessions, as text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_SESSIONS_TEXT_H
#define WG_SESSIONS_TEXT_H

#include "client_ids.h"
#include "sessions_rows.h"

/* To standard output: two tables, the client ids, and what was not kept. */
void wg_sessions_print(const struct wg_session_rows *rows, const struct wg_client_ids *clients);

#endif
