/* audit_model.h
 * What runs inside tunnels and what runs beside them, host by host.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_AUDIT_MODEL_H
#define WG_AUDIT_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "wg/diagnosis.h"
#include "wg/randomness.h"

/* What the tunnel was doing when something went beside it. */
enum audit_phase { AUDIT_BEFORE, AUDIT_UP, AUDIT_SILENT, AUDIT_PHASES };

/* Whether a host has a tunnel that carries something. */
struct audit_state {
    bool ever, failing; /* failing: its initiations are not answered */
    int64_t last;       /* nanoseconds: when an answer or data was seen last */
};

/* Frames of one kind. A kind is a protocol above IP and, with ports, its lower port. */
struct audit_strand {
    struct audit_strand *next; /* of the same route */
    const char *protocol; /* the host's short name: static storage */
    uint16_t port;        /* 0: none */
    bool to_port;         /* the destination has that port */
    uint32_t first_frame;
    uint64_t packets, bytes;
    uint64_t phase[AUDIT_PHASES];
};

/* All frames from one host to another that are not WireGuard. */
struct audit_route {
    struct wg_endpoint from, to; /* port 0 */
    struct audit_route *next;    /* from the same host */
    struct audit_strand *strands;
};

struct audit_host {
    struct wg_endpoint address; /* port 0 */
    struct audit_route *routes;
    struct audit_state state;
    GArray *pairs; /* uint32_t: numbers of those that it is one of */
};

/* Two hosts between which WireGuard is seen. */
struct audit_pair {
    struct wg_endpoint host[2]; /* port 0; 0: the first initiator, or who sent first */
    bool knows_client;          /* a handshake shows that host[0] is the initiator */
    struct audit_state state;
    uint64_t handshakes, data, bytes;
    uint64_t tried, authenticated; /* data that keys were tried on; that they opened */
    struct wg_randomness *payload; /* NULL before any data */
    const uint8_t *key[2];         /* public keys, as far as known */
    uint32_t number;               /* from 0 in order of appearance */
    uint32_t first_frame;
};

/* What is needed on every link, and errors about the tunnel itself. */
struct audit_apart {
    const char *what; /* static storage */
    uint64_t packets;
    uint32_t first_frame;
};

struct audit {
    GPtrArray *pairs; /* struct audit_pair; owns them */
    GPtrArray *apart; /* struct audit_apart; owns them */
    GHashTable *pair_set, *hosts, *routes;
    unsigned strand_count;
    GQueue held; /* struct audit_frame that may turn out to be WireGuard, oldest first */
    GHashTable *held_by_frame; /* frame number -> its place in the queue */
    uint64_t uncounted; /* frames of further hosts, beyond what is kept */
    uint64_t frames;
};

void wg_audit_init(struct audit *a);
void wg_audit_clear(struct audit *a);

/* A message of a tunnel. returns its pair. */
const struct audit_pair *wg_audit_message(struct audit *a, const struct wg_sighting *s);

/* Any other frame between two hosts, in the order of the capture. */
struct audit_frame {
    uint32_t frame;
    int64_t time; /* nanoseconds since 1970 */
    uint32_t length;
    struct wg_endpoint from, to; /* with ports, if there are any */
    const char *protocol; /* static storage */
};
void wg_audit_beside(struct audit *a, const struct audit_frame *f);

/* The same for a frame that may turn out to be WireGuard: it is held back until a message is told to
 * have been in it, or until wg_audit_settle. */
void wg_audit_hold(struct audit *a, const struct audit_frame *f);
void wg_audit_settle(struct audit *a);

/* A frame that is no leak. */
void wg_audit_apart(struct audit *a, const char *what, uint32_t frame);

/* NULL where there is none. */
const struct audit_route *wg_audit_route(const struct audit *a, const struct wg_endpoint *from,
                                         const struct wg_endpoint *to);
const struct audit_host *wg_audit_host(const struct audit *a, const struct wg_endpoint *address);
const struct audit_pair *wg_audit_pair(const struct audit *a, const struct wg_endpoint *x,
                                       const struct wg_endpoint *y);

/* Whether no more than the transport is known of a strand. */
bool wg_audit_is_transport(const char *protocol);

#endif
