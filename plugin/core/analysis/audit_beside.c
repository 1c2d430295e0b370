/* audit_beside.c
 * The traffic beside tunnels, counted by two hosts and kind.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "audit_private.h"

/* Limits for the capture of a whole backbone. Beyond them, frames are only counted. */
enum {
    MOST_ROUTES = 250000,
    MOST_STRANDS = 500000,
    MOST_HELD = 100000,
    MOST_PIECES = 100000,
    MOST_OF_A_ROUTE = 64, /* kinds; a port scan costs no more than any other traffic */
};

/* ---- beside ---- */

static struct route *
make_route(struct wg_audit *a, const struct wg_audit_frame *f)
{
    const struct two key = wg_audit_ordered(&f->from, &f->to);
    struct route *route = g_hash_table_lookup(a->routes, key.e);

    if (route != NULL || g_hash_table_size(a->routes) == MOST_ROUTES)
        return route;
    route = g_new0(struct route, 1);
    memcpy(route->key, key.e, sizeof route->key);
    for (unsigned side = 0; side < 2; side++) {
        struct host *host = wg_audit_make_host(a, &key.e[side]);
        route->host[side] = host;
        if (side == 1 && host == route->host[0])
            break; /* it sends to itself */
        route->next[side] = host->routes;
        host->routes = route;
    }
    g_hash_table_insert(a->routes, route->key, route);
    return route;
}

static const char more_kinds[] = "more kinds";

static bool
is_of_strand(const struct strand *s, const struct wg_audit_frame *f, uint16_t port, bool on_socket)
{
    if (s->protocol == more_kinds)
        return true;
    if (s->port != port || s->on_socket != on_socket || s->bare != f->link.bare)
        return false;
    if (g_strcmp0(s->carrier, f->carrier) != 0)
        return false;
    /* Frames of a TCP connection without payload are known only as TCP, so the port decides. */
    if (port != 0)
        return s->transport == f->transport;
    return strcmp(s->protocol, f->protocol) == 0;
}

static void
describe(struct strand *strand, const struct wg_audit_frame *f, uint16_t port, unsigned sender)
{
    strand->protocol = f->protocol;
    strand->carrier = f->carrier;
    strand->port = port;
    strand->other_port = MAX(f->from.port, f->to.port);
    strand->transport = f->transport;
    strand->port_side = (uint8_t)sender;
    if (port == f->to.port)
        strand->port_side = !sender;
    strand->bare = f->link.bare;
}

static struct strand *
make_strand(struct wg_audit *a, struct route *route, const struct wg_audit_frame *f,
            unsigned sender)
{
    const uint16_t port = MIN(f->from.port, f->to.port);
    const bool on_socket = f->transport == 17 && (wg_audit_is_socket(a, &f->from, f->from.port) ||
                                                  wg_audit_is_socket(a, &f->to, f->to.port));
    struct strand **at = &route->strands;
    unsigned count = 1;

    for (; *at != NULL; at = &(*at)->next, count++)
        if (is_of_strand(*at, f, port, on_socket))
            return *at;
    if (a->strand_count == MOST_STRANDS)
        return NULL;
    struct strand *strand = g_new0(struct strand, 1);
    if (count == MOST_OF_A_ROUTE) {
        strand->protocol = more_kinds;
    } else {
        describe(strand, f, port, sender);
        strand->on_socket = on_socket;
        strand->exchange = f->exchange;
    }
    *at = strand;
    a->strand_count++;
    return strand;
}

/* A server's port is the lower one, and one that needs a privilege. Where the beginning of a
 * connection was not captured, nothing else shows which host began. */
static bool
looks_like_an_answer(const struct wg_audit_frame *f)
{
    enum { PRIVILEGED = 1024 };
    return f->from.port != 0 && f->from.port < PRIVILEGED && f->to.port >= PRIVILEGED;
}

/* Frames that may have been WireGuard are counted late, so a strand may get an earlier frame. */
static bool
comes_first(const struct strand *strand, uint32_t frame)
{
    for (unsigned i = 0; i < 2; i++)
        if (strand->way[i].packets > 0 && strand->way[i].first_frame <= frame)
            return false;
    return true;
}

/* Which host began, as far as a frame shows. */
static unsigned
opener(const struct wg_audit_frame *f, unsigned sender)
{
    bool opens = f->turn == WG_AUDIT_OPENS;

    if (f->turn == WG_AUDIT_ANY_TURN)
        opens = !looks_like_an_answer(f);
    if (opens)
        return sender;
    return !sender;
}

static void
note_turn(struct strand *strand, const struct wg_audit_frame *f, unsigned sender, bool is_first)
{
    const bool guessed = f->turn == WG_AUDIT_ANY_TURN;

    if (guessed && (!is_first || strand->sure))
        return;
    if (!strand->sure)
        strand->opened[0] = strand->opened[1] = false; /* that was a guess */
    strand->sure = !guessed;
    strand->opened[opener(f, sender)] = true;
}

static void
note_neighbour(struct strand *strand, const struct route *route, const struct wg_audit_frame *f,
               unsigned sender)
{
    const struct host *host = route->host[sender];

    strand->group |= f->group;
    /* It goes straight to another host of the link, while the tunnel goes by way of a router. */
    strand->neighbour |= f->link.receiver != 0 && host->next_hop != 0 &&
                         host->next_hop != UNSURE_HOP && host->next_hop != f->link.receiver;
}

bool
wg_audit_is_transport(const char *protocol)
{
    return strcmp(protocol, "TCP") == 0 || strcmp(protocol, "UDP") == 0;
}

/* The state of the tunnel that a frame goes beside; NULL: there is none yet. */
static const struct state *
state_for(const struct wg_audit *a, const struct wg_audit_frame *f)
{
    const struct pair *pair = wg_audit_find_pair(a, &f->from, &f->to);
    const struct host *host = wg_audit_find_host(a, &f->from);
    const struct card *card = NULL;

    if (pair != NULL)
        return &pair->state;
    if (host != NULL && host->paired)
        return &host->state;
    /* It may be another address of a client, even one whose first frame is held back. */
    if (host != NULL && host->card != NULL)
        card = wg_audit_card(host);
    else
        card = wg_audit_card_of_sender(a, &f->link);
    if (card == NULL || card->owner == NULL)
        return NULL;
    return &card->owner->state;
}

/* packets: how many frames to count; `f` is the first of them. */
static void
count_beside(struct wg_audit *a, const struct wg_audit_frame *f, uint64_t packets, uint64_t bytes,
             const enum wg_audit_phase *phase)
{
    struct route *route = make_route(a, f);
    struct strand *strand = NULL;
    unsigned sender = 0;

    if (route != NULL) {
        sender = !wg_endpoint_same_host(&f->from, &route->key[0]);
        strand = make_strand(a, route, f, sender);
    }
    if (strand == NULL) {
        a->totals.uncounted += packets;
        return;
    }
    struct way *way = &strand->way[sender];
    const bool is_first = comes_first(strand, f->frame);
    wg_audit_note_card(a, route->host[sender], &f->link);
    note_turn(strand, f, sender, is_first);
    note_neighbour(strand, route, f, sender);
    strand->several |= strand->other_port != MAX(f->from.port, f->to.port);
    if (wg_audit_is_transport(strand->protocol))
        strand->protocol = f->protocol;
    if (way->packets == 0 || f->frame < way->first_frame)
        way->first_frame = f->frame;
    way->packets += packets;
    way->bytes += bytes;
    if (phase != NULL)
        way->phase[*phase] += packets;
    else
        wg_audit_count_phase(way, state_for(a, f), f->time, packets);
}

/* phase: NULL for the phase now */
static void
add_beside(struct wg_audit *a, const struct wg_audit_frame *f, const enum wg_audit_phase *phase)
{
    wg_audit_forget_answers(a);
    a->totals.frames++;
    a->totals.linked += f->link.bare == 0;
    count_beside(a, f, 1, f->length, phase);
}

void
wg_audit_beside(struct wg_audit *a, const struct wg_audit_frame *f)
{
    add_beside(a, f, NULL);
}

/* ---- held back ---- */

/* Whether a datagram between these endpoints was a tunnel's, as far as is known. */
static bool
is_of_tunnel(const struct wg_audit *a, const struct wg_endpoint *source,
             const struct wg_endpoint *destination)
{
    return wg_audit_is_socket(a, source, source->port) &&
           wg_audit_is_socket(a, destination, destination->port) &&
           wg_audit_find_pair(a, source, destination) != NULL;
}

static void
settle_oldest(struct wg_audit *a)
{
    g_autofree struct held *held = g_queue_pop_head(&a->held);

    g_hash_table_remove(a->held_by_frame, GUINT_TO_POINTER(held->f.frame));
    if (held->about[0].family != 0 && is_of_tunnel(a, &held->about[0], &held->about[1]))
        wg_audit_error(a, held->f.frame);
    else
        add_beside(a, &held->f, &held->phase);
}

static void
hold(struct wg_audit *a, const struct wg_audit_frame *f, const struct wg_endpoint *source,
     const struct wg_endpoint *destination)
{
    struct held *held = g_new0(struct held, 1);

    held->f = *f;
    held->phase = wg_audit_phase_now(state_for(a, f), f->time);
    if (source != NULL) {
        held->about[0] = *source;
        held->about[1] = *destination;
    }
    g_queue_push_tail(&a->held, held);
    g_hash_table_insert(a->held_by_frame, GUINT_TO_POINTER(f->frame), a->held.tail);
    if (a->held.length > MOST_HELD)
        settle_oldest(a);
}

void
wg_audit_hold(struct wg_audit *a, const struct wg_audit_frame *f)
{
    hold(a, f, NULL, NULL);
}

void
wg_audit_error_about(struct wg_audit *a, const struct wg_audit_frame *f,
                     const struct wg_endpoint *source, const struct wg_endpoint *destination)
{
    if (is_of_tunnel(a, source, destination))
        wg_audit_error(a, f->frame);
    else
        hold(a, f, source, destination);
}

/* ---- fragments ---- */

static const char told_with_it[] = "IP fragment (told with its datagram)";

static struct pieces *
find_pieces(struct wg_audit *a, const struct wg_endpoint *from, const struct wg_endpoint *to,
            uint32_t id)
{
    const struct pieces sought = { .key = { wg_audit_host_of(from), wg_audit_host_of(to) },
                                   .id = id };
    struct pieces *pieces = g_hash_table_lookup(a->pieces, &sought);

    if (pieces != NULL || a->pieces_in_order->len == MOST_PIECES)
        return pieces;
    pieces = g_memdup2(&sought, sizeof sought);
    g_ptr_array_add(a->pieces_in_order, pieces);
    g_hash_table_add(a->pieces, pieces);
    return pieces;
}

/* Count fragments as traffic: nothing else of their datagram was seen. */
static void
count_pieces(struct wg_audit *a, struct pieces *pieces)
{
    if (!pieces->told && pieces->count > 0)
        count_beside(a, &pieces->best, pieces->count, pieces->bytes, &pieces->phase);
    pieces->count = 0;
    pieces->bytes = 0;
    pieces->told = pieces->has_first = false;
}

void
wg_audit_fragment(struct wg_audit *a, const struct wg_audit_frame *f, uint32_t id, bool first)
{
    struct pieces *pieces = find_pieces(a, &f->from, &f->to, id);

    wg_audit_forget_answers(a);
    a->totals.frames++;
    if (pieces == NULL) {
        a->totals.uncounted++;
        return;
    }
    /* Identifications repeat: this is a new datagram. */
    if (first && (pieces->told || pieces->has_first))
        count_pieces(a, pieces);
    if (pieces->told) {
        wg_audit_count_apart(a, told_with_it, f->frame, 1);
        return;
    }
    if (pieces->count == 0)
        pieces->phase = wg_audit_phase_now(state_for(a, f), f->time);
    if (pieces->count == 0 || first)
        pieces->best = *f;
    pieces->has_first |= first;
    pieces->count++;
    pieces->bytes += f->length;
}

void
wg_audit_whole(struct wg_audit *a, const struct wg_endpoint *from, const struct wg_endpoint *to,
               uint32_t id)
{
    struct pieces *pieces = find_pieces(a, from, to, id);

    if (pieces == NULL)
        return;
    if (pieces->count > 0)
        wg_audit_count_apart(a, told_with_it, pieces->best.frame, pieces->count);
    pieces->count = 0;
    pieces->bytes = 0;
    pieces->told = true;
}

void
wg_audit_finish(struct wg_audit *a)
{
    while (!g_queue_is_empty(&a->held))
        settle_oldest(a);
    for (unsigned i = 0; i < a->pieces_in_order->len; i++)
        count_pieces(a, g_ptr_array_index(a->pieces_in_order, i));
}
