/* test_alignment.c
 * Where frames begin in the segments of a stream: one after the other, and after a gap.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "messages.h"
#include "wg/alignment.h"
#include "wg/framing.h"

enum {
    INDEX = 0x12345678, /* of the receiver of all data */
    NOWHERE = -1,
    ELIDED = 0x8000, /* the kind of a frame without its data header */
};

/* One end, and where in its stream we are. */
struct end {
    struct wg_alignment alignment, other;
    uint32_t at, packet;
};

static struct end
begin(void)
{
    return (struct end){ .at = 4294967000U }; /* the sequence numbers wrap soon */
}

static GByteArray *
frame(struct message m, unsigned kind)
{
    const uint8_t header[] = { (uint8_t)((kind | m.length) >> 8), (uint8_t)m.length };
    GByteArray *frame = g_byte_array_new();

    g_byte_array_append(frame, header, sizeof header);
    return g_byte_array_append(frame, m.bytes, (unsigned)m.length);
}

static GByteArray *
data(uint64_t counter)
{
    return frame(make_data(INDEX, counter, 128), 0);
}

/* What looks like nothing. */
static GByteArray *
elided(void)
{
    return frame(make_message(0xff, 112, 1), ELIDED);
}

/* The next segment of an end. returns where its first frame begins */
static int
take(struct end *e, bool completes, GByteArray *segment)
{
    size_t at;
    uint8_t *bytes = g_memdup2(segment->data, segment->len); /* no more: reading past it shows */
    const struct wg_stream_segment s = { .bytes = bytes,
                                         .captured = segment->len,
                                         .packet = ++e->packet,
                                         .placed = true,
                                         .completes = completes,
                                         .begin = e->at,
                                         .end = e->at + segment->len };
    const bool found = wg_alignment_find(&e->alignment, &s, &at);

    e->at += segment->len;
    g_free(bytes);
    g_byte_array_unref(segment);
    return found ? (int)at : NOWHERE;
}

/* A segment that begins with `skipped` bytes of a frame whose beginning is lost. */
static GByteArray *
after(unsigned skipped, GByteArray *segment)
{
    uint8_t filler[200];

    fill_random(filler, sizeof filler, 3);
    return g_byte_array_prepend(segment, filler, skipped);
}

static void
see(struct end *e, struct message m)
{
    wg_alignment_see(&e->alignment, &e->other, m.bytes, m.length);
}

/* A frame whose data header was left out begins only where one before it ended. */
static void
test_goes_on(void)
{
    struct end e = begin();
    struct wg_elided lacks;

    g_assert_cmpint(take(&e, false, elided()), ==, NOWHERE);
    g_assert_cmpint(take(&e, false, data(7)), ==, 0);
    g_assert_cmpint(take(&e, false, elided()), ==, NOWHERE); /* of what receiver? */
    g_assert_false(wg_alignment_elided(&e.alignment, &lacks));
    g_assert_cmpint(take(&e, false, data(7)), ==, 0);
    see(&e, make_data(INDEX, 7, 128));
    g_assert_cmpint(take(&e, false, elided()), ==, 0);
    g_assert_cmpint(take(&e, false, elided()), ==, 0);
    for (unsigned i = 8; i < 10; i++) {
        g_assert_true(wg_alignment_elided(&e.alignment, &lacks));
        g_assert_cmpuint(lacks.receiver, ==, INDEX);
        g_assert_cmpuint(lacks.counter, ==, i);
    }
    e.at++; /* a byte is missing */
    g_assert_cmpint(take(&e, false, elided()), ==, NOWHERE);
}

/* What comes again does not change where the next segment goes on. */
static void
test_sent_again(void)
{
    struct end e = begin();
    const uint32_t first = e.at;

    take(&e, false, data(1));
    see(&e, make_data(INDEX, 1, 128));
    const uint32_t second = e.at;
    g_assert_cmpint(take(&e, false, data(2)), ==, 0);
    const uint32_t third = e.at;
    e.at = first;
    g_assert_cmpint(take(&e, false, data(1)), ==, 0);
    e.at = third;
    g_assert_cmpint(take(&e, false, elided()), ==, 0);
    e.at = second;
    g_assert_cmpint(take(&e, false, elided()), ==, NOWHERE);
}

/* After a gap, frames are found by their receiver, which either end shows, or three in a row. */
static void
test_gap(void)
{
    struct end e = begin();

    g_assert_cmpint(take(&e, false, after(50, data(1))), ==, NOWHERE);
    see(&e, make_data(INDEX, 1, 128));
    g_assert_cmpint(take(&e, false, after(50, data(2))), ==, 50);
    e = begin();
    wg_alignment_see(&e.other, &e.alignment, make_initiation(INDEX, 1).bytes,
                     sizeof(struct wg_wire_initiation));
    g_assert_cmpint(take(&e, false, after(50, data(3))), ==, 50);
    e = begin();
    GByteArray *three = data(1);
    for (unsigned i = 2; i <= 3; i++) {
        GByteArray *more = data(i);
        g_byte_array_append(three, more->data, more->len);
        g_byte_array_unref(more);
    }
    g_assert_cmpint(take(&e, false, after(199, three)), ==, 199);
}

/* An index that the other end announced does not replace one that data shows. */
static void
test_receiver(void)
{
    struct end e = begin();

    see(&e, make_data(INDEX, 1, 128));
    wg_alignment_see(&e.other, &e.alignment, make_initiation(INDEX + 1, 1).bytes,
                     sizeof(struct wg_wire_initiation));
    g_assert_cmpint(take(&e, false, after(50, data(2))), ==, 50);
}

/* A segment that completes a frame goes on, and so does the rest of its packet. */
static void
test_completed(void)
{
    struct end e = begin();

    take(&e, false, data(1));
    see(&e, make_data(INDEX, 1, 128));
    e.at += 30;
    g_assert_cmpint(take(&e, true, elided()), ==, 0);
    e.at += 30;
    e.packet--;
    g_assert_cmpint(take(&e, false, elided()), ==, 0);
    e.at += 30;
    g_assert_cmpint(take(&e, false, elided()), ==, NOWHERE);
}

/* Too few bytes for a message: they begin a handshake, or go on. */
static void
test_first_part(void)
{
    struct end e = begin();
    GByteArray *length = frame(make_initiation(INDEX, 1), 0);

    g_assert_cmpint(take(&e, false, after(0, g_byte_array_new())), ==, NOWHERE);
    g_assert_cmpint(take(&e, false, after(2, g_byte_array_new())), ==, NOWHERE);
    g_assert_cmpint(take(&e, false, g_byte_array_set_size(length, WG_STREAM_HEADER_LEN)), ==, 0);
    g_assert_cmpint(take(&e, false, after(2, g_byte_array_new())), ==, 0);
    e.at++;
    g_assert_cmpint(take(&e, false, after(2, g_byte_array_new())), ==, NOWHERE);
}

/* Where TCP says nothing of its place, a segment goes on. */
static void
test_not_placed(void)
{
    struct end e = begin();
    GByteArray *lacking = elided();
    const struct wg_stream_segment s = { .bytes = lacking->data,
                                         .captured = lacking->len,
                                         .packet = 9 };
    size_t at;

    g_assert_false(wg_alignment_find(&e.alignment, &s, &at));
    take(&e, false, data(1));
    see(&e, make_data(INDEX, 1, 128));
    g_assert_true(wg_alignment_find(&e.alignment, &s, &at));
    g_assert_cmpuint(at, ==, 0);
    g_assert_cmpint(take(&e, false, elided()), ==, 0);
    g_byte_array_unref(lacking);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/alignment/goes-on", test_goes_on);
    g_test_add_func("/alignment/sent-again", test_sent_again);
    g_test_add_func("/alignment/gap", test_gap);
    g_test_add_func("/alignment/receiver", test_receiver);
    g_test_add_func("/alignment/completed", test_completed);
    g_test_add_func("/alignment/first-part", test_first_part);
    g_test_add_func("/alignment/not-placed", test_not_placed);
    return g_test_run();
}
