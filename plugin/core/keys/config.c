/* config.c
 * WireGuard configuration files.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/amnezia.h"
#include "wg/base64.h"
#include "wg/config.h"
#include "wg/crypto.h"

#include "config_dump.h"
#include "config_name.h"
#include "config_section.h"

static const char expected_section[] = "[Interface] or [Peer]";
static const char expected_setting[] = "a setting, '=' and its value";
static const char expected_key[] = "a key of 44 base64 characters";
static const char expected_room[] = "fewer keys: the key store is full";

struct wg_config {
    struct wg_keystore *ks;
    struct wg_lines *lines;
    struct section section;
    bool at_header;    /* the line before was the section's header */
    bool at_paragraph; /* no blank line since the header */
    /* A comment waits for the next line, which decides what it belongs to. */
    enum config_comment waiting;
    char *waiting_name;
    bool interface_seen; /* an [Interface] has begun */
    bool interface_done; /* one has ended, so its key, if it has one, is known */
    bool has_interface_key;
    uint8_t interface_public[WG_KEY_LEN];
    struct wg_amnezia amnezia;  /* of the interface and its peers */
    struct wg_config_dump dump; /* if the file is no configuration, but `wg show all dump` */
    GPtrArray *early; /* struct section: peers that came before any [Interface] had ended */
};

/* -- Sections -- */

static bool
store_peer(struct wg_config *c, const struct section *s)
{
    struct wg_peer_config peer = { .public_key = s->key, .endpoint = s->endpoint };

    if (c->has_interface_key)
        peer.interface_public = c->interface_public;
    if (s->has_psk)
        peer.psk = s->psk;
    if (s->allowed_ips != NULL)
        peer.allowed_ips = s->allowed_ips->str;
    return wg_keystore_add_peer(c->ks, &peer) != NULL &&
           (s->name == NULL || wg_keystore_set_name(c->ks, s->key, s->name, WG_NAME_CONFIG));
}

static void
store_early_peers(struct wg_config *c)
{
    for (guint i = 0; i < c->early->len; i++) {
        const struct section *s = c->early->pdata[i];
        if (!store_peer(c, s))
            wg_lines_report(c->lines, s->line, expected_room);
    }
    g_ptr_array_set_size(c->early, 0);
}

static void
end_interface(struct wg_config *c)
{
    const struct section *s = &c->section;

    c->interface_done = true;
    c->has_interface_key = false;
    if (s->has_key) {
        const struct wg_static_key *key = wg_keystore_add_private(c->ks, s->key);
        if (key == NULL) {
            wg_lines_report(c->lines, s->line, expected_room);
        } else {
            c->has_interface_key = true;
            memcpy(c->interface_public, key->public_key, WG_KEY_LEN);
            if (s->name != NULL)
                wg_keystore_set_name(c->ks, key->public_key, s->name, WG_NAME_CONFIG);
        }
    }
    store_early_peers(c);
}

static void
end_peer_without_key(struct wg_config *c)
{
    const struct section *s = &c->section;

    if (!s->key_was_bad)
        wg_lines_report(c->lines, s->line, "a PublicKey in each [Peer]");
    if (s->has_psk)
        wg_keystore_add_psk(c->ks, s->psk);
}

/* Keep a peer that comes before its interface. returns false if there is no room */
static bool
keep_for_later(struct wg_config *c)
{
    struct section *s = &c->section;

    if (c->early->len >= WG_KEYSTORE_MAX)
        return false;
    struct section *kept = g_new(struct section, 1);
    *kept = *s;
    g_ptr_array_add(c->early, kept);
    wg_wipe(s, sizeof(*s)); /* its texts have moved */
    return true;
}

static void
end_peer(struct wg_config *c)
{
    if (!c->section.has_key) {
        end_peer_without_key(c);
        return;
    }
    const bool room = c->interface_done ? store_peer(c, &c->section) : keep_for_later(c);
    if (!room)
        wg_lines_report(c->lines, c->section.line, expected_room);
}

static void
end_section(struct wg_config *c)
{
    if (c->section.kind == SECTION_INTERFACE)
        end_interface(c);
    else if (c->section.kind == SECTION_PEER)
        end_peer(c);
    wg_section_clear(&c->section);
}

/* The settings of AmneziaWG are added once all peers, and with them all endpoints, were read. */
static void
end_amnezia(struct wg_config *c)
{
    unsigned step = 0;
    const char *expected;

    while (c->amnezia.given > 0 && (expected = wg_amnezia_check(&c->amnezia, &step)) != NULL)
        wg_lines_report(c->lines, c->amnezia.last_line, expected);
    if (c->amnezia.given > 0 && !wg_keystore_add_amnezia(c->ks, &c->amnezia))
        wg_lines_report(c->lines, c->amnezia.last_line, "fewer configurations of AmneziaWG");
    wg_amnezia_clear(&c->amnezia);
}

/* -- Comments -- */

static void
drop_waiting(struct wg_config *c)
{
    g_free(c->waiting_name);
    c->waiting_name = NULL;
    c->waiting = COMMENT_OTHER;
}

/* The waiting comment belongs to the section that it is in. */
static void
settle_inside(struct wg_config *c)
{
    const enum section_kind kind = c->section.kind;

    if (c->waiting == COMMENT_NAME && (kind == SECTION_INTERFACE || kind == SECTION_PEER))
        wg_section_offer_name(&c->section, c->waiting_name, NAME_STATED);
    else if (c->waiting == COMMENT_FRIENDLY && kind == SECTION_INTERFACE && c->at_paragraph)
        wg_section_offer_name(&c->section, c->waiting_name, NAME_COMMENT_INSIDE);
    drop_waiting(c);
}

static void
take_comment(struct wg_config *c, char *text)
{
    const char *name;
    const enum config_comment comment = wg_config_comment(text, &name);

    if (comment == COMMENT_OTHER)
        return;
    if (c->at_header && comment == COMMENT_FRIENDLY)
        wg_section_offer_name(&c->section, name, NAME_COMMENT_BELOW);
    c->at_header = false;
    /* Of several comments above [Peer] the last is taken, but one that says "Name" stays. */
    if (c->waiting == COMMENT_NAME && comment == COMMENT_FRIENDLY)
        return;
    settle_inside(c);
    c->waiting = comment;
    c->waiting_name = g_strdup(name);
}

/* A comment after a header or a setting. */
static void
take_trailing(struct wg_config *c, char *comment, enum name_rank rank)
{
    const char *name;

    if (comment == NULL)
        return;
    const enum config_comment kind = wg_config_comment(comment, &name);
    if (kind == COMMENT_NAME)
        rank = NAME_STATED;
    if (kind != COMMENT_OTHER)
        wg_section_offer_name(&c->section, name, rank);
}

/* -- Settings; each function returns what was expected, or NULL -- */

static const char *
take_key(uint8_t key[WG_KEY_LEN], bool *has, const char *value)
{
    uint8_t decoded[WG_KEY_LEN];
    const char *expected = expected_key;

    if (wg_base64_decode(decoded, value, strlen(value))) {
        memcpy(key, decoded, WG_KEY_LEN);
        *has = true;
        expected = NULL;
    }
    wg_wipe(decoded, sizeof(decoded));
    return expected;
}

static const char *
take_private_key(struct section *s, const char *value)
{
    return take_key(s->key, &s->has_key, value);
}

static const char *
take_public_key(struct section *s, const char *value)
{
    if (s->has_key)
        return "one PublicKey in each [Peer]";
    const char *expected = take_key(s->key, &s->has_key, value);
    s->key_was_bad = expected != NULL;
    return expected;
}

static const char *
take_preshared_key(struct section *s, const char *value)
{
    return take_key(s->psk, &s->has_psk, value);
}

static const char *
take_endpoint(struct section *s, const char *value)
{
    g_free(s->endpoint);
    s->endpoint = g_strdup(value);
    return NULL;
}

static const char *
take_allowed_ips(struct section *s, const char *value)
{
    /* An empty list allows nothing, which is not the same as no list. */
    if (*value == '\0')
        value = "(none)";
    if (s->allowed_ips == NULL)
        s->allowed_ips = g_string_new(NULL);
    if (s->allowed_ips->len + strlen(value) + 2 > WG_ALLOWED_IPS_MAX)
        return "fewer AllowedIPs in one [Peer]";
    if (s->allowed_ips->len > 0)
        g_string_append(s->allowed_ips, ", ");
    g_string_append(s->allowed_ips, value);
    return NULL;
}

static const struct {
    const char *name;
    enum section_kind section;
    const char *elsewhere; /* the report if it is in the other section */
    const char *(*take)(struct section *s, const char *value);
} settings[] = {
    { "PrivateKey", SECTION_INTERFACE, "PrivateKey in [Interface] only", take_private_key },
    { "PublicKey", SECTION_PEER, "PublicKey in [Peer] only", take_public_key },
    { "PresharedKey", SECTION_PEER, "PresharedKey in [Peer] only", take_preshared_key },
    { "Endpoint", SECTION_PEER, "Endpoint in [Peer] only", take_endpoint },
    { "AllowedIPs", SECTION_PEER, "AllowedIPs in [Peer] only", take_allowed_ips },
};

static const char *
take_amnezia(struct wg_config *c, const char *name, const char *value)
{
    if (g_ascii_strcasecmp(name, "ListenPort") == 0) {
        wg_amnezia_add_port(&c->amnezia, value);
        wg_keystore_add_port(c->ks, value);
    }
    return wg_amnezia_set(&c->amnezia, name, value, wg_lines_number(c->lines));
}

static const char *
take_setting(struct wg_config *c, char *line, char *comment)
{
    char *equals = strchr(line, '=');

    if (c->section.kind == SECTION_OTHER)
        return NULL;
    if (c->section.kind == SECTION_NONE)
        return expected_section;
    if (equals == NULL)
        return expected_setting;
    *equals = '\0';
    g_strchomp(line);
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
        if (g_ascii_strcasecmp(line, settings[i].name) != 0)
            continue;
        if (settings[i].section != c->section.kind)
            return settings[i].elsewhere;
        if (settings[i].take == take_public_key)
            take_trailing(c, comment, NAME_COMMENT_AFTER);
        if (settings[i].take == take_endpoint)
            wg_amnezia_add_port(&c->amnezia, g_strstrip(equals + 1));
        return settings[i].take(&c->section, g_strstrip(equals + 1));
    }
    if (c->section.kind != SECTION_INTERFACE)
        return NULL;
    return take_amnezia(c, line, g_strstrip(equals + 1));
}

static const char *
take_header(struct wg_config *c, char *line, char *comment)
{
    const char *expected = NULL;

    const enum section_kind kind = wg_section_kind(line);
    if (kind == SECTION_INTERFACE && c->interface_seen) {
        /* It is read all the same: two files may have been joined into one. */
        expected = "one [Interface] in a file";
        end_amnezia(c);
    } else if (kind == SECTION_OTHER && line[strlen(line) - 1] != ']') {
        expected = expected_section;
    }
    c->interface_seen = c->interface_seen || kind == SECTION_INTERFACE;

    end_section(c);
    c->section.kind = kind;
    c->section.line = wg_lines_number(c->lines);
    if (c->waiting == COMMENT_NAME)
        wg_section_offer_name(&c->section, c->waiting_name, NAME_STATED_ABOVE);
    else if (c->waiting == COMMENT_FRIENDLY && kind == SECTION_PEER)
        wg_section_offer_name(&c->section, c->waiting_name, NAME_COMMENT_ABOVE);
    drop_waiting(c);
    take_trailing(c, comment, NAME_COMMENT_BESIDE);
    c->at_header = c->at_paragraph = true;
    return expected;
}

static const char *
take_line(void *context, char *line, bool complete)
{
    struct wg_config *c = context;
    char *comment = strchr(line, '#');
    char *trailing = g_strdup(comment);
    size_t trailing_length = 0;
    const char *expected = NULL;

    if (comment != NULL) {
        trailing_length = strlen(comment);
        *comment = '\0';
    }
    g_strstrip(line);
    if (*line == '[') {
        expected = take_header(c, line, trailing);
    } else if (*line == '\0' && comment != NULL) {
        take_comment(c, trailing);
    } else if (c->section.kind == SECTION_NONE && wg_config_is_dump(line)) {
        expected = wg_config_dump_line(&c->dump, c->ks, line);
    } else {
        settle_inside(c);
        c->at_header = false;
        if (*line == '\0')
            c->at_paragraph = false;
        else
            expected = take_setting(c, line, trailing);
    }
    if (trailing != NULL)
        wg_wipe(trailing, trailing_length); /* a '#' may have put a key out of use */
    g_free(trailing);
    return expected;
}

/* -- The parser -- */

struct wg_config *
wg_config_new(struct wg_keystore *ks, wg_report_fn report, void *user)
{
    struct wg_config *c = g_new0(struct wg_config, 1);

    c->ks = ks;
    wg_amnezia_init(&c->amnezia);
    c->lines = wg_lines_new(WG_CONFIG_LINE_MAX, take_line, c, report, user);
    c->early = g_ptr_array_new_with_free_func(wg_section_free);
    return c;
}

void
wg_config_free(struct wg_config *c)
{
    if (c == NULL)
        return;
    drop_waiting(c);
    wg_section_clear(&c->section);
    wg_amnezia_clear(&c->amnezia);
    g_ptr_array_free(c->early, TRUE);
    wg_lines_free(c->lines);
    g_free(c);
}

void
wg_config_feed(struct wg_config *c, const void *bytes, size_t length)
{
    wg_lines_feed(c->lines, bytes, length);
}

void
wg_config_finish(struct wg_config *c)
{
    wg_lines_flush(c->lines, true);
    settle_inside(c);
    end_section(c);
    store_early_peers(c);
    end_amnezia(c);
    wg_lines_reset(c->lines);
    c->interface_seen = c->interface_done = c->has_interface_key = false;
    c->dump = (struct wg_config_dump){ 0 };
    c->at_header = c->at_paragraph = false;
}
