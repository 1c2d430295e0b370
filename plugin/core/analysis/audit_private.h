/* audit_private.h
 * What the audit keeps of a capture.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_AUDIT_PRIVATE_H
#define WG_AUDIT_PRIVATE_H

#include "wg/audit.h"

/* Whether a tunnel, or any tunnel of a host, is up. */
struct state {
    bool ever, failing; /* failing: its initiations are not answered */
    int64_t last;       /* nanoseconds: when an answer or data was seen last */
    int64_t failing_since;
    uint32_t failures;    /* how often it failed, the present failure included */
    GByteArray *outcomes; /* of failures that are over: enum wg_audit_phase; NULL before any */
};

/* What went in one direction. */
struct way {
    uint32_t first_frame;
    uint64_t packets, bytes;
    uint64_t phase[WG_AUDIT_PHASES];
    /* packets while initiations were not answered; what follows shows whether it was up */
    uint64_t doubtful;
    const struct state *doubted; /* whose failure */
    uint32_t failure;            /* its number, from 1 */
};

/* Frames of one kind between two hosts. A kind is a protocol above IP, what it is wrapped in, its
 * lower port, and the interface where there is no link layer. */
struct strand {
    struct strand *next; /* of the same route */
    const char *protocol, *carrier;
    uint16_t port, other_port; /* the lower one, and the higher one of the first frame; 0: none */
    uint8_t transport;
    uint8_t port_side; /* whose port is `port` */
    bool several;      /* there are further higher ports */
    bool on_socket; /* from or to a tunnel's socket, and that was known when its first frame came */
    bool group, neighbour, exchange;
    bool opened[2], sure; /* which host began; sure: a frame itself said so */
    uint32_t bare;
    struct way way[2]; /* from host 0 of the route, from host 1 */
};

struct host;

/* All frames between two hosts that are not WireGuard. */
struct route {
    struct wg_endpoint key[2]; /* first: the key; ordered, port 0 */
    struct host *host[2];      /* the same order */
    struct route *next[2];     /* of the same host */
    struct strand *strands;
};

struct host {
    struct wg_endpoint address; /* first: the key; port 0 */
    struct route *routes;
    struct state state;
    struct card *card; /* NULL: not seen; may be `several_cards` of the audit */
    uint64_t next_hop; /* where its tunnels' messages go on the link; 0: not seen; or UNSURE_HOP */
    struct host *next_of_card;
    struct wg_audit_pair *first_pair; /* that it is the client of, or NULL */
    bool paired;                      /* it is one of a pair */
    GArray *past; /* struct wg_audit_leak; NULL: not asked for since it was fed */
    struct wg_audit_sum past_sum;
};

#define UNSURE_HOP UINT64_MAX

/* The hosts of a network card. */
struct card {
    uint64_t address; /* first: the key */
    struct host *hosts;
    struct host *owner; /* one that has a tunnel, or NULL */
    unsigned count;
    bool meaningless; /* both hosts of a pair have it */
};

/* A pair and what only the audit needs of it. */
struct pair {
    struct wg_audit_pair pair; /* first */
    struct wg_endpoint key[2]; /* ordered */
    struct host *host[2];      /* in the order of pair.host */
    struct state state;
    struct wg_audit_pair *next_of_client;
    GByteArray *few; /* ciphertext, while it is too little for a table of counts; or NULL */
};

/* A frame that may turn out to be WireGuard, or an error about it. */
struct held {
    struct wg_audit_frame f;
    struct wg_endpoint about[2]; /* of the UDP header that it quotes; family 0: none */
    enum wg_audit_phase phase;   /* when it came */
};

/* The fragments of one datagram. */
struct pieces {
    struct wg_endpoint key[2]; /* from, to; port 0 */
    uint32_t id;
    struct wg_audit_frame best; /* the fragment that shows most */
    enum wg_audit_phase phase;  /* when the first came */
    bool has_first, told;
    uint32_t count;
    uint64_t bytes;
};

struct wg_audit {
    const struct wg_keystore *keys;
    GPtrArray *pairs;      /* struct pair; owns them */
    GPtrArray *apart;      /* struct wg_audit_apart; owns them */
    uint32_t latest_apart; /* frame */
    GHashTable *pair_set, *hosts, *routes, *cards, *apart_set, *sockets;
    struct card several_cards; /* meaningless: that of a host that was seen with different ones */
    GHashTable *bare_tunnels; /* set of interfaces without link layer on which messages were seen */
    bool linked_tunnels;      /* messages were seen with a link layer, too */
    unsigned strand_count;
    GQueue held;               /* struct held, oldest first */
    GHashTable *held_by_frame; /* frame number -> its place in the queue */
    GHashTable *pieces;        /* set of struct pieces */
    GPtrArray *pieces_in_order;
    GArray *between; /* struct wg_audit_leak; what was asked for last */
    GArray *nothing; /* the same, empty */
    struct wg_audit_totals totals;
    struct {
        struct pair *pair;             /* of the latest message, or NULL */
        struct wg_endpoint sockets[2]; /* that it passed between */
        bool noted;                    /* they are in the set of sockets */
    } latest;
    bool asked; /* since it was fed: clients are tied, and some have `past` */
};

/* ---- audit.c ---- */

struct two {
    struct wg_endpoint e[2];
};

/* An endpoint without its port. */
struct wg_endpoint wg_audit_host_of(const struct wg_endpoint *e);
/* The hosts, in an order that does not depend on the direction. */
struct two wg_audit_ordered(const struct wg_endpoint *x, const struct wg_endpoint *y);

/* What is known of a host, or between two; NULL: nothing. */
struct host *wg_audit_find_host(const struct wg_audit *a, const struct wg_endpoint *address);
struct pair *wg_audit_find_pair(const struct wg_audit *a, const struct wg_endpoint *x,
                                const struct wg_endpoint *y);
const struct route *wg_audit_find_route(const struct wg_audit *a, const struct wg_endpoint *x,
                                        const struct wg_endpoint *y);

struct host *wg_audit_make_host(struct wg_audit *a, const struct wg_endpoint *address);
bool wg_audit_is_socket(const struct wg_audit *a, const struct wg_endpoint *e, uint16_t port);
void wg_audit_note_card(struct wg_audit *a, struct host *host, const struct wg_audit_link *link);
/* The card of a host; NULL: not known, or it has several. */
struct card *wg_audit_card(const struct host *host);
/* The card that a frame was sent by; NULL: not known, or a router forwarded it. */
struct card *wg_audit_card_of_sender(const struct wg_audit *a, const struct wg_audit_link *link);
void wg_audit_count_apart(struct wg_audit *a, const char *what, uint32_t frame, uint64_t packets);
/* Drop the answers that were worked out before: the audit was fed since. */
void wg_audit_forget_answers(struct wg_audit *a);

/* ---- audit_tunnels.c ---- */

/* state: NULL where there is no tunnel yet */
enum wg_audit_phase wg_audit_phase_now(const struct state *state, int64_t time);
void wg_audit_count_phase(struct way *way, const struct state *state, int64_t time,
                          uint64_t packets);
/* The phase of a failure, as far as is known now. */
enum wg_audit_phase wg_audit_outcome(const struct state *state, uint32_t failure);

#endif
