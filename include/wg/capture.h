/* capture.h
 * The state of one capture: made when it is opened, freed when it is closed.
 *
 * It decides which datagrams are WireGuard, accounts for each once, in the order of the capture,
 * and keeps a note for every message, so that any later look at a frame shows the same.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_CAPTURE_H
#define WG_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wg/notes.h"
#include "wg/opening.h"
#include "wg/sessions.h"

struct wg_capture;

/*
 * keys  used, not owned, must outlive the capture; may be NULL: then nothing is decrypted
 * more  asked for new keys if a message does not open; see opening.h. May be NULL
 */
struct wg_capture *wg_capture_new(struct wg_keystore *keys, wg_more_keys_fn more, void *user);
void wg_capture_free(struct wg_capture *capture);

struct wg_datagram {
    struct wg_message_context context;
    uint32_t packet;      /* higher with each packet of the first pass; 0 on later looks: any */
    uint32_t offset;      /* in the buffer that the host took it from; the same on each look */
    bool on_port;         /* the user says that this port carries WireGuard */
    bool was_taken;       /* an earlier accounting of the same packets took it, so this one does */
    const uint8_t *bytes; /* UDP payload; only read during the call */
    size_t captured;      /* bytes readable */
    size_t length;        /* bytes on the wire */
    uint8_t *plain;       /* room for `captured` bytes: a packet is decrypted to the offset that its
                             ciphertext has in `bytes`. NULL: not wanted */
    const uint8_t *mac_header; /* the first 4 bytes as MACs cover them; NULL: type and zeros */
};

/* Decode a datagram as if it were one message. The functions below call this view its `first`. */
enum wg_wire_verdict wg_datagram_decode(const struct wg_datagram *datagram,
                                        struct wg_wire_view *first);

/*
 * First pass: take the datagram or leave it to others. Datagrams that prove nothing yet are
 * remembered (a few for each flow) and accounted for, in order, once their flow is proved; they
 * then have notes too, which the second pass finds.
 * returns   the number of the first message's note, or 0: not known to be WireGuard (yet)
 */
uint32_t wg_capture_datagram(struct wg_capture *capture, const struct wg_datagram *datagram,
                             const struct wg_wire_view *first);

/*
 * Whether the datagram would be taken. Changes nothing; for packets quoted in ICMP errors.
 */
bool wg_capture_recognises(const struct wg_capture *capture, const struct wg_datagram *datagram,
                           const struct wg_wire_view *first);

/* Whether the flow was proved to be WireGuard: its messages are then taken on any port. */
bool wg_capture_proved(const struct wg_capture *capture, const struct wg_endpoint *source,
                       const struct wg_endpoint *destination);

/* On any pass, the number of the datagram's first note, or 0. Its offset, lengths, endpoints and
 * first bytes distinguish it from the other datagrams of its frame. */
uint32_t wg_capture_find(const struct wg_capture *capture, const struct wg_datagram *datagram);

/* Whether a packet had the same frame number as the one before it: a read filter drops packets, and
 * the host gives their numbers to the next ones. Known of packets with possible messages. */
bool wg_capture_reuses_frames(const struct wg_capture *capture);

/* The number of a frame's first note, or 0. */
uint32_t wg_capture_first(const struct wg_capture *capture, uint32_t frame);

/* From the first note of a datagram, that of the next one in the same packet, or 0. */
uint32_t wg_capture_next(const struct wg_capture *capture, uint32_t number);

/* The note of message `index` of a datagram; messages that the capture does not hold share the last
 * one. Never NULL for numbers that the functions above gave. */
const struct wg_note *wg_capture_note(const struct wg_capture *capture, uint32_t number,
                                      unsigned index);

/* How many notes a datagram gets: one for each message whose header was captured, and one for all
 * others. messages, stride: from wg_wire_segments */
unsigned wg_capture_notes(const struct wg_wire_view *first, size_t messages, size_t stride);

/* Called during wg_capture_datagram, for reports that look at each message once. */
struct wg_capture_observer {
    /* The datagram is remembered: it may turn out to be WireGuard. */
    void (*remembered)(void *user);
    /* A message remembered earlier was accounted for just now, before the datagram itself. The view
     * has only the bytes that accounting needs. */
    void (*belated)(void *user, const struct wg_message_context *context,
                    const struct wg_wire_view *view, const struct wg_note *note);
};

/* observer: used, not owned; NULL for none. user: handed back with each call. */
void wg_capture_observe(struct wg_capture *capture, const struct wg_capture_observer *observer,
                        void *user);

struct wg_sessions *wg_capture_sessions(struct wg_capture *capture);

/* Whether any key is known. */
bool wg_capture_has_keys(const struct wg_capture *capture);

/*
 * All packets were accounted for, and keys may have come after messages that they open: judge the
 * handshakes again. From then on, showing a message may settle its status, once.
 */
void wg_capture_judge_again(struct wg_capture *capture);

/*
 * A later look at message `index` of a datagram (see wg_capture_note): open it to show it.
 * plain    room for view->packet_length bytes, or NULL
 * returns  the message's status. If it is DECRYPTED and plain is not NULL, the packet is there:
 *          packet_length - WG_TAG_LEN bytes
 */
enum wg_decryption_status wg_capture_show(struct wg_capture *capture, uint32_t number,
                                          unsigned index, const struct wg_wire_view *view,
                                          uint8_t *plain);

#endif
