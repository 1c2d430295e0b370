/* adopt.h
 * How we work beside the host's own WireGuard dissector, or without it.
 *
 * Its protocol, names and preferences cannot be registered a second time, and it cannot be removed.
 * So we register under its names and take over wherever its handles are used. On a host without it
 * the same calls register everything anew.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_ADOPT_H
#define WG_ADOPT_H

#include <epan/packet.h>

/* The id of protocol "wg": the host's, or a new one. */
int wg_adopt_protocol(void);

/* Our handle for ports. Beside the host's own dissector it calls dissect_between. It then needs a
 * description of its own, since the host wants different ones in a table, and belongs to the
 * protocol of wg_proto_between, so that "-d udp.port==4500,wg" finds one handle only. Without the
 * host's dissector it must be the one that the preference wg.udp.port looks for: named "wg", with
 * the protocol's description. */
dissector_handle_t wg_adopt_handle(int proto, dissector_t dissect, dissector_t dissect_between);

/* Become the heuristic "wg" over UDP. */
void wg_adopt_heuristic(int proto, heur_dissector_t dissect);

/* Take port 51820, and offer the preference wg.udp.port if the host does not. Call at hand-off. */
void wg_adopt_handoff(dissector_handle_t ours);

/* Send every UDP port that now leads to the host's dissector, by preference or Decode As, to ours.
 * Call whenever a capture is opened, since both may have changed. */
void wg_adopt_ports(dissector_handle_t ours);

/* A protocol in name only, which the host does not count among the protocols of a frame. It is for
 * handles that look first and hand on what is not WireGuard. */
void wg_register_between(int proto);
int wg_proto_between(void);

#endif
