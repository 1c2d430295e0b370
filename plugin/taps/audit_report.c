/* audit_report.c
 * -z wg,audit: is the link encrypted?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <epan/epan_dissect.h>
#include <epan/packet.h>

#include "audit_model.h"
#include "audit_text.h"
#include "outer.h"
#include "report.h"

struct audit_report {
    struct wg_report base;
    struct audit audit;
};

static struct wg_report *
make(void)
{
    struct audit_report *r = g_new0(struct audit_report, 1);

    wg_audit_init(&r->audit);
    return &r->base;
}

static void
discard(struct wg_report *base)
{
    struct audit_report *r = (struct audit_report *)base;

    wg_audit_clear(&r->audit);
    g_free(r);
}

/* ---- what a frame is ---- */

/* As filters call it, which says the same in every version. */
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

/* The protocol that a frame is told by: the one above the transport, else the one above IP, else the
 * last one. */
static int
frame_protocol(const packet_info *pinfo)
{
    static const char *const ip[] = { "ip", "ipv6", "ah", NULL };
    static const char *const transport[] = { "tcp", "udp", "sctp", "dccp", NULL };
    int protocol = -1;
    bool over_ip = false;

    for (wmem_list_frame_t *f = wmem_list_head(pinfo->layers); f != NULL;
         f = wmem_list_frame_next(f)) {
        const int above = GPOINTER_TO_INT(wmem_list_frame_data(f));
        const char *layer = filter_name(above);
        if (strcmp(layer, "data") == 0)
            break;
        const bool carrier = is_one_of(layer, ip);
        over_ip |= carrier;
        if (over_ip && strncmp(layer, "ipv6.", 5) == 0)
            continue; /* an extension header */
        protocol = above;
        if (over_ip && !carrier && !is_one_of(layer, transport))
            break;
    }
    return protocol;
}

static struct wg_endpoint
endpoint(const address *a, uint32_t port)
{
    return wg_endpoint_make(a->type == AT_IPv4 ? WG_ENDPOINT_IPV4 : WG_ENDPOINT_IPV6, a->data,
                            (size_t)a->len, (uint16_t)port);
}

static bool
is_ip(const address *a)
{
    return a->type == AT_IPv4 || a->type == AT_IPv6;
}

/* What every link needs to work at all, and what is told with another frame; else NULL. */
static const char *
necessity(const packet_info *pinfo, const epan_dissect_t *edt, const char *layer, const char *name)
{
    static const struct {
        const char *layer, *name;
    } needed[] = { { "arp", "ARP" }, { "dhcp", "DHCP" }, { "dhcpv6", "DHCPv6" }, { "igmp", "IGMP" } };

    for (unsigned i = 0; i < G_N_ELEMENTS(needed); i++)
        if (strcmp(layer, needed[i].layer) == 0)
            return needed[i].name;
    if (!is_ip(&pinfo->src) || !is_ip(&pinfo->dst))
        return name; /* below IP: it cannot leave the link */
    /* One that nothing was found in: the last fragment is known as what the whole datagram is. */
    if ((strcmp(layer, "ip") == 0 || strcmp(layer, "ipv6") == 0) &&
        wg_outer_is_fragment(edt->tvb, &pinfo->src))
        return "IP fragment (told with its datagram)";
    if (strcmp(layer, "icmpv6") == 0 && wg_outer_is_neighbor_discovery(edt->tvb, &pinfo->src))
        return "IPv6 neighbor and group discovery";
    return NULL;
}

/* ---- counting ---- */

static void
add_other(struct audit_report *r, packet_info *pinfo, const epan_dissect_t *edt)
{
    const int protocol = frame_protocol(pinfo);
    const char *layer = protocol >= 0 ? filter_name(protocol) : "";
    const char *name = protocol >= 0 ? short_name(protocol) : "unknown";
    const char *needed = necessity(pinfo, edt, layer, name);

    if (needed != NULL) {
        wg_audit_apart(&r->audit, needed, pinfo->num);
        return;
    }
    const bool ports = pinfo->ptype == PT_TCP || pinfo->ptype == PT_UDP ||
                       pinfo->ptype == PT_SCTP || pinfo->ptype == PT_DCCP;
    const struct audit_frame f = {
        .frame = pinfo->num,
        .time = wg_nanoseconds(&pinfo->abs_ts),
        .length = pinfo->fd->pkt_len,
        .from = endpoint(&pinfo->src, ports ? pinfo->srcport : 0),
        .to = endpoint(&pinfo->dst, ports ? pinfo->destport : 0),
        .protocol = name,
    };
    if (wg_tapped_perhaps(pinfo)) {
        wg_audit_hold(&r->audit, &f);
        return;
    }
    wg_audit_beside(&r->audit, &f);
}

static void
add(struct wg_report *base, packet_info *pinfo, epan_dissect_t *edt,
    const struct wg_tapped *tapped)
{
    struct audit_report *r = (struct audit_report *)base;

    if (tapped == NULL)
        add_other(r, pinfo, edt);
    else if (tapped->quote != NULL)
        wg_audit_apart(&r->audit, "ICMP error about the tunnel", pinfo->num);
    else
        wg_audit_message(&r->audit, &tapped->seen);
}

/* ---- telling ---- */

static void
print(struct wg_report *base)
{
    struct audit_report *r = (struct audit_report *)base;

    wg_audit_settle(&r->audit);
    wg_report_head(base, "is the link encrypted?");
    for (unsigned i = 0; i < r->audit.pairs->len; i++)
        wg_audit_print_pair(&r->audit, g_ptr_array_index(r->audit.pairs, i));
    wg_audit_print_rest(&r->audit);
}

static stat_tap_table_item columns[] = {
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Client, or first host", "%s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Server", "%s" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Inside", "%u" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Beside", "%u" },
    { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Authentic", "%u" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Looks random", "%s" },
    { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Verdict", "%s" },
};

static const char *
random_text(const struct audit_pair *pair)
{
    switch (pair->payload != NULL ? wg_randomness_judge(pair->payload) : WG_RANDOMNESS_TOO_FEW) {
    case WG_RANDOMNESS_RANDOM:
        return "yes";
    case WG_RANDOMNESS_NOT_RANDOM:
        return "NO";
    default:
        return "too few bytes";
    }
}

static uint32_t
rows(struct wg_report *base)
{
    struct audit *a = &((struct audit_report *)base)->audit;

    wg_audit_settle(a);
    return a->pairs->len;
}

static void
fill(const struct wg_report *base, uint32_t row, stat_tap_table_item_type *cell)
{
    const struct audit *a = &((const struct audit_report *)base)->audit;
    const struct audit_pair *pair = g_ptr_array_index(a->pairs, row);

    *cell++ = wg_cell_text(wg_audit_host_text(pair, 0));
    *cell++ = wg_cell_text(wg_audit_host_text(pair, 1));
    *cell++ = wg_cell_number(pair->handshakes + pair->data);
    *cell++ = wg_cell_number(wg_audit_beside_count(a, pair));
    *cell++ = wg_cell_number(pair->authenticated);
    *cell++ = wg_cell_text(g_strdup(random_text(pair)));
    *cell++ = wg_cell_text(wg_audit_verdict(a, pair));
}

const struct wg_report_class wg_audit_report = {
    .name = "wg,audit",
    .title = "WireGuard Audit: is the link encrypted?",
    .tap = "frame",
    .make = make,
    .free = discard,
    .add = add,
    .print = print,
    .columns = columns,
    .column_count = G_N_ELEMENTS(columns),
    .rows = rows,
    .fill = fill,
};
