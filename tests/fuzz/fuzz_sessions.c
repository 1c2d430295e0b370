/* fuzz_sessions.c
 * The state of a capture, fed with any sequence of datagrams: few endpoints, indices and counters,
 * so that messages do meet, and the handshakes of vectors, so that keys do open.
 *
 * The first bytes say which keys there are and how the table is fed; then each step is one
 * datagram.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>

#include "check_sessions.h"
#include "input.h"

#include "../vectors/session_vectors.h"
#include "wg/capture.h"

enum {
    STEPS = 400,
    ROOM = 2048,      /* bytes of a datagram */
    DATA_LENGTH = 48, /* of each message in a vector's transport data */
    INDICES = 8,
};

#define SECOND INT64_C(1000000000)

struct step {
    uint8_t *bytes; /* in a block of its own; NULL for none */
    struct wg_datagram datagram;
};

struct world {
    struct wg_keystore *keys; /* or NULL */
    struct wg_capture *capture;
    struct step steps[STEPS + 1]; /* by frame number */
    uint32_t frames;
    int64_t time;
    uint64_t counters[INDICES];
    bool on_port;
};

/* ---- keys ---- */

static void
give_keys(struct wg_keystore *ks, const struct vector_session *v, uint8_t which)
{
    const struct wg_ephemeral_links i = { .local = v->initiator_static_public,
                                          .remote = v->responder_static_public,
                                          .sure = true };
    const struct wg_ephemeral_links r = { .local = v->responder_static_public,
                                          .remote = v->initiator_static_public };

    if (which & 1)
        wg_keystore_add_private(ks, v->initiator_static_private);
    if (which & 2)
        wg_keystore_add_private(ks, v->responder_static_private);
    if (which & 4)
        wg_keystore_add_ephemeral(ks, v->initiator_ephemeral_private, which & 64 ? NULL : &i);
    if (which & 8)
        wg_keystore_add_ephemeral(ks, v->responder_ephemeral_private, &r);
    if (which & 16)
        wg_keystore_add_psk(ks, v->psk);
    if (which & 32)
        wg_keystore_add_public(ks, v->responder_static_public);
    if (which & 128) {
        wg_keystore_add_transport(ks, v->responder_index, v->initiator_to_responder);
        wg_keystore_add_transport(ks, v->initiator_index, v->initiator_to_responder);
    }
}

static const struct vector_session *
vector(uint8_t n)
{
    return &vector_sessions[n % G_N_ELEMENTS(vector_sessions)];
}

/* ---- datagrams ---- */

static struct wg_endpoint
endpoint(unsigned n)
{
    const uint8_t address[16] = { 192, 0, 2, (uint8_t)(n & 3) };
    unsigned family = n == 7 ? WG_ENDPOINT_OTHER : WG_ENDPOINT_IPV4;

    if (n & 8)
        family = WG_ENDPOINT_IPV6;
    return wg_endpoint_make(family, address, family == WG_ENDPOINT_IPV4 ? 4 : 16,
                            n & 4 ? 40000 : 51820);
}

static void
put(uint8_t *p, uint64_t value, size_t length)
{
    for (size_t i = 0; i < length; i++)
        p[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t
next_counter(struct world *w, unsigned index, uint8_t how)
{
    static const uint64_t far[] = { 0, 1, 60, 8127, 8128, 8192, UINT64_C(1) << 60, UINT64_MAX };

    if (how < 128)
        w->counters[index] += 1;
    else if (how < 224)
        w->counters[index] += how - 160u;
    else
        w->counters[index] = far[how % G_N_ELEMENTS(far)];
    return w->counters[index];
}

/* A message of the alphabet. returns its length */
static size_t
make_message(struct world *w, struct input *in, uint8_t type, uint8_t *m)
{
    const uint8_t indices = take_byte(in), how = take_byte(in);
    const uint32_t sender = indices % INDICES, receiver = indices / INDICES % INDICES;
    size_t length = wg_wire_layout(type)->fixed_length;

    memset(m, how | 1, ROOM);
    memset(m, 0, sizeof(struct wg_wire_header));
    m[0] = type;
    put(m + sizeof(struct wg_wire_header), type <= WG_TYPE_RESPONSE ? sender : receiver, 4);
    if (type == WG_TYPE_RESPONSE)
        put(m + offsetof(struct wg_wire_response, receiver), receiver, 4);
    if (type <= WG_TYPE_RESPONSE && how & 1)
        memset(m + length - WG_MAC_LEN, 0, WG_MAC_LEN); /* mac2 */
    if (type != WG_TYPE_DATA)
        return length;
    put(m + offsetof(struct wg_wire_data, counter), next_counter(w, receiver, take_byte(in)), 8);
    return WG_DATA_MIN_LEN + (size_t)(how % 4) * WG_PADDING_MULTIPLE;
}

static size_t
vector_message(struct input *in, uint8_t type, uint8_t *m)
{
    const uint8_t which = take_byte(in);
    const struct vector_session *v = vector(which & 15);
    const uint8_t *responses[] = { v->response, v->response, v->forged_response,
                                   v->altered_response };
    const uint8_t *data = which & 16 ? v->data_from_responder : v->data_from_initiator;
    const uint8_t *from = responses[which >> 5 & 3];
    size_t length = sizeof v->response;

    if (type == WG_TYPE_INITIATION) {
        from = v->initiation;
        length = sizeof v->initiation;
    } else if (type == WG_TYPE_DATA) {
        from = data + (which >> 5) % 3 * DATA_LENGTH;
        length = DATA_LENGTH;
    }
    memcpy(m, from, length);
    return length;
}

/* Several messages in one datagram, as segmentation offload has them. */
static size_t
repeat(uint8_t *m, size_t length, unsigned times)
{
    const size_t at = offsetof(struct wg_wire_data, counter);
    const uint64_t counter = wg_le64(m + at);
    unsigned n = 1;

    for (; n < times && (n + 1) * length <= ROOM; n++) {
        memcpy(m + n * length, m, length);
        put(m + n * length + at, counter + n, 8);
    }
    return n * length;
}

/* What is rare: a cut, a wrong length, reserved bytes, other times, any byte altered. */
static void
unusual(struct world *w, struct input *in, uint8_t *m, struct wg_datagram *d)
{
    static const int64_t times[] = { 0,           SECOND,        5 * SECOND,   10 * SECOND,
                                     25 * SECOND, 121 * SECOND,  200 * SECOND, 86400 * SECOND,
                                     -SECOND,     -600 * SECOND, INT64_MAX,    INT64_MIN };
    const uint8_t what = take_byte(in);

    if (what & 1)
        w->time =
            (int64_t)((uint64_t)w->time + (uint64_t)times[take_byte(in) % G_N_ELEMENTS(times)]);
    if (what & 2 && m[0] == WG_TYPE_DATA)
        d->captured = d->length = repeat(m, d->length, take_byte(in) % 40 + 1);
    if (what & 4)
        m[take_byte(in) % d->length] ^= take_byte(in);
    if (what & 8)
        put(m + 1, take_number(in, WG_RESERVED_LEN), WG_RESERVED_LEN);
    if (what & 16)
        d->length = d->captured = take_number(in, 2) % (ROOM + 1);
    if (what & 32) {
        const size_t cut = take_byte(in);
        d->captured = MIN(d->captured, cut);
    }
    if (what & 64)
        d->offset = 1;
    if (what & 128)
        w->on_port = !w->on_port;
}

static void
read_step(struct world *w, struct input *in)
{
    const uint8_t op = take_byte(in), ends = take_byte(in);
    const uint8_t type = (op & 3) + 1;
    struct step *step = &w->steps[++w->frames];
    struct wg_datagram *d = &step->datagram;
    uint8_t m[ROOM] = { 0 };

    *d = (struct wg_datagram){ .packet = 0 };
    if (op & 4 && type != WG_TYPE_COOKIE_REPLY)
        d->length = d->captured = vector_message(in, type, m);
    else
        d->length = d->captured = make_message(w, in, type, m);
    w->time = (int64_t)((uint64_t)w->time + 1000000);
    if (op & 8)
        unusual(w, in, m, d);
    d->on_port = w->on_port;
    d->packet = w->frames;
    d->context = (struct wg_message_context){ .frame = w->frames,
                                              .time = w->time,
                                              .source = endpoint(ends & 15),
                                              .destination = endpoint(ends >> 4) };
    step->bytes = exact_copy(m, d->captured);
    d->bytes = step->bytes;
}

/* ---- accounting and looking ---- */

/* One message: shown, it is what accounting made of it. opened: what that decrypted, or NULL */
static void
look_at(const struct world *w, uint32_t number, unsigned index, const struct wg_wire_view *view,
        const uint8_t *opened)
{
    const struct wg_note *note = wg_capture_note(w->capture, number, index);
    const enum wg_decryption_status before = note->status;

    if (view->type != WG_TYPE_DATA || note->of.direction == NULL || view->packet == NULL)
        return;
    CHECK(note->type == WG_TYPE_DATA);
    uint8_t *plain = exact_copy(view->packet, view->packet_captured);
    const enum wg_decryption_status status =
        wg_capture_show(w->capture, number, index, view, plain);
    CHECK(status < WG_STATUS_COUNT && wg_status_name(status) != NULL);
    CHECK(status != WG_STATUS_DECRYPTED || view->packet_captured == view->packet_length);
    if (before == WG_STATUS_DECRYPTED)
        CHECK(note->status == before);
    if (opened != NULL && before == WG_STATUS_DECRYPTED && status == before)
        CHECK(memcmp(plain, opened, view->packet_length - WG_TAG_LEN) == 0);
    free(plain);
}

/* As drawing does it: each message of the datagram. */
static void
look(const struct world *w, uint32_t frame, const uint8_t *plain)
{
    const struct wg_datagram *d = &w->steps[frame].datagram;
    const uint32_t number = wg_capture_find(w->capture, d);
    struct wg_wire_view view;
    size_t stride = d->length;

    if (number == 0)
        return;
    wg_wire_decode(d->bytes, d->captured, d->length, &view);
    const size_t messages = wg_wire_segments(&view, &stride);
    CHECK(wg_capture_note(w->capture, number, 0)->count ==
          wg_capture_notes(&view, messages, stride));
    for (unsigned i = 0; i < messages && i * stride < d->captured; i++) {
        const size_t at = i * stride;
        wg_wire_decode(d->bytes + at, MIN(stride, d->captured - at), MIN(stride, d->length - at),
                       &view);
        if (view.verdict != WG_WIRE_NOT_WIREGUARD)
            look_at(w, number, i, &view,
                    plain != NULL && view.packet != NULL ? plain + (view.packet - d->bytes) : NULL);
    }
}

static void
account(struct world *w, uint32_t frame, bool judge_first)
{
    struct wg_datagram *d = &w->steps[frame].datagram;
    const uint32_t sessions = wg_sessions_count(wg_capture_sessions(w->capture));
    struct wg_wire_view first;

    wg_datagram_decode(d, &first);
    const bool recognised = judge_first && wg_capture_recognises(w->capture, d, &first);

    CHECK(wg_sessions_count(wg_capture_sessions(w->capture)) == sessions);
    d->plain = exact_copy(d->bytes, d->captured);
    const uint32_t number = wg_capture_datagram(w->capture, d, &first);
    CHECK(!recognised || number != 0);
    CHECK(wg_capture_find(w->capture, d) == number);
    look(w, frame, d->plain);
    free(d->plain);
    d->plain = NULL;
}

/* returns a digest of all that was concluded */
static uint64_t
run(struct world *w, struct input in, uint8_t later_keys)
{
    uint64_t digest = 0;

    w->capture = wg_capture_new(w->keys, NULL, NULL);
    for (uint32_t frame = 1; frame <= w->frames; frame++) {
        if (w->keys != NULL && later_keys != 0 && frame == w->frames / 2 + 1)
            give_keys(w->keys, vector(later_keys), later_keys);
        account(w, frame, later_keys & 1);
    }
    wg_capture_judge_again(w->capture);
    for (uint32_t frame = w->frames; frame > 0; frame--)
        look(w, frame, NULL);
    for (uint32_t frame = 1; frame <= w->frames; frame++)
        digest = check_frame(w->capture, frame, w->frames, w->steps[frame].datagram.context.time,
                             digest);
    check_losses(w->capture, w->frames);
    digest = check_table(wg_capture_sessions(w->capture), w->frames, digest);
    wg_capture_free(w->capture);
    return digest;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, size };
    struct world *w = g_new0(struct world, 1);
    const uint8_t how = take_byte(&in), which = take_byte(&in), later = take_byte(&in);

    CHECK(wg_crypto_init());
    w->on_port = how & 1;
    w->time = 1000 * SECOND;
    if (how & 2)
        w->keys = wg_keystore_new();
    for (unsigned i = 0; w->keys != NULL && i < G_N_ELEMENTS(vector_sessions); i++)
        if (how >> 2 >> i & 1)
            give_keys(w->keys, vector((uint8_t)i), which);
    while (in.left > 0 && w->frames < STEPS)
        read_step(w, &in);
    const uint64_t digest = run(w, in, later);
    /* A second capture with the same packets, once all keys are there. */
    if (w->keys == NULL || later == 0)
        CHECK(run(w, in, later) == digest);
    for (uint32_t i = 1; i <= w->frames; i++)
        free(w->steps[i].bytes);
    wg_keystore_free(w->keys);
    g_free(w);
    return 0;
}
