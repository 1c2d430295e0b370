# situations_of_capture.py
# How it is captured, and forged messages.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import ipaddress

import ip_packets as packets
from network import Nat
from pair import CLIENT, INNER_CLIENT, SERVER, WAN, Pair, situation


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
def from_a_rekey(world):
    """The capture begins with the packet that calls for a rekey: its answer comes after the initiation."""
    pair = Pair(world)
    pair.client_pings(1, 170)
    pair.run(175)
    for capture in world.captures.values():
        first = next(n for n, (t, f) in enumerate(capture.frames) if t > 100 and f[42] == 1)
        del capture.frames[:first - 1]
    return pair.nodes


@situation
def roams_unseen(world):
    """The capture begins when the server sends to where the client no longer is."""
    pair = Pair(world)
    pair.client_pings(1, 60)
    pair.server.push(INNER_CLIENT, 1.5, 60)
    other = Nat(world, '192.0.2.44')
    other.nodes[CLIENT] = pair.client
    world.at(30.7, lambda: setattr(pair.client, 'gateway', other))
    pair.run(65)
    for capture in world.captures.values():
        capture.frames = [(t, f) for t, f in capture.frames if t > 30.3]
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

def forged_initiation(label):
    return b'\x01\0\0\0' + packets.noise(label, 128) + bytes(16)


def blind(world, tap, time, source, destination, message):
    world.at(time, lambda: world.capture(tap).add(world.now, packets.udp(
        source[0], source[1], destination[0], destination[1], message, ttl=57)))


@situation
def forged_at_the_end(world):
    pair = Pair(world)
    pair.client_pings(1, 10)
    for n in range(2):
        blind(world, 's', 13 + 5 * n, (WAN, 51820), (SERVER, 51820), forged_initiation('forged %d' % n))
    return pair.run(20)


@situation
def forged_between(world):
    pair = Pair(world)
    pair.client_pings(1, 60)
    for n in range(4):
        blind(world, 's', 13.3 + 5 * n, (WAN, 51820), (SERVER, 51820), forged_initiation('forged %d' % n))
    return pair.run(65)


@situation
def forged_first(world):
    """An initiation in the server's name, before anything else."""
    pair = Pair(world)
    blind(world, 's', 0.1, (SERVER, 51820), (WAN, 51820), forged_initiation('forged'))
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


@situation
def forged_life_signs(world):
    """Five keepalives of one session that nobody announced, in the name of a server that is off."""
    pair = Pair(world)
    world.drop(lambda d, t: True)
    pair.client_pings(1, 30)
    for n in range(5):
        message = b'\x04\0\0\0' + packets.noise('index', 4) + bytes([n]) + bytes(7) + packets.noise('tag %d' % n, 16)
        blind(world, 'c', 13 + 2 * n, (SERVER, 51820), (CLIENT, 51820), message)
    return pair.run(45)


@situation
def forged_cookies(world):
    """A cookie reply to each initiation, in the name of a server that is off."""
    pair = Pair(world)
    world.drop(lambda d, t: True)
    pair.client_pings(1, 30)

    def reply():
        sender = world.captures['c'].frames[-1][1][46:50]
        message = b'\x03\0\0\0' + sender + packets.noise('cookie %f' % world.now, 56)
        world.captures['c'].add(world.now, packets.udp(SERVER, 51820, CLIENT, 51820, message, ttl=57))
    for n in range(6):
        world.at(1.02 + 5.4 * n, reply)
    return pair.run(40)
