/* carriers.h
 * The carriers of WireGuard's datagrams other than UDP. Each has a small file of its own.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef WG_CARRIERS_H
#define WG_CARRIERS_H

#include <stdbool.h>

#include <epan/packet.h>

#define WG_CARRIER_RAW_TCP "raw TCP" /* the other carriers in TCP frame their datagrams */

/*
 * Dissect a datagram that something other than UDP carried.
 *
 * carrier   field wg.carrier; static storage
 * sure      the carrier says that this is WireGuard
 * returns   0 if the datagram is left to other dissectors
 */
int wg_dissect_carried(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, const char *carrier,
                       bool sure);

/* TURN ChannelData: the relay of ICE that Netbird and others use. */
void wg_turn_handoff(int proto);

/* Tailscale's peer relay. */
void wg_geneve_handoff(int proto);

/* Streams: udp-over-tcp, TunSafe TCP, and datagrams as the payload of TCP segments. */
void wg_tcp_register(int proto);
void wg_tcp_handoff(int proto);
void wg_tcp_open(void); /* call it when a capture is opened */

#endif
