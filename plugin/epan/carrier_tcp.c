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
#include "wg/alignment.h"
#include "wg/framing.h"
#include "wg/wire.h"

#define TCP_PORT "tcp.port"
#define MAX_PORT 65535

static const uint16_t guarded_ports[] = { 80, 443 };

/* What one end sends. */
struct half {
    struct wg_alignment alignment; /* changes on the first pass only */
    wmem_map_t *starts;            /* packet -> 1 + offset of the first frame that begins in it */
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

/* The message with its data header restored, or NULL if the header is not known. */
static tvbuff_t *
restore(tvbuff_t *payload, packet_info *pinfo, struct half *half, unsigned ordinal)
{
    /* The same on every pass. */
    struct wg_elided *elided = p_get_proto_data(wmem_file_scope(), pinfo, proto_wg, ordinal);
    const unsigned length = tvb_captured_length(payload);
    struct wg_elided next;

    if (elided == NULL && !PINFO_FD_VISITED(pinfo) &&
        wg_alignment_elided(&half->alignment, &next)) {
        elided = wmem_memdup(wmem_file_scope(), &next, sizeof next);
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

/* One frame, all of it in the buffer. */
static void
dissect_frame(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, int at, unsigned ordinal,
              struct stream *stream)
{
    const struct wg_stream_frame frame =
        wg_stream_frame(tvb_get_ptr(tvb, at, WG_STREAM_HEADER_LEN));
    struct half *half = half_of(stream, pinfo);
    struct half *other = &stream->halves[half == &stream->halves[0]];
    tvbuff_t *payload = tvb_new_subset_length(tvb, at + WG_STREAM_HEADER_LEN, (int)frame.length);

    proto_item *item = proto_tree_add_uint(tree, wg_hf[HF_TCP_LENGTH], tvb, at,
                                           WG_STREAM_HEADER_LEN, (unsigned)frame.length);
    proto_item_set_len(item, WG_STREAM_HEADER_LEN);
    if (frame.elided) {
        stream->tunsafe = true;
        payload = restore(payload, pinfo, half, ordinal);
    } else if (!PINFO_FD_VISITED(pinfo)) {
        const unsigned captured = tvb_captured_length(payload);
        wg_alignment_see(&half->alignment, &other->alignment,
                         tvb_get_ptr(payload, 0, (int)captured), captured);
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

static struct wg_stream_segment
segment_of(tvbuff_t *tvb, const packet_info *pinfo, const struct tcpinfo *tcp)
{
    struct wg_stream_segment s = { .packet = pinfo->num };

    s.bytes = bytes_of(tvb, &s.captured);
    if (tcp == NULL)
        return s; /* we were not called by TCP */
    s.placed = true;
    s.completes = tcp->is_reassembled; /* TCP reassembles what we asked for */
    s.begin = tcp->nxtseq - tvb_reported_length(tvb);
    s.end = tcp->nxtseq;
    return s;
}

/* The offset of the first frame in this segment, or -1. */
static int
start_of(struct stream *stream, tvbuff_t *tvb, packet_info *pinfo, const struct tcpinfo *tcp)
{
    struct half *half = half_of(stream, pinfo);
    void *key = GUINT_TO_POINTER(pinfo->num);
    size_t at;

    if (PINFO_FD_VISITED(pinfo)) {
        const unsigned kept = GPOINTER_TO_UINT(wmem_map_lookup(half->starts, key));
        if (kept == 0)
            return -1;
        return (int)kept - 1;
    }
    const struct wg_stream_segment segment = segment_of(tvb, pinfo, tcp);
    if (!wg_alignment_find(&half->alignment, &segment, &at))
        return -1;
    /* A segment can come a second time, reassembled with earlier bytes. */
    wmem_map_insert(half->starts, key, GUINT_TO_POINTER((unsigned)at + 1));
    return (int)at;
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
