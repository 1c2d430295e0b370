/* world.h
 * A session table under test, fed frame by frame.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TEST_WORLD_H
#define TEST_WORLD_H

#include "messages.h"

#include "wg/sessions.h"

/* The two of most tests, and two others. */
#define A at(1, 40000)
#define B at(2, 51820)
#define C at(3, 40000)
#define D at(4, 51820)

struct world {
    struct wg_notes *notes;
    struct wg_sessions *sessions;
    uint32_t frame;   /* the last one */
    int64_t set_back; /* nanoseconds by which the next messages are older than their place */
};

static inline void
set_up(struct world *w, const void *data)
{
    w->notes = wg_notes_new();
    w->sessions = wg_sessions_new(w->notes, NULL, NULL);
}

static inline void
tear_down(struct world *w, const void *data)
{
    wg_sessions_free(w->sessions);
    wg_notes_free(w->notes);
}

/* The next frame. Its number is also that of its note. */
static inline struct wg_note *
add_captured(struct world *w, struct wg_endpoint from, struct wg_endpoint to, struct message m,
             size_t captured)
{
    const struct wg_message_context context = { .frame = ++w->frame,
                                                .time = w->frame * INT64_C(10000000) - w->set_back,
                                                .source = from,
                                                .destination = to };
    uint8_t *block = g_memdup2(m.bytes, captured);
    struct wg_wire_view view;

    wg_wire_decode(block, captured, m.length, &view);
    const struct wg_note_place place = { .frame = w->frame, .packet = w->frame };
    const uint32_t number = wg_notes_add(w->notes, &place, 1);
    g_assert_cmpuint(number, ==, w->frame);
    wg_sessions_add(w->sessions, &context, &view, number, NULL);
    g_free(block); /* nothing may point to it any more */
    return wg_notes_get(w->notes, number);
}

static inline struct wg_note *
add(struct world *w, struct wg_endpoint from, struct wg_endpoint to, struct message m)
{
    return add_captured(w, from, to, m, m.length);
}

static inline struct wg_session *
stream(const struct world *w, uint32_t number)
{
    g_assert_cmpuint(number, <, wg_sessions_count(w->sessions));
    return wg_sessions_get(w->sessions, number);
}

static inline struct wg_direction *
find(const struct world *w, uint32_t receiver, enum wg_role role, struct wg_endpoint from,
     struct wg_endpoint to)
{
    return wg_sessions_find(w->sessions, receiver, role, NULL, &from, &to);
}

static inline void
assert_endpoint(struct wg_endpoint a, struct wg_endpoint b)
{
    g_assert_true(wg_endpoint_equal(&a, &b));
}

/* Frames 1 and 2. */
static inline void
add_handshake(struct world *w, uint32_t initiator, uint32_t responder)
{
    add(w, A, B, make_initiation(initiator, w->frame + 1));
    add(w, B, A, make_response(responder, initiator, w->frame + 1));
}

/* A test of a table that is made for it. */
struct world_test {
    const char *path;
    void (*run)(struct world *, const void *);
};

static inline void
add_world_tests(const struct world_test *tests, size_t count)
{
    for (size_t i = 0; i < count; i++)
        g_test_add(tests[i].path, struct world, NULL, set_up, tests[i].run, tear_down);
}

#endif
