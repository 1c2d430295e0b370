# situations_of_families.py
# Each family of implementations as a client and as a server of Linux.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import ip_packets as packets
from network import Nat
from pair import INNER_CLIENT, CLIENT, Pair, each_family, from_server


# ---- each family as a client of a Linux server ----

@each_family
def busy(world, family):
    pair = Pair(world, family)
    pair.client_pings(1, 330, every=1.3)
    return pair.run(435)


@each_family
def idle(world, family):
    pair = Pair(world, family, keepalive=25)
    pair.client_pings(1, 3)
    return pair.run(500)


@each_family
def bursts(world, family):
    pair = Pair(world, family, keepalive=25)
    for start in (1, 48, 131, 190, 290):
        pair.client_pings(start, 5)
    pair.server_pings(240, 5)
    return pair.run(330)


@each_family
def gone(world, family):
    """The server is switched off."""
    pair = Pair(world, family)
    pair.client_pings(1, 200, every=1.5)
    world.drop(lambda d, t: t > 60)
    return pair.run(250)


@each_family
def blocked(world, family):
    """A firewall lets handshakes pass, and the server's data not."""
    pair = Pair(world, family)
    pair.client_pings(1, 60, every=1.5)
    world.drop(lambda d, t: from_server(d) and d.kind == 4)
    return pair.run(91)


@each_family
def psks(world, family):
    pair = Pair(world, family, psk=(packets.noise('one psk', 32), packets.noise('another psk', 32)))
    pair.client_pings(1, 20)
    return pair.run(40)


@each_family
def roams(world, family):
    """From one network to another, and it goes on."""
    pair = Pair(world, family, keepalive=25)
    pair.client_pings(1, 60)
    other = Nat(world, '192.0.2.44')
    other.nodes[CLIENT] = pair.client
    world.at(30.5, lambda: setattr(pair.client, 'gateway', other))
    return pair.run(65)


# ---- each family as the server of a Linux client ----

@each_family
def serves(world, family):
    pair = Pair(world, 'linux', family)
    pair.client_pings(1, 170)
    pair.server_pings(30.4, 20)
    return pair.run(190)


@each_family
def outside(world, family):
    """The server's AllowedIPs lack the client's address."""
    pair = Pair(world, 'linux', family, server_allows=['10.66.0.99/32'])
    pair.client_pings(1, 60)
    return pair.run(75)


@each_family
def pushes(world, family):
    """The server sends data that nobody answers to a device that keeps its tunnel up."""
    pair = Pair(world, family, keepalive=25)
    pair.server.push(INNER_CLIENT, 3, 150)
    return pair.run(160)
