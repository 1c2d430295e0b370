/* recognise.c
 * Is this datagram WireGuard? Asked if the port does not say so.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/counters.h"
#include "wg/envelope.h"
#include "wg/recognise.h"

enum {
    SAMPLE_LEN = 32,   /* bytes looked at to distinguish ciphertext from text and padding */
    TEXT_MIN_LEN = 24, /* of random samples this long, one in 2^24 has no byte above 127 */
    /* Packets that prove a flow: in one direction alone, or in each of the two. More if the
     * envelope has an id, since the first four bytes then prove less. */
    RUN_ALONE = 3,
    RUN_EACH_WAY = 2,
    RUN_WITH_ID_MORE = 1,
};

/* Whether bytes could be a key or ciphertext: at least two thirds of them differ from one another,
 * and they are not ASCII. Fewer than one random sample in a million fails this. */
static bool
looks_random(const uint8_t *bytes, size_t length)
{
    uint64_t seen[4] = { 0 };
    unsigned distinct = 0;
    uint8_t any = 0;
    const size_t n = MIN(length, SAMPLE_LEN);

    for (size_t i = 0; i < n; i++) {
        uint64_t *word = &seen[bytes[i] / 64];
        const uint64_t bit = UINT64_C(1) << bytes[i] % 64;
        distinct += (*word & bit) == 0;
        *word |= bit;
        any |= bytes[i];
    }
    if (n < WG_MAC_LEN)
        return true; /* too few to judge */
    return distinct * 3 >= n * 2 && (any >= 0x80 || n < TEXT_MIN_LEN);
}

/* STUN (RFC 8489, section 5) shares ports with WireGuard. It also begins with 0 or 1, and its magic
 * cookie is where an index would be; its length field settles it. */
static bool
is_stun(const struct wg_wire_view *view)
{
    enum { STUN_HEADER = 20 };
    static const uint8_t magic[] = { 0x21, 0x12, 0xa4, 0x42 };

    if (view->captured < sizeof(struct wg_wire_header) + sizeof magic)
        return false;
    const unsigned length = (unsigned)view->bytes[2] << 8 | view->bytes[3];
    return memcmp(view->bytes + sizeof(struct wg_wire_header), magic, sizeof magic) == 0 &&
           length + STUN_HEADER == view->length;
}

static enum wg_likeness
handshake_likeness(const struct wg_wire_view *view)
{
    if (view->ephemeral != NULL && !looks_random(view->ephemeral, WG_KEY_LEN))
        return WG_UNLIKE;
    if (view->mac1 != NULL && !looks_random(view->mac1, WG_MAC_LEN))
        return WG_UNLIKE;
    /* Too little of TunnelBear's message is known: the answer must decide. */
    if (view->layout->ephemeral.length == 0)
        return WG_POSSIBLE;
    /* Sixteen zero bytes after a hundred random ones: nothing else looks like that. If mac2 is set,
     * a random datagram of the same size looks alike, and the answer must decide. */
    if (view->mac2 != NULL && wg_wire_all_zero(view->mac2, WG_MAC_LEN))
        return WG_CONVINCING;
    if (view->mac2 == NULL && view->reserved_zero && view->ephemeral != NULL)
        return WG_CONVINCING;
    return WG_POSSIBLE;
}

static enum wg_likeness
cookie_likeness(const struct wg_wire_view *view)
{
    if (view->nonce != NULL && !looks_random(view->nonce, WG_COOKIE_NONCE_LEN))
        return WG_UNLIKE;
    return WG_POSSIBLE;
}

static enum wg_likeness
data_likeness(const struct wg_wire_view *view)
{
    if (view->has_counter && view->counter >= WG_PLAUSIBLE_COUNTER)
        return WG_UNLIKE;
    if (view->packet != NULL && !looks_random(view->packet, view->packet_captured))
        return WG_UNLIKE;
    if (view->packet_captured == view->packet_length &&
        !looks_random(view->packet + view->packet_length - WG_TAG_LEN, WG_TAG_LEN))
        return WG_UNLIKE;
    return WG_POSSIBLE;
}

enum wg_likeness
wg_likeness(const struct wg_wire_view *view)
{
    if (view->verdict == WG_WIRE_NOT_WIREGUARD || view->verdict == WG_WIRE_WRONG_LENGTH ||
        is_stun(view))
        return WG_UNLIKE;
    switch (view->type) {
    case WG_TYPE_INITIATION:
    case WG_TYPE_RESPONSE:
        return handshake_likeness(view);
    case WG_TYPE_COOKIE_REPLY:
        return cookie_likeness(view);
    case WG_TYPE_DATA:
        return data_likeness(view);
    }
    return WG_UNLIKE;
}

bool
wg_acceptable(const struct wg_wire_view *view, uint32_t id)
{
    if (view->verdict == WG_WIRE_NOT_WIREGUARD || is_stun(view))
        return false;
    const uint32_t found = wg_envelope_id(view);
    if (found == 0 || found == id)
        return true;
    /* Its id is not that of its flow, so the rest must be right. */
    if (view->verdict == WG_WIRE_WRONG_LENGTH)
        return false;
    return view->type != WG_TYPE_DATA || !view->has_counter || view->counter < WG_PLAUSIBLE_COUNTER;
}

static unsigned
head_length(void)
{
    return offsetof(struct wg_wire_data, counter);
}

void
wg_run_add(struct wg_run *run, const struct wg_wire_view *view)
{
    G_STATIC_ASSERT(sizeof run->head == offsetof(struct wg_wire_data, counter));
    const uint64_t distance =
        view->counter > run->counter ? view->counter - run->counter : run->counter - view->counter;

    if (run->length > 0 && memcmp(run->head, view->bytes, head_length()) == 0 &&
        distance < WG_REPLAY_WINDOW) {
        /* The same packet captured twice proves nothing more. */
        run->length += view->counter > run->counter;
        run->counter = MAX(run->counter, view->counter);
        return;
    }
    memcpy(run->head, view->bytes, head_length());
    run->counter = view->counter;
    run->length = 1;
    run->id = wg_envelope_id(view);
}

/* Whether a run has at least `packets`, and more if it has an id. */
static bool
reaches(const struct wg_run *run, unsigned packets)
{
    return run->length >= packets + (run->id == 0 ? 0 : RUN_WITH_ID_MORE);
}

bool
wg_run_proves(const struct wg_run *one, const struct wg_run *other)
{
    if (reaches(one, RUN_ALONE) || reaches(other, RUN_ALONE))
        return true;
    return reaches(one, RUN_EACH_WAY) && reaches(other, RUN_EACH_WAY) &&
           memcmp(one->head, other->head, sizeof(struct wg_wire_header)) == 0;
}
