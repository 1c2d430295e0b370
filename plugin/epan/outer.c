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
    const uint8_t *bytes; /* as long as its form says */
    int at;               /* its offset */
    const struct ip_form *form;
};

static bool
is_ipv4(const uint8_t *bytes, unsigned words, unsigned protocol)
{
    return bytes[0] == (0x40 | words) && bytes[IPV4_PROTOCOL_AT] == protocol;
}

static bool
is_ipv6(const uint8_t *bytes, unsigned protocol)
{
    return bytes[0] >> 4 == 6 && bytes[IPV6_NEXT_AT] == protocol;
}

/* The IP header that ends at `end`, before a payload, so that its bytes were captured. It is not
 * found before IPv6 extension headers. */
static bool
header_before(tvbuff_t *tvb, int end, unsigned protocol4, unsigned protocol6, struct ip_header *h)
{
    enum { WORD = 4, FEWEST = 5 * WORD, MOST = 15 * WORD }; /* bytes in an IPv4 header */
    const int before = MIN(end, MOST);

    if (before < FEWEST)
        return false;
    const uint8_t *after = tvb_get_ptr(tvb, end - before, before) + before;
    if (before >= IPV6_HEADER && is_ipv6(after - IPV6_HEADER, protocol6)) {
        *h = (struct ip_header){ after - IPV6_HEADER, end - IPV6_HEADER, &ipv6 };
        return true;
    }
    for (int length = FEWEST; length <= before; length += WORD)
        if (is_ipv4(after - length, (unsigned)(length / WORD), protocol4)) {
            *h = (struct ip_header){ after - length, end - length, &ipv4 };
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
    return h.bytes[h.form->hops_at];
}

bool
wg_outer_reassembled(tvbuff_t *payload, const packet_info *pinfo)
{
    /* The first data source is the frame. Another one that begins with a UDP header was put
     * together from fragments; a decrypted packet begins with an IP header. */
    return tvb_raw_offset(payload) == UDP_HEADER && pinfo->data_src != NULL &&
           tvb_get_ds_tvb(payload) != get_data_source_tvb(pinfo->data_src->data);
}

/* The last two bytes of an ICMPv4 error's header, or the last four of an ICMPv6 error's. */
uint32_t
wg_outer_mtu(const uint8_t *icmp, const struct wg_quote *q)
{
    if (q->ipv6 && q->type == 2)
        return (uint32_t)icmp[4] << 24 | (uint32_t)icmp[5] << 16 | (uint32_t)icmp[6] << 8 | icmp[7];
    if (!q->ipv6 && q->type == 3 && q->code == 4)
        return (uint32_t)icmp[6] << 8 | icmp[7];
    return 0;
}

void
wg_outer_icmp(tvbuff_t *payload, struct wg_quote *quote)
{
    struct ip_header quoted, outer;
    tvbuff_t *tvb = tvb_get_ds_tvb(payload);

    if (!udp_header_before(payload, &quoted) || quoted.at < ICMP_HEADER)
        return;
    const int at = quoted.at - ICMP_HEADER;
    const uint8_t *icmp = tvb_get_ptr(tvb, at, ICMP_HEADER);
    quote->ipv6 = quoted.form == &ipv6;
    quote->type = icmp[0];
    quote->code = icmp[1];
    quote->mtu = wg_outer_mtu(icmp, quote);
    if (!header_before(tvb, at, PROTOCOL_ICMP, PROTOCOL_ICMPV6, &outer))
        return;
    const struct ip_form *f = outer.form;
    quote->reporter = wg_endpoint_make(f->family, outer.bytes + f->source_at, f->address_length, 0);
    quote->has_reporter = true;
}
