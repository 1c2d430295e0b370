/* client_ids.h
 * The client ids of a capture, as its messages carry them (envelope.h): which there are, and how
 * many flows and messages each has.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_CLIENT_IDS_H
#define WG_CLIENT_IDS_H

#include "report.h"

struct wg_client_ids;

struct wg_client_ids *wg_client_ids_new(void);
void wg_client_ids_free(struct wg_client_ids *ids);

/* Count a message. One without an id costs nothing. */
void wg_client_ids_add(struct wg_client_ids *ids, const struct wg_sighting *sighting);

/* A paragraph on standard output, if there are any. */
void wg_client_ids_print(const struct wg_client_ids *ids);

/* An object for each id. */
void wg_client_ids_print_json(const struct wg_client_ids *ids, const struct wg_report *report);

#endif
