/* keylogs.c
 * The key logs: one file that a preference names, or all those of a folder, each followed as it
 * grows.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "ws_compat.h"

#include <string.h>

#include <epan/packet.h>

#include "keyfiles.h"
#include "preferences.h"
#include "tell.h"
#include "wg/keylog.h"
#include "wg/os.h"

enum {
    LOGS_MAX = 256,       /* files of a folder */
    SETTLED = 1000000000, /* nanoseconds */
    REST = 200,           /* microseconds between two looks at a folder, for each of its files */
};

/* Each has a parser of its own: a block does not continue in another file. */
struct followed {
    struct wg_keyfile *file;
    struct wg_keylog *parser;
    GString *bad;
};

static struct {
    struct wg_keystore *store; /* NULL: no capture is open */
    GPtrArray *logs;           /* struct followed */
    char *folder;              /* NULL: one file */
    int64_t written;           /* when the folder was changed, as of the last listing */
    int64_t next;              /* when to look at it again; monotonic, microseconds */
} keylogs;

/* The one file lives longer than a capture, since a pipe can be read only once. */
static struct wg_keyfile *only_file;

static void
forget_only_file(void)
{
    wg_keyfile_free(only_file);
    only_file = NULL;
}

void
wg_keylogs_register(void)
{
    register_shutdown_routine(forget_only_file);
}

static void
begin(void *user)
{
    wg_keylog_reset(((struct followed *)user)->parser);
}

static void
take(void *user, const void *bytes, size_t length)
{
    wg_keylog_feed(((struct followed *)user)->parser, bytes, length);
}

static void
poll_one(struct followed *log)
{
    const struct wg_keyfile_reader reader = { begin, take, log };
    const char *path = wg_keyfile_path(log->file);
    char *wrong = wg_keyfile_poll(log->file, &reader);

    wg_keylog_flush(log->parser, false);
    if (wrong != NULL)
        wg_tell(path, "%s", wrong);
    wg_tell_lines(path, log->bad);
    g_free(wrong);
}

static void
free_followed(void *p)
{
    struct followed *log = p;

    wg_keylog_free(log->parser);
    g_string_free(log->bad, TRUE);
    if (log->file != only_file)
        wg_keyfile_free(log->file);
    g_free(log);
}

static void
follow(struct wg_keyfile *file)
{
    struct followed *log = g_new(struct followed, 1);

    log->file = file;
    log->bad = g_string_new(NULL);
    log->parser = wg_keylog_new(keylogs.store, wg_tell_collect, log->bad);
    g_ptr_array_add(keylogs.logs, log);
}

static bool
is_followed(const char *path)
{
    for (unsigned i = 0; i < keylogs.logs->len; i++)
        if (strcmp(wg_keyfile_path(((struct followed *)keylogs.logs->pdata[i])->file), path) == 0)
            return true;
    return false;
}

/* Follow the new files in the folder. Pipes are left out: the user did not choose them, and they
 * could block us. */
static void
list_folder(void)
{
    static const char *const suffixes[] = { ".keys", ".keylog", NULL };
    char *error;
    GPtrArray *names = wg_keyfiles_list(keylogs.folder, suffixes, &error);

    if (error != NULL)
        wg_tell(keylogs.folder, "cannot be read: %s", error);
    else if (names->len == 0)
        wg_tell(keylogs.folder, "holds no *.keys or *.keylog file yet");
    for (unsigned i = 0; i < names->len; i++) {
        char *path = g_build_filename(keylogs.folder, names->pdata[i], NULL);
        if (keylogs.logs->len == LOGS_MAX) {
            wg_tell(keylogs.folder, "holds more than %d key logs; the others are not read",
                    LOGS_MAX);
            i = names->len;
        } else if (!is_followed(path) && g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
            follow(wg_keyfile_new(path, WG_KEYLOG_FILE_MAX, true));
        }
        g_free(path);
    }
    g_free(error);
    g_ptr_array_free(names, TRUE);
}

/* Looking at many files before each packet would cost more than the packet. */
static bool
folder_is_due(void)
{
    const int64_t now = g_get_monotonic_time();
    struct wg_os_status status = { .written = 0 };

    if (now < keylogs.next)
        return false;
    if (!wg_os_look(keylogs.folder, &status) || status.written != keylogs.written) {
        list_folder();
        /* Times are coarse: a change right after this may have the same one. */
        if (g_get_real_time() * 1000 - status.written > SETTLED)
            keylogs.written = status.written;
    }
    keylogs.next = now + REST * (1 + (int64_t)keylogs.logs->len);
    return true;
}

static void
forget(void)
{
    g_ptr_array_set_size(keylogs.logs, 0);
    g_free(keylogs.folder);
    keylogs.folder = NULL;
    keylogs.next = 0;
    keylogs.written = 0;
}

/* Whether the preference still names what is followed; it can change while a capture is open. */
static bool
is_current(const char *path)
{
    if (keylogs.folder != NULL)
        return strcmp(keylogs.folder, path) == 0;
    return keylogs.logs->len == 1 && strcmp(wg_keyfile_path(only_file), path) == 0;
}

bool
wg_keyfiles_keylog_changed(void)
{
    const char *path = wg_prefs_keylog_file();

    return *path != '\0' && keylogs.store != NULL && !is_current(path);
}

void
wg_keyfiles_poll_keylog(void)
{
    const char *path = wg_prefs_keylog_file();

    if (*path == '\0' || keylogs.store == NULL)
        return;
    if (!is_current(path)) {
        forget();
        if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
            keylogs.folder = g_strdup(path);
        } else {
            only_file = wg_keyfile_reopened(only_file, path, WG_KEYLOG_FILE_MAX, true);
            follow(only_file);
        }
    }
    if (keylogs.folder != NULL && !folder_is_due())
        return;
    for (unsigned i = 0; i < keylogs.logs->len; i++)
        poll_one(keylogs.logs->pdata[i]);
}

void
wg_keyfiles_open_keylog(struct wg_keystore *store)
{
    keylogs.store = store;
    keylogs.logs = g_ptr_array_new_with_free_func(free_followed);
    if (only_file != NULL)
        wg_keyfile_rewind(only_file);
    wg_keyfiles_poll_keylog();
}

void
wg_keyfiles_close_keylog(void)
{
    if (keylogs.store == NULL)
        return;
    forget();
    g_ptr_array_free(keylogs.logs, TRUE);
    keylogs.logs = NULL;
    keylogs.store = NULL;
}
