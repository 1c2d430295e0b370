# seeds_frames.py
# First inputs of the fuzz targets that read frames: sequences of them, and whole captures.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import struct

from seeds_sources import CAPTURES, packets


# ---- fuzz_epan: how it is drawn, then frames: options, time, length, payload ---------------

BACK, OTHER, ODD, CUT, RAW, REJECTED, RESET, MORE = (1 << n for n in range(8))


def captured(name, options=0, most=40, wanted=lambda payload: True, limit=3500):
    """The first datagrams of a recorded capture."""
    found, first = b'', None
    for datagram in packets.recorded(name):
        if not datagram.payload or not wanted(datagram.payload) or datagram.payload[0] not in (1, 2, 3, 4):
            continue
        first = first or datagram.source
        back = BACK if datagram.source != first else 0
        record = struct.pack('<BBH', back | options, 1, len(datagram.payload)) + datagram.payload
        if most == 0 or len(found) + len(record) > limit:
            break
        found, most = found + record, most - 1
    return found


def epan():
    drawn, no_keys, not_drawn, invisible, late = b'\0', b'\2', b'\x11', b'\4', b'\x08'
    for name in ('basic', 'cookie-both', 'psk-ipv6', 'client-id', 'roaming', 'unanswered', 'mid-session-one-way'):
        yield name, drawn + captured(name)
    yield 'handshake', drawn + captured('basic', most=3)
    yield 'no-keys', no_keys + captured('basic')
    yield 'reports-late', late + captured('basic')
    yield 'reports-late-no-keys', b'\x0b' + captured('cookie-both')
    yield 'no-tree', not_drawn + captured('basic')
    yield 'invisible', invisible + captured('basic')
    yield 'odd-port', drawn + captured('basic', ODD)
    yield 'two-pairs', drawn + captured('basic', most=6) + captured('basic', OTHER, most=6)
    yield 'cut', drawn + captured('basic', CUT)
    yield 'twice', drawn + captured('basic', most=6) * 2
    yield 'data-only', drawn + captured('basic', ODD, wanted=lambda payload: payload[0] == 4)
    yield 'offload', drawn + captured('gso', wanted=lambda payload: len(payload) < 3000, limit=4000)
    quoted = captured('basic', most=1)[4:]
    udp = struct.pack('>HHHH', 40000, 51820, len(quoted) + 8, 0)
    inner = bytes([0x45, 0]) + struct.pack('>HIBBH', 28 + len(quoted), 0, 64, 17, 0) + \
        bytes([192, 0, 2, 1, 192, 0, 2, 2]) + udp + quoted
    error = bytes([3, 3, 0, 0, 0, 0, 0, 0]) + inner
    outer = bytes([0x45, 0]) + struct.pack('>HIBBH', 20 + len(error), 0, 64, 1, 0) + \
        bytes([192, 0, 2, 2, 192, 0, 2, 1]) + error
    yield 'icmp-quoted', drawn + captured('basic', most=2) + struct.pack('<BBH', RAW, 1, len(outer)) + outer


# ---- Whole captures, with what is beside the tunnel ----

WAITS = (0, 1, 5000, 10000, 121000, 400000, None, None, None, None, 15000, 25000, 60000, 180000, 100, 500)
BEFORE_IP = {1: 14, 101: 0, 113: 16, 228: 0, 229: 0, 276: 20}  # bytes, by link type
SMALL, MOST = 1300, 6500  # bytes of a frame, of a seed
LINKS = ('audit-any-cilium-real-leak.pcap', 'audit-any-node-encryption.pcap', 'audit-routing-loop-any.pcap', 'any-nat.pcap',
         'encapsulated.pcap', 'leaks.pcap')  # of these, frames with their link layer, too
CAPTURES_WHOLE = (
    'audit-any-cilium-real-leak.pcap', 'any-nat.pcap', 'audit-inside-wg0.pcapng', 'udp-over-tcp.pcapng', 'turn-channel.pcapng',
    'peer-relay.pcap', 'rosenpass.pcap', 'warp-newer.pcap', 'gro-real.pcap', 'gro-rekey.pcapng', 'port-53.pcapng',
    'port-4500.pcapng', 'hostile-forged-responses.pcap', 'hostile-forged-initiations.pcap', 'hostile-roam.pcap',
    'audit-any-node-encryption.pcap', 'audit-fragment-leak.pcap', 'audit-healthy.pcap', 'audit-ice-same-port.pcapng',
    'audit-ip-in-ip.pcap', 'audit-ipv6-leak.pcap', 'audit-lan-only.pcap', 'audit-server-initiates.pcap',
    'audit-routing-loop-any.pcap', 'audit-tailscale-like.pcap', 'audit-text-behind-a-header.pcap',
    'audit-blind-initiations-at-end.pcap', 'encapsulated.pcap', 'faults.pcap', 'icmp-quoted.pcap', 'leaks.pcap',
    'lengths-1-2-3.pcap', 'mixed-traffic.pcapng', 'not-wireguard.pcap', 'unanswered.pcapng', 'verdicts.pcap',
    'wrong-server-key.pcapng', 'rekey.pcapng', 'mid-session-leak.pcapng')


def frames(path, links=False):
    """(milliseconds, IP packet) of a capture, little-endian; with links, the whole frame."""
    data = path.read_bytes()
    if data[:4] in (b'\xd4\xc3\xb2\xa1', b'\x4d\x3c\xb2\xa1'):
        unit = 1000 if data[0] == 0xd4 else 10**6
        link, at = struct.unpack_from('<I', data, 20)[0], 24
        while at + 16 <= len(data):
            seconds, part, captured, _ = struct.unpack_from('<4I', data, at)
            skip = 0 if links else BEFORE_IP[link]
            yield seconds * 1000 + part // unit, data[at + 16 + skip:at + 16 + captured]
            at += 16 + captured
        return
    at, interfaces = 0, []
    while at + 12 <= len(data):
        kind, length = struct.unpack_from('<II', data, at)
        if kind == 1:
            interfaces.append(struct.unpack_from('<H', data, at + 8)[0])
        if kind == 6:
            interface, high, low, captured, _ = struct.unpack_from('<5I', data, at + 8)
            skip = 0 if links else BEFORE_IP.get(interfaces[interface], 0)
            yield (high << 32 | low) // 10**6, data[at + 28 + skip:at + 28 + captured]
        at += length


def records_of(path, links=False):
    """The first small frames of a capture, as far as a seed may be long."""
    records, last, count = b'', None, 0
    for time, packet in frames(path, links):
        if not packet or (not links and packet[0] >> 4 not in (4, 6)) or len(packet) > SMALL or count == 60 or \
                len(records) + len(packet) > MOST:
            continue
        passed = 0 if last is None else max(0, time - last)
        wait = min((abs(known - passed), n) for n, known in enumerate(WAITS) if known is not None)[1]
        records += struct.pack('<BBH', RAW, wait, len(packet)) + packet
        last, count = time, count + 1
    return records


def tcp(name, ports, framing):
    """A recorded capture's datagrams as segments."""
    records, sequences = b'', {}
    for datagram in list(packets.recorded(name))[:24]:
        payload = framing(datagram.payload)
        ends = datagram.source, datagram.destination
        sequence = sequences.setdefault(ends, 1)
        sequences[ends] += len(payload)
        both = ports if datagram.destination == '192.0.2.10' else ports[::-1]
        segment = struct.pack('>HHIIBBHHH', *both, sequence, 1, 0x50, 0x18, 1000, 0, 0) + payload
        packet = packets.ipv4(*ends, 6, segment)
        records += struct.pack('<BBH', RAW, 1, len(packet)) + packet
    return records[:MOST]


def tunsafe(payload):
    """Without its header where that can be told from the message before."""
    if payload[0] != 4 or payload[8] % 3 != 2:
        return struct.pack('>H', len(payload)) + payload
    return struct.pack('>H', 0x8000 | len(payload) - 16) + payload[16:]


def carriers():
    yield 'tcp-raw', tcp('basic', (40321, 4567), lambda payload: payload)
    yield 'tcp-framed', tcp('basic', (40321, 4567), lambda payload: struct.pack('>H', len(payload)) + payload)
    yield 'tcp-guarded', tcp('basic', (40321, 443), lambda payload: struct.pack('>H', len(payload)) + payload)
    yield 'tcp-tunsafe', tcp('basic', (40321, 4567), tunsafe)
    halves = tcp('basic', (40321, 4567), lambda payload: struct.pack('>H', len(payload)) + payload)
    yield 'tcp-rejected', marked(b'\0' + halves, REJECTED, lambda n: n % 5 == 3)[1:]


def beside():
    for name in CAPTURES_WHOLE:
        plain, records = name.split('.')[0], records_of(CAPTURES / name)
        if records:
            yield plain + '-whole', b'\0' + records
            yield plain + '-json', bytes([0x82 if len(name) % 2 else 0x80 | 4]) + records
    for name in LINKS:
        yield name.split('.')[0] + '-links', b'\0' + records_of(CAPTURES / name, links=True)
    for name, records in carriers():
        yield name, b'\0' + records


def marked(seed, mark, which):
    """The same with a mark on some of its frames."""
    marked, at, number = seed[:1], 1, 0
    while at < len(seed):
        length = 4 + int.from_bytes(seed[at + 2:at + 4], 'little')
        number += 1
        marked += bytes([seed[at] | (mark if which(number) else 0)]) + seed[at + 1:at + length]
        at += length
    return marked


def as_read(seeds):
    """Some of them as programs read them that filter, forget, and look in any order."""
    shuffled, filtered = 0x20, 0x40
    for name, seed in seeds:
        yield name, seed
        if name in ('basic', 'cookie-both', 'roaming', 'client-id'):
            yield name + '-rejected', marked(seed, REJECTED, lambda n: n % 3 == 1)
            yield name + '-reset', marked(seed, RESET, lambda n: n == 5)
            yield name + '-shuffled', bytes([seed[0] | shuffled]) + seed[1:]
            yield name + '-filtered', bytes([seed[0] | filtered | 8]) + marked(seed, REJECTED, lambda n: n % 4 == 2)[1:]


def whole():
    yield from as_read(epan())
    yield from beside()


def mux():
    """Two or three datagrams in a frame."""
    for name, seed in whole():
        if 'offload' in name or 'icmp' in name or name.endswith(('-json', '-links')):
            continue
        yield name + '-twos', marked(seed, MORE, lambda n: n % 2 == 0)
        if name in ('basic', 'data-only', 'cookie-both', 'mid-session-one-way'):
            yield name + '-threes', marked(seed, MORE, lambda n: n % 3 != 1)
