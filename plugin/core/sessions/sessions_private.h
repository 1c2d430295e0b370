/* sessions_private.h
 * What the files of the session table share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_SESSIONS_PRIVATE_H
#define WG_SESSIONS_PRIVATE_H

#include <glib.h>

#include "pages.h"
#include "wg/opening.h"
#include "wg/sessions.h"
#include "wg/timers.h"

struct wg_unproved;

/* Two endpoints in the order of wg_endpoint_compare. */
struct wg_ends {
    struct wg_endpoint low, high;
};

/* All that passes between two endpoints. */
struct wg_pair {
    struct wg_ends ends; /* the table finds it by these, its first member */
    bool proved;                       /* that it is WireGuard; see capture.c */
    uint8_t reserved[WG_RESERVED_LEN]; /* once proved, what its messages have there */
    struct wg_unproved *unproved;      /* what waits for the proof, or NULL; owned by capture.c */
    struct wg_session *last;     /* that began last; further ones along `previous` */
    struct wg_session *moved_in; /* the last one that came here by roaming */
    struct wg_session *last_try[2]; /* the last handshake of low, of high */
};

struct wg_sessions {
    struct wg_notes *notes;
    struct wg_opener *opener;      /* NULL: nothing is decrypted */
    struct wg_pages sessions;      /* by stream */
    struct wg_pages directions, responses;
    GHashTable *by_index;          /* set of struct wg_direction, the newest of each index */
    GHashTable *pairs;             /* set of struct wg_pair, by its ends */
    GHashTable *previous_endpoint; /* ROAMED struct wg_note -> struct wg_endpoint */
    struct wg_counters_pool pool;
};

/* ---- sessions.c ---- */

/* The newest direction with an index; the others along `older`. */
struct wg_direction *wg_sessions_chain(const struct wg_sessions *s, uint32_t index);

/* The pair of a message's endpoints, or NULL. */
struct wg_pair *wg_sessions_find_pair(const struct wg_sessions *s, const struct wg_endpoint *a,
                                      const struct wg_endpoint *b);

/* The same, made where there is none. */
struct wg_pair *wg_sessions_pair(struct wg_sessions *s, const struct wg_endpoint *a,
                                 const struct wg_endpoint *b);

/* Drop a pair that has nothing waiting, unless sessions need it. */
void wg_sessions_forget_pair(struct wg_sessions *s, struct wg_pair *pair);

/* A session that begins between these endpoints. */
struct wg_session *wg_sessions_new_session(struct wg_sessions *s, struct wg_pair *pair,
                                           const struct wg_wire_view *view);

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

/* ---- handshakes.c ---- */

void wg_sessions_add_initiation(struct wg_sessions *s, const struct wg_message_context *context,
                                const struct wg_wire_view *view, struct wg_note *note);
void wg_sessions_add_response(struct wg_sessions *s, const struct wg_message_context *context,
                              const struct wg_wire_view *view, struct wg_note *note);
void wg_sessions_add_cookie_reply(struct wg_sessions *s, const struct wg_message_context *context,
                                  const struct wg_wire_view *view, struct wg_note *note);

/* ---- data.c ---- */

void wg_sessions_add_data(struct wg_sessions *s, const struct wg_message_context *context,
                          const struct wg_wire_view *view, struct wg_note *note, uint32_t number);

#endif
