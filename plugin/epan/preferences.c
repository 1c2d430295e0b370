/* preferences.c
 * The preferences of module "wg": the host's own where it has them, and ours.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <string.h>

#include <epan/packet.h>
#include <epan/prefs-int.h>
#include <epan/prefs.h>
#include <epan/proto.h>
#include <epan/range.h>

#include "preferences.h"
#include "wg/base64.h"
#include "wg/crypto.h"
#include "wg/keystore.h"
#include "wg/text.h"

#define STATIC_KEYS "WireGuard static keys"
#define PEER_NAMES  "WireGuard peer names"

/* The host's preferences; NULL if it has none, so that ours below are used. */
static pref_t *their_keylog_file, *their_dissect_packet;

static const char *keylog_file = "";
static ws_bool dissect_packet = TRUE;
static const char *config = "";

/* One row of either table. */
struct row {
    char *first;
    char *second;
};

static struct row *static_keys, *peer_names;
static unsigned static_keys_count, peer_names_count;

static void *
row_copy(void *to, const void *from, size_t length)
{
    const struct row *source = from;
    struct row *copy = to;

    copy->first = g_strdup(source->first);
    copy->second = g_strdup(source->second);
    return copy;
}

static void
row_free(void *p)
{
    struct row *row = p;

    if (row->second != NULL)
        wg_wipe(row->second, strlen(row->second));
    g_free(row->first);
    g_free(row->second);
}

static bool
is_key(const char *text)
{
    uint8_t key[WG_KEY_LEN];
    const bool good = text != NULL && wg_base64_decode(key, text, strlen(text));

    wg_wipe(key, sizeof key);
    return good;
}

static ws_uat_bool
static_key_update(void *p, char **error)
{
    const struct row *row = p;

    if (row->first == NULL ||
        (strcmp(row->first, "Public") != 0 && strcmp(row->first, "Private") != 0))
        *error = g_strdup("The key type is Public or Private");
    else if (!is_key(row->second))
        *error = g_strdup("A key is 44 characters of base64, as wg prints it");
    return *error == NULL;
}

static ws_uat_bool
peer_name_update(void *p, char **error)
{
    const struct row *row = p;

    char *shown = wg_text_shown(row->second, WG_NAME_MAX);
    if (!is_key(row->first))
        *error = g_strdup("A public key is 44 characters of base64, as wg prints it");
    else if (shown == NULL)
        *error = g_strdup("The name is empty, or nothing of it can be seen");
    g_free(shown);
    return *error == NULL;
}

UAT_CSTRING_CB_DEF(row, first, struct row)
UAT_CSTRING_CB_DEF(row, second, struct row)

static void
register_static_keys(module_t *module)
{
    static uat_field_t columns[] = {
        UAT_FLD_CSTRING(row, first, "Key type", "Public or Private"),
        UAT_FLD_CSTRING(row, second, "Key", "Base64-encoded key"),
        UAT_END_FIELDS,
    };
    uat_t *table = uat_new(STATIC_KEYS, sizeof(struct row), "wg_keys", TRUE, &static_keys,
                           &static_keys_count, UAT_AFFECTS_DISSECTION, NULL, row_copy,
                           static_key_update, row_free, NULL, NULL, columns);

    prefs_register_uat_preference(module, "keys", STATIC_KEYS,
                                  "Static keys of the peers, to know them by and to decrypt with",
                                  table);
}

static void
register_peer_names(module_t *module)
{
    static uat_field_t columns[] = {
        UAT_FLD_CSTRING(row, first, "Public key", "Base64-encoded public key"),
        UAT_FLD_CSTRING(row, second, "Name", "What to call this peer"),
        UAT_END_FIELDS,
    };
    uat_t *table = uat_new(PEER_NAMES, sizeof(struct row), "wg_peer_names", TRUE, &peer_names,
                           &peer_names_count, UAT_AFFECTS_DISSECTION, NULL, row_copy,
                           peer_name_update, row_free, NULL, NULL, columns);

    prefs_register_uat_preference(module, "peer_names", PEER_NAMES,
                                  "Names of peers, for those whose configuration files are not "
                                  "at hand",
                                  table);
}

void
wg_prefs_register(int proto)
{
    module_t *module = prefs_find_module("wg");

    if (module == NULL)
        module = prefs_register_protocol(proto, NULL);
    their_keylog_file = prefs_find_preference(module, "keylog_file");
    their_dissect_packet = prefs_find_preference(module, "dissect_packet");
    if (their_dissect_packet == NULL)
        prefs_register_bool_preference(module, "dissect_packet", "Dissect transport data",
                                       "Whether decrypted packets are dissected", &dissect_packet);
    if (their_keylog_file == NULL)
        prefs_register_filename_preference(
            module, "keylog_file", "Key log filename",
            "A file of lines NAME = key, as WireGuard implementations log them for each "
            "handshake, or a folder of *.keys and *.keylog files; read again as they grow",
            &keylog_file, FALSE);
    if (uat_get_table_by_name(STATIC_KEYS) == NULL)
        register_static_keys(module);
    prefs_register_filename_preference(
        module, "config", "Configuration file or folder",
        "A WireGuard configuration (wg-quick style), or a folder of *.conf files: its keys "
        "decrypt, and its peers are shown by the names in its comments. The button picks a file; "
        "for a folder, type its path",
        &config, FALSE);
    register_peer_names(module);
}

void
wg_prefs_set_default_ports(const char *name, const char *ports)
{
    pref_t *theirs = prefs_find_preference(prefs_find_module("wg"), name);
    range_t *range = NULL;

    if (theirs == NULL || range_convert_str(NULL, &range, ports, UINT16_MAX) != CVT_NO_ERROR)
        return;
    prefs_set_range_value(theirs, range, pref_default);
    prefs_set_range_value(theirs, range, pref_current);
    wmem_free(NULL, range);
}

bool
wg_prefs_dissect_packet(void)
{
    if (their_dissect_packet != NULL)
        return prefs_get_bool_value(their_dissect_packet, pref_current);
    return dissect_packet;
}

const char *
wg_prefs_keylog_file(void)
{
    const char *value = their_keylog_file != NULL
                            ? prefs_get_string_value(their_keylog_file, pref_current)
                            : keylog_file;
    if (value != NULL)
        return value;
    return "";
}

const char *
wg_prefs_config(void)
{
    if (config != NULL)
        return config;
    return "";
}

uat_t *
wg_prefs_static_keys(void)
{
    return uat_get_table_by_name(STATIC_KEYS);
}

uat_t *
wg_prefs_peer_names(void)
{
    return uat_get_table_by_name(PEER_NAMES);
}
