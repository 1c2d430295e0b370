/* keys.c
 * Where keys come from: preferences and files. All feed one store.
 *
 * What is wrong in a file is told once, in one message a file: which line, and what was expected.
 * Nothing of its contents is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <errno.h>
#include <string.h>

#include <glib.h>
#include <wsutil/report_message.h>

#include "keys.h"
#include "preferences.h"
#include "wg/base64.h"
#include "wg/config.h"
#include "wg/crypto.h"
#include "wg/keylog.h"
#include "wg/os.h"

enum {
    CHUNK = 64 * 1024,
    MAX_CONFIG = 1024 * 1024, /* bytes; a longer file is no configuration */
};

/* The key log file as far as it was read. */
struct followed {
    struct wg_keylog *parser;
    GString *report; /* bad lines since the last read */
    uint64_t read;
    uint64_t device, identity;
};

static struct wg_keystore *store;
static struct followed keylog;

/* Messages that were shown already in this process. */
static GHashTable *told;

static void
tell_once(const char *message)
{
    if (told == NULL)
        told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (g_hash_table_add(told, g_strdup(message)))
        report_failure("%s", message);
}

static void G_GNUC_PRINTF(2, 3)
tell_about(const char *path, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    char *message = g_strdup_printf("WireGuard keys: %s: %s", path, what);
    tell_once(message);
    g_free(message);
    g_free(what);
}

/* Collects the bad lines of one file; user is a GString. */
static void
bad_line(void *user, unsigned line, const char *expected)
{
    g_string_append_printf(user, "%sline %u: %s", ((GString *)user)->len > 0 ? "; " : "", line,
                           expected);
}

static void
tell_bad_lines(const char *path, GString *report)
{
    if (report->len > 0)
        tell_about(path, "%s", report->str);
    g_string_truncate(report, 0);
}

/* Open for reading what is a file; -1 with a message told otherwise. */
static int
open_file(const char *path, struct wg_os_status *status)
{
    const int fd = wg_os_open(path, status);

    if (fd == -1)
        tell_about(path, "cannot be read: %s", g_strerror(errno));
    else if (status->kind == WG_OS_FOLDER)
        tell_about(path, "is a folder; expected a file");
    else if (status->kind != WG_OS_FILE)
        tell_about(path, "is no regular file");
    else
        return fd;
    if (fd != -1)
        wg_os_close(fd);
    return -1;
}

/* ---- the key log ---- */

static void
read_on(int fd, const char *path)
{
    char *chunk = g_malloc(CHUNK);
    int64_t got = 0;

    if (wg_os_seek(fd, keylog.read))
        while ((got = wg_os_read(fd, chunk, CHUNK)) > 0) {
            wg_keylog_feed(keylog.parser, chunk, (size_t)got);
            keylog.read += (uint64_t)got;
        }
    if (got < 0)
        tell_about(path, "cannot be read: %s", g_strerror(errno));
    wg_wipe(chunk, CHUNK);
    g_free(chunk);
    wg_keylog_flush(keylog.parser, false);
    tell_bad_lines(path, keylog.report);
}

void
wg_keys_poll(void)
{
    const char *path = wg_prefs_keylog_file();
    struct wg_os_status status;

    if (*path == '\0' || store == NULL)
        return;
    const bool same = wg_os_look(path, &status) && status.device == keylog.device &&
                      status.identity == keylog.identity;
    if (same && status.size == keylog.read)
        return;
    const int fd = open_file(path, &status);
    if (fd == -1)
        return;
    if (!same || status.size < keylog.read) {
        wg_keylog_reset(keylog.parser);
        keylog.read = 0;
        keylog.device = status.device;
        keylog.identity = status.identity;
    }
    read_on(fd, path);
    wg_os_close(fd);
}

/* ---- configurations ---- */

static void
read_config(const char *path)
{
    struct wg_os_status status;
    const int fd = open_file(path, &status);
    int64_t got = 0;

    if (fd == -1)
        return;
    if (status.size > MAX_CONFIG) {
        tell_about(path, "is too long for a WireGuard configuration");
        wg_os_close(fd);
        return;
    }
    GString *report = g_string_new(NULL);
    struct wg_config *parser = wg_config_new(store, bad_line, report);
    char *chunk = g_malloc(CHUNK);
    while ((got = wg_os_read(fd, chunk, CHUNK)) > 0)
        wg_config_feed(parser, chunk, (size_t)got);
    wg_config_finish(parser);
    wg_config_free(parser);
    wg_wipe(chunk, CHUNK);
    g_free(chunk);
    wg_os_close(fd);
    if (got < 0)
        tell_about(path, "cannot be read: %s", g_strerror(errno));
    tell_bad_lines(path, report);
    g_string_free(report, TRUE);
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
read_config_folder(const char *folder)
{
    GError *error = NULL;
    GDir *dir = g_dir_open(folder, 0, &error);
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    if (dir == NULL) {
        tell_about(folder, "cannot be read: %s", error->message);
        g_error_free(error);
    } else {
        while ((name = g_dir_read_name(dir)) != NULL)
            if (g_str_has_suffix(name, ".conf"))
                g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
        g_dir_close(dir);
        if (paths->len == 0)
            tell_about(folder, "holds no *.conf file");
    }
    /* In one order each time: where two files name a peer, the last one counts. */
    g_ptr_array_sort(paths, compare_names);
    for (unsigned i = 0; i < paths->len; i++)
        read_config(g_ptr_array_index(paths, i));
    g_ptr_array_free(paths, TRUE);
}

static void
read_configs(void)
{
    const char *path = wg_prefs_config();

    if (*path == '\0')
        return;
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        read_config_folder(path);
    else
        read_config(path);
}

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
        return; /* the table's own check has told so */
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

struct wg_keystore *
wg_keys_open(void)
{
    wg_keys_close();
    if (!wg_crypto_init())
        return NULL;
    store = wg_keystore_new();
    keylog = (struct followed){ .report = g_string_new(NULL) };
    keylog.parser = wg_keylog_new(store, bad_line, keylog.report);
    each_row(wg_prefs_static_keys(), take_static_key);
    read_configs();
    wg_keys_poll();
    each_row(wg_prefs_peer_names(), take_peer_name);
    return store;
}

void
wg_keys_close(void)
{
    if (store == NULL)
        return;
    wg_keylog_free(keylog.parser);
    g_string_free(keylog.report, TRUE);
    wg_keystore_free(store);
    store = NULL;
}

void
wg_keys_secrets(const void *text, size_t length)
{
    GString *report = g_string_new(NULL);

    if (store != NULL) {
        struct wg_keylog *parser = wg_keylog_new(store, bad_line, report);
        wg_keylog_feed(parser, text, length);
        wg_keylog_flush(parser, true);
        wg_keylog_free(parser);
    }
    tell_bad_lines("secrets in the capture file", report);
    g_string_free(report, TRUE);
}
