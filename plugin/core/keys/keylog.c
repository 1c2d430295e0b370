/* keylog.c
 * The key log: what its lines say, and which of them belong together.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <string.h>

#include <glib.h>

#include "wg/base64.h"
#include "wg/crypto.h"
#include "wg/keylog.h"

static const char expected_name[] = "a known key name, '=' and a key";
static const char expected_key[] = "a key of 44 base64 characters";
static const char expected_raw[] =
    "0x, up to 8 hexadecimal digits, a space and a key of 44 base64 characters";
static const char expected_room[] = "fewer keys: the key store is full";
static const char incomplete[] = "the rest of the line";

enum side { LOCAL, REMOTE };

struct seen {
    bool set;
    uint8_t key[WG_KEY_LEN];
};

/* What the lines of the current block said. Copies of the keys, not pointers into the store, from
 * which the oldest keys go. */
struct block {
    struct seen statics[2]; /* public keys, by side */
    struct seen ephemeral;  /* private key */
    struct seen psk;
};

struct wg_keylog {
    struct wg_keystore *ks;
    struct wg_lines *lines;
    struct block block;
    struct seen recent[2]; /* the last static keys of the log, by side */
    struct seen previous;  /* the last ephemeral private key since the last header */
};

static void
note(struct seen *seen, const uint8_t *key)
{
    memcpy(seen->key, key, WG_KEY_LEN);
    seen->set = true;
}

static const uint8_t *
noted(const struct seen *seen)
{
    if (!seen->set)
        return NULL;
    return seen->key;
}

static void
begin_block(struct wg_keylog *k)
{
    wg_wipe(&k->block, sizeof(k->block));
}

static bool
link_psk(struct wg_keylog *k, const uint8_t *ephemeral, const uint8_t *psk)
{
    const struct wg_ephemeral_links links = { .psk = psk };
    return wg_keystore_add_ephemeral(k->ks, ephemeral, &links) != NULL;
}

static bool
link_static(struct wg_keylog *k, const uint8_t *ephemeral, enum side side, const uint8_t *key,
            bool sure)
{
    struct wg_ephemeral_links links = { .sure = sure };

    if (side == LOCAL)
        links.local = key;
    else
        links.remote = key;
    return wg_keystore_add_ephemeral(k->ks, ephemeral, &links) != NULL;
}

/* -- One function per kind of key; each returns false if the store is full -- */

static bool
take_static(struct wg_keylog *k, enum side side, const struct wg_static_key *key)
{
    if (key == NULL)
        return false;
    if (k->block.statics[side].set)
        begin_block(k);
    note(&k->block.statics[side], key->public_key);
    note(&k->recent[side], key->public_key);
    if (k->block.ephemeral.set)
        return link_static(k, k->block.ephemeral.key, side, key->public_key, true);
    if (k->previous.set)
        return link_static(k, k->previous.key, side, key->public_key, false);
    return true;
}

static bool
take_local(struct wg_keylog *k, const uint8_t *key)
{
    return take_static(k, LOCAL, wg_keystore_add_private(k->ks, key));
}

static bool
take_remote(struct wg_keylog *k, const uint8_t *key)
{
    return take_static(k, REMOTE, wg_keystore_add_public(k->ks, key));
}

static bool
take_ephemeral(struct wg_keylog *k, const uint8_t *key)
{
    if (k->block.ephemeral.set)
        begin_block(k);
    note(&k->block.ephemeral, key);
    note(&k->previous, key);
    if (!link_psk(k, key, noted(&k->block.psk)))
        return false;
    for (enum side side = LOCAL; side <= REMOTE; side++) {
        const struct seen *seen = &k->block.statics[side];
        const bool sure = seen->set;
        if (!sure)
            seen = &k->recent[side];
        if (!link_static(k, key, side, noted(seen), sure))
            return false;
    }
    return true;
}

static bool
take_psk(struct wg_keylog *k, const uint8_t *key)
{
    if (k->block.psk.set)
        begin_block(k);
    note(&k->block.psk, key);
    /* In a block without an ephemeral key it may still belong to the block before. */
    if (k->previous.set)
        return link_psk(k, k->previous.key, key);
    return wg_keystore_add_psk(k->ks, key);
}

static const struct {
    const char *name;
    bool (*take)(struct wg_keylog *k, const uint8_t *key);
} names[] = {
    { "LOCAL_STATIC_PRIVATE_KEY", take_local },
    { "REMOTE_STATIC_PUBLIC_KEY", take_remote },
    { "LOCAL_EPHEMERAL_PRIVATE_KEY", take_ephemeral },
    { "PRESHARED_KEY", take_psk },
    { "PRE_SHARED_KEY", take_psk },
};

/* -- Lines -- */

/* A key with nothing but spaces and a comment around it. */
static bool
parse_key(const char *text, uint8_t key[WG_KEY_LEN])
{
    static const char spaces[] = " \t\r";

    text += strspn(text, spaces);
    const size_t length = strcspn(text, " \t\r#");
    const char *rest = text + length + strspn(text + length, spaces);
    if (*rest != '\0' && *rest != '#')
        return false;
    return wg_base64_decode(key, text, length);
}

static const char *
take_named(struct wg_keylog *k, char *line, char *equals)
{
    uint8_t key[WG_KEY_LEN];
    const char *expected = expected_name;

    *equals = '\0';
    g_strchomp(line);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_ascii_strcasecmp(line, names[i].name) != 0)
            continue;
        if (!parse_key(equals + 1, key))
            expected = expected_key;
        else if (!names[i].take(k, key))
            expected = expected_room;
        else
            expected = NULL;
        break;
    }
    wg_wipe(key, sizeof(key));
    return expected;
}

static const char *
take_raw(struct wg_keylog *k, const char *digits)
{
    uint8_t key[WG_KEY_LEN];
    uint32_t receiver = 0;
    size_t n = 0;
    const char *expected = expected_raw;

    for (; n < 8 && g_ascii_isxdigit(digits[n]); n++)
        receiver = receiver << 4 | (uint32_t)g_ascii_xdigit_value(digits[n]);
    if (n > 0 && (digits[n] == ' ' || digits[n] == '\t') && parse_key(digits + n, key)) {
        expected = NULL;
        if (!wg_keystore_add_transport(k->ks, receiver, key))
            expected = expected_room;
    }
    wg_wipe(key, sizeof(key));
    return expected;
}

/* A line without a key, after which the next handshake's keys may follow. */
static void
take_separator(struct wg_keylog *k, bool header)
{
    if (k->block.ephemeral.set)
        begin_block(k);
    if (header)
        wg_wipe(&k->previous, sizeof(k->previous));
}

static const char *
take_line(void *context, char *line, bool complete)
{
    struct wg_keylog *k = context;

    g_strstrip(line);
    const bool silent = *line == '\0' || *line == '#';
    char *equals = strchr(line, '=');
    if (!silent && g_ascii_strncasecmp(line, "0x", 2) == 0)
        return take_raw(k, line + 2);
    const bool header = !silent && equals == NULL && g_str_has_suffix(line, ":");
    if (silent || header) {
        if (!complete)
            return incomplete;
        take_separator(k, header);
        return NULL;
    }
    if (equals == NULL)
        return expected_name;
    return take_named(k, line, equals);
}

struct wg_keylog *
wg_keylog_new(struct wg_keystore *ks, wg_report_fn report, void *user)
{
    struct wg_keylog *k = g_new0(struct wg_keylog, 1);

    k->ks = ks;
    k->lines = wg_lines_new(WG_KEYLOG_LINE_MAX, take_line, k, report, user);
    return k;
}

/* Forget the state between lines, which is not in the store. */
static void
wipe_state(struct wg_keylog *k)
{
    begin_block(k);
    wg_wipe(k->recent, sizeof(k->recent));
    wg_wipe(&k->previous, sizeof(k->previous));
}

void
wg_keylog_free(struct wg_keylog *k)
{
    if (k == NULL)
        return;
    wg_lines_free(k->lines);
    wipe_state(k);
    g_free(k);
}

void
wg_keylog_feed(struct wg_keylog *k, const void *bytes, size_t length)
{
    wg_lines_feed(k->lines, bytes, length);
}

void
wg_keylog_flush(struct wg_keylog *k, bool final)
{
    wg_lines_flush(k->lines, final);
}

void
wg_keylog_reset(struct wg_keylog *k)
{
    wg_lines_reset(k->lines);
    wipe_state(k);
}
