/* trial_amneziawg.c
 * Whether a datagram is AmneziaWG, by a configuration or by public keys, and how far that is
 * proved.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "unwrapper_private.h"

/* A header that may have this many values is no evidence of a handshake message without mac1. */
enum { NARROW = 1 << 16 };

/* ---- with a configuration ---- */

/* How far a datagram is proved that has the shape that the settings ask for. */
static enum wg_unwrapped
judge_settings(struct trial *t, const struct wg_amnezia *a)
{
    const struct indices i = wg_trial_indices(t);
    const struct wg_amnezia_range *header = &a->header[t->marks->type];
    const struct announced wanted = { .index = i.receiver };
    const bool expected_here =
        (t->flow != NULL && t->flow->settings == a) || wg_trial_names_port(a, t->place);

    if (wg_trial_receiver(t) != NULL)
        return WG_UNWRAPPED_PROVED;
    if (t->marks->type == WG_TYPE_INITIATION || t->marks->type == WG_TYPE_RESPONSE) {
        if (expected_here && header->high - header->low < NARROW)
            return WG_UNWRAPPED_POSSIBLE;
        return WG_UNWRAPPED_NOT;
    }
    if (!i.has_receiver)
        return WG_UNWRAPPED_NOT;
    const struct announced *announced = g_tree_lookup(t->u->announced, &wanted);
    if (announced != NULL && announced->settings == a)
        return WG_UNWRAPPED_PROVED;
    if (expected_here)
        return WG_UNWRAPPED_POSSIBLE;
    return WG_UNWRAPPED_NOT;
}

enum wg_unwrapped
wg_try_settings(struct trial *t, size_t configuration)
{
    const struct wg_amnezia *a = wg_keystore_amnezia(t->u->keys, configuration);

    if (!wg_amneziawg_open(t->span, a, t->marks))
        return WG_UNWRAPPED_NOT;
    const enum wg_unwrapped answer = judge_settings(t, a);
    if (answer == WG_UNWRAPPED_NOT)
        return answer;
    t->marks->by = WG_BY_CONFIGURATION;
    t->u->seen[configuration][t->marks->type]++;
    if (answer == WG_UNWRAPPED_PROVED && wg_trial_flow(t) != NULL) {
        t->flow->settings = a;
        t->flow->by = WG_BY_CONFIGURATION;
    }
    return answer;
}

enum wg_unwrapped
wg_try_all_settings(struct trial *t)
{
    enum wg_unwrapped answer = WG_UNWRAPPED_NOT;

    for (size_t i = 0; answer == WG_UNWRAPPED_NOT && wg_keystore_amnezia(t->u->keys, i) != NULL;
         i++)
        answer = wg_try_settings(t, i);
    return answer;
}

/* ---- without ---- */

bool
wg_try_addressed(struct trial *t)
{
    const struct side *other = &t->flow->sides[!wg_unwrapper_side(t->place)];
    const size_t length = t->span->length, cookie = sizeof(struct wg_wire_cookie_reply);
    size_t first = 0, last = length;

    if (t->flow->prefix_known)
        first = last = t->flow->prefix;
    for (unsigned i = 0; i < MIN(other->index_count, INDICES_KEPT); i++) {
        const uint32_t index = other->indices[i];
        for (size_t prefix = first; prefix <= last && prefix + WG_DATA_MIN_LEN <= length; prefix++)
            if (wg_amneziawg_addressed(t->span, WG_TYPE_DATA, prefix, index, t->marks)) {
                t->flow->prefix_known = true;
                t->flow->prefix = (uint32_t)prefix;
                return true;
            }
        if (length >= cookie &&
            wg_amneziawg_addressed(t->span, WG_TYPE_COOKIE_REPLY, length - cookie, index, t->marks))
            return true;
    }
    return false;
}

/* Whether an IP packet with UDP or TCP begins here and ends with the datagram. */
static bool
is_ip_packet(const uint8_t *header, size_t length)
{
    enum { IPV4 = 0x45, IPV4_HEADER = 20, IPV6 = 6, IPV6_HEADER = 40, TCP = 6, UDP = 17 };
    size_t ends;
    uint8_t protocol;

    if (length >= IPV4_HEADER && header[0] == IPV4) {
        protocol = header[9];
        ends = (size_t)(header[2] << 8 | header[3]);
    } else if (length >= IPV6_HEADER && header[0] >> 4 == IPV6) {
        protocol = header[6];
        ends = (size_t)(header[4] << 8 | header[5]) + IPV6_HEADER;
    } else {
        return false;
    }
    return (protocol == UDP || protocol == TCP) && ends == length;
}

/* Whether the message that was found ends an IP packet inside another tunnel (VXLAN, say), whose
 * dissector reads it. AmneziaWG's own prefix may be there, or messages that were merged with it. A
 * random prefix looks like this at one of 2^27 places. */
static bool
is_in_ip(const struct trial *t)
{
    for (size_t at = 0; at < t->marks->prefix; at++)
        if (is_ip_packet(t->span->bytes + at, t->span->length - at))
            return true;
    return false;
}

bool
wg_try_mac1(struct trial *t)
{
    const struct wg_static_key *key;

    if (t->span->length < sizeof(struct wg_wire_response) || t->span->captured < t->span->length)
        return false;
    for (size_t i = 0; t->u->tries > 0 && (key = wg_keystore_static(t->u->keys, i)) != NULL; i++) {
        t->u->tries--;
        if (!wg_amneziawg_find(t->span, key, t->marks) || is_in_ip(t))
            continue;
        t->flow->learned = true;
        t->flow->by = wg_trial_known_by(key);
        t->flow->sides[wg_unwrapper_side(t->place)].tried[t->span->length % LENGTH_CLASSES] = 0;
        return true;
    }
    return false;
}
