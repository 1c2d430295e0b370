/* audit_words.c
 * What the sentences of an audit are made of.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <inttypes.h>

#include "audit_words.h"
#include "report.h"
#include "words.h"

struct wg_audit_told
wg_audit_look_at(struct wg_audit *audit, const struct wg_audit_pair *pair)
{
    struct wg_audit_told t = { .audit = audit, .pair = pair };

    t.between = wg_audit_between(audit, pair, &t.sums[0]);
    t.past = wg_audit_past(audit, pair, &t.sums[1]);
    return t;
}

uint64_t
wg_audit_packets(const struct wg_audit_told *t, enum wg_audit_kind kind)
{
    return t->sums[0].packets[kind] + t->sums[1].packets[kind];
}

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

/* Names at most eight leaks in all. returns how many packets they are */
static uint64_t
append_names(GString *s, const GArray *leaks, const struct wg_audit_sum *sum,
             enum wg_audit_kind kind, unsigned *named)
{
    enum { MOST_NAMED = 8 };
    uint64_t packets = 0;

    for (unsigned i = sum->first[kind]; i < sum->first[kind + 1] && *named < MOST_NAMED; i++) {
        const struct wg_audit_leak *l = wg_audit_leak_at(leaks, i);
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

void
wg_audit_append_kind(GString *s, const struct wg_audit_told *t, enum wg_audit_kind kind)
{
    uint64_t rest = wg_audit_packets(t, kind);
    unsigned named = 0;

    rest -= append_names(s, t->between, &t->sums[0], kind, &named);
    rest -= append_names(s, t->past, &t->sums[1], kind, &named);
    if (rest > 0)
        g_string_append_printf(s, ", and %" PRIu64 " packet%s of other kinds", rest,
                               plurality(rest, "", "s"));
}
