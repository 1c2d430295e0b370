/* config_dump.h
 * `wg show all dump` and `wg show wg0 dump`, read as a configuration.
 *
 * Source: wg(8), "show": fields between tabs; an interface has private key, public key, port and
 * fwmark, and after it each peer public key, preshared key, endpoint, AllowedIPs, latest handshake,
 * bytes received and sent, and keepalive. With `all`, the interface's name comes first. A missing
 * value is "(none)".
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_CONFIG_DUMP_H
#define WG_CONFIG_DUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "wg/keystore.h"

struct wg_config_dump {
    bool has_interface; /* the line of an interface was read */
    bool has_key;       /* the public key of that interface is known */
    uint8_t interface_public[WG_KEY_LEN];
};

/* Whether a line is one of a dump. */
bool wg_config_is_dump(const char *line);

/* Take one such line, which is changed. returns NULL, or what was expected (static text) */
const char *wg_config_dump_line(struct wg_config_dump *dump, struct wg_keystore *ks, char *line);

#endif
