# mutate.py
# Makes damaged captures from numbers: the same number makes the same capture.
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""
    case = make(17)               what was done to which capture: case.path, case.what, case.keys
    look(case)                    tshark on both passes with everything on; fails on any complaint
"""
import collections
import functools
import random
import re
import struct

import harness

# Recorded ones, with a key log that opens what can be opened; all of Ethernet.
CAPTURES = {'basic.pcapng': 'basic.client.keys', 'client-id.pcapng': 'client-id.server.keys',
            'cookie-both.pcapng': 'cookie-both.server.keys', 'cookie.pcapng': 'cookie.client.keys',
            'gso.pcapng': 'gso.server.keys', 'mid-session-leak.pcapng': 'mid-session-leak.server.keys',
            'mixed-traffic.pcapng': 'mixed-traffic.server.keys', 'psk-ipv6.pcapng': 'psk-ipv6.client.keys',
            'roaming.pcapng': 'roaming.server.keys', 'unanswered.pcapng': 'unanswered.client.keys',
            'wrong-server-key.pcapng': 'wrong-server-key.client.keys', 'mid-session-one-way.pcapng': None,
            'odd-port.pcapng': 'basic.client.keys', 'verdicts.pcap': None}
HEADERS = {4: 14 + 20 + 8, 6: 14 + 40 + 8}  # before the UDP payload, where there are no options

# What a reader of damaged files says, and what Wireshark says of others' packets.
EXPECTED = r'cut short in the middle of a packet|^tshark: The file ".*" (appears|isn)'

Case = collections.namedtuple('Case', 'number what path keys')
Frame = collections.namedtuple('Frame', 'time data length')  # nanoseconds; length: on the wire


# ---- Files ---------------------------------------------------------------------------------

@functools.lru_cache(maxsize=None)
def frames(name):
    path = harness.scratch() / 'plain.pcap'
    harness.tool('editcap', '-F', 'nsecpcap', harness.staged(name), path)
    return tuple(parse(path.read_bytes()))


def parse(data):
    at = 24
    while at < len(data):
        seconds, nanoseconds, captured, length = struct.unpack_from('<IIII', data, at)
        yield Frame(seconds * 10**9 + nanoseconds, data[at + 16:at + 16 + captured], length)
        at += 16 + captured


def write(path, packets):
    with open(path, 'wb') as file:
        file.write(struct.pack('<IHHiIII', 0xa1b23c4d, 2, 4, 0, 0, 1 << 18, 1))
        for packet in packets:
            file.write(struct.pack('<IIII', packet.time // 10**9 % 2**32, packet.time % 10**9, len(packet.data),
                                   packet.length) + packet.data)


# ---- What can be done to one frame ---------------------------------------------------------

def payload_at(frame):
    """Where the UDP payload begins; None where there is none, or not so simply."""
    version = {b'\x08\x00': 4, b'\x86\xdd': 6}.get(frame.data[12:14])
    start = HEADERS.get(version)
    if start is None or len(frame.data) < start or frame.data[23 if version == 4 else 20] != 17:
        return None
    return start


def with_payload(frame, change):
    """The frame with another payload, and with lengths in the headers that fit it; no checksums."""
    start = payload_at(frame)
    if start is None:
        return frame
    payload = change(bytearray(frame.data[start:]))[:65000]
    data = bytearray(frame.data[:start]) + payload
    data[start - 4:start] = struct.pack('>HH', len(payload) + 8, 0)
    if start == HEADERS[4]:
        data[16:18] = struct.pack('>H', len(payload) + 28)
    else:
        data[18:20] = struct.pack('>H', len(payload) + 8)
    return Frame(frame.time, bytes(data), len(data))


def cut(frame, length):
    return Frame(frame.time, frame.data[:length], frame.length)


# ---- What can be done to a capture ---------------------------------------------------------

def altered(rng, packets):
    """Bytes of the payload, with lengths kept."""
    def change(payload):
        for _ in range(rng.choice((1, 1, 2, 20))):
            if payload:
                payload[rng.randrange(min(len(payload), rng.choice((16, 160, 2000))))] = rng.randrange(256)
        return payload
    return [with_payload(frame, change) if rng.random() < .5 else frame for frame in packets]


def truncated(rng, packets):
    return [cut(frame, rng.randrange(len(frame.data) + 1)) if rng.random() < .6 else frame for frame in packets]


def reordered(rng, packets):
    packets = list(packets)
    if rng.random() < .3:
        packets.reverse()
    elif rng.random() < .5:
        rng.shuffle(packets)
    else:
        packets = [frame for _, frame in sorted((i + rng.random() * 12, frame) for i, frame in enumerate(packets))]
    if rng.random() < .5:  # new order, old times
        packets = [frame._replace(time=time) for frame, time in zip(packets, sorted(f.time for f in packets))]
    return packets


def duplicated(rng, packets):
    found = []
    for frame in packets:
        found += [frame] * rng.choice((1, 1, 2, 5))
        if found and rng.random() < .2:
            found.append(rng.choice(found)._replace(time=frame.time))
    return found


def lost(rng, packets):
    return [frame for frame in packets if rng.random() < rng.choice((.3, .9))]


def other_lengths(rng, packets):
    def change(payload):
        length = rng.choice((0, 1, 3, 4, 15, 16, 31, 32, 63, 64, 91, 92, 147, 148, 149, 2000, rng.randrange(300)))
        return payload[:length] + bytes(rng.randrange(256) for _ in range(length - len(payload)))
    return [with_payload(frame, change) if rng.random() < .4 else frame for frame in packets]


def other_times(rng, packets):
    moves = (0, 5 * 10**9, 121 * 10**9, 400 * 10**9, -10**9, 2**31 * 10**9, 3600 * 10**9)
    return [frame._replace(time=max(0, frame.time + rng.choice(moves))) if rng.random() < .3 else frame
            for frame in packets]


def mixed_indices(rng, packets):
    """Indices of other packets, so that sessions run into each other."""
    starts = [(frame, payload_at(frame)) for frame in packets]
    known = [bytes(frame.data[start + at:start + at + 4]) for frame, start in starts if start for at in (4, 8)]

    def change(payload):
        at = rng.choice((4, 4, 8))
        payload[at:at + 4] = rng.choice(known)
        return payload
    return [with_payload(frame, change) if known and rng.random() < .3 else frame for frame in packets]


def several_in_one(rng, packets):
    """Messages one behind the other, as segmentation offload has them, or nearly."""
    payloads = [frame.data[payload_at(frame):] for frame in packets if payload_at(frame)]

    def change(payload):
        for step in range(1, rng.randrange(2, 40)):
            more = bytearray(rng.choice(payloads) if rng.random() < .1 else payload[:len(payload) // step])
            if more[:1] == b'\4' and len(more) >= 16:
                more[8:16] = struct.pack('<Q', (struct.unpack('<Q', more[8:16])[0] + step) % 2**64)
            payload = payload + more
        return payload
    return [with_payload(frame, change) if payloads and rng.random() < .15 else frame for frame in packets]


def merged(rng, packets):
    """With another capture, between the same times."""
    other = list(frames(rng.choice(sorted(CAPTURES))))
    if packets and other and rng.random() < .8:
        move = packets[0].time - other[0].time
        other = [frame._replace(time=max(0, frame.time + move)) for frame in other]
    return sorted(list(packets) + other, key=lambda frame: frame.time)


BY_HAND = (altered, truncated, reordered, duplicated, lost, other_lengths, other_times, mixed_indices,
           several_in_one, merged)


# ---- Cases ---------------------------------------------------------------------------------

def by_editcap(rng, name, path):
    """editcap -E, of the whole frame or of what stands behind the usual headers."""
    chance, skipped = rng.choice(('.001', '.01', '.1')), rng.choice((0, 14, 42, 42))
    harness.tool('editcap', '-E', chance, '-o', skipped, '--seed', rng.randrange(2**31), harness.staged(name), path)
    return 'editcap -E %s -o %d' % (chance, skipped)


def make(number):
    rng = random.Random(number)
    name = rng.choice(sorted(CAPTURES))
    path = harness.scratch() / ('%d.pcap' % number)
    if number % 4 == 0:
        what = by_editcap(rng, name, path)
    else:
        # Each kind in turn, so that few cases have all of them; and others on top.
        kinds = [BY_HAND[number % len(BY_HAND)]] + rng.sample(BY_HAND, rng.choice((0, 0, 1, 2)))
        packets = list(frames(name))
        for kind in kinds:
            packets = kind(rng, packets)
        write(path, packets)
        what = ', '.join(kind.__name__ for kind in kinds)
    return Case(number, '%s: %s' % (name, what), path, CAPTURES[name])


def cut_at_every_byte(name, numbers):
    """These frames as often as they have bytes behind the UDP header, each time one shorter."""
    path, packets = harness.scratch() / 'every-byte.pcap', []
    for number in numbers:
        frame = frames(name)[number - 1]
        packets += [cut(frame, length) for length in range(len(frame.data), payload_at(frame) - 1, -1)]
    write(path, packets)
    return Case(0, '%s: cut at every byte' % name, path, CAPTURES[name]), len(packets)


# ---- Looking -------------------------------------------------------------------------------

@functools.lru_cache(maxsize=None)
def reports():
    """Everything of WireGuard that this tshark offers for -z."""
    # With a capture, or else it looks for interfaces, from which it does not come back with sanitizers.
    listing = harness.run([harness.TSHARK, '-r', harness.staged('basic.pcapng'), '-z', 'help'], returncode=None)
    assert 'io,phs' in listing.stdout + listing.stderr
    offered = re.findall(r'^ +(\S+)', listing.stdout + listing.stderr, re.MULTILINE)
    # Follow wants to be told which stream.
    return [name for name in offered if 'wg' in name.split(',') and not name.startswith('follow,')]


def look(case, timeout=120):
    """returns the number of frames that were dissected as WireGuard, on the first pass and on the second."""
    arguments = ['-V']
    for report in reports() + ['expert', 'io,phs']:
        arguments += ['-z', report]
    found = []
    for two_pass in (False, True):
        result = harness.tshark(case.path, *arguments, two_pass=two_pass, keys=case.keys or (), returncode=None,
                                allow=EXPECTED, timeout=timeout)
        assert result.returncode in (0, 2), '%s ended with %d\n%s' % (case, result.returncode, result.stderr)
        found.append(len(re.findall(r'^WireGuard Protocol', result.stdout, re.MULTILINE)))
    return found
