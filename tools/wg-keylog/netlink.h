/* netlink.h
 * What the kernel itself says of a WireGuard interface, as `wg show` reads it.
 *
 * Source: uapi/linux/wireguard.h.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WGK_NETLINK_H
#define WGK_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "secrets.h"

struct wgk_peer {
    uint8_t public_key[WGK_KEY];
    uint8_t preshared_key[WGK_KEY]; /* all zeros: none */
    int64_t last_handshake;         /* seconds since 1970; 0: none yet */
};

struct wgk_device {
    bool has_key;
    uint8_t private_key[WGK_KEY], public_key[WGK_KEY];
    size_t n_peers;
    struct wgk_peer *peers;
};

/*
 * returns    0, and the caller must call wgk_device_wipe on `device`; or an errno: ENODEV (no such
 *            interface in this network namespace), EOPNOTSUPP (it does not belong to the kernel's
 *            WireGuard), ENOENT (WireGuard is not in this kernel), ...
 */
int wgk_device_read(struct wgk_device *device, const char *interface);

void wgk_device_wipe(struct wgk_device *device);

/* The peer of that public key, or NULL. */
const struct wgk_peer *wgk_device_peer(const struct wgk_device *device, const uint8_t key[WGK_KEY]);

#endif
