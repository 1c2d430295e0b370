/* audit_report.c
 * -z wg,audit: is the link encrypted?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <string.h>

#include <epan/epan_dissect.h>
#include <epan/packet.h>

#include "audit_table.h"
#include "audit_text.h"
#include "datagram.h"
#include "headers.h"
#include "report.h"
#include "wg/disco.h"
#include "wg/rosenpass.h"

struct audit_report {
    struct wg_report base;
    struct wg_audit *audit;
    struct wg_audit_rows *rows; /* of the table; NULL until they are asked for */
};

static struct wg_report *
make(void)
{
    struct audit_report *r = g_new0(struct audit_report, 1);

    r->audit = wg_audit_new(wg_opened()->keys);
    return &r->base;
}

static void
discard(struct wg_report *base)
{
    struct audit_report *r = (struct audit_report *)base;

    wg_audit_rows_free(r->rows);
    wg_audit_free(r->audit);
    g_free(r);
}

/* ---- what a frame is ---- */

/* The filter name of a protocol: it is the same in every version. */
static const char *
filter_name(int protocol)
{
    return proto_get_protocol_filter_name(protocol);
}

static const char *
short_name(int protocol)
{
    return proto_get_protocol_short_name(find_protocol_by_id(protocol));
}

static bool
is_one_of(const char *name, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(name, *list) == 0)
            return true;
    return false;
}

/* What the layers of a frame are. */
struct layers {
    int protocol;        /* the one that the frame is reported under; -1: none */
    const char *carrier; /* what IP is wrapped in, or NULL */
};

/* The name of a protocol that carries IP packets or frames, or NULL. The report names the outermost
 * one together with what is inside. */
static const char *
carrier_name(const char *layer, bool ip_before)
{
    static const struct {
        const char *layer, *name;
    } carriers[] = { { "gre", "GRE" },         { "vxlan", "VXLAN" }, { "geneve", "Geneve" },
                     { "etherip", "EtherIP" }, { "gtp", "GTP" },     { "teredo", "Teredo" } };

    for (unsigned i = 0; i < G_N_ELEMENTS(carriers); i++)
        if (strcmp(layer, carriers[i].layer) == 0)
            return carriers[i].name;
    if (ip_before && strcmp(layer, "ip") == 0)
        return "IPv4-in-IP";
    if (ip_before && strcmp(layer, "ipv6") == 0)
        return "IPv6-in-IP";
    return NULL;
}

/* A frame is reported under the protocol above the transport, else the one above IP, else the last
 * one. */
static struct layers
look_at_layers(const packet_info *pinfo)
{
    static const char *const between[] = { "ip",   "ipv6",   "ah",    "eth",    "ethertype",
                                           "vlan", "gre",    "vxlan", "geneve", "etherip",
                                           "gtp",  "teredo", NULL };
    static const char *const transport[] = { "tcp", "udp", "sctp", "dccp", NULL };
    struct layers found = { -1, NULL };
    bool over_ip = false;

    for (wmem_list_frame_t *f = wmem_list_head(pinfo->layers); f != NULL;
         f = wmem_list_frame_next(f)) {
        const int above = GPOINTER_TO_INT(wmem_list_frame_data(f));
        const char *layer = filter_name(above);
        if (strcmp(layer, "data") == 0)
            break;
        if (strcmp(layer, "wg") == 0 && found.protocol >= 0 &&
            strcmp(filter_name(found.protocol), "tcp") == 0)
            break; /* a part of a message: it counts as a segment of TCP */
        if (over_ip && found.carrier == NULL)
            found.carrier = carrier_name(layer, over_ip);
        const bool passed = is_one_of(layer, between);
        over_ip |= strcmp(layer, "ip") == 0 || strcmp(layer, "ipv6") == 0;
        if (over_ip && strncmp(layer, "ipv6.", 5) == 0)
            continue; /* an extension header */
        found.protocol = above;
        if (over_ip && !passed && !is_one_of(layer, transport))
            break;
    }
    return found;
}

static bool
is_ip(const address *a)
{
    return a->type == AT_IPv4 || a->type == AT_IPv6;
}

enum { ICMP = 1, ICMPV6 = 58 };

static bool
is_neighbour_discovery(const struct wg_headers *h)
{
    if (h->protocol != ICMPV6 || h->payload >= h->captured)
        return false;
    const unsigned type = h->bytes[h->payload];
    return (type >= 130 && type <= 137) || type == 143;
}

/* The name of a frame that is not judged: what every link needs to work at all, and what is not IP;
 * else NULL. */
static const char *
not_judged(const packet_info *pinfo, const char *layer, const char *name)
{
    static const struct {
        const char *layer, *name;
    } needed[] = {
        { "arp", "ARP" }, { "dhcp", "DHCP" }, { "dhcpv6", "DHCPv6" }, { "igmp", "IGMP" }
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(needed); i++)
        if (strcmp(layer, needed[i].layer) == 0)
            return needed[i].name;
    /* Below IP: it cannot leave the link. */
    if (is_ip(&pinfo->src) && is_ip(&pinfo->dst))
        return NULL;
    return name;
}

/* The payload of a UDP datagram; empty for any other frame. */
struct payload {
    const uint8_t *bytes;
    size_t captured, length;
};

static struct payload
payload_of(tvbuff_t *frame, const struct wg_headers *h)
{
    enum { UDP = 17, UDP_HEADER = 8 };
    const int at = h->payload + UDP_HEADER;

    if (h->protocol != UDP || !h->first)
        return (struct payload){ .bytes = NULL };
    const int captured = tvb_captured_length_remaining(frame, at);
    if (captured <= 0)
        return (struct payload){ .bytes = NULL };
    return (struct payload){ tvb_get_ptr(frame, at, captured), (size_t)captured,
                             (size_t)tvb_reported_length_remaining(frame, at) };
}

/* Whether a payload is of Rosenpass. One that is known only by its flow has no layer of its own. */
static bool
is_rosenpass(const struct payload *p, const char *layer)
{
    const enum wg_rosenpass_type type = wg_rosenpass_type(p->bytes, p->captured, p->length);

    if (strcmp(layer, "wg_first") == 0)
        return type != WG_ROSENPASS_NONE;
    return wg_rosenpass_begins(type);
}

/* ---- counting ---- */

static uint8_t
transport(const packet_info *pinfo)
{
    switch (pinfo->ptype) {
    case PT_TCP:
        return 6;
    case PT_UDP:
        return 17;
    case PT_DCCP:
        return 33;
    case PT_SCTP:
        return 132;
    default:
        return 0;
    }
}

/* Describe a frame, by what the dissectors know of it. */
static struct wg_audit_frame
describe(const packet_info *pinfo, const char *name, const struct wg_headers *h)
{
    struct wg_audit_frame f = {
        .frame = pinfo->num,
        .time = wg_nanoseconds(&pinfo->abs_ts),
        .length = pinfo->fd->pkt_len,
        .from = wg_endpoint_of(&pinfo->src, 0),
        .to = wg_endpoint_of(&pinfo->dst, 0),
        .transport = transport(pinfo),
        .protocol = name,
        .group = h->group,
        .link = h->link,
    };

    if (f.transport != 0) {
        f.from.port = (uint16_t)pinfo->srcport;
        f.to.port = (uint16_t)pinfo->destport;
    }
    return f;
}

/* The outermost addresses count: a packet that is wrapped in another header goes where that header
 * says. An ICMP error has no ports; what pinfo has, in some Wiresharks, are those of the packet
 * that it quotes. */
static void
put_outermost(struct wg_audit_frame *f, const struct wg_headers *h, const char *carrier)
{
    const struct wg_endpoint from = f->from, to = f->to;

    f->from = h->from;
    f->to = h->to;
    if (carrier != NULL) {
        f->carrier = carrier;
        f->transport = 0;
        return;
    }
    if (h->protocol == ICMP || h->protocol == ICMPV6) {
        f->transport = 0;
        return;
    }
    f->from.port = from.port;
    f->to.port = to.port;
}

/* Add a fragment in which nothing was found, by what its own bytes say. */
static void
add_fragment(struct audit_report *r, struct wg_audit_frame *f, const struct wg_headers *h)
{
    uint16_t source = 0, destination = 0;

    f->carrier = "fragments";
    f->transport = 0;
    f->protocol = "IP";
    if (wg_headers_ports(h, &source, &destination)) {
        f->transport = h->protocol;
        f->protocol = h->protocol == 6 ? "TCP" : "UDP";
        f->from.port = source;
        f->to.port = destination;
    }
    wg_audit_fragment(r->audit, f, h->id, h->first);
}

/* What is no message, but belongs to the tunnel all the same. */
static void
name_companion(struct wg_audit_frame *f, tvbuff_t *frame, const struct wg_headers *h,
               const char *layer)
{
    const struct payload payload = payload_of(frame, h);

    f->turn = wg_headers_turn(h);
    if (wg_disco_is(payload.bytes, payload.captured, payload.length))
        f->protocol = "Tailscale discovery";
    f->exchange = is_rosenpass(&payload, layer);
    if (f->exchange)
        f->protocol = "Rosenpass";
}

static void
add_other(struct audit_report *r, packet_info *pinfo, const epan_dissect_t *edt)
{
    const struct layers layers = look_at_layers(pinfo);
    const char *layer = "", *name = "unknown";
    struct wg_headers h;
    const bool read = wg_headers_read(pinfo, edt->tvb, &h);

    if (layers.protocol >= 0) {
        layer = filter_name(layers.protocol);
        name = short_name(layers.protocol);
    }
    const char *apart = not_judged(pinfo, layer, name);
    if (apart == NULL && read && is_neighbour_discovery(&h))
        apart = "IPv6 neighbor and group discovery";
    if (apart != NULL) {
        wg_audit_apart(r->audit, apart, pinfo->num);
        return;
    }
    struct wg_audit_frame f = describe(pinfo, name, &h);
    if (read) {
        put_outermost(&f, &h, layers.carrier);
        name_companion(&f, edt->tvb, &h, layer);
    }
    struct wg_quote quote;
    if (read && wg_headers_quote(&h, &quote)) {
        wg_audit_error_about(r->audit, &f, &quote.source, &quote.destination);
        return;
    }
    if (wg_tapped_perhaps(pinfo)) {
        wg_audit_hold(r->audit, &f);
        return;
    }
    if (read && h.fragment && (strcmp(layer, "ip") == 0 || strcmp(layer, "ipv6") == 0)) {
        add_fragment(r, &f, &h);
        return;
    }
    if (read && h.fragment)
        wg_audit_whole(r->audit, &h.from, &h.to, h.id);
    wg_audit_beside(r->audit, &f);
}

/* Whether the sender on the link is that of a message. It is not if the message is wrapped in
 * another tunnel, or comes from an earlier frame than the one that proves it. */
static bool
is_sender(const packet_info *pinfo, const struct wg_headers *h, const struct wg_sighting *s)
{
    return s->frame == pinfo->num && wg_endpoint_same_host(&h->from, &s->source);
}

static void
add_message(struct audit_report *r, const packet_info *pinfo, const epan_dissect_t *edt,
            const struct wg_sighting *s)
{
    struct wg_headers h;
    const bool read = wg_headers_read(pinfo, edt->tvb, &h);

    if (!read || !is_sender(pinfo, &h, s))
        h.link = (struct wg_audit_link){ .bare = h.link.bare, .named = h.link.named };
    if (read && h.fragment)
        wg_audit_whole(r->audit, &h.from, &h.to, h.id);
    wg_audit_message(r->audit, s, &h.link);
}

static void
add(struct wg_report *base, packet_info *pinfo, epan_dissect_t *edt, const struct wg_tapped *tapped)
{
    struct audit_report *r = (struct audit_report *)base;

    if (tapped == NULL)
        add_other(r, pinfo, edt);
    else if (tapped->quote != NULL)
        wg_audit_error(r->audit, pinfo->num);
    else
        add_message(r, pinfo, edt, &tapped->seen);
}

/* ---- telling ---- */

static void
print(struct wg_report *base)
{
    struct audit_report *r = (struct audit_report *)base;

    wg_audit_finish(r->audit);
    wg_report_head(base, "is the link encrypted?");
    wg_audit_print(r->audit);
}

static void
print_json(struct wg_report *base)
{
    struct audit_report *r = (struct audit_report *)base;

    wg_audit_finish(r->audit);
    wg_audit_print_json(base, r->audit);
}

static uint32_t
rows(struct wg_report *base, bool all)
{
    struct audit_report *r = (struct audit_report *)base;

    if (all)
        wg_audit_finish(r->audit);
    wg_audit_rows_free(r->rows);
    r->rows = wg_audit_rows_new(r->audit, base->hints);
    return wg_audit_rows_count(r->rows);
}

static void
fill(const struct wg_report *base, uint32_t row, stat_tap_table_item_type *cells)
{
    const struct audit_report *r = (const struct audit_report *)base;

    wg_audit_rows_fill(r->rows, row, cells);
}

const struct wg_report_class wg_audit_report = {
    .name = "wg,audit",
    .title = "WireGuard Audit: is the link encrypted?",
    .make = make,
    .free = discard,
    .add = add,
    .print = print,
    .print_json = print_json,
    .columns = wg_audit_columns,
    .column_count = WG_AUDIT_COLUMNS,
    .rows = rows,
    .fill = fill,
};
