/* dissector.h
 * Entry: decides which datagrams are WireGuard, by whichever way they come.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_DISSECTOR_H
#define WG_DISSECTOR_H

/* Call at registration and at hand-off. proto: our protocol */
void wg_dissector_register(int proto);
void wg_dissector_handoff(int proto);

/* A capture is opened. Call first: ports that lead to the host's dissector are sent to ours. */
void wg_dissector_opened(void);

#endif
