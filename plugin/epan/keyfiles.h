/* keyfiles.h
 * The files that the preferences name: the key log, which is followed, and configurations.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_KEYFILES_H
#define WG_KEYFILES_H

#include "wg/keystore.h"

/* Read the configurations into a store. */
void wg_keyfiles_read_configs(struct wg_keystore *store);

/* Follow the key log into a store, from its start. */
void wg_keyfiles_open_keylog(struct wg_keystore *store);
void wg_keyfiles_close_keylog(void);

/* Read what is new in the key log. Cheap when nothing is. */
void wg_keyfiles_poll_keylog(void);

#endif
