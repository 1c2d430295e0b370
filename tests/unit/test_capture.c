/* test_capture.c
 * Which datagrams of a capture are taken, when, and what notes they get.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "taker.h"

/* ---- what convinces at once ---- */

static void
test_handshake(struct taker *w, const void *data)
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
test_others(struct taker *w, const void *data)
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
test_pending_handshake(struct taker *w, const void *data)
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
test_pending_handshake_answers(struct taker *w, const void *data)
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
        struct taker v = { .capture = wg_capture_new(NULL, NULL, NULL) };
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
test_pending_data(struct taker *w, const void *data)
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
    g_assert_cmpuint(wg_counters_packets(&d->counters), ==, 4);
    g_assert_cmpuint(sessions(w), ==, 1);
}

static void
test_pending_both_ways(struct taker *w, const void *data)
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
test_pending_truncated(struct taker *w, const void *data)
{
    const struct message m = make_data(20, 1, 128);

    for (size_t captured = 4; captured < 16; captured++)
        g_assert_cmpuint(take_bytes(w, A, B, m.bytes, captured, m.length), ==, 0);
    g_assert_cmpuint(take_bytes(w, A, B, make_data(20, 2, 128).bytes, 16, 128), ==, 0);
    g_assert_cmpuint(take_bytes(w, A, B, make_data(20, 3, 128).bytes, 17, 128), ==, 0);
    g_assert_cmpuint(take_bytes(w, A, B, make_data(20, 4, 128).bytes, 60, 128), ==, 15);
    g_assert_null(note_of(w, 1)->of.direction);
    g_assert_cmpuint(note_of(w, 1)->type, ==, WG_TYPE_DATA);
    g_assert_cmpuint(wg_counters_packets(&note_of(w, 13)->of.direction->counters), ==, 3);
}

/* ---- bounds ---- */

static void
test_pending_bound(struct taker *w, const void *data)
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
test_unproved_bound(struct taker *w, const void *data)
{
    enum { FLOWS = 4096 };

    for (int too_many = 0; too_many <= 1; too_many++) {
        struct taker v = { .capture = wg_capture_new(NULL, NULL, NULL) };
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
test_on_port(struct taker *w, const void *data)
{
    w->on_port = true;
    g_assert_cmpuint(take(w, A, B, make_message(1, 147, 1)), ==, 1);
    g_assert_cmpuint(take(w, A, B, make_message(4, 20, 1)), ==, 2);
    g_assert_cmpuint(take(w, A, B, make_message(5, 148, 1)), ==, 0);
    g_assert_cmpuint(take(w, A, B, with_reserved(make_message(4, 20, 1), 1, 2, 3)), ==, 0);
    /* That was a port's word, and proves no flow. */
    const struct wg_endpoint a = A, b = B;
    g_assert_false(wg_capture_proved(w->capture, &a, &b));
    w->on_port = false;
    g_assert_cmpuint(take(w, A, B, make_message(4, 20, 1)), ==, 0);
    g_assert_cmpuint(take(w, A, B, make_data(20, 1, 64)), ==, 0);
    /* A message of the right shape does; what waited is accounted for first. */
    w->on_port = true;
    g_assert_cmpuint(take(w, A, B, make_data(20, 2, 64)), ==, 4);
    g_assert_cmpuint(wg_capture_first(w->capture, 6), ==, 3);
    g_assert_true(wg_capture_proved(w->capture, &a, &b) && wg_capture_proved(w->capture, &b, &a));
    w->on_port = false;
    g_assert_cmpuint(take(w, A, B, make_message(4, 20, 1)), ==, 5);
}

/* A datagram that would wait for the proof of its flow is taken at once if an earlier accounting of
 * the same packets took it. */
static void
test_was_taken(struct taker *w, const void *data)
{
    const struct message m = make_data(20, 6, 64);

    w->frame = 1;
    struct wg_datagram d = datagram(w, A, B, m.bytes, m.length, m.length);
    g_assert_cmpuint(take_datagram(w, &d), ==, 0);
    d.context.frame = d.packet = 2;
    d.was_taken = true;
    g_assert_cmpuint(take_datagram(w, &d), ==, 2);
    g_assert_cmpuint(wg_capture_first(w->capture, 1), ==, 1);
    g_assert_false(wg_capture_reuses_frames(w->capture));
    d.packet = 3;
    take_datagram(w, &d);
    g_assert_true(wg_capture_reuses_frames(w->capture));
}

/* The heuristic is asked before the port, if the user wants it so. */
static void
test_on_port_after_heuristic(struct taker *w, const void *data)
{
    g_assert_cmpuint(take(w, A, B, make_data(20, 6, 64)), ==, 0);
    g_assert_cmpuint(take(w, A, B, make_data(20, 7, 64)), ==, 0);
    w->frame--;
    w->on_port = true;
    g_assert_cmpuint(take(w, A, B, make_data(20, 7, 64)), ==, 2);
    g_assert_cmpuint(note_of(w, 2)->flags, ==, 0);
    g_assert_cmpuint(wg_counters_packets(&note_of(w, 2)->of.direction->counters), ==, 2);
}

static void
test_proved_flow(struct taker *w, const void *data)
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
test_known_index(struct taker *w, const void *data)
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
test_recognises(struct taker *w, const void *data)
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
    g_assert_cmpuint(wg_counters_packets(&note_of(w, 2)->of.direction->counters), ==, 3);
    g_assert_cmpuint(sessions(w), ==, 1);
    g_assert_cmpuint(take(w, A, B, make_data(0x20000000, 4, 64)), ==, 4);
}

int
main(int argc, char **argv)
{
    static const struct capture_test tests[] = {
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
        { "/capture/was-taken", test_was_taken },
        { "/capture/proved-flow", test_proved_flow },
        { "/capture/known-index", test_known_index },
        { "/capture/recognises", test_recognises },
    };

    g_test_init(&argc, &argv, NULL);
    add_capture_tests(tests, G_N_ELEMENTS(tests));
    return g_test_run();
}
