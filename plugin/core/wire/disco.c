/* disco.c
 * Tailscale's discovery messages, recognised by their magic and length.
 *
 *   0                   6                 38                62
 *   +-------------------+-----------------+-----------------+-----------------+-----+
 *   | 54 53 f0 9f 92 ac | sender's key    | nonce           | sealed message  | tag |
 *   | "TS" and a sign   |                 |                 |                 |     |
 *   +-------------------+-----------------+-----------------+-----------------+-----+
 *
 * Source: tailscale, disco/disco.go.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wg/disco.h"

#include <string.h>

enum { NONCE_LEN = 24, MIN_LEN = WG_DISCO_HEADER_LEN + NONCE_LEN + WG_TAG_LEN };

bool
wg_disco_is(const uint8_t *bytes, size_t captured, size_t length)
{
    static const uint8_t magic[WG_DISCO_SENDER_AT] = { 0x54, 0x53, 0xf0, 0x9f, 0x92, 0xac };

    return captured >= sizeof magic && length >= MIN_LEN && memcmp(bytes, magic, sizeof magic) == 0;
}
