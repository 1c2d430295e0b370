/* sessions_private.h
 * Shared by the files of the session table.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_SESSIONS_PRIVATE_H
#define WG_SESSIONS_PRIVATE_H

#include <glib.h>

#include "pages.h"
#include "wg/sessions.h"
#include "wg/timers.h"

/* How many messages are remembered with the time and place of capture, to recognise copies. */
enum { WG_RECENT = 2048 };

/* How many indices are found without the table: those that were looked up last. */
enum { WG_LATEST = 64 };

static inline enum wg_role
wg_role_opposite(enum wg_role role)
{
    switch (role) {
    case WG_ROLE_INITIATOR:
        return WG_ROLE_RESPONDER;
    case WG_ROLE_RESPONDER:
        return WG_ROLE_INITIATOR;
    default:
        return WG_ROLE_UNKNOWN;
    }
}

struct wg_recent {
    uint32_t frame, interface;
    int64_t time;
    const struct wg_way *way;
};

struct wg_sessions {
    struct wg_notes *notes;
    const struct wg_judge *judge; /* NULL: nothing can be decrypted here */
    void *self;                   /* what the judge is called with */
    struct wg_pages sessions;     /* by stream */
    struct wg_pages directions, responses;
    GStringChunk *packs;           /* of struct wg_packed */
    GHashTable *by_index;          /* set of struct wg_direction, the newest of each index */
    struct wg_direction **latest;  /* of those, by index modulo WG_LATEST, or NULL */
    GHashTable *flows;             /* set of struct wg_flow, by its first way */
    struct wg_flow *latest_flow;   /* the last one found, or NULL: it often has the next packet */
    GHashTable *previous_endpoint; /* ROAMED struct wg_note -> const struct wg_endpoint */
    GHashTable *lost_many;         /* note -> uint64_t, where `lost` is WG_LOST_MANY */
    struct wg_counters_pool pool;
    struct wg_recent recent[WG_RECENT]; /* by frame modulo WG_RECENT */
};

/* A message on its way into the table. */
struct wg_arrival {
    const struct wg_message_context *context;
    const struct wg_way *way;
    const struct wg_wire_view *view;
    struct wg_note *note;
    uint32_t number; /* of the note */
    uint8_t *plain;  /* room for the decrypted packet, or NULL */
};

/* ---- extras.c ---- */

/* The session's extras, to change them. */
struct wg_extras *wg_session_make_extras(struct wg_session *session);
void wg_session_free_extras(struct wg_session *session);

/* ---- fit.c ---- */

/* The side of the direction's receiver in its session: 0 or 1, as for wg_session_here. */
unsigned wg_direction_side(const struct wg_direction *d);

/* ---- find.c ---- */

/* The newest direction with an index; the others follow along `older`. */
struct wg_direction *wg_sessions_chain(const struct wg_sessions *s, uint32_t index);

/* The same for transport data that is being accounted for: its time and its print count, too. The
 * print of its note must be there. */
struct wg_direction *wg_sessions_find_data(const struct wg_sessions *s,
                                           const struct wg_arrival *data);

/* Whether only its counter suggests that data is of this direction: it comes from elsewhere, and
 * many hosts have that index. */
bool wg_direction_is_weak(const struct wg_direction *d, const struct wg_arrival *data);

/* No key shows that data is of the direction that was found for it. If it may as well be of a
 * session of other peers, the packets of both may be mixed up from now on. */
void wg_sessions_mark_mixed(const struct wg_sessions *s, struct wg_direction *found,
                            const struct wg_arrival *data);

/* The same for a packet whose counter another packet of the direction had: whether it may be of a
 * session that swapped its place with this one. */
bool wg_sessions_may_be_swapped(const struct wg_sessions *s, struct wg_direction *found,
                                const struct wg_arrival *data);

/* The other direction of its session, or NULL. */
struct wg_direction *wg_direction_opposite(const struct wg_direction *d);

/* Add a direction to those of its index. If there are too many, unproved ones are dropped first,
 * except for the oldest and the newest. */
void wg_sessions_link(struct wg_sessions *s, struct wg_direction *d);

/* Whether data of a direction without handshake can follow a handshake message, although it comes
 * before it in the capture. An initiation must be answered first. A response may be overtaken, but
 * not by much, and not by counters that a new session does not reach by then. Other data is of a
 * session that had the index before. */
bool wg_direction_may_follow(const struct wg_direction *d, const struct wg_arrival *handshake);

/* The direction of data that came before the handshake message that announces its index, or NULL.
 */
struct wg_direction *wg_sessions_find_orphan(const struct wg_sessions *s, uint32_t index,
                                             const struct wg_way *way,
                                             const struct wg_arrival *handshake);

/* ---- table.c ---- */

/* A new session, which begins in this flow; NULL: in none yet. */
struct wg_session *wg_sessions_new_session(struct wg_sessions *s, struct wg_flow *flow);

/* Make a session the latest of its flow. Later ones are compared with it. */
void wg_sessions_begin(struct wg_flow *flow, struct wg_session *session);

struct wg_direction *wg_sessions_new_direction(struct wg_sessions *s, struct wg_session *session,
                                               uint32_t index, enum wg_role role,
                                               const struct wg_way *way);

/* The direction to the peer that chose `index` in a handshake message. */
struct wg_direction *wg_sessions_announce(struct wg_sessions *s, struct wg_session *session,
                                          uint32_t index, enum wg_role role,
                                          const struct wg_way *way,
                                          const struct wg_arrival *handshake);

/* More is lost just before a message than was thought, or, with a negative number, less. */
void wg_sessions_lose(struct wg_sessions *s, struct wg_note *note, int64_t more);

/* The session of a direction no longer has it. */
void wg_session_leave(struct wg_direction *d);

/* Carry out the correction of a counter's result. */
void wg_sessions_correct(struct wg_sessions *s, struct wg_counter_result r);

/* ---- packed.c ---- */

/* Keep an initiation or a response: as much of it as was captured, or nothing if nobody knows its
 * layout. It stays until `packs` is freed. */
const struct wg_packed *wg_pack(GStringChunk *packs, const struct wg_wire_view *view);

/* Whether a copy has bytes of the message that were not captured before. */
bool wg_packed_lacks(const struct wg_packed *packed, const struct wg_wire_view *copy);

/* Whether a message is a further copy. An altered message is not: sent first, it must not hide the
 * right one. The reserved bytes may be overwritten between two places. */
bool wg_packed_is_copy(const struct wg_packed *packed, const struct wg_wire_view *seen);

/* ---- copies.c ---- */

/* Remember when and where a message was captured. */
void wg_sessions_remember(struct wg_sessions *s, const struct wg_arrival *arrival);

/* Data comes in a direction. If keys do not show which of several responses the initiator took, its
 * data does: that for which most packets come. */
void wg_sessions_use_response(struct wg_sessions *s, struct wg_direction *direction);

/* The message repeats that of frame `reference` of its note, byte for byte. Note whether it was
 * captured a second time, and not sent again: on another interface, or at once; or soon, with other
 * addresses, on the other side of a NAT. They are then other names of the same places.
 * sender: 0 the initiator's side, 1 the responder's */
void wg_session_note_copy(struct wg_sessions *s, struct wg_session *session, unsigned sender,
                          const struct wg_arrival *arrival);

/* ---- handshakes.c, responses.c ---- */

void wg_sessions_add_initiation(struct wg_sessions *s, const struct wg_arrival *arrival);
void wg_sessions_add_response(struct wg_sessions *s, const struct wg_arrival *arrival);
void wg_sessions_add_cookie_reply(struct wg_sessions *s, const struct wg_arrival *arrival);

/* The initiator's handshake before this one, or NULL. */
const struct wg_session *wg_session_previous_try(const struct wg_session *session);

/* Whether mac2 is zero although the message before got a cookie reply. age: time since then */
bool wg_ignores_cookie(const struct wg_wire_view *view, uint32_t cookie_frame, int64_t age);

/* ---- pairing.c ---- */

/* A direction for data that no captured handshake announced. It shares the session of the opposite
 * direction if that one has no counterpart yet. O(1) */
struct wg_direction *wg_sessions_new_orphan(struct wg_sessions *s, const struct wg_arrival *data);

/* Data went to a place where its receiver was not before. If the receiver sent from there, in what
 * looked like a session of its own, the two are one. moved: its direction; its session has moved */
void wg_sessions_join(struct wg_sessions *s, struct wg_direction *moved,
                      const struct wg_arrival *data);

/* Whether this endpoint is the other name of a side's place, before or after a NAT. */
bool wg_session_is_twin(const struct wg_session *session, unsigned side,
                        const struct wg_endpoint *place);

/* ---- data.c ---- */

void wg_sessions_add_data(struct wg_sessions *s, const struct wg_arrival *arrival);

#endif
