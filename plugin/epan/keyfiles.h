/* keyfiles.h
 * The files that the preferences name: key logs, which are followed, and configurations.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_KEYFILES_H
#define WG_KEYFILES_H

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

/* What both use. */

/* The file of this name, to be read from its start; `file` is used again or freed. */
struct wg_keyfile *wg_keyfile_reopened(struct wg_keyfile *file, const char *path, size_t limit,
                                       bool last_part);

/* The names in a folder that end in one of the suffixes (a list that NULL ends), in one order each
 * time. To be freed by the caller, as is *error, which is NULL unless the folder cannot be read. */
GPtrArray *wg_keyfiles_list(const char *folder, const char *const *suffixes, char **error);

/* What is kept from one capture to the next is wiped when the program ends. To be called once. */
void wg_keyfiles_register(void);
void wg_keylogs_register(void);

#endif
