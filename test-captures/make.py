#!/usr/bin/env python3
# make.py
# Makes the synthetic captures of this folder, the same bytes every time.
#
# The WireGuard messages in them are real ones, taken from the recorded captures beside this file,
# so that the keys of those open them; what is changed is named in each file's README row and,
# frame by frame, in NAME.frames.tsv.
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: make.py [--check]

Without an option the captures are written beside this file. With --check they are made in a
temporary folder and compared with those here; a difference is named and the exit code is 1."""
import argparse
import filecmp
import pathlib
import struct
import sys
import tempfile

from decoys import decoys
from faults import faults
from leaks import leaks
from packets import (FIXED, HERE, LINKTYPE_RAW, Capture, ether, icmp, ip, ipv4, noise, recorded, udp)
from variants import variants
from verdicts import verdicts

PORT = 51820
ALICE, GATEWAY = '198.51.100.21', '192.0.2.10'


# ---- The captures --------------------------------------------------------------------------

ARTICLE = bytes.fromhex(
    '04000000'
    'bef224a40600000000000000002fb736'
    '74488e01778f7e13adb8e66ce3073d39'
    'bfbff53da194211bf0e56cabc5611f5c'
    '2c38906b1bec183a8e418bab3a59ca0b'
    'e1efdda8e8824f8a6590f5172d9a2077'
    '48308673b26b1a167f3be358f3ecb14f'
    '8d97b15d9ad339623e1f5d6c96be0518')


def article():
    message = 176  # 129 bytes of HTTP, padded to 144, with header and tag
    assert len(ARTICLE) == 144 - 28
    capture = Capture('article.pcap', LINKTYPE_RAW, listed=False)
    # No UDP checksum (0, allowed over IPv4): the bytes it would cover are not all known.
    head = struct.pack('>HHHH', PORT, PORT, 8 + message, 0)
    packet = ipv4('192.0.2.1', '198.51.100.2', 17, head + ARTICLE + bytes(message - len(ARTICLE)))
    capture.add(packet, 'truncated', ARTICLE, captured=28 + len(ARTICLE))
    return capture


def four_messages():
    """An initiation, a response and a data message of one session, and a cookie reply of another."""
    basic = recorded('basic')
    cookie = next(d for d in recorded('cookie') if d.payload[0] == 3)
    return basic[0], basic[1], cookie, basic[2]


def truncated():
    capture = Capture('truncated.pcap', time=four_messages()[0].time)
    for snaplen in (46, 50, 54, 58, 82, 96, 128, 160):
        for d in four_messages():
            capture.datagram(d.source, d.sport, d.destination, d.dport, d.payload,
                             'truncated' if snaplen < 42 + len(d.payload) else 'ok',
                             'snaplen %d' % snaplen, captured=snaplen)
    return capture


def truncated_everywhere():
    capture = Capture('truncated-everywhere.pcap', time=four_messages()[0].time)
    for d in four_messages():
        for captured in range(42, 42 + len(d.payload) + 1):
            capture.datagram(d.source, d.sport, d.destination, d.dport, d.payload,
                             'truncated' if captured < 42 + len(d.payload) else 'ok', captured=captured)
    return capture


def length_verdict(kind, length):
    if kind not in (1, 2, 3, 4) or length < 4:
        return 'other'
    good = length >= 32 if kind == 4 else length == FIXED[kind]
    return 'ok' if good else 'wrong-length'


def lengths(name, kinds):
    capture = Capture(name)
    for kind in kinds:
        for length in range(0, 201):
            payload = (struct.pack('<II', kind, 0x10000000 + length) + struct.pack('<Q', length)
                       + noise('lengths %d %d' % (kind, length), 200))[:length]
            # A port of its own for each, so that no datagram profits from the one before it.
            capture.datagram('192.0.2.1', 20000 + kind * 1000 + length, '198.51.100.2', PORT, payload,
                             length_verdict(kind, length))
    return capture


def resized(message, length):
    return (message + noise('trailing', length))[:length]


def wrong_length():
    basic = recorded('basic')
    initiation, response, cookie, _ = four_messages()
    capture = Capture('wrong-length.pcap', time=basic[0].time)
    wrong = [(initiation, 147), (initiation, 149), (initiation, 12), (initiation, 116), (initiation, 180),
             (response, 91), (response, 93), (response, 12), (response, 60), (response, 148),
             (cookie, 63), (cookie, 65), (cookie, 8), (cookie, 32), (cookie, 92)]

    for i, (d, length) in enumerate(wrong):
        capture.datagram('192.0.2.1', 30000 + i, '198.51.100.2', PORT, resized(d.payload, length),
                         'wrong-length', 'alone, port 51820')
    for i, length in enumerate((31, 16, 15, 4)):
        capture.datagram('192.0.2.1', 31000 + i, '198.51.100.2', PORT, basic[2].payload[:length],
                         'wrong-length', 'alone, port 51820')

    def known(d, payload, verdict, note):
        ports = {ALICE: 41820, GATEWAY: 45001}
        capture.datagram(d.source, ports[d.source], d.destination, ports[d.destination], payload, verdict, note)

    for d in basic[:4]:
        known(d, d.payload, 'ok', 'odd port, the session of basic')
    to_alice = struct.unpack('<I', basic[0].payload[4:8])[0]
    for d, length in wrong:
        # A response and a cookie reply go to the initiator, and carry its index.
        way = basic[0] if d is initiation else basic[1]
        payload = d.payload
        if d is cookie:
            payload = payload[:4] + struct.pack('<I', to_alice) + payload[8:]
        known(way, resized(payload, length), 'wrong-length', 'odd port, known flow')
    for length in (31, 16, 15, 4):
        known(basic[2], basic[2].payload[:length], 'wrong-length', 'odd port, known flow')
    for d in basic[4:8]:
        known(d, d.payload, 'ok', 'odd port, the session of basic')
    return capture


def reserved():
    basic, cookie = recorded('basic'), recorded('cookie')
    capture = Capture('reserved.pcap', time=basic[0].time)

    def marked(payload, mark):
        return payload[:1] + bytes.fromhex(mark) + payload[4:]

    for session, mark in ((basic[:8], '010203'), (cookie[:7], 'ffffff'), (basic[8:10], '000001'),
                          (basic[10:12], '800000')):
        for d in session:
            capture.datagram(d.source, d.sport, d.destination, d.dport, marked(d.payload, mark), 'ok',
                             'reserved bytes ' + mark)
    return capture


def icmp_quoted():
    basic, six = recorded('basic'), recorded('psk-ipv6')
    capture = Capture('icmp-quoted.pcap', time=basic[0].time)

    def unreachable(d, keep, note):
        """The receiver of `d` says that its port is closed, and quotes `keep` bytes of the packet."""
        packet = ip(d.source, d.sport, d.destination, d.dport, d.payload)
        kind, code = (3, 3) if packet[0] >> 4 == 4 else (1, 4)
        answer = icmp(d.destination, d.source, kind, code, bytes(4) + packet[:keep])
        headers = (20 if packet[0] >> 4 == 4 else 40) + 8
        capture.add(ether(answer), 'quoted' if keep > headers else 'other',
                    d.payload if keep > headers else None, note)

    def plain(datagrams):
        for d in datagrams:
            capture.datagram(d.source, d.sport, d.destination, d.dport, d.payload, 'ok')

    plain(basic[:1])
    unreachable(basic[0], 2000, 'quotes the initiation in full')
    plain(basic[1:4])
    unreachable(basic[3], 2000, 'quotes a data message in full')
    unreachable(basic[3], 28, 'quotes the IPv4 and UDP headers only')
    unreachable(basic[2], 28 + 24, 'quotes 24 bytes of a data message')
    plain(basic[4:8])
    plain(six[:4])
    unreachable(six[1], 2000, 'ICMPv6, quotes the response in full')
    unreachable(six[3], 2000, 'ICMPv6, quotes a data message in full')
    unreachable(six[3], 48, 'ICMPv6, quotes the IPv6 and UDP headers only')
    plain(six[4:8])
    return capture


def encapsulated():
    basic, cookie, six, lossy = (recorded(name) for name in ('basic', 'cookie', 'psk-ipv6', 'lossy'))
    capture = Capture('encapsulated.pcap', time=basic[0].time)

    def packet(d):
        return ip(d.source, d.sport, d.destination, d.dport, d.payload)

    for d in basic[:6]:
        capture.add(ether(packet(d), [(0x8100, 20)]), 'ok', d.payload, 'VLAN 20')
    for d in cookie[:6]:
        capture.add(ether(packet(d), [(0x88a8, 300), (0x8100, 30)]), 'ok', d.payload, 'QinQ 300/30')
    for d in six[:6]:
        capture.add(ether(packet(d)), 'ok', d.payload, 'IPv6')

    for d in lossy[:4]:
        capture.add(ether(packet(d)), 'ok', d.payload, 'IPv4')
    full_size = max(len(d.payload) for d in lossy)
    large = [d for d in lossy if len(d.payload) == full_size][:2]
    for turn, d in enumerate(large):
        datagram = udp(d.source, d.sport, d.destination, d.dport, d.payload)
        pieces = [(at, datagram[at:at + 552]) for at in range(0, len(datagram), 552)]
        order = pieces if turn == 0 else pieces[::-1]
        for at, piece in order:
            more = 0x2000 if at + len(piece) < len(datagram) else 0
            whole = (at, piece) == order[-1]
            capture.add(ether(ipv4(d.source, d.destination, 17, piece, 0x7700 + turn, more | at // 8)),
                        'ok' if whole else 'fragment', d.payload if whole else None,
                        'IPv4 fragment at %d, %s' % (at, 'last comes first' if turn else 'in order'))
    return capture


def odd_port(name, wanted):
    """basic on other ports than the registered one, as far as `wanted(index, datagram)` wants it."""
    capture = Capture(name, listed=False)
    ports = {ALICE: 41820, GATEWAY: 45001}
    for i, d in enumerate(recorded('basic')):
        if wanted(i, d):
            capture.datagram(d.source, ports[d.source], d.destination, ports[d.destination], d.payload, 'ok',
                             time=d.time)
    return capture


def not_wireguard():
    capture = Capture('not-wireguard.pcap')
    client, server = '192.0.2.70', '198.51.100.70'
    for label, sport, dport, payloads in decoys():
        for payload in payloads:
            if isinstance(payload, tuple):
                capture.datagram(server, dport, client, sport, payload[0], 'other', label)
            else:
                capture.datagram(client, sport, server, dport, payload, 'other', label)
    return capture


def rosenpass():
    """basic's tunnel, and the key exchange of Rosenpass on the port before it: its messages by type and
    length, with random contents. What looks like one and has another length is none."""
    capture = Capture('rosenpass.pcap', time=recorded('basic')[0].time - 100_000, listed=False)
    client, server = recorded('basic')[0].source, recorded('basic')[0].destination
    exchange = [(0x81, 1060, True), (0x86, 1060, False), (0x81, 1060, True), (0x82, 1100, False), (0x83, 176, True),
                (0x84, 64, False), (0x84, 65, False)]
    for i, (kind, length, up) in enumerate(exchange):
        payload = bytes((kind, 0, 0, 0)) + noise('rosenpass %d' % i, length - 4)
        ends = (client, 41819, server, 51819) if up else (server, 51819, client, 41819)
        capture.datagram(*ends, payload, 'other')
    for d in recorded('basic'):
        capture.datagram(d.source, d.sport, d.destination, d.dport, d.payload, 'ok', time=d.time)
    capture.datagram(client, 41900, server, 41901, bytes((0x83, 0, 0, 0)) + noise('alone', 172), 'other')
    return capture


def warp():
    """Shaped like Cloudflare WARP's newer protocol, with random contents: two messages of its handshake, and
    data; then datagrams on the same port that are something else."""
    capture = Capture('warp-newer.pcap', listed=False)
    client, server = ('198.51.100.7', 40123), ('192.0.2.77', 2408)
    for i in range(8):
        up = i % 2 == 0
        kind = (0xc1, 0xc2)[i] if i < 2 else 0xc4
        head = bytes((kind,)) + noise('warp client', 3) + noise('warp %d' % up, 4)
        if i >= 2:
            head += struct.pack('<Q', i // 2 - 1)
        capture.datagram(*(client + server if up else server + client), head + noise('warp body %d' % i, 160), 'other')
    for i, body in enumerate((b'\xc4' + noise('not', 80), bytes((0xc4,)) + bytes(20))):
        capture.datagram('198.51.100.8', 40124, *server, body, 'other')
    return capture


def captures():
    yield article()
    yield truncated()
    yield truncated_everywhere()
    yield lengths('lengths-1-2-3.pcap', (1, 2, 3))
    yield lengths('lengths-0-4-5.pcap', (0, 4, 5))
    yield wrong_length()
    yield reserved()
    yield icmp_quoted()
    yield encapsulated()
    yield not_wireguard()
    yield verdicts()
    yield faults()
    yield leaks()
    yield rosenpass()
    yield warp()
    yield variants()
    yield odd_port('odd-port.pcapng', lambda i, d: True)
    yield odd_port('mid-session-odd-port.pcapng', lambda i, d: i >= 2)
    yield odd_port('mid-session-one-way.pcapng', lambda i, d: i >= 2 and d.source == ALICE)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--check', action='store_true')
    if not parser.parse_args().check:
        for capture in captures():
            capture.write(HERE)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for capture in captures():
            capture.write(folder)
        names = sorted(path.name for path in folder.iterdir())
        _, different, missing = filecmp.cmpfiles(folder, HERE, names, shallow=False)
    for name in different:
        print('%s is not what make.py makes' % name)
    for name in missing:
        print('%s is missing' % name)
    return 1 if different or missing or not names else 0


if __name__ == '__main__':
    sys.exit(main())
