/* audit_asking.c
 * What the traffic beside a tunnel means to it, worked out when a report asks.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "audit_private.h"
#include "wg/allowed_ips.h"

uint32_t
wg_audit_count(const struct wg_audit *a)
{
    return a->pairs->len;
}

const struct wg_audit_pair *
wg_audit_get(const struct wg_audit *a, uint32_t number)
{
    return g_ptr_array_index(a->pairs, number);
}

uint32_t
wg_audit_apart_count(const struct wg_audit *a)
{
    return a->apart->len;
}

const struct wg_audit_apart *
wg_audit_apart_get(const struct wg_audit *a, uint32_t number)
{
    return g_ptr_array_index(a->apart, number);
}

struct wg_audit_totals
wg_audit_get_totals(const struct wg_audit *a)
{
    return a->totals;
}

/* ---- what a strand is ---- */

/* Which of a client's own traffic a configuration sends into the tunnel. */
struct rule {
    struct wg_allowed_ips *taken_in; /* NULL: no configuration */
    bool all4, all6;
};

/* Whether a frame goes to a group that stays on the link or the site (RFC 4291, 2.7; RFC 2365), to
 * all on the link (RFC 919), or to what looks like the broadcast address of a network of 256. */
static bool
is_group(const struct wg_endpoint *from, const struct wg_endpoint *to)
{
    enum { SITE_LOCAL = 5 };
    const uint8_t *t = to->address;

    if (to->family == WG_ENDPOINT_IPV6)
        return t[0] == 0xff && (t[1] & 0x0f) <= SITE_LOCAL;
    if (to->family != WG_ENDPOINT_IPV4)
        return false;
    if ((t[0] == 224 && t[1] == 0 && t[2] == 0) || (t[0] == 239 && t[1] == 255))
        return true;
    return t[3] == 255 && (memcmp(t, from->address, 3) == 0 || memcmp(t, "\xff\xff\xff", 3) == 0);
}

/* Whether it was captured inside a tunnel: on an interface without link layer, while the tunnels'
 * messages were captured elsewhere. */
static bool
is_inside(const struct wg_audit *a, const struct strand *s)
{
    if (s->bare == 0 || g_hash_table_contains(a->bare_tunnels, GUINT_TO_POINTER(s->bare)))
        return false;
    return a->linked_tunnels || g_hash_table_size(a->bare_tunnels) > 0;
}

/* Whether it comes from or goes to a tunnel's socket, even one that became known later. */
static bool
is_on_socket(const struct wg_audit *a, const struct route *r, const struct strand *s)
{
    const struct wg_endpoint *near = &r->key[s->port_side], *far = &r->key[!s->port_side];

    if (s->on_socket)
        return true;
    if (s->several)
        return false;
    const bool here = wg_audit_is_socket(a, near, s->port);
    const bool there = wg_audit_is_socket(a, far, s->other_port);
    if (s->transport == 6)
        return here && there; /* TCP: segments of a tunnel that hold no whole message */
    return s->transport == 17 && (here || there);
}

/* Whether the sender only answers, as far as is known: which host began may be a guess. */
static bool
is_answer(const struct strand *s, unsigned sender)
{
    return !s->opened[sender] && (s->sure || s->way[!sender].packets > 0);
}

/* Whether the configuration means this to bypass the tunnel. A family that it leaves out entirely,
 * while it takes in all of the other, does not count as meant: that is the leak of people who
 * believe that everything is in the tunnel. */
static bool
is_meant(const struct rule *rule, const struct wg_endpoint *to)
{
    if (rule->taken_in == NULL || wg_allowed_ips_contain(rule->taken_in, to))
        return false;
    if (wg_allowed_ips_any(rule->taken_in, to->family))
        return true;
    if (to->family == WG_ENDPOINT_IPV6)
        return !rule->all4;
    return !rule->all6;
}

static void
add_way(struct wg_audit_leak *leak, const struct way *way)
{
    if (way->packets == 0)
        return;
    if (leak->packets == 0 || way->first_frame < leak->first_frame)
        leak->first_frame = way->first_frame;
    leak->packets += way->packets;
    leak->bytes += way->bytes;
    for (unsigned i = 0; i < WG_AUDIT_PHASES; i++)
        leak->phase[i] += way->phase[i];
    if (way->doubted != NULL)
        leak->phase[wg_audit_outcome(way->doubted, way->failure)] += way->doubtful;
}

/* Add a strand to the leaks of its route, which begin at `start`. Strands that look the same to the
 * reader are merged, such as one from before its port was known as a tunnel's and one from
 * after. */
static void
append(GArray *leaks, unsigned start, const struct wg_audit_leak *leak)
{
    for (unsigned i = start; i < leaks->len; i++) {
        struct wg_audit_leak *l = &g_array_index(leaks, struct wg_audit_leak, i);
        if (l->kind != leak->kind || l->port != leak->port || l->transport != leak->transport ||
            strcmp(l->protocol, leak->protocol) != 0 || g_strcmp0(l->carrier, leak->carrier) != 0)
            continue;
        /* The one that came first gives all but the sums. */
        struct wg_audit_leak other = *leak;
        if (leak->first_frame < l->first_frame) {
            other = *l;
            *l = *leak;
        }
        l->packets += other.packets;
        l->bytes += other.bytes;
        for (unsigned p = 0; p < WG_AUDIT_PHASES; p++)
            l->phase[p] += other.phase[p];
        return;
    }
    g_array_append_vals(leaks, leak, 1);
}

static struct wg_audit_leak
describe(const struct strand *s)
{
    return (struct wg_audit_leak){ .protocol = s->protocol,
                                   .carrier = s->carrier,
                                   .port = s->port,
                                   .transport = s->transport,
                                   .neighbour = s->neighbour };
}

static int
by_kind_and_frame(const void *a, const void *b)
{
    const struct wg_audit_leak *x = a, *y = b;

    if (x->kind != y->kind)
        return (x->kind > y->kind) - (x->kind < y->kind);
    return (x->first_frame > y->first_frame) - (x->first_frame < y->first_frame);
}

static void
sum_leak(struct wg_audit_sum *sum, const struct wg_audit_leak *l)
{
    for (unsigned p = 0; p < WG_AUDIT_PHASES; p++)
        sum->phase[p] += l->phase[p];
    if (!l->neighbour)
        sum->away += l->packets;
    if (!l->other_address)
        return;
    sum->other += l->packets;
    if (sum->other_family == 0)
        sum->other_family = l->from.family;
}

static void
sum_up(GArray *leaks, struct wg_audit_sum *sum)
{
    *sum = (struct wg_audit_sum){ 0 };
    g_array_sort(leaks, by_kind_and_frame);
    for (unsigned i = 0; i < leaks->len; i++) {
        const struct wg_audit_leak *l = &g_array_index(leaks, struct wg_audit_leak, i);
        sum->packets[l->kind] += l->packets;
        sum->first[l->kind + 1]++;
        if (l->kind == WG_AUDIT_LEAK)
            sum_leak(sum, l);
    }
    for (unsigned kind = 0; kind < WG_AUDIT_KINDS; kind++)
        sum->first[kind + 1] += sum->first[kind];
}

/* ---- between ---- */

/* The host that a strand is shown as coming from: the one whose port it is not, or without ports
 * the one that sent first. */
static unsigned
shown_from(const struct strand *s)
{
    if (s->port != 0)
        return !s->port_side;
    return s->way[0].packets == 0 ||
           (s->way[1].packets > 0 && s->way[1].first_frame < s->way[0].first_frame);
}

static void
add_between(const struct wg_audit *a, GArray *leaks, const struct route *r, const struct strand *s)
{
    struct wg_audit_leak leak = describe(s);
    const unsigned from = shown_from(s);

    leak.kind = WG_AUDIT_LEAK;
    if (is_inside(a, s))
        leak.kind = WG_AUDIT_INSIDE;
    else if (is_on_socket(a, r, s))
        leak.kind = WG_AUDIT_COMPANION;
    else if (s->exchange)
        leak.kind = WG_AUDIT_EXCHANGE;
    leak.both = true;
    leak.neighbour = false;
    leak.from = r->key[from];
    leak.to = r->key[!from];
    add_way(&leak, &s->way[0]);
    add_way(&leak, &s->way[1]);
    append(leaks, 0, &leak);
}

const GArray *
wg_audit_between(struct wg_audit *a, const struct wg_audit_pair *pair, struct wg_audit_sum *sum)
{
    const struct route *route = wg_audit_find_route(a, &pair->host[0], &pair->host[1]);
    const struct strand *s = NULL;
    struct wg_audit_sum room;

    if (sum == NULL)
        sum = &room;
    if (route != NULL)
        s = route->strands;
    g_array_set_size(a->between, 0);
    for (; s != NULL; s = s->next)
        add_between(a, a->between, route, s);
    sum_up(a->between, sum);
    return a->between;
}

/* ---- past ---- */

static enum wg_audit_kind
kind_past(const struct wg_audit *a, const struct route *r, const struct strand *s, unsigned sender,
          const struct rule *rule)
{
    const struct wg_endpoint *from = &r->key[sender], *to = &r->key[!sender];

    if (is_inside(a, s))
        return WG_AUDIT_INSIDE;
    if (is_on_socket(a, r, s))
        return WG_AUDIT_COMPANION;
    if (s->exchange)
        return WG_AUDIT_EXCHANGE;
    if (s->group || is_group(from, to))
        return WG_AUDIT_LOCAL;
    if (is_answer(s, sender))
        return WG_AUDIT_ANSWER;
    if (is_meant(rule, to))
        return WG_AUDIT_MEANT;
    return WG_AUDIT_LEAK;
}

/* Add what a host sent to hosts that it has no tunnel with. */
static void
add_past(const struct wg_audit *a, GArray *leaks, const struct host *host, const struct rule *rule,
         bool other_address)
{
    for (const struct route *r = host->routes, *next; r != NULL; r = next) {
        const unsigned sender = r->host[0] != host, start = leaks->len;

        next = r->next[sender];
        if (wg_audit_find_pair(a, &r->key[0], &r->key[1]) != NULL)
            continue;
        for (const struct strand *s = r->strands; s != NULL; s = s->next) {
            if (s->way[sender].packets == 0)
                continue;
            struct wg_audit_leak leak = describe(s);
            leak.kind = kind_past(a, r, s, sender, rule);
            leak.from = r->key[sender];
            leak.to = r->key[!sender];
            leak.other_address = other_address;
            leak.neighbour &= leak.kind == WG_AUDIT_LEAK;
            add_way(&leak, &s->way[sender]);
            append(leaks, start, &leak);
        }
    }
}

/* Add what the client's other addresses sent: the classic case is IPv6 beside a tunnel over
 * IPv4. */
static void
add_other_addresses(const struct wg_audit *a, GArray *leaks, const struct host *client,
                    const struct rule *rule)
{
    enum { MOST_ADDRESSES = 16 }; /* more: it is a router's */
    const struct card *card = wg_audit_card(client);

    if (card == NULL || card->count > MOST_ADDRESSES)
        return;
    for (const struct host *h = card->hosts; h != NULL; h = h->next_of_card)
        if (h != client && !h->paired && h->card == client->card)
            add_past(a, leaks, h, rule, true);
}

const char *
wg_audit_allowed_ips(const struct wg_audit *a, const struct wg_audit_pair *pair)
{
    if (a->keys == NULL || pair->key[0] == NULL || pair->key[1] == NULL)
        return NULL;
    const struct wg_peer *peer = wg_keystore_peer(a->keys, pair->key[0], pair->key[1]);
    if (peer == NULL)
        return NULL;
    return peer->allowed_ips;
}

/* What the configurations of the client's tunnels take in, all of them together. */
static struct rule
rule_of(const struct wg_audit *a, const struct host *client)
{
    enum { MOST_TUNNELS = 16 };
    struct rule rule = { NULL, false, false };
    unsigned seen = 0;

    for (const struct wg_audit_pair *p = client->first_pair; p != NULL && seen < MOST_TUNNELS;
         p = ((const struct pair *)p)->next_of_client, seen++) {
        const char *text = wg_audit_allowed_ips(a, p);
        if (text == NULL)
            continue;
        if (rule.taken_in == NULL)
            rule.taken_in = wg_allowed_ips_new(NULL);
        wg_allowed_ips_add(rule.taken_in, text);
    }
    if (rule.taken_in != NULL) {
        rule.all4 = wg_allowed_ips_all(rule.taken_in, WG_ENDPOINT_IPV4);
        rule.all6 = wg_allowed_ips_all(rule.taken_in, WG_ENDPOINT_IPV6);
    }
    return rule;
}

static void
put_together(struct wg_audit *a, struct host *client)
{
    struct rule rule = rule_of(a, client);

    client->past = g_array_new(FALSE, FALSE, sizeof(struct wg_audit_leak));
    add_past(a, client->past, client, &rule, false);
    add_other_addresses(a, client->past, client, &rule);
    sum_up(client->past, &client->past_sum);
    wg_allowed_ips_free(rule.taken_in);
}

const struct wg_audit_pair *
wg_audit_first_of_client(const struct wg_audit *a, const struct wg_audit_pair *pair)
{
    const struct host *host = ((const struct pair *)pair)->host[0];

    if (host->first_pair == NULL)
        return pair;
    return host->first_pair;
}

/* Set which pairs each host is the client of. Any message may change that. */
static void
tie_clients(struct wg_audit *a)
{
    if (a->asked)
        return;
    for (unsigned i = 0; i < a->pairs->len; i++) {
        struct pair *p = g_ptr_array_index(a->pairs, i);
        p->host[0]->first_pair = p->host[1]->first_pair = NULL;
    }
    for (unsigned i = a->pairs->len; i > 0; i--) {
        struct pair *p = g_ptr_array_index(a->pairs, i - 1);
        if (!p->pair.knows_client)
            continue;
        p->next_of_client = p->host[0]->first_pair;
        p->host[0]->first_pair = &p->pair;
    }
    a->asked = true;
}

const GArray *
wg_audit_past(struct wg_audit *a, const struct wg_audit_pair *pair, struct wg_audit_sum *sum)
{
    struct host *client = ((const struct pair *)pair)->host[0];
    static const struct wg_audit_sum none;

    tie_clients(a);
    if (!pair->knows_client) {
        if (sum != NULL)
            *sum = none;
        g_array_set_size(a->nothing, 0);
        return a->nothing;
    }
    if (client->past == NULL)
        put_together(a, client);
    if (sum != NULL)
        *sum = client->past_sum;
    return client->past;
}
