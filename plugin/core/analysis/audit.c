/* audit.c
 * Is the link encrypted? Accounting for messages and for the traffic beside them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "audit_private.h"

/* ---- keys of the tables: what a structure begins with ---- */

static unsigned
one_hash(const void *p)
{
    return wg_endpoint_hash(p);
}

static gboolean
one_equal(const void *a, const void *b)
{
    return wg_endpoint_equal(a, b);
}

static unsigned
two_hash(const void *p)
{
    const struct wg_endpoint *e = p;
    return wg_endpoint_hash(&e[0]) * 31 + wg_endpoint_hash(&e[1]);
}

static gboolean
two_equal(const void *a, const void *b)
{
    const struct wg_endpoint *x = a, *y = b;
    return wg_endpoint_equal(&x[0], &y[0]) && wg_endpoint_equal(&x[1], &y[1]);
}

static unsigned
pieces_hash(const void *p)
{
    const struct pieces *pieces = p;
    return two_hash(pieces->key) * 31 + pieces->id;
}

static gboolean
pieces_equal(const void *a, const void *b)
{
    const struct pieces *x = a, *y = b;
    return x->id == y->id && two_equal(x->key, y->key);
}

/* ---- life ---- */

static void
state_clear(struct state *state)
{
    if (state->outcomes != NULL)
        g_byte_array_unref(state->outcomes);
}

static void
free_pair(void *p)
{
    struct pair *pair = p;
    state_clear(&pair->state);
    g_free(pair->pair.payload);
    if (pair->few != NULL)
        g_byte_array_unref(pair->few);
    g_free(pair);
}

static void
free_host(void *p)
{
    struct host *host = p;
    state_clear(&host->state);
    if (host->past != NULL)
        g_array_unref(host->past);
    g_free(host);
}

static void
free_route(void *p)
{
    struct route *route = p;

    while (route->strands != NULL) {
        struct strand *strand = route->strands;
        route->strands = strand->next;
        g_free(strand);
    }
    g_free(route);
}

struct wg_audit *
wg_audit_new(const struct wg_keystore *keys)
{
    struct wg_audit *a = g_new0(struct wg_audit, 1);

    a->keys = keys;
    a->pairs = g_ptr_array_new_with_free_func(free_pair);
    a->apart = g_ptr_array_new_with_free_func(g_free);
    a->pair_set = g_hash_table_new(two_hash, two_equal);
    a->hosts = g_hash_table_new_full(one_hash, one_equal, NULL, free_host);
    a->routes = g_hash_table_new_full(two_hash, two_equal, NULL, free_route);
    a->cards = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    a->apart_set = g_hash_table_new(g_str_hash, g_str_equal);
    a->sockets = g_hash_table_new_full(one_hash, one_equal, g_free, NULL);
    a->bare_tunnels = g_hash_table_new(NULL, NULL);
    a->held_by_frame = g_hash_table_new(NULL, NULL);
    a->pieces = g_hash_table_new(pieces_hash, pieces_equal);
    a->pieces_in_order = g_ptr_array_new_with_free_func(g_free);
    a->between = g_array_new(FALSE, FALSE, sizeof(struct wg_audit_leak));
    a->nothing = g_array_new(FALSE, FALSE, sizeof(struct wg_audit_leak));
    a->several_cards.meaningless = true;
    g_queue_init(&a->held);
    return a;
}

void
wg_audit_free(struct wg_audit *a)
{
    if (a == NULL)
        return;
    g_queue_clear_full(&a->held, g_free);
    g_array_unref(a->nothing);
    g_array_unref(a->between);
    g_hash_table_destroy(a->pieces);
    g_ptr_array_unref(a->pieces_in_order);
    g_hash_table_destroy(a->held_by_frame);
    g_hash_table_destroy(a->bare_tunnels);
    g_hash_table_destroy(a->sockets);
    g_hash_table_destroy(a->apart_set);
    g_hash_table_destroy(a->cards);
    g_hash_table_destroy(a->routes);
    g_hash_table_destroy(a->hosts);
    g_hash_table_destroy(a->pair_set);
    g_ptr_array_unref(a->apart);
    g_ptr_array_unref(a->pairs);
    g_free(a);
}

/* ---- looking up ---- */

struct wg_endpoint
wg_audit_host_of(const struct wg_endpoint *e)
{
    struct wg_endpoint host = *e;
    host.port = 0;
    return host;
}

struct two
wg_audit_ordered(const struct wg_endpoint *x, const struct wg_endpoint *y)
{
    const struct wg_endpoint a = wg_audit_host_of(x), b = wg_audit_host_of(y);

    if (wg_endpoint_compare(&a, &b) <= 0)
        return (struct two){ { a, b } };
    return (struct two){ { b, a } };
}

struct host *
wg_audit_find_host(const struct wg_audit *a, const struct wg_endpoint *address)
{
    const struct wg_endpoint key = wg_audit_host_of(address);
    return g_hash_table_lookup(a->hosts, &key);
}

struct pair *
wg_audit_find_pair(const struct wg_audit *a, const struct wg_endpoint *x,
                   const struct wg_endpoint *y)
{
    const struct two key = wg_audit_ordered(x, y);
    return g_hash_table_lookup(a->pair_set, key.e);
}

const struct route *
wg_audit_find_route(const struct wg_audit *a, const struct wg_endpoint *x,
                    const struct wg_endpoint *y)
{
    const struct two key = wg_audit_ordered(x, y);
    return g_hash_table_lookup(a->routes, key.e);
}

bool
wg_audit_is_socket(const struct wg_audit *a, const struct wg_endpoint *e, uint16_t port)
{
    struct wg_endpoint key = *e;

    key.port = port;
    return port != 0 && g_hash_table_contains(a->sockets, &key);
}

struct host *
wg_audit_make_host(struct wg_audit *a, const struct wg_endpoint *address)
{
    struct host *host = wg_audit_find_host(a, address);

    if (host != NULL)
        return host;
    host = g_new0(struct host, 1);
    host->address = wg_audit_host_of(address);
    g_hash_table_insert(a->hosts, &host->address, host);
    return host;
}

/* ---- the link ---- */

/* The hops that systems give a packet: Linux and BSD, Windows, network equipment. */
static bool
has_passed_no_router(uint8_t hops)
{
    return hops == 64 || hops == 128 || hops == 255;
}

static void
join_card(struct wg_audit *a, struct host *host, uint64_t address)
{
    struct card *card = g_hash_table_lookup(a->cards, &address);

    if (card == NULL) {
        card = g_new0(struct card, 1);
        card->address = address;
        g_hash_table_insert(a->cards, &card->address, card);
    }
    host->card = card;
    host->next_of_card = card->hosts;
    card->hosts = host;
    card->count++;
    if (card->owner == NULL && host->paired)
        card->owner = host;
}

static struct card *
meaningful(struct card *card)
{
    if (card == NULL || card->meaningless)
        return NULL;
    return card;
}

struct card *
wg_audit_card(const struct host *host)
{
    return meaningful(host->card);
}

struct card *
wg_audit_card_of_sender(const struct wg_audit *a, const struct wg_audit_link *link)
{
    if (link->sender == 0 || !has_passed_no_router(link->hops))
        return NULL;
    return meaningful(g_hash_table_lookup(a->cards, &link->sender));
}

/* Only packets that no router forwarded show which hosts share a card: a router puts its own
 * address there. */
void
wg_audit_note_card(struct wg_audit *a, struct host *host, const struct wg_audit_link *link)
{
    if (link->sender == 0 || !has_passed_no_router(link->hops))
        return;
    if (host->card == NULL)
        join_card(a, host, link->sender);
    else if (host->card->address != link->sender)
        host->card = &a->several_cards;
}

/* ---- answers ---- */

void
wg_audit_forget_answers(struct wg_audit *a)
{
    GHashTableIter i;
    void *host;

    if (!a->asked)
        return;
    g_hash_table_iter_init(&i, a->hosts);
    while (g_hash_table_iter_next(&i, NULL, &host))
        g_clear_pointer(&((struct host *)host)->past, g_array_unref);
    a->asked = false;
}

/* ---- what is not judged ---- */

void
wg_audit_count_apart(struct wg_audit *a, const char *what, uint32_t frame, uint64_t packets)
{
    struct wg_audit_apart *apart = g_hash_table_lookup(a->apart_set, what);

    if (apart == NULL) {
        apart = g_new0(struct wg_audit_apart, 1);
        apart->what = what;
        apart->first_frame = frame;
        g_ptr_array_add(a->apart, apart);
        g_hash_table_insert(a->apart_set, (void *)(uintptr_t)what, apart);
    }
    apart->first_frame = MIN(apart->first_frame, frame); /* some were held back */
    apart->packets += packets;
}

void
wg_audit_apart(struct wg_audit *a, const char *what, uint32_t frame)
{
    if (frame == a->latest_apart)
        return;
    a->latest_apart = frame;
    a->totals.frames++;
    wg_audit_count_apart(a, what, frame, 1);
}

void
wg_audit_error(struct wg_audit *a, uint32_t frame)
{
    wg_audit_apart(a, "ICMP error about the tunnel", frame);
}
