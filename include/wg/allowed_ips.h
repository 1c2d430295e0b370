/* allowed_ips.h
 * Which addresses a list of AllowedIPs contains.
 *
 * Source: wg(8), AllowedIPs: "a comma-separated list of IP (v4 or v6) addresses with CIDR masks";
 * an address without a mask is a host.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_ALLOWED_IPS_H
#define WG_ALLOWED_IPS_H

#include <stdbool.h>

#include <glib.h>

#include "wg/endpoint.h"

struct wg_allowed_ips;

/* text: as written in a configuration, NULL for none. Parts that are not valid are ignored. */
struct wg_allowed_ips *wg_allowed_ips_new(const char *text);
void wg_allowed_ips_free(struct wg_allowed_ips *list); /* NULL is allowed */
void wg_allowed_ips_add(struct wg_allowed_ips *list, const char *text);

/* Whether an address is in it; its port does not matter. */
bool wg_allowed_ips_contain(const struct wg_allowed_ips *list, const struct wg_endpoint *address);

/* Whether it contains all addresses of a family (enum wg_endpoint_family), and whether any. */
bool wg_allowed_ips_all(const struct wg_allowed_ips *list, unsigned family);
bool wg_allowed_ips_any(const struct wg_allowed_ips *list, unsigned family);

#endif
