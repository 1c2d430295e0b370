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

/* Two endpoints in the order of wg_endpoint_compare. */
struct wg_ends {
    struct wg_endpoint low, high;
};

/* Owned by the session table. */
struct wg_flow {
    struct wg_ends ends;            /* the table finds it by these, its first member */
    bool proved;                    /* to be WireGuard */
    uint32_t id;                    /* of its messages' envelope, once it is proved, or 0 */
    struct wg_waiting *waiting;     /* what waits for the proof, or NULL; of capture.h */
    struct wg_session *last;        /* the one that began last; others along `previous` */
    struct wg_session *moved_in;    /* the last one that came here by roaming */
    struct wg_session *last_try[2]; /* the last handshake of low, of high */
};

/* The flow of a message's endpoints, or NULL. */
struct wg_flow *wg_flows_find(struct wg_sessions *sessions, const struct wg_endpoint *a,
                              const struct wg_endpoint *b);

/* The same, but it is made if there is none. */
struct wg_flow *wg_flows_get(struct wg_sessions *sessions, const struct wg_endpoint *a,
                             const struct wg_endpoint *b);

/* Drop a flow that has nothing waiting, unless sessions need it. */
void wg_flows_forget(struct wg_sessions *sessions, struct wg_flow *flow);

#endif
