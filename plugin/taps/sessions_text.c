/* sessions_text.c
 * The report on sessions as text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <inttypes.h>
#include <stdio.h>

#include "sessions_rows.h"
#include "sessions_text.h"
#include "table.h"
#include "words.h"

/* Two numbers: from the initiator, and from the responder. */
#define PAIR "%" PRIu64 "/%" PRIu64

static void
print_who(const struct wg_session_rows *r)
{
    static const char *const headings[] = { ">stream",    "initiator", "responder", ">begins s",
                                            ">answer ms", ">lasts s",  "state" };
    struct wg_table *t = wg_table_new(headings, G_N_ELEMENTS(headings));

    for (unsigned i = 0; i < wg_session_rows_count(r); i++) {
        const struct wg_session_row *row = wg_session_rows_get(r, i);
        g_autofree char *initiator = wg_session_peer(row, 0), *responder = wg_session_peer(row, 1);

        wg_table_add(t, "%u", row->session->stream);
        wg_table_add(t, "%s", initiator);
        wg_table_add(t, "%s", responder);
        wg_table_add(t, "%.3f", row->begun);
        if (row->response_time >= 0)
            wg_table_add(t, "%.1f", (double)row->response_time / 1e6);
        else
            wg_table_add(t, "-");
        wg_table_add(t, "%.3f", row->ended - row->begun);
        if (row->attempt > 1)
            wg_table_add(t, "%s, try %u", wg_session_state(r, row), row->attempt);
        else if (row->renews != NULL)
            wg_table_add(t, "%s, rekey of %u", wg_session_state(r, row), row->renews->stream);
        else
            wg_table_add(t, "%s", wg_session_state(r, row));
    }
    wg_table_print(t);
    wg_table_free(t);
}

static void
print_what(const struct wg_session_rows *r)
{
    static const char *const headings[] = { ">stream",     ">packets>/<", ">bytes>/<",
                                            ">lost>/<",    ">dup>/<",     ">late>/<",
                                            ">keepalives", ">roamed",     "decrypted" };
    struct wg_table *t = wg_table_new(headings, G_N_ELEMENTS(headings));

    for (unsigned i = 0; i < wg_session_rows_count(r); i++) {
        const struct wg_session_row *row = wg_session_rows_get(r, i);
        const struct wg_session_way *there = &row->way[0], *back = &row->way[1];
        g_autofree char *opened = wg_session_decrypted(row);

        wg_table_add(t, "%u", row->session->stream);
        wg_table_add(t, PAIR, there->packets + there->handshakes, back->packets + back->handshakes);
        wg_table_add(t, PAIR, there->bytes + there->handshake_bytes,
                     back->bytes + back->handshake_bytes);
        wg_table_add(t, PAIR, wg_session_way_lost(there), wg_session_way_lost(back));
        wg_table_add(t, PAIR, there->duplicates, back->duplicates);
        wg_table_add(t, PAIR, there->late, back->late);
        wg_table_add(t, "%" PRIu64, there->keepalives + back->keepalives);
        wg_table_add(t, "%u", row->roamings);
        wg_table_add(t, "%s", opened);
    }
    wg_table_print(t);
    wg_table_free(t);
}

static const struct wg_session *
session_at(const struct wg_session_rows *r, unsigned i)
{
    return wg_session_rows_get(r, i)->session;
}

static void
append_dropped(GString *text, const struct wg_session_rows *r)
{
    uint64_t responses = 0, sessions = 0;
    uint32_t first = 0;

    for (unsigned i = wg_session_rows_count(r); i-- > 0;) {
        const struct wg_session *s = session_at(r, i);
        const uint32_t dropped = wg_session_extras(s)->dropped;
        if (dropped == 0)
            continue;
        responses += dropped;
        sessions++;
        first = s->stream;
    }
    if (responses > 0)
        g_string_append_printf(text,
                               "%" PRIu64 " response%s that nothing proves, of %" PRIu64
                               " session%s (first: stream %u). Of each session the first is kept, "
                               "and the latest few.",
                               responses, plurality(responses, "", "s"), sessions,
                               plurality(sessions, "", "s"), first);
}

static void
append_crowded_out(GString *text, const struct wg_session_rows *r)
{
    uint64_t sessions = 0;
    uint32_t first = 0;

    for (unsigned i = wg_session_rows_count(r); i-- > 0;) {
        const struct wg_session *s = session_at(r, i);
        if (!s->crowded_out)
            continue;
        sessions++;
        first = s->stream;
    }
    if (sessions == 0)
        return;
    wg_separate(text, " ");
    g_string_append_printf(text,
                           "%" PRIu64 " session%s (first: stream %u) %s an index that too "
                           "many others have: later data for it counts as theirs.",
                           sessions, plurality(sessions, "", "s"), first,
                           plurality(sessions, "has", "have"));
}

/* Print what the session table had no room for. */
static void
print_not_kept(const struct wg_session_rows *r)
{
    g_autoptr(GString) text = g_string_new(NULL);

    append_dropped(text, r);
    append_crowded_out(text, r);
    if (text->len == 0)
        return;
    printf("\n");
    wg_print_paragraph("Not kept", text->str);
}

void
wg_sessions_print(const struct wg_session_rows *r, const struct wg_client_ids *clients)
{
    print_who(r);
    printf(
        "\n> from the initiator, < from the responder; bytes are those of WireGuard's messages.\n");
    print_what(r);
    wg_client_ids_print(clients);
    print_not_kept(r);
}
