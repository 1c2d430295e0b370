/* sessions.h
 * The session table: which messages belong together.
 *
 * A session is what one handshake initiation starts: its responses, its cookie replies, and the
 * transport data of both directions. Data whose handshake was not captured makes a session, too,
 * with less known about it. Indices tie messages together (WireGuard paper, 5.4: sender and
 * receiver); addresses decide only where several sessions have the same index.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_SESSIONS_H
#define WG_SESSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "wg/counters.h"
#include "wg/crypto.h"
#include "wg/endpoint.h"
#include "wg/flows.h"
#include "wg/notes.h"
#include "wg/status.h"
#include "wg/wire.h"

struct wg_static_key;

enum wg_role {
    WG_ROLE_UNKNOWN,
    WG_ROLE_INITIATOR,
    WG_ROLE_RESPONDER,
};

/* Nanoseconds from one time to another; negative if the second is earlier. A capture file can hold
 * any times: if they are too far apart, it is the largest value that fits, with the right sign. */
static inline int64_t
wg_elapsed(int64_t from, int64_t to)
{
    int64_t elapsed;

    if (!__builtin_sub_overflow(to, from, &elapsed))
        return elapsed;
    return to >= from ? INT64_MAX : -INT64_MAX;
}

/* Where and when a message was captured. */
struct wg_message_context {
    uint32_t frame;     /* from 1 */
    int64_t time;       /* nanoseconds since 1970 */
    uint32_t interface; /* of the capture: each packet may have been captured on several */
    struct wg_endpoint source;
    struct wg_endpoint destination;
};

/* A handshake message, in little room; see wg_unpack_initiation. */
struct wg_packed;

/* How many packets with the lowest counters a direction remembers. */
enum { WG_BEGINNING = 3 };

/* Transport data for one receiver index. Owned by the table. */
struct wg_direction {
    uint32_t index;               /* receiver index; the table finds it by this, its first member */
    uint32_t failed;              /* packets that a key should have opened, but did not */
    struct wg_session *session;   /* never NULL */
    struct wg_response *response; /* the response that announced it (receiver == RESPONDER) */
    struct wg_direction *older;   /* the next with the same index */
    const struct wg_way *way;     /* of its last data; before any data, as the handshake says */
    int64_t first_time, last_time; /* of its data */
    int64_t unreplied; /* time of the first packet since the receiver last sent one; 0: none */
    struct wg_direction_keys *keys; /* of opening.h, or NULL */
    struct wg_counters counters;
    uint16_t beginning[WG_BEGINNING]; /* prints of counters 0 to 2 (see notes.h) */
    uint8_t forgotten_run;        /* packets in a row from counter 0 on, far below the highest */
    uint8_t began : WG_BEGINNING; /* a bit for each packet of `beginning` that was seen */
    uint8_t receiver : 2;         /* enum wg_role: of the peer that chose the index */
    bool keyed : 1;               /* a key opened one of its packets, so the others need one, too */
    bool mixed : 1; /* some of its packets may be of another session that has the same index */
};

/* One response to the session's initiation; the first is the one that counts until proved wrong. */
struct wg_response {
    struct wg_response *next;
    int64_t time;
    uint32_t frame;
    uint32_t cookie_frame; /* the cookie reply that it provoked, or 0 */
    const struct wg_way *way;
    const struct wg_packed *message;
    struct wg_direction *to_responder;
    struct wg_response_keys *keys; /* what the keys opened, or NULL; of opening.h */
    uint8_t proof;                 /* enum wg_proof */
};

/* A cookie reply. */
struct wg_cookie {
    struct wg_cookie *next;
    uint32_t frame;
    uint32_t for_frame;                 /* the message whose mac1 provoked it */
    uint8_t status;                     /* enum wg_decryption_status */
    uint8_t cookie[WG_MAC_LEN];         /* with status DECRYPTED */
    struct wg_wire_cookie_reply sealed; /* as captured; zero if not captured whole */
};

/* What few sessions have. */
struct wg_extras {
    /* Where the receivers of its directions were before they moved, by side, or NULL. */
    const struct wg_endpoint *before[2];
    bool twin[2]; /* `before` is the same place as `here`, captured on the other side of a NAT */
    uint32_t cookie_frame;        /* the cookie reply that the initiation provoked, or 0 */
    struct wg_cookie *cookies;    /* the cookie replies that belong to it */
    struct wg_response *rejected; /* those that keys disprove, kept only to be shown */
    uint32_t dropped;             /* unproved responses beyond those that are kept */
    /* The peers, if transport data alone proved them, without a handshake; else NULL. */
    const struct wg_static_key *initiator_static, *responder_static;
};

/* Owned by the table. */
struct wg_session {
    uint32_t stream;           /* from 0 in order of appearance */
    uint32_t initiation_frame; /* 0: the handshake was not captured */
    int64_t initiation_time;
    /* From the initiator to the responder, as the initiation went or would have; NULL: not known */
    const struct wg_way *way;
    /* From where the receiver of to_initiator is now to where that of to_responder is; see
     * wg_session_here. */
    const struct wg_way *here;
    struct wg_extras *extras;        /* NULL: it has none; see wg_session_extras */
    uint32_t attempt;                /* 1 for a first try, 2 and more for retries */
    uint32_t retry_of;               /* frame of the first try; 0: this is the first */
    const struct wg_session *renews; /* the session that this handshake renews, or NULL */
    struct wg_session *previous;     /* the one before it between the same endpoints */
    bool superseded;    /* the initiator began another handshake, or REKEY_OVERDUE was noted */
    bool crowded_out;   /* too many others have one of its indices, which no longer finds it */
    bool unpadded;      /* the initiator does not pad its data, like boringtun and NepTUN */
    uint8_t proof;      /* enum wg_proof: of the initiation */
    uint32_t rekey_due; /* age, in milliseconds, at which the initiator's data called for a new
                           handshake; 0: not yet */
    const struct wg_packed *initiation; /* NULL if it was not captured */
    struct wg_initiation_keys *keys;    /* what the keys opened, or NULL; of opening.h */
    struct wg_response *responses;
    struct wg_direction *to_initiator;
    struct wg_direction *to_responder; /* of the response that counts */
};

/*
 * What the table asks of the code that has the keys. It is called while a message is accounted for,
 * on the first pass only. It may change its own members, named `keys`, `keyed` and `proof`, and
 * what the verbs below change.
 */
struct wg_judge {
    /* A handshake message of a session, which may not have been added to it yet. returns its status
     */
    enum wg_decryption_status (*initiation)(void *self, struct wg_session *session);
    enum wg_decryption_status (*response)(void *self, struct wg_session *session,
                                          struct wg_response *response);
    /* A cookie reply to the session's initiation, or to `response` if that is not NULL. Fills in
     * status and cookie. */
    void (*cookie)(void *self, struct wg_session *session, struct wg_response *response,
                   struct wg_cookie *cookie, const struct wg_wire_view *view);
    /* Whether keys show that a response answers this session's initiation. Changes nothing. */
    bool (*answers)(void *self, struct wg_session *session, const struct wg_wire_view *view);
    /* Whether any key is known. */
    bool (*has_keys)(void *self);
    /*
     * Open transport data.
     * plain  room for view->packet_length bytes, or NULL
     * learn  look for a key if those that the direction has used do not open it
     */
    enum wg_decryption_status (*opens)(void *self, struct wg_direction *direction,
                                       const struct wg_wire_view *view, uint8_t *plain, bool learn);
    /* Wipe and free what belongs to it. */
    void (*release_session)(struct wg_session *session);
    void (*release_response)(struct wg_response *response);
    void (*release_direction)(struct wg_direction *direction);
};

/* ---- verbs: how the judge changes a session ---- */

/* This response is the one that the initiator took. */
void wg_session_take(struct wg_session *session, struct wg_response *response);

/* The session's data proves who the peers are. */
void wg_session_prove_peers(struct wg_session *session, const struct wg_static_key *initiator,
                            const struct wg_static_key *responder);

/* The direction's data proves the role of its receiver, in a session without handshake. returns
 * false if that contradicts what was proved for the other direction: then they are two sessions */
bool wg_direction_prove_role(struct wg_direction *direction, enum wg_role receiver);

/* ---- the table ---- */

/* Implementations that number their sessions from 1 stay below this for years. */
#define WG_SMALL_INDEX (UINT32_C(1) << 20)

struct wg_sessions;

/* `notes`, and `self`, which the judge is called with, are used, not owned, and must outlive the
 * table. judge: NULL if nothing can be decrypted here. */
struct wg_sessions *wg_sessions_new(struct wg_notes *notes, const struct wg_judge *judge,
                                    void *self);
void wg_sessions_free(struct wg_sessions *sessions);

uint32_t wg_sessions_count(const struct wg_sessions *sessions);
/* stream < wg_sessions_count() */
struct wg_session *wg_sessions_get(const struct wg_sessions *sessions, uint32_t stream);

/*
 * Account for one message. Call once for each message, in the order of the capture.
 *
 * view   at least sender (types 1, 2), receiver (2, 3, 4) and counter (4) must have been captured,
 *        or the message is left unaccounted: its note stays as it is
 * number of the message's note, which is filled in
 * plain  for transport data, room for view->packet_length bytes: the note's status then says
 *        whether the decrypted packet is there. NULL: not wanted
 */
void wg_sessions_add(struct wg_sessions *sessions, const struct wg_message_context *context,
                     const struct wg_wire_view *view, uint32_t number, uint8_t *plain);

/*
 * The direction that a message with this receiver index belongs to. An index belongs to the host
 * that announced it. So of the directions whose receiver is at the destination, the latest one that
 * was answered is taken. If there is none, the peer may have moved: the only direction with that
 * index is taken, or, of several, the only one whose counter continues. NULL if none fits.
 * Indices below WG_SMALL_INDEX are not drawn at random: many hosts have them, and some give each
 * peer the same ones. With them, a receiver must be where it was seen, and a sender that was
 * elsewhere must go on with the next counters of one session; an initiator that sent nothing yet,
 * with counter 0.
 * role     WG_ROLE_UNKNOWN: any; else only directions whose receiver has that role
 * counter  of transport data, else NULL
 */
struct wg_direction *wg_sessions_find(const struct wg_sessions *sessions, uint32_t receiver,
                                      enum wg_role role, const uint64_t *counter,
                                      const struct wg_endpoint *source,
                                      const struct wg_endpoint *destination);

/* Whether a key of a session with its receiver index opens transport data, wherever it came from.
 * Only for the first pass. */
bool wg_sessions_open(struct wg_sessions *sessions, const struct wg_wire_view *view);

/* Where the peer of a ROAMED note was before, or NULL. */
const struct wg_endpoint *wg_sessions_previous_endpoint(const struct wg_sessions *sessions,
                                                        const struct wg_note *note);

/* The counters that a message's direction skipped just before it, no copy of which was found. */
uint64_t wg_sessions_lost(const struct wg_sessions *sessions, const struct wg_note *note);

/* Whether data came in a direction, which may be NULL. */
static inline bool
wg_direction_has_data(const struct wg_direction *direction)
{
    return direction != NULL && wg_counters_packets(&direction->counters) > 0;
}

/* Whether data came in either direction of a session. */
static inline bool
wg_session_has_data(const struct wg_session *session)
{
    return wg_direction_has_data(session->to_initiator) ||
           wg_direction_has_data(session->to_responder);
}

/* The response that a direction's packets belong to, or NULL if none was captured. */
const struct wg_response *wg_direction_response(const struct wg_direction *direction);

/* The cookie reply that a note is about, also if it is a further copy; NULL if it was not kept. */
const struct wg_cookie *wg_session_cookie(const struct wg_session *session,
                                          const struct wg_note *note);

/* The frame of the message that provoked it; 0: not known. */
uint32_t wg_session_cookie_for(const struct wg_session *session, const struct wg_note *note);

/* What few sessions have; all of it is zero if this one has none of it. */
const struct wg_extras *wg_session_extras(const struct wg_session *session);

/* Where the receiver of to_initiator (side 0) or to_responder (1) is now. */
static inline const struct wg_endpoint *
wg_session_here(const struct wg_session *session, unsigned side)
{
    return side == 0 ? &session->here->source : &session->here->destination;
}

/* Where it was before it moved here, or NULL. */
const struct wg_endpoint *wg_session_before(const struct wg_session *session, unsigned side);

/* A handshake message as it was captured, decoded again. The view points into the bytes. */
struct wg_unpacked {
    struct wg_wire_view view;
    uint8_t bytes[sizeof(struct wg_wire_initiation)];
};

/* The initiation of a session, or a response. What was not kept of it was not captured. */
void wg_unpack_initiation(const struct wg_session *session, struct wg_unpacked *message);
void wg_unpack_response(const struct wg_response *response, struct wg_unpacked *message);

/* The frame that answered the initiation: the response, else the cookie reply, else 0. */
uint32_t wg_session_answer(const struct wg_session *session);

#endif
