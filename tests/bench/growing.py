#!/usr/bin/python3
# growing.py
# Makes captures of any size, to measure how the cost of the reports grows with it.
#
# Nothing is random: the same kind and size give the same bytes. By hand:
#     tests/bench/growing.py audit 25000 /tmp/capture.pcap
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each function of KINDS writes one kind, about `n` packets of it. Some are hostile: they try to
make one packet cost as much as all that came before."""
import argparse
import ipaddress
import random
import struct

RAW_IP, PPP = 101, 9  # link types
CLIENT, SERVER, OTHER = (ipaddress.ip_address(a).packed for a in ('192.0.2.1', '192.0.2.2', '192.0.2.99'))
PORT, ODD_PORT = 51820, 40001
START = 1_700_000_000_000_000_000  # nanoseconds
MICROSECOND = 1000
SECOND = 10**9


def checksum(header):
    total = sum(struct.unpack('>10H', header))
    total = (total & 0xffff) + (total >> 16)
    return ~((total & 0xffff) + (total >> 16)) & 0xffff


def ip(source, destination, protocol, payload, identification=0, fragment=0):
    header = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(payload) & 0xffff, identification, fragment, 64, protocol,
                         0, source, destination)
    return header[:10] + struct.pack('>H', checksum(header)) + header[12:] + payload


def udp(source_port, destination_port, payload):
    return struct.pack('>HHHH', source_port, destination_port, 8 + len(payload) & 0xffff, 0) + payload


def datagram(source, source_port, destination, destination_port, payload):
    return ip(source, destination, 17, udp(source_port, destination_port, payload))


def host(number, network=10):
    return bytes([network, number >> 16 & 255, number >> 8 & 255, number & 255])


def index(number):
    """Spread over all 32 bits, so that none follows from the one before."""
    return number * 2654435761 & 0xffffffff


class Capture:
    def __init__(self, path, link=RAW_IP):
        self.file = open(path, 'wb', buffering=1 << 20)
        self.file.write(struct.pack('<IHHiIII', 0xa1b23c4d, 2, 4, 0, 0, 262144, link))
        self.time, self.count = START, 0
        self.noise = random.Random('growing').randbytes(1 << 16)

    def add(self, frame, later=10 * MICROSECOND):
        self.time += later
        self.file.write(struct.pack('<IIII', self.time // SECOND, self.time % SECOND, len(frame), len(frame)) + frame)
        self.count += 1

    def bytes(self, length):
        at = self.count * 31 % (len(self.noise) - length)
        return self.noise[at:at + length]

    def initiation(self, sender):
        return struct.pack('<II', 1, sender) + self.bytes(124) + bytes(16)

    def response(self, sender, receiver):
        return struct.pack('<III', 2, sender, receiver) + self.bytes(64) + bytes(16)

    def data(self, receiver, counter, length=16):
        return struct.pack('<IIQ', 4, receiver, counter) + self.bytes(length)

    def to_server(self, message, source=CLIENT, port=40000, later=10 * MICROSECOND):
        self.add(datagram(source, port, SERVER, PORT, message), later)

    def handshake(self, client=CLIENT, initiator=7, responder=9):
        self.to_server(self.initiation(initiator), client)
        self.add(datagram(SERVER, PORT, client, 40000, self.response(responder, initiator)))


# ---- ordinary traffic ----

def steady(c, n):
    """One session, and data one way."""
    c.handshake()
    for k in range(n):
        c.to_server(c.data(9, k))


def day(c, n):
    """One idle tunnel: a rekey every 120 s, a keepalive each way every 25 s."""
    for k in range(n // 12):
        c.handshake(initiator=k, responder=k + 2**31)
        for j in range(5):
            c.to_server(c.data(k + 2**31, j), later=25 * SECOND)
            c.add(datagram(SERVER, PORT, CLIENT, 40000, c.data(k, j)))


def laptop(c, n):
    """One tunnel, and packets to a thousand other hosts."""
    c.handshake()
    c.to_server(c.data(9, 0))
    for k in range(n):
        c.add(datagram(CLIENT, 40000, host(k % 1000, 11), 9999, b'hello ' * 5))


def fragments(c, n):
    """Each message in two IP fragments."""
    for k in range(n // 2):
        whole = udp(40000, PORT, c.data(9, k, 64))
        c.add(ip(CLIENT, SERVER, 17, whole[:40], k & 0xffff, 0x2000))
        c.add(ip(CLIENT, SERVER, 17, whole[40:], k & 0xffff, 40 // 8))


def segments(c, n):
    """Datagrams of 2,047 messages each, as segmentation offload makes them; n messages in all."""
    for k in range(max(1, n // 2047)):
        c.to_server(b''.join(c.data(5, k * 2047 + i) for i in range(2047))[:65504])


# ---- many of something ----

def flood(c, n):
    """Data on the port, each packet from another endpoint."""
    for k in range(n):
        c.to_server(c.data(index(k), 0), host(k), 1024 + k % 60000)


def waiting(c, n):
    """Flows on an odd port that might be WireGuard, one packet each."""
    for k in range(n):
        c.add(datagram(host(k), 1024 + k % 60000, SERVER, ODD_PORT, c.data(index(k), 0)))


def waiting_again(c, n):
    """The same in four rounds: each flow was forgotten by then."""
    for again in range(4):
        for k in range(n // 4):
            c.add(datagram(host(k), 1024 + k % 60000, SERVER, ODD_PORT, c.data(index(k), 9000 * again)))


def same_index(c, n):
    """Sessions of one index, each between its own endpoints."""
    for k in range(n // 3):
        c.handshake(host(k))
        c.to_server(c.data(9, k), host(k))


def same_flow(c, n):
    """Initiations of one flow that nobody answers."""
    for k in range(n):
        c.to_server(c.initiation(k), later=1000 * MICROSECOND)


def orphans(c, n):
    """Sessions without handshake between the same two endpoints."""
    for k in range(n):
        c.to_server(c.data(index(k), 0), later=1000 * MICROSECOND)


def quoted(c, n):
    """ICMP errors that quote one initiation."""
    initiation = datagram(CLIENT, 40000, SERVER, PORT, c.initiation(7))
    c.add(initiation)
    for _ in range(n):
        c.add(ip(SERVER, CLIENT, 1, struct.pack('>BBHI', 3, 3, 0, 0) + initiation))


def roaming(c, n):
    """A peer that moves with every packet."""
    c.handshake()
    for k in range(n):
        c.to_server(c.data(9, k), host(k))


def audit(c, n):
    """A client with n/3 tunnels that talks to n/3 other hosts."""
    for k in range(n // 3):
        c.add(datagram(CLIENT, 40000, host(k), PORT, c.initiation(k)))
        c.add(datagram(host(k), PORT, CLIENT, 40000, c.response(k + 2**31, k)))
    for k in range(n // 3):
        c.add(datagram(CLIENT, 40000, host(k, 11), 9999, b'hello ' * 5))


def server(c, n):
    """A server with n/2 clients that sends to somebody else."""
    for k in range(n // 2):
        c.to_server(c.initiation(k), host(k))
    for _ in range(n // 2):
        c.add(datagram(SERVER, 40000, OTHER, 9999, b'hello ' * 5))


# ---- counters ----

def late(c, n):
    """0, 8191, and then 1, 2, 3 ...: each late, the longest way to the next gap."""
    for k in range(n):
        base, j = k // 8192 * 16384, k % 8192
        c.to_server(c.data(5, base + (0, 8191)[j] if j < 2 else base + j - 1))


def jumps(c, n):
    """Each counter 8,191 after the one before."""
    for k in range(n):
        c.to_server(c.data(5, k * 8191))


def windows(c, n):
    """Two counters a session, as far apart as the window is wide."""
    for k in range(n // 2):
        c.to_server(c.data(k, 0))
        c.to_server(c.data(k, 8127))


# ---- frames of many ----

def multiplexed(c, n):
    """Frames of 128 datagrams each, by PPP multiplexing (RFC 3153); the host bears 500 layers in a frame."""
    for first in range(0, n, 128):
        frame = b'\xff\x03\x00\x59'
        for k in range(first, min(first + 128, n)):
            inner = datagram(CLIENT, 40000, SERVER, PORT, c.data(5, k))
            frame += struct.pack('>H', 0xc000 | len(inner) + 1) + b'\x21' + inner
        c.add(frame)


# What opens the kind "wrapped": AmneziaWG 2.
SETTINGS = """[Interface]
ListenPort = %d
S1 = 15
S2 = 18
S3 = 20
S4 = 12
H1 = 1001-1099
H2 = 1101-1199
H3 = 1201-1299
H4 = 1301-1399
""" % PORT


def wrapped(c, n):
    """One session of AmneziaWG, opened with its configuration, and data one way."""
    def wrap(message, prefix, header):
        return c.bytes(prefix) + struct.pack('<I', header + c.count % 90) + message[4:]

    c.to_server(wrap(c.initiation(7), 15, 1001))
    c.add(datagram(SERVER, PORT, CLIENT, 40000, wrap(c.response(9, 7), 18, 1101)))
    for k in range(n):
        c.to_server(wrap(c.data(9, k), 12, 1301))


KINDS = {function.__name__.replace('_', '-'): function for function in (
    steady, day, laptop, fragments, segments, flood, waiting, waiting_again, same_index, same_flow, orphans, quoted,
    roaming, audit, server, late, jumps, windows, multiplexed, wrapped)}


def make(kind, size, path):
    capture = Capture(path, PPP if kind == 'multiplexed' else RAW_IP)
    KINDS[kind](capture, size)
    capture.file.close()


def main():
    parser = argparse.ArgumentParser(description='Make a capture of some kind and size.')
    parser.add_argument('kind', choices=sorted(KINDS))
    parser.add_argument('size', type=int, help='packets, about')
    parser.add_argument('path')
    arguments = parser.parse_args()
    make(arguments.kind, arguments.size, arguments.path)


if __name__ == '__main__':
    main()
