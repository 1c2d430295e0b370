/* audit_text.c
 * The audit in sentences.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit_text.h"
#include "report.h"
#include "table.h"
#include "words.h"

/* What the sentences on one pair ask for again and again. */
struct told {
    struct wg_audit *audit;
    const struct wg_audit_pair *pair;
    const GArray *between, *past;
    struct wg_audit_sum sums[2]; /* between, past */
};

static struct told
look_at(struct wg_audit *audit, const struct wg_audit_pair *pair)
{
    struct told t = { .audit = audit, .pair = pair };

    t.between = wg_audit_between(audit, pair, &t.sums[0]);
    t.past = wg_audit_past(audit, pair, &t.sums[1]);
    return t;
}

static uint64_t
packets(const struct told *t, enum wg_audit_kind kind)
{
    return t->sums[0].packets[kind] + t->sums[1].packets[kind];
}

static const struct wg_audit_leak *
leak_at(const GArray *leaks, unsigned i)
{
    return &g_array_index(leaks, struct wg_audit_leak, i);
}

/* ---- words ---- */

char *
wg_audit_host_text(const struct wg_audit_pair *pair, unsigned side)
{
    g_autofree char *address = wg_report_address(&pair->host[side]);
    g_autofree char *name = wg_report_name(pair->key[side]);

    if (name != NULL)
        return g_strdup_printf("%s (%s)", address, name);
    return g_strdup(address);
}

char *
wg_audit_leak_name(const struct wg_audit_leak *l)
{
    GString *s = g_string_new(l->protocol);

    if (l->port != 0 && wg_audit_is_transport(l->protocol))
        g_string_append_printf(s, " port %u", l->port);
    if (l->carrier != NULL)
        g_string_append_printf(s, " in %s", l->carrier);
    return g_string_free(s, FALSE);
}

static const char *const phase_words[WG_AUDIT_PHASES] = {
    [WG_AUDIT_BEFORE] = "before it was up",
    [WG_AUDIT_UP] = "while it was up",
    [WG_AUDIT_SILENT] = "after it fell silent",
};

static char *
payload_text(const struct wg_audit_pair *pair)
{
    const struct wg_randomness *r = pair->payload;

    if (pair->payload_bytes == 0)
        return g_strdup("none");
    if (r == NULL)
        return g_strdup_printf("too few bytes to test (%" PRIu64 " of %d)", pair->payload_bytes,
                               WG_RANDOMNESS_MIN_BYTES);
    const double chi = wg_randomness_chi_square(r);
    const double p = wg_randomness_p_value(chi, WG_RANDOMNESS_DEGREES);
    return g_strdup_printf("%s: chi-square %.1f on %d degrees of freedom, p = %.2g, over %" PRIu64
                           " bytes",
                           p < WG_RANDOMNESS_LIMIT ? "not random" : "looks random", chi,
                           WG_RANDOMNESS_DEGREES, p, r->bytes);
}

/* ---- the verdict ---- */

/* Names at most eight leaks in all. returns how many packets they are */
static uint64_t
append_names(GString *s, const GArray *leaks, const struct wg_audit_sum *sum,
             enum wg_audit_kind kind, unsigned *named)
{
    enum { MOST_NAMED = 8 };
    uint64_t packets = 0;

    for (unsigned i = sum->first[kind]; i < sum->first[kind + 1] && *named < MOST_NAMED; i++) {
        const struct wg_audit_leak *l = leak_at(leaks, i);
        g_autofree char *name = wg_audit_leak_name(l), *to = wg_report_address(&l->to);
        if (*named > 0)
            g_string_append(s, ", ");
        g_string_append_printf(s, "%s to %s", name, to);
        if (l->neighbour)
            g_string_append(s, " on the local network");
        g_string_append_printf(s, " (first: frame %u)", l->first_frame);
        (*named)++;
        packets += l->packets;
    }
    return packets;
}

static void
append_kind(GString *s, const struct told *t, enum wg_audit_kind kind)
{
    uint64_t rest = packets(t, kind);
    unsigned named = 0;

    rest -= append_names(s, t->between, &t->sums[0], kind, &named);
    rest -= append_names(s, t->past, &t->sums[1], kind, &named);
    if (rest > 0)
        g_string_append_printf(s, ", and %" PRIu64 " packet%s of other kinds", rest,
                               plurality(rest, "", "s"));
}

static void
append_bypass(GString *s, const struct told *t)
{
    const uint64_t count = packets(t, WG_AUDIT_LEAK);
    const char *separator = "";

    g_string_append_printf(s, "%" PRIu64 " packet%s the tunnel: ", count,
                           plurality(count, " bypasses", "s bypass"));
    append_kind(s, t, WG_AUDIT_LEAK);
    g_string_append(s, "; ");
    for (unsigned i = 0; i < WG_AUDIT_PHASES; i++) {
        const uint64_t n = t->sums[0].phase[i] + t->sums[1].phase[i];
        if (n == 0)
            continue;
        g_string_append_printf(s, "%s%" PRIu64 " %s", separator, n, phase_words[i]);
        separator = ", ";
    }
    g_string_append(s, ". ");
}

/* The classic case is IPv6 beside a tunnel over IPv4. */
static void
append_other_address(GString *s, const struct told *t)
{
    const char *allowed = wg_audit_allowed_ips(t->audit, t->pair);
    const uint64_t other = t->sums[1].other;

    if (other == 0)
        return;
    if (other < packets(t, WG_AUDIT_LEAK))
        g_string_append(s, "Some of it");
    else
        g_string_append(s, "It");
    g_string_append(s, " comes from another address of the client's network card");
    if (t->sums[1].other_family == WG_ENDPOINT_IPV6)
        g_string_append(s, ", by IPv6");
    g_string_append(s, ". ");
    if (allowed != NULL)
        g_string_append_printf(s, "The tunnel takes in %s. ", allowed);
}

/* What shows that messages are malformed. */
static const char *
what_is_wrong(const struct wg_audit_pair *pair)
{
    if (pair->keyless == 0)
        return "another length";
    if (pair->keyless == pair->malformed)
        return "no keys, but text or the like";
    return "another length, or no keys";
}

static void
append_oddities(GString *s, const struct told *t)
{
    const struct wg_audit_pair *pair = t->pair;
    const uint64_t companions = t->sums[0].packets[WG_AUDIT_COMPANION];

    if (pair->malformed > 0)
        g_string_append_printf(s,
                               "%" PRIu64 " datagram%s like a handshake message and %s %s "
                               "(first: frame %u): not WireGuard, and not judged. ",
                               pair->malformed, plurality(pair->malformed, " begins", "s begin"),
                               plurality(pair->malformed, "has", "have"), what_is_wrong(pair),
                               pair->first_malformed);
    if (pair->forged > 0)
        g_string_append_printf(s,
                               "%" PRIu64 " message%s not open with keys that fit (first: frame "
                               "%u): forged or damaged, and not counted. ",
                               pair->forged, plurality(pair->forged, " does", "s do"),
                               pair->first_forged);
    if (companions > 0)
        g_string_append_printf(s, "%" PRIu64 " datagram%s on its own ports %s not WireGuard. ",
                               companions, plurality(companions, "", "s"),
                               plurality(companions, "is", "are"));
}

static enum wg_randomness_verdict
judge_payload(const struct wg_audit_pair *pair)
{
    if (pair->payload == NULL)
        return WG_RANDOMNESS_TOO_FEW;
    return wg_randomness_judge(pair->payload);
}

static void
append_payload(GString *s, const struct wg_audit_pair *pair)
{
    if (pair->authenticated > 0 && pair->authenticated == pair->data) {
        g_string_append_printf(s, "%s%" PRIu64 " data packet%s authentic by the keys.",
                               plurality(pair->data, "", "all "), pair->data,
                               plurality(pair->data, " is", "s are"));
        return;
    }
    if (pair->authenticated > 0)
        g_string_append_printf(
            s, "%" PRIu64 " of %" PRIu64 " data packets are authentic by the keys; ",
            pair->authenticated, pair->data);
    switch (judge_payload(pair)) {
    case WG_RANDOMNESS_RANDOM:
        g_string_append(s, "payload is indistinguishable from random.");
        break;
    case WG_RANDOMNESS_NOT_RANDOM:
        g_string_append(s, "PAYLOAD IS NOT RANDOM, so do not trust that it is encrypted.");
        break;
    default:
        g_string_append(s, "too few bytes to test the payload.");
        break;
    }
}

/* Whether the messages of a tunnel go into a tunnel: they were captured only on an interface
 * without link layer, although the capture has others, and nothing came back. */
static bool
goes_into_a_tunnel(const struct told *t)
{
    return t->pair->bare != 0 && t->pair->responses == 0 && t->pair->data == 0 &&
           wg_audit_get_totals(t->audit).linked > 0;
}

static void
append_nothing_carried(GString *s, const struct told *t, const char *left, const char *right)
{
    if (t->pair->handshakes == 0 && t->pair->copies > 0) {
        g_string_append_printf(s,
                               "Only further copies of packets between %s and %s that were seen "
                               "before, maybe between other addresses.",
                               left, right);
        return;
    }
    if (t->pair->handshakes == 0) {
        g_string_append_printf(s, "Nothing was carried between %s and %s.", left, right);
        return;
    }
    g_string_append_printf(s, "Nothing was carried: only handshake messages between %s and %s.",
                           left, right);
    if (goes_into_a_tunnel(t))
        g_string_append_printf(
            s,
            " They were captured on an interface without a link layer, and on no "
            "network card: the tunnel's own packets go into a tunnel, its own or "
            "another one. Check the route to %s.",
            right);
}

/* Whether there is nothing of any kind between the two hosts, and no leak past the tunnel. */
static bool
nothing_else(const struct told *t)
{
    for (unsigned kind = 0; kind < WG_AUDIT_KINDS; kind++)
        if (t->sums[0].packets[kind] > 0)
            return false;
    return packets(t, WG_AUDIT_LEAK) == 0;
}

char *
wg_audit_verdict(struct wg_audit *audit, const struct wg_audit_pair *pair)
{
    const struct told t = look_at(audit, pair);
    g_autofree char *left = wg_audit_host_text(pair, 0), *right = wg_audit_host_text(pair, 1);
    const uint64_t inside = pair->handshakes + pair->data;
    const uint64_t leaks = packets(&t, WG_AUDIT_LEAK);
    const bool all = inside > 1 && nothing_else(&t) && pair->malformed + pair->forged == 0 &&
                     wg_audit_get_totals(audit).uncounted == 0;
    GString *s = g_string_new(NULL);

    if (leaks > 0) {
        append_bypass(s, &t);
        append_other_address(s, &t);
    }
    append_oddities(s, &t);
    if (pair->data == 0) {
        append_nothing_carried(s, &t, left, right);
        return g_string_free(s, FALSE);
    }
    if (all)
        g_string_append(s, "All ");
    g_string_append_printf(s, "%" PRIu64 " packet%s between %s and %s run%s inside WireGuard; ",
                           inside, plurality(inside, "", "s"), left, right,
                           plurality(inside, "s", ""));
    append_payload(s, pair);
    return g_string_free(s, FALSE);
}

const char *
wg_audit_state(struct wg_audit *audit, const struct wg_audit_pair *pair)
{
    const struct told t = look_at(audit, pair);
    const bool authentic = pair->authenticated > 0 && pair->authenticated == pair->data;

    if (t.sums[0].packets[WG_AUDIT_LEAK] > 0 || t.sums[1].away > 0)
        return "LEAK";
    if (t.sums[1].packets[WG_AUDIT_LEAK] > 0)
        return "LOCAL ONLY";
    if (pair->malformed > 0)
        return "MALFORMED";
    if (pair->data == 0)
        return "NOTHING CARRIED";
    if (authentic)
        return "OK, authentic";
    switch (judge_payload(pair)) {
    case WG_RANDOMNESS_RANDOM:
        return "OK, looks random";
    case WG_RANDOMNESS_NOT_RANDOM:
        return "NOT RANDOM";
    default:
        return "TOO FEW BYTES";
    }
}

/* ---- printing ---- */

static void
print_leaks(const char *title, const GArray *leaks, const struct wg_audit_sum *sum)
{
    static const char *const headings[] = { "    protocol", "to",         ">packets",  ">bytes",
                                            ">first frame", ">before up", ">while up", ">after" };
    enum { MOST_SHOWN = 50 };
    const unsigned count = sum->first[WG_AUDIT_LEAK + 1];
    uint64_t rest = sum->packets[WG_AUDIT_LEAK];

    if (count == 0)
        return;
    printf("  %s\n", title);
    struct wg_table *t = wg_table_new(headings, G_N_ELEMENTS(headings));
    for (unsigned i = 0; i < count && i < MOST_SHOWN; i++) {
        const struct wg_audit_leak *l = leak_at(leaks, i);
        g_autofree char *name = wg_audit_leak_name(l), *to = wg_report_address(&l->to);
        g_autofree char *from = wg_report_address(&l->from);

        if (l->other_address)
            wg_table_add(t, "    %s from %s", name, from);
        else
            wg_table_add(t, "    %s", name);
        wg_table_add(t, "%s%s", to, l->neighbour ? " (local)" : "");
        wg_table_add(t, "%" PRIu64, l->packets);
        wg_table_add(t, "%" PRIu64, l->bytes);
        wg_table_add(t, "%u", l->first_frame);
        for (unsigned p = 0; p < WG_AUDIT_PHASES; p++)
            wg_table_add(t, "%" PRIu64, l->phase[p]);
        rest -= l->packets;
    }
    wg_table_print(t);
    wg_table_free(t);
    if (rest > 0)
        printf("    and %" PRIu64 " more, of other kinds\n", rest);
}

/* Print what is no leak, and why not. */
static void
print_apart(const struct told *t)
{
    static const struct {
        enum wg_audit_kind kind;
        const char *words;
    } kinds[] = { { WG_AUDIT_COMPANION, "on the tunnel's own ports" },
                  { WG_AUDIT_EXCHANGE, "to exchange its preshared keys" },
                  { WG_AUDIT_INSIDE, "captured inside the tunnel" },
                  { WG_AUDIT_MEANT, "left out by AllowedIPs" },
                  { WG_AUDIT_ANSWER, "in answer to others" },
                  { WG_AUDIT_LOCAL, "to groups or to all on the link" } };
    const char *separator = "not counted as leaks: ";
    g_autoptr(GString) s = g_string_new(NULL);

    for (unsigned k = 0; k < G_N_ELEMENTS(kinds); k++) {
        const uint64_t count = packets(t, kinds[k].kind);
        if (count == 0)
            continue;
        g_string_append_printf(s, "%s%" PRIu64 " %s: ", separator, count, kinds[k].words);
        separator = "; ";
        append_kind(s, t, kinds[k].kind);
    }
    if (s->len > 0)
        wg_print_paragraph("Apart", s->str);
}

static void
print_past(const struct told *t)
{
    const struct wg_audit_pair *first = wg_audit_first_of_client(t->audit, t->pair);

    if (!t->pair->knows_client) {
        printf(
            "  Past     not looked at: no captured handshake shows which of them is the client\n");
        return;
    }
    if (first == t->pair || t->sums[1].packets[WG_AUDIT_LEAK] == 0) {
        print_leaks("Past     what the client sends to others", t->past, &t->sums[1]);
        return;
    }
    g_autofree char *left = wg_audit_host_text(first, 0), *right = wg_audit_host_text(first, 1);
    printf("  Past     as at %s <-> %s\n", left, right);
}

static void
print_inside(const struct wg_audit_pair *pair)
{
    const uint64_t inside = pair->handshakes + pair->data;

    printf("  Inside   %" PRIu64 " packet%s, %" PRIu64 " bytes: %" PRIu64 " handshake, %" PRIu64
           " data",
           inside, plurality(inside, "", "s"), pair->bytes, pair->handshakes, pair->data);
    if (pair->copies > 0)
        printf("; and %" PRIu64 " further cop%s", pair->copies,
               plurality(pair->copies, "y", "ies"));
    printf("\n");
}

static void
print_pair(struct wg_audit *audit, const struct wg_audit_pair *pair)
{
    const struct told t = look_at(audit, pair);
    g_autofree char *left = wg_audit_host_text(pair, 0), *right = wg_audit_host_text(pair, 1);
    g_autofree char *payload = payload_text(pair);

    printf("%s <-> %s\n", left, right);
    print_inside(pair);
    wg_print_paragraph("Payload", payload);
    if (pair->authenticated > 0)
        printf("  Keys     %" PRIu64 " of %" PRIu64 " data packets are authentic\n",
               pair->authenticated, pair->data);
    if (packets(&t, WG_AUDIT_LEAK) == 0)
        printf("  Beside   nothing\n");
    print_leaks("Beside   between the two hosts", t.between, &t.sums[0]);
    print_past(&t);
    print_apart(&t);
    g_autofree char *verdict = wg_audit_verdict(audit, pair);
    wg_print_paragraph("Verdict", verdict);
    printf("\n");
}

static void
print_not_judged(struct wg_audit *audit)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const char *separator = "not judged: ";

    if (wg_audit_apart_count(audit) == 0)
        return;
    for (unsigned i = 0; i < wg_audit_apart_count(audit); i++) {
        const struct wg_audit_apart *apart = wg_audit_apart_get(audit, i);
        g_string_append_printf(text, "%s%" PRIu64 " x %s (first: frame %u)", separator,
                               apart->packets, apart->what, apart->first_frame);
        separator = ", ";
    }
    printf("On the link\n");
    wg_print_paragraph("Apart", text->str);
    printf("\n");
}

void
wg_audit_print(struct wg_audit *audit)
{
    const struct wg_audit_totals totals = wg_audit_get_totals(audit);

    for (uint32_t i = 0; i < wg_audit_count(audit); i++)
        print_pair(audit, wg_audit_get(audit, i));
    if (wg_audit_count(audit) == 0)
        printf("No WireGuard seen%s.\n\n", totals.frames == 0 ? ", nor anything else" : "");
    print_not_judged(audit);
    if (totals.uncounted > 0)
        printf("%" PRIu64 " frame%s not looked at: the capture has too many hosts.\n\n",
               totals.uncounted, plurality(totals.uncounted, " was", "s were"));
}
