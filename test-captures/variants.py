# variants.py
# variants.pcap: what needs no secret to be told, one pair of hosts each.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import struct

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from packets import Capture, ether, ipv4, noise, recorded

SERVER = '192.0.2.90'
TCP = 6
# The session of the decoys, whose key is in variants.keys.
DECOY_INDEX, DECOY_KEY = 0x1a2b3c4d, bytes(range(32))


def tunnelbear(capture):
    """Longer handshake messages with a mac2 of zeros, and plain data."""
    client = ('198.51.100.90', 40090, SERVER, 51820)
    back = (SERVER, 51820, '198.51.100.90', 40090)
    initiation = struct.pack('<II', 1, 0x0b0b0001) + noise('bear initiation', 180) + bytes(16)
    response = struct.pack('<III', 2, 0x0b0b0002, 0x0b0b0001) + noise('bear response', 72) + bytes(16)
    capture.datagram(*client, initiation, 'ok')
    capture.datagram(*back, response, 'ok')
    for counter in range(2):
        for ends, index in ((client, 0x0b0b0002), (back, 0x0b0b0001)):
            body = noise('bear %d %d' % (index, counter), 112)
            capture.datagram(*ends, struct.pack('<IIQ', 4, index, counter) + body, 'ok')


class Stream:
    """One direction after the other of a TCP connection, without its opening."""

    def __init__(self, capture, client, server_port):
        self.capture, self.client, self.port, self.sent = capture, client, server_port, {}

    def send(self, up, payload, message):
        ends, ports = ((self.client, SERVER), (40090, self.port)) if up else ((SERVER, self.client), (self.port, 40090))
        sequence = self.sent.get(up, 1)
        self.sent[up] = sequence + len(payload)
        segment = struct.pack('>HHIIBBHHH', *ports, sequence, self.sent.get(not up, 1), 0x50, 0x18, 1000, 0, 0) + payload
        self.capture.add(ether(ipv4(*ends, TCP, segment)), 'ok', message)


def phantun(capture):
    """basic's first datagrams, each as the payload of a segment."""
    datagrams = recorded('basic')
    stream = Stream(capture, '198.51.100.91', 4567)
    for d in datagrams[:6]:
        stream.send(d.source == datagrams[0].source, d.payload, d.payload)


def tunsafe(capture):
    """rekey's first messages in frames; a data message that continues the one before has no header."""
    datagrams, last = recorded('rekey')[:12], {}
    stream = Stream(capture, '198.51.100.92', 4568)
    for d in datagrams:
        up, head = d.source == datagrams[0].source, d.payload[:16]
        kind, index, counter = struct.unpack('<IIQ', head)
        elided = kind == 4 and last.get(up) == (index, counter - 1)
        body = d.payload[16:] if elided else d.payload
        stream.send(up, struct.pack('>H', len(body) | (0x8000 if elided else 0)) + body, d.payload)
        if kind == 4:
            last[up] = (index, counter)


def daita(capture):
    """Packets of one size, some of them decoys, as Mullvad's DAITA sends them."""
    aead = ChaCha20Poly1305(DECOY_KEY)
    packet = ipv4('10.0.0.1', '10.0.0.2', 17, struct.pack('>HHHH', 40000, 9, 8 + 32, 0) + noise('inside', 32))
    for counter in range(4):
        inside = packet if counter % 2 == 0 else b'\xff\0' + struct.pack('>H', 48)
        sealed = aead.encrypt(struct.pack('<IQ', 0, counter), inside + bytes(96 - len(inside)), b'')
        capture.datagram('198.51.100.93', 40093, SERVER, 51820, struct.pack('<IIQ', 4, DECOY_INDEX, counter) + sealed,
                         'ok')


def variants():
    capture = Capture('variants.pcap', listed=False)
    for make in (tunnelbear, phantun, tunsafe, daita):
        make(capture)
    return capture
