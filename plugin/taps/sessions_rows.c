/* sessions_rows.c
 * What the report on sessions counts of each session.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <inttypes.h>

#include "names.h"
#include "sessions_rows.h"
#include "wg/opening.h"
#include "wg/timers.h"

struct wg_session_rows {
    GPtrArray *rows;             /* owns them */
    GHashTable *by_session;      /* struct wg_session -> row */
    struct wg_session_row *last; /* of the last message: often the next one has the same; or NULL */
    double latest;
};

struct wg_session_rows *
wg_session_rows_new(void)
{
    struct wg_session_rows *r = g_new0(struct wg_session_rows, 1);

    r->rows = g_ptr_array_new_with_free_func(g_free);
    r->by_session = g_hash_table_new(NULL, NULL);
    return r;
}

void
wg_session_rows_free(struct wg_session_rows *r)
{
    g_hash_table_destroy(r->by_session);
    g_ptr_array_unref(r->rows);
    g_free(r);
}

uint32_t
wg_session_rows_count(const struct wg_session_rows *r)
{
    return r->rows->len;
}

const struct wg_session_row *
wg_session_rows_get(const struct wg_session_rows *r, uint32_t number)
{
    return g_ptr_array_index(r->rows, number);
}

/* ---- counting ---- */

static struct wg_session_row *
row_of(struct wg_session_rows *r, const struct wg_session *session, double time,
       int64_t nanoseconds)
{
    if (r->last != NULL && r->last->session == session)
        return r->last;
    struct wg_session_row *row = g_hash_table_lookup(r->by_session, session);
    if (row != NULL)
        return row;
    row = g_new0(struct wg_session_row, 1);
    row->session = session;
    row->begun = row->ended = time;
    row->time = nanoseconds;
    row->response_time = -1;
    g_ptr_array_add(r->rows, row);
    g_hash_table_insert(r->by_session, (void *)(uintptr_t)session, row);
    return row;
}

static void
count_data(struct wg_session_way *way, const struct wg_sighting *s)
{
    const bool duplicate = (s->note->flags & WG_NOTE_DUPLICATE) != 0;

    way->direction = s->note->of.direction;
    way->packets++;
    way->bytes += s->view->length;
    way->keepalives += s->view->length == WG_DATA_MIN_LEN;
    way->opened += s->status == WG_STATUS_DECRYPTED;
    way->duplicates += duplicate;
    way->late += (s->note->flags & WG_NOTE_OUT_OF_ORDER) != 0;
}

static void
count_handshake(struct wg_session_row *row, struct wg_session_way *way, const struct wg_sighting *s)
{
    way->handshakes++;
    way->handshake_bytes += s->view->length;
    if (s->analysis.attempt != 0)
        row->attempt = s->analysis.attempt;
    if (row->response_time < 0 && s->analysis.has_response_time)
        row->response_time = s->analysis.response_time;
}

static void
note_renewal(struct wg_session_rows *r, struct wg_session_row *row, const struct wg_session *old)
{
    struct wg_session_row *renewed = g_hash_table_lookup(r->by_session, old);

    row->renews = old;
    if (renewed != NULL) /* a filter may have hidden it */
        renewed->renewed_by = row->session;
}

void
wg_session_rows_add(struct wg_session_rows *r, const struct wg_sighting *s, double time)
{
    const struct wg_analysis *a = &s->analysis;

    r->latest = MAX(r->latest, time);
    if (a->session == NULL)
        return;
    struct wg_session_row *row = row_of(r, a->session, time, s->time);
    r->last = row;
    struct wg_session_way *way = &row->way[a->knows_role && !a->from_initiator];
    /* Where no handshake shows the roles, the side that sent first is on the left. */
    if (!a->knows_role && row->way[0].direction != NULL &&
        row->way[0].direction != s->note->of.direction)
        way = &row->way[1];

    /* Times of captures can go backwards. */
    row->ended = MAX(row->ended, time);
    row->begun = MIN(row->begun, time);
    row->time = MIN(row->time, s->time);
    row->roamings += wg_analysis_has(a, WG_VERDICT_ROAMED);
    if (s->note->type == WG_TYPE_DATA)
        count_data(way, s);
    else
        count_handshake(row, way, s);
    if (a->renews != NULL)
        note_renewal(r, row, a->renews);
}

/* ---- what a row says ---- */

uint64_t
wg_session_way_lost(const struct wg_session_way *way)
{
    if (way->direction == NULL)
        return 0;
    return wg_counters_lost(&way->direction->counters);
}

static bool
initiator_gave_up(const struct wg_session *session)
{
    return session->superseded && session->to_responder != NULL &&
           !wg_direction_has_data(session->to_responder);
}

const char *
wg_session_state(const struct wg_session_rows *r, const struct wg_session_row *row)
{
    const struct wg_session *s = row->session;

    if (s->initiation_frame == 0 && s->responses == NULL)
        return "no handshake";
    if (s->initiation_frame == 0)
        return "response only";
    if (s->responses == NULL && wg_session_extras(s)->cookies == NULL)
        return "no answer";
    if (s->responses == NULL)
        return "cookies only";
    if (initiator_gave_up(s))
        return "not accepted";
    if (!wg_session_has_data(s))
        return "not used";
    if (row->renewed_by != NULL && wg_session_has_data(row->renewed_by))
        return "renewed";
    if (r->latest - row->begun > (double)WG_REJECT_AFTER_TIME / WG_SECOND)
        return "expired";
    return "in use";
}

char *
wg_session_decrypted(const struct wg_session_row *row)
{
    const uint64_t all = row->way[0].packets + row->way[1].packets;
    const uint64_t opened = row->way[0].opened + row->way[1].opened;

    if (all == 0)
        return g_strdup("-");
    if (opened == 0)
        return g_strdup("no");
    if (opened == all)
        return g_strdup("all");
    return g_strdup_printf("%" PRIu64 " of %" PRIu64, opened, all);
}

const struct wg_endpoint *
wg_session_endpoint(const struct wg_session_row *row, unsigned side)
{
    const struct wg_session *s = row->session;
    const struct wg_direction *from = row->way[side].direction, *to = row->way[!side].direction;
    const struct wg_way *handshake = NULL;

    if (s->initiation_frame != 0)
        handshake = s->way;
    else if (s->responses != NULL)
        handshake = wg_way_back(s->responses->way);
    if (handshake != NULL)
        return side == 0 ? &handshake->source : &handshake->destination;
    if (from != NULL)
        return &from->way->source;
    if (to != NULL)
        return &to->way->destination;
    return NULL;
}

char *
wg_session_peer(const struct wg_session_row *row, unsigned side)
{
    const uint8_t *keys[] = { wg_session_initiator_key(row->session),
                              wg_session_responder_key(row->session) };
    const struct wg_endpoint *where = wg_session_endpoint(row, side);

    if (where == NULL)
        return g_strdup("?");
    return wg_report_peer(where, keys[side]);
}
