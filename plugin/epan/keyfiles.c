/* keyfiles.c
 * The files that the preferences name: configurations, and the code that they share with key logs.
 *
 * What is wrong is reported once, in one message for each file or folder: the line, and what was
 * expected there. A message never quotes a file.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <string.h>

#include <glib.h>

#include <epan/packet.h>

#include "keyfiles.h"
#include "preferences.h"
#include "tell.h"
#include "wg/config.h"
#include "wg/keyfile.h"

/* It lives longer than a capture, since a pipe can be read only once. */
static struct wg_keyfile *config_file;

struct wg_keyfile *
wg_keyfile_reopened(struct wg_keyfile *file, const char *path, size_t limit, bool last_part)
{
    if (file != NULL && strcmp(wg_keyfile_path(file), path) == 0) {
        wg_keyfile_rewind(file);
        return file;
    }
    wg_keyfile_free(file);
    return wg_keyfile_new(path, limit, last_part);
}

static void
forget(void)
{
    wg_keyfile_free(config_file);
    config_file = NULL;
}

void
wg_keyfiles_register(void)
{
    register_shutdown_routine(forget);
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

GPtrArray *
wg_keyfiles_list(const char *folder, const char *const *suffixes, char **error)
{
    GError *failure = NULL;
    GDir *dir = g_dir_open(folder, 0, &failure);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    *error = NULL;
    if (dir == NULL) {
        *error = g_strdup(failure->message);
        g_error_free(failure);
        return names;
    }
    while ((name = g_dir_read_name(dir)) != NULL)
        for (const char *const *suffix = suffixes; *suffix != NULL; suffix++)
            if (g_str_has_suffix(name, *suffix))
                g_ptr_array_add(names, g_strdup(name));
    g_dir_close(dir);
    g_ptr_array_sort(names, compare_names);
    return names;
}

/* If two files name a peer, the last one counts. */
static GPtrArray *
list_configs(const char *folder)
{
    static const char *const suffixes[] = { ".conf", NULL };
    char *error;
    GPtrArray *names = wg_keyfiles_list(folder, suffixes, &error);

    if (error != NULL)
        wg_tell(folder, "cannot be read: %s", error);
    else if (names->len == 0)
        wg_tell(folder, "holds no *.conf file");
    g_free(error);
    return names;
}

/* Read one file of a folder. A pipe is refused: the user did not choose it, and it could block us.
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

/* One message says what is wrong in a folder, however many files it has. */
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
    config_file = wg_keyfile_reopened(config_file, path, WG_CONFIG_FILE_MAX, false);
    GString *wrong = read_config(store, config_file);
    wg_tell_lines(path, wrong);
    g_string_free(wrong, TRUE);
}
