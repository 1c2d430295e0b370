/* test_recognise.c
 * What is taken for WireGuard, what is not, and how many packets prove a flow.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "messages.h"

#include "wg/recognise.h"

static enum wg_likeness
likeness(const struct message *m, size_t captured)
{
    uint8_t *block = g_memdup2(m->bytes, captured);
    struct wg_wire_view view;

    wg_wire_decode(block, captured, m->length, &view);
    const enum wg_likeness result = wg_likeness(&view);
    g_free(block);
    return result;
}

/* ---- messages, whole and cut short ---- */

static void
test_genuine(void)
{
    const struct {
        struct message m;
        enum wg_likeness expected;
    } rows[] = {
        /*  1 */ { make_initiation(1, 1), WG_CONVINCING },
        /*  2 */ { make_response(2, 1, 2), WG_CONVINCING },
        /*  3 */ { make_cookie_reply(1, 3), WG_POSSIBLE },
        /*  4 */ { make_data(1, 0, 32), WG_POSSIBLE },
        /*  5 */ { make_data(1, 5, 128), WG_POSSIBLE },
        /*  6 */ { make_data(1, 5, 33), WG_POSSIBLE },
        /*  7 */ { make_data(1, 5, 1452), WG_POSSIBLE },
        /*  8 */ { make_data(1, UINT64_C(1) << 32, 128), WG_POSSIBLE },
        /*  9 */ { with_mac2(make_initiation(1, 4)), WG_POSSIBLE },
        /* 10 */ { with_mac2(make_response(2, 1, 5)), WG_POSSIBLE },
        /* 11 */ { with_reserved(make_initiation(1, 6), 0xa8, 0x1a, 0x15), WG_CONVINCING },
        /* 12 */ { with_reserved(make_data(1, 5, 128), 0xa8, 0x1a, 0x15), WG_POSSIBLE },
        /* 13 */ { with_reserved(make_cookie_reply(1, 7), 0xa8, 0x1a, 0x15), WG_POSSIBLE },
        /* 14 */ { make_initiation(0x42a41221, 8), WG_CONVINCING }, /* the index is STUN's cookie */
        /* 15 */ { make_data(0x42a41221, 5, 128), WG_POSSIBLE },
        /* 16 */ { make_initiation(0, 9), WG_CONVINCING },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("row %zu", i + 1);
        g_assert_cmpint(likeness(&rows[i].m, rows[i].m.length), ==, rows[i].expected);
    }
}

static void
test_truncated(void)
{
    const struct message initiation = make_initiation(1, 1), response = make_response(2, 1, 2),
                         cookie_reply = make_cookie_reply(1, 3), data = make_data(1, 5, 200);

    for (size_t captured = 0; captured < 4; captured++)
        g_assert_cmpint(likeness(&initiation, captured), ==, WG_UNLIKE);
    for (size_t captured = 4; captured < 148; captured++)
        g_assert_cmpint(likeness(&initiation, captured), ==,
                        captured < 40 ? WG_POSSIBLE : WG_CONVINCING);
    for (size_t captured = 4; captured < 92; captured++)
        g_assert_cmpint(likeness(&response, captured), ==,
                        captured < 44 ? WG_POSSIBLE : WG_CONVINCING);
    for (size_t captured = 4; captured < 64; captured++)
        g_assert_cmpint(likeness(&cookie_reply, captured), ==, WG_POSSIBLE);
    /* What was not captured is not held against it: not even the counter. */
    for (size_t captured = 4; captured < 200; captured++)
        g_assert_cmpint(likeness(&data, captured), ==, WG_POSSIBLE);
}

/* Ciphertext fails the test for randomness so rarely that a capture of thousands shows all. */
static void
test_chance(void)
{
    enum { SAMPLES = 20000 };
    static const size_t lengths[] = { [1] = 148, [2] = 92, [3] = 64, [4] = 96 };
    GRand *rand = g_rand_new_with_seed(7);

    for (unsigned type = 1; type <= 4; type++) {
        struct message m = { .length = lengths[type] };
        unsigned unlike = 0;
        for (unsigned i = 0; i < SAMPLES; i++) {
            for (size_t k = 0; k < m.length; k++)
                m.bytes[k] = (uint8_t)g_rand_int(rand);
            memset(m.bytes, 0, type == WG_TYPE_DATA ? 16 : 4);
            m.bytes[0] = (uint8_t)type;
            const enum wg_likeness l = likeness(&m, m.length);
            /* Random in the place of mac2, so that no size and no bytes convince alone. */
            g_assert_cmpint(l, !=, WG_CONVINCING);
            unlike += l == WG_UNLIKE;
        }
        g_assert_cmpuint(unlike, <=, 3);
    }
    g_rand_free(rand);
}

/* ---- what only begins like WireGuard ---- */

static struct message
zeros_from(struct message m, size_t from)
{
    memset(m.bytes + from, 0, m.length - from);
    return m;
}

/* A record of small numbers, as many protocols begin with one, padded with zeros. */
static struct message
record(enum wg_message_type type, size_t length)
{
    struct message m = zeros_from(make_message(type, length, 1), 4);

    for (size_t i = 4; i < length / 2; i += 4)
        m.bytes[i] = (uint8_t)i;
    return m;
}

static struct message
text(enum wg_message_type type, size_t length)
{
    static const char request[] = "GET /index.html HTTP/1.1\r\nHost: www.example.org\r\n"
                                  "User-Agent: nobody/0.1\r\nAccept: */*\r\n\r\n";
    struct message m = zeros_from(make_message(type, length, 1), 4);

    /* Behind the counter, which text would make too large: the text itself is judged. */
    for (size_t i = type == WG_TYPE_DATA ? 16 : 8; i < length; i++)
        m.bytes[i] = (uint8_t)request[i % (sizeof request - 1)];
    return m;
}

/* RFC 8489: a binding response or indication whose length field is right. */
static struct message
stun(uint8_t first, size_t length)
{
    static const uint8_t magic[] = { 0x21, 0x12, 0xa4, 0x42 };
    struct message m = make_message(first, length, 1);

    m.bytes[1] = 1;
    m.bytes[2] = (uint8_t)((length - 20) >> 8);
    m.bytes[3] = (uint8_t)(length - 20);
    memcpy(m.bytes + 4, magic, sizeof magic);
    if (first == WG_TYPE_DATA)
        memset(m.bytes + 8, 0, 8);
    else
        memset(m.bytes + m.length - WG_MAC_LEN, 0, WG_MAC_LEN);
    return m;
}

/* RFC 1035: one question without the recursion flag, whose identifier is 0x0100 to 0x0400. */
static struct message
dns(uint8_t id_high, size_t length)
{
    struct message m = { .length = length, .bytes = { id_high, 0, 0, 0, 0, 1 } };
    size_t i = 12, end = length - 5;

    while (i < end) {
        const size_t label = MIN(63, end - i - 1);
        m.bytes[i++] = (uint8_t)label;
        for (size_t k = 0; k < label; k++, i++)
            m.bytes[i] = (uint8_t) "abcdefghijklmnopqrstuvwxyz0123456789"[i % 36];
    }
    m.bytes[length - 3] = 1;
    m.bytes[length - 1] = 1;
    return m;
}

static void
test_decoys(void)
{
    const struct message spoiled_key = make_initiation(1, 2), spoiled_mac = make_initiation(1, 3);
    struct message rows[] = {
        /*  1 */ record(1, 148),
        record(2, 92),
        record(3, 64),
        record(4, 32),
        /*  5 */ record(4, 64),
        record(4, 1024),
        text(1, 148),
        text(2, 92),
        /*  9 */ text(3, 64),
        text(4, 64),
        text(4, 128),
        text(4, 1400),
        /* 13 */ stun(1, 148),
        stun(2, 92),
        stun(3, 64),
        stun(4, 96),
        /* 17 */ dns(1, 148),
        dns(2, 92),
        dns(3, 64),
        dns(4, 40),
        /* 21 */ dns(4, 64),
        dns(4, 148),
        zeros_from(make_data(1, 5, 256), 128),
        /* 24 */ zeros_from(make_data(1, 5, 48), 16),
        make_data(1, UINT64_C(1) << 40, 128),
        /* 26 */ make_data(1, UINT64_C(1) << 63, 128),
        make_data(1, UINT64_MAX, 32),
        /* 28 */ spoiled_key,
        spoiled_mac,
        make_message(1, 147, 1),
        make_message(1, 149, 1),
        /* 32 */ make_message(1, 204, 1),
        make_message(2, 91, 1),
        make_message(3, 65, 1),
        /* 35 */ make_message(4, 31, 1),
        make_message(4, 16, 1),
        make_message(5, 148, 1),
        /* 38 */ make_message(0, 148, 1),
        make_message(255, 92, 1),
    };

    memset(rows[27].bytes + offsetof(struct wg_wire_initiation, ephemeral), 7, 20);
    memset(rows[28].bytes + offsetof(struct wg_wire_initiation, mac1), 7, 10);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("row %zu", i + 1);
        g_assert_cmpint(likeness(&rows[i], rows[i].length), ==, WG_UNLIKE);
    }
}

/* ---- flows that are known to carry WireGuard ---- */

static void
test_acceptable(void)
{
    const uint32_t none = 0, warp = 0xa81a15;
    const struct {
        struct message m;
        uint32_t id;
        bool expected;
    } rows[] = {
        /*  1 */ { make_initiation(1, 1), none, true },
        /*  2 */ { with_mac2(make_initiation(1, 1)), none, true },
        /*  3 */ { make_message(1, 147, 1), none, true },
        /*  4 */ { make_message(1, 204, 1), none, true },
        /*  5 */ { make_message(4, 16, 1), none, true },
        /*  6 */ { make_message(4, 4, 1), none, true },
        /*  7 */ { make_message(5, 148, 1), none, false },
        /*  8 */ { make_message(1, 147, 1), warp, true }, /* zero is always right */
        /*  9 */ { with_reserved(make_message(1, 147, 1), 0xa8, 0x1a, 0x15), warp, true },
        /* 10 */ { with_reserved(make_message(1, 147, 1), 0xa8, 0x1a, 0x15), none, false },
        /* 11 */ { with_reserved(make_message(1, 147, 1), 0xa8, 0x1a, 0x16), warp, false },
        /* 12 */ { with_reserved(make_initiation(1, 1), 0xa8, 0x1a, 0x15), none, true },
        /* 13 */ { with_reserved(make_data(1, 5, 128), 0xa8, 0x1a, 0x15), none, true },
        /* 14 */ { with_reserved(make_data(1, UINT64_MAX, 128), 0xa8, 0x1a, 0x15), none, false },
        /* 15 */ { make_data(1, UINT64_MAX, 128), none, true }, /* something wrong, but ours */
        /* 16 */ { text(4, 128), none, true },
        /* 17 */ { stun(1, 148), none, false },
        /* 18 */ { stun(4, 96), none, false },
        /* 19 */ { with_reserved(make_message(4, 20, 1), 1, 0, 0), none, false },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct wg_wire_view view = view_of(&rows[i].m);
        g_test_message("row %zu", i + 1);
        g_assert_cmpint(wg_acceptable(&view, rows[i].id), ==, rows[i].expected);
    }
    struct wg_wire_view cut;
    wg_wire_decode(rows[0].m.bytes, 4, 148, &cut);
    g_assert_true(wg_acceptable(&cut, none));
    wg_wire_decode(rows[0].m.bytes, 3, 148, &cut);
    g_assert_false(wg_acceptable(&cut, none));
}

/* ---- runs ---- */

struct step {
    unsigned direction; /* 0 or 1 */
    uint32_t receiver;
    uint64_t counter;
    unsigned messages; /* in a row, as those of one datagram */
    bool proves;       /* after this step */
};

static void
run_steps(const char *name, const struct step *steps, size_t count, uint8_t reserved)
{
    struct wg_run runs[2] = { { .length = 0 } };

    for (size_t i = 0; i < count; i++) {
        const struct step *s = &steps[i];
        g_test_message("%s, step %zu", name, i + 1);
        for (unsigned n = 0; n < s->messages; n++) {
            const struct message m =
                with_reserved(make_data(s->receiver, s->counter + n, 96), reserved, 0, 0);
            const struct wg_wire_view view = view_of(&m);
            wg_run_add(&runs[s->direction], &view);
        }
        g_assert_cmpint(wg_run_proves(&runs[0], &runs[1]), ==, s->proves);
        g_assert_cmpint(wg_run_proves(&runs[1], &runs[0]), ==, s->proves);
    }
}

#define STEPS(reserved, ...)                                                                       \
    do {                                                                                           \
        static const struct step steps[] = { __VA_ARGS__ };                                        \
        run_steps(G_STRINGIFY(__LINE__), steps, G_N_ELEMENTS(steps), reserved);                    \
    } while (0)

static void
test_runs(void)
{
    /* Three one way. */
    STEPS(0, { 0, 1, 0, 1, false }, { 0, 1, 1, 1, false }, { 0, 1, 2, 1, true });
    STEPS(0, { 1, 1, 70, 1, false }, { 1, 1, 75, 1, false }, { 1, 1, 8000, 1, true });
    /* Two each way, in any order. */
    STEPS(0, { 0, 1, 0, 1, false }, { 1, 2, 9, 1, false }, { 0, 1, 1, 1, false },
          { 1, 2, 10, 1, true });
    STEPS(0, { 0, 1, 0, 1, false }, { 0, 1, 1, 1, false }, { 1, 2, 10, 1, false },
          { 1, 2, 11, 1, true });
    /* Copies prove nothing more, neither at once nor in turns. */
    STEPS(0, { 0, 1, 5, 1, false }, { 0, 1, 5, 1, false }, { 0, 1, 5, 1, false },
          { 0, 1, 6, 1, false }, { 0, 1, 6, 1, false }, { 0, 1, 7, 1, true });
    STEPS(0, { 0, 1, 5, 1, false }, { 0, 1, 6, 1, false }, { 0, 1, 5, 1, false },
          { 0, 1, 6, 1, false }, { 0, 1, 7, 1, true });
    /* A late one neither adds nor breaks. */
    STEPS(0, { 0, 1, 5, 1, false }, { 0, 1, 4, 1, false }, { 0, 1, 6, 1, false },
          { 0, 1, 7, 1, true });
    /* Another receiver, or a counter from elsewhere: from the start. */
    STEPS(0, { 0, 1, 0, 1, false }, { 0, 1, 1, 1, false }, { 0, 2, 2, 1, false },
          { 0, 2, 3, 1, false }, { 0, 1, 4, 1, false }, { 0, 1, 5, 1, false },
          { 0, 1, 6, 1, true });
    STEPS(0, { 0, 1, 0, 1, false }, { 0, 1, 1, 1, false }, { 0, 1, 100000, 1, false },
          { 0, 1, 200000, 1, false }, { 0, 1, 200001, 1, false }, { 0, 1, 200002, 1, true });
    STEPS(0, { 0, 1, 100000, 1, false }, { 0, 1, 100001, 1, false }, { 0, 1, 0, 1, false },
          { 0, 1, 1, 1, false }, { 0, 1, 2, 1, true });
    /* Segmentation offload: as many as the datagram holds. */
    STEPS(0, { 0, 1, 0, 3, true });
    STEPS(0, { 0, 1, 0, 2, false }, { 0, 1, 2, 1, true });
    STEPS(0, { 0, 1, 0, 2, false }, { 0, 1, 0, 2, false });
    STEPS(0, { 0, 1, 0, 2, false }, { 1, 2, 0, 2, true });
    /* Where the reserved bytes are not zero, it takes one more. */
    STEPS(7, { 0, 1, 0, 1, false }, { 0, 1, 1, 1, false }, { 0, 1, 2, 1, false },
          { 0, 1, 3, 1, true });
    STEPS(7, { 0, 1, 0, 1, false }, { 0, 1, 1, 1, false }, { 1, 2, 0, 1, false },
          { 1, 2, 1, 1, false }, { 0, 1, 2, 1, false }, { 1, 2, 2, 1, true });
}

/* The two ways of one flow have the same reserved bytes: enough each way is not enough else. */
static void
test_runs_reserved_differ(void)
{
    static const struct {
        unsigned direction; /* 0 without, 1 with reserved bytes */
        bool proves;
    } rows[] = {
        /*  1 */ { 0, false }, /*  2 */ { 1, false }, /*  3 */ { 1, false },
        /*  4 */ { 1, false }, /*  5 */ { 0, false }, /*  6 */ { 0, true }, /* alone */
    };
    struct wg_run runs[2] = { { .length = 0 } };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const unsigned way = rows[i].direction;
        const struct message m = with_reserved(make_data(1, i, 96), 0, 0, (uint8_t)(7 * way));
        const struct wg_wire_view view = view_of(&m);
        g_test_message("row %zu", i + 1);
        wg_run_add(&runs[way], &view);
        g_assert_cmpint(wg_run_proves(&runs[0], &runs[1]), ==, rows[i].proves);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recognise/genuine", test_genuine);
    g_test_add_func("/recognise/truncated", test_truncated);
    g_test_add_func("/recognise/chance", test_chance);
    g_test_add_func("/recognise/decoys", test_decoys);
    g_test_add_func("/recognise/acceptable", test_acceptable);
    g_test_add_func("/recognise/runs", test_runs);
    g_test_add_func("/recognise/runs-reserved-differ", test_runs_reserved_differ);
    return g_test_run();
}
