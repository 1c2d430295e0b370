/* dissector.h
 * Entry: which datagrams are ours, and by which ways they come.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_DISSECTOR_H
#define WG_DISSECTOR_H

/* proto: our protocol. At registration, and at hand-off. */
void wg_dissector_register(int proto);
void wg_dissector_handoff(int proto);

/* A capture is opened. To be called before anything else that is done then: ports that lead to the
 * host's dissector are ours from here on. */
void wg_dissector_opened(void);

#endif
