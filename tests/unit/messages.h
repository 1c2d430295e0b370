/* messages.h
 * Messages of the right shape for the tests: random where WireGuard's are.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TEST_MESSAGES_H
#define TEST_MESSAGES_H

#include <string.h>

#include <glib.h>

#include "wg/endpoint.h"
#include "wg/wire.h"

enum { MESSAGE_ROOM = 2048 };

struct message {
    uint8_t bytes[MESSAGE_ROOM];
    size_t length;
};

static inline void
put_le32(uint8_t *p, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(value >> 8 * i);
}

static inline void
put_le64(uint8_t *p, uint64_t value)
{
    put_le32(p, (uint32_t)value);
    put_le32(p + 4, (uint32_t)(value >> 32));
}

/* Bytes that are the same for the same seed; none of them is zero. */
static inline void
fill_random(uint8_t *bytes, size_t length, uint32_t seed)
{
    GRand *rand = g_rand_new_with_seed(seed);

    for (size_t i = 0; i < length; i++)
        bytes[i] = (uint8_t)g_rand_int_range(rand, 1, 256);
    g_rand_free(rand);
}

static inline struct message
make_message(enum wg_message_type type, size_t length, uint32_t seed)
{
    struct message m = { .length = length };

    g_assert_cmpuint(length, >=, sizeof(struct wg_wire_header));
    g_assert_cmpuint(length, <=, sizeof m.bytes);
    fill_random(m.bytes, length, seed);
    memset(m.bytes, 0, sizeof(struct wg_wire_header));
    m.bytes[0] = (uint8_t)type;
    return m;
}

static inline struct message
make_initiation(uint32_t sender, uint32_t seed)
{
    struct message m = make_message(WG_TYPE_INITIATION, sizeof(struct wg_wire_initiation), seed);

    put_le32(m.bytes + offsetof(struct wg_wire_initiation, sender), sender);
    memset(m.bytes + offsetof(struct wg_wire_initiation, mac2), 0, WG_MAC_LEN);
    return m;
}

static inline struct message
make_response(uint32_t sender, uint32_t receiver, uint32_t seed)
{
    struct message m = make_message(WG_TYPE_RESPONSE, sizeof(struct wg_wire_response), seed);

    put_le32(m.bytes + offsetof(struct wg_wire_response, sender), sender);
    put_le32(m.bytes + offsetof(struct wg_wire_response, receiver), receiver);
    memset(m.bytes + offsetof(struct wg_wire_response, mac2), 0, WG_MAC_LEN);
    return m;
}

/* As after a cookie: mac2 is no longer zero. */
static inline struct message
with_mac2(struct message m)
{
    fill_random(m.bytes + m.length - WG_MAC_LEN, WG_MAC_LEN, 99);
    return m;
}

static inline struct message
make_cookie_reply(uint32_t receiver, uint32_t seed)
{
    const size_t length = sizeof(struct wg_wire_cookie_reply);
    struct message m = make_message(WG_TYPE_COOKIE_REPLY, length, seed);

    put_le32(m.bytes + offsetof(struct wg_wire_cookie_reply, receiver), receiver);
    return m;
}

/* length   of the whole message */
static inline struct message
make_data(uint32_t receiver, uint64_t counter, size_t length)
{
    struct message m = make_message(WG_TYPE_DATA, length, receiver + (uint32_t)counter);

    put_le32(m.bytes + offsetof(struct wg_wire_data, receiver), receiver);
    put_le64(m.bytes + offsetof(struct wg_wire_data, counter), counter);
    return m;
}

static inline struct message
with_reserved(struct message m, uint8_t a, uint8_t b, uint8_t c)
{
    m.bytes[1] = a;
    m.bytes[2] = b;
    m.bytes[3] = c;
    return m;
}

static inline struct wg_wire_view
view_of(const struct message *m)
{
    struct wg_wire_view view;

    wg_wire_decode(m->bytes, m->length, m->length, &view);
    return view;
}

/* One datagram of transport data messages of `size` bytes each, the last one shorter where
 * `length` is no multiple, before segmentation offload cuts it. To be freed. */
static inline uint8_t *
make_segments(uint32_t receiver, uint64_t counter, size_t size, size_t length)
{
    uint8_t *bytes = g_malloc(length);

    fill_random(bytes, length, (uint32_t)length);
    for (size_t at = 0; at + sizeof(struct wg_wire_data) <= length; at += size) {
        memset(bytes + at, 0, sizeof(struct wg_wire_header));
        bytes[at] = WG_TYPE_DATA;
        put_le32(bytes + at + offsetof(struct wg_wire_data, receiver), receiver);
        put_le64(bytes + at + offsetof(struct wg_wire_data, counter), counter++);
    }
    return bytes;
}

/* 192.0.2.host:port */
static inline struct wg_endpoint
at(uint8_t host, uint16_t port)
{
    const uint8_t address[4] = { 192, 0, 2, host };
    return wg_endpoint_make(WG_ENDPOINT_IPV4, address, sizeof address, port);
}

#endif
