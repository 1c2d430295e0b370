/* outer.c
 * The headers around a datagram. They are read backwards from its payload, because a dissector is
 * given its own bytes, and little of what came before them.
 *
 * Sources: RFC 791, RFC 8200 (IP headers), RFC 768 (UDP), RFC 792, RFC 1191, RFC 4443 (ICMP).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include "outer.h"

enum {
    UDP_HEADER = 8,
    ICMP_HEADER = 8,
    IPV4_PROTOCOL_AT = 9,
    IPV6_HEADER = 40,
    IPV6_NEXT_AT = 6,
    PROTOCOL_ICMP = 1,
    PROTOCOL_UDP = 17,
    PROTOCOL_ICMPV6 = 58,
};

/* Where the two versions of IP have what. */
struct ip_form {
    int hops_at, source_at;
    unsigned address_length;
    enum wg_endpoint_family family;
};
static const struct ip_form ipv4 = { 8, 12, 4, WG_ENDPOINT_IPV4 };
static const struct ip_form ipv6 = { 7, 8, 16, WG_ENDPOINT_IPV6 };

struct ip_header {
    tvbuff_t *tvb;
    int at;
    const struct ip_form *form;
};

static bool
is_ipv4(tvbuff_t *tvb, int at, unsigned words, unsigned protocol)
{
    return at >= 0 && tvb_bytes_exist(tvb, at, (int)(4 * words)) &&
           tvb_get_uint8(tvb, at) == (0x40 | words) &&
           tvb_get_uint8(tvb, at + IPV4_PROTOCOL_AT) == protocol;
}

static bool
is_ipv6(tvbuff_t *tvb, int at, unsigned protocol)
{
    return at >= 0 && tvb_bytes_exist(tvb, at, IPV6_HEADER) && tvb_get_uint8(tvb, at) >> 4 == 6 &&
           tvb_get_uint8(tvb, at + IPV6_NEXT_AT) == protocol;
}

/* The IP header that ends at `end`. It is not found before IPv6 extension headers. */
static bool
header_before(tvbuff_t *tvb, int end, unsigned protocol4, unsigned protocol6, struct ip_header *h)
{
    enum { FEWEST = 5, MOST = 15 }; /* words of 4 bytes in an IPv4 header */

    h->tvb = tvb;
    h->form = &ipv6;
    h->at = end - IPV6_HEADER;
    if (is_ipv6(tvb, h->at, protocol6))
        return true;
    h->form = &ipv4;
    for (unsigned words = FEWEST; words <= MOST; words++) {
        h->at = end - (int)(4 * words);
        if (is_ipv4(tvb, h->at, words, protocol4))
            return true;
    }
    return false;
}

static bool
udp_header_before(tvbuff_t *payload, struct ip_header *h)
{
    return header_before(tvb_get_ds_tvb(payload), tvb_raw_offset(payload) - UDP_HEADER,
                         PROTOCOL_UDP, PROTOCOL_UDP, h);
}

uint8_t
wg_outer_hops(tvbuff_t *payload)
{
    struct ip_header h;

    if (!udp_header_before(payload, &h))
        return 0;
    return tvb_get_uint8(h.tvb, h.at + h.form->hops_at);
}

bool
wg_outer_reassembled(tvbuff_t *payload, const packet_info *pinfo)
{
    /* The first data source is the frame. Another one that begins with a UDP header was put
     * together from fragments; a decrypted packet begins with an IP header. */
    return pinfo->data_src != NULL &&
           tvb_get_ds_tvb(payload) != get_data_source_tvb(pinfo->data_src->data) &&
           tvb_raw_offset(payload) == UDP_HEADER;
}

/* The last two bytes of an ICMPv4 error's header, or the last four of an ICMPv6 error's. */
uint32_t
wg_outer_mtu(tvbuff_t *tvb, int icmp, const struct wg_quote *q)
{
    if (q->ipv6 && q->type == 2)
        return tvb_get_ntohl(tvb, icmp + 4);
    if (!q->ipv6 && q->type == 3 && q->code == 4)
        return tvb_get_ntohs(tvb, icmp + 6);
    return 0;
}

void
wg_outer_icmp(tvbuff_t *payload, struct wg_quote *quote)
{
    struct ip_header quoted, outer;

    if (!udp_header_before(payload, &quoted) ||
        !tvb_bytes_exist(quoted.tvb, quoted.at - ICMP_HEADER, ICMP_HEADER))
        return;
    const int icmp = quoted.at - ICMP_HEADER;
    quote->ipv6 = quoted.form == &ipv6;
    quote->type = tvb_get_uint8(quoted.tvb, icmp);
    quote->code = tvb_get_uint8(quoted.tvb, icmp + 1);
    quote->mtu = wg_outer_mtu(quoted.tvb, icmp, quote);
    if (!header_before(quoted.tvb, icmp, PROTOCOL_ICMP, PROTOCOL_ICMPV6, &outer))
        return;
    const struct ip_form *f = outer.form;
    const uint8_t *source = tvb_get_ptr(outer.tvb, outer.at + f->source_at, (int)f->address_length);
    quote->reporter = wg_endpoint_make(f->family, source, f->address_length, 0);
    quote->has_reporter = true;
}
