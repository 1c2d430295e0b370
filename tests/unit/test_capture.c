/* test_capture.c
 * Which datagrams of a capture are taken, when, and what notes they get.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "messages.h"

#include "wg/capture.h"

#define A at(1, 40000)
#define B at(2, 51820)
#define C at(3, 40000)

struct world {
    struct wg_capture *capture;
    uint32_t frame; /* the last one */
    uint32_t offset;
    bool on_port;
};

static void
set_up(struct world *w, const void *data)
{
    w->capture = wg_capture_new(NULL, NULL, NULL);
}

static void
tear_down(struct world *w, const void *data)
{
    wg_capture_free(w->capture);
}

static struct wg_datagram
datagram(const struct world *w, struct wg_endpoint from, struct wg_endpoint to,
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

/* The next frame; returns what wg_capture_datagram does. */
static uint32_t
take_bytes(struct world *w, struct wg_endpoint from, struct wg_endpoint to, const uint8_t *bytes,
           size_t captured, size_t length)
{
    uint8_t *block = g_memdup2(bytes, captured);

    w->frame++;
    const struct wg_datagram d = datagram(w, from, to, block, captured, length);
    const uint32_t number = wg_capture_datagram(w->capture, &d);
    g_assert_cmpuint(wg_capture_find(w->capture, &d), ==, number);
    g_free(block); /* nothing may point to it any more */
    return number;
}

static uint32_t
take(struct world *w, struct wg_endpoint from, struct wg_endpoint to, struct message m)
{
    return take_bytes(w, from, to, m.bytes, m.length, m.length);
}

static bool
recognises(const struct world *w, struct wg_endpoint from, struct wg_endpoint to, struct message m)
{
    const struct wg_datagram d = datagram(w, from, to, m.bytes, m.length, m.length);
    return wg_capture_recognises(w->capture, &d);
}

static const struct wg_note *
note_of(const struct world *w, uint32_t frame)
{
    const uint32_t number = wg_capture_first(w->capture, frame);

    g_assert_cmpuint(number, >, 0);
    return wg_capture_note(w->capture, number, 0);
}

static uint32_t
sessions(struct world *w)
{
    return wg_sessions_count(wg_capture_sessions(w->capture));
}

/* ---- what convinces at once ---- */

static void
test_handshake(struct world *w, const void *data)
{
    g_assert_cmpuint(take(w, A, B, make_initiation(10, 1)), ==, 1);
    g_assert_cmpuint(take(w, B, A, make_response(20, 10, 2)), ==, 2);
    g_assert_cmpuint(take(w, A, B, make_data(20, 0, 32)), ==, 3);
    g_assert_cmpuint(sessions(w), ==, 1);
    g_assert_cmpuint(note_of(w, 1)->type, ==, WG_TYPE_INITIATION);
    g_assert_cmpuint(note_of(w, 2)->type, ==, WG_TYPE_RESPONSE);
    g_assert_cmpuint(note_of(w, 3)->type, ==, WG_TYPE_DATA);
    g_assert_true(note_of(w, 2)->of.session == note_of(w, 1)->of.session);
    g_assert_true(note_of(w, 3)->of.direction == note_of(w, 1)->of.session->to_responder);
    g_assert_cmpuint(wg_capture_first(w->capture, 4), ==, 0);
}

static void
test_others(struct world *w, const void *data)
{
    g_assert_cmpuint(take_bytes(w, A, B, NULL, 0, 0), ==, 0);
    g_assert_cmpuint(take_bytes(w, A, B, NULL, 0, 148), ==, 0);
    g_assert_cmpuint(take(w, A, B, make_message(5, 148, 1)), ==, 0);
    g_assert_cmpuint(take(w, A, B, make_message(1, 147, 1)), ==, 0);
    for (int i = 0; i < 5; i++) {
        struct message padded = make_data(1, (uint64_t)i, 96);
        memset(padded.bytes + 16, 0, 80);
        g_assert_cmpuint(take(w, A, B, padded), ==, 0);
    }
    g_assert_cmpuint(sessions(w), ==, 0);
}

/* ---- what needs others beside it ---- */

/* mac2 is set, so that the initiation could be anything random, until somebody answers it. */
static void
test_pending_handshake(struct world *w, const void *data)
{
    g_assert_cmpuint(take(w, A, B, with_mac2(make_initiation(10, 1))), ==, 0);
    g_assert_cmpuint(take(w, B, A, with_mac2(make_response(20, 11, 2))), ==, 0); /* of another */
    g_assert_cmpuint(sessions(w), ==, 0);
    g_assert_cmpuint(take(w, B, A, with_mac2(make_response(21, 10, 3))), ==, 3);
    g_assert_cmpuint(wg_capture_first(w->capture, 1), ==, 1);
    g_assert_cmpuint(wg_capture_first(w->capture, 2), ==, 2);
    const struct wg_session *s = note_of(w, 1)->of.session;
    g_assert_cmpuint(s->initiation_frame, ==, 1);
    g_assert_cmpuint(wg_session_answer(s), ==, 3);
    g_assert_true(note_of(w, 3)->of.session == s);
}

static void
test_pending_handshake_answers(struct world *w, const void *data)
{
    static const struct {
        enum wg_message_type type;
        bool back; /* from the other end */
        uint32_t receiver;
        bool taken;
    } rows[] = {
        /*  1 */ { WG_TYPE_COOKIE_REPLY, true, 10, true },
        /*  2 */ { WG_TYPE_COOKIE_REPLY, true, 11, false },
        /*  3 */ { WG_TYPE_COOKIE_REPLY, false, 10, false },
        /*  4 */ { WG_TYPE_DATA, true, 10, true }, /* the response was not captured */
        /*  5 */ { WG_TYPE_DATA, true, 11, false },
        /*  6 */ { WG_TYPE_DATA, false, 10, false },
        /*  7 */ { WG_TYPE_RESPONSE, false, 10, false }, /* nobody answers himself */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct world v = { .capture = wg_capture_new(NULL, NULL, NULL) };
        const uint32_t r = rows[i].receiver;
        struct message m = make_data(r, 0, 64);
        if (rows[i].type == WG_TYPE_COOKIE_REPLY)
            m = make_cookie_reply(r, 2);
        else if (rows[i].type == WG_TYPE_RESPONSE)
            m = with_mac2(make_response(20, r, 2));
        g_test_message("row %zu", i + 1);
        g_assert_cmpuint(take(&v, A, B, with_mac2(make_initiation(10, 1))), ==, 0);
        const uint32_t number = rows[i].back ? take(&v, B, A, m) : take(&v, A, B, m);
        g_assert_cmpuint(number, ==, rows[i].taken ? 2 : 0);
        g_assert_cmpuint(wg_capture_first(v.capture, 1), ==, rows[i].taken ? 1 : 0);
        wg_capture_free(v.capture);
    }
}

static void
test_pending_data(struct world *w, const void *data)
{
    g_assert_cmpuint(take(w, A, B, make_data(20, 7, 128)), ==, 0);
    g_assert_cmpuint(take(w, A, B, make_data(20, 7, 128)), ==, 0); /* a copy */
    g_assert_cmpuint(take(w, A, B, make_data(20, 9, 128)), ==, 0);
    g_assert_cmpuint(sessions(w), ==, 0);
    g_assert_cmpuint(take(w, A, B, make_data(20, 10, 64)), ==, 4);

    const struct wg_direction *d = note_of(w, 4)->of.direction;
    for (uint32_t frame = 1; frame <= 4; frame++) {
        g_assert_cmpuint(wg_capture_first(w->capture, frame), ==, frame);
        g_assert_true(note_of(w, frame)->of.direction == d);
        g_assert_cmpuint(note_of(w, frame)->frame, ==, frame);
        g_assert_cmpuint(note_of(w, frame)->count, ==, 1);
    }
    g_assert_cmpuint(note_of(w, 2)->flags, ==, WG_NOTE_DUPLICATE);
    g_assert_cmpuint(note_of(w, 3)->lost, ==, 1);
    g_assert_cmpuint(d->packets, ==, 4);
    g_assert_cmpuint(sessions(w), ==, 1);
}

static void
test_pending_both_ways(struct world *w, const void *data)
{
    g_assert_cmpuint(take(w, A, B, make_data(20, 7, 128)), ==, 0);
    g_assert_cmpuint(take(w, B, A, make_data(10, 2, 128)), ==, 0);
    g_assert_cmpuint(take(w, C, B, make_data(20, 8, 128)), ==, 0); /* not of this flow */
    g_assert_cmpuint(take(w, A, B, make_data(20, 8, 128)), ==, 0);
    g_assert_cmpuint(take(w, B, A, make_data(10, 3, 128)), ==, 4);
    g_assert_cmpuint(wg_capture_first(w->capture, 3), ==, 0);
    g_assert_cmpuint(sessions(w), ==, 1);
    g_assert_true(note_of(w, 1)->of.direction->session == note_of(w, 2)->of.direction->session);
}

/* Cut too short to be accounted for, but no reason to give up the flow. */
static void
test_pending_truncated(struct world *w, const void *data)
{
    const struct message m = make_data(20, 1, 128);

    for (size_t captured = 4; captured < 16; captured++)
        g_assert_cmpuint(take_bytes(w, A, B, m.bytes, captured, m.length), ==, 0);
    g_assert_cmpuint(take_bytes(w, A, B, make_data(20, 2, 128).bytes, 16, 128), ==, 0);
    g_assert_cmpuint(take_bytes(w, A, B, make_data(20, 3, 128).bytes, 17, 128), ==, 0);
    g_assert_cmpuint(take_bytes(w, A, B, make_data(20, 4, 128).bytes, 60, 128), ==, 15);
    g_assert_null(note_of(w, 1)->of.direction);
    g_assert_cmpuint(note_of(w, 1)->type, ==, WG_TYPE_DATA);
    g_assert_cmpuint(note_of(w, 13)->of.direction->packets, ==, 3);
}

/* ---- bounds ---- */

static void
test_pending_bound(struct world *w, const void *data)
{
    enum { POSSIBLE = 50, REMEMBERED = 16 };

    for (uint32_t i = 0; i < POSSIBLE; i++)
        g_assert_cmpuint(take(w, B, A, make_cookie_reply(100 + i, i)), ==, 0);
    g_assert_cmpuint(take(w, A, B, make_initiation(10, 1)), ==, REMEMBERED + 1);
    for (uint32_t frame = 1; frame <= POSSIBLE; frame++) {
        const uint32_t number = wg_capture_first(w->capture, frame);
        g_assert_cmpuint(number, ==,
                         frame > POSSIBLE - REMEMBERED ? frame - (POSSIBLE - REMEMBERED) : 0);
    }
}

/* Of so many flows that nothing has proved, the one that has waited longest is forgotten. */
static void
test_unproved_bound(struct world *w, const void *data)
{
    enum { FLOWS = 4096 };

    for (int too_many = 0; too_many <= 1; too_many++) {
        struct world v = { .capture = wg_capture_new(NULL, NULL, NULL) };
        g_assert_cmpuint(take(&v, A, B, make_data(20, 1, 64)), ==, 0);
        g_assert_cmpuint(take(&v, A, B, make_data(20, 2, 64)), ==, 0);
        /* A proved flow takes none of the places, even if it waited, and stays. */
        g_assert_cmpuint(take(&v, C, B, make_cookie_reply(1, 1)), ==, 0);
        g_assert_cmpuint(take(&v, C, B, make_initiation(30, 1)), ==, 2);
        for (uint16_t i = 0; i < FLOWS - 1 + too_many; i++)
            for (uint64_t k = 0; k < 2; k++)
                g_assert_cmpuint(take(&v, at(9, i), B, make_data(40, k, 64)), ==, 0);
        /* The third one proves the flow, if the first two are remembered. */
        g_assert_cmpuint(take(&v, A, B, make_data(20, 3, 64)), ==, too_many ? 0 : 5);
        g_assert_cmpuint(wg_capture_first(v.capture, 1), ==, too_many ? 0 : 3);
        g_assert_cmpuint(take(&v, C, B, make_message(4, 20, 1)), >, 0);
        /* The latest is there in any case. */
        g_assert_cmpuint(take(&v, at(9, FLOWS - 2), B, make_data(40, 2, 64)), >, 0);
        wg_capture_free(v.capture);
    }
}

/* ---- ports and flows that are known ---- */

static void
test_on_port(struct world *w, const void *data)
{
    w->on_port = true;
    g_assert_cmpuint(take(w, A, B, make_message(1, 147, 1)), ==, 1);
    g_assert_cmpuint(take(w, A, B, make_message(4, 20, 1)), ==, 2);
    g_assert_cmpuint(take(w, A, B, make_message(5, 148, 1)), ==, 0);
    g_assert_cmpuint(take(w, A, B, with_reserved(make_message(4, 20, 1), 1, 2, 3)), ==, 0);
    /* That was a port's word, and proves no flow. */
    const struct wg_message_context there = { .source = A, .destination = B },
                                    back = { .source = B, .destination = A };
    g_assert_false(wg_capture_proved(w->capture, &there));
    w->on_port = false;
    g_assert_cmpuint(take(w, A, B, make_message(4, 20, 1)), ==, 0);
    g_assert_cmpuint(take(w, A, B, make_data(20, 1, 64)), ==, 0);
    /* A message of the right shape does; what waited is accounted for first. */
    w->on_port = true;
    g_assert_cmpuint(take(w, A, B, make_data(20, 2, 64)), ==, 4);
    g_assert_cmpuint(wg_capture_first(w->capture, 6), ==, 3);
    g_assert_true(wg_capture_proved(w->capture, &there) && wg_capture_proved(w->capture, &back));
    w->on_port = false;
    g_assert_cmpuint(take(w, A, B, make_message(4, 20, 1)), ==, 5);
}

/* The heuristic is asked before the port, if the user wants it so. */
static void
test_on_port_after_heuristic(struct world *w, const void *data)
{
    g_assert_cmpuint(take(w, A, B, make_data(20, 6, 64)), ==, 0);
    g_assert_cmpuint(take(w, A, B, make_data(20, 7, 64)), ==, 0);
    w->frame--;
    w->on_port = true;
    g_assert_cmpuint(take(w, A, B, make_data(20, 7, 64)), ==, 2);
    g_assert_cmpuint(note_of(w, 2)->flags, ==, 0);
    g_assert_cmpuint(note_of(w, 2)->of.direction->packets, ==, 2);
}

static void
test_proved_flow(struct world *w, const void *data)
{
    static const uint8_t magic[] = { 0x21, 0x12, 0xa4, 0x42 };
    struct message stun = with_reserved(make_message(1, 148, 1), 1, 0, 128);

    memcpy(stun.bytes + 4, magic, sizeof magic);
    g_assert_cmpuint(take(w, A, B, with_reserved(make_initiation(10, 1), 7, 8, 9)), ==, 1);
    g_assert_cmpuint(take(w, B, A, make_message(4, 20, 1)), ==, 2);
    g_assert_cmpuint(take(w, A, B, with_reserved(make_message(2, 91, 1), 7, 8, 9)), ==, 3);
    g_assert_cmpuint(take(w, A, B, with_reserved(make_message(2, 91, 1), 7, 8, 1)), ==, 0);
    g_assert_cmpuint(take(w, A, B, with_reserved(make_data(99, 5, 64), 7, 8, 1)), ==, 4);
    g_assert_cmpuint(take(w, A, B, make_data(99, UINT64_MAX, 64)), ==, 5);
    /* Its reserved bytes are still those of what proved it. */
    g_assert_cmpuint(take(w, A, B, with_reserved(make_message(2, 91, 1), 7, 8, 1)), ==, 0);
    g_assert_cmpuint(take(w, A, B, with_reserved(make_message(2, 91, 1), 7, 8, 9)), ==, 6);
    g_assert_cmpuint(take(w, A, B, make_message(6, 148, 1)), ==, 0);
    g_assert_cmpuint(take(w, B, A, stun), ==, 0);
    /* Another flow is another matter. */
    g_assert_cmpuint(take(w, C, B, make_message(4, 20, 1)), ==, 0);
    g_assert_cmpuint(take(w, A, at(2, 51821), make_data(98, 5, 64)), ==, 0);
}

static void
test_known_index(struct world *w, const void *data)
{
    take(w, A, B, make_initiation(10, 1));
    take(w, B, A, make_response(20, 10, 2));
    take(w, A, B, make_data(20, 0, 64));
    /* The initiator has moved. */
    g_assert_cmpuint(take(w, C, B, make_data(20, 1, 64)), ==, 4);
    g_assert_true(note_of(w, 4)->of.direction == note_of(w, 3)->of.direction);
    g_assert_cmpuint(take(w, B, C, make_data(10, 0, 64)), ==, 5);
    g_assert_cmpuint(take(w, C, B, make_message(4, 20, 1)), ==, 6);
    /* Somebody else, whom nobody knows. */
    g_assert_cmpuint(take(w, at(9, 9), B, make_data(21, 1, 64)), ==, 0);
    /* A message that contradicts the format is not excused by its index. */
    g_assert_cmpuint(take(w, at(8, 8), B, make_data(20, UINT64_MAX, 64)), ==, 0);
}

static void
test_recognises(struct world *w, const void *data)
{
    g_assert_true(recognises(w, A, B, make_initiation(10, 1)));
    g_assert_cmpuint(sessions(w), ==, 0);
    g_assert_cmpuint(wg_capture_first(w->capture, 0), ==, 0);
    g_assert_cmpuint(take(w, A, B, make_data(0x20000000, 1, 64)), ==, 0);
    for (uint64_t i = 0; i < 10; i++) {
        g_assert_false(recognises(w, A, B, make_data(0x20000000, 1 + i % 2, 64)));
        g_assert_false(recognises(w, C, B, make_data(0x20000000, i, 64)));
    }
    g_assert_cmpuint(take(w, A, B, make_data(0x20000000, 2, 64)), ==, 0);
    g_assert_cmpuint(take(w, C, B, make_data(0x20000000, 2, 64)), ==, 0);
    g_assert_cmpuint(take(w, A, B, make_data(0x20000000, 3, 64)), ==, 3);
    for (int i = 0; i < 10; i++) {
        g_assert_true(recognises(w, A, B, make_data(0x20000000, 3, 64)));
        g_assert_true(recognises(w, C, B, make_data(0x20000000, 3, 64)));
        g_assert_true(recognises(w, A, B, make_message(4, 20, 1)));
        g_assert_false(recognises(w, C, B, make_message(4, 20, 1)));
        g_assert_false(recognises(w, A, B, make_message(5, 64, 1)));
    }
    g_assert_cmpuint(note_of(w, 2)->of.direction->packets, ==, 3);
    g_assert_cmpuint(sessions(w), ==, 1);
    g_assert_cmpuint(take(w, A, B, make_data(0x20000000, 4, 64)), ==, 4);
}

/* ---- segmentation offload and tunnels in tunnels ---- */

/* messages of 1312 bytes, the last of them of 400. */
static uint32_t
take_segments(struct world *w, uint64_t counter, size_t messages)
{
    const size_t length = (messages - 1) * 1312 + 400;
    uint8_t *bytes = make_segments(20, counter, 1312, length);
    const uint32_t number = take_bytes(w, A, B, bytes, length, length);

    g_free(bytes);
    return number;
}

static void
test_segments(struct world *w, const void *data)
{
    g_assert_cmpuint(take_segments(w, 100, 29), ==, 1);
    const struct wg_direction *d = note_of(w, 1)->of.direction;
    for (unsigned i = 0; i < 29; i++) {
        const struct wg_note *note = wg_capture_note(w->capture, 1, i);
        g_assert_true(note->of.direction == d);
        g_assert_cmpuint(note->frame, ==, 1);
        g_assert_cmpuint(note->count, ==, i == 0 ? 29 : 0);
        g_assert_cmpuint(note->lost, ==, 0);
        g_assert_cmpuint(note->flags, ==, 0);
    }
    g_assert_cmpuint(d->packets, ==, 29);
    g_assert_cmpuint(d->counters.highest, ==, 128);
    g_assert_cmpuint(take_segments(w, 130, 2), ==, 30);
    g_assert_cmpuint(wg_capture_note(w->capture, 30, 0)->lost, ==, 1);
    g_assert_cmpuint(wg_capture_note(w->capture, 30, 1)->lost, ==, 0);
}

/* Of a datagram that waits only the first bytes are kept; its messages count all the same. */
static void
test_segments_pending(struct world *w, const void *data)
{
    g_assert_cmpuint(take_segments(w, 100, 2), ==, 0);
    g_assert_cmpuint(take_segments(w, 100, 2), ==, 0); /* a copy proves nothing more */
    g_assert_cmpuint(take_segments(w, 102, 2), ==, 5);
    g_assert_cmpuint(wg_capture_first(w->capture, 1), ==, 1);
    g_assert_cmpuint(wg_capture_first(w->capture, 2), ==, 3);
    g_assert_cmpuint(note_of(w, 1)->count, ==, 2);
    g_assert_cmpuint(wg_capture_note(w->capture, 4, 0)->flags, ==, WG_NOTE_DUPLICATE);
    g_assert_cmpuint(note_of(w, 1)->of.direction->packets, ==, 6);
    g_assert_cmpuint(wg_counters_lost(&note_of(w, 1)->of.direction->counters), ==, 0);
}

/* Two datagrams of a frame, a tunnel in a tunnel. */
static void
test_two_in_a_frame(struct world *w, const void *data)
{
    const struct message other = make_message(5, 64, 1);

    g_assert_cmpuint(take(w, A, B, make_initiation(10, 1)), ==, 1);
    w->frame = 0;
    w->offset = 1;
    g_assert_cmpuint(take(w, at(100, 1), at(101, 1), make_initiation(11, 2)), ==, 2);
    w->frame = 0;
    w->offset = 2;
    g_assert_cmpuint(take(w, at(200, 1), at(201, 1), other), ==, 0);
    g_assert_cmpuint(wg_capture_first(w->capture, 1), ==, 1);
    g_assert_cmpuint(wg_capture_note(w->capture, 1, 0)->next, ==, 2);
    g_assert_cmpuint(wg_capture_note(w->capture, 2, 0)->next, ==, 0);
    g_assert_cmpuint(sessions(w), ==, 2);
}

/* What was not recognised when it came changes nothing for what comes after it in its frame. */
static void
test_late_proof_in_a_frame(struct world *w, const void *data)
{
    struct wg_datagram d[3];
    const struct message first = make_data(20, 0, 64), second = make_initiation(10, 1);

    w->frame = 1;
    d[0] = datagram(w, C, at(4, 51820), first.bytes, first.length, first.length);
    w->offset = 100;
    d[1] = datagram(w, A, B, second.bytes, second.length, second.length);
    g_assert_cmpuint(wg_capture_datagram(w->capture, &d[0]), ==, 0);
    g_assert_cmpuint(wg_capture_datagram(w->capture, &d[1]), ==, 1);
    w->offset = 0;
    take(w, C, at(4, 51820), make_data(20, 1, 64));
    take(w, C, at(4, 51820), make_data(20, 2, 64));

    for (unsigned i = 0; i < 2; i++)
        d[i].packet = 0;
    const uint32_t data_number = wg_capture_find(w->capture, &d[0]);
    const uint32_t initiation_number = wg_capture_find(w->capture, &d[1]);
    g_assert_cmpuint(wg_capture_note(w->capture, data_number, 0)->type, ==, WG_TYPE_DATA);
    g_assert_cmpuint(wg_capture_note(w->capture, initiation_number, 0)->type, ==,
                     WG_TYPE_INITIATION);
}

/* A read filter drops a packet, and the next one gets its number. */
static void
test_number_given_again(struct world *w, const void *data)
{
    const struct message initiation = make_initiation(10, 1), cookie = make_cookie_reply(10, 3);
    struct wg_datagram d =
        datagram(w, A, B, initiation.bytes, initiation.length, initiation.length);

    d.context.frame = d.packet = 1;
    g_assert_cmpuint(wg_capture_datagram(w->capture, &d), ==, 1);
    d.packet = 2; /* the very same bytes */
    g_assert_cmpuint(wg_capture_find(w->capture, &d), ==, 0);
    g_assert_cmpuint(wg_capture_datagram(w->capture, &d), ==, 2);
    d.packet = 0;
    g_assert_cmpuint(wg_capture_find(w->capture, &d), ==, 2);
    g_assert_cmpuint(wg_capture_note(w->capture, 2, 0)->flags, ==, WG_NOTE_DUPLICATE);

    d = datagram(w, B, A, cookie.bytes, cookie.length, cookie.length);
    d.context.frame = 1;
    d.packet = 0;
    g_assert_cmpuint(wg_capture_find(w->capture, &d), ==, 0);
    d.packet = 3;
    g_assert_cmpuint(wg_capture_datagram(w->capture, &d), ==, 3);
    d.packet = 0;
    g_assert_cmpuint(wg_capture_find(w->capture, &d), ==, 3);
    g_assert_cmpuint(wg_capture_first(w->capture, 1), ==, 3);
}

/* However many messages a datagram says it holds: one note for all that were not captured. */
static void
test_uncaptured(struct world *w, const void *data)
{
    uint8_t *bytes = make_segments(20, 0, 1312, 1312 * 29);

    w->on_port = true;
    g_assert_cmpuint(take_bytes(w, A, B, bytes, 2 * 1312 + 16, 1312 * 29), ==, 1);
    g_assert_cmpuint(note_of(w, 1)->count, ==, 4);
    g_assert_true(wg_capture_note(w->capture, 1, 3) == wg_capture_note(w->capture, 1, 28));
    const struct wg_direction *d = note_of(w, 1)->of.direction;
    g_assert_cmpuint(d->packets, ==, 29);
    g_assert_cmpuint(d->counters.highest, ==, 28);
    g_assert_cmpuint(wg_counters_lost(&d->counters), ==, 0);
    g_free(bytes);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(struct world *, const void *);
    } tests[] = {
        { "/capture/handshake", test_handshake },
        { "/capture/others", test_others },
        { "/capture/pending-handshake", test_pending_handshake },
        { "/capture/pending-handshake-answers", test_pending_handshake_answers },
        { "/capture/pending-data", test_pending_data },
        { "/capture/pending-both-ways", test_pending_both_ways },
        { "/capture/pending-truncated", test_pending_truncated },
        { "/capture/pending-bound", test_pending_bound },
        { "/capture/unproved-bound", test_unproved_bound },
        { "/capture/on-port", test_on_port },
        { "/capture/on-port-after-heuristic", test_on_port_after_heuristic },
        { "/capture/proved-flow", test_proved_flow },
        { "/capture/known-index", test_known_index },
        { "/capture/recognises", test_recognises },
        { "/capture/segments", test_segments },
        { "/capture/segments-pending", test_segments_pending },
        { "/capture/two-in-a-frame", test_two_in_a_frame },
        { "/capture/late-proof-in-a-frame", test_late_proof_in_a_frame },
        { "/capture/number-given-again", test_number_given_again },
        { "/capture/uncaptured", test_uncaptured },
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, struct world, NULL, set_up, tests[i].run, tear_down);
    return g_test_run();
}
