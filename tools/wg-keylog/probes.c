/* probes.c
 * See probes.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "probes.h"

#include <stdio.h>
#include <string.h>

/* Every member that is read, and its required size. */
enum need {
    HANDSHAKE_ENTRY,
    HANDSHAKE_STATE,
    HANDSHAKE_STATIC,
    HANDSHAKE_PEER_KEY,
    HANDSHAKE_EPHEMERAL,
    HANDSHAKE_PRESHARED,
    STATIC_PRIVATE,
    KEYPAIR_ENTRY,
    KEYPAIR_REMOTE_INDEX,
    KEYPAIR_SENDING,
    KEYPAIR_RECEIVING,
    ENTRY_PEER,
    ENTRY_INDEX,
    PEER_HANDSHAKE,
    PEER_DEVICE,
    DEVICE_DEV,
    NETDEV_NAME,
    NETDEV_NETNS,
    NETNS_INODE,
    NEEDS,
};

#define POINTER UINT32_MAX

static const struct {
    const char *structure, *member;
    uint32_t size; /* 0: any; POINTER: the kernel's */
    const char *told;
} needs[NEEDS] = {
#define NEED(structure, member, size)                                                              \
    {                                                                                              \
        structure, member, size, "struct " structure ": " member                                   \
    }
    [HANDSHAKE_ENTRY] = NEED("noise_handshake", "entry", 0),
    [HANDSHAKE_STATE] = NEED("noise_handshake", "state", 4),
    [HANDSHAKE_STATIC] = NEED("noise_handshake", "static_identity", POINTER),
    [HANDSHAKE_PEER_KEY] = NEED("noise_handshake", "remote_static", WGK_KEY),
    [HANDSHAKE_EPHEMERAL] = NEED("noise_handshake", "ephemeral_private", WGK_KEY),
    [HANDSHAKE_PRESHARED] = NEED("noise_handshake", "preshared_key", WGK_KEY),
    [STATIC_PRIVATE] = NEED("noise_static_identity", "static_private", WGK_KEY),
    [KEYPAIR_ENTRY] = NEED("noise_keypair", "entry", 0),
    [KEYPAIR_REMOTE_INDEX] = NEED("noise_keypair", "remote_index", 4),
    [KEYPAIR_SENDING] = NEED("noise_keypair", "sending.key", WGK_KEY),
    [KEYPAIR_RECEIVING] = NEED("noise_keypair", "receiving.key", WGK_KEY),
    [ENTRY_PEER] = NEED("index_hashtable_entry", "peer", POINTER),
    [ENTRY_INDEX] = NEED("index_hashtable_entry", "index", 4),
    [PEER_HANDSHAKE] = NEED("wg_peer", "handshake", 0),
    [PEER_DEVICE] = NEED("wg_peer", "device", POINTER),
    [DEVICE_DEV] = NEED("wg_device", "dev", POINTER),
    [NETDEV_NAME] = NEED("net_device", "name", IF_NAMESIZE),
    [NETDEV_NETNS] = NEED("net_device", "nd_net.net", POINTER),
    [NETNS_INODE] = NEED("net", "ns.inum", 4),
#undef NEED
};

static const struct {
    const char *name, *function;
} names[] = {
    [WGK_HANDSHAKE] = { "handshake", "wg_index_hashtable_insert" },
    [WGK_SESSION] = { "session", "wg_index_hashtable_replace" },
    [WGK_PACKET] = { "packet", "wg_noise_keypair_get" },
};

const char *
wgk_probe_name(enum wgk_event_type type)
{
    return names[type].name;
}

const char *
wgk_probe_function(enum wgk_event_type type)
{
    return names[type].function;
}

/* An argument of a function, and what it points to: the parts that every event has. */
struct origin {
    const char *argument; /* "$arg2": points at an index_hashtable_entry */
    const char *peer_key; /* the path to the peer's public key */
};

static size_t
begin(char *line, enum wgk_event_type type, bool in_module)
{
    return (size_t)snprintf(line, WGK_PROBE_MAX, "p:" WGK_GROUP "/%s %s%s", names[type].name,
                            in_module ? "wireguard:" : "", names[type].function);
}

/* The interface: netns first, the name as the last value of the line. `entry` is an argument that
 * points at an index_hashtable_entry, plus `to_entry` bytes. */
static void
append_origin(char *line, size_t length, const uint32_t *at, uint32_t to_entry, const char *entry)
{
    char device[64]; /* the kernel takes 63 characters for the whole expression */

    snprintf(device, sizeof device, "+%u(+%u(+%u(%s)))", at[DEVICE_DEV], at[PEER_DEVICE],
             to_entry + at[ENTRY_PEER], entry);
    snprintf(line + length, WGK_PROBE_MAX - length, " netns=+%u(+%u(%s)):u32 ifname=+%u(%s):string",
             at[NETNS_INODE], at[NETDEV_NETNS], device, at[NETDEV_NAME], device);
}

static void
make_handshake(char *line, const uint32_t *at, bool in_module)
{
    const uint32_t entry = at[HANDSHAKE_ENTRY];
    size_t length = begin(line, WGK_HANDSHAKE, in_module);

    /* The argument points at the entry; members before it have negative offsets. */
#define FROM_ENTRY(member) (int)(at[member] - entry)
    length +=
        (size_t)snprintf(line + length, WGK_PROBE_MAX - length,
                         " state=%+d($arg2):u32 priv=+%u(%+d($arg2)):x8[32] pub=%+d($arg2):x8[32]"
                         " eph=%+d($arg2):x8[32] psk=%+d($arg2):x8[32]",
                         FROM_ENTRY(HANDSHAKE_STATE), at[STATIC_PRIVATE],
                         FROM_ENTRY(HANDSHAKE_STATIC), FROM_ENTRY(HANDSHAKE_PEER_KEY),
                         FROM_ENTRY(HANDSHAKE_EPHEMERAL), FROM_ENTRY(HANDSHAKE_PRESHARED));
#undef FROM_ENTRY
    append_origin(line, length, at, 0, "$arg2");
}

/* A keypair: `entry` is the argument that points to its entry or, plus `to_entry`, to itself;
 * `index` is the argument whose index counts. */
static void
make_keypair(char *line, enum wgk_event_type type, const uint32_t *at, bool in_module,
             uint32_t to_entry, const char *entry, uint32_t to_index, const char *index)
{
    size_t length = begin(line, type, in_module);

#define FROM_ARGUMENT(member) (int)(at[member] - at[KEYPAIR_ENTRY] + to_entry)
    length += (size_t)snprintf(
        line + length, WGK_PROBE_MAX - length,
        " lindex=+%u(%s):x32 rindex=%+d(%s):x32 send=%+d(%s):x8[32] recv=%+d(%s):x8[32]"
        " pub=+%u(+%u(%s)):x8[32]",
        to_index + at[ENTRY_INDEX], index, FROM_ARGUMENT(KEYPAIR_REMOTE_INDEX), entry,
        FROM_ARGUMENT(KEYPAIR_SENDING), entry, FROM_ARGUMENT(KEYPAIR_RECEIVING), entry,
        at[PEER_HANDSHAKE] + at[HANDSHAKE_PEER_KEY], to_entry + at[ENTRY_PEER], entry);
#undef FROM_ARGUMENT
    append_origin(line, length, at, to_entry, entry);
}

const char *
wgk_probes_make(struct wgk_probes *probes, const struct wgk_btf *btf, bool in_module)
{
    uint32_t at[NEEDS];

    for (unsigned i = 0; i < NEEDS; i++) {
        struct wgk_member member;
        uint32_t size = needs[i].size;
        if (size == POINTER)
            size = wgk_btf_pointer_size(btf);
        if (!wgk_btf_member(btf, needs[i].structure, needs[i].member, &member) ||
            (size != 0 && member.size != size) || member.offset > 100000)
            return needs[i].told;
        at[i] = member.offset;
    }
    if (!wgk_btf_enumerator(btf, "HANDSHAKE_CONSUMED_INITIATION", &probes->responder_state))
        return "enum noise_handshake_state: HANDSHAKE_CONSUMED_INITIATION";

    const uint32_t entry = at[KEYPAIR_ENTRY];
    make_handshake(probes->line[WGK_HANDSHAKE], at, in_module);
    /* replace() copies the old entry's index into the new one only later. */
    make_keypair(probes->line[WGK_SESSION], WGK_SESSION, at, in_module, 0, "$arg3", 0, "$arg2");
    make_keypair(probes->line[WGK_PACKET], WGK_PACKET, at, in_module, entry, "$arg1", entry,
                 "$arg1");
    return NULL;
}
