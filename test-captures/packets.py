# packets.py
# What make.py needs to take recorded packets apart and to write new ones: UDP, IP, Ethernet, pcap.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import hashlib
import ipaddress
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent

LINKTYPE_ETHERNET, LINKTYPE_RAW = 1, 101
ETHERTYPE = {4: 0x0800, 6: 0x86dd}
FIXED = {1: 148, 2: 92, 3: 64}  # the lengths of the handshake messages
START = 1_700_000_000_000_000  # microseconds, for what has no time of its own


# ---- Reading the recorded captures ---------------------------------------------------------

class Datagram:
    """One UDP datagram of a recorded capture."""

    def __init__(self, time, frame):
        self.time = time  # microseconds since 1970
        version = frame[14] >> 4
        if version == 4:
            ip_end = 14 + (frame[14] & 15) * 4
            source, destination, protocol = frame[26:30], frame[30:34], frame[23]
        else:
            ip_end, source, destination, protocol = 54, frame[22:38], frame[38:54], frame[20]
        self.is_udp = frame[12:14] in (b'\x08\x00', b'\x86\xdd') and protocol == 17
        if self.is_udp:
            self.source, self.destination = (str(ipaddress.ip_address(a)) for a in (source, destination))
            self.sport, self.dport = struct.unpack('>HH', frame[ip_end:ip_end + 4])
            self.payload = frame[ip_end + 8:]


def recorded(name):
    """The UDP datagrams of NAME.pcapng (little-endian, one Ethernet interface, nanoseconds)."""
    data, at, found = (HERE / (name + '.pcapng')).read_bytes(), 0, []
    while at < len(data):
        kind, length = struct.unpack_from('<II', data, at)
        if kind == 6:
            _, high, low, captured, _ = struct.unpack_from('<5I', data, at + 8)
            datagram = Datagram((high << 32 | low) // 1000, data[at + 28:at + 28 + captured])
            if datagram.is_udp:
                found.append(datagram)
        at += length
    return found


# ---- Writing -------------------------------------------------------------------------------

def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack('>%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def pseudo_header(source, destination, protocol, length):
    source, destination = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    if source.version == 4:
        return source.packed + destination.packed + struct.pack('>BBH', 0, protocol, length)
    return source.packed + destination.packed + struct.pack('>II', length, protocol)


def udp(source, sport, destination, dport, payload):
    head = struct.pack('>HHH', sport, dport, 8 + len(payload))
    total = checksum(pseudo_header(source, destination, 17, 8 + len(payload)) + head + b'\0\0' + payload)
    return head + struct.pack('>H', total or 0xffff) + payload


def ipv4(source, destination, protocol, payload, identification=0, fragment=0x4000, hops=64):
    """`fragment` is the flags-and-offset word; 0x4000 is "don't fragment"."""
    head = struct.pack('>BBHHHBBH', 0x45, 0, 20 + len(payload), identification, fragment, hops, protocol, 0)
    head += ipaddress.ip_address(source).packed + ipaddress.ip_address(destination).packed
    return head[:10] + struct.pack('>H', checksum(head)) + head[12:] + payload


def ipv6(source, destination, protocol, payload, hops=64):
    return (struct.pack('>IHBB', 6 << 28, len(payload), protocol, hops) + ipaddress.ip_address(source).packed
            + ipaddress.ip_address(destination).packed + payload)


def icmp(source, destination, kind, code, body, hops=64):
    """ICMP or ICMPv6, with the IP header. body: the last 4 bytes of its header, and what follows."""
    six = ipaddress.ip_address(source).version == 6
    protocol = 58 if six else 1
    pseudo = pseudo_header(source, destination, protocol, 4 + len(body)) if six else b''
    total = checksum(pseudo + bytes((kind, code, 0, 0)) + body)
    return (ipv6 if six else ipv4)(source, destination, protocol, struct.pack('>BBH', kind, code, total) + body,
                                   hops=hops)


def ip(source, sport, destination, dport, payload, hops=64):
    packet = udp(source, sport, destination, dport, payload)
    if ipaddress.ip_address(source).version == 4:
        return ipv4(source, destination, 17, packet, hops=hops)
    return ipv6(source, destination, 17, packet, hops=hops)


def ether(packet, vlans=()):
    """vlans: (ethertype, id) from the outside in."""
    tags = b''.join(struct.pack('>HH', kind, number) for kind, number in vlans)
    return (bytes.fromhex('020000000002' '020000000001') + tags
            + struct.pack('>H', ETHERTYPE[packet[0] >> 4]) + packet)


class Capture:
    """The frames of one file, and what each of them really is.

    The verdicts: ok; wrong-length (a WireGuard message that is too short or has trailing bytes);
    truncated (right on the wire, cut in the capture); quoted (inside an ICMP error); fragment (the
    message is complete only with the other fragments); other (not WireGuard)."""

    def __init__(self, name, linktype=LINKTYPE_ETHERNET, time=START, listed=True):
        self.name, self.linktype, self.time, self.listed = name, linktype, time, listed
        self.frames, self.rows = [], []

    def add(self, frame, verdict, message=None, note='', captured=None, time=None):
        """message: the WireGuard message in it, for the type and length columns."""
        captured = len(frame) if captured is None else min(captured, len(frame))
        self.time = self.time + 10_000 if time is None else time
        self.frames.append((self.time, frame[:captured], len(frame)))
        kind, length = ('', '') if message is None else (message[0] if message else '', len(message))
        self.rows.append((len(self.frames), verdict, kind, length, captured, note))

    def datagram(self, source, sport, destination, dport, payload, verdict, note='', hops=64, **more):
        packet = ip(source, sport, destination, dport, payload, hops)
        frame = packet if self.linktype == LINKTYPE_RAW else ether(packet)
        self.add(frame, verdict, payload, note, **more)

    def pcap(self):
        out = [struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, self.linktype)]
        for time, data, length in self.frames:
            out.append(struct.pack('<IIII', *divmod(time, 1_000_000), len(data), length) + data)
        return b''.join(out)

    def pcapng(self):
        def block(kind, body):
            body += b'\0' * (-len(body) % 4)
            return struct.pack('<II', kind, 12 + len(body)) + body + struct.pack('<I', 12 + len(body))

        out = [block(0x0a0d0d0a, struct.pack('<IHHq', 0x1a2b3c4d, 1, 0, -1)),
               block(1, struct.pack('<HHI', self.linktype, 0, 0))]
        for time, data, length in self.frames:
            out.append(block(6, struct.pack('<5I', 0, time >> 32, time & 0xffffffff, len(data), length) + data))
        return b''.join(out)

    def write(self, folder):
        (folder / self.name).write_bytes(self.pcapng() if self.name.endswith('ng') else self.pcap())
        if self.listed:
            lines = ['#frame\tverdict\ttype\tlength\tcaptured\tnote']
            lines += ['\t'.join(str(cell) for cell in row) for row in self.rows]
            stem = self.name.rsplit('.', 1)[0]
            (folder / (stem + '.frames.tsv')).write_text('\n'.join(lines) + '\n')


def noise(label, length):
    """Bytes that look random and are the same on every machine and in every version of Python."""
    out, block = b'', 0
    while len(out) < length:
        out += hashlib.sha256(b'%s %d' % (label.encode(), block)).digest()
        block += 1
    return out[:length]
