/* test_envelope.c
 * What each envelope makes of bytes: the message that was wrapped, and nothing of others.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "wrapping.h"

static const uint8_t header_key[WG_KEY_LEN] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

/* The settings of version 3.1, all of them different. */
static struct wg_amnezia
settings_of(bool masked, bool trailers)
{
    struct wg_amnezia a;

    wg_amnezia_init(&a);
    for (uint32_t type = 1; type <= 4; type++) {
        a.prefix[type] = 11 + 3 * type;
        a.header[type] = (struct wg_amnezia_range){ 1000 * type, 1000 * type + 99 };
    }
    a.trailers = trailers;
    a.has_header_key = masked;
    memcpy(a.header_key, header_key, WG_KEY_LEN);
    return a;
}

/* Whether mac1 of the message is right under this key. */
static bool
mac1_matches(const struct wg_wire_view *view, const uint8_t mac1_key[WG_KEY_LEN])
{
    struct wg_mac_probe probe;

    return wg_cookie_probe_mac1(&probe, view) &&
           wg_cookie_probe_matches(&probe, mac1_key, WG_KEY_LEN);
}

static struct message
plain_of(unsigned type)
{
    switch (type) {
    case WG_TYPE_INITIATION:
        return make_initiation(0x1234, 1);
    case WG_TYPE_RESPONSE:
        return make_response(0x5678, 0x1234, 2);
    case WG_TYPE_COOKIE_REPLY:
        return make_cookie_reply(0x1234, 3);
    default:
        return make_data(0x1234, 77, 208);
    }
}

static struct message
wrapped_of(const struct wg_amnezia *a, unsigned type, size_t trailer)
{
    const struct message m = with_header(plain_of(type), a->header[type].low + 7);
    const struct message wrapped = with_prefix(m, a->prefix[type], trailer);

    if (!a->has_header_key)
        return wrapped;
    return with_mask(wrapped, a->prefix[type], type == 4 ? 16 : m.length, a->header_key);
}

/* Undo in memory of just the right size, and compare with the plain message. */
static void
check_undone(const struct wg_span *span, const struct wg_envelope_marks *marks,
             const struct message *plain)
{
    uint8_t *bytes = g_memdup2(span->bytes, span->captured);
    uint8_t *room = g_malloc(span->captured);
    const struct wg_span exact = { bytes, span->captured, span->length };
    struct wg_message m;

    g_assert_true(wg_envelope_undo(&exact, marks, room, &m));
    g_assert_cmpuint(m.view.length, ==, plain->length);
    g_assert_cmpmem(m.view.bytes, m.view.captured, plain->bytes,
                    MIN(plain->length, m.view.captured));
    g_assert_cmpuint(m.view.type, ==, plain->bytes[0]);
    g_free(room);
    g_free(bytes);
}

static void
test_amneziawg(void)
{
    for (unsigned way = 0; way < 4; way++) {
        const struct wg_amnezia a = settings_of(way & 1, way & 2);
        for (unsigned type = 1; type <= 4; type++) {
            const size_t trailer = a.trailers && type < 4 ? 33 : 0;
            const struct message wrapped = wrapped_of(&a, type, trailer), plain = plain_of(type);
            const struct wg_span span = span_of(&wrapped);
            struct wg_envelope_marks marks = { .by = WG_BY_CONFIGURATION };

            g_test_message("way %u, type %u", way, type);
            g_assert_true(wg_amneziawg_open(&span, &a, &marks));
            g_assert_true(marks.in == &wg_envelope_amneziawg);
            g_assert_cmpuint(marks.type, ==, type);
            g_assert_cmpuint(marks.prefix, ==, a.prefix[type]);
            g_assert_cmpuint(marks.trailer, ==, trailer);
            g_assert_cmpuint(marks.by, ==, WG_BY_CONFIGURATION);
            check_undone(&span, &marks, &plain);
        }
    }
}

/* The header as it was sent is shown, and is what the MACs cover. */
static void
test_amneziawg_header(void)
{
    const struct wg_amnezia a = settings_of(true, false);
    struct message m = with_mac1(with_header(plain_of(1), 1007), key_of_server);
    m = with_mask(with_prefix(m, a.prefix[1], 0), a.prefix[1], 148, header_key);
    const struct wg_span span = span_of(&m);
    struct wg_envelope_marks marks = { .in = NULL };
    struct wg_message message;
    uint8_t room[MESSAGE_ROOM], mac1_key[WG_KEY_LEN];

    g_assert_true(wg_amneziawg_open(&span, &a, &marks));
    g_assert_true(marks.in->undo(&span, &marks, room, &message));
    g_assert_cmphex(message.header, ==, 1007);
    g_assert_cmphex(wg_le32(message.view.mac_header), ==, 1007);
    g_assert_true(message.view.reserved_zero);
    wg_cookie_mac1_key(mac1_key, key_of_server);
    g_assert_true(mac1_matches(&message.view, mac1_key));
    message.view.mac_header[3] ^= 1;
    g_assert_false(mac1_matches(&message.view, mac1_key));
}

/* The kernel sends cookie replies as they are. */
static void
test_amneziawg_cookie_unmasked(void)
{
    struct wg_amnezia a = settings_of(true, false);
    a.has_header_key = false;
    const struct message wrapped = wrapped_of(&a, 3, 0), plain = plain_of(3);
    const struct wg_span span = span_of(&wrapped);
    struct wg_envelope_marks marks = { .in = NULL };

    a.has_header_key = true;
    g_assert_true(wg_amneziawg_open(&span, &a, &marks));
    g_assert_null(marks.key);
    check_undone(&span, &marks, &plain);
}

static void
test_amneziawg_not(void)
{
    const struct wg_amnezia a = settings_of(false, false);

    for (unsigned type = 1; type <= 4; type++) {
        struct message m = wrapped_of(&a, type, 0);
        struct wg_envelope_marks marks = { .in = NULL };
        struct wg_span span = span_of(&m);
        const size_t prefix = a.prefix[type];

        put_le32(m.bytes + prefix, a.header[type].high + 1);
        g_assert_false(wg_amneziawg_open(&span, &a, &marks));
        put_le32(m.bytes + prefix, a.header[type].high);
        g_assert_true(wg_amneziawg_open(&span, &a, &marks));
        if (type < 4) {
            span.length++;
            g_assert_false(wg_amneziawg_open(&span, &a, &marks));
        } else {
            m.bytes[prefix + 13] = 1; /* a counter of 2^40 */
            g_assert_false(wg_amneziawg_open(&span, &a, &marks));
        }
    }
    const struct message short_data = with_prefix(with_header(make_data(1, 2, 32), 4000), 22, 0);
    struct wg_envelope_marks marks;
    struct wg_span span = span_of(&short_data);
    span.length = span.captured = 22 + 31;
    g_assert_false(wg_amneziawg_open(&span, &a, &marks));
}

/* Every captured length: no read beyond it, and the same message as far as it goes. */
static void
test_cut(void)
{
    for (unsigned way = 0; way < 2; way++) {
        const struct wg_amnezia a = settings_of(way, false);
        for (unsigned type = 1; type <= 4; type++) {
            const struct message wrapped = wrapped_of(&a, type, 0), plain = plain_of(type);
            for (size_t captured = 0; captured <= wrapped.length; captured++) {
                uint8_t *bytes = g_memdup2(wrapped.bytes, captured);
                const struct wg_span span = { bytes, captured, wrapped.length };
                struct wg_envelope_marks marks = { .in = NULL };
                const bool opened = wg_amneziawg_open(&span, &a, &marks);
                g_assert_cmpint(opened, ==, captured >= a.prefix[type] + 4);
                if (opened)
                    check_undone(&span, &marks, &plain);
                g_free(bytes);
            }
        }
    }
}

/* ---- without settings ---- */

static void
test_find(void)
{
    struct wg_keystore *ks = wg_keystore_new();
    const struct wg_static_key *server = wg_keystore_add_public(ks, key_of_server);
    const struct wg_static_key *client = wg_keystore_add_public(ks, key_of_client);

    for (size_t prefix = 0; prefix < 300; prefix += 13) {
        const struct message initiation =
            with_prefix(with_mac1(with_header(plain_of(1), 0xdeadbeef), key_of_server), prefix, 0);
        const struct message response =
            with_prefix(with_mac1(with_header(plain_of(2), 0xfeedface), key_of_client), prefix, 0);
        struct wg_span span = span_of(&initiation);
        struct wg_envelope_marks marks;

        g_assert_false(wg_amneziawg_find(&span, client, &marks));
        g_assert_true(wg_amneziawg_find(&span, server, &marks));
        g_assert_cmpuint(marks.prefix, ==, prefix);
        g_assert_cmpuint(marks.type, ==, 1);
        span.captured--;
        g_assert_false(wg_amneziawg_find(&span, server, &marks));
        span = span_of(&response);
        g_assert_true(wg_amneziawg_find(&span, client, &marks));
        g_assert_cmpuint(marks.type, ==, 2);
    }
    wg_keystore_free(ks);
}

static void
test_addressed(void)
{
    const struct message data = with_prefix(make_data(0x1234, 5, 96), 18, 0);
    const struct message cookie = with_prefix(make_cookie_reply(0x1234, 5), 38, 0);
    struct wg_span span = span_of(&data);
    struct wg_envelope_marks marks;

    for (size_t prefix = 0; prefix < 120; prefix++)
        g_assert_cmpint(wg_amneziawg_addressed(&span, WG_TYPE_DATA, prefix, 0x1234, &marks), ==,
                        prefix == 18);
    g_assert_false(wg_amneziawg_addressed(&span, WG_TYPE_DATA, 18, 0x1235, &marks));
    span = span_of(&cookie);
    g_assert_true(wg_amneziawg_addressed(&span, WG_TYPE_COOKIE_REPLY, 38, 0x1234, &marks));
    g_assert_false(wg_amneziawg_addressed(&span, WG_TYPE_COOKIE_REPLY, 37, 0x1234, &marks));
}

/* ---- LWO ---- */

static void
test_lwo(void)
{
    for (unsigned type = 1; type <= 4; type++) {
        const struct message plain = plain_of(type);
        const struct message wrapped = with_lwo(plain, key_of_server, (uint8_t)(type * 31));
        struct wg_envelope_marks marks;

        for (size_t captured = 4; captured <= wrapped.length; captured++) {
            uint8_t *bytes = g_memdup2(wrapped.bytes, captured);
            const struct wg_span span = { bytes, captured, wrapped.length };
            g_assert_true(wg_lwo_open(&span, key_of_server, &marks));
            g_assert_cmpuint(marks.type, ==, type);
            check_undone(&span, &marks, &plain);
            g_assert_false(wg_lwo_open(&span, key_of_client, &marks));
            g_free(bytes);
        }
        struct message spoiled = wrapped;
        spoiled.bytes[1] &= 0x7f;
        struct wg_span span = span_of(&spoiled);
        g_assert_false(wg_lwo_open(&span, key_of_server, &marks));
        for (unsigned byte = 2; byte < 4; byte++) {
            spoiled = wrapped;
            spoiled.bytes[byte] ^= 1;
            span = span_of(&spoiled);
            g_assert_false(wg_lwo_open(&span, key_of_server, &marks));
        }
        span =
            (struct wg_span){ wrapped.bytes, wrapped.length, type == 4 ? 31 : wrapped.length + 1 };
        g_assert_false(wg_lwo_open(&span, key_of_server, &marks));
    }
}

/* ---- those that change nothing ---- */

static struct message
tunnelbear(unsigned type)
{
    struct message m = make_message(type, type == 1 ? 204 : 100, 5);

    put_le32(m.bytes + 4, 0x1234);
    if (type == 2)
        put_le32(m.bytes + 8, 0x5678);
    memset(m.bytes + m.length - 16, 0, 16);
    return m;
}

static void
test_unchanged(void)
{
    const struct message plain = make_data(1, 2, 96);
    const struct message id = with_reserved(plain, 0xa8, 0x1a, 0x15);
    const struct message bears[] = { tunnelbear(1), tunnelbear(2) };
    struct wg_wire_view view = view_of(&plain);

    g_assert_true(wg_envelope_of(&view) == &wg_envelope_plain);
    g_assert_cmphex(wg_envelope_id(&view), ==, 0);
    view = view_of(&id);
    g_assert_true(wg_envelope_of(&view) == &wg_envelope_client_id);
    g_assert_cmphex(wg_envelope_id(&view), ==, 0xa81a15);
    /* One byte of the id is missing. */
    wg_wire_decode(id.bytes, 3, id.length, &view);
    g_assert_cmphex(wg_envelope_id(&view), ==, 0);
    view = view_of(&id);
    g_assert_cmphex(view.mac_header[0], ==, 4);
    g_assert_true(wg_wire_all_zero(view.mac_header + 1, 3));
    for (size_t i = 0; i < G_N_ELEMENTS(bears); i++) {
        view = view_of(&bears[i]);
        g_assert_true(wg_envelope_of(&view) == &wg_envelope_tunnelbear);
        g_assert_cmpint(view.verdict, ==, WG_WIRE_OK);
        g_assert_true(view.fixed_length && view.mac2 == bears[i].bytes + bears[i].length - 16);
        g_assert_cmphex(view.sender, ==, 0x1234);
        g_assert_cmphex(view.receiver, ==, i == 0 ? 0 : 0x5678);
    }
    g_assert_null(bears[0].bytes == NULL ? NULL : view_of(&bears[0]).mac1);
    view = view_of(&bears[1]);
    g_assert_true(view.ephemeral == bears[1].bytes + 20 && view.mac1 == bears[1].bytes + 68);
}

/* Another length, a mac2 that is set, or bytes that the capture lacks: it is only of a wrong
 * length. */
static void
test_not_tunnelbear(void)
{
    for (unsigned type = 1; type <= 2; type++) {
        struct message m = tunnelbear(type);
        struct wg_wire_view view;

        wg_wire_decode(m.bytes, m.length - 1, m.length, &view);
        g_assert_cmpint(view.verdict, ==, WG_WIRE_WRONG_LENGTH);
        wg_wire_decode(m.bytes, m.length - 1, m.length - 1, &view);
        g_assert_cmpint(view.verdict, ==, WG_WIRE_WRONG_LENGTH);
        m.bytes[m.length - 1] = 1;
        view = view_of(&m);
        g_assert_cmpint(view.verdict, ==, WG_WIRE_WRONG_LENGTH);
        g_assert_true(wg_envelope_of(&view) == &wg_envelope_plain);
    }
}

/* ---- merged ---- */

/* Wrapped data messages one after the other, as segmentation offload puts them together: all of one
 * size but the last. */
static struct message
merged_of(const struct wg_amnezia *a, const uint32_t *receivers, unsigned count)
{
    struct message all = { .length = 0 };

    for (unsigned i = 0; i < count; i++) {
        const struct message m = with_header(
            make_data(receivers[i], 77 + i, i + 1 < count ? 64 : 32), a->header[4].low + i);
        const struct message piece = a->has_header_key ? with_mask(with_prefix(m, a->prefix[4], 0),
                                                                   a->prefix[4], 16, a->header_key)
                                                       : with_prefix(m, a->prefix[4], 0);
        memcpy(all.bytes + all.length, piece.bytes, piece.length);
        all.length += piece.length;
    }
    return all;
}

static void
check_pieces(const struct wg_span *span, struct wg_envelope_marks marks, const uint32_t *receivers,
             unsigned count)
{
    uint8_t room[MESSAGE_ROOM];
    struct wg_message m;
    size_t stride = 0;

    g_assert_true(wg_envelope_undo(span, &marks, room, &m));
    g_assert_cmpuint(wg_wire_segments(&m.view, &stride), ==, count);
    for (unsigned i = 0; i < count; i++) {
        struct wg_wire_view piece;
        wg_wire_decode(m.view.bytes + i * stride, MIN(stride, m.view.captured - i * stride),
                       MIN(stride, m.view.length - i * stride), &piece);
        g_assert_cmphex(piece.receiver, ==, receivers[i]);
        g_assert_cmpuint(piece.counter, ==, 77 + i);
    }
}

static void
test_merged(void)
{
    static const uint32_t receivers[] = { 0x1234, 0x1234, 0x4321, 0x1234 };
    const struct wg_known_indices known = { receivers + 2, 1 }, none = { NULL, 0 };

    for (unsigned way = 0; way < 2; way++) {
        const struct wg_amnezia a = settings_of(way & 1, false);
        const struct message all = merged_of(&a, receivers, 4);
        const struct wg_span span = span_of(&all);
        const uint32_t stride = (uint32_t)a.prefix[4] + 64;
        struct wg_envelope_marks marks = { .by = WG_BY_CONFIGURATION };

        g_assert_true(wg_amneziawg_open(&span, &a, &marks));
        g_assert_cmpuint(wg_envelope_stride(&span, &marks, &known, 0, true), ==, stride);
        g_assert_cmpuint(wg_envelope_stride(&span, &marks, &known, stride, false), ==, stride);
        g_assert_cmpuint(wg_envelope_stride(&span, &marks, &known, stride + 1, false), ==, 0);
        /* Neither the index nor the header of the third is known. */
        g_assert_cmpuint(wg_envelope_stride(&span, &marks, &none, 0, true), !=, stride);
        marks.stride = stride;
        check_pieces(&span, marks, receivers, 4);
    }
}

/* One message is one, however long, and wherever the capture ends. */
static void
test_not_merged(void)
{
    static const uint32_t receivers[] = { 0x1234, 0x1234, 0x1234 };
    const struct wg_known_indices known = { receivers, 1 };
    const struct wg_amnezia a = settings_of(false, false);
    const struct message one = wrapped_of(&a, WG_TYPE_DATA, 0), three = merged_of(&a, receivers, 3);
    struct wg_span span = span_of(&one);
    struct wg_envelope_marks marks = { .by = WG_BY_CONFIGURATION };
    uint8_t room[MESSAGE_ROOM];
    struct wg_message m;

    g_assert_true(wg_amneziawg_open(&span, &a, &marks));
    g_assert_cmpuint(wg_envelope_stride(&span, &marks, &known, 0, true), ==, 0);
    for (span = span_of(&three); span.captured >= marks.prefix + 16; span.captured--) {
        uint8_t *exact = g_memdup2(three.bytes, span.captured);
        const struct wg_span cut = { exact, span.captured, span.length };
        marks.stride = 0;
        marks.stride = wg_envelope_stride(&cut, &marks, &known, 0, true);
        /* The head of the second message is needed, and is enough. */
        g_assert_cmpuint(marks.stride, ==,
                         span.captured >= 2 * marks.prefix + 64 + 16 ? marks.prefix + 64 : 0);
        g_assert_true(wg_envelope_undo(&cut, &marks, room, &m));
        g_assert_cmpuint(m.view.length, ==,
                         three.length - marks.prefix * (marks.stride != 0 ? 3 : 1));
        g_free(exact);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(wg_crypto_init());
    g_test_add_func("/envelope/amneziawg", test_amneziawg);
    g_test_add_func("/envelope/amneziawg-header", test_amneziawg_header);
    g_test_add_func("/envelope/amneziawg-cookie-unmasked", test_amneziawg_cookie_unmasked);
    g_test_add_func("/envelope/amneziawg-not", test_amneziawg_not);
    g_test_add_func("/envelope/cut", test_cut);
    g_test_add_func("/envelope/find", test_find);
    g_test_add_func("/envelope/addressed", test_addressed);
    g_test_add_func("/envelope/lwo", test_lwo);
    g_test_add_func("/envelope/merged", test_merged);
    g_test_add_func("/envelope/not-merged", test_not_merged);
    g_test_add_func("/envelope/unchanged", test_unchanged);
    g_test_add_func("/envelope/not-tunnelbear", test_not_tunnelbear);
    return g_test_run();
}
