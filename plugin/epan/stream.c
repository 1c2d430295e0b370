/* stream.c
 * What Wireshark offers for the session of a packet: a conversation filter, and Follow.
 *
 * Following a session shows the whole inner packets by sender; the initiator is the client.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <epan/conversation.h>
#include <epan/conversation_filter.h>
#include <epan/dissectors/packet-udp.h>
#include <epan/follow.h>
#include <epan/tap.h>
#include <epan/to_str.h>

#include "opened.h"
#include "stream.h"

static int follow_tap;

/* ---- which session ---- */

static char *
stream_filter(unsigned stream)
{
    return g_strdup_printf("wg.stream == %u", stream);
}

/* The host's form of an address; it points into `e`. */
static address
address_of(const struct wg_endpoint *e)
{
    address a = ADDRESS_INIT_NONE;

    if (e->family == WG_ENDPOINT_IPV4)
        set_address(&a, AT_IPv4, 4, e->address);
    else if (e->family == WG_ENDPOINT_IPV6)
        set_address(&a, AT_IPv6, 16, e->address);
    return a;
}

static conversation_t *
find_udp(uint32_t frame, const struct wg_endpoint *source, const struct wg_endpoint *destination)
{
    const address from = address_of(source), to = address_of(destination);

    return find_conversation(frame, &from, &to, CONVERSATION_UDP, source->port, destination->port,
                             0);
}

/* Looking up the host's conversation takes longer than everything else that the reports need, so
 * the last one is kept. While it has no successor, it is also that of the next message between the
 * same ends. */
bool
wg_stream_udp(packet_info *pinfo, const struct wg_endpoint *source,
              const struct wg_endpoint *destination, uint32_t *stream)
{
    static struct {
        uint32_t capture;
        const conversation_t *conversation; /* NULL: none */
        struct wg_endpoint ends[2];
        uint32_t stream;
    } latest;

    if (latest.conversation != NULL && latest.capture == wg_opened_serial() &&
        latest.conversation->next == NULL && latest.conversation->setup_frame <= pinfo->num &&
        wg_endpoints_are(source, destination, latest.ends)) {
        *stream = latest.stream;
        return true;
    }
    conversation_t *found = find_udp(pinfo->num, source, destination);
    const struct udp_analysis *udp = NULL;
    if (found != NULL)
        udp = get_udp_conversation_data(found, pinfo);
    if (udp == NULL)
        return false;
    *stream = udp->stream;
    if (found->options != 0)
        return true;
    latest.capture = wg_opened_serial();
    latest.conversation = found;
    latest.ends[0] = *source;
    latest.ends[1] = *destination;
    latest.stream = udp->stream;
    return true;
}

/* ---- Conversation Filter, Colorize Conversation ---- */

static ws_bool
has_filter(packet_info *pinfo WS_FILTER_DATA_PARAM)
{
    uint32_t stream;
    return wg_opened_stream(pinfo->num, &stream);
}

static char *
filter(packet_info *pinfo WS_FILTER_DATA_PARAM)
{
    uint32_t stream;
    if (wg_opened_stream(pinfo->num, &stream))
        return stream_filter(stream);
    return NULL;
}

/* ---- Follow ---- */

struct followed {
    tvbuff_t *inner;
    bool from_initiator; /* as far as that is known */
    const struct wg_message_context *context;
};

void
wg_stream_inner(const struct wg_drawing *d, tvbuff_t *inner)
{
    if (!have_tap_listener(follow_tap))
        return;
    struct followed *followed = wmem_new(d->pinfo->pool, struct followed);
    struct wg_message_context *context = wmem_new(d->pinfo->pool, struct wg_message_context);
    *context = *d->context;
    *followed =
        (struct followed){ inner, d->analysis != NULL && d->analysis->from_initiator, context };
    tap_queue_packet(follow_tap, d->pinfo, followed);
}

static char *
conversation_to_follow(epan_dissect_t *edt, packet_info *pinfo, unsigned *stream,
                       unsigned *sub_stream)
{
    uint32_t number;

    if (!wg_opened_stream(pinfo->num, &number))
        return NULL;
    *stream = number;
    *sub_stream = 0;
    return stream_filter(number);
}

static char *
filter_by_index(unsigned stream, unsigned sub_stream)
{
    return stream_filter(stream);
}

static char *
filter_by_addresses(address *from, address *to, int from_port, int to_port)
{
    const char *family = from->type == AT_IPv6 ? "ipv6" : "ip";
    char *source = address_to_str(NULL, from), *destination = address_to_str(NULL, to);
    char *made = g_strdup_printf(
        "wg && ((%s.src == %s && udp.srcport == %d && %s.dst == %s && udp.dstport == %d) || "
        "(%s.src == %s && udp.srcport == %d && %s.dst == %s && udp.dstport == %d))",
        family, source, from_port, family, destination, to_port, family, destination, to_port,
        family, source, from_port);

    wmem_free(NULL, source);
    wmem_free(NULL, destination);
    return made;
}

static char *
port_text(wmem_allocator_t *allocator, unsigned port)
{
    return wmem_strdup_printf(allocator, "%u", port);
}

static void
set_end(address *end, unsigned *port, const struct wg_endpoint *e)
{
    const address a = address_of(e);

    if (a.type != AT_NONE)
        copy_address(end, &a);
    *port = e->port;
}

static tap_packet_status
follow(void *data, packet_info *pinfo, epan_dissect_t *edt, const void *tapped, tap_flags_t flags)
{
    follow_info_t *info = data;
    const struct followed *followed = tapped;
    const unsigned length = tvb_captured_length(followed->inner);
    const struct wg_endpoint *ends[] = { &followed->context->source,
                                         &followed->context->destination };
    follow_record_t *record = g_new0(follow_record_t, 1);

    if (info->payload == NULL) {
        set_end(&info->client_ip, &info->client_port, ends[!followed->from_initiator]);
        set_end(&info->server_ip, &info->server_port, ends[followed->from_initiator]);
    }
    record->is_server = !followed->from_initiator;
    record->packet_num = pinfo->num;
    record->abs_ts = pinfo->abs_ts;
    record->data = g_byte_array_append(g_byte_array_new(),
                                       tvb_get_ptr(followed->inner, 0, (int)length), length);
    info->bytes_written[record->is_server] += length;
    info->payload = g_list_prepend(info->payload, record); /* the host frees it */
    return TAP_PACKET_DONT_REDRAW;
}

void
wg_stream_register(int proto)
{
    follow_tap = register_tap("wg_follow");
    ws_register_conversation_filter("wg", "WireGuard", has_filter, filter);
    ws_register_follow_stream(proto, "wg_follow", conversation_to_follow, filter_by_index,
                              filter_by_addresses, port_text, follow, wg_opened_streams);
}
