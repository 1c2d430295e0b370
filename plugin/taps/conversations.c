/* conversations.c
 * -z conv,wg and -z endpoints,wg, and the same tables in Wireshark.
 *
 * The host prints an address by its type. Our addresses have a type of their own, so that the host
 * shows a peer by its name wherever it resolves names, even if the name became known after the
 * first packet.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <string.h>

#include <epan/address_types.h>
#include <epan/conversation_table.h>
#include <epan/to_str.h>

#include "report.h"
#include "stream.h"

static int peer_type = -1;

/* ---- names ---- */

/* An endpoint, and the session that it was last seen in as one of its peers. */
struct seen {
    struct wg_endpoint endpoint;
    const struct wg_session *session;
    bool initiator;
};

/* The names in the capture that is open. */
static struct {
    uint32_t capture;
    GHashTable *seen; /* set of struct seen */
    GString *text;    /* the last text for the host, which expects it to stay */
} peer_names;

static unsigned
seen_hash(const void *p)
{
    return wg_endpoint_hash(&((const struct seen *)p)->endpoint);
}

static gboolean
seen_equal(const void *a, const void *b)
{
    return wg_endpoint_equal(&((const struct seen *)a)->endpoint,
                             &((const struct seen *)b)->endpoint);
}

static void
remember(const struct wg_endpoint *endpoint, const struct wg_session *session, bool initiator)
{
    if (peer_names.seen == NULL || peer_names.capture != wg_opened_serial()) {
        if (peer_names.seen != NULL)
            g_hash_table_destroy(peer_names.seen);
        peer_names.seen = g_hash_table_new_full(seen_hash, seen_equal, g_free, NULL);
        peer_names.capture = wg_opened_serial();
    }
    const struct seen sought = { .endpoint = *endpoint };
    struct seen *seen = g_hash_table_lookup(peer_names.seen, &sought);
    if (seen == NULL) {
        seen = g_new(struct seen, 1);
        seen->endpoint = *endpoint;
        g_hash_table_add(peer_names.seen, seen);
    }
    seen->session = session;
    seen->initiator = initiator;
}

static const uint8_t *
key_of(const struct seen *seen)
{
    if (seen->initiator)
        return wg_session_initiator_key(seen->session);
    return wg_session_responder_key(seen->session);
}

static const char *
name_of(const struct wg_endpoint *endpoint)
{
    const struct wg_keystore *keys = wg_opened()->keys;
    const struct seen sought = { .endpoint = *endpoint };

    if (peer_names.seen == NULL || peer_names.capture != wg_opened_serial() || keys == NULL)
        return NULL;
    const struct seen *seen = g_hash_table_lookup(peer_names.seen, &sought);
    if (seen == NULL || key_of(seen) == NULL)
        return NULL;
    return wg_keystore_name(keys, key_of(seen));
}

/* ---- the address type ---- */

/* The bytes of an address: the host takes them one by one, for each packet several times. So the
 * family is told by their number, and unused ones are left out. */
struct packed {
    uint16_t port;
    uint8_t address[17]; /* of another family, there is one more */
};

enum {
    PACKED_IPV4 = offsetof(struct packed, address) + 4,
    PACKED_IPV6 = offsetof(struct packed, address) + 16,
    PACKED_OTHER
};

static struct wg_endpoint
endpoint_of(const address *a)
{
    struct packed p = { .port = 0 };
    unsigned family = WG_ENDPOINT_OTHER;

    if (a->data == NULL || a->len > (int)sizeof p)
        return (struct wg_endpoint){ .port = 0 };
    memcpy(&p, a->data, (size_t)a->len);
    if (a->len == PACKED_IPV4)
        family = WG_ENDPOINT_IPV4;
    else if (a->len == PACKED_IPV6)
        family = WG_ENDPOINT_IPV6;
    return wg_endpoint_make(family, p.address, 16, p.port);
}

static int
text_length(const address *a)
{
    return WG_ENDPOINT_TEXT_LEN;
}

/* Without the port, which has a column of its own. */
static int
to_text(const address *a, char *text, int size)
{
    const struct wg_endpoint e = endpoint_of(a);
    address plain;

    if (e.family == WG_ENDPOINT_IPV4)
        set_address(&plain, AT_IPv4, 4, e.address);
    else if (e.family == WG_ENDPOINT_IPV6)
        set_address(&plain, AT_IPv6, 16, e.address);
    else
        set_address(&plain, AT_NONE, 0, NULL);
    address_to_str_buf(&plain, text, size);
    return (int)strlen(text) + 1;
}

static const char *
resolve(const address *a)
{
    const struct wg_endpoint e = endpoint_of(a);
    const char *name = name_of(&e);
    char text[WG_ENDPOINT_TEXT_LEN];

    /* With the port: tshark has no column for it in our table. */
    wg_endpoint_text(&e, text);
    if (peer_names.text == NULL)
        peer_names.text = g_string_new(NULL);
    g_string_assign(peer_names.text, text);
    if (name != NULL)
        g_string_append_printf(peer_names.text, " %s", name);
    return peer_names.text->str;
}

static int
resolved_length(void)
{
    return WG_ENDPOINT_TEXT_LEN + 1 +
           WG_NAME_MAX * 4; /* a character of UTF-8 has at most 4 bytes */
}

/* `p` is what it points to. */
static address
make_address(struct packed *p, const struct wg_endpoint *e)
{
    int length = PACKED_OTHER;
    address a;

    if (e->family == WG_ENDPOINT_IPV4)
        length = PACKED_IPV4;
    else if (e->family == WG_ENDPOINT_IPV6)
        length = PACKED_IPV6;
    p->port = e->port;
    p->address[16] = 0;
    memcpy(p->address, e->address, sizeof e->address);
    set_address(&a, peer_type, length, p);
    return a;
}

/* ---- the tables ---- */

static const char *
filter_name(const address *a, conv_filter_type_e filter)
{
    static const struct {
        const char *source, *destination, *any;
    } names[] = { { "ip.src", "ip.dst", "ip.addr" }, { "ipv6.src", "ipv6.dst", "ipv6.addr" } };
    const unsigned version = endpoint_of(a).family == WG_ENDPOINT_IPV6;

    switch (filter) {
    case CONV_FT_SRC_ADDRESS:
        return names[version].source;
    case CONV_FT_DST_ADDRESS:
        return names[version].destination;
    case CONV_FT_ANY_ADDRESS:
        return names[version].any;
    case CONV_FT_SRC_PORT:
        return "udp.srcport";
    case CONV_FT_DST_PORT:
        return "udp.dstport";
    case CONV_FT_ANY_PORT:
        return "udp.port";
    }
    return CONV_FILTER_INVALID;
}

static const char *
conversation_filter(conv_item_t *item, conv_filter_type_e filter)
{
    return filter_name(&item->src_address, filter);
}

static const char *
endpoint_filter(endpoint_item_t *item, conv_filter_type_e filter)
{
    return filter_name(&item->myaddress, filter);
}

static ct_dissector_info_t conversation_info = { conversation_filter };
static et_dissector_info_t endpoint_info = { endpoint_filter };

/* The two ends of the last message: often the next one has the same. */
static struct {
    uint32_t capture; /* 0: there was none */
    struct wg_endpoint ends[2];
    struct packed packed[2];
    address addresses[2]; /* they point to `packed` */
    /* The session that the ends were remembered for as its peers; NULL: none. */
    const struct wg_session *session;
    unsigned initiator; /* which end */
} latest;

static void
remember_peers(const struct wg_analysis *a, unsigned source)
{
    const unsigned initiator = a->from_initiator ? source : !source;

    if (a->session == NULL || !a->knows_role ||
        (a->session == latest.session && initiator == latest.initiator))
        return;
    latest.session = a->session;
    latest.initiator = initiator;
    remember(&latest.ends[initiator], a->session, true);
    remember(&latest.ends[!initiator], a->session, false);
}

/* Which of the latest ends sent a message; the other one is its destination. */
static unsigned
source_of(const struct wg_sighting *s)
{
    if (latest.capture != wg_opened_serial() ||
        !wg_endpoints_are(&s->source, &s->destination, latest.ends)) {
        latest.capture = wg_opened_serial();
        latest.ends[0] = s->source;
        latest.ends[1] = s->destination;
        for (unsigned i = 0; i < 2; i++)
            latest.addresses[i] = make_address(&latest.packed[i], &latest.ends[i]);
        latest.session = NULL;
    }
    const unsigned source = !wg_endpoint_equal(&s->source, &latest.ends[0]);
    remember_peers(&s->analysis, source);
    return source;
}

static tap_packet_status
conversation_packet(void *data, packet_info *pinfo, epan_dissect_t *edt, const void *tapped,
                    tap_flags_t flags)
{
    conv_hash_t *hash = data;
    const struct wg_tapped *message = tapped;
    const struct wg_sighting *s = &message->seen;
    conversation_type type = CONVERSATION_NONE;
    uint32_t id = CONV_ID_UNSET;

    /* The host makes the filter udp.stream of the id, so only a number of that kind is a UDP
     * conversation. */
    if (message->in_udp && wg_stream_udp(pinfo, &s->source, &s->destination, &id))
        type = CONVERSATION_UDP;
    const unsigned source = source_of(s);
    nstime_t time = wg_report_time(pinfo, s);
    hash->flags = flags;
    add_conversation_table_data_with_conv_id(hash, &latest.addresses[source],
                                             &latest.addresses[!source], s->source.port,
                                             s->destination.port, id, 1, (int)s->view->length,
                                             &time, &pinfo->abs_ts, &conversation_info, type);
    return TAP_PACKET_REDRAW;
}

static tap_packet_status
endpoint_packet(void *data, packet_info *pinfo, epan_dissect_t *edt, const void *tapped,
                tap_flags_t flags)
{
    conv_hash_t *hash = data;
    const struct wg_sighting *s = &((const struct wg_tapped *)tapped)->seen;

    const unsigned source = source_of(s);

    hash->flags = flags;
    add_endpoint_table_data(hash, &latest.addresses[source], s->source.port, TRUE, 1,
                            (int)s->view->length, &endpoint_info, ENDPOINT_UDP);
    add_endpoint_table_data(hash, &latest.addresses[!source], s->destination.port, FALSE, 1,
                            (int)s->view->length, &endpoint_info, ENDPOINT_UDP);
    return TAP_PACKET_REDRAW;
}

void
wg_conversations_register(int proto)
{
    peer_type =
        address_type_dissector_register("AT_WIREGUARD", "WireGuard peer", to_text, text_length,
                                        NULL, NULL, NULL, resolve, resolved_length);
    register_conversation_table(proto, FALSE, conversation_packet, endpoint_packet);
}
