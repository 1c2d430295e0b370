/* disco.h
 * Tailscale's discovery messages, which share the sockets of its tunnels.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_DISCO_H
#define WG_DISCO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wg/wire.h"

/* Where the sender's public key is. */
enum { WG_DISCO_SENDER_AT = 6, WG_DISCO_HEADER_LEN = WG_DISCO_SENDER_AT + WG_KEY_LEN };

/*
 * Whether a datagram begins with the magic and is long enough.
 * bytes     not looked at beyond `captured`; NULL if that is 0
 * length    of the whole datagram
 */
bool wg_disco_is(const uint8_t *bytes, size_t captured, size_t length);

#endif
