/* test_capture_several.c
 * Several messages in a datagram, several datagrams in a frame, and several frames with one number.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "taker.h"

/* messages of 1312 bytes, the last of them of 400. */
static uint32_t
take_segments(struct taker *w, uint64_t counter, size_t messages)
{
    const size_t length = (messages - 1) * 1312 + 400;
    uint8_t *bytes = make_segments(20, counter, 1312, length);
    const uint32_t number = take_bytes(w, A, B, bytes, length, length);

    g_free(bytes);
    return number;
}

static void
test_segments(struct taker *w, const void *data)
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
    g_assert_cmpuint(wg_counters_packets(&d->counters), ==, 29);
    g_assert_cmpuint(d->counters.highest, ==, 128);
    g_assert_cmpuint(take_segments(w, 130, 2), ==, 30);
    g_assert_cmpuint(wg_capture_note(w->capture, 30, 0)->lost, ==, 1);
    g_assert_cmpuint(wg_capture_note(w->capture, 30, 1)->lost, ==, 0);
}

/* Of a datagram that waits only the first bytes are kept; its messages count all the same. */
static void
test_segments_pending(struct taker *w, const void *data)
{
    g_assert_cmpuint(take_segments(w, 100, 2), ==, 0);
    g_assert_cmpuint(take_segments(w, 100, 2), ==, 0); /* a copy proves nothing more */
    g_assert_cmpuint(take_segments(w, 102, 2), ==, 5);
    g_assert_cmpuint(wg_capture_first(w->capture, 1), ==, 1);
    g_assert_cmpuint(wg_capture_first(w->capture, 2), ==, 3);
    g_assert_cmpuint(note_of(w, 1)->count, ==, 2);
    g_assert_cmpuint(wg_capture_note(w->capture, 4, 0)->flags, ==, WG_NOTE_DUPLICATE);
    g_assert_cmpuint(wg_counters_packets(&note_of(w, 1)->of.direction->counters), ==, 6);
    g_assert_cmpuint(wg_counters_lost(&note_of(w, 1)->of.direction->counters), ==, 0);
}

/* Two datagrams of a frame, a tunnel in a tunnel. */
static void
test_two_in_a_frame(struct taker *w, const void *data)
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
    g_assert_cmpuint(wg_capture_next(w->capture, 1), ==, 2);
    g_assert_cmpuint(wg_capture_next(w->capture, 2), ==, 0);
    g_assert_cmpuint(sessions(w), ==, 2);
}

/* What was not recognised when it came changes nothing for what comes after it in its frame. */
static void
test_late_proof_in_a_frame(struct taker *w, const void *data)
{
    struct wg_datagram d[3];
    const struct message first = make_data(20, 0, 64), second = make_initiation(10, 1);

    w->frame = 1;
    d[0] = datagram(w, C, at(4, 51820), first.bytes, first.length, first.length);
    w->offset = 100;
    d[1] = datagram(w, A, B, second.bytes, second.length, second.length);
    g_assert_cmpuint(take_datagram(w, &d[0]), ==, 0);
    g_assert_cmpuint(take_datagram(w, &d[1]), ==, 1);
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
test_number_given_again(struct taker *w, const void *data)
{
    const struct message initiation = make_initiation(10, 1), cookie = make_cookie_reply(10, 3);
    struct wg_datagram d =
        datagram(w, A, B, initiation.bytes, initiation.length, initiation.length);

    d.context.frame = d.packet = 1;
    g_assert_cmpuint(take_datagram(w, &d), ==, 1);
    d.packet = 2; /* the very same bytes */
    g_assert_cmpuint(wg_capture_find(w->capture, &d), ==, 0);
    g_assert_cmpuint(take_datagram(w, &d), ==, 2);
    d.packet = 0;
    g_assert_cmpuint(wg_capture_find(w->capture, &d), ==, 2);
    g_assert_cmpuint(wg_capture_note(w->capture, 2, 0)->flags, ==, WG_NOTE_DUPLICATE);

    d = datagram(w, B, A, cookie.bytes, cookie.length, cookie.length);
    d.context.frame = 1;
    d.packet = 0;
    g_assert_cmpuint(wg_capture_find(w->capture, &d), ==, 0);
    d.packet = 3;
    g_assert_cmpuint(take_datagram(w, &d), ==, 3);
    d.packet = 0;
    g_assert_cmpuint(wg_capture_find(w->capture, &d), ==, 3);
    g_assert_cmpuint(wg_capture_first(w->capture, 1), ==, 3);
}

/* However many messages a datagram says it holds: one note for all that were not captured. */
static void
test_uncaptured(struct taker *w, const void *data)
{
    uint8_t *bytes = make_segments(20, 0, 1312, 1312 * 29);

    w->on_port = true;
    g_assert_cmpuint(take_bytes(w, A, B, bytes, 2 * 1312 + 16, 1312 * 29), ==, 1);
    g_assert_cmpuint(note_of(w, 1)->count, ==, 4);
    g_assert_true(wg_capture_note(w->capture, 1, 3) == wg_capture_note(w->capture, 1, 28));
    const struct wg_direction *d = note_of(w, 1)->of.direction;
    g_assert_cmpuint(wg_counters_packets(&d->counters), ==, 29);
    g_assert_cmpuint(d->counters.highest, ==, 28);
    g_assert_cmpuint(wg_counters_lost(&d->counters), ==, 0);
    g_free(bytes);
}

int
main(int argc, char **argv)
{
    static const struct capture_test tests[] = {
        { "/capture/segments", test_segments },
        { "/capture/segments-pending", test_segments_pending },
        { "/capture/two-in-a-frame", test_two_in_a_frame },
        { "/capture/late-proof-in-a-frame", test_late_proof_in_a_frame },
        { "/capture/number-given-again", test_number_given_again },
        { "/capture/uncaptured", test_uncaptured },
    };

    g_test_init(&argc, &argv, NULL);
    add_capture_tests(tests, G_N_ELEMENTS(tests));
    return g_test_run();
}
