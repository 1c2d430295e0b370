/* diagnose_json.c
 * The diagnosis for programs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include "diagnose_text.h"
#include "diagnose_words.h"
#include "json.h"
#include "options.h"

static void
tell_side(struct wg_json *j, const struct wg_tunnel *t, unsigned side, const char *name)
{
    const uint8_t *public_key = wg_words_side_key(t, side);
    g_autofree char *named = g_strdup_printf("%s_name", name);
    g_autofree char *key = g_strdup_printf("%s_key", name);
    g_autofree char *packets = g_strdup_printf("%s_data_packets", name);
    g_autofree char *keepalives = g_strdup_printf("%s_keepalives", name);
    g_autofree char *missing = g_strdup_printf("%s_missing", name);

    wg_json_take(j, name, wg_report_endpoint(&t->side[side].first));
    wg_json_take(j, named, wg_report_name(public_key));
    wg_json_take(j, key, wg_report_key(public_key));
    wg_json_number(j, packets, t->side[side].data.count);
    wg_json_number(j, keepalives, t->side[side].keepalives);
    wg_json_number(j, missing, wg_tunnel_missing(t, side));
}

static void
tell_finding(const struct wg_report *report, const struct wg_tunnel *t, enum wg_finding f)
{
    const struct wg_finding_row *row = &wg_finding_rows[f];
    struct wg_json *j = wg_json_begin(report, "finding");

    wg_json_number(j, "tunnel", t->number);
    wg_json_text(j, "finding", row->name);
    wg_json_text(j, "severity", wg_severity_name(row->severity));
    wg_json_take(j, "text", wg_diagnose_finding(t, f));
    wg_json_take(j, "check", wg_diagnose_advice(t, f));
    wg_json_end(j);
}

void
wg_diagnose_json_tunnel(const struct wg_report *report, const struct wg_tunnel *t)
{
    const unsigned client = wg_tunnel_client(t);
    wg_findings left = wg_tunnel_findings(t);
    const struct wg_finding_row *verdict = &wg_finding_rows[wg_findings_verdict(left)];
    struct wg_json *j = wg_json_begin(report, "tunnel");
    enum wg_finding f;

    wg_json_number(j, "tunnel", t->number);
    wg_json_text(j, "state", wg_severity_name(verdict->severity));
    wg_json_text(j, "verdict", verdict->name);
    tell_side(j, t, client, "client");
    tell_side(j, t, !client, "server");
    wg_json_bool(j, "client_known", t->knows_initiator);
    wg_json_seconds(j, "time", t->begun);
    wg_json_seconds(j, "lasts", wg_elapsed(t->begun, t->ended));
    wg_json_number(j, "sessions", t->sessions);
    if (t->best_response_time >= 0)
        wg_json_seconds(j, "answer", t->best_response_time);
    if (!wg_report_is_anonymous())
        wg_json_take(j, "display_filter", wg_diagnose_filter(t));
    wg_json_end(j);
    while ((f = wg_findings_next(&left)) != WG_FINDING_COUNT)
        tell_finding(report, t, f);
}

void
wg_diagnose_json_supplied(const struct wg_report *report, enum wg_finding finding,
                          const struct wg_static_key *owner, const struct wg_static_key *peer,
                          const struct wg_static_key *other)
{
    struct wg_json *j = wg_json_begin(report, "supplied");

    wg_json_text(j, "finding", wg_finding_rows[finding].name);
    wg_json_text(j, "severity", wg_severity_name(wg_finding_rows[finding].severity));
    wg_json_take(j, "text", wg_diagnose_supplied(finding, owner, peer, other));
    wg_json_text(j, "check", wg_diagnose_supplied_advice(finding));
    wg_json_end(j);
}
