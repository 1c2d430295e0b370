/* fuzz_wire.c
 * One datagram: decoded, split, judged. Two bytes say how long it was on the wire, one how it is
 * recognised; the rest is the datagram.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "input.h"

#include "wg/recognise.h"
#include "wg/tai64n.h"
#include "wg/wire.h"

/* A pointer to a field is given where the field was captured whole, and nowhere else. */
static void
check_field(const struct wg_wire_view *view, struct wg_wire_field field, const uint8_t *pointer)
{
    const bool whole = field.length > 0 && field.offset + (size_t)field.length <= view->captured;

    CHECK(pointer == (whole ? view->bytes + field.offset : NULL));
}

static void
check_fields(const struct wg_wire_view *view)
{
    const struct wg_wire_layout *layout = view->layout;

    CHECK(layout != NULL);
    CHECK(layout == wg_wire_layout(view->bytes[0]) ||
          layout == wg_wire_tunnelbear(view->bytes, view->captured, view->length));
    check_field(view, layout->ephemeral, view->ephemeral);
    check_field(view, layout->encrypted_static, view->encrypted_static);
    check_field(view, layout->encrypted_timestamp, view->encrypted_timestamp);
    check_field(view, layout->encrypted_empty, view->encrypted_empty);
    check_field(view, layout->mac1, view->mac1);
    check_field(view, layout->mac2, view->mac2);
    check_field(view, layout->nonce, view->nonce);
    check_field(view, layout->encrypted_cookie, view->encrypted_cookie);
    CHECK(view->has_sender || view->sender == 0);
    CHECK(view->has_receiver || view->receiver == 0);
    CHECK(view->has_counter || view->counter == 0);
    CHECK(view->truncated == (view->captured < view->length));
    CHECK(view->packet_captured <= view->packet_length && view->packet_length <= view->length);
    if (view->packet != NULL)
        CHECK(view->packet + view->packet_captured == view->bytes + view->captured);
}

static void
check_segments(const struct wg_wire_view *view)
{
    size_t segment = 0;
    const size_t count = wg_wire_segments(view, &segment);

    CHECK(count >= 1);
    if (count > 1) {
        CHECK(segment >= WG_DATA_MIN_LEN && segment < view->captured);
        CHECK(view->type == WG_TYPE_DATA || segment == view->layout->fixed_length);
        CHECK((count - 1) * segment + WG_DATA_MIN_LEN <= view->length);
        /* What is left is shorter than a message, and not one. */
        CHECK(view->length < (count + 1) * segment || count >= 128);
    }
}

static void
check_likeness(const struct wg_wire_view *view, uint8_t how)
{
    const enum wg_likeness likeness = wg_likeness(view);
    struct wg_run run = { .length = how }, other = { .length = 0 };

    CHECK(likeness <= WG_CONVINCING);
    /* What convinces alone is not refused where it is expected. */
    if (likeness == WG_CONVINCING && view->reserved_zero)
        CHECK(wg_acceptable(view, how));
    if (likeness != WG_POSSIBLE || view->type != WG_TYPE_DATA || !view->has_counter)
        return;
    wg_run_add(&run, view);
    wg_run_add(&run, view);
    CHECK(run.length > 0 && !wg_run_proves(&other, &other));
    wg_run_proves(&run, &other);
}

static void
check_time(const uint8_t *bytes, size_t length)
{
    uint8_t label[WG_TAI64N_LEN] = { 0 };
    int64_t seconds = 7;

    memcpy(label, bytes, length < sizeof label ? length : sizeof label);
    const struct wg_tai64n t = wg_tai64n_decode(label);
    const enum wg_tai64n_base base = wg_tai64n_guess_base(t, INT64_C(1700000000));
    CHECK(base == WG_TAI64N_BASE_LINUX || base == WG_TAI64N_BASE_BORINGTUN);
    if (wg_tai64n_to_unix(t, base, &seconds))
        CHECK(seconds >= 0 && (uint64_t)seconds == t.label - WG_TAI64_EPOCH - base);
    else
        CHECK(seconds == 7);
    CHECK(wg_tai64n_compare(t, t) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, size };
    size_t length = (size_t)take_number(&in, 2);
    const uint8_t how = take_byte(&in);
    uint8_t *bytes = exact_copy(in.bytes, in.left);
    struct wg_wire_view view;

    if (how & 1)
        length = in.left; /* captured whole */
    const enum wg_wire_verdict verdict = wg_wire_decode(bytes, in.left, length, &view);
    CHECK(verdict == view.verdict && verdict <= WG_WIRE_OK && view.length == length);
    CHECK(view.captured == (in.left < length ? in.left : length));
    CHECK((view.layout == NULL) == (verdict == WG_WIRE_NOT_WIREGUARD));
    if (verdict != WG_WIRE_NOT_WIREGUARD) {
        check_fields(&view);
        check_segments(&view);
        check_likeness(&view, how);
    }
    check_time(bytes, in.left);
    free(bytes);
    return 0;
}
