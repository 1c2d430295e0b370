/* framing.h
 * WireGuard's datagrams in a stream of bytes: udp-over-tcp and TunSafe TCP.
 *
 *   0         2
 *   +---------+-------------------+---------+--------------
 *   | length  |  datagram         | length  |  datagram ...      big-endian
 *   +---------+-------------------+---------+--------------
 *    TunSafe: the upper 2 bits are a kind: 0, all of a message; 2, data without its first 16 bytes
 *    (same receiver as before, next counter)
 *
 * Source: mullvad/udp-over-tcp, README; TunSafe and ProtonVPN/wireguard-go, conn/tcp_tls_utils.go.
 * As long as no message is 16384 bytes long, the first framing is a part of the second.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_FRAMING_H
#define WG_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wg/wire.h"

enum {
    WG_STREAM_HEADER_LEN = 2,
    WG_STREAM_SEARCHED = 4096, /* offsets that are tried to find a stream again */
};

/* One framed datagram. */
struct wg_stream_frame {
    size_t length; /* of what follows the two bytes */
    bool elided;   /* TunSafe: data without its header */
};

/* Decode the two bytes of a frame. */
struct wg_stream_frame wg_stream_frame(const uint8_t bytes[WG_STREAM_HEADER_LEN]);

/*
 * Whether a frame with a message of WireGuard may begin here, as far as it was captured: type,
 * reserved bytes, length and counter fit. At least 6 bytes must be there.
 */
bool wg_stream_plausible(const uint8_t *bytes, size_t captured);

/* Whether a stream begins here, with a whole initiation that has a zero mac2. */
bool wg_stream_begins(const uint8_t *bytes, size_t captured);

/* Whether the frame of a handshake message of this type may begin with these few bytes: they hold
 * at least its length, but not all of it, and nothing differs. type: 1 to 3
 * returns   the length of the whole frame; 0: it does not */
size_t wg_stream_first_part(const uint8_t *bytes, size_t captured, unsigned type);

/* The first offset, below WG_STREAM_SEARCHED, at which three frames in a row begin; `captured` if
 * there is none. */
size_t wg_stream_find(const uint8_t *bytes, size_t captured);

/* The same for one frame, with data for this receiver. */
size_t wg_stream_find_receiver(const uint8_t *bytes, size_t captured, uint32_t receiver);

#endif
