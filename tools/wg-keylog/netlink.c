/* netlink.c
 * See netlink.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "netlink.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/wireguard.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    RECEIVE = 64 * 1024, /* bytes; more than any message of a dump */
    MAX_PEERS = 1 << 20, /* of one interface, as WireGuard itself allows */
};

typedef int (*message_fn)(void *context, const uint8_t *attributes, size_t length);

/* ---- Attributes ---- */

struct attribute {
    uint16_t type;
    const uint8_t *value;
    size_t length;
};

/* Take the next one off the front; false at the end, or if the rest makes no sense. */
static bool
next(struct attribute *attribute, const uint8_t **at, size_t *left)
{
    struct nlattr header;

    if (*left < NLA_HDRLEN)
        return false;
    memcpy(&header, *at, sizeof header);
    if (header.nla_len < NLA_HDRLEN || header.nla_len > *left)
        return false;
    attribute->type = header.nla_type & NLA_TYPE_MASK;
    attribute->value = *at + NLA_HDRLEN;
    attribute->length = header.nla_len - NLA_HDRLEN;
    size_t step = NLA_ALIGN(header.nla_len);
    if (step > *left)
        step = *left;
    *at += step;
    *left -= step;
    return true;
}

static bool
take_key(uint8_t key[WGK_KEY], const struct attribute *attribute)
{
    if (attribute->length != WGK_KEY)
        return false;
    memcpy(key, attribute->value, WGK_KEY);
    return true;
}

/* ---- Requests ---- */

struct request {
    struct nlmsghdr header;
    struct genlmsghdr generic;
    uint8_t attributes[64];
};

static void
append(struct request *request, uint16_t type, const char *text)
{
    const size_t length = strlen(text) + 1;
    struct nlattr header = { .nla_len = (uint16_t)(NLA_HDRLEN + length), .nla_type = type };
    uint8_t *at = request->attributes + (request->header.nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN));

    memcpy(at, &header, sizeof header);
    memcpy(at + NLA_HDRLEN, text, length);
    request->header.nlmsg_len += NLA_ALIGN(header.nla_len);
}

/* The messages of one datagram; returns 1 to go on, 0 at the end, -errno. */
static int
read_messages(const uint8_t *bytes, size_t length, message_fn take, void *context)
{
    while (length >= sizeof(struct nlmsghdr)) {
        struct nlmsghdr header;
        int error;
        memcpy(&header, bytes, sizeof header);
        if (header.nlmsg_len < sizeof header || header.nlmsg_len > length)
            return -EBADMSG;
        if (header.nlmsg_type == NLMSG_DONE)
            return 0;
        if (header.nlmsg_type == NLMSG_ERROR) {
            if (header.nlmsg_len < sizeof header + sizeof error)
                return -EBADMSG;
            memcpy(&error, bytes + NLMSG_HDRLEN, sizeof error);
            return error;
        }
        if (header.nlmsg_len < NLMSG_LENGTH(GENL_HDRLEN))
            return -EBADMSG;
        error = take(context, bytes + NLMSG_LENGTH(GENL_HDRLEN),
                     header.nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN));
        if (error != 0)
            return error;
        if (!(header.nlmsg_flags & NLM_F_MULTI))
            return 0;
        size_t step = NLMSG_ALIGN(header.nlmsg_len);
        if (step > length)
            step = length;
        bytes += step;
        length -= step;
    }
    return 1;
}

/* Send a request and give every answer to `take`; returns 0 or -errno. */
static int
ask(int netlink, struct request *request, message_fn take, void *context)
{
    uint8_t *bytes = malloc(RECEIVE);
    int result = 1;

    if (bytes == NULL)
        return -ENOMEM;
    if (send(netlink, request, request->header.nlmsg_len, 0) == -1)
        result = -errno;
    while (result == 1) {
        const ssize_t got = recv(netlink, bytes, RECEIVE, 0);
        if (got == -1)
            result = -errno;
        else
            result = read_messages(bytes, (size_t)got, take, context);
        if (result == -EINTR)
            result = 1;
    }
    wgk_wipe(bytes, RECEIVE);
    free(bytes);
    return result;
}

static void
begin(struct request *request, uint16_t type, uint16_t flags, uint8_t command, uint8_t version)
{
    *request = (struct request){
        .header = { .nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN),
                    .nlmsg_type = type,
                    .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags) },
        .generic = { .cmd = command, .version = version },
    };
}

static int
take_family(void *context, const uint8_t *at, size_t left)
{
    struct attribute attribute;

    while (next(&attribute, &at, &left))
        if (attribute.type == CTRL_ATTR_FAMILY_ID && attribute.length == sizeof(uint16_t))
            memcpy(context, attribute.value, sizeof(uint16_t));
    return 0;
}

/* ---- WireGuard ---- */

static void
read_peer(struct wgk_peer *peer, bool *has_key, const uint8_t *at, size_t left)
{
    struct attribute attribute;
    int64_t time;

    while (next(&attribute, &at, &left))
        switch (attribute.type) {
        case WGPEER_A_PUBLIC_KEY:
            *has_key = take_key(peer->public_key, &attribute);
            break;
        case WGPEER_A_PRESHARED_KEY:
            take_key(peer->preshared_key, &attribute);
            break;
        case WGPEER_A_LAST_HANDSHAKE_TIME:
            if (attribute.length >= sizeof time) {
                memcpy(&time, attribute.value, sizeof time);
                peer->last_handshake = time;
            }
            break;
        default:
            break;
        }
}

/* realloc would leave keys in freed memory. */
static struct wgk_peer *
more_peers(struct wgk_peer *peers, size_t n)
{
    if (n >= MAX_PEERS)
        return NULL;
    struct wgk_peer *more = calloc(n == 0 ? 16 : n * 2, sizeof *more);
    if (more != NULL && n > 0) {
        memcpy(more, peers, n * sizeof *more);
        wgk_wipe(peers, n * sizeof *peers);
        free(peers);
    }
    return more;
}

static int
take_peers(struct wgk_device *device, const uint8_t *at, size_t left)
{
    struct attribute attribute;

    while (next(&attribute, &at, &left)) {
        struct wgk_peer peer = { 0 };
        bool has_key = false;
        read_peer(&peer, &has_key, attribute.value, attribute.length);
        /* A peer with many AllowedIPs continues in the next message, which has only its key. */
        const size_t n = device->n_peers;
        if (has_key && !(n > 0 && wgk_same(device->peers[n - 1].public_key, peer.public_key))) {
            if (n == 0 || (n >= 16 && (n & (n - 1)) == 0)) {
                struct wgk_peer *more = more_peers(device->peers, n);
                if (more == NULL)
                    return -ENOMEM;
                device->peers = more;
            }
            device->peers[device->n_peers++] = peer;
        }
        wgk_wipe(&peer, sizeof peer);
    }
    return 0;
}

static int
take_device(void *context, const uint8_t *at, size_t left)
{
    struct wgk_device *device = context;
    struct attribute attribute;
    int error = 0;

    while (error == 0 && next(&attribute, &at, &left))
        switch (attribute.type) {
        case WGDEVICE_A_PRIVATE_KEY:
            device->has_key = take_key(device->private_key, &attribute);
            break;
        case WGDEVICE_A_PUBLIC_KEY:
            take_key(device->public_key, &attribute);
            break;
        case WGDEVICE_A_PEERS:
            error = take_peers(device, attribute.value, attribute.length);
            break;
        default:
            break;
        }
    return error;
}

static int
open_netlink(void)
{
    const struct timeval patience = { .tv_sec = 5 };
    const int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

    if (netlink != -1)
        setsockopt(netlink, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return netlink;
}

int
wgk_device_read(struct wgk_device *device, const char *interface)
{
    struct request request;
    uint16_t family = 0;
    const int netlink = open_netlink();

    memset(device, 0, sizeof *device);
    if (netlink == -1)
        return errno;
    begin(&request, GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY, 1);
    append(&request, CTRL_ATTR_FAMILY_NAME, WG_GENL_NAME);
    int error = ask(netlink, &request, take_family, &family);
    if (error == 0) {
        begin(&request, family, NLM_F_DUMP, WG_CMD_GET_DEVICE, WG_GENL_VERSION);
        append(&request, WGDEVICE_A_IFNAME, interface);
        error = ask(netlink, &request, take_device, device);
    }
    close(netlink);
    if (error != 0)
        wgk_device_wipe(device);
    return -error;
}

void
wgk_device_wipe(struct wgk_device *device)
{
    if (device->peers != NULL)
        wgk_wipe(device->peers, device->n_peers * sizeof *device->peers);
    free(device->peers);
    wgk_wipe(device, sizeof *device);
}

const struct wgk_peer *
wgk_device_peer(const struct wgk_device *device, const uint8_t key[WGK_KEY])
{
    for (size_t i = 0; i < device->n_peers; i++)
        if (wgk_same(device->peers[i].public_key, key))
            return &device->peers[i];
    return NULL;
}
