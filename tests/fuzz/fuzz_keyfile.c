/* fuzz_keyfile.c
 * A file of keys that changes: appended to, rewritten, replaced, cut, removed. After each look,
 * what was read is what the file holds. Or a pipe, which is read once to its end, and then kept.
 *
 * The first byte says which of the two it is, and whether the last part of a longer file counts.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#define _GNU_SOURCE /* pipe2 */
#include <fcntl.h>
#include <glib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.h"
#include "wg/keyfile.h"

enum { LIMIT = 4096, ROOM = 512 };

static char path[64], other[80];

struct contents {
    GByteArray *read;  /* since it last began */
    GByteArray *there; /* in the file; NULL: there is none */
    long time;         /* of the file, seconds: no change is so fast that its time stays */
};

static void
begin(void *user)
{
    g_byte_array_set_size(((struct contents *)user)->read, 0);
}

static void
take_some(void *user, const void *bytes, size_t length)
{
    CHECK(length > 0);
    g_byte_array_append(((struct contents *)user)->read, bytes, (guint)length);
}

static void
store(struct contents *c, const char *name, int flags)
{
    struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = 1700000000 + ++c->time } };
    const int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);

    CHECK(fd != -1 && ftruncate(fd, 0) == 0);
    CHECK(write(fd, c->there->data, c->there->len) == (ssize_t)c->there->len);
    CHECK(futimens(fd, times) == 0);
    close(fd);
}

/* One change of the file. */
static void
change(struct contents *c, struct input *in, uint8_t how)
{
    uint8_t bytes[ROOM];
    const size_t length = take(in, bytes, take_number(in, 2) % sizeof bytes);

    if (c->there == NULL)
        c->there = g_byte_array_new();
    const guint end = c->there->len;
    const uint8_t last = end > 0 ? c->there->data[end - 1] : 0;
    switch (how % 5) {
    case 0: /* appended */
        g_byte_array_append(c->there, bytes, (guint)length);
        store(c, path, 0);
        break;
    case 1: /* rewritten, from some place on */
        g_byte_array_set_size(c->there, (how >> 3) < c->there->len ? how >> 3 : c->there->len);
        g_byte_array_append(c->there, bytes, (guint)length);
        /* It would pass for the same if it had grown and its old end were still there. */
        if (end > 0 && c->there->len > end)
            c->there->data[end - 1] = (uint8_t)~last;
        store(c, path, 0);
        break;
    case 2: /* replaced */
        g_byte_array_set_size(c->there, 0);
        g_byte_array_append(c->there, bytes, (guint)length);
        store(c, other, O_EXCL);
        CHECK(rename(other, path) == 0);
        break;
    case 3: /* the same size */
        for (size_t i = 0; i < MIN(length, c->there->len); i++)
            c->there->data[c->there->len - 1 - i] ^= bytes[i];
        store(c, path, 0);
        break;
    default:
        unlink(path);
        g_byte_array_free(c->there, TRUE);
        c->there = NULL;
    }
}

/* Of a longer file, the last part from the start of a line on, or nothing. */
static bool
is_end_of(const GByteArray *read, const GByteArray *there)
{
    if (read->len == 0)
        return true;
    return read->len <= there->len &&
           memcmp(read->data, there->data + there->len - read->len, read->len) == 0;
}

/* The writer has written and gone before the first look. */
static void
read_pipe(struct contents *c, const struct wg_keyfile_reader *reader, struct input *in)
{
    uint8_t bytes[2 * LIMIT];
    const size_t length = take(in, bytes, take_number(in, 2) % sizeof bytes);
    char end[40];
    int ends[2];

    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    CHECK(write(ends[1], bytes, length) == (ssize_t)length);
    close(ends[1]);
    g_snprintf(end, sizeof end, "/proc/self/fd/%d", ends[0]);
    struct wg_keyfile *file = wg_keyfile_new(end, LIMIT, false);
    for (unsigned look = 0; look < 3; look++) {
        char *said = wg_keyfile_poll(file, reader);
        CHECK((said != NULL) == (look == 0 && length >= LIMIT));
        CHECK(c->read->len == MIN(length, (size_t)LIMIT));
        CHECK(c->read->len == 0 || memcmp(c->read->data, bytes, c->read->len) == 0);
        g_free(said);
        wg_keyfile_rewind(file);
    }
    wg_keyfile_free(file);
    close(ends[0]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = { data, size };
    struct contents c = { .read = g_byte_array_new() };
    const struct wg_keyfile_reader reader = { begin, take_some, &c };
    const uint8_t what = take_byte(&in);
    const bool last_part = what & 1;

    if (what & 2) {
        read_pipe(&c, &reader, &in);
        g_byte_array_free(c.read, TRUE);
        return 0;
    }
    if (*path == '\0') {
        g_snprintf(path, sizeof path, "%s/wg-fuzz-%d.keys",
                   g_file_test("/dev/shm", G_FILE_TEST_IS_DIR) ? "/dev/shm" : g_get_tmp_dir(),
                   (int)getpid());
        g_snprintf(other, sizeof other, "%s.new", path);
    }
    struct wg_keyfile *file = wg_keyfile_new(path, LIMIT, last_part);
    bool whole = true; /* it never was longer than may be read */
    while (in.left > 0) {
        const uint8_t how = take_byte(&in);
        if (how & 0x80)
            wg_keyfile_rewind(file);
        else
            change(&c, &in, how);
        char *said = wg_keyfile_poll(file, &reader);
        whole = whole && (c.there == NULL || c.there->len <= LIMIT);
        CHECK((c.there == NULL) <= (said != NULL));
        CHECK(said == NULL || c.there == NULL || c.there->len > LIMIT);
        g_free(said);
        if (c.there != NULL)
            CHECK(whole ? c.read->len == c.there->len && is_end_of(c.read, c.there)
                        : !last_part || is_end_of(c.read, c.there) || c.there->len <= LIMIT);
    }
    wg_keyfile_free(file);
    unlink(path);
    g_byte_array_free(c.read, TRUE);
    if (c.there != NULL)
        g_byte_array_free(c.there, TRUE);
    return 0;
}
