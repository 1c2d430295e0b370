# ip_packets.py
# IP packets and captures of them, byte by byte.
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the simulated hosts send, and the files that it is captured in."""
import hashlib
import ipaddress
import pathlib
import struct

START = 1_760_000_000.0  # seconds since 1970: when every capture begins
ETHERNET, RAW_IP, COOKED = 1, 101, 276


def noise(label, length):
    """Bytes that look random, and are the same each time."""
    text, n = b'', 0
    while len(text) < length:
        text += hashlib.sha256(b'%s %d' % (label.encode(), n)).digest()
        n += 1
    return text[:length]


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack('>%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def pseudo_header(source, destination, protocol, length):
    source, destination = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    kind = '>BBH' if source.version == 4 else '>II'
    values = (0, protocol, length) if source.version == 4 else (length, protocol)
    return source.packed + destination.packed + struct.pack(kind, *values)


def ip(source, destination, protocol, body, ttl=64, tos=0, ident=0, fragment=0x4000):
    """An IPv4 or IPv6 packet; fragment: flags and offset as in the header (IPv4)."""
    a, b = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    if a.version == 6:
        return struct.pack('>IHBB', 6 << 28 | tos << 20, len(body), protocol, ttl) + a.packed + b.packed + body
    header = struct.pack('>BBHHHBBH', 0x45, tos, 20 + len(body), ident & 0xffff, fragment, ttl, protocol, 0)
    header += a.packed + b.packed
    return header[:10] + struct.pack('>H', checksum(header)) + header[12:] + body


def udp(source, sport, destination, dport, payload, **header):
    body = struct.pack('>HHHH', sport, dport, 8 + len(payload), 0) + payload
    total = checksum(pseudo_header(source, destination, 17, len(body)) + body) or 0xffff
    return ip(source, destination, 17, body[:6] + struct.pack('>H', total) + payload, **header)


def tcp(source, sport, destination, dport, seq, ack, flags, data=b''):
    body = struct.pack('>HHIIBBHHH', sport, dport, seq & 0xffffffff, ack & 0xffffffff, 0x50, flags, 64000, 0, 0)
    total = checksum(pseudo_header(source, destination, 6, len(body) + len(data)) + body + data)
    return ip(source, destination, 6, body[:16] + struct.pack('>H', total) + body[18:] + data)


def echo(source, destination, reply, ident, sequence, size=56):
    """A ping or its answer, IPv4."""
    body = struct.pack('>BBHHH', 0 if reply else 8, 0, 0, ident, sequence) + bytes(i & 255 for i in range(size))
    return ip(source, destination, 1, body[:2] + struct.pack('>H', checksum(body)) + body[4:])


def icmp_error(source, destination, kind, code, quoted, parameter=bytes(4), ttl=64):
    body = struct.pack('>BBH', kind, code, 0) + parameter + quoted[:548]
    return ip(source, destination, 1, body[:2] + struct.pack('>H', checksum(body)) + body[4:], ttl=ttl, tos=0xc0)


def source_of(packet):
    return str(ipaddress.ip_address(packet[12:16] if packet[0] >> 4 == 4 else packet[8:24]))


def destination_of(packet):
    return str(ipaddress.ip_address(packet[16:20] if packet[0] >> 4 == 4 else packet[24:40]))


def without_padding(packet):
    """What of a decrypted packet is the packet, by its own header."""
    if packet[0] >> 4 == 4:
        return packet[:struct.unpack('>H', packet[2:4])[0]]
    return packet[:40 + struct.unpack('>H', packet[4:6])[0]]


def mac_of(name):
    return b'\x02' + hashlib.sha256(name.encode()).digest()[:5]


class Capture:
    """Packets seen at one place, with their times in seconds."""

    def __init__(self, linktype=ETHERNET):
        self.linktype, self.frames = linktype, []
        self.clock = lambda time: time  # of the machine that captures

    def add(self, time, packet, sender='a', receiver='b', outgoing=False):
        four = packet[0] >> 4 == 4
        frame = packet
        if self.linktype == ETHERNET:
            frame = mac_of(receiver) + mac_of(sender) + (b'\x08\x00' if four else b'\x86\xdd') + packet
        elif self.linktype == COOKED:
            frame = struct.pack('>HHIHBB', 0x0800 if four else 0x86dd, 0, 2, 1, 4 if outgoing else 0, 6) + \
                mac_of(sender) + bytes(2) + packet
        self.frames.append((time, frame))

    def write(self, path):
        out = [struct.pack('<IHHiIII', 0xa1b23c4d, 2, 4, 0, 0, 65535, self.linktype)]
        for time, frame in sorted(self.frames, key=lambda row: row[0]):
            ns = round((START + self.clock(time)) * 1e9)
            out.append(struct.pack('<IIII', ns // 10**9, ns % 10**9, len(frame), len(frame)) + frame)
        pathlib.Path(path).write_bytes(b''.join(out))
