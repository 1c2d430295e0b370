/* taker.h
 * A capture under test, fed datagram by datagram.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TEST_TAKER_H
#define TEST_TAKER_H

#include "messages.h"

#include "wg/capture.h"

#define A at(1, 40000)
#define B at(2, 51820)
#define C at(3, 40000)

struct taker {
    struct wg_capture *capture;
    uint32_t frame; /* the last one */
    uint32_t offset;
    bool on_port;
};

static inline void
set_up(struct taker *w, const void *data)
{
    w->capture = wg_capture_new(NULL, NULL, NULL);
}

static inline void
tear_down(struct taker *w, const void *data)
{
    wg_capture_free(w->capture);
}

static inline struct wg_datagram
datagram(const struct taker *w, struct wg_endpoint from, struct wg_endpoint to,
         const uint8_t *bytes, size_t captured, size_t length)
{
    return (struct wg_datagram){
        .context = { .frame = w->frame,
                     .time = w->frame * INT64_C(10000000),
                     .source = from,
                     .destination = to },
        .packet = w->frame,
        .offset = w->offset,
        .on_port = w->on_port,
        .bytes = bytes,
        .captured = captured,
        .length = length,
    };
}

/* Decode a datagram and take it; returns what wg_capture_datagram does. */
static inline uint32_t
take_datagram(struct taker *w, const struct wg_datagram *d)
{
    struct wg_wire_view first;

    wg_datagram_decode(d, &first);
    return wg_capture_datagram(w->capture, d, &first);
}

/* The next frame; returns what wg_capture_datagram does. */
static inline uint32_t
take_bytes(struct taker *w, struct wg_endpoint from, struct wg_endpoint to, const uint8_t *bytes,
           size_t captured, size_t length)
{
    uint8_t *block = g_memdup2(bytes, captured);

    w->frame++;
    const struct wg_datagram d = datagram(w, from, to, block, captured, length);
    const uint32_t number = take_datagram(w, &d);
    g_assert_cmpuint(wg_capture_find(w->capture, &d), ==, number);
    g_free(block); /* nothing may point to it any more */
    return number;
}

static inline uint32_t
take(struct taker *w, struct wg_endpoint from, struct wg_endpoint to, struct message m)
{
    return take_bytes(w, from, to, m.bytes, m.length, m.length);
}

static inline bool
recognises(const struct taker *w, struct wg_endpoint from, struct wg_endpoint to, struct message m)
{
    const struct wg_datagram d = datagram(w, from, to, m.bytes, m.length, m.length);
    struct wg_wire_view first;

    wg_datagram_decode(&d, &first);
    return wg_capture_recognises(w->capture, &d, &first);
}

static const struct wg_note *
note_of(const struct taker *w, uint32_t frame)
{
    const uint32_t number = wg_capture_first(w->capture, frame);

    g_assert_cmpuint(number, >, 0);
    return wg_capture_note(w->capture, number, 0);
}

static inline uint32_t
sessions(struct taker *w)
{
    return wg_sessions_count(wg_capture_sessions(w->capture));
}

struct capture_test {
    const char *path;
    void (*run)(struct taker *, const void *);
};

static inline void
add_capture_tests(const struct capture_test *tests, size_t count)
{
    for (size_t i = 0; i < count; i++)
        g_test_add(tests[i].path, struct taker, NULL, set_up, tests[i].run, tear_down);
}

#endif
