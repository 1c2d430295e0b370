/* keys.h
 * Where keys come from: preferences, files, and secrets inside captures. All feed one store.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_KEYS_H
#define WG_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include <epan/packet_info.h>

#include "wg/keystore.h"

/* A capture is opened: read everything that the preferences name. The store belongs to keys.c and
 * lives until wg_keys_close. */
struct wg_keystore *wg_keys_open(void);

/* The capture is closed: wipe and free the store. */
void wg_keys_close(void);

/* The key log may have grown, or have been replaced: read what is new. Cheap if nothing is.
 * returns   whether any key came */
bool wg_keys_poll(void);

/* Whether the preference names another key log since it was read last. */
bool wg_keys_renamed(void);

/* A key log that came with the capture (pcapng Decryption Secrets Block). */
void wg_keys_secrets(const void *text, size_t length);

/* Ask the host for such secrets: at start-up, and at the first packet of each capture. The host's
 * version decides which of the two has an effect. */
void wg_secrets_register(void);
void wg_secrets_capture(const packet_info *pinfo);

#endif
