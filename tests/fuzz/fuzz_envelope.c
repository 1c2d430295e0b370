/* fuzz_envelope.c
 * Envelopes: settings, keys and datagrams from the input, opened, undone and accounted for.
 *
 * One byte says which settings there are; then each type's prefix and header, and datagrams, each
 * with its direction, captured length and bytes.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "input.h"

#include "wg/crypto.h"
#include "wg/framing.h"
#include "wg/unwrapper.h"

enum { MAX_DATAGRAMS = 64 };

static struct wg_amnezia
settings_from(struct input *in, uint8_t how)
{
    struct wg_amnezia a;

    wg_amnezia_init(&a);
    a.given = 1;
    a.trailers = how & 1;
    a.has_header_key = how & 2;
    take(in, a.header_key, sizeof a.header_key);
    for (unsigned type = WG_TYPE_INITIATION; type <= WG_TYPE_DATA; type++) {
        a.prefix[type] = take_byte(in);
        a.header[type].low = (uint32_t)take_number(in, 4);
        a.header[type].high = a.header[type].low + (uint32_t)take_number(in, 1);
        if (a.header[type].high < a.header[type].low)
            a.header[type].high = UINT32_MAX;
    }
    if (how & 4) {
        a.junk_count = take_byte(in);
        a.junk = (struct wg_amnezia_range){ 1, take_byte(in) };
        CHECK(wg_amnezia_set(&a, "I1", "<b 0x0102><r 2>", 1) == NULL);
    }
    wg_amnezia_add_port(&a, "51820");
    return a;
}

/* What comes out is a message of the type that was said, within the room. */
static void
check_undone(const struct wg_span *span, const struct wg_envelope_marks *marks)
{
    uint8_t *room = exact_copy(span->bytes, span->captured);
    struct wg_message m;

    CHECK(marks->type >= WG_TYPE_INITIATION && marks->type <= WG_TYPE_DATA);
    CHECK((size_t)marks->prefix + marks->trailer <= span->length);
    if (wg_envelope_undo(span, marks, room, &m)) {
        CHECK(m.view.type == (enum wg_message_type)marks->type && m.view.reserved_zero);
        CHECK(m.view.captured <= span->captured && m.view.length <= span->length);
        CHECK(m.view.verdict == WG_WIRE_OK || m.view.verdict == WG_WIRE_TRUNCATED);
    }
    free(room);
}

/* Whatever is taken for several messages is undone as such. */
static void
check_merged(const struct wg_span *span, const struct wg_envelope_marks *marks, uint32_t likely)
{
    const uint32_t indices[] = { 7, 0 };
    const struct wg_known_indices known = { indices, 2 };
    struct wg_envelope_marks merged = *marks;

    merged.stride = wg_envelope_stride(span, marks, &known, likely, true);
    CHECK(merged.stride == 0 || (merged.stride < span->length && merged.stride > marks->prefix));
    check_undone(span, &merged);
}

/* The pure functions, each alone. */
static void
check_alone(const struct wg_span *span, const struct wg_amnezia *a, const struct wg_keystore *keys)
{
    struct wg_envelope_marks marks = { .in = NULL };
    const struct wg_static_key *key = wg_keystore_static(keys, 0);

    if (wg_amneziawg_open(span, a, &marks))
        check_merged(span, &marks, a->prefix[1]);
    if (wg_amneziawg_find(span, key, &marks))
        check_undone(span, &marks);
    if (wg_lwo_open(span, key->public_key, &marks))
        check_merged(span, &marks, 48);
    if (wg_amneziawg_addressed(span, WG_TYPE_DATA, a->prefix[1], 7, &marks))
        check_merged(span, &marks, 0);
    CHECK(wg_stream_find(span->bytes, span->captured) <= span->captured);
    CHECK(wg_stream_find_receiver(span->bytes, span->captured, 7) <= span->captured);
    for (unsigned type = WG_TYPE_INITIATION; type <= WG_TYPE_COOKIE_REPLY; type++)
        CHECK(wg_stream_first_part(span->bytes, span->captured, type) == 0 ||
              wg_stream_first_part(span->bytes, span->captured, type) > span->captured);
    if (wg_stream_begins(span->bytes, span->captured))
        CHECK(wg_stream_plausible(span->bytes, span->captured));
}

static void
check_account(struct wg_unwrapper *u, struct input *in, uint32_t frame, const struct wg_amnezia *a,
              const struct wg_keystore *keys)
{
    static const uint8_t addresses[2][4] = { { 192, 0, 2, 1 }, { 192, 0, 2, 2 } };
    const uint8_t how = take_byte(in);
    const size_t captured = take_byte(in) + (size_t)(how & 8 ? 256 : 0);
    uint8_t bytes[512];
    const size_t there = take(in, bytes, captured);
    uint8_t *exact = exact_copy(bytes, there);
    const struct wg_span span = { exact, there, there + (how & 16 ? take_byte(in) : 0u) };
    const struct wg_place place = {
        .frame = frame,
        .packet = frame,
        .time = (int64_t)frame * 1000000,
        .source = wg_endpoint_make(WG_ENDPOINT_IPV4, addresses[how & 1], 4, 51820),
        .destination =
            wg_endpoint_make(WG_ENDPOINT_IPV4, addresses[!(how & 1)], 4, how & 2 ? 51820 : 9),
    };
    struct wg_envelope_marks marks, again;
    enum wg_companion companion;

    check_alone(&span, a, keys);
    const enum wg_unwrapped answer = wg_unwrapper_account(u, &place, &span, &marks);
    const bool found = wg_unwrapper_find(u, frame, 0, &again, &companion);
    CHECK(found == (answer != WG_UNWRAPPED_NOT));
    if (found) {
        CHECK(again.in == marks.in && again.prefix == marks.prefix && again.type == marks.type);
        check_undone(&span, &marks);
    }
    if (wg_unwrapper_quoted(u, &place, &span, &marks))
        check_undone(&span, &marks);
    CHECK(companion < WG_COMPANION_COUNT && wg_unwrapper_companion(u, frame) < WG_COMPANION_COUNT);
    free(exact);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, size };

    CHECK(wg_crypto_init());
    struct wg_keystore *keys = wg_keystore_new();
    const uint8_t how = take_byte(&in);
    uint8_t key[WG_KEY_LEN];
    take(&in, key, sizeof key);
    CHECK(wg_keystore_add_public(keys, key) != NULL);
    struct wg_amnezia a = settings_from(&in, how);
    struct wg_amnezia kept = a;
    CHECK(how & 8 || wg_keystore_add_amnezia(keys, &a));
    struct wg_unwrapper *u = wg_unwrapper_new(keys, NULL, NULL);

    for (uint32_t frame = 1; in.left > 0 && frame <= MAX_DATAGRAMS; frame++)
        check_account(u, &in, frame, &kept, keys);
    wg_unwrapper_free(u);
    if (how & 8)
        wg_amnezia_clear(&a);
    wg_keystore_free(keys);
    return 0;
}
