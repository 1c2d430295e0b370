/* reports.h
 * The reports, tables and statistics that there are.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_REPORTS_H
#define WG_REPORTS_H

/* To be called once at start-up, after the protocol and what frees a capture were registered. */
void wg_reports_register(void);

#endif
