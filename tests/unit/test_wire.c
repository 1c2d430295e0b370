/* test_wire.c
 * The four messages at every length, and datagrams that hold several.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "messages.h"

/* The figures of sections 5.4.2, 5.4.3, 5.4.7 and 5.4.6 of the paper, added up by hand. */
static const struct wg_wire_layout paper[] = {
    [1] = { .sender = { 4, 4 },
            .ephemeral = { 8, 32 },
            .encrypted_static = { 40, 48 },
            .encrypted_timestamp = { 88, 28 },
            .mac1 = { 116, 16 },
            .mac2 = { 132, 16 },
            .fixed_length = 148 },
    [2] = { .sender = { 4, 4 },
            .receiver = { 8, 4 },
            .ephemeral = { 12, 32 },
            .encrypted_empty = { 44, 16 },
            .mac1 = { 60, 16 },
            .mac2 = { 76, 16 },
            .fixed_length = 92 },
    [3] = { .receiver = { 4, 4 },
            .nonce = { 8, 24 },
            .encrypted_cookie = { 32, 32 },
            .fixed_length = 64 },
    [4] = { .receiver = { 4, 4 }, .counter = { 8, 8 } },
};

static void
test_layout(void)
{
    for (unsigned type = 0; type <= 256; type++) {
        const struct wg_wire_layout *layout = wg_wire_layout(type);
        if (type < 1 || type > 4)
            g_assert_null(layout);
        else
            g_assert_cmpmem(layout, sizeof *layout, &paper[type], sizeof paper[type]);
    }
    g_assert_cmpuint(WG_DATA_MIN_LEN, ==, 32);
    g_assert_cmpuint(sizeof(struct wg_wire_data), ==, 16);
}

static enum wg_wire_verdict
expected_verdict(unsigned type, size_t captured, size_t length)
{
    if (type < 1 || type > 4 || captured < 4)
        return WG_WIRE_NOT_WIREGUARD;
    if (type == 4 ? length < 32 : length != paper[type].fixed_length)
        return WG_WIRE_WRONG_LENGTH;
    return captured < length ? WG_WIRE_TRUNCATED : WG_WIRE_OK;
}

#define PAIR(member)                                                                               \
    {                                                                                              \
        offsetof(struct wg_wire_layout, member), offsetof(struct wg_wire_view, member)             \
    }

static const struct {
    size_t in_layout, in_view;
} pointers[] = {
    PAIR(ephemeral),
    PAIR(encrypted_static),
    PAIR(encrypted_timestamp),
    PAIR(encrypted_empty),
    PAIR(mac1),
    PAIR(mac2),
    PAIR(nonce),
    PAIR(encrypted_cookie),
};

static bool
held(struct wg_wire_field f, size_t captured)
{
    return f.length > 0 && (size_t)f.offset + f.length <= captured;
}

static void
check_pointers(const struct wg_wire_view *view, unsigned type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(pointers); i++) {
        struct wg_wire_field f;
        const uint8_t *p;
        memcpy(&f, (const char *)&paper[type] + pointers[i].in_layout, sizeof f);
        memcpy(&p, (const char *)view + pointers[i].in_view, sizeof p);
        g_assert_true(p == (held(f, view->captured) ? view->bytes + f.offset : NULL));
    }
}

/* The bytes from the fourth on are their own offsets, so that integers tell where they are from. */
static void
check_integers(const struct wg_wire_view *view, unsigned type)
{
    const bool sender = held(paper[type].sender, view->captured);
    const bool receiver = held(paper[type].receiver, view->captured);
    const bool counter = held(paper[type].counter, view->captured);

    g_assert_cmpint(view->has_sender, ==, sender);
    g_assert_cmphex(view->sender, ==, sender ? 0x07060504 : 0);
    g_assert_cmpint(view->has_receiver, ==, receiver);
    if (receiver)
        g_assert_cmphex(view->receiver, ==, type == 2 ? 0x0b0a0908 : 0x07060504);
    else
        g_assert_cmphex(view->receiver, ==, 0);
    g_assert_cmpint(view->has_counter, ==, counter);
    g_assert_cmphex(view->counter, ==, counter ? 0x0f0e0d0c0b0a0908 : 0);
}

static void
check_packet(const struct wg_wire_view *view, unsigned type)
{
    const bool any = type == 4 && view->length > 16, some = any && view->captured > 16;

    g_assert_cmpuint(view->packet_length, ==, any ? view->length - 16 : 0);
    g_assert_cmpuint(view->packet_captured, ==, some ? view->captured - 16 : 0);
    g_assert_true(view->packet == (some ? view->bytes + 16 : NULL));
}

static void
check_decode(unsigned type, size_t captured, size_t length)
{
    uint8_t *bytes = g_malloc(captured); /* of just this size: the sanitizer sees a read past it */
    const size_t readable = MIN(captured, length);
    struct wg_wire_view view;

    for (size_t i = 0; i < captured; i++)
        bytes[i] = i < 4 ? 0 : (uint8_t)i;
    if (captured > 0)
        bytes[0] = (uint8_t)type;
    memset(&view, 0xaa, sizeof view);
    const enum wg_wire_verdict verdict = wg_wire_decode(bytes, captured, length, &view);

    g_assert_cmpint(verdict, ==, expected_verdict(type, readable, length));
    g_assert_cmpint(view.verdict, ==, verdict);
    g_assert_true(view.bytes == bytes);
    g_assert_cmpuint(view.captured, ==, readable);
    g_assert_cmpuint(view.length, ==, length);
    if (verdict == WG_WIRE_NOT_WIREGUARD) {
        check_pointers(&view, 0);
        check_integers(&view, 0);
        check_packet(&view, 0);
    } else {
        g_assert_cmpint(view.type, ==, type);
        g_assert_true(view.layout == wg_wire_layout(type));
        g_assert_true(view.reserved_zero);
        g_assert_cmpint(view.truncated, ==, readable < length);
        g_assert_cmpint(view.fixed_length, ==, type < 4 && length == paper[type].fixed_length);
        check_pointers(&view, type);
        check_integers(&view, type);
        check_packet(&view, type);
    }
    g_free(bytes);
}

static void
test_every_length(void)
{
    for (unsigned type = 0; type <= 5; type++)
        for (size_t length = 0; length <= 200; length++)
            for (size_t captured = 0; captured <= length + 2; captured++)
                check_decode(type, captured, length);
    check_decode(255, 148, 148);
    check_decode(4, 1452, 65507);
    check_decode(4, 16, SIZE_MAX);
}

static void
test_reserved(void)
{
    static const struct {
        uint8_t bytes[5];
        bool zero;
    } rows[] = {
        /*  1 */ { { 1, 0, 0, 0, 9 }, true },
        /*  2 */ { { 1, 1, 0, 0, 0 }, false },
        /*  3 */ { { 2, 0, 0x80, 0, 0 }, false },
        /*  4 */ { { 3, 0, 0, 0xff, 0 }, false },
        /*  5 */ { { 4, 0xa8, 0x1a, 0x15, 0 }, false },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct wg_wire_view view;
        wg_wire_decode(rows[i].bytes, sizeof rows[i].bytes, sizeof rows[i].bytes, &view);
        g_assert_cmpint(view.type, ==, rows[i].bytes[0]);
        g_assert_cmpint(view.reserved_zero, ==, rows[i].zero);
    }
}

static void
test_bytes(void)
{
    static const uint8_t bytes[] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xff };

    g_assert_cmphex(wg_le32(bytes + 1), ==, 0x89674523);
    g_assert_cmphex(wg_le64(bytes), ==, 0xefcdab8967452301);
    g_assert_cmphex(wg_le64(bytes + 1), ==, 0xffefcdab89674523);

    uint8_t block[40] = { 0 };
    g_assert_true(wg_wire_all_zero(NULL, 0));
    g_assert_true(wg_wire_all_zero(block, sizeof block));
    for (size_t i = 0; i < sizeof block; i++) {
        block[i] = (uint8_t)(1u << i % 8);
        g_assert_false(wg_wire_all_zero(block, sizeof block));
        g_assert_true(wg_wire_all_zero(block, i));
        block[i] = 0;
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/layout", test_layout);
    g_test_add_func("/wire/every-length", test_every_length);
    g_test_add_func("/wire/reserved", test_reserved);
    g_test_add_func("/wire/bytes", test_bytes);
    return g_test_run();
}
