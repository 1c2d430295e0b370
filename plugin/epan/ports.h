/* ports.h
 * Ports that WireGuard uses although other dissectors own them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_PORTS_H
#define WG_PORTS_H

#include <epan/packet.h>

#include "wg/keystore.h"

/* Call at hand-off. ours: our handle for ports that carry WireGuard; shared: the one for shared
 * ports, which hands what it rejects to wg_ports_owner, and which Decode As offers */
void wg_ports_register(dissector_handle_t ours, dissector_handle_t shared);

/* A capture is opened: share the ports that Cloudflare WARP uses, and those that configurations
 * name. keys may be NULL. */
void wg_ports_open(const struct wg_keystore *keys);

/* A tunnel was proved: share all ports that have an owner, since a peer may move to any of them. */
void wg_ports_share_owned(void);

/* The capture is closed: each port goes back to its owner. */
void wg_ports_close(void);

/* Whether a configuration names the port. */
bool wg_ports_named(uint32_t port);

/* The port's own dissector; NULL: it has none. */
dissector_handle_t wg_ports_owner(uint32_t port);

#endif
