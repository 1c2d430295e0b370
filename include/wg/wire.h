/* wire.h
 * The wire format of WireGuard's four messages, written once.
 *
 * Source: J. A. Donenfeld, "WireGuard: Next Generation Kernel Network Tunnel", section 5.4
 * (messages 5.4.2, 5.4.3, 5.4.6, 5.4.7). All integers are little-endian.
 *
 *  byte   0       1   2   3   4 .. 7      then
 *       +------+------------+-----------+------------------------------------------------------+
 *   1   | type |  reserved  |  sender   | ephemeral 32, static 32+16, timestamp 12+16,          |
 *       |  1   |   0 0 0    |           | mac1 16, mac2 16                              = 148   |
 *   2   |  2   |   0 0 0    |  sender   | receiver 4, ephemeral 32, empty 0+16,                 |
 *       |      |            |           | mac1 16, mac2 16                              =  92   |
 *   3   |  3   |   0 0 0    | receiver  | nonce 24, cookie 16+16                        =  64   |
 *   4   |  4   |   0 0 0    | receiver  | counter 8, packet n+16                     = 32 + n   |
 *       +------+------------+-----------+------------------------------------------------------+
 *
 * Every offset and length below follows from these structures; nothing else in the project
 * writes one down as a number.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_WIRE_H
#define WG_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wg_wire_sizes {
    WG_KEY_LEN = 32,          /* Curve25519 keys, preshared keys, hashes and chaining keys */
    WG_TAG_LEN = 16,          /* Poly1305 tag */
    WG_MAC_LEN = 16,          /* mac1, mac2 and the cookie: keyed BLAKE2s-128 */
    WG_TAI64N_LEN = 12,       /* 8 bytes of seconds, 4 of nanoseconds, big-endian */
    WG_COOKIE_NONCE_LEN = 24, /* XChaCha20-Poly1305 */
    WG_RESERVED_LEN = 3,
    WG_PADDING_MULTIPLE = 16, /* section 5.4.6: the inner packet is padded to this */
};

/* The first byte of every message, section 5.4. */
enum wg_message_type {
    WG_TYPE_INITIATION = 1,
    WG_TYPE_RESPONSE = 2,
    WG_TYPE_COOKIE_REPLY = 3,
    WG_TYPE_DATA = 4,
};

/* Byte arrays only, so that these have no padding and no alignment. */
struct wg_wire_header {
    uint8_t type;
    uint8_t reserved[WG_RESERVED_LEN];
};

struct wg_wire_initiation {
    struct wg_wire_header header;
    uint8_t sender[4];
    uint8_t ephemeral[WG_KEY_LEN];
    uint8_t encrypted_static[WG_KEY_LEN + WG_TAG_LEN];
    uint8_t encrypted_timestamp[WG_TAI64N_LEN + WG_TAG_LEN];
    uint8_t mac1[WG_MAC_LEN];
    uint8_t mac2[WG_MAC_LEN];
};

struct wg_wire_response {
    struct wg_wire_header header;
    uint8_t sender[4];
    uint8_t receiver[4];
    uint8_t ephemeral[WG_KEY_LEN];
    uint8_t encrypted_empty[WG_TAG_LEN];
    uint8_t mac1[WG_MAC_LEN];
    uint8_t mac2[WG_MAC_LEN];
};

struct wg_wire_cookie_reply {
    struct wg_wire_header header;
    uint8_t receiver[4];
    uint8_t nonce[WG_COOKIE_NONCE_LEN];
    uint8_t encrypted_cookie[WG_MAC_LEN + WG_TAG_LEN];
};

/* What comes before the encrypted packet. */
struct wg_wire_data {
    struct wg_wire_header header;
    uint8_t receiver[4];
    uint8_t counter[8];
};

/* The shortest transport data message: header and the tag of an empty packet (a keepalive). */
#define WG_DATA_MIN_LEN (sizeof(struct wg_wire_data) + WG_TAG_LEN)

/* Counters of data messages are below this. A session lasts 180 s (paper, 6.2), in which the
 * fastest link sends fewer packets. */
#define WG_PLAUSIBLE_COUNTER (UINT64_C(1) << 36)

/* How a datagram compares with the format. If several hold, it is the first in this list, so that a
 * malformed message is not excused by a short capture. */
enum wg_wire_verdict {
    WG_WIRE_NOT_WIREGUARD, /* not type 1-4, or too short for type and reserved bytes */
    WG_WIRE_WRONG_LENGTH,  /* types 1-3: not the fixed length; type 4: less than WG_DATA_MIN_LEN */
    WG_WIRE_TRUNCATED,     /* right on the wire, but the capture holds fewer bytes */
    WG_WIRE_OK,
};

/* One field of a message. */
struct wg_wire_field {
    uint16_t offset; /* from the start of the message */
    uint16_t length; /* bytes; 0 if this type has no such field */
};

/* The fields of each type, for code that walks a message by table. */
struct wg_wire_layout {
    struct wg_wire_field sender, receiver, counter;
    struct wg_wire_field ephemeral, encrypted_static, encrypted_timestamp, encrypted_empty;
    struct wg_wire_field mac1, mac2;
    struct wg_wire_field nonce, encrypted_cookie;
    uint16_t fixed_length; /* of the whole message, bytes; 0 for type 4 */
};

/*
 * A decoded message. It points into the bytes it was made from and owns nothing; it is valid as
 * long as they are. A pointer is NULL, and a has_ flag false, if the capture does not hold the
 * whole field; integers are then 0.
 */
struct wg_wire_view {
    enum wg_wire_verdict verdict;
    enum wg_message_type type;
    const uint8_t *bytes;
    size_t captured; /* bytes readable at `bytes` */
    size_t length;   /* bytes on the wire; never less than captured */
    /* The first bytes as mac1 and mac2 cover them: type and zeros, unless an envelope sets others.
     */
    uint8_t mac_header[sizeof(struct wg_wire_header)];
    bool reserved_zero;
    bool truncated;    /* captured < length */
    bool fixed_length; /* types 1-3: length is the fixed one */
    bool has_sender, has_receiver, has_counter;
    uint32_t sender;
    uint32_t receiver;
    uint64_t counter;
    const uint8_t *ephemeral;
    const uint8_t *encrypted_static;
    const uint8_t *encrypted_timestamp;
    const uint8_t *encrypted_empty;
    const uint8_t *mac1;
    const uint8_t *mac2;
    const uint8_t *nonce;
    const uint8_t *encrypted_cookie;
    const uint8_t *packet; /* type 4: the encrypted packet with its tag; NULL if no byte of it */
    size_t packet_length;  /* bytes of it on the wire, tag included */
    size_t packet_captured;
    const struct wg_wire_layout *layout;
};

/*
 * Decode one message.
 *
 * bytes     the UDP payload, `captured` bytes of it; may be NULL if captured is 0
 * length    its length on the wire in bytes; if smaller than captured, captured is cut to it
 * view      filled in every case; owned by the caller
 * returns   view->verdict. Never reads beyond `captured`.
 */
enum wg_wire_verdict wg_wire_decode(const uint8_t *bytes, size_t captured, size_t length,
                                    struct wg_wire_view *view);

/* The layout of a message type, or NULL if the byte is not a type. Static storage. */
const struct wg_wire_layout *wg_wire_layout(unsigned type);

/* The layout of a handshake message of TunnelBear's servers and clients, or NULL if it is not one.
 * They are longer, and end in a zero mac2. `captured` is at least 1. */
const struct wg_wire_layout *wg_wire_tunnelbear(const uint8_t *bytes, size_t captured,
                                                size_t length);
bool wg_wire_is_tunnelbear(const struct wg_wire_view *view);

/* Whether all `length` bytes are zero. True for length 0. */
bool wg_wire_all_zero(const uint8_t *bytes, size_t length);

/* Linux puts no more messages than this into a datagram: UDP_MAX_SEGMENTS. */
enum { WG_MAX_SEGMENTS = 128 };

/*
 * How many messages a datagram holds. In a capture taken on the sending or the receiving host,
 * segmentation offload (Linux: UDP_SEGMENT, UDP_GRO) shows several messages as one datagram: all
 * are as long as the first, except for the last, which may be shorter, and may be of another
 * protocol that shares the socket. Messages share only the reserved bytes: type, index and counter
 * may be any that are plausible.
 *
 * first     the datagram, decoded as if it were one message
 * segment   set to the size in bytes of all messages except the last, if there are several
 * returns   1 for an ordinary datagram, else the number of messages. Messages that the capture does
 *           not hold are assumed, up to WG_MAX_SEGMENTS in all.
 * cost      O(n log n) for n captured bytes, whatever they are
 */
size_t wg_wire_segments(const struct wg_wire_view *first, size_t *segment);

/* Little-endian integers from bytes of any alignment. */
static inline uint32_t
wg_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t
wg_le64(const uint8_t *p)
{
    return (uint64_t)wg_le32(p) | (uint64_t)wg_le32(p + 4) << 32;
}

#endif
