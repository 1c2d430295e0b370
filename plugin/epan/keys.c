/* keys.c
 * Where keys come from: preferences, files, and the capture itself. All feed one store.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <string.h>

#include <glib.h>

#include "keyfiles.h"
#include "keys.h"
#include "preferences.h"
#include "tell.h"
#include "wg/base64.h"
#include "wg/crypto.h"
#include "wg/keylog.h"

static struct wg_keystore *store;

/* ---- tables ---- */

typedef void (*row_fn)(const char *first, const char *second);

static void
each_row(uat_t *table, row_fn take)
{
    if (table == NULL)
        return;
    for (unsigned i = 0; i < table->user_data->len; i++) {
        void *row = UAT_USER_INDEX_PTR(table, i);
        char *first = uat_fld_tostr(row, &table->fields[0]);
        char *second = uat_fld_tostr(row, &table->fields[1]);
        take(first, second);
        wg_wipe(second, strlen(second));
        g_free(first);
        g_free(second);
    }
}

static void
take_static_key(const char *type, const char *text)
{
    uint8_t key[WG_KEY_LEN];

    if (!wg_base64_decode(key, text, strlen(text)))
        return; /* the table's own check has said so */
    if (strcmp(type, "Private") == 0)
        wg_keystore_add_private(store, key);
    else
        wg_keystore_add_public(store, key);
    wg_wipe(key, sizeof key);
}

static void
take_peer_name(const char *text, const char *name)
{
    uint8_t key[WG_KEY_LEN];

    if (wg_base64_decode(key, text, strlen(text)))
        wg_keystore_set_name(store, key, name, WG_NAME_USER);
}

/* ---- life ---- */

static void
tell_dropped(void)
{
    if (store != NULL && wg_keystore_dropped(store) > 0)
        wg_tell("all sources", "more than %d keys of a kind; the oldest are not used",
                (int)WG_KEYSTORE_MAX);
}

struct wg_keystore *
wg_keys_open(void)
{
    wg_keys_close();
    wg_tell_begin();
    if (!wg_crypto_init()) {
        wg_tell("nothing is decrypted", "%s", wg_crypto_failure());
        return NULL;
    }
    store = wg_keystore_new();
    each_row(wg_prefs_static_keys(), take_static_key);
    wg_keyfiles_read_configs(store);
    /* Keys that the user named stay, however many a log brings. */
    wg_keystore_keep(store);
    wg_keyfiles_open_keylog(store);
    each_row(wg_prefs_peer_names(), take_peer_name);
    tell_dropped();
    return store;
}

void
wg_keys_close(void)
{
    if (store == NULL)
        return;
    wg_keyfiles_close_keylog();
    wg_keystore_free(store);
    store = NULL;
}

bool
wg_keys_poll(void)
{
    if (store == NULL)
        return false;
    const uint64_t generation = wg_keystore_generation(store);
    wg_keyfiles_poll_keylog();
    tell_dropped();
    return wg_keystore_generation(store) != generation;
}

bool
wg_keys_renamed(void)
{
    return wg_keyfiles_keylog_changed();
}

void
wg_keys_secrets(const void *text, size_t length)
{
    GString *bad = g_string_new(NULL);

    if (store != NULL) {
        struct wg_keylog *parser = wg_keylog_new(store, wg_tell_collect, bad);
        wg_keylog_feed(parser, text, length);
        wg_keylog_flush(parser, true);
        wg_keylog_free(parser);
    }
    wg_tell_lines("secrets in the capture file", bad);
    g_string_free(bad, TRUE);
    tell_dropped();
}
