# situations_failing.py
# Tunnels that do not come up, or do not stay up.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import ip_packets as packets
from network import World
from node import Node
from pair import INNER_CLIENT, INNER_SERVER, Pair, from_client, from_server, situation


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
def other_port(world):
    """A NAT before the server gives answers another port, and the client's NAT drops them."""
    pair = Pair(world)
    emit = pair.server.emit

    def emit_elsewhere(*message):
        pair.server.port = 41111
        emit(*message)
        pair.server.port = 51820
    pair.server.emit = emit_elsewhere
    world.drop(lambda d, t: d.sport == 41111)
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
def nat_forgets_between(world):
    """Each packet comes from another port, those that call for a rekey too; the initiation overtakes one."""
    pair = Pair(world, nat_timeout=30)
    pair.client_pings(1, 10, every=50)
    return pair.run(520)


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
def stops_each_session(world):
    """Ten packets of data pass after each handshake, and no more. Both sides begin new ones."""
    pair = Pair(world)
    passed = [0]

    def after_ten(datagram, time):
        passed[0] = passed[0] + 1 if datagram.kind == 4 else 0
        return passed[0] > 10
    world.drop(after_ten)
    pair.client_pings(1, 150)
    return pair.run(160)


@situation
def answers_stop_each_session(world):
    """The same for the server's data alone."""
    pair = Pair(world, 'boringtun')
    passed = [0]

    def after_ten(datagram, time):
        passed[0] = 0 if datagram.kind == 2 else passed[0] + (datagram.kind == 4)
        return passed[0] > 10 and from_server(datagram)
    world.drop(after_ten)
    pair.client_pings(1, 150)
    return pair.run(160)


@situation
def reports_beside_a_stream(world):
    """A device that sends no keepalives reports every 18 s; the server sends it data that asks for no
    answer, and starts over each time."""
    pair = Pair(world, 'esp32')
    pair.client_pings(1, 2)
    pair.server.push(INNER_CLIENT, 1.3, 200)
    for n in range(10):
        pair.client.push(INNER_SERVER, 2 + 18 * n, 4, every=0.05)
    return pair.run(200)


@situation
def sleeps_each_time(world):
    """A client that sleeps for most of the time; the server goes on sending."""
    pair = Pair(world)
    for n in range(10):
        pair.client_pings(1 + 24 * n, 6)
        pair.server.push(INNER_CLIENT, 7 + 24 * n, 12, every=1.2)
    world.drop(lambda d, t: t % 24 > 8.5)
    return pair.run(240)


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
