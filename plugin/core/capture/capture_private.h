/* capture_private.h
 * Shared by the files that decide which datagrams are WireGuard.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_CAPTURE_PRIVATE_H
#define WG_CAPTURE_PRIVATE_H

#include <glib.h>

#include "wg/capture.h"
#include "wg/flows.h"
#include "wg/recognise.h"

/* ---- messages.c ---- */

/* The messages of a datagram. */
struct wg_messages {
    const struct wg_wire_view *first;
    size_t count, stride; /* stride: bytes from one to the next, if there are several */
    unsigned notes;
};

struct wg_messages wg_messages_of(const struct wg_wire_view *first);

/* How many of them are known: all if the first is data, since the rest is then taken for data, too;
 * else those whose header was captured. */
size_t wg_messages_told(const struct wg_messages *m);

/* Message `index` of a datagram: the first one itself if it is the only one, else made in `room`.
 * If it was not kept, it is made from the first one: only its counter differs, and the length of
 * the last. */
const struct wg_wire_view *wg_message_at(const struct wg_messages *m, size_t index,
                                         struct wg_wire_view *room);

/* ---- waiting.c ---- */

/* A datagram that may turn out to be WireGuard. */
struct wg_pending {
    struct wg_message_context context;
    struct wg_note_place place;
    struct wg_messages messages; /* without `first` */
    size_t length;               /* of the datagram on the wire */
    uint8_t *bytes; /* all that accounting needs, or, if keys may open it, all that was captured */
    size_t kept;    /* how many of these bytes */
};

/* What is known of a flow before it is proved to be WireGuard. */
struct wg_waiting {
    struct wg_run runs[2]; /* from low, from high */
    GArray *pending;       /* of struct wg_pending */
    GList *place;          /* its flow's place among those that wait */
};

/* All flows that wait. */
struct wg_waiting_room {
    GQueue flows; /* struct wg_flow, the oldest first */
    size_t bytes; /* kept of datagrams */
};

/* The flow waits from now on. If too many do, the one that has waited longest is forgotten. */
void wg_waiting_start(struct wg_waiting_room *room, struct wg_sessions *sessions,
                      struct wg_flow *flow);
void wg_waiting_stop(struct wg_waiting_room *room, struct wg_flow *flow);
void wg_waiting_clear(struct wg_waiting_room *room);

/* whole: keep all of the datagram, so that it can be opened later, if there is room */
void wg_waiting_remember(struct wg_waiting_room *room, struct wg_flow *flow,
                         const struct wg_datagram *d, const struct wg_note_place *place,
                         const struct wg_messages *m, bool whole);

/* Forget the datagram if it was just remembered: it can come twice, by heuristic and then port. */
void wg_waiting_forget_earlier_try(struct wg_waiting_room *room, struct wg_flow *flow,
                                   const struct wg_note_place *place);

/* Whether another possible datagram, with those before it, proves the flow. */
bool wg_waiting_weigh(struct wg_waiting *waiting, const struct wg_message_context *context,
                      const struct wg_messages *m);

#endif
