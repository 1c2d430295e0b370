/* keyfiles.h
 * The files that the preferences name: key logs, which are followed, and configurations.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_KEYFILES_H
#define WG_KEYFILES_H

#include <stdbool.h>

#include <glib.h>

#include "wg/keyfile.h"
#include "wg/keystore.h"

/* Read the configurations into a store. */
void wg_keyfiles_read_configs(struct wg_keystore *store);

/* keylogs.c: follow the key log, or those of a folder, into a store, from its start. */
void wg_keyfiles_open_keylog(struct wg_keystore *store);
void wg_keyfiles_close_keylog(void);

/* Read what is new in the key logs. Cheap when nothing is. */
void wg_keyfiles_poll_keylog(void);

/* Whether the preference names another key log than the one that is followed. */
bool wg_keyfiles_keylog_changed(void);

/* Used by keyfiles.c and keylogs.c. */

/* Open a file, or open it again, to read it from its start. `file` is reused if it has this path,
 * and freed if not. */
struct wg_keyfile *wg_keyfile_reopened(struct wg_keyfile *file, const char *path, size_t limit,
                                       bool last_part);

/* The sorted names in a folder that end in one of the suffixes (a list that NULL ends). The caller
 * frees them and *error, which is NULL unless the folder cannot be read. */
GPtrArray *wg_keyfiles_list(const char *folder, const char *const *suffixes, char **error);

/* Make sure that what is kept from one capture to the next is wiped when the program ends. Call
 * once. */
void wg_keyfiles_register(void);
void wg_keylogs_register(void);

#endif
