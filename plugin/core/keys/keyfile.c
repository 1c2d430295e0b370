/* keyfile.c
 * A file of keys that may change.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <string.h>

#include <glib.h>

#include "wg/crypto.h"
#include "wg/keyfile.h"
#include "wg/os.h"

enum {
    CHUNK = 64 * 1024,
    TAIL = 64, /* last bytes read, by which a longer file is recognised as the same */
};

struct chunk {
    size_t length;
    uint8_t bytes[CHUNK];
};

struct wg_keyfile {
    char *path;
    size_t limit;
    bool last_part;
    bool begun;                 /* some of it was read */
    struct wg_os_status status; /* when it was read last */
    uint64_t read;
    uint8_t tail[TAIL]; /* the last bytes that were read */
    size_t tail_length;
    bool once;       /* read only once: its size does not show whether it changed */
    GPtrArray *kept; /* struct chunk: what can be read only once */
};

static void
chunk_free(void *p)
{
    wg_wipe(p, sizeof(struct chunk));
    g_free(p);
}

struct wg_keyfile *
wg_keyfile_new(const char *path, size_t limit, bool last_part)
{
    struct wg_keyfile *f = g_new0(struct wg_keyfile, 1);

    f->path = g_strdup(path);
    f->limit = limit;
    f->last_part = last_part;
    f->kept = g_ptr_array_new_with_free_func(chunk_free);
    return f;
}

void
wg_keyfile_free(struct wg_keyfile *f)
{
    if (f == NULL)
        return;
    g_ptr_array_free(f->kept, TRUE);
    g_free(f->path);
    wg_wipe(f, sizeof *f);
    g_free(f);
}

const char *
wg_keyfile_path(const struct wg_keyfile *f)
{
    return f->path;
}

void
wg_keyfile_rewind(struct wg_keyfile *f)
{
    f->begun = false;
}

static char *
cannot_read(int error)
{
    return g_strdup_printf("cannot be read: %s", g_strerror(error));
}

/* "128 MiB" */
static char *
in_mebibytes(size_t bytes)
{
    return g_strdup_printf("%" G_GSIZE_FORMAT " MiB", bytes >> 20);
}

/* The sentence `format` with the limit in place of {}. */
static char *
about_limit(const struct wg_keyfile *f, const char *format)
{
    char *limit = in_mebibytes(f->limit);
    GString *text = g_string_new(format);

    g_string_replace(text, "{}", limit, 0);
    g_free(limit);
    return g_string_free(text, FALSE);
}

/* ---- reading ---- */

static void
remember_tail(struct wg_keyfile *f, const uint8_t *bytes, size_t length)
{
    const size_t fresh = MIN(length, TAIL), old = MIN(f->tail_length, TAIL - fresh);

    memmove(f->tail, f->tail + f->tail_length - old, old);
    memcpy(f->tail + old, bytes + length - fresh, fresh);
    f->tail_length = old + fresh;
}

/* Take the next bytes. `skipping`: not those up to and including the first line break. */
static void
give(struct wg_keyfile *f, const struct wg_keyfile_reader *reader, const uint8_t *bytes,
     size_t length, bool *skipping)
{
    const uint8_t *from = bytes;

    f->read += length;
    remember_tail(f, bytes, length);
    if (*skipping) {
        const uint8_t *line_break = memchr(bytes, '\n', length);
        if (line_break == NULL)
            return;
        from = line_break + 1;
        *skipping = false;
    }
    if (from < bytes + length)
        reader->take(reader->user, from, (size_t)(bytes + length - from));
}

/* Read up to the end, or to the limit. returns a message, or NULL */
static char *
read_regular(struct wg_keyfile *f, int fd, const struct wg_keyfile_reader *reader, bool skipping)
{
    uint8_t *chunk = g_malloc(CHUNK);
    size_t left = f->limit;
    int64_t got = 0;
    char *message = NULL;

    if (!wg_os_seek(fd, f->read))
        left = 0;
    while (left > 0 && (got = wg_os_read(fd, chunk, MIN(CHUNK, left))) > 0) {
        give(f, reader, chunk, (size_t)got, &skipping);
        left -= (size_t)got;
    }
    if (got < 0)
        message = cannot_read(errno);
    wg_wipe(chunk, CHUNK);
    g_free(chunk);
    return message;
}

/* Wait until there is something to read, or the end. returns a message, or NULL */
static char *
wait_for(int fd)
{
    const int ready = wg_os_wait(fd, WG_KEYFILE_PATIENCE);

    if (ready < 0)
        return cannot_read(errno);
    if (ready == 0)
        return g_strdup_printf("said nothing for %d seconds; what it says later is not read",
                               WG_KEYFILE_PATIENCE);
    return NULL;
}

/* Take what can be read now, `most` bytes or less. returns what read() does */
static int64_t
take_chunk(struct wg_keyfile *f, int fd, const struct wg_keyfile_reader *reader, size_t most,
           bool keep)
{
    struct chunk *chunk = g_new(struct chunk, 1);
    const int64_t got = wg_os_read(fd, chunk->bytes, most);
    const int error = errno;

    chunk->length = (size_t)MAX(got, 0);
    if (got > 0)
        reader->take(reader->user, chunk->bytes, chunk->length);
    if (got > 0 && keep)
        g_ptr_array_add(f->kept, chunk);
    else
        chunk_free(chunk);
    errno = error;
    return got;
}

/* Read all that a pipe or a device gives. `keep`: for the next time that it is wanted. returns a
 * message, or NULL */
static char *
read_once(struct wg_keyfile *f, int fd, const struct wg_keyfile_reader *reader, bool keep)
{
    size_t total = 0;

    while (total < f->limit) {
        char *message = wait_for(fd);
        if (message != NULL)
            return message;
        const int64_t got = take_chunk(f, fd, reader, MIN(CHUNK, f->limit - total), keep);
        if (got == 0)
            return NULL;
        if (got > 0)
            total += (size_t)got;
        else if (errno != EAGAIN)
            return cannot_read(errno);
    }
    return about_limit(f, "has not ended after {}; the rest is not read");
}

static void
give_kept(const struct wg_keyfile *f, const struct wg_keyfile_reader *reader)
{
    for (unsigned i = 0; i < f->kept->len; i++) {
        const struct chunk *chunk = f->kept->pdata[i];
        reader->take(reader->user, chunk->bytes, chunk->length);
    }
}

static char *
poll_stream(struct wg_keyfile *f, int fd, const struct wg_os_status *now,
            const struct wg_keyfile_reader *reader)
{
    f->once = f->begun = true;
    reader->begin(reader->user);
    if (f->kept->len > 0) {
        give_kept(f, reader);
        return NULL;
    }
    /* A device can be read again. */
    return read_once(f, fd, reader, now->kind == WG_OS_STREAM);
}

/* ---- what changed ---- */

static bool
same_file(const struct wg_os_status *a, const struct wg_os_status *b)
{
    return a->device == b->device && a->identity == b->identity;
}

static bool
unchanged(const struct wg_keyfile *f, const struct wg_os_status *now)
{
    return f->begun && same_file(&f->status, now) && f->status.size == now->size &&
           f->status.written == now->written && f->status.changed == now->changed;
}

/* Whether the file has grown and still begins with what was read, judging by the last bytes of
 * that. */
static bool
continues(const struct wg_keyfile *f, int fd, const struct wg_os_status *now)
{
    uint8_t there[TAIL];

    if (!f->begun || !same_file(&f->status, now) || now->size <= f->status.size ||
        now->size < f->read || !wg_os_seek(fd, f->read - f->tail_length))
        return false;
    const bool same = wg_os_read(fd, there, f->tail_length) == (int64_t)f->tail_length &&
                      memcmp(there, f->tail, f->tail_length) == 0;
    wg_wipe(there, sizeof there);
    return same;
}

static char *
poll_regular(struct wg_keyfile *f, int fd, const struct wg_os_status *now,
             const struct wg_keyfile_reader *reader)
{
    char *message = NULL;
    bool skipping = false;

    if (!continues(f, fd, now)) {
        f->read = 0;
        f->tail_length = 0;
        reader->begin(reader->user);
    }
    f->begun = true;
    f->status = *now;
    const uint64_t news = now->size - MIN(f->read, now->size);
    if (news > f->limit && !f->last_part)
        return about_limit(
            f, "is longer than {}, which no WireGuard configuration is; it is not read");
    if (news > f->limit) {
        f->read = now->size - f->limit;
        f->tail_length = 0;
        skipping = true;
        message = about_limit(f, "is longer than {}; only its last {} are read");
    }
    char *failure = read_regular(f, fd, reader, skipping);
    if (f->read > 0 && now->size == 0) {
        /* Either it was written just now, or it is one of the kernel's files, which have no size.
         */
        struct wg_os_status after;
        f->once = wg_os_look_again(fd, &after) && after.size == 0;
        if (f->read >= f->limit && message == NULL)
            message = about_limit(f, "has not ended after {}; the rest is not read");
    }
    if (message == NULL)
        return failure;
    g_free(failure);
    return message;
}

char *
wg_keyfile_poll(struct wg_keyfile *f, const struct wg_keyfile_reader *reader)
{
    struct wg_os_status now;
    char *message;

    if ((f->once && f->begun) || (wg_os_look(f->path, &now) && unchanged(f, &now)))
        return NULL;
    const int fd = wg_os_open(f->path, &now);
    if (fd == -1)
        return cannot_read(errno);
    if (now.kind == WG_OS_FOLDER)
        message = g_strdup("is a folder; expected a file");
    else if (now.kind == WG_OS_FILE)
        message = poll_regular(f, fd, &now, reader);
    else
        message = poll_stream(f, fd, &now, reader);
    wg_os_close(fd);
    return message;
}
