/* config.h
 * WireGuard configuration files, as wg-quick and `wg setconf` read them.
 *
 * Source: the manual pages wg(8) and wg-quick(8), CONFIGURATION FILE FORMAT. Taken from a file:
 *
 *     [Interface]   PrivateKey, ListenPort, and the settings of AmneziaWG (see amnezia.h)
 *     [Peer]        PublicKey, PresharedKey, Endpoint, AllowedIPs (may repeat)
 *
 * Names of sections and keys may be in any case, spaces are free, and '#' begins a comment
 * anywhere. Other keys and other sections are ignored.
 *
 * The format has no place for a peer's name, so people write it as a comment. The best of these
 * is taken: `# Name = alice` or `# Name: alice` within the section or directly above [Peer]; any
 * comment directly above [Peer], beside it, directly below it or after its PublicKey; within
 * [Interface] any comment before the first blank line. A comment that is a setting put out of
 * use, or that holds what may be a key, is no name.
 *
 * What `wg show all dump` or `wg show wg0 dump` prints is read as well: private keys, and the peers
 * with their preshared keys, endpoints and AllowedIPs. It has no names.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_CONFIG_H
#define WG_CONFIG_H

#include <stddef.h>

#include "wg/keystore.h"
#include "wg/lines.h"

enum { WG_CONFIG_LINE_MAX = 1 << 14 }; /* characters; longer lines are skipped and reported */

struct wg_config;

/*
 * A parser for one file, which adds static keys, preshared keys, peers and names to `ks`.
 *
 * ks        must outlive the parser
 * report    called once for each bad line (see lines.h); may be NULL
 * returns   owned by the caller; wg_config_free
 */
struct wg_config *wg_config_new(struct wg_keystore *ks, wg_report_fn report, void *user);
void wg_config_free(struct wg_config *config); /* wipes; NULL is allowed */

/* The next bytes of the file, cut anywhere. A section is added when the next one begins. */
void wg_config_feed(struct wg_config *config, const void *bytes, size_t length);

/* The file ends here: the last line and the last section are added. The parser is then as new. */
void wg_config_finish(struct wg_config *config);

#endif
