/* notes.h
 * What the first pass learned about each message, kept for every later look at its frame.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_NOTES_H
#define WG_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wg_session;
struct wg_direction;

/* Facts about one message. Texts and severities belong to the dissector. */
enum wg_note_flags {
    WG_NOTE_DUPLICATE = 1u << 0,       /* a further copy; reference is the frame of the first */
    WG_NOTE_OUT_OF_ORDER = 1u << 1,    /* first copy of a counter below one already seen */
    WG_NOTE_OUTSIDE_WINDOW = 1u << 2,  /* its counter is too low for any receiver */
    WG_NOTE_COUNTER_RESET = 1u << 3,   /* another packet with a counter that was used already */
    WG_NOTE_ROAMED = 1u << 4,          /* the first from or to a new endpoint of a peer */
    WG_NOTE_RESPONDER_FIRST = 1u << 5, /* the responder sends before the initiator did */
    WG_NOTE_REKEY_OVERDUE = 1u << 6,   /* the initiator still sends, but should have rekeyed */
    WG_NOTE_NOT_ACCEPTED = 1u << 7,    /* starts over although its last try was answered */
    WG_NOTE_COOKIE_IGNORED = 1u << 8,  /* mac2 is zero although a cookie was sent */
    WG_NOTE_CAPTURED_TWICE = 1u << 13, /* a DUPLICATE that was sent once and captured twice */
    WG_NOTE_NO_EFFECT = 1u << 14,      /* it cannot overrule what is proved: changed nothing */
    WG_NOTE_STARTS_OVER = 1u << 15,    /* initiation: its sender heard nothing since it sent data */
    /* The kind of a keepalive: one of these or none. */
    WG_NOTE_KEY_CONFIRMATION = 1u << 10,  /* the initiator's first packet, with nothing to send */
    WG_NOTE_KEEPALIVE_PASSIVE = 1u << 11, /* in answer to data, KEEPALIVE_TIMEOUT after it */
    WG_NOTE_KEEPALIVE_PERSISTENT = 1u << 12, /* neither: sent by configuration */
};

/* Where the note of the next datagram in the same packet is. */
enum wg_note_next {
    WG_NEXT_NONE,         /* there is none */
    WG_NEXT_FOLLOWS,      /* after the last note of this datagram */
    WG_NEXT_IS_ELSEWHERE, /* somewhere else: one of the two was recognised later */
};

/* In a note's `lost`: that many or more; wg_sessions_lost has the number. */
#define WG_LOST_MANY UINT32_MAX

/* One message, or all messages of a datagram that the capture does not hold. Owned by the store;
 * its address and number stay the same until the store is freed. */
struct wg_note {
    union {
        struct wg_session *session;     /* types 1-3 */
        struct wg_direction *direction; /* type 4 */
    } of;                /* NULL if too little was captured, or if a cookie reply answers nothing */
    uint32_t lost;       /* counters skipped just before this one, no copy of which was found */
    uint32_t frame;      /* number of the frame that carries it, from 1 */
    uint32_t reference;  /* another frame that the flags refer to, or 0 */
    uint32_t identity;   /* of its datagram within the packet; see wg_notes_find */
    uint32_t flags : 22; /* enum wg_note_flags */
    uint32_t type : 3;   /* enum wg_message_type */
    uint32_t status : 5; /* enum wg_decryption_status, as it was when accounted for */
    uint32_t next : 2;   /* enum wg_note_next, in a datagram's first note */
    uint16_t count;      /* notes of the datagram; 0 in all but its first note */
    uint16_t print;      /* first bytes of the ciphertext, to recognise a further copy */
};

struct wg_notes;

struct wg_notes *wg_notes_new(void);
void wg_notes_free(struct wg_notes *notes);

/*
 * Where a note belongs. A frame number is not enough: the host gives the number of a packet that a
 * read filter drops to the next one. So each packet also has a number of its own.
 */
struct wg_note_place {
    uint32_t frame;    /* from 1 */
    uint32_t packet;   /* higher with each packet of the first pass; 0: any (when looking) */
    uint32_t identity; /* of the datagram within its packet, the same on each look */
};

/*
 * Make `count` (from 1) consecutive notes for a datagram. They are zeroed except for frame,
 * identity and count. Notes of an earlier packet with this frame number are no longer found.
 * returns   the number of the first, from 1, or 0 if the store is full (2^31 notes).
 */
uint32_t wg_notes_add(struct wg_notes *notes, const struct wg_note_place *place, unsigned count);

/* The note with this number, which must have been given out. */
struct wg_note *wg_notes_get(const struct wg_notes *notes, uint32_t number);

/* Tell the store of a packet on the first pass, whose datagrams may be noted later. Adding and
 * finding do so, too. */
void wg_notes_see(struct wg_notes *notes, const struct wg_note_place *place);

/* Whether two packets that it was told of had the same frame number. */
bool wg_notes_reuse_frames(const struct wg_notes *notes);

/* The number of the first note of a datagram, or 0 if it has none. */
uint32_t wg_notes_find(struct wg_notes *notes, const struct wg_note_place *place);

/* The number of the first note of a frame, or 0. */
uint32_t wg_notes_first(const struct wg_notes *notes, uint32_t frame);

/* From the first note of a datagram, that of the next one in the same packet, or 0. */
uint32_t wg_notes_next(const struct wg_notes *notes, uint32_t number);

/* Bytes of memory that the store takes, for the benchmark. */
size_t wg_notes_memory(const struct wg_notes *notes);

#endif
