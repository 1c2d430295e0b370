# pair.py
# The two peers of most situations, and the list of situations.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import families
from network import Nat
from node import Node


SITUATIONS = {}
SERVER, CLIENT, WAN = '203.0.113.5', '192.168.7.20', '198.51.100.10'
INNER_SERVER, INNER_CLIENT = '10.66.0.1', '10.66.0.2'


def situation(function):
    SITUATIONS[function.__name__] = function
    return function


def each_family(function):
    """NAME.FAMILY for each family."""
    for short in families.SHORT:
        SITUATIONS['%s.%s' % (function.__name__, short)] = lambda world, short=short: function(world, short)
    return function


class Pair:
    """A client behind a NAT and a server, captured at both."""

    def __init__(self, world, client='linux', server='linux', keepalive=0, psk=(None, None), client_allows=None,
                 server_allows=None, nat_timeout=None, server_key=None, clock=0.0, initiates=True):
        self.world = world
        self.nat = Nat(world, WAN, timeout=nat_timeout)
        self.client = Node(world, 'client', CLIENT, inner=INNER_CLIENT, family=client, gateway=self.nat, clock=clock)
        self.server = Node(world, 'server', SERVER, inner=INNER_SERVER, family=server)
        self.to_server = self.client.peer(self.server, client_allows or ['0.0.0.0/0'],
                                          endpoint=(SERVER, 51820) if initiates else None, psk=psk[0],
                                          keepalive=keepalive, public=server_key)
        self.to_client = self.server.peer(self.client, server_allows or [INNER_CLIENT + '/32'], psk=psk[1])
        self.client.taps.append(world.capture('c'))
        self.server.taps.append(world.capture('s'))
        self.nodes = [self.client, self.server]

    def run(self, until):
        self.world.run(until)
        return self.nodes

    def client_pings(self, start, count, **more):
        self.client.ping(INNER_SERVER, start, count, **more)

    def server_pings(self, start, count, **more):
        self.server.ping(INNER_CLIENT, start, count, **more)


def from_client(datagram):
    return datagram.source == WAN


def from_server(datagram):
    return datagram.source == SERVER
