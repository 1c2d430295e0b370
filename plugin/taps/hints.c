/* hints.c
 * What a report does not see and should mention.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "headers.h"
#include "hints.h"
#include "json.h"
#include "table.h"
#include "tapped.h"
#include "wg/recognise.h"
#include "wg/wire.h"
#include "words.h"

/* Datagrams of one port that have WireGuard's shape, and that another dissector took. */
struct taken {
    uint16_t port;
    const char *protocol; /* the host's short name: static storage */
    uint64_t packets;
    uint32_t first_frame;
    bool proved;           /* enough to prove a flow, by the rules of recognition */
    struct wg_run runs[2]; /* of data packets: to the port, and from it */
};

struct wg_hints {
    GArray *taken;         /* struct taken */
    bool found;            /* WireGuard */
    uint64_t bare, linked; /* other IP packets: without and with a link layer */
    bool named; /* some of the former are of an interface that is called like a tunnel's */
};

struct wg_hints *
wg_hints_new(void)
{
    struct wg_hints *h = g_new0(struct wg_hints, 1);

    h->taken = g_array_new(FALSE, FALSE, sizeof(struct taken));
    return h;
}

void
wg_hints_free(struct wg_hints *h)
{
    if (h == NULL)
        return;
    g_array_unref(h->taken);
    g_free(h);
}

void
wg_hints_found(struct wg_hints *h)
{
    h->found = true;
}

/* ---- what was taken ---- */

/* The dissector that took a UDP payload; NULL: none, or ours. */
static const char *
taker(const packet_info *pinfo)
{
    bool over_udp = false;

    for (wmem_list_frame_t *f = wmem_list_head(pinfo->layers); f != NULL;
         f = wmem_list_frame_next(f)) {
        const int protocol = GPOINTER_TO_INT(wmem_list_frame_data(f));
        const char *layer = proto_get_protocol_filter_name(protocol);
        if (over_udp && (strcmp(layer, "data") == 0 || strcmp(layer, "wg") == 0))
            return NULL;
        if (over_udp)
            return proto_get_protocol_short_name(find_protocol_by_id(protocol));
        over_udp = strcmp(layer, "udp") == 0;
    }
    return NULL;
}

/* The port that a dissector is registered for, as far as the host shows it. */
static uint16_t
port_of(const packet_info *pinfo)
{
    dissector_table_t ports = find_dissector_table("udp.port");
    const bool source = dissector_get_uint_handle(ports, pinfo->srcport) != NULL;
    const bool destination = dissector_get_uint_handle(ports, pinfo->destport) != NULL;

    if (source && !destination)
        return (uint16_t)pinfo->srcport;
    if (destination && !source)
        return (uint16_t)pinfo->destport;
    return (uint16_t)MIN(pinfo->srcport, pinfo->destport);
}

/* Whether a payload may be one of WireGuard's messages, by its own bytes. */
static enum wg_likeness
shape(tvbuff_t *tvb, int at, struct wg_wire_view *view)
{
    const int captured = tvb_captured_length_remaining(tvb, at);
    const int length = tvb_reported_length_remaining(tvb, at);

    if (captured <= 0 || length < captured)
        return WG_UNLIKE;
    wg_wire_decode(tvb_get_ptr(tvb, at, captured), (size_t)captured, (size_t)length, view);
    if (view->verdict == WG_WIRE_NOT_WIREGUARD || !view->reserved_zero)
        return WG_UNLIKE;
    return wg_likeness(view);
}

static struct taken *
find_taken(struct wg_hints *h, uint16_t port, const char *protocol, uint32_t frame)
{
    enum { MOST = 64 };
    const struct taken fresh = { .port = port, .protocol = protocol, .first_frame = frame };

    for (unsigned i = 0; i < h->taken->len; i++) {
        struct taken *t = &g_array_index(h->taken, struct taken, i);
        if (t->port == port && strcmp(t->protocol, protocol) == 0)
            return t;
    }
    if (h->taken->len == MOST)
        return NULL;
    g_array_append_val(h->taken, fresh);
    return &g_array_index(h->taken, struct taken, h->taken->len - 1);
}

static void
look_at_datagram(struct wg_hints *h, packet_info *pinfo, tvbuff_t *frame,
                 const struct wg_headers *headers)
{
    enum { UDP = 17, UDP_HEADER = 8 };

    if (headers->protocol != UDP || headers->fragment || headers->payload < 0)
        return;
    struct wg_wire_view view;
    const enum wg_likeness likeness = shape(frame, headers->payload + UDP_HEADER, &view);
    if (likeness == WG_UNLIKE)
        return;
    const char *protocol = taker(pinfo);
    if (protocol == NULL)
        return;
    struct taken *taken = find_taken(h, port_of(pinfo), protocol, pinfo->num);
    if (taken == NULL)
        return;
    taken->packets++;
    taken->proved |= likeness == WG_CONVINCING;
    if (taken->proved || !view.has_counter)
        return;
    wg_run_add(&taken->runs[pinfo->srcport == taken->port], &view);
    taken->proved = wg_run_proves(&taken->runs[0], &taken->runs[1]);
}

void
wg_hints_other(struct wg_hints *h, packet_info *pinfo, const epan_dissect_t *edt)
{
    struct wg_headers headers;

    if (!wg_headers_read(pinfo, edt->tvb, &headers))
        return;
    if (headers.link.bare != 0)
        h->bare++;
    else
        h->linked++;
    h->named |= headers.link.named;
    if (!wg_tapped_perhaps(pinfo))
        look_at_datagram(h, pinfo, edt->tvb, &headers);
}

/* ---- telling ---- */

static bool
looks_like_inside(const struct wg_hints *h)
{
    return !h->found && h->bare > 0 && h->linked == 0;
}

/* Whether a configuration of AmneziaWG fits nothing, or only in part. */
static bool
is_unseen(size_t configuration)
{
    g_autofree char *text = wg_opened_unseen(configuration);
    return text != NULL;
}

unsigned
wg_hints_count(const struct wg_hints *h)
{
    unsigned count = looks_like_inside(h);

    for (unsigned i = 0; i < h->taken->len; i++)
        count += g_array_index(h->taken, struct taken, i).proved;
    for (size_t i = 0; i < WG_AMNEZIA_MAX; i++)
        count += is_unseen(i);
    return count;
}

struct wg_hint
wg_hints_get(const struct wg_hints *h, unsigned number)
{
    if (looks_like_inside(h) && number-- == 0)
        return (struct wg_hint){ .kind = WG_HINT_INSIDE, .named = h->named, .packets = h->bare };
    for (unsigned i = 0; i < h->taken->len; i++) {
        const struct taken *t = &g_array_index(h->taken, struct taken, i);
        if (t->proved && number-- == 0)
            return (struct wg_hint){ .kind = WG_HINT_NOT_READ,
                                     .protocol = t->protocol,
                                     .port = t->port,
                                     .packets = t->packets,
                                     .first_frame = t->first_frame };
    }
    size_t configuration = 0;
    while (configuration < WG_AMNEZIA_MAX && !(is_unseen(configuration) && number-- == 0))
        configuration++;
    return (struct wg_hint){ .kind = WG_HINT_NOT_SEEN, .configuration = configuration };
}

const char *
wg_hint_label(enum wg_hint_kind kind)
{
    static const char *const labels[] = {
        [WG_HINT_INSIDE] = "Inside",
        [WG_HINT_NOT_READ] = "Not read",
        [WG_HINT_NOT_SEEN] = "Not seen",
    };
    return labels[kind];
}

static char *
inside_text(const struct wg_hint *hint)
{
    return g_strdup_printf(
        "All %" PRIu64
        " IP packets were captured %s. That is how the inside of a tunnel looks, and "
        "it has no WireGuard: capture on the network card that carries the tunnel.",
        hint->packets,
        hint->named ? "on an interface that is called like a tunnel's" : "without a link layer");
}

static char *
not_read_text(const struct wg_hint *hint)
{
    const uint64_t n = hint->packets;

    return g_strdup_printf(
        "%" PRIu64
        " datagram%s of UDP port %u %s the shape of WireGuard's messages, and %s shown as %s "
        "(first: frame %u). To see %s as WireGuard: -d udp.port==%u,wg, or Decode As in Wireshark.",
        n, plurality(n, "", "s"), hint->port, plurality(n, "has", "have"),
        plurality(n, "is", "are"), hint->protocol, hint->first_frame, plurality(n, "it", "them"),
        hint->port);
}

char *
wg_hint_text(const struct wg_hint *hint)
{
    switch (hint->kind) {
    case WG_HINT_INSIDE:
        return inside_text(hint);
    case WG_HINT_NOT_READ:
        return not_read_text(hint);
    default:
        return wg_opened_unseen(hint->configuration);
    }
}

void
wg_hints_print(const struct wg_hints *h)
{
    const unsigned count = wg_hints_count(h);

    for (unsigned i = 0; i < count; i++) {
        const struct wg_hint hint = wg_hints_get(h, i);
        g_autofree char *text = wg_hint_text(&hint);
        wg_print_paragraph(wg_hint_label(hint.kind), text);
    }
    if (count > 0)
        printf("\n");
}

static void
print_json(const struct wg_hint *hint, const struct wg_report *report)
{
    static const char *const words[] = {
        [WG_HINT_INSIDE] = "looks-like-inside",
        [WG_HINT_NOT_READ] = "not-read",
        [WG_HINT_NOT_SEEN] = "not-seen",
    };
    struct wg_json *j = wg_json_begin(report, words[hint->kind]);

    if (hint->kind == WG_HINT_NOT_SEEN)
        wg_json_take(j, "text", wg_hint_text(hint));
    else
        wg_json_number(j, "packets", hint->packets);
    if (hint->kind == WG_HINT_NOT_READ) {
        wg_json_number(j, "port", hint->port);
        wg_json_text(j, "protocol", hint->protocol);
        wg_json_number(j, "first_frame", hint->first_frame);
        wg_json_take(j, "option", g_strdup_printf("-d udp.port==%u,wg", hint->port));
    }
    wg_json_end(j);
}

void
wg_hints_print_json(const struct wg_hints *h, const struct wg_report *report)
{
    const unsigned count = wg_hints_count(h);

    for (unsigned i = 0; i < count; i++) {
        const struct wg_hint hint = wg_hints_get(h, i);
        print_json(&hint, report);
    }
}
