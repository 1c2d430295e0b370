/* preferences.h
 * The preferences of module "wg": the host's own where it has them, and ours.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_PREFERENCES_H
#define WG_PREFERENCES_H

#include <stdbool.h>

#include <epan/uat-int.h>

/* Adopt or register them. */
void wg_prefs_register(int proto);

/* Set the default of the host's own preference NAME for the ports of a table to PORTS, so that its
 * window shows what is decoded, and can change it. Call at hand-off. */
void wg_prefs_set_default_ports(const char *name, const char *ports);

/* Their current values. Strings belong to the host and are never NULL. */
bool wg_prefs_dissect_packet(void);
const char *wg_prefs_keylog_file(void);
const char *wg_prefs_config(void); /* a configuration file or a folder of them */

/* Two-column tables of strings; NULL if there is none. */
uat_t *wg_prefs_static_keys(void); /* "Public" or "Private", and the key */
uat_t *wg_prefs_peer_names(void);  /* public key and name */

#endif
