/* sessions_private.h
 * What the files of the session table share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_SESSIONS_PRIVATE_H
#define WG_SESSIONS_PRIVATE_H

#include <glib.h>

#include "pages.h"
#include "wg/flows.h"
#include "wg/sessions.h"
#include "wg/timers.h"

/* Messages of which is remembered when and where they were captured, for telling copies. */
enum { WG_RECENT = 256 };

/* Indices that are found without the table: those that were looked for last. */
enum { WG_LATEST = 64 };

struct wg_recent {
    uint32_t frame, interface;
    int64_t time;
};

struct wg_sessions {
    struct wg_notes *notes;
    const struct wg_judge *judge; /* NULL: nothing can be decrypted here */
    void *self;                   /* what the judge is called with */
    struct wg_pages sessions;     /* by stream */
    struct wg_pages directions, initiations, responses;
    struct wg_pages moves;
    GHashTable *by_index;          /* set of struct wg_direction, the newest of each index */
    struct wg_direction **latest;  /* of those, by index modulo WG_LATEST, or NULL */
    GHashTable *flows;             /* set of struct wg_flow, by its ends */
    struct wg_flow *latest_flow;   /* of those, or NULL: packets come in rows */
    GHashTable *previous_endpoint; /* ROAMED struct wg_note -> struct wg_endpoint */
    struct wg_counters_pool pool;
    struct wg_recent recent[WG_RECENT]; /* by frame modulo WG_RECENT */
};

/* A message on its way into the table. */
struct wg_arrival {
    const struct wg_message_context *context;
    const struct wg_wire_view *view;
    struct wg_note *note;
    uint32_t number; /* of the note */
    uint8_t *plain;  /* room for the decrypted packet, or NULL */
};

/* ---- find.c ---- */

/* The newest direction with an index; the others along `older`. */
struct wg_direction *wg_sessions_chain(const struct wg_sessions *s, uint32_t index);

/* Which of here[] and before[] of its session the direction's receiver is: 0 or 1. */
unsigned wg_direction_side(const struct wg_direction *d);

/* Add a direction to those of its index. Of too many, those that nothing proves go first, but for
 * the oldest and the newest. */
void wg_sessions_link(struct wg_sessions *s, struct wg_direction *d);

/* Data seen before the handshake that announces its index: the direction waits to be claimed. */
struct wg_direction *wg_sessions_find_orphan(const struct wg_sessions *s, uint32_t index,
                                             const struct wg_endpoint *source,
                                             const struct wg_endpoint *destination);

/* ---- sessions.c ---- */

/* A session that begins in this flow; NULL: in none yet. */
struct wg_session *wg_sessions_new_session(struct wg_sessions *s, struct wg_flow *flow);

/* It is the latest of its flow: those after it are compared with it. */
void wg_sessions_begin(struct wg_flow *flow, struct wg_session *session);

struct wg_direction *wg_sessions_new_direction(struct wg_sessions *s, struct wg_session *session,
                                               uint32_t index, enum wg_role role,
                                               const struct wg_endpoint *source,
                                               const struct wg_endpoint *destination);

/* The direction to the one who chose `index` in a handshake message just seen. */
struct wg_direction *wg_sessions_announce(struct wg_sessions *s, struct wg_session *session,
                                          uint32_t index, enum wg_role role,
                                          const struct wg_endpoint *source,
                                          const struct wg_endpoint *destination);

/* Carry out the correction of a counter's result. */
void wg_sessions_correct(struct wg_sessions *s, struct wg_counter_result r);

/* ---- copies.c ---- */

/* Remember where the session's peers were, from now on. */
struct wg_moves *wg_session_moves(struct wg_sessions *s, struct wg_session *session);

/* Remember when and where a message was captured. */
void wg_sessions_remember(struct wg_sessions *s, const struct wg_message_context *context);

/* Whether what was captured in frame `first` was captured a second time, and not sent again: less
 * than a millisecond later, or on another interface. */
bool wg_sessions_captured_twice(const struct wg_sessions *s, uint32_t first,
                                const struct wg_message_context *context);

/* A message of the session that was captured twice shows two names of one place: before and behind
 * a NAT. sender: 0 the initiator's side, 1 the responder's */
void wg_session_twins(struct wg_sessions *s, struct wg_session *session, unsigned sender,
                      const struct wg_message_context *context);

/* ---- handshakes.c, responses.c ---- */

void wg_sessions_add_initiation(struct wg_sessions *s, const struct wg_arrival *arrival);
void wg_sessions_add_response(struct wg_sessions *s, const struct wg_arrival *arrival);
void wg_sessions_add_cookie_reply(struct wg_sessions *s, const struct wg_arrival *arrival);

/* Whether a message is a further copy. An altered one is not: whoever sends that first must not
 * make the right one unseen. The reserved bytes may be overwritten between two places. */
bool wg_is_copy(const uint8_t *stored, size_t captured, const struct wg_wire_view *seen);

/* Keep as much of a message as there is room for, and say how much that is. */
size_t wg_keep_bytes(uint8_t *to, size_t size, const struct wg_wire_view *view);

/* A cookie reply to the handshake before should show in mac2. */
bool wg_ignores_cookie(const struct wg_wire_view *view, uint32_t cookie_frame, int64_t age);

/* ---- data.c ---- */

void wg_sessions_add_data(struct wg_sessions *s, const struct wg_arrival *arrival);

#endif
