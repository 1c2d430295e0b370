/* fit.h
 * How well a message fits a direction that has its receiver index: by the place, by the counter,
 * and by the state of the session.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_FIT_H
#define WG_FIT_H

#include "sessions_private.h"

/* A message that looks for its direction. */
struct wg_query {
    uint32_t index;
    const struct wg_endpoint *source, *destination;
    const uint64_t *counter;       /* of transport data, else NULL */
    const struct wg_arrival *data; /* the same if it is being accounted for, else NULL */
};

/* How well a packet fits the counters that a direction has seen; a new one begins with 0. */
enum wg_fit {
    WG_FIT_FAR,
    WG_FIT_NEAR,  /* a receiver may still take it */
    WG_FIT_AHEAD, /* a few packets are missing before it */
    WG_FIT_NEXT,
    WG_FIT_COPY, /* that packet was seen */
};

/* Whether the direction's receiver is, or was before it moved, at this endpoint; or its sender. */
bool wg_fit_receiver_at(const struct wg_direction *d, const struct wg_endpoint *place);
bool wg_fit_sender_at(const struct wg_direction *d, const struct wg_endpoint *place);

/* Whether a receiver may still take a counter, by the highest one before; a new direction begins
 * with 0. */
bool wg_fit_is_near(const struct wg_counters *c, uint64_t counter);

/* Whether data can be expected of a direction: its handshake was answered, or it was in use before
 * the capture began. */
bool wg_fit_is_in_use(const struct wg_direction *d);

/* By the counter; WG_FIT_FAR if the message has none. */
enum wg_fit wg_fit_of(const struct wg_sessions *s, const struct wg_direction *d,
                      const struct wg_query *q);

/* Whether nothing speaks against a packet's being of this direction: another packet with its
 * counter would, and keys that nobody has yet, or has no more. */
bool wg_fit_is_possible(const struct wg_sessions *s, const struct wg_direction *d,
                        const struct wg_query *q);

/* Whether a packet belongs to the direction, even from a place where the sender was not before. */
bool wg_fit_may_come_from(const struct wg_sessions *s, const struct wg_direction *d,
                          const struct wg_query *q);

#endif
