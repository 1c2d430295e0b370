/* wrapping.h
 * Puts messages into envelopes, as their senders do.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TEST_WRAPPING_H
#define TEST_WRAPPING_H

#include "messages.h"
#include "wg/cookie.h"
#include "wg/envelope.h"

/* Some public keys; nothing is opened with them. */
static const uint8_t key_of_server[WG_KEY_LEN] = { 0x86, 0x74, 0xdc, 0xc4, 5, 6, 7 };
static const uint8_t key_of_client[WG_KEY_LEN] = { 0x13, 0x5e, 0xe5, 0x53, 9 };

/* mac1 of a handshake message to the owner of this key, over its bytes as they are. */
static inline struct message
with_mac1(struct message m, const uint8_t public_key[WG_KEY_LEN])
{
    const size_t at = m.length - 2 * WG_MAC_LEN;
    uint8_t key[WG_KEY_LEN];

    wg_cookie_mac1_key(key, public_key);
    wg_mac(m.bytes + at, key, WG_KEY_LEN, m.bytes, at);
    return m;
}

static inline struct message
with_header(struct message m, uint32_t header)
{
    put_le32(m.bytes, header);
    return m;
}

/* Random bytes before and after. */
static inline struct message
with_prefix(struct message m, size_t prefix, size_t trailer)
{
    struct message wrapped = { .length = prefix + m.length + trailer };

    g_assert_cmpuint(wrapped.length, <=, sizeof wrapped.bytes);
    fill_random(wrapped.bytes, wrapped.length, (uint32_t)wrapped.length);
    memcpy(wrapped.bytes + prefix, m.bytes, m.length);
    return wrapped;
}

/* AmneziaWG's header protection of the first `masked` bytes of the message. */
static inline struct message
with_mask(struct message m, size_t prefix, size_t masked, const uint8_t key[WG_KEY_LEN])
{
    wg_stream_xor(m.bytes + prefix, m.bytes + prefix, masked, key, m.bytes);
    return m;
}

static inline struct message
with_lwo(struct message m, const uint8_t key[WG_KEY_LEN], uint8_t marker)
{
    const size_t masked = m.bytes[0] == WG_TYPE_DATA ? WG_KEY_LEN : m.length;

    for (size_t i = 0; i < masked; i++)
        m.bytes[i] ^= key[i % WG_KEY_LEN];
    m.bytes[1] = 0x80 | marker;
    return m;
}

static inline struct wg_span
span_of(const struct message *m)
{
    return (struct wg_span){ m->bytes, m->length, m->length };
}

#endif
