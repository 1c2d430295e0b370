/* headers.c
 * The outermost headers of a frame.
 *
 * Sources: IEEE 802.3, 802.1Q; RFC 2516 (PPPoE); tcpdump.org/linktypes.html (LINKTYPE_LINUX_SLL,
 * _SLL2, _NULL, _RAW); RFC 791, RFC 8200 (IP); RFC 9293 (TCP), RFC 768 (UDP), RFC 792, RFC 4443
 * (ICMP), RFC 1035 (DNS).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <string.h>

#include <epan/epan.h>
#include <wiretap/wtap.h>

#include "headers.h"
#include "outer.h"

enum {
    PROTOCOL_ICMP = 1,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_DCCP = 33,
    PROTOCOL_ICMPV6 = 58,
    PROTOCOL_SCTP = 132,
};

static bool
there(const struct wg_headers *h, int at, int length)
{
    return at >= 0 && length <= h->captured - at;
}

static unsigned
byte(const struct wg_headers *h, int at)
{
    return h->bytes[at];
}

static unsigned
two_bytes(const struct wg_headers *h, int at)
{
    return byte(h, at) << 8 | byte(h, at + 1);
}

static uint32_t
four_bytes(const struct wg_headers *h, int at)
{
    return two_bytes(h, at) << 16 | two_bytes(h, at + 2);
}

/* ---- the link ---- */

static uint64_t
link_address(const struct wg_headers *h, int at)
{
    /* The bit above the address makes it different from none (0). */
    return (UINT64_C(1) << 16 | two_bytes(h, at)) << 32 | four_bytes(h, at + 2);
}

/* The offset after the EtherType, VLAN tags and PPPoE; -1: not IP */
static int
after_ethertype(const struct wg_headers *h, int at)
{
    enum {
        IPV4 = 0x0800,
        IPV6 = 0x86dd,
        VLAN = 0x8100,
        QINQ = 0x88a8,
        OLD_QINQ = 0x9100,
        PPPOE = 0x8864,
        MOST_TAGS = 8,
        PPPOE_HEADER = 8
    };

    for (unsigned i = 0; i < MOST_TAGS && there(h, at, 2); i++) {
        switch (two_bytes(h, at)) {
        case IPV4:
        case IPV6:
            return at + 2;
        case PPPOE:
            return at + 2 + PPPOE_HEADER;
        case VLAN:
        case QINQ:
        case OLD_QINQ:
            at += 4;
            break;
        default:
            return -1;
        }
    }
    return -1;
}

static int
after_ethernet(struct wg_headers *h)
{
    enum { SOURCE = 6, TYPE = 12 };

    if (!there(h, 0, TYPE + 2))
        return -1;
    h->link.receiver = link_address(h, 0);
    h->link.sender = link_address(h, SOURCE);
    h->group = (byte(h, 0) & 1) != 0;
    return after_ethertype(h, TYPE);
}

/* ARPHRD_NONE, ARPHRD_VOID, ARPHRD_RAWIP: the interface has no link layer. */
static bool
is_bare(unsigned hardware)
{
    return hardware == 0xfffe || hardware == 0xffff || hardware == 519;
}

/* The offsets in the two versions of Linux "cooked" capture. Packet type 1 is to all, 2 to a
 * group. */
struct cooked {
    int length, packet_type, hardware, address_length, address, type;
    bool wide; /* packet type and address length have two bytes, not one */
};
static const struct cooked cooked_one = { 16, 0, 2, 4, 6, 14, true };
static const struct cooked cooked_two = { 20, 10, 8, 11, 12, 0, false };

static unsigned
small_number(const struct wg_headers *h, const struct cooked *c, int at)
{
    return c->wide ? two_bytes(h, at) : byte(h, at);
}

static int
after_cooked(struct wg_headers *h, const struct cooked *c)
{
    if (!there(h, 0, c->length))
        return -1;
    const unsigned kind = small_number(h, c, c->packet_type);
    h->group = kind == 1 || kind == 2;
    if (small_number(h, c, c->address_length) == 6)
        h->link.sender = link_address(h, c->address);
    h->link.bare = is_bare(two_bytes(h, c->hardware));
    const unsigned ethertype = two_bytes(h, c->type);
    if (ethertype == 0x0800 || ethertype == 0x86dd)
        return c->length;
    return -1;
}

static bool
begins_like_one(const char *name, const char *const *prefixes)
{
    for (; name != NULL && *prefixes != NULL; prefixes++)
        if (g_str_has_prefix(name, *prefixes))
            return true;
    return false;
}

/* Whether an interface is called as WireGuard's and other tunnels' usually are. */
static bool
is_tunnel_name(const char *name)
{
    static const char *const prefixes[] = { "wg",       "utun",   "tun", "tailscale",
                                            "nordlynx", "proton", NULL };
    return begins_like_one(name, prefixes);
}

/* Whether it is called as modems are: mobile networks have no link layer, too. */
static bool
is_modem_name(const char *name)
{
    static const char *const prefixes[] = { "ppp", "wwan", "rmnet", "ccmni", "pdp_ip", NULL };
    return begins_like_one(name, prefixes);
}

/* The offset of what should be an IP header; -1: there is none, or the link type is not known
 * here. */
static int
after_link(const packet_info *pinfo, struct wg_headers *h)
{
    const wtap_rec *rec = pinfo->rec;
    const bool numbered = (rec->presence_flags & WTAP_HAS_INTERFACE_ID) != 0;
    uint32_t interface = 0, index = 0;
    int at = -1;

    if (numbered)
        interface = rec->rec_header.packet_header.interface_id;
    switch (rec->rec_header.packet_header.pkt_encap) {
    case WTAP_ENCAP_ETHERNET:
        return after_ethernet(h);
    case WTAP_ENCAP_SLL:
        at = after_cooked(h, &cooked_one);
        break;
    case WTAP_ENCAP_SLL2:
        at = after_cooked(h, &cooked_two);
        if (there(h, 4, 4))
            index = four_bytes(h, 4);
        break;
    case WTAP_ENCAP_RAW_IP:
    case WTAP_ENCAP_RAW_IP4:
    case WTAP_ENCAP_RAW_IP6:
        h->link.bare = 1;
        at = 0;
        break;
    case WTAP_ENCAP_NULL:
    case WTAP_ENCAP_LOOP:
        at = 4;
        break;
    }
    const char *name = numbered ? ws_interface_name(pinfo, interface) : NULL;
    h->link.named = is_tunnel_name(name);
    if (is_modem_name(name))
        h->link.bare = 0;
    if (h->link.named && at == 4)
        h->link.bare = 1; /* as macOS and the BSDs capture on a tunnel */
    if (h->link.bare != 0)
        h->link.bare = 1 + (interface << 16 | (index & 0xffff));
    return at;
}

/* ---- IP ---- */

static struct wg_endpoint
ipv4_endpoint(const struct wg_headers *h, int at)
{
    return wg_endpoint_make(WG_ENDPOINT_IPV4, h->bytes + at, 4, 0);
}

static struct wg_endpoint
ipv6_endpoint(const struct wg_headers *h, int at)
{
    return wg_endpoint_make(WG_ENDPOINT_IPV6, h->bytes + at, 16, 0);
}

static bool
read_ipv4(struct wg_headers *h, int at)
{
    enum {
        LEAST = 20,
        ID = 4,
        FRAGMENT = 6,
        TTL = 8,
        PROTOCOL = 9,
        SOURCE = 12,
        TO = 16,
        MORE = 0x2000,
        OFFSET = 0x1fff
    };

    if (!there(h, at, LEAST))
        return false;
    const int words = byte(h, at) & 0x0f;
    const unsigned fragment = two_bytes(h, at + FRAGMENT);
    h->from = ipv4_endpoint(h, at + SOURCE);
    h->to = ipv4_endpoint(h, at + TO);
    h->link.hops = h->bytes[at + TTL];
    h->protocol = h->bytes[at + PROTOCOL];
    h->id = two_bytes(h, at + ID);
    h->more = (fragment & MORE) != 0;
    h->first = (fragment & OFFSET) == 0;
    h->fragment = h->more || !h->first;
    h->payload = at + 4 * words;
    return words >= 5;
}

static void
read_ipv6_fragment(struct wg_headers *h, int at)
{
    const unsigned offset = two_bytes(h, at + 2);

    h->fragment = true;
    h->first = (offset & 0xfff8) == 0;
    h->more = (offset & 1) != 0;
    h->id = four_bytes(h, at + 4);
}

/* Move h->payload past the extension headers. */
static void
skip_ipv6_extensions(struct wg_headers *h)
{
    enum {
        MOST_EXTENSIONS = 8,
        HOP_BY_HOP = 0,
        ROUTING = 43,
        FRAGMENT = 44,
        AUTHENTICATION = 51,
        OPTIONS = 60
    };

    for (unsigned i = 0; i < MOST_EXTENSIONS && there(h, h->payload, 8); i++) {
        const int units = byte(h, h->payload + 1);
        int length = 8 * (1 + units);
        switch (h->protocol) {
        case FRAGMENT:
            read_ipv6_fragment(h, h->payload);
            length = 8;
            break;
        case AUTHENTICATION:
            length = 4 * (2 + units);
            break;
        case HOP_BY_HOP:
        case ROUTING:
        case OPTIONS:
            break;
        default:
            return;
        }
        h->protocol = byte(h, h->payload);
        h->payload += length;
        if (h->fragment && !h->first)
            return; /* the rest is the middle of something */
    }
}

static bool
read_ipv6(struct wg_headers *h, int at)
{
    enum { HEADER = 40, NEXT = 6, HOPS = 7, SOURCE = 8, TO = 24 };

    if (!there(h, at, HEADER))
        return false;
    h->from = ipv6_endpoint(h, at + SOURCE);
    h->to = ipv6_endpoint(h, at + TO);
    h->link.hops = byte(h, at + HOPS);
    h->protocol = byte(h, at + NEXT);
    h->first = true;
    h->payload = at + HEADER;
    skip_ipv6_extensions(h);
    return true;
}

static bool
read_ip(struct wg_headers *h, int at)
{
    if (!there(h, at, 1))
        return false;
    switch (byte(h, at) >> 4) {
    case 4:
        return read_ipv4(h, at);
    case 6:
        return read_ipv6(h, at);
    default:
        return false;
    }
}

bool
wg_headers_read(const packet_info *pinfo, tvbuff_t *frame, struct wg_headers *h)
{
    *h = (struct wg_headers){ .payload = -1 };
    if (pinfo->rec->rec_type != REC_TYPE_PACKET)
        return false;
    h->captured = (int)tvb_captured_length(frame);
    h->bytes = tvb_get_ptr(frame, 0, h->captured);
    return read_ip(h, after_link(pinfo, h));
}

/* ---- above IP ---- */

bool
wg_headers_ports(const struct wg_headers *h, uint16_t *source, uint16_t *destination)
{
    switch (h->protocol) {
    case PROTOCOL_TCP:
    case PROTOCOL_UDP:
    case PROTOCOL_SCTP:
    case PROTOCOL_DCCP:
        break;
    default:
        return false;
    }
    if (!h->first || !there(h, h->payload, 4))
        return false;
    *source = (uint16_t)two_bytes(h, h->payload);
    *destination = (uint16_t)two_bytes(h, h->payload + 2);
    return true;
}

static enum wg_audit_turn
tcp_turn(const struct wg_headers *h, int at)
{
    enum { FLAGS = 13, SYN = 0x02, ACK = 0x10 };

    if (!there(h, at, FLAGS + 1))
        return WG_AUDIT_ANY_TURN;
    const unsigned flags = byte(h, at + FLAGS);
    if ((flags & SYN) == 0)
        return WG_AUDIT_ANY_TURN;
    if ((flags & ACK) != 0)
        return WG_AUDIT_ANSWERS;
    return WG_AUDIT_OPENS;
}

/* Everything but a request is an answer, even an error. */
static enum wg_audit_turn
icmp_turn(const struct wg_headers *h)
{
    enum { ECHO = 8, TIMESTAMP = 13, ECHO6 = 128 };

    if (!there(h, h->payload, 1))
        return WG_AUDIT_ANY_TURN;
    const unsigned type = byte(h, h->payload);
    if (h->protocol == PROTOCOL_ICMPV6 && type == ECHO6)
        return WG_AUDIT_OPENS;
    if (h->protocol == PROTOCOL_ICMP && (type == ECHO || type == TIMESTAMP))
        return WG_AUDIT_OPENS;
    return WG_AUDIT_ANSWERS;
}

/* Destination unreachable, source quench, redirect, time exceeded, parameter problem. */
static bool
is_error(unsigned protocol, unsigned type)
{
    if (protocol == PROTOCOL_ICMPV6)
        return type >= 1 && type <= 4;
    return type >= 3 && type <= 12 && type != 8 && type != 9 && type != 10;
}

bool
wg_headers_quote(const struct wg_headers *h, struct wg_quote *q)
{
    enum { HEADER = 8, UDP_HEADER = 8, UDP_LENGTH = 4, INDEX_ENDS = 8 };
    struct wg_headers inner = { .bytes = h->bytes, .captured = h->captured, .payload = -1 };
    const int at = h->payload;

    if ((h->protocol != PROTOCOL_ICMP && h->protocol != PROTOCOL_ICMPV6) || !h->first ||
        !there(h, at, HEADER) || !is_error(h->protocol, byte(h, at)) ||
        !read_ip(&inner, at + HEADER) || inner.protocol != PROTOCOL_UDP || !inner.first ||
        !there(&inner, inner.payload, UDP_HEADER))
        return false;
    *q = (struct wg_quote){ .source = inner.from,
                            .destination = inner.to,
                            .reporter = h->from,
                            .has_reporter = true,
                            .ipv6 = h->protocol == PROTOCOL_ICMPV6,
                            .type = (uint8_t)byte(h, at),
                            .code = (uint8_t)byte(h, at + 1) };
    q->mtu = wg_outer_mtu(h->bytes + at, q);
    const unsigned length = two_bytes(&inner, inner.payload + UDP_LENGTH);
    if (length > UDP_HEADER && !there(&inner, inner.payload + UDP_HEADER, INDEX_ENDS))
        q->length = length - UDP_HEADER;
    return wg_headers_ports(&inner, &q->source.port, &q->destination.port);
}

static enum wg_audit_turn
dns_turn(const struct wg_headers *h)
{
    enum { DNS = 53, UDP_HEADER = 8, FLAGS = 2, RESPONSE = 0x80 };
    uint16_t source, destination;

    if (!wg_headers_ports(h, &source, &destination) ||
        !there(h, h->payload + UDP_HEADER, FLAGS + 1))
        return WG_AUDIT_ANY_TURN;
    const bool response = (byte(h, h->payload + UDP_HEADER + FLAGS) & RESPONSE) != 0;
    if (response && source == DNS)
        return WG_AUDIT_ANSWERS;
    if (!response && destination == DNS)
        return WG_AUDIT_OPENS;
    return WG_AUDIT_ANY_TURN; /* not DNS, on its port */
}

enum wg_audit_turn
wg_headers_turn(const struct wg_headers *h)
{
    if (!h->first)
        return WG_AUDIT_ANY_TURN;
    switch (h->protocol) {
    case PROTOCOL_TCP:
        return tcp_turn(h, h->payload);
    case PROTOCOL_ICMP:
    case PROTOCOL_ICMPV6:
        return icmp_turn(h);
    case PROTOCOL_UDP:
        return dns_turn(h);
    default:
        return WG_AUDIT_ANY_TURN;
    }
}
