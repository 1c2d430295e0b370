/* audit_verdict.c
 * The verdict of the audit on a pair of hosts, in sentences and in a word or two.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <inttypes.h>

#include "audit_verdict.h"
#include "audit_words.h"
#include "words.h"

static const char *const phase_words[WG_AUDIT_PHASES] = {
    [WG_AUDIT_BEFORE] = "before it was up",
    [WG_AUDIT_UP] = "while it was up",
    [WG_AUDIT_SILENT] = "after it fell silent",
};

static void
append_bypass(GString *s, const struct wg_audit_told *t)
{
    const uint64_t count = wg_audit_packets(t, WG_AUDIT_LEAK);
    const char *separator = "";

    g_string_append_printf(s, "%" PRIu64 " packet%s the tunnel: ", count,
                           plurality(count, " bypasses", "s bypass"));
    wg_audit_append_kind(s, t, WG_AUDIT_LEAK);
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
append_other_address(GString *s, const struct wg_audit_told *t)
{
    const char *allowed = wg_audit_allowed_ips(t->audit, t->pair);
    const uint64_t other = t->sums[1].other;

    if (other == 0)
        return;
    if (other < wg_audit_packets(t, WG_AUDIT_LEAK))
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
append_oddities(GString *s, const struct wg_audit_told *t)
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
    return wg_randomness_judge_halves(pair->payload);
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
    case WG_RANDOMNESS_PARTLY:
        g_string_append(s, "PAYLOAD OF SOME PACKETS IS NOT RANDOM, and that of the others is: they "
                           "are not encrypted, or made up.");
        break;
    default:
        g_string_append(s, "too few bytes to test the payload.");
        break;
    }
}

/* Whether the messages of a tunnel go into a tunnel: they were captured only on an interface
 * without link layer, although the capture has others, and nothing came back. */
static bool
goes_into_a_tunnel(const struct wg_audit_told *t)
{
    return t->pair->bare != 0 && t->pair->responses == 0 && t->pair->data == 0 &&
           wg_audit_get_totals(t->audit).linked > 0;
}

static void
append_nothing_carried(GString *s, const struct wg_audit_told *t, const char *left,
                       const char *right)
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
nothing_else(const struct wg_audit_told *t)
{
    for (unsigned kind = 0; kind < WG_AUDIT_KINDS; kind++)
        if (t->sums[0].packets[kind] > 0)
            return false;
    return wg_audit_packets(t, WG_AUDIT_LEAK) == 0;
}

char *
wg_audit_verdict(struct wg_audit *audit, const struct wg_audit_pair *pair)
{
    const struct wg_audit_told t = wg_audit_look_at(audit, pair);
    g_autofree char *left = wg_audit_host_text(pair, 0), *right = wg_audit_host_text(pair, 1);
    const uint64_t inside = pair->handshakes + pair->data;
    const uint64_t leaks = wg_audit_packets(&t, WG_AUDIT_LEAK);
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
    const struct wg_audit_told t = wg_audit_look_at(audit, pair);
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
