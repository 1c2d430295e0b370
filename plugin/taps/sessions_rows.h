/* sessions_rows.h
 * The sessions of a capture, as the report on them counts them: a row for each.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_SESSIONS_ROWS_H
#define WG_SESSIONS_ROWS_H

#include <stdint.h>

#include "wg/analysis.h"
#include "wg/sessions.h"

/* What was seen of one direction. */
struct wg_session_way {
    uint64_t packets, bytes, keepalives, duplicates, late;
    uint64_t handshakes, handshake_bytes;
    uint64_t opened;                      /* transport data that the keys opened */
    const struct wg_direction *direction; /* NULL before any data */
};

/* What was seen of one session. */
struct wg_session_row {
    const struct wg_session *session;
    double begun, ended;   /* seconds, relative to the capture */
    int64_t time;          /* nanoseconds since 1970: when it began */
    int64_t response_time; /* nanoseconds; -1: unknown */
    uint32_t roamings, attempt;
    const struct wg_session *renews;
    const struct wg_session *renewed_by; /* the latest one that began as its renewal, or NULL */
    struct wg_session_way way[2]; /* 0: from the initiator, or from the side that sent first */
};

/* The sessions of a capture, each a row, in order of appearance. */
struct wg_session_rows;

struct wg_session_rows *wg_session_rows_new(void);
void wg_session_rows_free(struct wg_session_rows *rows);

/* Count a message. time: seconds, relative to the capture */
void wg_session_rows_add(struct wg_session_rows *rows, const struct wg_sighting *sighting,
                         double time);

uint32_t wg_session_rows_count(const struct wg_session_rows *rows);
/* number < wg_session_rows_count() */
const struct wg_session_row *wg_session_rows_get(const struct wg_session_rows *rows,
                                                 uint32_t number);

/* What became of a session, as far as was captured; in two words, since a line has little room. */
const char *wg_session_state(const struct wg_session_rows *rows, const struct wg_session_row *row);

/* How many packets of a direction are missing. */
uint64_t wg_session_way_lost(const struct wg_session_way *way);

/* How much of its data was decrypted: "all", "no", "3 of 4"; "-" for a session without data. To be
 * freed by the caller. */
char *wg_session_decrypted(const struct wg_session_row *row);

/* Where a side was when the session began, or as its data shows; NULL: not known. side: as in
 * struct wg_session_row */
const struct wg_endpoint *wg_session_endpoint(const struct wg_session_row *row, unsigned side);
/* The same with the peer's name or key, as in wg_report_peer; "?": not known. To be freed by the
 * caller. */
char *wg_session_peer(const struct wg_session_row *row, unsigned side);

#endif
