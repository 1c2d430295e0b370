/* adopt.h
 * Living beside, or without, the host's own WireGuard dissector.
 *
 * Its protocol, names and preferences cannot be registered a second time, and it cannot be
 * evicted; so we register under its names and take over where its handles are used. On a host
 * without it the same calls register everything anew.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_ADOPT_H
#define WG_ADOPT_H

#include <epan/packet.h>

/* The id of protocol "wg": the host's, or a new one. */
int wg_adopt_protocol(void);

/* Our handle for ports. Beside the host's own it has a description of its own, as the host demands
 * of the handles in a table, and it belongs to the protocol between (below), so that "-d
 * udp.port==4500,wg" finds one handle only; it calls dissect_between. Without the host's it must be
 * the one that the preference wg.udp.port looks for: named "wg" and described as the protocol is.
 */
dissector_handle_t wg_adopt_handle(int proto, dissector_t dissect, dissector_t dissect_between);

/* Become the heuristic "wg" over UDP. */
void wg_adopt_heuristic(int proto, heur_dissector_t dissect);

/* Take port 51820, and offer the preference wg.udp.port where the host does not. To be called at
 * hand-off. */
void wg_adopt_handoff(dissector_handle_t ours);

/* Send every UDP port that now leads to the host's dissector, by preference or Decode As, to ours.
 * To be called whenever a capture is opened, for both may have changed. */
void wg_adopt_ports(dissector_handle_t ours);

/* A protocol in name only, for handles that look first and hand on what is none of ours: the host
 * does not count it among the protocols of a frame. */
void wg_register_between(int proto);
int wg_proto_between(void);

#endif
