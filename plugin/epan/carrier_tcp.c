/* carrier_tcp.c
 * WireGuard in TCP: framed in a stream (udp-over-tcp, TunSafe TCP), or a datagram as the payload of
 * each segment (phantun).
 *
 * A stream is recognised by its first message or by three in a row, on any port. On 80 and 443,
 * which other dissectors own, we look first and hand on everything else. If the user says so, any
 * stream is taken.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/proto_data.h>

#include "adopt.h"
#include "carriers.h"
#include "fields.h"
#include "wg/framing.h"

#define TCP_PORT "tcp.port"
#define MAX_PORT 65535

static const uint16_t guarded_ports[] = { 80, 443 };

/* What one end sends. */
struct half {
    bool aligned;      /* first pass: if the next segment goes on here, it begins with a frame */
    uint32_t next;     /* its sequence number then */
    uint32_t joined;   /* the frame whose segment completed an earlier one; its rest goes on, too */
    bool has_receiver; /* announced by the other end, or seen in data */
    bool has_data;
    uint32_t receiver; /* of the last data message, and of those without a header */
    uint64_t counter;
    wmem_map_t *starts; /* packet -> 1 + offset of the first frame that begins in it */
};

struct stream {
    struct half halves[2]; /* by the order of the ends */
    bool tunsafe;          /* a frame without its header was seen */
};

static int proto_wg = -1;
static range_t *named_ports; /* by the preference */
static dissector_handle_t stream_handle, guard_handle;
static dissector_handle_t guarded[G_N_ELEMENTS(guarded_ports)]; /* the port's own dissector */

/* ---- state ---- */

static struct stream *
find_stream(packet_info *pinfo)
{
    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    if (conversation != NULL)
        return conversation_get_proto_data(conversation, proto_wg);
    return NULL;
}

static struct stream *
new_stream(packet_info *pinfo)
{
    conversation_t *conversation = find_or_create_conversation(pinfo);
    struct stream *stream = wmem_new0(wmem_file_scope(), struct stream);

    for (unsigned i = 0; i < G_N_ELEMENTS(stream->halves); i++)
        stream->halves[i].starts = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    conversation_add_proto_data(conversation, proto_wg, stream);
    return stream;
}

static struct half *
half_of(struct stream *stream, const packet_info *pinfo)
{
    const int order = cmp_address(&pinfo->src, &pinfo->dst);
    const bool first = order != 0 ? order < 0 : pinfo->srcport < pinfo->destport;
    return &stream->halves[first];
}

/* ---- frames ---- */

/* What a frame without its data header lacks; the same on every pass. */
struct elided {
    uint32_t receiver;
    uint64_t counter;
};

/* The message with its data header restored, or NULL if the header is not known. */
static tvbuff_t *
restore(tvbuff_t *payload, packet_info *pinfo, struct half *half, unsigned ordinal)
{
    struct elided *elided = p_get_proto_data(wmem_file_scope(), pinfo, proto_wg, ordinal);
    const unsigned length = tvb_captured_length(payload);

    if (elided == NULL && !PINFO_FD_VISITED(pinfo) && half->has_data) {
        elided = wmem_new(wmem_file_scope(), struct elided);
        *elided = (struct elided){ half->receiver, ++half->counter };
        p_add_proto_data(wmem_file_scope(), pinfo, proto_wg, ordinal, elided);
    }
    if (elided == NULL)
        return NULL;
    struct wg_wire_data *message = wmem_alloc(pinfo->pool, sizeof *message + length);
    *message = (struct wg_wire_data){ .header.type = WG_TYPE_DATA };
    for (unsigned i = 0; i < sizeof message->receiver; i++)
        message->receiver[i] = (uint8_t)(elided->receiver >> 8 * i);
    for (unsigned i = 0; i < sizeof message->counter; i++)
        message->counter[i] = (uint8_t)(elided->counter >> 8 * i);
    tvb_memcpy(payload, message + 1, 0, length);
    tvbuff_t *whole = tvb_new_child_real_data(
        payload, (const uint8_t *)message, (unsigned)sizeof *message + length,
        (int)(sizeof *message + tvb_reported_length(payload)));
    add_new_data_source(pinfo, whole, "With Data Header");
    return whole;
}

/* Remember what finds the frames again if the beginning of one is lost. */
static void
remember(struct stream *stream, struct half *half, tvbuff_t *payload)
{
    struct half *other = &stream->halves[half == &stream->halves[0]];
    struct wg_wire_view view;
    const unsigned length = MIN(tvb_captured_length(payload), sizeof(struct wg_wire_data));

    wg_wire_decode(tvb_get_ptr(payload, 0, (int)length), length, length, &view);
    if (view.has_sender && !other->has_data) {
        other->has_receiver = true;
        other->receiver = view.sender;
    }
    if (view.type != WG_TYPE_DATA || !view.has_counter)
        return;
    half->has_receiver = half->has_data = true;
    half->receiver = view.receiver;
    half->counter = view.counter;
}

/* One frame, all of it in the buffer. */
static void
dissect_frame(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, int at, unsigned ordinal,
              struct stream *stream)
{
    const struct wg_stream_frame frame =
        wg_stream_frame(tvb_get_ptr(tvb, at, WG_STREAM_HEADER_LEN));
    struct half *half = half_of(stream, pinfo);
    tvbuff_t *payload = tvb_new_subset_length(tvb, at + WG_STREAM_HEADER_LEN, (int)frame.length);

    proto_item *item = proto_tree_add_uint(tree, wg_hf[HF_TCP_LENGTH], tvb, at,
                                           WG_STREAM_HEADER_LEN, (unsigned)frame.length);
    proto_item_set_len(item, WG_STREAM_HEADER_LEN);
    if (frame.elided) {
        stream->tunsafe = true;
        payload = restore(payload, pinfo, half, ordinal);
    } else if (!PINFO_FD_VISITED(pinfo)) {
        remember(stream, half, payload);
    }
    if (payload != NULL &&
        wg_dissect_carried(payload, pinfo, tree, stream->tunsafe ? "TunSafe TCP" : "udp-over-tcp",
                           true) == 0)
        call_data_dissector(payload, pinfo, tree);
    col_set_fence(pinfo->cinfo, COL_INFO);
}

/* The frames of a segment from `at` on; an incomplete one waits for the next segment. */
static int
dissect_frames(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, int at, struct stream *stream)
{
    const int end = (int)tvb_reported_length(tvb);

    for (unsigned ordinal = 1; at < end; ordinal++) {
        const int left = end - at;
        int whole = WG_STREAM_HEADER_LEN;
        if (tvb_captured_length(tvb) < (unsigned)at + WG_STREAM_HEADER_LEN && left >= whole)
            break; /* cut short by the capture */
        if (left >= whole)
            whole += (int)wg_stream_frame(tvb_get_ptr(tvb, at, WG_STREAM_HEADER_LEN)).length;
        if (left < whole && pinfo->can_desegment) {
            pinfo->desegment_offset = at;
            pinfo->desegment_len =
                left < WG_STREAM_HEADER_LEN ? DESEGMENT_ONE_MORE_SEGMENT : (uint32_t)(whole - left);
            break;
        }
        if (left < whole)
            break;
        dissect_frame(tvb, pinfo, tree, at, ordinal, stream);
        at += whole;
    }
    return (int)tvb_captured_length(tvb);
}

/* ---- where frames begin ---- */

static const uint8_t *
bytes_of(tvbuff_t *tvb, size_t *captured)
{
    *captured = tvb_captured_length(tvb);
    if (*captured > 0)
        return tvb_get_ptr(tvb, 0, (int)*captured);
    return NULL;
}

/* First pass: whether nothing is missing between the frames before and this segment. What TCP
 * reassembled is what we asked for. tcp: NULL if we were not called by TCP */
static bool
goes_on(const struct half *half, tvbuff_t *tvb, const packet_info *pinfo, const struct tcpinfo *tcp)
{
    if (!half->aligned || tcp == NULL || tcp->is_reassembled || half->joined == pinfo->num)
        return half->aligned;
    return tcp->nxtseq - tvb_reported_length(tvb) == half->next;
}

/* First pass: remember where the next segment should go on. */
static void
expect_next(struct half *half, const packet_info *pinfo, const struct tcpinfo *tcp)
{
    if (tcp == NULL)
        return;
    if (tcp->is_reassembled)
        half->joined = pinfo->num;
    if ((int32_t)(tcp->nxtseq - half->next) > 0 || half->next == 0)
        half->next = tcp->nxtseq; /* and not if it was sent again */
}

/* The offset of the first bytes that look like a frame. A frame without a data header looks like
 * nothing, so it is only one where a frame must begin. returns captured: there are none */
static size_t
find_frame(const struct half *half, const uint8_t *bytes, size_t captured, bool continues)
{
    if (wg_stream_plausible(bytes, captured) ||
        (continues && half->has_data && wg_stream_frame(bytes).elided))
        return 0;
    const size_t known =
        half->has_receiver ? wg_stream_find_receiver(bytes, captured, half->receiver) : captured;
    if (known < captured)
        return known;
    return wg_stream_find(bytes, captured);
}

/* Some senders write a frame's length separately, so a first segment may hold nothing else. */
static bool
begins_handshake(const uint8_t *bytes, size_t captured)
{
    for (unsigned type = WG_TYPE_INITIATION; type <= WG_TYPE_COOKIE_REPLY; type++)
        if (wg_stream_first_part(bytes, captured, type) > 0)
            return true;
    return false;
}

/* First pass: the offset of the first frame in this segment, or -1. */
static int
align(struct half *half, tvbuff_t *tvb, bool continues)
{
    size_t captured;
    const uint8_t *bytes = bytes_of(tvb, &captured);

    if (captured < sizeof(struct wg_wire_data)) {
        half->aligned = continues || begins_handshake(bytes, captured);
        if (half->aligned)
            return 0;
        return -1;
    }
    const size_t at = find_frame(half, bytes, captured, continues);
    half->aligned = at < captured;
    if (half->aligned)
        return (int)at;
    return -1;
}

/* As align, but on every pass. */
static int
start_of(struct stream *stream, tvbuff_t *tvb, packet_info *pinfo, const struct tcpinfo *tcp)
{
    struct half *half = half_of(stream, pinfo);
    void *key = GUINT_TO_POINTER(pinfo->num);
    int start;

    if (PINFO_FD_VISITED(pinfo)) {
        const unsigned kept = GPOINTER_TO_UINT(wmem_map_lookup(half->starts, key));
        if (kept == 0)
            return -1;
        return (int)kept - 1;
    }
    start = align(half, tvb, goes_on(half, tvb, pinfo, tcp));
    expect_next(half, pinfo, tcp);
    /* A segment can come a second time, reassembled with earlier bytes. */
    if (start >= 0)
        wmem_map_insert(half->starts, key, GUINT_TO_POINTER((unsigned)start + 1));
    return start;
}

/* Wait for more bytes if there are too few to say where a frame begins. */
static bool
wait_for_head(tvbuff_t *tvb, packet_info *pinfo)
{
    const unsigned captured = tvb_captured_length(tvb);

    if (captured >= sizeof(struct wg_wire_data) || captured != tvb_reported_length(tvb) ||
        !pinfo->can_desegment)
        return false;
    pinfo->desegment_offset = 0;
    pinfo->desegment_len = DESEGMENT_ONE_MORE_SEGMENT;
    return true;
}

static int
dissect_known(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, struct stream *stream,
              const struct tcpinfo *tcp)
{
    const int start = start_of(stream, tvb, pinfo, tcp);

    if (start >= 0)
        return dissect_frames(tvb, pinfo, tree, start, stream);
    if (wait_for_head(tvb, pinfo))
        return (int)tvb_captured_length(tvb);
    return 0;
}

/* Whether the segment shows that its stream is WireGuard. */
static bool
recognised(tvbuff_t *tvb)
{
    size_t captured;
    const uint8_t *bytes = bytes_of(tvb, &captured);

    return wg_stream_begins(bytes, captured) || wg_stream_find(bytes, captured) < captured;
}

/* ---- entries ---- */

/* For streams that the user names, and those that were recognised. */
static int
dissect_stream(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    struct stream *stream = find_stream(pinfo);
    return dissect_known(tvb, pinfo, tree, stream != NULL ? stream : new_stream(pinfo), data);
}

static bool
claim(tvbuff_t *tvb, packet_info *pinfo)
{
    if (PINFO_FD_VISITED(pinfo) || !recognised(tvb))
        return false;
    new_stream(pinfo);
    conversation_set_dissector(find_or_create_conversation(pinfo), stream_handle);
    return true;
}

/* The first segments may hold only a part of the initiation that proves the stream. No dissector
 * gets it before it is whole. */
static bool
wait_for_initiation(tvbuff_t *tvb, packet_info *pinfo)
{
    size_t captured;
    const uint8_t *bytes = bytes_of(tvb, &captured);

    if (!pinfo->can_desegment || captured != tvb_reported_length(tvb))
        return false;
    const size_t whole = wg_stream_first_part(bytes, captured, WG_TYPE_INITIATION);
    if (whole == 0)
        return false;
    pinfo->desegment_offset = 0;
    pinfo->desegment_len = (uint32_t)(whole - captured);
    return true;
}

/* Pass a segment on. The dissector that gets it may ask TCP for more, as if we were not here. */
static int
pass_on(dissector_handle_t handle, tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    pinfo->can_desegment = pinfo->saved_can_desegment;
    return call_dissector_only(handle, tvb, pinfo, tree, data);
}

static ws_bool
dissect_heuristic(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const bool ours = find_stream(pinfo) != NULL || claim(tvb, pinfo);

    if (ours && pass_on(stream_handle, tvb, pinfo, tree, data) != 0)
        return true;
    return wait_for_initiation(tvb, pinfo) ||
           wg_dissect_carried(tvb, pinfo, tree, WG_CARRIER_RAW_TCP, false) != 0;
}

/* On a port that another dissector owns. */
static int
dissect_guarded(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    if (find_stream(pinfo) != NULL || claim(tvb, pinfo))
        return pass_on(stream_handle, tvb, pinfo, tree, data);
    if (wait_for_initiation(tvb, pinfo))
        return (int)tvb_captured_length(tvb);
    for (unsigned i = 0; i < G_N_ELEMENTS(guarded_ports); i++)
        if (guarded[i] != NULL && pinfo->match_uint == guarded_ports[i])
            return pass_on(guarded[i], tvb, pinfo, tree, data);
    return 0;
}

void
wg_tcp_register(int proto)
{
    proto_wg = proto;
    stream_handle = register_dissector_with_description("wireguard.tcp", "WireGuard over TCP",
                                                        dissect_stream, proto);
    guard_handle = create_dissector_handle(dissect_guarded, wg_proto_between());
}

/* The host's own preference for a port would not have the same name in every version: from 4.2 on,
 * it ends in the name of the dissector, and "wg" is taken. */
void
wg_tcp_handoff(int proto)
{
    module_t *module = prefs_find_module("wg");

    dissector_add_for_decode_as(TCP_PORT, stream_handle);
    prefs_register_range_preference(module, "tcp.port", "TCP port(s)",
                                    "Streams on these ports are WireGuard over TCP, whatever they "
                                    "look like; others are recognised",
                                    &named_ports, MAX_PORT);
    heur_dissector_add("tcp", dissect_heuristic, "WireGuard over TCP", "wg_tcp", proto,
                       HEURISTIC_ENABLE);
}

static bool
chosen_by_user(uint32_t port)
{
    return dissector_get_uint_handle(find_dissector_table(TCP_PORT), port) !=
           dissector_get_default_uint_handle(TCP_PORT, port);
}

static void
take_port(uint32_t port, void *data)
{
    if (!chosen_by_user(port))
        dissector_change_uint(TCP_PORT, port, stream_handle);
}

static void
give_port_back(uint32_t port, void *data)
{
    dissector_table_t table = find_dissector_table(TCP_PORT);

    if (dissector_get_uint_handle(table, port) == stream_handle)
        dissector_reset_uint(TCP_PORT, port);
}

/* The preference may have changed since the last capture was opened. */
static void
take_named_ports(void)
{
    static range_t *taken;

    if (taken != NULL)
        range_foreach(taken, give_port_back, NULL);
    wmem_free(wmem_epan_scope(), taken);
    taken = range_copy(wmem_epan_scope(), named_ports);
    range_foreach(taken, take_port, NULL);
}

void
wg_tcp_open(void)
{
    dissector_table_t table = find_dissector_table(TCP_PORT);

    take_named_ports();
    for (unsigned i = 0; i < G_N_ELEMENTS(guarded_ports); i++) {
        dissector_handle_t now = dissector_get_uint_handle(table, guarded_ports[i]);
        if (now == NULL || now == guard_handle || now == stream_handle)
            continue;
        if (now != dissector_get_default_uint_handle(TCP_PORT, guarded_ports[i]))
            continue; /* the user chose it */
        guarded[i] = now;
        dissector_add_uint(TCP_PORT, guarded_ports[i], guard_handle);
    }
}
