/* test_keyfile.c
 * Files of keys: as they grow, are rewritten, end and do not end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "wg/keyfile.h"

struct fixture {
    char *folder, *path;
    GString *text; /* what was taken since the last begin */
    unsigned begins;
};

static void
begin(void *user)
{
    struct fixture *f = user;

    f->begins++;
    g_string_truncate(f->text, 0);
}

static void
take(void *user, const void *bytes, size_t length)
{
    struct fixture *f = user;

    g_assert_cmpuint(length, >, 0);
    if (f->text->len < 1 << 20)
        g_string_append_len(f->text, bytes, (gssize)MIN(length, 1 << 16));
}

static void
setup(struct fixture *f, const void *data)
{
    f->folder = g_dir_make_tmp("keyfile.XXXXXX", NULL);
    g_assert_nonnull(f->folder);
    f->path = g_build_filename(f->folder, "wg.keys", NULL);
    f->text = g_string_new(NULL);
}

static void
teardown(struct fixture *f, const void *data)
{
    g_unlink(f->path);
    g_rmdir(f->folder);
    g_free(f->path);
    g_free(f->folder);
    g_string_free(f->text, TRUE);
}

/* returns what it said, to be freed */
static char *
poll_file(struct fixture *f, struct wg_keyfile *file)
{
    const struct wg_keyfile_reader reader = { begin, take, f };
    return wg_keyfile_poll(file, &reader);
}

static void
write_text(const struct fixture *f, const char *mode, const char *text)
{
    FILE *file = fopen(f->path, mode);

    g_assert_nonnull(file);
    g_assert_cmpuint(fwrite(text, 1, strlen(text), file), ==, strlen(text));
    g_assert_cmpint(fclose(file), ==, 0);
}

/* As if the file had been written some time ago: the clock of a file system may be coarse. */
static void
set_age(const struct fixture *f, int seconds)
{
    struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = 1700000000 - seconds } };
    g_assert_cmpint(utimensat(AT_FDCWD, f->path, times, 0), ==, 0);
}

static void
test_follow(struct fixture *f, const void *data)
{
    enum how { APPEND, REWRITE, IN_PLACE, REPLACE, CUT, NOTHING };
    static const struct {
        enum how how;
        const char *text, *taken;
        unsigned begins;
    } rows[] = {
        /* 1 */ { REWRITE, "one\n", "one\n", 1 },
        /* 2 */ { NOTHING, "", "one\n", 1 },
        /* 3 */ { APPEND, "two\n", "one\ntwo\n", 1 },
        /* 4 the same size */ { IN_PLACE, "ONE\nTWO\n", "ONE\nTWO\n", 2 },
        /* 5 the same size and another file */ { REPLACE, "one\ntwo\n", "one\ntwo\n", 3 },
        /* 6 longer, but not the same any more */
        { IN_PLACE, "three\nfour\nfive\n", "three\nfour\nfive\n", 4 },
        /* 7 */ { CUT, "six\n", "six\n", 5 },
        /* 8 */ { APPEND, "seven", "six\nseven", 5 },
        /* 9 */ { CUT, "", "", 6 },
        /* 10 */ { APPEND, "eight\n", "eight\n", 6 },
    };
    static const char *const modes[] = {
        [APPEND] = "a", [REWRITE] = "w", [IN_PLACE] = "r+", [CUT] = "w"
    };
    struct wg_keyfile *file = wg_keyfile_new(f->path, WG_KEYLOG_FILE_MAX, true);

    g_assert_cmpstr(wg_keyfile_path(file), ==, f->path);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("row %zu", i + 1);
        if (rows[i].how == REPLACE) {
            char *other = g_strconcat(f->path, ".new", NULL);
            g_assert_true(g_file_set_contents(other, rows[i].text, -1, NULL));
            g_assert_cmpint(g_rename(other, f->path), ==, 0);
            g_free(other);
        } else if (rows[i].how != NOTHING) {
            write_text(f, modes[rows[i].how], rows[i].text);
            set_age(f, 100 - (int)i);
        }
        g_assert_null(poll_file(f, file));
        g_assert_cmpstr(f->text->str, ==, rows[i].taken);
        g_assert_cmpuint(f->begins, ==, rows[i].begins);
    }
    wg_keyfile_rewind(file);
    g_assert_null(poll_file(f, file));
    g_assert_cmpstr(f->text->str, ==, "eight\n");
    g_assert_cmpuint(f->begins, ==, 7);
    wg_keyfile_free(file);
}

/* Somebody who writes a pipe in several goes. */
static void *
write_pipe(void *user)
{
    static const char *const parts[] = { "one\n", "tw", "o\n" };
    const struct fixture *f = user;
    const int fd = open(f->path, O_WRONLY);

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_assert_cmpint(write(fd, parts[i], strlen(parts[i])), ==, (gssize)strlen(parts[i]));
        g_usleep(50000);
    }
    close(fd);
    return NULL;
}

static void
test_pipe(struct fixture *f, const void *data)
{
    g_assert_cmpint(mkfifo(f->path, 0600), ==, 0);
    struct wg_keyfile *file = wg_keyfile_new(f->path, WG_CONFIG_FILE_MAX, false);
    GThread *writer = g_thread_new("writer", write_pipe, f);

    g_assert_null(poll_file(f, file));
    g_thread_join(writer);
    g_assert_cmpstr(f->text->str, ==, "one\ntwo\n");
    /* Nobody writes any more, and nobody waits. */
    g_assert_null(poll_file(f, file));
    g_assert_cmpuint(f->begins, ==, 1);
    wg_keyfile_rewind(file);
    g_string_truncate(f->text, 0);
    g_assert_null(poll_file(f, file));
    g_assert_cmpstr(f->text->str, ==, "one\ntwo\n");
    g_assert_cmpuint(f->begins, ==, 2);
    wg_keyfile_free(file);
}

/* A descriptor by its name; here of a socket, which cannot be opened. */
static void
test_descriptor(struct fixture *f, const void *data)
{
    int ends[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
    g_assert_cmpint(write(ends[1], "one\n", 4), ==, 4);
    close(ends[1]);
    char *name = g_strdup_printf("/dev/fd/%d", ends[0]);
    struct wg_keyfile *file = wg_keyfile_new(name, WG_KEYLOG_FILE_MAX, true);
    g_assert_null(poll_file(f, file));
    g_assert_cmpstr(f->text->str, ==, "one\n");
    wg_keyfile_free(file);
    close(ends[0]);
    g_free(name);
}

/* Sparse: ten gigabytes of nothing, and what is wanted at the end. */
static void
test_long(struct fixture *f, const void *data)
{
    const off_t long_ago = (off_t)10 << 30;

    write_text(f, "w", "first\n");
    g_assert_cmpint(truncate(f->path, long_ago), ==, 0);
    write_text(f, "a", "\nlast\n");
    struct wg_keyfile *file = wg_keyfile_new(f->path, 4 << 20, true);
    char *said = poll_file(f, file);
    g_assert_cmpstr(said, ==, "is longer than 4 MiB; only its last 4 MiB are read");
    g_free(said);
    g_assert_cmpstr(f->text->str, ==, "last\n");
    write_text(f, "a", "more\n");
    g_assert_null(poll_file(f, file));
    g_assert_cmpstr(f->text->str, ==, "last\nmore\n");
    wg_keyfile_free(file);

    file = wg_keyfile_new(f->path, WG_CONFIG_FILE_MAX, false);
    g_string_truncate(f->text, 0);
    said = poll_file(f, file);
    g_assert_true(g_str_has_prefix(said, "is longer than 1 MiB"));
    g_free(said);
    g_assert_cmpstr(f->text->str, ==, "");
    wg_keyfile_free(file);
}

static void
test_endless(struct fixture *f, const void *data)
{
    static const char *const paths[] = { "/dev/zero", "/proc/self/pagemap" };

    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        struct wg_keyfile *file = wg_keyfile_new(paths[i], 2 << 20, i == 0);
        g_test_message("%s", paths[i]);
        if (!g_file_test(paths[i], G_FILE_TEST_EXISTS))
            continue;
        char *said = poll_file(f, file);
        g_assert_cmpstr(said, ==, "has not ended after 2 MiB; the rest is not read");
        g_free(said);
        g_assert_null(poll_file(f, file)); /* not again for each packet */
        wg_keyfile_free(file);
    }
}

static void
test_none(struct fixture *f, const void *data)
{
    struct wg_keyfile *file = wg_keyfile_new(f->path, WG_KEYLOG_FILE_MAX, true);
    char *said = poll_file(f, file);

    g_assert_true(g_str_has_prefix(said, "cannot be read: "));
    g_free(said);
    write_text(f, "w", "one\n"); /* it may come later */
    g_assert_null(poll_file(f, file));
    g_assert_cmpstr(f->text->str, ==, "one\n");
    wg_keyfile_free(file);

    file = wg_keyfile_new(f->folder, WG_KEYLOG_FILE_MAX, true);
    said = poll_file(f, file);
    g_assert_cmpstr(said, ==, "is a folder; expected a file");
    g_free(said);
    wg_keyfile_free(file);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*test)(struct fixture *f, const void *data);
    } tests[] = {
        { "/keyfile/follow", test_follow },         { "/keyfile/pipe", test_pipe },
        { "/keyfile/descriptor", test_descriptor }, { "/keyfile/long", test_long },
        { "/keyfile/endless", test_endless },       { "/keyfile/none", test_none },
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, struct fixture, NULL, setup, tests[i].test, teardown);
    return g_test_run();
}
