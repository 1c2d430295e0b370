/* sessions.h
 * The session table: which messages belong together.
 *
 * A session is what one handshake initiation starts: its responses, its cookie replies, and the
 * transport data of both directions. Data whose handshake was not captured makes a session too,
 * one with less known about it. Indices tie messages together (WireGuard paper, 5.4: sender and
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
#include "wg/notes.h"
#include "wg/wire.h"

struct wg_opener;
struct wg_static_key;

enum wg_role {
    WG_ROLE_UNKNOWN,
    WG_ROLE_INITIATOR,
    WG_ROLE_RESPONDER,
};

/* Nanoseconds from one time to another. A capture file can hold any times; those too far apart wrap
 * instead of being undefined. */
static inline int64_t
wg_elapsed(int64_t from, int64_t to)
{
    return (int64_t)((uint64_t)to - (uint64_t)from);
}

enum { WG_OLDER_AEADS = 3 };

/* Where and when a message was captured. */
struct wg_message_context {
    uint32_t frame; /* from 1 */
    int64_t time;   /* nanoseconds since 1970 */
    struct wg_endpoint source;
    struct wg_endpoint destination;
};

/* Transport data for one receiver index. Owned by the table. */
struct wg_direction {
    uint32_t index;              /* receiver index; the table finds it by this, its first member */
    enum wg_role receiver;       /* role of the one who chose the index */
    struct wg_session *session;  /* never NULL */
    struct wg_response *response; /* the response that announced it (receiver == RESPONDER) */
    struct wg_direction *older;  /* the next with the same index */
    struct wg_endpoint source;   /* where its data came from and went to last; before any data */
    struct wg_endpoint destination; /* came, where the handshake says that it will */
    uint32_t first_frame, last_frame; /* of its data; 0 before any */
    int64_t first_time, last_time;
    int64_t unreplied; /* time of the first packet since the receiver last sent one; 0: none */
    unsigned forgotten_run; /* packets in a row from counter 0 on, far behind the highest */
    uint64_t packets, bytes, keepalives; /* every copy; bytes of whole messages on the wire */
    struct wg_counters counters;
    struct wg_aead *aead;        /* the transport key that opened a packet of it last, or NULL */
    struct wg_aead *older_aeads[WG_OLDER_AEADS]; /* others that did: an index may be used again */
    uint64_t keys_generation;    /* of the key store when keys were tried last */
    unsigned keys_tried;         /* packets that they were tried on since then */
};

/* One response to the session's initiation; the first is the one that counts until proved wrong. */
struct wg_response {
    struct wg_response *next;
    uint32_t frame;
    int64_t time;
    uint32_t cookie_frame; /* the cookie reply that it provoked, or 0 */
    struct wg_endpoint source, destination;
    uint8_t bytes[sizeof(struct wg_wire_response)];
    size_t captured; /* how much of it there is */
    struct wg_direction *to_responder;
    struct wg_response_keys *keys; /* what the keys opened, or NULL; see opening.h */
};

/* A cookie reply. */
struct wg_cookie {
    struct wg_cookie *next;
    uint32_t frame;
    uint32_t for_frame; /* the message whose mac1 provoked it */
    uint8_t status;     /* enum wg_decryption_status */
    uint8_t cookie[WG_MAC_LEN]; /* with status DECRYPTED */
};

/* Owned by the table. */
struct wg_session {
    uint32_t stream;          /* from 0 in order of appearance */
    uint32_t initiation_frame; /* 0: the handshake was not captured */
    int64_t initiation_time;
    uint32_t cookie_frame; /* the cookie reply that the initiation provoked, or 0 */
    struct wg_endpoint initiator, responder; /* as the initiation was sent */
    /* Where the receiver of to_initiator and the one of to_responder are now, and were before. */
    struct wg_endpoint here[2], before[2];
    uint32_t roamings;
    uint32_t attempt;             /* 1 for a first try, 2 and more for retries */
    const struct wg_session *first_try;  /* itself for a first try; NULL without initiation */
    const struct wg_session *renews;     /* the session that this handshake renews, or NULL */
    struct wg_session *previous;         /* that began before it between the same endpoints */
    struct wg_session *previous_try;     /* the initiator's handshake before this one */
    bool superseded; /* the initiator began another handshake, or was told that it should have */
    bool unpadded;   /* the initiator's data is not padded, as boringtun's and NepTUN's is not */
    uint8_t initiation[sizeof(struct wg_wire_initiation)];
    size_t captured; /* how much of it there is */
    struct wg_initiation_keys *keys; /* what the keys opened, or NULL; see opening.h */
    struct wg_cookie *cookies;       /* the cookie replies that belong to it */
    struct wg_response *responses;
    struct wg_direction *to_initiator;
    struct wg_direction *to_responder; /* of the response that counts */
    uint8_t reserved[WG_RESERVED_LEN]; /* what its first message had there */
    uint32_t rekey_due; /* age, in milliseconds, at which the initiator's data called for a new
                           handshake; 0: it did not yet */
    /* Where transport data alone proved them, without a handshake; else NULL. */
    const struct wg_static_key *initiator_static, *responder_static;
};

struct wg_sessions;

/* `notes` and `opener` are used, not owned, and must outlive the table. opener may be NULL: then
 * nothing is decrypted. */
struct wg_sessions *wg_sessions_new(struct wg_notes *notes, struct wg_opener *opener);
void wg_sessions_free(struct wg_sessions *sessions);

uint32_t wg_sessions_count(const struct wg_sessions *sessions);
/* stream < wg_sessions_count() */
struct wg_session *wg_sessions_get(const struct wg_sessions *sessions, uint32_t stream);

/*
 * Account for one message. To be called once for each message, in the order of the capture.
 *
 * view   at least sender (types 1, 2), receiver (2, 3, 4) and counter (4) must have been captured,
 *        or the message is left unaccounted: its note stays as it is
 * number the message's note, which is filled in
 */
void wg_sessions_add(struct wg_sessions *sessions, const struct wg_message_context *context,
                     const struct wg_wire_view *view, uint32_t number);

/*
 * The direction that a message with this receiver index belongs to: of those with that index, the
 * one whose endpoints fit best, the latest where several fit equally. NULL where none has it.
 * role   WG_ROLE_UNKNOWN: any; else only directions whose receiver has that role
 */
struct wg_direction *wg_sessions_find(const struct wg_sessions *sessions, uint32_t receiver,
                                      enum wg_role role, const struct wg_endpoint *source,
                                      const struct wg_endpoint *destination);

/* Where the peer of a ROAMED note was before, or NULL. */
const struct wg_endpoint *wg_sessions_previous_endpoint(const struct wg_sessions *sessions,
                                                        const struct wg_note *note);

/* The response that a direction's packets belong to, or NULL where none was captured. */
const struct wg_response *wg_direction_response(const struct wg_direction *direction);

/* The frame that answered the initiation: the response, else the cookie reply, else 0. */
uint32_t wg_session_answer(const struct wg_session *session);

#endif
