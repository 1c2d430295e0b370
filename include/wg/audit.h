/* audit.h
 * Is the link encrypted? What runs inside tunnels and what runs beside them, host by host.
 *
 * The model is fed with every frame of a capture, in its order: messages of tunnels, and everything
 * else between two IP hosts. Traffic beside a tunnel may come before the first message that shows
 * the tunnel, so everything is counted, by two hosts and kind. What it means to a tunnel is decided
 * when a report asks. Each frame costs the same, and asking costs no more than the length of the
 * answer.
 *
 * Sources: WireGuard paper, 6.1 (REJECT_AFTER_TIME); RFC 919, RFC 2365, RFC 4291 (broadcast, scopes
 * of groups); RFC 9293 (SYN).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_AUDIT_H
#define WG_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "wg/analysis.h"
#include "wg/endpoint.h"
#include "wg/keystore.h"
#include "wg/randomness.h"

struct wg_audit;

/* keys: for the AllowedIPs of configurations; used, not owned, must outlive the audit; may be NULL.
 */
struct wg_audit *wg_audit_new(const struct wg_keystore *keys);
void wg_audit_free(struct wg_audit *audit); /* NULL is allowed */

/* ---- feeding ---- */

/* Where on the link a frame was captured. */
struct wg_audit_link {
    uint32_t bare;   /* an interface without link layer, by any number from 1; 0: has one */
    bool named;      /* the interface is called wg0, tun0, utun3 or the like */
    uint64_t sender; /* address on the link; 0: none */
    uint64_t receiver;
    uint8_t hops; /* left to the packet; 0: unknown */
};

/* Whether a frame opens a connection or answers, by its own headers. */
enum wg_audit_turn { WG_AUDIT_ANY_TURN, WG_AUDIT_OPENS, WG_AUDIT_ANSWERS };

/* A frame between two IP hosts. */
struct wg_audit_frame {
    uint32_t frame;
    int64_t time;                /* nanoseconds since 1970 */
    uint32_t length;             /* bytes on the wire */
    struct wg_endpoint from, to; /* the outermost addresses; with ports, if there are any */
    uint8_t transport;           /* IP protocol number of these ports; 0: none */
    const char *protocol;        /* static storage: the name it is reported under */
    const char *carrier;         /* static storage: what it is wrapped in, or NULL */
    enum wg_audit_turn turn;
    bool exchange; /* it exchanges preshared keys for a tunnel, by a protocol for that */
    bool group;    /* sent to many on the link */
    struct wg_audit_link link;
};

/* A message of a tunnel. */
void wg_audit_message(struct wg_audit *audit, const struct wg_sighting *sighting,
                      const struct wg_audit_link *link);

/* Any other frame between two hosts. */
void wg_audit_beside(struct wg_audit *audit, const struct wg_audit_frame *frame);

/* The same for a frame that may turn out to be WireGuard. It is held back until wg_audit_message
 * names it, or until wg_audit_finish. */
void wg_audit_hold(struct wg_audit *audit, const struct wg_audit_frame *frame);

/* A fragment of an IP datagram in which nothing else was found. It counts as traffic unless
 * wg_audit_whole says, before or later, that its datagram was counted with another frame.
 * id     identification of the datagram
 * first  it has the beginning of the datagram */
void wg_audit_fragment(struct wg_audit *audit, const struct wg_audit_frame *frame, uint32_t id,
                       bool first);
void wg_audit_whole(struct wg_audit *audit, const struct wg_endpoint *from,
                    const struct wg_endpoint *to, uint32_t id);

/* An ICMP error that quotes a message of a tunnel. */
void wg_audit_error(struct wg_audit *audit, uint32_t frame);

/* An ICMP error that quotes a UDP header, and too little after it to show what it is. It is about a
 * tunnel if that went between the sockets of one, which may become known later; otherwise it is
 * traffic like any other frame.
 * source, destination   of the quoted datagram */
void wg_audit_error_about(struct wg_audit *audit, const struct wg_audit_frame *frame,
                          const struct wg_endpoint *source, const struct wg_endpoint *destination);

/* A frame that is not judged: what every link needs, what is not IP. A frame that is told of
 * several times in a row is counted once.
 * what   static storage */
void wg_audit_apart(struct wg_audit *audit, const char *what, uint32_t frame);

/* All frames were seen. */
void wg_audit_finish(struct wg_audit *audit);

/* ---- asking ---- */

/* What the tunnel was doing when something went beside it. */
enum wg_audit_phase { WG_AUDIT_BEFORE, WG_AUDIT_UP, WG_AUDIT_SILENT, WG_AUDIT_PHASES };

/* Two hosts between which WireGuard is seen. */
struct wg_audit_pair {
    uint32_t number; /* from 0 in order of appearance */
    uint32_t first_frame;
    struct wg_endpoint host[2];       /* port 0; 0: the client, as far as is known */
    bool knows_client;                /* host[0] sent initiations */
    bool proved_client;               /* host[0] initiated a session that carried data */
    uint64_t handshakes, data, bytes; /* each packet once */
    uint64_t responses;
    uint64_t copies;    /* further copies of packets */
    uint64_t malformed; /* types 1-3 with another length than they have, or without keys */
    uint64_t keyless;   /* of these: text or the like where they have keys and ciphertext */
    uint32_t first_malformed;
    uint64_t forged; /* messages that do not open with keys that fit; counted nowhere else */
    uint32_t first_forged;
    uint64_t authenticated; /* of data: keys opened them */
    uint64_t payload_bytes; /* ciphertext that was captured */
    /* Its two halves (wg_randomness_half); NULL before there are WG_RANDOMNESS_MIN_BYTES of it. */
    struct wg_randomness *payload;
    const uint8_t *key[2]; /* public keys, as far as known */
    uint32_t
        bare; /* all of its messages were captured on this interface without link layer; 0: no */
};

uint32_t wg_audit_count(const struct wg_audit *audit);
/* number < wg_audit_count() */
const struct wg_audit_pair *wg_audit_get(const struct wg_audit *audit, uint32_t number);

/* What something beside a tunnel is. */
enum wg_audit_kind {
    WG_AUDIT_LEAK,
    WG_AUDIT_MEANT,     /* the configuration leaves it out */
    WG_AUDIT_LOCAL,     /* to a group of the link, or to all on it */
    WG_AUDIT_ANSWER,    /* to a host that began */
    WG_AUDIT_COMPANION, /* from or to one of the tunnel's own sockets, and not WireGuard */
    WG_AUDIT_EXCHANGE,  /* an exchange of preshared keys, on a port of its own */
    WG_AUDIT_INSIDE,    /* captured inside the tunnel */
    WG_AUDIT_KINDS
};

/* Frames of one kind from one host to another; of both directions between a tunnel's hosts. */
struct wg_audit_leak {
    enum wg_audit_kind kind;
    struct wg_endpoint from, to;    /* port 0 */
    const char *protocol, *carrier; /* static storage; carrier: or NULL */
    uint16_t port;                  /* the lower one; 0: none */
    uint8_t transport;              /* IP protocol number; 0: none */
    bool both;                      /* both directions are counted */
    bool neighbour; /* straight to another host of the link, not by way of the tunnel's next hop */
    bool other_address; /* `from` is another address of the client's network card */
    uint32_t first_frame;
    uint64_t packets, bytes;
    uint64_t phase[WG_AUDIT_PHASES];
};

/* How many packets of each kind, and where the list has them: it is ordered by kind and first
 * frame. */
struct wg_audit_sum {
    uint64_t packets[WG_AUDIT_KINDS];
    unsigned first[WG_AUDIT_KINDS + 1]; /* first[kind] up to, and without, first[kind + 1] */
    uint64_t phase[WG_AUDIT_PHASES];    /* of leaks */
    uint64_t away;                      /* leaks to others than neighbours on the link */
    uint64_t other;        /* leaks from another address of the client's network card */
    unsigned other_family; /* of the first of them: WG_ENDPOINT_IPV4 or _IPV6; else 0 */
};

/* What passed between the hosts of a pair, and what its client sent to hosts that it has no tunnel
 * with; nothing if the client is not known. Owned by the audit; valid until it is fed or asked
 * again.
 * sum   may be NULL */
const GArray *wg_audit_between(struct wg_audit *audit, const struct wg_audit_pair *pair,
                               struct wg_audit_sum *sum);
const GArray *wg_audit_past(struct wg_audit *audit, const struct wg_audit_pair *pair,
                            struct wg_audit_sum *sum);

/* The first pair with the same client: what goes past is the same for all of them. */
const struct wg_audit_pair *wg_audit_first_of_client(const struct wg_audit *audit,
                                                     const struct wg_audit_pair *pair);

/* The configuration that was used: AllowedIPs of the pair's server, as written; or NULL. */
const char *wg_audit_allowed_ips(const struct wg_audit *audit, const struct wg_audit_pair *pair);

/* A kind of frame that was not judged. */
struct wg_audit_apart {
    const char *what;
    uint64_t packets;
    uint32_t first_frame;
};

uint32_t wg_audit_apart_count(const struct wg_audit *audit);
const struct wg_audit_apart *wg_audit_apart_get(const struct wg_audit *audit, uint32_t number);

struct wg_audit_totals {
    uint64_t frames;    /* that were fed */
    uint64_t uncounted; /* frames of further hosts, beyond the limits */
    uint64_t linked;    /* other frames between hosts that have a link layer */
};

struct wg_audit_totals wg_audit_get_totals(const struct wg_audit *audit);

/* Whether nothing but the transport is known of a leak. */
bool wg_audit_is_transport(const char *protocol);

#endif
