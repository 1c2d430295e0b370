/* names.h
 * Addresses, names and keys as the reports show them: as they are, or each replaced by a word of
 * its own, which is the same in all reports of a run (preference wg.report_anonymous).
 *
 * All texts are to be freed by the caller.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_NAMES_H
#define WG_NAMES_H

#include <stdint.h>

#include "wg/endpoint.h"

/* "192.0.2.1", "2001:db8::1"; "host-1". Without the port. */
char *wg_report_address(const struct wg_endpoint *host);

/* "192.0.2.1:51820", "[2001:db8::1]:51820"; "host-1:51820" */
char *wg_report_endpoint(const struct wg_endpoint *endpoint);

/* The peer's name, as a configuration or the user has it; "peer-1". NULL: it has none, or the key
 * is NULL. */
char *wg_report_name(const uint8_t *public_key);

/* The whole key in base64; "key-1". NULL for NULL. */
char *wg_report_key(const uint8_t *public_key);

/* "a8:1a:15", as the field wg.client_id has it; "client-1" */
char *wg_report_client_id(uint32_t id);

/* "192.0.2.1:51820" with the peer's name, or the beginning of its public key, as far as known. */
char *wg_report_peer(const struct wg_endpoint *endpoint, const uint8_t *public_key);

#endif
