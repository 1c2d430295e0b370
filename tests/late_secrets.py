# late_secrets.py
# Captures with their key log inside, before any of the packets, and what the reports say of them.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import collections
import struct

import harness

# Captures of several handshakes, with the key log of one side.
LOGGED = {
    'amneziawg-1': 'server.keys', 'amneziawg-2': 'server.keys', 'amneziawg-3': 'server.keys', 'basic': 'client.keys',
    'gro-loss': 'keys', 'gro-real': 'keys', 'gro-rekey': 'keys', 'lwo': 'server.keys', 'nested': 'keys',
    'two-peers-one-key': 'keys',
}
REPORTS = ('-q', '-z', 'wg,diagnose', '-z', 'wg,audit')
BLAME = ('orged', 'ot authentic', 'failed', 'FAULT', 'WARNING')
PACKETS = (2, 3, 6)  # types of blocks (pcapng, sections 4.3 and appendix A)
SECRETS = 10
WIREGUARD_KEY_LOG = 0x57474b4c


def capture_of(name):
    return next(path.name for path in harness.CAPTURES.glob(name + '.pcap*'))


def handshakes_of(text):
    """The blocks of a key log."""
    start = 'LOCAL_STATIC_PRIVATE_KEY'
    return [start + block for block in text.split(start)[1:]]


def log_of(name):
    return handshakes_of((harness.CAPTURES / ('%s.%s' % (name, LOGGED[name]))).read_text())


def blocks_of(capture):
    """The blocks of a capture without its secrets: type, bytes."""
    path = harness.scratch() / 'plain.pcapng'
    harness.tool('editcap', '-F', 'pcapng', harness.staged(capture), path)
    data, at = path.read_bytes(), 0
    while at < len(data):
        kind, length = struct.unpack_from('<II', data, at)
        if kind != SECRETS:
            yield kind, data[at:at + length]
        at += length


def secrets(text):
    body = struct.pack('<II', WIREGUARD_KEY_LOG, len(text)) + text.encode() + bytes(-len(text) % 4)
    length = struct.pack('<I', len(body) + 12)
    return struct.pack('<I', SECRETS) + length + body + length


def with_secrets(capture, places):
    """The capture with secrets before some of its packets: {share of the packets before them: text}."""
    blocks = list(blocks_of(capture))
    count = sum(kind in PACKETS for kind, _ in blocks)
    waiting = collections.deque((round(share * count), text) for share, text in sorted(places.items()))
    path, seen = harness.scratch() / 'secrets.pcapng', 0
    with path.open('wb') as file:
        for kind, block in blocks:
            while kind in PACKETS and waiting and waiting[0][0] <= seen:
                file.write(secrets(waiting.popleft()[1]))
            seen += kind in PACKETS
            file.write(block)
        for _, text in waiting:
            file.write(secrets(text))
    path.chmod(0o644)
    return path


def first_and_last(name):
    """The capture with its secrets before all packets, and with the same after them."""
    whole = ''.join(log_of(name))
    return with_secrets(capture_of(name), {0: whole}), with_secrets(capture_of(name), {1: whole})


def report(capture, **more):
    return harness.tshark(capture, *REPORTS, **more).stdout


def blamed(said, reference=''):
    """The words in a report that blame somebody, and are not in another one."""
    return {word for word in BLAME if word in said and word not in reference}
