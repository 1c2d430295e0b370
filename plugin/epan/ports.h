/* ports.h
 * Ports that other dissectors own, and that WireGuard uses all the same.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_PORTS_H
#define WG_PORTS_H

#include <epan/packet.h>

#include "wg/keystore.h"

/* ours: our handle for ports that are WireGuard's; shared: the one for such ports, which hands what
 * it rejects to wg_ports_owner, and which Decode As offers. To be called at hand-off. */
void wg_ports_register(dissector_handle_t ours, dissector_handle_t shared);

/* A capture is opened: share the ports that Cloudflare WARP uses, and those that configurations
 * name. keys: or NULL */
void wg_ports_open(const struct wg_keystore *keys);

/* A tunnel was proved, and a peer may move to any port: share all that have an owner. */
void wg_ports_share_owned(void);

/* The capture is closed: each port goes back to its owner. */
void wg_ports_close(void);

/* Whether a configuration names the port. */
bool wg_ports_named(uint32_t port);

/* Who has the port besides us; NULL: nobody. */
dissector_handle_t wg_ports_owner(uint32_t port);

#endif
