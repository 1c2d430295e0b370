/* test_segments.c
 * Datagrams of several messages, as offload puts them together, and those that only look so.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "messages.h"

static size_t
segments(const uint8_t *bytes, size_t captured, size_t length, size_t *segment)
{
    uint8_t *block =
        g_memdup2(bytes, captured); /* of just this size: the sanitizer sees a read past it */
    struct wg_wire_view view;

    *segment = 0;
    wg_wire_decode(block, captured, length, &view);
    const size_t count = wg_wire_segments(&view, segment);
    g_assert_cmpint(count > 1, ==, *segment > 0);
    g_free(block);
    return count;
}

static void
test_sizes(void)
{
    static const struct {
        size_t size, length, captured; /* captured 0: all */
        size_t count;
    } rows[] = {
        /*  1 */ { 32, 64, 0, 2 },
        /*  2 */ { 32, 65504, 0, 2047 },
        /*  3 */ { 128, 256, 0, 2 },
        /*  4 */ { 128, 128 + 32, 0, 2 }, /* the last one a keepalive */
        /*  5 */ { 128, 128 + 31, 0, 1 }, /* too little for a message: no segments */
        /*  6 */ { 128, 128 + 1, 0, 1 },
        /*  7 */ { 32, 64 + 3, 0, 2 },
        /*  8 */ { 1452, 28 * 1452 + 944, 0, 29 },
        /*  9 */ { 1452, 29 * 1452, 0, 29 },
        /* 10 */ { 1452, 65507, 0, 46 },   /* the largest datagram of IPv4 */
        /* 11 */ { 1453, 2 * 1453, 0, 2 }, /* unpadded */
        /* 12 */ { 737, 2 * 737, 0, 2 },
        /* 13 */ { 1452, 29 * 1452, 1452 + 16, 29 }, /* the rest is assumed */
        /* 14 */ { 1452, 29 * 1452, 2 * 1452 + 15, 29 },
        /* 15 */ { 1452, 29 * 1452, 1452 + 15, 1 }, /* nothing speaks for segments */
        /* 16 */ { 1452, 29 * 1452, 96, 1 },
        /* 17 */ { 1452, 29 * 1452, 15, 1 },
        /* 18 */ { 1452, 1452, 0, 1 },
        /* 19 */ { 1452, 1452, 64, 1 },
        /* 20 */ { 32, 32, 0, 1 },
        /* 21 */ { 63, 63, 0, 1 },
        /* 22 */ { 1472, 1472, 0, 1 },
        /* 23 */ { 8952, 8952, 0, 1 }, /* a large frame, one message */
        /* 24 */ { 101, 202, 0, 2 },   /* unpadded and small */
        /* 25 */ { 128, 3 * 128 + 32, 0, 4 },
        /* 26 */ { 128, 2 * 128 + 31, 0, 2 }, /* then 31 bytes of something else */
        /* 27 */ { 128, 2 * 128 + 16, 0, 2 },
        /* 28 */ { 32, 65504, 48, 128 },       /* no more are assumed than the kernel makes */
        /* 29 */ { 32, 65504, 32 * 200, 200 }, /* but all that were captured */
        /* 30 */ { 32, 65504, 32 * 200 + 16, 201 },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        uint8_t *bytes = make_segments(0x1234, 7, rows[i].size, rows[i].length);
        const size_t captured = rows[i].captured > 0 ? rows[i].captured : rows[i].length;
        size_t segment;
        g_test_message("row %zu", i + 1);
        g_assert_cmpuint(segments(bytes, captured, rows[i].length, &segment), ==, rows[i].count);
        g_assert_cmpuint(segment, ==, rows[i].count > 1 ? rows[i].size : 0);
        g_free(bytes);
    }
}

static void
test_every_count(void)
{
    static const size_t sizes[] = { 32, 48, 96, 1312, 1440, 1452, 1456 };

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
        for (size_t count = 2; count <= 29; count++)
            for (size_t last = 32; last <= sizes[i]; last += MAX(16, sizes[i] - 32)) {
                const size_t length = (count - 1) * sizes[i] + last;
                uint8_t *bytes = make_segments(0x80000001, 1u << 20, sizes[i], length);
                size_t segment;
                g_assert_cmpuint(segments(bytes, length, length, &segment), ==, count);
                g_assert_cmpuint(segment, ==, sizes[i]);
                g_free(bytes);
            }
}

/* ---- what may differ from piece to piece ---- */

enum { SIZE = 160, COUNT = 5 };

static void
check_spoiled(size_t message, size_t byte, uint8_t value, size_t expected)
{
    uint8_t *bytes = make_segments(0x1234, 7, SIZE, SIZE * COUNT);
    size_t segment;

    bytes[message * SIZE + byte] = value;
    g_test_message("message %zu, byte %zu", message, byte);
    g_assert_cmpuint(segments(bytes, SIZE * COUNT, SIZE * COUNT, &segment), ==, expected);
    g_free(bytes);
}

/* The index and the low 36 bits of the counter; a prime count leaves no other stride. */
static void
test_heads(void)
{
    for (size_t message = 1; message < COUNT; message++) {
        for (size_t byte = 4; byte < 12; byte++)
            check_spoiled(message, byte, 0xff, COUNT);
        check_spoiled(message, 12, 0x0f, COUNT);
    }
    /* All of the others are looked at where no boundary of another stride is left. */
    for (size_t byte = 0; byte < 4; byte++)
        for (size_t message = 1; message < 3; message++) {
            uint8_t *bytes = make_segments(0x1234, 7, SIZE, SIZE * 3);
            size_t segment;
            bytes[message * SIZE + byte] = 0x17;
            g_assert_cmpuint(segments(bytes, SIZE * 3, SIZE * 3, &segment), ==,
                             message == 1 ? 2 : 1);
            g_free(bytes);
        }
    for (size_t byte = 0; byte < 16; byte++) {
        uint8_t *bytes = make_segments(0x1234, 7, SIZE, SIZE * 2);
        size_t segment;
        bytes[SIZE + byte] ^= 0x10;
        g_assert_cmpuint(segments(bytes, SIZE * 2, SIZE * 2, &segment), ==,
                         byte >= 4 && byte < 12 ? 2 : 1);
        g_free(bytes);
    }
}

/* Client ids: the same in all. */
static void
test_reserved(void)
{
    uint8_t *bytes = make_segments(0x1234, 7, SIZE, SIZE * 3);
    static const uint8_t id[] = { 0xa8, 0x1a, 0x15 };
    size_t segment;

    for (size_t i = 0; i < 3; i++)
        memcpy(bytes + i * SIZE + 1, id, sizeof id);
    g_assert_cmpuint(segments(bytes, SIZE * 3, SIZE * 3, &segment), ==, 3);
    memset(bytes + 1, 0, sizeof id);
    g_assert_cmpuint(segments(bytes, SIZE * 3, SIZE * 3, &segment), ==, 1);
    g_free(bytes);
}

static void
append(GByteArray *datagram, struct message m)
{
    g_byte_array_append(datagram, m.bytes, (unsigned)m.length);
}

/* Handshake messages give the stride, or end the row, or are as long as it. */
static void
test_handshakes(void)
{
    const struct message init = make_initiation(1, 2), response = make_response(1, 2, 3),
                         cookie = make_cookie_reply(4, 5);
    const struct {
        struct message m[4];
        size_t stride, count;
    } rows[] = {
        /*  1 */ { { init, init }, 148, 2 },
        /*  2 */ { { init, init, response }, 148, 3 },
        /*  3 */ { { init, cookie }, 148, 2 },
        /*  4 */ { { init, make_data(1, 0, 148), make_data(1, 9, 32) }, 148, 3 },
        /*  5 */ { { response, cookie }, 92, 2 },
        /*  6 */ { { response, init }, 0, 1 }, /* the last is longer */
        /*  7 */ { { cookie, make_data(1, 0, 64), cookie, make_data(1, 1, 33) }, 64, 4 },
        /*  8 */ { { make_data(1, 0, 300), make_data(2, 5, 300), init }, 300, 3 },
        /* no kernel merges these: the head in the middle counts */
        /*  9 */ { { make_data(1, 0, 300), init, make_data(2, 5, 600) }, 448, 2 },
        /* 10 */ { { make_data(1, 0, 148), init, make_data(2, 5, 100) }, 148, 3 },
        /* 11 */ { { make_data(1, 0, 92), response }, 92, 2 },
        /* 12 */ { { make_data(1, 0, 96), response }, 96, 2 },
        /* 13 */ { { make_data(1, 0, 80), response }, 0, 1 },
        /* 14 */ { { init }, 0, 1 },
        /* 15 */ { { make_message(1, 148 + 40, 9) }, 0, 1 }, /* trailing bytes */
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GByteArray *datagram = g_byte_array_new();
        size_t segment;
        for (size_t k = 0; k < G_N_ELEMENTS(rows[i].m); k++)
            append(datagram, rows[i].m[k]);
        g_test_message("row %zu", i + 1);
        g_assert_cmpuint(segments(datagram->data, datagram->len, datagram->len, &segment), ==,
                         rows[i].count);
        g_assert_cmpuint(segment, ==, rows[i].stride);
        g_byte_array_free(datagram, TRUE);
    }
}

/* What shares the socket can end the row. Two messages are needed to know it. */
static void
test_another_protocol_last(void)
{
    static const uint8_t stun[20] = { 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42 };

    for (size_t count = 1; count <= 6; count++)
        for (size_t tail = 1; tail <= sizeof stun; tail++) {
            const size_t length = count * SIZE + tail;
            uint8_t *bytes = make_segments(0x1234, 7, SIZE, length);
            size_t segment;
            memcpy(bytes + count * SIZE, stun, tail);
            g_test_message("%zu messages and %zu bytes", count, tail);
            g_assert_cmpuint(segments(bytes, length, length, &segment), ==, count);
            g_assert_cmpuint(segment, ==, count > 1 ? SIZE : 0);
            g_free(bytes);
        }
}

/* A handshake message within the row proves nothing while no other piece is captured. */
static void
test_handshake_cut(void)
{
    GByteArray *datagram = g_byte_array_new();
    size_t segment;

    append(datagram, make_data(1, 0, 148));
    append(datagram, make_initiation(1, 2));
    append(datagram, make_data(1, 1, 148));
    append(datagram, make_data(1, 2, 148));
    g_assert_cmpuint(segments(datagram->data, 2 * 148 + 15, datagram->len, &segment), ==, 1);
    g_assert_cmpuint(segments(datagram->data, 2 * 148 + 16, datagram->len, &segment), ==, 4);
    g_byte_array_free(datagram, TRUE);
}

/* A smaller size that fits only at first does not hide the right one. */
static void
test_next_candidate(void)
{
    uint8_t *bytes = make_segments(0x1234, 7, 320, 320 * 4);
    size_t segment;

    memcpy(bytes + 64, bytes, sizeof(struct wg_wire_data));
    g_assert_cmpuint(segments(bytes, 320 * 4, 320 * 4, &segment), ==, 4);
    g_assert_cmpuint(segment, ==, 320);
    g_free(bytes);
}

/* No split without a head: counted over more ciphertext than a false one in 10^5 would leave. */
static void
test_chance(void)
{
    GRand *rand = g_rand_new_with_seed(7);
    uint8_t bytes[1452];

    for (unsigned n = 0; n < 20000; n++) {
        for (size_t i = 0; i < sizeof bytes; i += 4)
            put_le32(bytes + i, g_rand_int(rand));
        memset(bytes, 0, sizeof(struct wg_wire_header));
        bytes[0] = WG_TYPE_DATA;
        size_t segment = 0;
        struct wg_wire_view view;
        wg_wire_decode(bytes, sizeof bytes, sizeof bytes, &view);
        g_assert_cmpuint(wg_wire_segments(&view, &segment), ==, 1);
    }
    g_rand_free(rand);
}

/* Bytes made to look like heads everywhere, with an end that fits none: soon done. */
static void
test_costly(void)
{
    enum { LENGTH = 1 << 18 };
    uint8_t *bytes = g_malloc0(LENGTH);
    size_t segment;

    for (size_t i = 0; i < LENGTH; i += 4)
        bytes[i] = WG_TYPE_DATA;
    for (size_t i = LENGTH / 4; i < LENGTH; i++)
        bytes[i] = 0xff; /* where each stride has a message that is not the last */
    g_assert_cmpuint(segments(bytes, LENGTH, LENGTH, &segment), ==, 1);
    g_assert_cmpuint(segments(bytes, LENGTH / 4, SIZE_MAX, &segment), >, 1);
    g_free(bytes);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/segments/sizes", test_sizes);
    g_test_add_func("/segments/every-count", test_every_count);
    g_test_add_func("/segments/heads", test_heads);
    g_test_add_func("/segments/reserved", test_reserved);
    g_test_add_func("/segments/handshakes", test_handshakes);
    g_test_add_func("/segments/another-protocol-last", test_another_protocol_last);
    g_test_add_func("/segments/handshake-cut", test_handshake_cut);
    g_test_add_func("/segments/next-candidate", test_next_candidate);
    g_test_add_func("/segments/chance", test_chance);
    g_test_add_func("/segments/costly", test_costly);
    return g_test_run();
}
