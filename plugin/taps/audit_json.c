/* audit_json.c
 * The audit for programs.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include "audit_text.h"
#include "audit_verdict.h"
#include "json.h"

static const char *
payload_word(const struct wg_audit_pair *pair)
{
    if (pair->payload_bytes == 0)
        return "none";
    if (pair->payload == NULL)
        return "too-few-bytes";
    switch (wg_randomness_judge_halves(pair->payload)) {
    case WG_RANDOMNESS_RANDOM:
        return "random";
    case WG_RANDOMNESS_NOT_RANDOM:
        return "not-random";
    case WG_RANDOMNESS_PARTLY:
        return "partly-random";
    default:
        return "too-few-bytes";
    }
}

static void
tell_payload(struct wg_json *j, const struct wg_audit_pair *pair)
{
    wg_json_text(j, "payload", payload_word(pair));
    wg_json_number(j, "payload_bytes", pair->payload_bytes);
    if (pair->payload == NULL)
        return;
    const struct wg_randomness sum = wg_randomness_sum(pair->payload);
    const double chi = wg_randomness_chi_square(&sum);
    wg_json_real(j, "payload_chi_square", chi, 1);
    wg_json_real(j, "payload_p_value", wg_randomness_p_value(chi, WG_RANDOMNESS_DEGREES), 6);
}

static void
tell_hosts(struct wg_json *j, const struct wg_audit_pair *pair)
{
    wg_json_take(j, "client", wg_report_address(&pair->host[0]));
    wg_json_take(j, "client_name", wg_report_name(pair->key[0]));
    wg_json_take(j, "client_key", wg_report_key(pair->key[0]));
    wg_json_take(j, "server", wg_report_address(&pair->host[1]));
    wg_json_take(j, "server_name", wg_report_name(pair->key[1]));
    wg_json_take(j, "server_key", wg_report_key(pair->key[1]));
    wg_json_bool(j, "client_known", pair->knows_client);
}

static void
print_tunnel(const struct wg_report *report, struct wg_audit *a, const struct wg_audit_pair *pair)
{
    struct wg_json *j = wg_json_begin(report, "tunnel");
    struct wg_audit_sum between, past;

    wg_audit_between(a, pair, &between);
    wg_audit_past(a, pair, &past);
    wg_json_number(j, "tunnel", pair->number);
    wg_json_text(j, "state", wg_audit_state(a, pair));
    tell_hosts(j, pair);
    wg_json_number(j, "first_frame", pair->first_frame);
    wg_json_number(j, "packets", pair->handshakes + pair->data);
    wg_json_number(j, "bytes", pair->bytes);
    wg_json_number(j, "handshake_packets", pair->handshakes);
    wg_json_number(j, "data_packets", pair->data);
    wg_json_number(j, "copies", pair->copies);
    wg_json_number(j, "malformed", pair->malformed);
    wg_json_number(j, "forged", pair->forged);
    if (pair->authenticated > 0)
        wg_json_number(j, "authentic", pair->authenticated);
    tell_payload(j, pair);
    wg_json_number(j, "leaks_between", between.packets[WG_AUDIT_LEAK]);
    wg_json_number(j, "leaks_past", past.packets[WG_AUDIT_LEAK]);
    wg_json_take(j, "verdict", wg_audit_verdict(a, pair));
    wg_json_end(j);
}

static const char *
kind_word(enum wg_audit_kind kind)
{
    static const char *const words[WG_AUDIT_KINDS] = {
        [WG_AUDIT_LEAK] = "leak",           [WG_AUDIT_MEANT] = "left-out",
        [WG_AUDIT_LOCAL] = "link-group",    [WG_AUDIT_ANSWER] = "answer",
        [WG_AUDIT_COMPANION] = "companion", [WG_AUDIT_EXCHANGE] = "key-exchange",
        [WG_AUDIT_INSIDE] = "inside",
    };
    return words[kind];
}

static const char *
transport_word(unsigned transport)
{
    switch (transport) {
    case 6:
        return "tcp";
    case 17:
        return "udp";
    case 33:
        return "dccp";
    case 132:
        return "sctp";
    default:
        return NULL;
    }
}

static void
print_leak(const struct wg_report *report, const struct wg_audit_pair *pair,
           const struct wg_audit_leak *l)
{
    struct wg_json *j = wg_json_begin(report, "beside");

    wg_json_number(j, "tunnel", pair->number);
    wg_json_text(j, "kind", kind_word(l->kind));
    wg_json_text(j, "where", l->both ? "between" : "past");
    wg_json_text(j, "protocol", l->protocol);
    wg_json_text(j, "carrier", l->carrier);
    wg_json_text(j, "transport", transport_word(l->transport));
    if (l->port != 0)
        wg_json_number(j, "port", l->port);
    wg_json_take(j, "from", wg_report_address(&l->from));
    wg_json_take(j, "to", wg_report_address(&l->to));
    wg_json_bool(j, "neighbor", l->neighbour);
    wg_json_bool(j, "other_address", l->other_address);
    wg_json_number(j, "first_frame", l->first_frame);
    wg_json_number(j, "packets", l->packets);
    wg_json_number(j, "bytes", l->bytes);
    wg_json_number(j, "before_up", l->phase[WG_AUDIT_BEFORE]);
    wg_json_number(j, "while_up", l->phase[WG_AUDIT_UP]);
    wg_json_number(j, "after", l->phase[WG_AUDIT_SILENT]);
    wg_json_end(j);
}

static void
print_leaks(const struct wg_report *report, const struct wg_audit_pair *pair, const GArray *leaks)
{
    for (unsigned i = 0; i < leaks->len; i++)
        print_leak(report, pair, &g_array_index(leaks, struct wg_audit_leak, i));
}

static void
print_not_judged(const struct wg_report *report, const struct wg_audit_apart *apart)
{
    struct wg_json *j = wg_json_begin(report, "not-judged");

    wg_json_text(j, "protocol", apart->what);
    wg_json_number(j, "packets", apart->packets);
    wg_json_number(j, "first_frame", apart->first_frame);
    wg_json_end(j);
}

static void
print_capture(const struct wg_report *report, const struct wg_audit *a)
{
    const struct wg_audit_totals totals = wg_audit_get_totals(a);
    struct wg_json *j = wg_json_begin(report, "capture");

    wg_json_number(j, "tunnels", wg_audit_count(a));
    wg_json_number(j, "frames", totals.frames);
    wg_json_number(j, "not_looked_at", totals.uncounted);
    wg_json_end(j);
}

void
wg_audit_print_json(const struct wg_report *report, struct wg_audit *a)
{
    for (uint32_t i = 0; i < wg_audit_count(a); i++) {
        const struct wg_audit_pair *pair = wg_audit_get(a, i);
        print_tunnel(report, a, pair);
        print_leaks(report, pair, wg_audit_between(a, pair, NULL));
        if (wg_audit_first_of_client(a, pair) == pair)
            print_leaks(report, pair, wg_audit_past(a, pair, NULL));
    }
    for (uint32_t i = 0; i < wg_audit_apart_count(a); i++)
        print_not_judged(report, wg_audit_apart_get(a, i));
    print_capture(report, a);
}
