/* keyfile.h
 * A file of keys as it changes: read on when it grows, read again when it was rewritten, and read
 * once to its end where it is a pipe.
 *
 * Everything is bounded. What is no file, or has no end, gets a message and not a hang.
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
    WG_KEYFILE_PATIENCE = 30,       /* seconds that a pipe may say nothing */
};

/* What is done with the contents. */
struct wg_keyfile_reader {
    void (*begin)(void *user); /* they begin anew: what came before was replaced */
    void (*take)(void *user, const void *bytes, size_t length); /* cut anywhere */
    void *user;
};

struct wg_keyfile;

/*
 * A file that is not opened yet.
 *
 * limit       bytes that are read at once, at most
 * last_part   of a longer file, its last part is read, from the start of a line on: a log ends with
 *             what is wanted. false: nothing of it.
 * returns     owned by the caller; wg_keyfile_free
 */
struct wg_keyfile *wg_keyfile_new(const char *path, size_t limit, bool last_part);
void wg_keyfile_free(struct wg_keyfile *file); /* wipes; NULL is allowed */

const char *wg_keyfile_path(const struct wg_keyfile *file);

/*
 * Read what is new since the last call; the first reads all. Cheap when nothing is: changes are
 * known by size, time and identity of the file. A pipe, a terminal or a device is read by the first
 * call, to its end, which may take as long as somebody writes.
 *
 * returns   NULL, or what was not well, as valid text for users (g_free). What could be read was
 *           taken all the same.
 */
char *wg_keyfile_poll(struct wg_keyfile *file, const struct wg_keyfile_reader *reader);

/* As if nothing had been read, for another reader. What can be read only once was kept. */
void wg_keyfile_rewind(struct wg_keyfile *file);

#endif
