# situations.py
# What people meet with WireGuard, as small worlds: each is run, and captured at one or two places.
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""A situation is a function of a World that sets it up and runs it. It returns the nodes whose
configurations and key logs can be supplied. Which findings each must show is in situations.tsv.

    tests/sim/make NAME FOLDER      writes its captures, configurations and key logs"""
import ipaddress
import pathlib

import families
import ip_packets as packets
from network import Nat, World
from node import Node
from traffic import Download

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


# ---- it does not come up ----

@situation
def server_off(world):
    pair = Pair(world)
    pair.client_pings(1, 30)
    world.drop(lambda d, t: True)
    return pair.run(60)


@situation
def port_closed(world):
    pair = Pair(world)
    pair.client_pings(1, 30)
    world.refuse(lambda d, t: from_client(d), 3, 3)
    return pair.run(30)


@situation
def wrong_key(world):
    pair = Pair(world, server_key=Node(World('other'), 'another', '203.0.113.9').public)
    pair.client_pings(1, 30)
    return pair.run(40)


@situation
def own_key(world):
    pair = Pair(world)
    pair.to_server.public = pair.client.public
    pair.client_pings(1, 30)
    return pair.run(40)


@situation
def stranger(world):
    """The server knows other peers only."""
    pair = Pair(world)
    pair.server.peers.clear()
    pair.server.peer(Node(World('other'), 'somebody', '203.0.113.9'), ['10.66.0.9/32'])
    pair.client_pings(1, 30)
    return pair.run(40)


@situation
def missing_psk(world):
    pair = Pair(world, psk=(packets.noise('psk', 32), None))
    pair.client_pings(1, 20)
    return pair.run(40)


@situation
def other_address(world):
    """A server with two addresses answers from the other one, and the NAT drops it."""
    pair = Pair(world)
    pair.server.answers_from = '203.0.113.133'
    world.drop(lambda d, t: d.source == '203.0.113.133')
    pair.client_pings(1, 20)
    return pair.run(40)


@situation
def no_way_back(world):
    pair = Pair(world)
    world.drop(lambda d, t: from_server(d))
    pair.client_pings(1, 20)
    return pair.run(40)


@situation
def loaded(world):
    """Cookies first, and then it works."""
    pair = Pair(world)
    pair.server.under_load = True
    pair.client_pings(1, 30)
    return pair.run(40)


@situation
def rebooted(world):
    """The client's clock begins in 1970 after a reboot; the server still knows a later time."""
    pair = Pair(world, keepalive=25)
    pair.client_pings(1, 20)
    world.at(40, lambda: pair.client.restart(clock=-packets.START - 40))
    pair.client_pings(45, 30)
    return pair.run(110)


@situation
def rebooted_before(world):
    """The same, captured only after the reboot."""
    pair = Pair(world, keepalive=25, clock=-packets.START)
    pair.to_client.latest = bytes([0x40]) + bytes([0xff]) * 11
    pair.client_pings(1, 30)
    return pair.run(45)


@situation
def one_try(world):
    pair = Pair(world)
    world.drop(lambda d, t: True)
    pair.client_pings(1, 1)
    return pair.run(5)


# ---- it does not stay up ----

@situation
def server_restarts(world):
    """It forgets the session, and takes the next handshake."""
    pair = Pair(world)
    pair.client_pings(1, 100)
    world.at(40.5, pair.server.restart)
    return pair.run(105)


@situation
def link_fails(world):
    """Nothing passes for a minute."""
    pair = Pair(world)
    pair.client_pings(1, 160)
    world.drop(lambda d, t: 50 < t < 110)
    return pair.run(165)


@situation
def answers_lost(world):
    """For a minute, none of the server's data comes back, and its handshake responses do."""
    pair = Pair(world)
    pair.client_pings(1, 200)
    world.drop(lambda d, t: 50 < t < 110 and from_server(d) and d.kind == 4)
    return pair.run(210)


@situation
def rekeys_late(world):
    """The first two tries of the rekey do not arrive."""
    pair = Pair(world)
    pair.client_pings(1, 200)
    tries = []

    def first_two(datagram, time):
        tries.append(datagram.kind == 1 and time > 100)
        return tries[-1] and sum(tries) <= 2
    world.drop(first_two)
    return pair.run(205)


@situation
def rare_data(world):
    """A packet each 20 s: when the seventh is sent, the session is just too young for a rekey. At the server,
    it looks older by the time that the packets took."""
    pair = Pair(world, server_allows=['10.66.0.99/32'])
    pair.client_pings(1, 12, every=20)
    return pair.run(260)


@situation
def nat_forgets(world):
    """The server has something to send after the NAT forgot; the client comes back on another port."""
    pair = Pair(world, nat_timeout=30)
    pair.client_pings(1, 10)
    pair.server_pings(60, 40)
    pair.client_pings(150, 30)
    return pair.run(185)


@situation
def nat_forgets_for_good(world):
    pair = Pair(world, nat_timeout=30)
    pair.client_pings(1, 10)
    pair.server_pings(100, 60)
    return pair.run(170)


@situation
def filtered(world):
    """A filter stops everything after ten packets of data."""
    pair = Pair(world)
    seen = []

    def tenth(datagram, time):
        seen.append(datagram.kind == 4)
        return sum(seen) > 10
    world.drop(tenth)
    pair.client_pings(1, 100)
    return pair.run(110)


@situation
def rekeys_blocked(world):
    """Handshakes are stopped once a session is up; the session goes on until it ends."""
    pair = Pair(world)
    world.drop(lambda d, t: t > 60 and d.kind == 1)
    pair.client_pings(1, 165)
    return pair.run(170)


@situation
def rekeys_blocked_longer(world):
    pair = Pair(world)
    world.drop(lambda d, t: t > 60 and d.kind == 1)
    pair.client_pings(1, 230)
    return pair.run(235)


@situation
def does_not_rekey(world):
    pair = Pair(world)
    pair.client.rekeys = False
    pair.client_pings(1, 165)
    return pair.run(170)


@situation
def upload_blocked(world):
    pair = Pair(world)
    world.drop(lambda d, t: from_client(d) and d.kind == 4)
    pair.client_pings(1, 80)
    return pair.run(85)


@situation
def psk_changed(world):
    """It was up; then the server's preshared key is changed."""
    pair = Pair(world)
    pair.client_pings(1, 200)
    world.at(60, lambda: setattr(pair.to_client, 'psk', packets.noise('new psk', 32)))
    return pair.run(210)


@situation
def psk_mended(world):
    """Wrong at first, right later."""
    pair = Pair(world, psk=(packets.noise('psk', 32), packets.noise('typo', 32)))
    pair.client_pings(1, 80)
    world.at(30, lambda: setattr(pair.to_client, 'psk', packets.noise('psk', 32)))
    return pair.run(85)


# ---- it is up, and something is wrong inside ----

@situation
def no_forwarding(world):
    """The server decrypts, and does not forward."""
    pair = Pair(world)
    pair.server.inner_filter = lambda packet: False
    pair.client_pings(1, 60)
    return pair.run(75)


@situation
def client_outside(world):
    """Answers come from an address that the client's AllowedIPs lack."""
    pair = Pair(world, client_allows=[INNER_SERVER + '/32'])
    pair.server.inner_filter = lambda packet: pair.server.send_inner(
        packets.echo('192.0.2.77', INNER_CLIENT, True, 7, 1)) and False
    pair.client_pings(1, 40)
    return pair.run(45)


@situation
def some_outside(world):
    """Now and then a packet with another source."""
    pair = Pair(world)
    pair.client_pings(1, 40)
    pair.client.ping(INNER_SERVER, 5.5, 3, every=9, source='192.168.7.20')
    return pair.run(45)


@situation
def damaged(world):
    """A device on the way changes what comes back; UDP's checksum is right, since it makes that anew."""
    pair = Pair(world)
    pair.client_pings(1, 60, every=1.5)
    world.damage(lambda d, t: from_server(d) and d.kind == 4)
    return pair.run(91)


@situation
def large_dropped(world):
    """Nothing above 1400 bytes comes back."""
    pair = Pair(world)
    world.drop(lambda d, t: from_server(d) and len(d.payload) > 1400)
    pair.client_pings(1, 40)
    for start in (5, 20, 35):
        Download(pair.client, pair.server, start)
    return pair.run(60)


def fragments(frame, ident):
    """An Ethernet frame of the client with UDP over IPv4 as its router sends it on, in two."""
    head, body, part = frame[:14], frame[34:], 1000
    return [head + packets.ip(WAN, SERVER, 17, body[:part], ident=ident, fragment=0x2000),
            head + packets.ip(WAN, SERVER, 17, body[part:], ident=ident, fragment=part // 8)]


def fragmented(world, parts):
    """The client's router fragments what is large; so many parts of each datagram arrive."""
    pair = Pair(world)
    world.drop(lambda d, t: parts < 2 and from_client(d) and len(d.payload) > 1100)
    pair.client_pings(1, 40)
    pair.client_pings(5.5, 10, every=3, size=1300)
    pair.run(60)
    there, here = world.captures['s'], world.captures['c']
    there.frames = [(time, frame) for time, frame in there.frames
                    if frame[30:34] != ipaddress.ip_address(SERVER).packed or len(frame) < 1150]
    for time, frame in here.frames:
        if frame[26:30] == ipaddress.ip_address(CLIENT).packed and len(frame) > 1150:
            there.frames += [(time + 0.012, part) for part in fragments(frame, int(time * 10))[:parts]]
    return pair.nodes


@situation
def fragments_dropped(world):
    return fragmented(world, 1)


@situation
def fragments_pass(world):
    return fragmented(world, 2)


@situation
def large_passes(world):
    pair = Pair(world)
    pair.client_pings(1, 40)
    for start in (5, 20, 35):
        Download(pair.client, pair.server, start)
    return pair.run(60)


@situation
def lossy(world):
    pair = Pair(world)
    world.drop(lambda d, t: d.kind == 4 and world.rng.random() < 0.08)
    pair.client_pings(1, 150, every=0.3)
    return pair.run(60)


@situation
def small_losses(world):
    pair = Pair(world)
    dropped = []

    def one(datagram, time):
        dropped.append(datagram.kind == 4)
        return sum(dropped) in (40, 200)
    world.drop(one)
    pair.client_pings(1, 150, every=0.3)
    return pair.run(60)


@situation
def short_nat(world):
    """The NAT forgets before each keepalive."""
    pair = Pair(world, keepalive=25, nat_timeout=15)
    pair.client_pings(1, 3)
    return pair.run(260)


@situation
def goes_to_sleep(world):
    """A laptop is closed: its keepalives stop."""
    pair = Pair(world, keepalive=25)
    pair.client_pings(1, 3)
    world.at(190, lambda: setattr(pair.client, 'mute', True))
    beside = lambda n: pair.server.beside(packets.udp(SERVER, 123, '203.0.113.99', 123, packets.noise('ntp', 48)))
    for n in range(40):
        world.at(10 * n, beside, n)
    return pair.run(400)


# ---- two devices, two peers ----

@situation
def shared_key(world):
    """The same private key on two devices."""
    pair = Pair(world)
    tablet = Node(world, 'tablet', '192.0.2.44', inner=INNER_CLIENT, key='client')
    tablet.peer(pair.server, ['0.0.0.0/0'], endpoint=(SERVER, 51820))
    pair.client_pings(1, 30, every=3)
    tablet.ping(INNER_SERVER, 7.5, 28, every=3)
    return pair.run(100) + [tablet]


@situation
def two_clients(world):
    """Two peers with keys of their own behind one address."""
    pair = Pair(world)
    tablet = Node(world, 'tablet', '192.168.7.21', inner='10.66.0.3', gateway=pair.nat)
    tablet.peer(pair.server, ['0.0.0.0/0'], endpoint=(SERVER, 51820))
    pair.server.peer(tablet, ['10.66.0.3/32'])
    pair.client_pings(1, 30, every=3)
    tablet.ping(INNER_SERVER, 7.5, 28, every=3)
    return pair.run(100) + [tablet]


@situation
def hub(world):
    """A server with a client of each family, of which two are behind one NAT."""
    pair = Pair(world)
    clients = [pair.client]
    for n, short in enumerate(families.SHORT):
        behind = pair.nat if n == 0 else None
        spoke = Node(world, 'spoke%d' % n, '192.168.7.30' if behind else '198.51.100.%d' % (40 + n),
                     inner='10.66.0.%d' % (10 + n), family=short, gateway=behind)
        spoke.peer(pair.server, ['0.0.0.0/0'], endpoint=(SERVER, 51820))
        pair.server.peer(spoke, ['10.66.0.%d/32' % (10 + n)])
        clients.append(spoke)
    for n, client in enumerate(clients):
        client.ping(INNER_SERVER, 1 + n / 7, 40, every=4)
    pair.run(170)
    return [pair.server] + clients


@situation
def both_initiate(world):
    """Site to site: whoever has something to send begins."""
    left = Node(world, 'left', '198.51.100.20', inner=INNER_CLIENT)
    right = Node(world, 'right', SERVER, inner=INNER_SERVER)
    left.peer(right, ['10.66.0.1/32'], endpoint=(SERVER, 51820))
    right.peer(left, ['10.66.0.2/32'], endpoint=('198.51.100.20', 51820))
    right.taps.append(world.capture('s'))
    left.ping(INNER_SERVER, 1, 20)
    right.ping(INNER_CLIENT, 250, 20)
    world.run(280)
    return [left, right]


# ---- how it is captured ----

@situation
def one_way_captured(world):
    """What the server sends goes another way, where nobody looks."""
    pair = Pair(world)
    pair.client_pings(1, 60)
    pair.run(65)
    capture = world.captures['s']
    server = ipaddress.ip_address(SERVER).packed
    capture.frames = [(t, f) for t, f in capture.frames if f[26:30] != server]
    return pair.nodes


@situation
def seen_twice(world):
    """A mirror port that gives each packet two times."""
    pair = Pair(world)
    pair.client_pings(1, 40)
    pair.run(45)
    capture = world.captures['s']
    capture.frames += [(t + 0.00003, f) for t, f in capture.frames]
    return pair.nodes


@situation
def before_and_after_nat(world):
    """A router that captures on both of its sides."""
    pair = Pair(world)
    capture = world.capture('c')
    pair.nat.taps.append(capture)
    pair.client_pings(1, 40)
    return pair.run(45)


@situation
def from_the_middle(world):
    pair = Pair(world)
    pair.client_pings(1, 60)
    pair.run(65)
    for capture in world.captures.values():
        capture.frames = [(t, f) for t, f in capture.frames if t > 20]
    return pair.nodes


@situation
def clock_steps_back(world):
    """The machine that captures sets its clock back by eleven seconds on the way."""
    pair = Pair(world)
    pair.client_pings(1, 60)
    for capture in world.captures.values():
        capture.clock = lambda time: time if time < 30 else time - 11
    return pair.run(65)


@situation
def clock_steps_forward(world):
    """The machine that captures sets its clock forward by an hour on the way."""
    pair = Pair(world)
    pair.client_pings(1, 60)
    for capture in world.captures.values():
        capture.clock = lambda time: time if time < 30 else time + 3600
    return pair.run(65)


@situation
def both_restart(world):
    """The client's clock goes back; the server has forgotten the later time, and answers."""
    pair = Pair(world)
    pair.client_pings(1, 20)
    world.at(38, pair.server.restart)
    world.at(38, lambda: setattr(pair.to_client, 'latest', bytes(12)))
    world.at(40, lambda: pair.client.restart(clock=-3600))
    pair.client_pings(45, 30)
    return pair.run(80)


@situation
def sampled(world):
    """One packet in eight, as a router's sampling gives."""
    pair = Pair(world)
    pair.client_pings(1, 400, every=0.25)
    pair.run(105)
    for capture in world.captures.values():
        capture.frames = [frame for frame in capture.frames if world.rng.random() < 1 / 8]
    return pair.nodes


# ---- forged ----

def forged_initiation(world, label):
    message = b'\x01\0\0\0' + packets.noise(label, 128) + bytes(16)
    return message


def blind(world, tap, time, source, destination, message):
    world.at(time, lambda: world.capture(tap).add(world.now, packets.udp(
        source[0], source[1], destination[0], destination[1], message, ttl=57)))


@situation
def forged_at_the_end(world):
    pair = Pair(world)
    pair.client_pings(1, 10)
    for n in range(2):
        blind(world, 's', 13 + 5 * n, (WAN, 51820), (SERVER, 51820), forged_initiation(world, 'forged %d' % n))
    return pair.run(20)


@situation
def forged_between(world):
    pair = Pair(world)
    pair.client_pings(1, 60)
    for n in range(4):
        blind(world, 's', 13.3 + 5 * n, (WAN, 51820), (SERVER, 51820), forged_initiation(world, 'forged %d' % n))
    return pair.run(65)


@situation
def forged_first(world):
    """An initiation in the server's name, before anything else."""
    pair = Pair(world)
    blind(world, 's', 0.1, (SERVER, 51820), (WAN, 51820), forged_initiation(world, 'forged'))
    pair.client_pings(1, 30)
    return pair.run(35)


@situation
def forged_life_sign(world):
    """One packet of data in the name of a server that is off."""
    pair = Pair(world)
    world.drop(lambda d, t: True)
    pair.client_pings(1, 30)
    message = b'\x04\0\0\0' + packets.noise('index', 4) + bytes([9]) + bytes(7) + packets.noise('data', 96)
    blind(world, 'c', 33, (SERVER, 51820), (CLIENT, 51820), message)
    return pair.run(40)


def simulate(name, folder):
    """Run a situation, and write its files: NAME.TAP.pcap, NAME.NODE.conf, NAME.NODE.keys."""
    folder = pathlib.Path(folder)
    world = World(name)
    nodes = SITUATIONS[name](world)
    for tap, capture in world.captures.items():
        capture.write(folder / ('%s.%s.pcap' % (name, tap)))
    for node in nodes:
        (folder / ('%s.%s.conf' % (name, node.name))).write_text(node.configuration())
        (folder / ('%s.%s.keys' % (name, node.name))).write_text('\n'.join(node.keylog))
