/* config_dump.c
 * See config_dump.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include "wg/base64.h"
#include "wg/crypto.h"

#include "config_dump.h"

enum { INTERFACE_FIELDS = 4, PEER_FIELDS = 8 };

static const char expected_room[] = "fewer keys: the key store is full";

static unsigned
count_fields(const char *line)
{
    unsigned n = 1;

    while ((line = strchr(line, '\t')) != NULL) {
        line++;
        n++;
    }
    return n;
}

/* Whether the text up to the next tab is as long as a key, or "(none)". */
static bool
may_be_key(const char *field)
{
    const size_t length = strcspn(field, "\t");

    return length == WG_BASE64_LEN || strncmp(field, "(none)", length) == 0;
}

bool
wg_config_is_dump(const char *line)
{
    const unsigned n = count_fields(line);

    if (n == INTERFACE_FIELDS || n == PEER_FIELDS)
        return may_be_key(line);
    /* One more field if the interface's name comes first. */
    return (n == INTERFACE_FIELDS + 1 || n == PEER_FIELDS + 1) &&
           may_be_key(strchr(line, '\t') + 1);
}

static bool
is_none(const char *field)
{
    return strcmp(field, "(none)") == 0;
}

static bool
read_key(uint8_t key[WG_KEY_LEN], const char *field)
{
    return wg_base64_decode(key, field, strlen(field));
}

static const char *
take_interface(struct wg_config_dump *dump, struct wg_keystore *ks, char *const *fields)
{
    uint8_t private_key[WG_KEY_LEN], stated[WG_KEY_LEN];
    const char *expected = NULL;

    dump->has_interface = true;
    dump->has_key = false;
    wg_keystore_add_port(ks, fields[2]);
    if (is_none(fields[0]))
        return NULL;
    if (!read_key(private_key, fields[0]) || !read_key(stated, fields[1]))
        return "private key, public key, port and fwmark, as `wg show all dump` prints them";
    const struct wg_static_key *key = wg_keystore_add_private(ks, private_key);
    wg_wipe(private_key, sizeof private_key);
    if (key == NULL)
        expected = expected_room;
    else if (memcmp(key->public_key, stated, WG_KEY_LEN) != 0)
        expected = "the public key of the private key before it";
    dump->has_key = key != NULL;
    if (key != NULL)
        memcpy(dump->interface_public, key->public_key, WG_KEY_LEN);
    return expected;
}

/* AllowedIPs are written as in a configuration, without spaces: "10.0.0.2/32,fd00::2/128". */
static const char *
take_peer(const struct wg_config_dump *dump, struct wg_keystore *ks, char *const *fields)
{
    uint8_t public_key[WG_KEY_LEN], psk[WG_KEY_LEN];
    const bool has_psk = !is_none(fields[1]);
    const char *expected = NULL;

    if (!read_key(public_key, fields[0]) || (has_psk && !read_key(psk, fields[1])))
        return "public key, preshared key, endpoint and so on, as `wg show all dump` prints them";
    struct wg_peer_config peer = { .public_key = public_key };
    if (dump->has_key)
        peer.interface_public = dump->interface_public;
    if (has_psk)
        peer.psk = psk;
    if (!is_none(fields[2]))
        peer.endpoint = fields[2];
    if (strlen(fields[3]) > WG_ALLOWED_IPS_MAX)
        expected = "fewer AllowedIPs of one peer";
    else if (!is_none(fields[3]))
        peer.allowed_ips = fields[3];
    if (wg_keystore_add_peer(ks, &peer) == NULL)
        expected = expected_room;
    wg_wipe(psk, sizeof psk);
    return expected;
}

const char *
wg_config_dump_line(struct wg_config_dump *dump, struct wg_keystore *ks, char *line)
{
    char *fields[PEER_FIELDS + 1] = { line };
    const unsigned n = count_fields(line);
    char *tab = line;

    for (unsigned i = 1; i < n && i <= PEER_FIELDS && (tab = strchr(tab, '\t')) != NULL; i++) {
        *tab++ = '\0';
        fields[i] = tab;
    }
    if (n == INTERFACE_FIELDS || n == INTERFACE_FIELDS + 1)
        return take_interface(dump, ks, fields + (n - INTERFACE_FIELDS));
    if (!dump->has_interface)
        return "the line of an interface before those of its peers";
    return take_peer(dump, ks, fields + (n - PEER_FIELDS));
}
