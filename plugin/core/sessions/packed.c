/* packed.c
 * Handshake messages, in little room.
 *
 * They are kept whole, since the keys that open them may come later, and hashes and MACs cover
 * every byte. But nearly all of them begin with a header of type and zeros, and end in a mac2 of
 * zeros. Neither takes room here.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "sessions_private.h"

enum {
    HEADER = sizeof(struct wg_wire_header),
    /* Two headers, and what follows them in the longest message. */
    MOST_BYTES = sizeof(struct wg_wire_initiation) + HEADER,
};

/* What a pack begins with. After it come, if it has headers, the message's own header and the one
 * that its MACs cover; then the rest of the message, without the zeros at its end. */
struct wg_packed {
    uint8_t captured; /* how much of the message there is; at most its fixed length */
    uint8_t rest;     /* how much of what follows its header comes after this */
    bool truncated : 1;
    bool has_headers : 1; /* else both are the type and zeros */
    uint8_t bytes[];
};

/* Whether both headers are the type and zeros. */
static bool
has_plain_headers(const struct wg_wire_view *view)
{
    const struct wg_wire_header plain = { .type = (uint8_t)view->type };
    return memcmp(view->bytes, &plain, HEADER) == 0 &&
           memcmp(view->mac_header, &plain, HEADER) == 0;
}

/* How much of a message is kept. */
static size_t
kept_of(const struct wg_wire_view *view)
{
    /* The encrypted fields of TunnelBear's messages are not known. */
    if (wg_wire_is_tunnelbear(view))
        return 0;
    return MIN(view->captured, wg_wire_layout(view->type)->fixed_length);
}

static size_t
without_zeros(const uint8_t *bytes, size_t length)
{
    while (length > 0 && bytes[length - 1] == 0)
        length--;
    return length;
}

const struct wg_packed *
wg_pack(GStringChunk *packs, const struct wg_wire_view *view)
{
    static const char empty[sizeof(struct wg_packed) + MOST_BYTES];
    const size_t captured = kept_of(view);
    const bool has_headers = captured >= HEADER && !has_plain_headers(view);
    const size_t headers = has_headers ? 2 * HEADER : 0;
    const size_t rest = without_zeros(view->bytes + HEADER, captured - MIN(captured, HEADER));
    struct wg_packed *p = (struct wg_packed *)g_string_chunk_insert_len(
        packs, empty, (gssize)(sizeof *p + headers + rest));

    p->captured = (uint8_t)captured;
    p->rest = (uint8_t)rest;
    p->truncated = view->truncated;
    p->has_headers = has_headers;
    if (has_headers) {
        memcpy(p->bytes, view->bytes, HEADER);
        memcpy(p->bytes + HEADER, view->mac_header, HEADER);
    }
    memcpy(p->bytes + headers, view->bytes + HEADER, rest);
    return p;
}

bool
wg_packed_lacks(const struct wg_packed *p, const struct wg_wire_view *copy)
{
    return p->truncated && copy->captured > p->captured;
}

/* What follows the header in a pack. */
static const uint8_t *
rest_of(const struct wg_packed *p)
{
    return p->bytes + (p->has_headers ? 2 * HEADER : 0);
}

bool
wg_packed_is_copy(const struct wg_packed *p, const struct wg_wire_view *seen)
{
    const size_t both = MIN(p->captured, seen->captured);

    if (seen->ephemeral == NULL || both <= HEADER)
        return false;
    const uint8_t *rest = seen->bytes + HEADER;
    const size_t stored = MIN(p->rest, both - HEADER);
    return memcmp(rest_of(p), rest, stored) == 0 &&
           wg_wire_all_zero(rest + stored, both - HEADER - stored);
}

/* p: NULL for a message that was not captured */
static void
unpack(const struct wg_packed *p, enum wg_message_type type, struct wg_unpacked *m)
{
    const size_t length = wg_wire_layout(type)->fixed_length;

    memset(m->bytes, 0, sizeof m->bytes);
    m->bytes[0] = (uint8_t)type;
    if (p == NULL) {
        wg_wire_decode(m->bytes, 0, length, &m->view);
        return;
    }
    if (p->has_headers)
        memcpy(m->bytes, p->bytes, HEADER);
    memcpy(m->bytes + HEADER, rest_of(p), p->rest);
    wg_wire_decode(m->bytes, p->captured, length, &m->view);
    m->view.truncated = p->truncated;
    if (p->has_headers)
        memcpy(m->view.mac_header, p->bytes + HEADER, HEADER);
}

void
wg_unpack_initiation(const struct wg_session *session, struct wg_unpacked *m)
{
    unpack(session->initiation, WG_TYPE_INITIATION, m);
}

void
wg_unpack_response(const struct wg_response *response, struct wg_unpacked *m)
{
    unpack(response->message, WG_TYPE_RESPONSE, m);
}
