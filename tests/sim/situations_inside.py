# situations_inside.py
# Tunnels that are up, with something wrong inside; several devices and peers.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import ipaddress

import families
import ip_packets as packets
from node import Node
from pair import INNER_CLIENT, INNER_SERVER, CLIENT, SERVER, WAN, Pair, from_client, from_server, situation
from traffic import Download


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


def more_devices(pair, *places):
    """Devices that have the client's key, too: (address, NAT) of each."""
    devices = [pair.client]
    for n, (address, gateway) in enumerate(places):
        device = Node(pair.world, 'device%d' % n, address, inner=INNER_CLIENT, key='client', gateway=gateway)
        device.peer(pair.server, ['0.0.0.0/0'], endpoint=(SERVER, 51820))
        devices.append(device)
    for n, device in enumerate(devices):
        device.ping(INNER_SERVER, 1 + 2.75 * n, 40, every=3)
    return pair.run(130) + devices[1:]


@situation
def three_devices(world):
    """The same private key on three of them."""
    return more_devices(Pair(world), ('192.0.2.44', None), ('192.0.2.45', None))


@situation
def two_devices_behind_one_nat(world):
    """The same private key on both; only their ports differ."""
    pair = Pair(world)
    return more_devices(pair, ('192.168.7.21', pair.nat))


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
