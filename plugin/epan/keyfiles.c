/* keyfiles.c
 * The files that the preferences name: the key log, which is followed, and configurations.
 *
 * What is wrong in a file is told once, in one message a file or a folder: which line, and what was
 * expected. Nothing of its contents is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <string.h>

#include <glib.h>

#include "keyfiles.h"
#include "preferences.h"
#include "tell.h"
#include "wg/config.h"
#include "wg/keyfile.h"
#include "wg/keylog.h"

/* Files that live longer than a capture, since a pipe can be read only once. */
static struct wg_keyfile *keylog_file, *config_file;

static struct {
    struct wg_keylog *parser; /* NULL: no capture is open */
    GString *bad;
} keylog;

/* The file of this name, to be read from its start. */
static struct wg_keyfile *
reopened(struct wg_keyfile *file, const char *path, size_t limit, bool last_part)
{
    if (file != NULL && strcmp(wg_keyfile_path(file), path) == 0) {
        wg_keyfile_rewind(file);
        return file;
    }
    wg_keyfile_free(file);
    return wg_keyfile_new(path, limit, last_part);
}

/* ---- the key log ---- */

static void
begin_keylog(void *user)
{
    wg_keylog_reset(keylog.parser);
}

static void
take_keylog(void *user, const void *bytes, size_t length)
{
    wg_keylog_feed(keylog.parser, bytes, length);
}

void
wg_keyfiles_poll_keylog(void)
{
    static const struct wg_keyfile_reader reader = { begin_keylog, take_keylog, NULL };
    const char *path = wg_prefs_keylog_file();

    if (*path == '\0' || keylog.parser == NULL)
        return;
    if (keylog_file == NULL || strcmp(wg_keyfile_path(keylog_file), path) != 0)
        keylog_file = reopened(keylog_file, path, WG_KEYLOG_FILE_MAX, true);
    char *wrong = wg_keyfile_poll(keylog_file, &reader);
    wg_keylog_flush(keylog.parser, false);
    if (wrong != NULL)
        wg_tell(path, "%s", wrong);
    wg_tell_lines(path, keylog.bad);
    g_free(wrong);
}

void
wg_keyfiles_open_keylog(struct wg_keystore *store)
{
    keylog.bad = g_string_new(NULL);
    keylog.parser = wg_keylog_new(store, wg_tell_collect, keylog.bad);
    if (keylog_file != NULL)
        wg_keyfile_rewind(keylog_file);
    wg_keyfiles_poll_keylog();
}

void
wg_keyfiles_close_keylog(void)
{
    wg_keylog_free(keylog.parser);
    g_string_free(keylog.bad, TRUE);
    keylog.parser = NULL;
    keylog.bad = NULL;
}

/* ---- configurations ---- */

static void
begin_config(void *user)
{
}

static void
take_config(void *user, const void *bytes, size_t length)
{
    wg_config_feed(user, bytes, length);
}

/* returns what is wrong with it, or an empty text */
static GString *
read_config(struct wg_keystore *store, struct wg_keyfile *file)
{
    GString *bad = g_string_new(NULL);
    struct wg_config *parser = wg_config_new(store, wg_tell_collect, bad);
    const struct wg_keyfile_reader reader = { begin_config, take_config, parser };
    char *wrong = wg_keyfile_poll(file, &reader);

    wg_config_finish(parser);
    wg_config_free(parser);
    if (wrong != NULL) {
        g_string_prepend(bad, bad->len > 0 ? "; " : "");
        g_string_prepend(bad, wrong);
    }
    g_free(wrong);
    return bad;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of a folder's configurations, in one order each time: where two files name a peer, the
 * last one counts. */
static GPtrArray *
list_configs(const char *folder)
{
    GError *error = NULL;
    GDir *dir = g_dir_open(folder, 0, &error);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    if (dir == NULL) {
        wg_tell(folder, "cannot be read: %s", error->message);
        g_error_free(error);
        return names;
    }
    while ((name = g_dir_read_name(dir)) != NULL)
        if (g_str_has_suffix(name, ".conf"))
            g_ptr_array_add(names, g_strdup(name));
    g_dir_close(dir);
    if (names->len == 0)
        wg_tell(folder, "holds no *.conf file");
    g_ptr_array_sort(names, compare_names);
    return names;
}

/* One file of a folder. A pipe in there is nobody's choice, and could keep us waiting.
 * returns   what is wrong with it, or an empty text */
static GString *
read_from_folder(struct wg_keystore *store, const char *path)
{
    if (g_file_test(path, G_FILE_TEST_EXISTS) && !g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return g_string_new("is no regular file");
    struct wg_keyfile *file = wg_keyfile_new(path, WG_CONFIG_FILE_MAX, false);
    GString *wrong = read_config(store, file);
    wg_keyfile_free(file);
    return wrong;
}

/* All that is wrong in a folder is one message, however many files it has. */
static void
read_folder(struct wg_keystore *store, const char *folder)
{
    enum { SHOWN = 5 };
    GPtrArray *names = list_configs(folder);
    GString *list = g_string_new(NULL);
    unsigned bad = 0;

    for (unsigned i = 0; i < names->len; i++) {
        char *path = g_build_filename(folder, names->pdata[i], NULL);
        GString *wrong = read_from_folder(store, path);
        if (wrong->len > 0 && bad++ < SHOWN)
            g_string_append_printf(list, "%s%s: %s", list->len > 0 ? ", " : "",
                                   (const char *)names->pdata[i], wrong->str);
        g_string_free(wrong, TRUE);
        g_free(path);
    }
    if (bad > SHOWN)
        g_string_append_printf(list, ", and %u more", bad - SHOWN);
    if (bad > 1)
        wg_tell(folder, "%u files are not as expected: %s", bad, list->str);
    else if (bad == 1)
        wg_tell(folder, "%s", list->str);
    g_string_free(list, TRUE);
    g_ptr_array_free(names, TRUE);
}

void
wg_keyfiles_read_configs(struct wg_keystore *store)
{
    const char *path = wg_prefs_config();

    if (*path == '\0')
        return;
    if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
        read_folder(store, path);
        return;
    }
    config_file = reopened(config_file, path, WG_CONFIG_FILE_MAX, false);
    GString *wrong = read_config(store, config_file);
    wg_tell_lines(path, wrong);
    g_string_free(wrong, TRUE);
}
