/* audit_text.c
 * The audit as text.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <inttypes.h>
#include <stdio.h>

#include "audit_text.h"
#include "audit_verdict.h"
#include "audit_words.h"
#include "report.h"
#include "table.h"
#include "words.h"

static char *
payload_text(const struct wg_audit_pair *pair)
{
    static const char *const words[] = { [WG_RANDOMNESS_TOO_FEW] = "too few bytes to test",
                                         [WG_RANDOMNESS_RANDOM] = "looks random",
                                         [WG_RANDOMNESS_NOT_RANDOM] = "not random",
                                         [WG_RANDOMNESS_PARTLY] = "not random in some packets" };

    if (pair->payload_bytes == 0)
        return g_strdup("none");
    if (pair->payload == NULL)
        return g_strdup_printf("too few bytes to test (%" PRIu64 " of %d)", pair->payload_bytes,
                               WG_RANDOMNESS_MIN_BYTES);
    const struct wg_randomness sum = wg_randomness_sum(pair->payload);
    const double chi = wg_randomness_chi_square(&sum);
    const double p = wg_randomness_p_value(chi, WG_RANDOMNESS_DEGREES);
    return g_strdup_printf(
        "%s: chi-square %.1f on %d degrees of freedom, p = %.2g, over %" PRIu64 " bytes",
        words[wg_randomness_judge_halves(pair->payload)], chi, WG_RANDOMNESS_DEGREES, p, sum.bytes);
}

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
        const struct wg_audit_leak *l = wg_audit_leak_at(leaks, i);
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
print_apart(const struct wg_audit_told *t)
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
        const uint64_t count = wg_audit_packets(t, kinds[k].kind);
        if (count == 0)
            continue;
        g_string_append_printf(s, "%s%" PRIu64 " %s: ", separator, count, kinds[k].words);
        separator = "; ";
        wg_audit_append_kind(s, t, kinds[k].kind);
    }
    if (s->len > 0)
        wg_print_paragraph("Apart", s->str);
}

static void
print_past(const struct wg_audit_told *t)
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
    const struct wg_audit_told t = wg_audit_look_at(audit, pair);
    g_autofree char *left = wg_audit_host_text(pair, 0), *right = wg_audit_host_text(pair, 1);
    g_autofree char *payload = payload_text(pair);

    printf("%s <-> %s\n", left, right);
    print_inside(pair);
    wg_print_paragraph("Payload", payload);
    if (pair->authenticated > 0)
        printf("  Keys     %" PRIu64 " of %" PRIu64 " data packets are authentic\n",
               pair->authenticated, pair->data);
    if (wg_audit_packets(&t, WG_AUDIT_LEAK) == 0)
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
