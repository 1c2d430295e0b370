# leaks.py
# Tunnels and what goes beside them, before they are up, while they are, and after: leaks.pcap.
#
# The note of a frame begins with a word of its own:
#     inside    a message of a tunnel
#     leak      what the client sends past its tunnel, or anyone beside it; when, and as what
#     apart     what every link needs, and errors about the tunnel itself
#     other     of no concern to any tunnel
#
# SPDX-License-Identifier: GPL-2.0-or-later
import ipaddress
import struct

import packets
from packets import noise
from verdicts import SECOND, Pair

CLIENT, ROUTER, SERVER = '192.0.2.2', '192.0.2.1', '198.51.100.1'
WEB, CLIENT6, SERVER6 = '203.0.113.80', 'fe80::2', 'fe80::1'


class Office(packets.Capture):
    """A capture beside the client, with a clock in seconds."""

    def put(self, at, packet, note, verdict='other'):
        self.add(packets.ether(packet), verdict, note=note, time=packets.START + round(at * SECOND))

    def udp(self, at, source, sport, destination, dport, payload, note):
        self.put(at, packets.ip(source, sport, destination, dport, payload), note)

    def dns(self, at, client, when):
        query = struct.pack('>HHHHHH', 0x1234, 0x0100, 1, 0, 0, 0) + b'\5leaky\7example\0' + struct.pack('>HH', 1, 1)
        answer = query[:2] + b'\x81\x80\0\1\0\1' + query[8:] + b'\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xcb\0\x71\x50'
        self.udp(at, client, 40053, ROUTER, 53, query, 'leak: %s: DNS' % when)
        self.udp(at + 0.01, ROUTER, 53, client, 40053, answer, 'other: the answer')

    def web(self, at, client, port, payload, note):
        """A TCP connection of five frames, three of them from the client."""
        ours, theirs, length = 1000, 5000, len(payload)
        for n, (back, flags, seq, ack, data) in enumerate((
                (False, 0x02, ours, 0, b''), (True, 0x12, theirs, ours + 1, b''),
                (False, 0x10, ours + 1, theirs + 1, b''), (False, 0x18, ours + 1, theirs + 1, payload),
                (True, 0x10, theirs + 1, ours + 1 + length, b''))):
            ends = ((client, 40080), (WEB, port))
            self.tcp(at + n / 100, *ends[back], *ends[not back], seq, ack, flags, data,
                     'other: the answer' if back else note)

    def tcp(self, at, source, sport, destination, dport, seq, ack, flags, data, note):
        segment = struct.pack('>HHIIBBHHH', sport, dport, seq, ack, 0x50, flags, 64000, 0, 0) + data
        total = packets.checksum(packets.pseudo_header(source, destination, 6, len(segment)) + segment)
        segment = segment[:16] + struct.pack('>H', total) + segment[18:]
        self.put(at, packets.ipv4(source, destination, 6, segment), note)

    def arp(self, at):
        body = struct.pack('>HHBBH', 1, 0x0800, 6, 4, 1) + bytes.fromhex('020000000001') + \
            ipaddress.ip_address(CLIENT).packed + bytes(6) + ipaddress.ip_address(ROUTER).packed
        self.add(b'\xff' * 6 + bytes.fromhex('020000000001' '0806') + body, 'other', note='apart: ARP',
                 time=packets.START + round(at * SECOND))

    def dhcp(self, at):
        discover = struct.pack('>BBBBIHH', 1, 1, 6, 0, 0x3903f326, 0, 0) + bytes(16) + \
            bytes.fromhex('020000000001') + bytes(10 + 64 + 128) + bytes.fromhex('63825363' '350101' 'ff')
        self.udp(at, '0.0.0.0', 68, '255.255.255.255', 67, discover, 'apart: DHCP')
        renewal = discover[:12] + ipaddress.ip_address(CLIENT).packed + discover[16:-2] + b'\3\xff'
        self.udp(at + 0.01, CLIENT, 68, ROUTER, 67, renewal, 'apart: DHCP')

    def igmp(self, at):
        report = bytes.fromhex('16000000') + ipaddress.ip_address('239.1.2.3').packed
        report = report[:2] + struct.pack('>H', packets.checksum(report)) + report[4:]
        self.put(at, packets.ipv4(CLIENT, '239.1.2.3', 2, report), 'apart: IGMP')

    def neighbors(self, at):
        """A solicitation, and a report of groups (MLDv2) with its router alert."""
        target = ipaddress.ip_address('fe80::1').packed
        self.put(at, packets.icmp(CLIENT6, 'ff02::1:ff00:1', 135, 0, bytes(4) + target), 'apart: IPv6')
        record = struct.pack('>HHBBH', 0, 1, 4, 0, 0) + ipaddress.ip_address('ff02::1:ff00:2').packed
        report = packets.icmp(CLIENT6, 'ff02::16', 143, 0, record, hops=1)
        self.put(at + 0.01, packets.ipv6(CLIENT6, 'ff02::16', 0, bytes.fromhex('3a00' '05020000' '0100') + report[40:],
                                         hops=1), 'apart: IPv6')


class Tunnel(Pair):
    def __init__(self, capture, client, name, server=SERVER):
        super().__init__(capture, name)
        self.a, self.b, self.start = (client, 51820), (server, 51820), packets.START

    def note(self, verdicts):
        return 'inside: ' + self.name

    def text(self, at, counter):
        """A data message that nobody encrypted."""
        line = b'%04d Lorem ipsum dolor sit amet, consectetur adipiscing elit; ' % counter
        self.send(at, struct.pack('<IIQ', 4, self.index('r'), counter) + line[:64] + b'0123456789abcdef')


def tls(length):
    return b'\x17\x03\x03' + struct.pack('>H', length) + noise('tls', length)


def first_client(office):
    """Leaks at all times."""
    tunnel = Tunnel(office, CLIENT, 'client 1')
    office.dns(1, CLIENT, 'before')
    office.web(1.1, CLIENT, 80, b'GET / HTTP/1.1\r\nHost: leaky.example\r\n\r\n', 'leak: before: HTTP')
    tunnel.handshake(2)
    for n in range(8):
        tunnel.data(2.1 + n / 10, 'r', n, length=96)
        tunnel.data(2.15 + n / 10, 'i', n, length=96, back=True)
    office.dns(3, CLIENT, 'up')
    office.web(3.1, CLIENT, 443, tls(64), 'leak: up: TLS')
    office.udp(3.5, CLIENT, 40900, SERVER, 9000, b'beside the tunnel', 'leak: up: UDP port 9000')
    office.dns(200, CLIENT, 'silent')
    tunnel.initiation(201, 'j')
    tunnel.response(201.01, 's', 'j')
    tunnel.data(201.1, 's', 0, length=0)
    office.dns(203, CLIENT, 'up')
    for n, at in enumerate((330, 335.1)):
        tunnel.initiation(at, 'k%d' % n)
    refused = office.frames[-1][1][14:]
    office.put(335.2, packets.icmp(SERVER, CLIENT, 3, 3, bytes(4) + refused), 'apart: ICMP error', 'quoted')
    office.dns(336, CLIENT, 'silent')
    fragments(office, 337)


def fragments(office, at):
    datagram = packets.udp(CLIENT, 40901, '203.0.113.9', 9001, b'large ' * 300)
    for start, note in ((0, 'apart: IP fragment'), (1024, 'leak: silent: UDP port 9001')):
        piece = datagram[start:start + 1024]
        more = 0x2000 if start == 0 else 0
        office.put(at + start / 1e5, packets.ipv4(CLIENT, '203.0.113.9', 17, piece, 0x77, more | start // 8), note)


def others(office):
    """What the server does with others is not its clients' doing."""
    office.tcp(338, SERVER, 22, '203.0.113.99', 40022, 1, 1, 0x18, b'SSH-2.0-example\r\n', 'other: the server')
    office.udp(338.1, '203.0.113.99', 40123, SERVER, 123, b'\x1b' + bytes(47), 'other: the server')


def not_random(office):
    """What claims to be transport data and is text; no copy of it can be taken for chance."""
    tunnel = Tunnel(office, '192.0.2.3', 'client 2, not encrypted')
    tunnel.handshake(340)
    for n in range(30):
        tunnel.text(340.1 + n / 100, n)


def copies(office):
    """The same ciphertext again and again is not less random for it."""
    tunnel = Tunnel(office, '192.0.2.4', 'client 3, each packet three times')
    tunnel.handshake(350)
    for n in range(16):
        for copy in range(3):
            tunnel.data(350.1 + n / 10 + copy / 100, 'r', n, length=96)


def on_the_link(office):
    """IPv6 between neighbors, who need more of their link than the tunnel, and a question beside it."""
    tunnel = Tunnel(office, CLIENT6, 'client 4', server=SERVER6)
    tunnel.handshake(360)
    for n in range(3):
        tunnel.data(360.1 + n, 'r', n, length=96)
        tunnel.data(360.2 + n, 'i', n, length=96, back=True)
    office.neighbors(361)
    office.put(362, packets.icmp(CLIENT6, SERVER6, 128, 0, bytes(4) + b'ping'), 'leak: up: ICMPv6')
    office.put(362.01, packets.icmp(SERVER6, CLIENT6, 129, 0, bytes(4) + b'ping'), 'leak: up: ICMPv6')


def leaks():
    office = Office('leaks.pcap')
    Pair.count = 0
    for n, need in enumerate((office.dhcp, office.arp, office.neighbors, office.igmp)):
        need(n / 10)
    for part in (first_client, others, not_random, copies, on_the_link):
        part(office)
    return office
