/* audit_model.c
 * What runs inside tunnels and what runs beside them, host by host.
 *
 * What goes beside a tunnel may come before the first message that shows that there is one, so
 * everything is counted, up to a number of kinds.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "audit_model.h"

/* What a capture of a whole backbone may take at most; frames of more hosts are counted only. */
enum { MOST_ROUTES = 100000, MOST_STRANDS = 200000, MOST_HELD = 100000 };

/* REJECT_AFTER_TIME: no session outlives its handshake by more (paper, 6.1). */
#define REJECT_AFTER_TIME (INT64_C(180) * 1000000000)

/* ---- keys of the tables: one or two addresses at the beginning of a structure ---- */

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

static struct wg_endpoint
host_of(const struct wg_endpoint *e)
{
    struct wg_endpoint host = *e;
    host.port = 0;
    return host;
}

static void
free_pair(void *p)
{
    struct audit_pair *pair = p;
    g_free(pair->payload);
    g_free(pair);
}

static void
free_host(void *p)
{
    struct audit_host *host = p;
    g_array_unref(host->pairs);
    g_free(host);
}

static void
free_route(void *p)
{
    struct audit_route *route = p;

    while (route->strands != NULL) {
        struct audit_strand *strand = route->strands;
        route->strands = strand->next;
        g_free(strand);
    }
    g_free(route);
}

void
wg_audit_init(struct audit *a)
{
    a->pairs = g_ptr_array_new_with_free_func(free_pair);
    a->apart = g_ptr_array_new_with_free_func(g_free);
    a->pair_set = g_hash_table_new_full(two_hash, two_equal, g_free, NULL);
    a->hosts = g_hash_table_new_full(one_hash, one_equal, NULL, free_host);
    a->routes = g_hash_table_new_full(two_hash, two_equal, NULL, free_route);
    a->held_by_frame = g_hash_table_new(NULL, NULL);
    g_queue_init(&a->held);
}

void
wg_audit_clear(struct audit *a)
{
    g_queue_clear_full(&a->held, g_free);
    g_hash_table_destroy(a->held_by_frame);
    g_hash_table_destroy(a->routes);
    g_hash_table_destroy(a->hosts);
    g_hash_table_destroy(a->pair_set);
    g_ptr_array_unref(a->apart);
    g_ptr_array_unref(a->pairs);
}

/* ---- looking up ---- */

struct two {
    struct wg_endpoint a, b;
};

static struct two
ordered(const struct wg_endpoint *x, const struct wg_endpoint *y)
{
    const struct two t = { host_of(x), host_of(y) };
    return wg_endpoint_compare(&t.a, &t.b) <= 0 ? t : (struct two){ t.b, t.a };
}

const struct audit_pair *
wg_audit_pair(const struct audit *a, const struct wg_endpoint *x, const struct wg_endpoint *y)
{
    const struct two key = ordered(x, y);
    return g_hash_table_lookup(a->pair_set, &key);
}

const struct audit_host *
wg_audit_host(const struct audit *a, const struct wg_endpoint *address)
{
    const struct wg_endpoint key = host_of(address);
    return g_hash_table_lookup(a->hosts, &key);
}

const struct audit_route *
wg_audit_route(const struct audit *a, const struct wg_endpoint *from, const struct wg_endpoint *to)
{
    const struct two key = { host_of(from), host_of(to) };
    return g_hash_table_lookup(a->routes, &key);
}

static struct audit_host *
make_host(struct audit *a, const struct wg_endpoint *address)
{
    const struct wg_endpoint key = host_of(address);
    struct audit_host *host = g_hash_table_lookup(a->hosts, &key);

    if (host == NULL) {
        host = g_new0(struct audit_host, 1);
        host->address = key;
        host->pairs = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        g_hash_table_insert(a->hosts, &host->address, host);
    }
    return host;
}

static struct audit_pair *
make_pair(struct audit *a, const struct wg_sighting *s)
{
    const struct two key = ordered(&s->source, &s->destination);
    struct audit_pair *pair = g_hash_table_lookup(a->pair_set, &key);

    if (pair != NULL)
        return pair;
    pair = g_new0(struct audit_pair, 1);
    pair->number = a->pairs->len;
    pair->first_frame = s->frame;
    pair->host[0] = host_of(&s->source);
    pair->host[1] = host_of(&s->destination);
    g_array_append_val(make_host(a, &s->source)->pairs, pair->number);
    g_array_append_val(make_host(a, &s->destination)->pairs, pair->number);
    g_ptr_array_add(a->pairs, pair);
    g_hash_table_insert(a->pair_set, g_memdup2(&key, sizeof key), pair);
    return pair;
}

/* ---- inside ---- */

static void
note_state(struct audit_state *state, const struct wg_sighting *s)
{
    const bool asks = s->note->type == WG_TYPE_INITIATION;

    if (asks) {
        state->failing |= s->analysis.attempt > 1;
        return;
    }
    if (s->note->type == WG_TYPE_COOKIE_REPLY)
        return;
    state->ever = true;
    state->failing = false;
    state->last = s->time;
}

static enum audit_phase
phase(const struct audit_state *state, int64_t time)
{
    if (state == NULL || !state->ever)
        return AUDIT_BEFORE;
    return state->failing || wg_elapsed(state->last, time) > REJECT_AFTER_TIME ? AUDIT_SILENT
                                                                               : AUDIT_UP;
}

/* Who is the client: the first session whose initiator is known tells. */
static void
note_client(struct audit_pair *pair, const struct wg_sighting *s)
{
    if (pair->knows_client || !s->analysis.knows_role)
        return;
    const struct wg_endpoint client =
        host_of(s->analysis.from_initiator ? &s->source : &s->destination);
    if (!wg_endpoint_equal(&client, &pair->host[0])) {
        pair->host[1] = pair->host[0];
        pair->host[0] = client;
    }
    pair->knows_client = true;
}

static void
note_keys(struct audit_pair *pair, const struct wg_sighting *s)
{
    const struct wg_analysis *a = &s->analysis;

    if (a->session == NULL || !a->knows_role)
        return;
    const uint8_t *i = wg_session_initiator_key(a->session);
    const uint8_t *r = wg_session_responder_key(a->session);
    const bool left = wg_endpoint_same_host(&s->source, &pair->host[0]) == a->from_initiator;
    pair->key[0] = left ? i : r;
    pair->key[1] = left ? r : i;
}

static void
note_payload(struct audit_pair *pair, const struct wg_sighting *s)
{
    const uint32_t copies = WG_NOTE_DUPLICATE | WG_NOTE_OUTSIDE_WINDOW;

    pair->data++;
    pair->authenticated += s->status == WG_STATUS_DECRYPTED;
    pair->tried +=
        s->status == WG_STATUS_DECRYPTED || s->status == WG_STATUS_AUTHENTICATION_FAILED;
    /* The same bytes twice are not independent of one another, and would not look random. */
    if (s->view->packet == NULL || (s->note->flags & copies) != 0)
        return;
    if (pair->payload == NULL)
        pair->payload = g_new0(struct wg_randomness, 1);
    wg_randomness_add(pair->payload, s->view->packet, s->view->packet_captured);
}

/* It was WireGuard after all. */
static void
release(struct audit *a, uint32_t frame)
{
    GList *place = g_hash_table_lookup(a->held_by_frame, GUINT_TO_POINTER(frame));

    if (place == NULL)
        return;
    g_hash_table_remove(a->held_by_frame, GUINT_TO_POINTER(frame));
    g_free(place->data);
    g_queue_delete_link(&a->held, place);
}

const struct audit_pair *
wg_audit_message(struct audit *a, const struct wg_sighting *s)
{
    struct audit_pair *pair = make_pair(a, s);

    release(a, s->frame);
    a->frames++;
    note_client(pair, s);
    note_keys(pair, s);
    note_state(&pair->state, s);
    note_state(&make_host(a, &s->source)->state, s);
    note_state(&make_host(a, &s->destination)->state, s);
    pair->bytes += s->view->length;
    if (s->note->type == WG_TYPE_DATA)
        note_payload(pair, s);
    else
        pair->handshakes++;
    return pair;
}

/* ---- beside ---- */

static struct audit_route *
make_route(struct audit *a, const struct audit_frame *f)
{
    const struct two key = { host_of(&f->from), host_of(&f->to) };
    struct audit_route *route = g_hash_table_lookup(a->routes, &key);

    if (route != NULL || g_hash_table_size(a->routes) == MOST_ROUTES)
        return route;
    struct audit_host *host = make_host(a, &f->from);
    route = g_new0(struct audit_route, 1);
    route->from = key.a;
    route->to = key.b;
    route->next = host->routes;
    host->routes = route;
    g_hash_table_insert(a->routes, &route->from, route);
    return route;
}

static struct audit_strand *
make_strand(struct audit *a, struct audit_route *route, const struct audit_frame *f)
{
    enum { MOST_OF_A_ROUTE = 64 }; /* so that a port scan costs no more than any other traffic */
    static const char more[] = "more kinds";
    const uint16_t port = MIN(f->from.port, f->to.port);
    struct audit_strand **at = &route->strands;
    unsigned count = 0;

    /* Frames of a TCP connection without payload are known as TCP only: the port ties them. */
    for (; *at != NULL; at = &(*at)->next, count++)
        if ((*at)->protocol == more ||
            ((*at)->port == port && (port != 0 || strcmp((*at)->protocol, f->protocol) == 0)))
            return *at;
    if (a->strand_count == MOST_STRANDS)
        return NULL;
    struct audit_strand *strand = g_new0(struct audit_strand, 1);
    const bool last = count + 1 == MOST_OF_A_ROUTE;
    strand->protocol = last ? more : f->protocol;
    strand->port = last ? 0 : port;
    strand->to_port = port == f->to.port;
    strand->first_frame = f->frame;
    *at = strand;
    a->strand_count++;
    return strand;
}

bool
wg_audit_is_transport(const char *protocol)
{
    return strcmp(protocol, "TCP") == 0 || strcmp(protocol, "UDP") == 0;
}

void
wg_audit_beside(struct audit *a, const struct audit_frame *f)
{
    struct audit_route *route = make_route(a, f);
    struct audit_strand *strand = route != NULL ? make_strand(a, route, f) : NULL;
    const struct audit_pair *pair = wg_audit_pair(a, &f->from, &f->to);
    const struct audit_host *host = wg_audit_host(a, &f->from);

    a->frames++;
    if (strand == NULL) {
        a->uncounted++;
        return;
    }
    if (wg_audit_is_transport(strand->protocol))
        strand->protocol = f->protocol;
    strand->packets++;
    strand->bytes += f->length;
    strand->phase[phase(pair != NULL   ? &pair->state
                        : host != NULL ? &host->state
                                       : NULL,
                        f->time)]++;
}

static void
settle_oldest(struct audit *a)
{
    g_autofree struct audit_frame *f = g_queue_pop_head(&a->held);

    g_hash_table_remove(a->held_by_frame, GUINT_TO_POINTER(f->frame));
    wg_audit_beside(a, f);
}

void
wg_audit_hold(struct audit *a, const struct audit_frame *f)
{
    g_queue_push_tail(&a->held, g_memdup2(f, sizeof *f));
    g_hash_table_insert(a->held_by_frame, GUINT_TO_POINTER(f->frame), a->held.tail);
    if (a->held.length > MOST_HELD)
        settle_oldest(a);
}

void
wg_audit_settle(struct audit *a)
{
    while (!g_queue_is_empty(&a->held))
        settle_oldest(a);
}

void
wg_audit_apart(struct audit *a, const char *what, uint32_t frame)
{
    struct audit_apart *apart;

    a->frames++;
    for (unsigned i = 0; i < a->apart->len; i++) {
        apart = g_ptr_array_index(a->apart, i);
        if (strcmp(apart->what, what) == 0) {
            apart->packets++;
            return;
        }
    }
    apart = g_new0(struct audit_apart, 1);
    *apart = (struct audit_apart){ .what = what, .packets = 1, .first_frame = frame };
    g_ptr_array_add(a->apart, apart);
}
