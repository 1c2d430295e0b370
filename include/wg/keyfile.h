/* keyfile.h
 * A file of keys that may change: read on when it grows, read again when it was rewritten, and read
 * once, to its end, if it is a pipe.
 *
 * Everything is bounded: a path that is no file, or a file without an end, leads to a message and
 * not to a hang.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_KEYFILE_H
#define WG_KEYFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wg_keyfile_limits {
    WG_KEYLOG_FILE_MAX = 128 << 20, /* bytes: more keys than the key store has room for */
    WG_CONFIG_FILE_MAX = 1 << 20,   /* bytes: a longer file is no configuration */
    WG_KEYFILE_PATIENCE = 30,       /* seconds that a pipe may give nothing */
};

/* What receives the contents. */
struct wg_keyfile_reader {
    void (*begin)(void *user); /* the contents begin anew: what came before was replaced */
    void (*take)(void *user, const void *bytes, size_t length); /* cut anywhere */
    void *user;
};

struct wg_keyfile;

/*
 * A file that is not opened yet.
 *
 * limit       bytes that one call reads, at most
 * last_part   true: of a longer file the last part is read, from the start of a line on, since the
 *             end of a log is what is wanted. false: nothing of it
 * returns     owned by the caller; wg_keyfile_free
 */
struct wg_keyfile *wg_keyfile_new(const char *path, size_t limit, bool last_part);
void wg_keyfile_free(struct wg_keyfile *file); /* wipes; NULL is allowed */

const char *wg_keyfile_path(const struct wg_keyfile *file);

/*
 * Read what is new since the last call; the first reads all. Cheap if nothing is new, which the
 * size, times and identity of the file show. A pipe, a terminal or a device is read to its end by
 * the first call, which may take as long as data keeps coming.
 *
 * returns   NULL, or what went wrong, as valid text for users (g_free). What could be read was
 *           taken all the same.
 */
char *wg_keyfile_poll(struct wg_keyfile *file, const struct wg_keyfile_reader *reader);

/* Start again, as if nothing had been read, for another reader. What can be read only once was
 * kept. */
void wg_keyfile_rewind(struct wg_keyfile *file);

#endif
