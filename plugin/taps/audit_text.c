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

/* ---- what went beside ---- */

/* Frames of one kind to one host: both directions between the peers, one direction elsewhere. */
struct leak {
    const char *protocol;
    uint16_t port;
    struct wg_endpoint to;
    uint32_t first_frame;
    uint64_t packets, bytes;
    uint64_t phase[AUDIT_PHASES];
};

static void
merge(GArray *leaks, const struct wg_endpoint *to, const struct audit_strand *s)
{
    struct leak *found = NULL;

    for (unsigned i = 0; i < leaks->len && found == NULL; i++) {
        struct leak *l = &g_array_index(leaks, struct leak, i);
        if (l->port == s->port && (s->port != 0 || strcmp(l->protocol, s->protocol) == 0))
            found = l;
    }
    if (found == NULL) {
        const struct leak fresh = { .protocol = s->protocol, .port = s->port, .to = *to,
                                    .first_frame = s->first_frame };
        g_array_append_val(leaks, fresh);
        found = &g_array_index(leaks, struct leak, leaks->len - 1);
    }
    if (s->port != 0 && s->to_port)
        found->to = *to;
    if (s->first_frame <= found->first_frame) {
        found->first_frame = s->first_frame;
        if (s->port == 0)
            found->to = *to; /* who was addressed first */
    }
    if (wg_audit_is_transport(found->protocol))
        found->protocol = s->protocol;
    found->packets += s->packets;
    found->bytes += s->bytes;
    for (unsigned i = 0; i < AUDIT_PHASES; i++)
        found->phase[i] += s->phase[i];
}

static void
merge_route(GArray *leaks, const struct audit_route *route)
{
    for (const struct audit_strand *s = route != NULL ? route->strands : NULL; s != NULL;
         s = s->next)
        merge(leaks, &route->to, s);
}

static int
by_frame(const void *a, const void *b)
{
    const struct leak *x = a, *y = b;
    return (x->first_frame > y->first_frame) - (x->first_frame < y->first_frame);
}

/* Between the two hosts. */
static GArray *
leaks_between(const struct audit *a, const struct audit_pair *pair)
{
    GArray *leaks = g_array_new(FALSE, FALSE, sizeof(struct leak));

    merge_route(leaks, wg_audit_route(a, &pair->host[0], &pair->host[1]));
    merge_route(leaks, wg_audit_route(a, &pair->host[1], &pair->host[0]));
    g_array_sort(leaks, by_frame);
    return leaks;
}

/* From the client to anyone with whom it has no tunnel. */
static GArray *
leaks_past(const struct audit *a, const struct audit_pair *pair)
{
    GArray *leaks = g_array_new(FALSE, FALSE, sizeof(struct leak));
    const struct audit_host *client = wg_audit_host(a, &pair->host[0]);

    if (!pair->knows_client || client == NULL)
        return leaks;
    for (const struct audit_route *route = client->routes; route != NULL; route = route->next) {
        if (wg_audit_pair(a, &route->from, &route->to) != NULL)
            continue;
        GArray *here = g_array_new(FALSE, FALSE, sizeof(struct leak));
        merge_route(here, route);
        if (here->len > 0)
            g_array_append_vals(leaks, here->data, here->len);
        g_array_unref(here);
    }
    g_array_sort(leaks, by_frame);
    return leaks;
}

/* From that leak on. */
static uint64_t
packets_from(const GArray *leaks, unsigned from)
{
    uint64_t sum = 0;

    for (unsigned i = from; i < leaks->len; i++)
        sum += g_array_index(leaks, struct leak, i).packets;
    return sum;
}

static uint64_t
packets(const GArray *leaks)
{
    return packets_from(leaks, 0);
}

uint64_t
wg_audit_beside_count(const struct audit *a, const struct audit_pair *pair)
{
    g_autoptr(GArray) between = leaks_between(a, pair), past = leaks_past(a, pair);
    return packets(between) + packets(past);
}

/* ---- words ---- */

static char *
address_text(const struct wg_endpoint *e)
{
    char text[WG_ENDPOINT_TEXT_LEN];

    wg_endpoint_text(e, text);
    char *colon = strrchr(text, ':');
    if (colon != NULL)
        *colon = '\0';
    const bool brackets = text[0] == '[';
    if (brackets)
        text[strlen(text) - 1] = '\0';
    return g_strdup(text + brackets);
}

char *
wg_audit_host_text(const struct audit_pair *pair, unsigned side)
{
    const struct wg_keystore *keys = wg_capture_keys();
    const char *name = keys != NULL && pair->key[side] != NULL
                           ? wg_keystore_name(keys, pair->key[side])
                           : NULL;
    g_autofree char *address = address_text(&pair->host[side]);

    return name != NULL ? g_strdup_printf("%s (%s)", address, name) : g_strdup(address);
}

/* "HTTP", and where a port is all that is known of it, "UDP port 9000". */
static char *
leak_name(const struct leak *l)
{
    if (l->port != 0 && wg_audit_is_transport(l->protocol))
        return g_strdup_printf("%s port %u", l->protocol, l->port);
    return g_strdup(l->protocol);
}

static void
append_when(GString *s, const uint64_t phase[AUDIT_PHASES])
{
    static const char *const words[AUDIT_PHASES] = {
        [AUDIT_BEFORE] = "before it was up",
        [AUDIT_UP] = "while it was up",
        [AUDIT_SILENT] = "after it fell silent",
    };
    bool any = false;

    for (unsigned i = 0; i < AUDIT_PHASES; i++)
        if (phase[i] > 0) {
            g_string_append_printf(s, "%s%" PRIu64 " %s", any ? ", " : "", phase[i], words[i]);
            any = true;
        }
}

static char *
payload_text(const struct audit_pair *pair)
{
    const struct wg_randomness *r = pair->payload;

    if (r == NULL)
        return g_strdup("none");
    if (wg_randomness_judge(r) == WG_RANDOMNESS_TOO_FEW)
        return g_strdup_printf("too few bytes to test (%" PRIu64 " of %d)", r->bytes,
                               WG_RANDOMNESS_MIN_BYTES);
    const double chi = wg_randomness_chi_square(r);
    const double p = wg_randomness_p_value(chi, WG_RANDOMNESS_DEGREES);
    return g_strdup_printf("%s: chi-square %.1f on %d degrees of freedom, p = %.2g, over %" PRIu64
                           " bytes",
                           p < WG_RANDOMNESS_LIMIT ? "not random" : "looks random", chi,
                           WG_RANDOMNESS_DEGREES, p, r->bytes);
}

/* ---- the verdict ---- */

/* returns how many packets are not named */
static uint64_t
append_leaks(GString *s, const GArray *leaks, unsigned *named)
{
    enum { MOST_NAMED = 8 };
    unsigned i;

    for (i = 0; i < leaks->len && *named < MOST_NAMED; i++, (*named)++) {
        const struct leak *l = &g_array_index(leaks, struct leak, i);
        g_autofree char *name = leak_name(l), *to = address_text(&l->to);
        g_string_append_printf(s, "%s%s to %s (first: frame %u)", *named > 0 ? ", " : "", name, to,
                               l->first_frame);
    }
    return packets_from(leaks, i);
}

static void
append_bypass(GString *s, const GArray *between, const GArray *past)
{
    uint64_t phase[AUDIT_PHASES] = { 0 };
    const GArray *both[] = { between, past };
    const uint64_t count = packets(between) + packets(past);
    unsigned named = 0;

    g_string_append_printf(s, "%" PRIu64 " packet%s the tunnel: ", count,
                           count == 1 ? " bypasses" : "s bypass");
    uint64_t more = append_leaks(s, between, &named);
    more += append_leaks(s, past, &named);
    if (more > 0)
        g_string_append_printf(s, ", and %" PRIu64 " packet%s of other kinds", more,
                               more == 1 ? "" : "s");
    for (unsigned b = 0; b < G_N_ELEMENTS(both); b++)
        for (unsigned i = 0; i < both[b]->len; i++)
            for (unsigned j = 0; j < AUDIT_PHASES; j++)
                phase[j] += g_array_index(both[b], struct leak, i).phase[j];
    g_string_append(s, "; ");
    append_when(s, phase);
    g_string_append(s, ". ");
}

static void
append_payload(GString *s, const struct audit_pair *pair)
{
    switch (pair->payload != NULL ? wg_randomness_judge(pair->payload) : WG_RANDOMNESS_TOO_FEW) {
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

char *
wg_audit_verdict(const struct audit *a, const struct audit_pair *pair)
{
    g_autoptr(GArray) between = leaks_between(a, pair), past = leaks_past(a, pair);
    g_autofree char *left = wg_audit_host_text(pair, 0), *right = wg_audit_host_text(pair, 1);
    const uint64_t inside = pair->handshakes + pair->data;
    const bool leaks = between->len + past->len > 0;
    GString *s = g_string_new(NULL);

    if (leaks)
        append_bypass(s, between, past);
    if (pair->data == 0) {
        g_string_append_printf(s, "Nothing was carried: only handshake messages between %s and %s.",
                               left, right);
        return g_string_free(s, FALSE);
    }
    g_string_append_printf(s, "%s%" PRIu64 " packet%s between %s and %s run%s inside WireGuard; ",
                           leaks || inside == 1 ? "" : "All ", inside, inside == 1 ? "" : "s", left,
                           right, inside == 1 ? "s" : "");
    append_payload(s, pair);
    return g_string_free(s, FALSE);
}

/* ---- printing ---- */

static void
print_leaks(const char *title, const GArray *leaks)
{
    static const char *const headings[] = { "    protocol", "to", ">packets", ">bytes",
                                            ">first frame", ">before up", ">while up",
                                            ">after" };
    enum { MOST_SHOWN = 50 };

    if (leaks->len == 0)
        return;
    printf("  %s\n", title);
    struct wg_table *t = wg_table_new(headings, G_N_ELEMENTS(headings));
    for (unsigned i = 0; i < leaks->len && i < MOST_SHOWN; i++) {
        const struct leak *l = &g_array_index(leaks, struct leak, i);
        g_autofree char *name = leak_name(l), *to = address_text(&l->to);

        wg_table_add(t, "    %s", name);
        wg_table_add(t, "%s", to);
        wg_table_add(t, "%" PRIu64, l->packets);
        wg_table_add(t, "%" PRIu64, l->bytes);
        wg_table_add(t, "%u", l->first_frame);
        for (unsigned p = 0; p < AUDIT_PHASES; p++)
            wg_table_add(t, "%" PRIu64, l->phase[p]);
    }
    wg_table_print(t);
    wg_table_free(t);
    if (leaks->len > MOST_SHOWN)
        printf("    and %" PRIu64 " more, of other kinds\n", packets_from(leaks, MOST_SHOWN));
}

void
wg_audit_print_pair(const struct audit *a, const struct audit_pair *pair)
{
    g_autoptr(GArray) between = leaks_between(a, pair), past = leaks_past(a, pair);
    g_autofree char *left = wg_audit_host_text(pair, 0), *right = wg_audit_host_text(pair, 1);
    g_autofree char *payload = payload_text(pair), *verdict = wg_audit_verdict(a, pair);

    printf("%s <-> %s\n", left, right);
    const uint64_t inside = pair->handshakes + pair->data;
    printf("  Inside   %" PRIu64 " packet%s, %" PRIu64 " bytes: %" PRIu64 " handshake, %" PRIu64
           " data\n",
           inside, inside == 1 ? "" : "s", pair->bytes, pair->handshakes, pair->data);
    wg_print_paragraph("Payload", payload);
    if (pair->tried > 0)
        printf("  Keys     %" PRIu64 " of %" PRIu64 " data packets are authentic\n",
               pair->authenticated, pair->data);
    if (between->len + past->len == 0)
        printf("  Beside   nothing\n");
    print_leaks("Beside   between the two hosts", between);
    print_leaks("Past     what the client sends to others", past);
    if (!pair->knows_client)
        printf("  Past     not looked at: no captured handshake tells which of them is the client\n");
    wg_print_paragraph("Verdict", verdict);
    printf("\n");
}

void
wg_audit_print_rest(const struct audit *a)
{
    if (a->pairs->len == 0)
        printf("No WireGuard seen%s.\n\n", a->frames == 0 ? ", nor anything else" : "");
    if (a->apart->len > 0) {
        g_autoptr(GString) text = g_string_new("not counted as leaks:");
        for (unsigned i = 0; i < a->apart->len; i++) {
            const struct audit_apart *apart = g_ptr_array_index(a->apart, i);
            g_string_append_printf(text, "%s %" PRIu64 " x %s (first: frame %u)", i > 0 ? "," : "",
                                   apart->packets, apart->what, apart->first_frame);
        }
        printf("On the link\n");
        wg_print_paragraph("Apart", text->str);
        printf("\n");
    }
    if (a->uncounted > 0)
        printf("%" PRIu64 " frames were not looked at: the capture has too many hosts.\n\n",
               a->uncounted);
}
