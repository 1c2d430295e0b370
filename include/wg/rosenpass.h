/* rosenpass.h
 * Rosenpass, which makes WireGuard's preshared keys by post-quantum means, on a port of its own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_ROSENPASS_H
#define WG_ROSENPASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wg_rosenpass_type {
    WG_ROSENPASS_NONE = 0,
    WG_ROSENPASS_INIT_HELLO = 0x81,
    WG_ROSENPASS_RESP_HELLO = 0x82,
    WG_ROSENPASS_INIT_CONF = 0x83,
    WG_ROSENPASS_EMPTY_DATA = 0x84,
    WG_ROSENPASS_COOKIE_REPLY = 0x86,
};

/*
 * The message that a datagram is, judged by its type, three zeros and its length.
 * bytes     4 are read if captured >= 4, else none
 * length    of the whole datagram
 * returns   WG_ROSENPASS_NONE if it is none
 */
enum wg_rosenpass_type wg_rosenpass_type(const uint8_t *bytes, size_t captured, size_t length);

/* Whether a message of that type is enough to recognise the protocol. The others have too common a
 * shape, and count only in a flow where one of these was seen. */
bool wg_rosenpass_begins(enum wg_rosenpass_type type);

/* "InitHello" ..., as the protocol's paper calls them; static storage. */
const char *wg_rosenpass_name(enum wg_rosenpass_type type);

#endif
