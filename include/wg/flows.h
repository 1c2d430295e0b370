/* flows.h
 * A flow: all that passes between two endpoints, in both directions.
 *
 * The session table keeps the flows. The code that decides whether a flow is WireGuard (capture.h)
 * keeps its own state in them, so that a packet takes one look-up.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_FLOWS_H
#define WG_FLOWS_H

#include <stdbool.h>

#include "wg/endpoint.h"
#include "wg/wire.h"

struct wg_session;
struct wg_sessions;
struct wg_waiting;

/* One of the two ways through a flow. Sessions have many messages between the same endpoints, so
 * they refer to these. */
struct wg_way {
    struct wg_endpoint source, destination;
};

/* Owned by the session table. */
struct wg_flow {
    /* From the lower endpoint (wg_endpoint_compare) to the higher, and back. The table finds the
     * flow by its first member. */
    struct wg_way ways[2];
    bool used;                      /* sessions refer to its ways */
    bool proved;                    /* to be WireGuard */
    uint32_t id;                    /* of its messages' envelope, once it is proved, or 0 */
    struct wg_waiting *waiting;     /* what waits for the proof, or NULL; of capture.h */
    struct wg_session *last;        /* the one that began last; others along `previous` */
    struct wg_session *moved_in;    /* the last one that came here by roaming */
    struct wg_session *last_try[2]; /* the last handshake on each way */
};

/* The flow of a message's endpoints, or NULL. */
struct wg_flow *wg_flows_find(struct wg_sessions *sessions, const struct wg_endpoint *a,
                              const struct wg_endpoint *b);

/* The same, but it is made if there is none. */
struct wg_flow *wg_flows_get(struct wg_sessions *sessions, const struct wg_endpoint *a,
                             const struct wg_endpoint *b);

/* The way between these endpoints. It stays where it is until the table is freed. */
const struct wg_way *wg_flows_way(struct wg_sessions *sessions, const struct wg_endpoint *source,
                                  const struct wg_endpoint *destination);

/* The other way through the same flow. */
const struct wg_way *wg_way_back(const struct wg_way *way);

/* Drop a flow that has nothing waiting, unless sessions refer to it. */
void wg_flows_forget(struct wg_sessions *sessions, struct wg_flow *flow);

#endif
