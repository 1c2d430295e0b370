# test_merged.py
# Messages that segmentation offload merged into one datagram: wrapped ones, and those around a malformed packet.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import base64
import collections
import struct
import sys

import pytest

import ground_truth
import harness

sys.path.insert(0, str(harness.CAPTURES))
import packets  # noqa: E402

BOTH = pytest.mark.parametrize('two_pass', [False, True])
DECRYPTED = '1'


def written(name, datagrams):
    """A capture of (microseconds, source, its port, destination, its port, payload)."""
    path = harness.scratch() / name
    data = struct.pack('<IHHIIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, packets.LINKTYPE_RAW)
    for time, source, sport, destination, dport, payload in datagrams:
        packet = packets.ipv4(source, destination, 17, packets.udp(source, sport, destination, dport, payload))
        data += struct.pack('<IIII', time // 10**6, time % 10**6, len(packet), len(packet)) + packet
    path.write_bytes(data)
    path.chmod(0o644)
    return path


def datagrams(name):
    """(time, flow, payload, whether it is a data message by the frame list)."""
    truth = ground_truth.frames(name)
    rows = harness.fields(name + '.pcapng', 'frame.number', 'frame.time_epoch', 'ip.src', 'udp.srcport', 'ip.dst',
                          'udp.dstport', 'udp.payload', filter='udp && !icmp', plugin=False,
                          arguments=('--disable-heuristic', 'wg'))
    for frame, time, source, sport, destination, dport, payload in rows:
        yield (round(float(time) * 10**6), (source, int(sport), destination, int(dport)), bytes.fromhex(payload),
               truth[int(frame)]['kind'] == 'data')


def merged(name, least=4):
    """The capture as a receiver's kernel may show it: data of one direction and one size, a shorter one last."""
    found, open_runs = [], {}
    for time, flow, payload, data in datagrams(name):
        pieces = open_runs.get(flow, (0, 0, []))[2]
        if data and pieces and len(payload) <= len(pieces[0]) and len(pieces) < 40:
            pieces.append(payload)
            if len(payload) < len(pieces[0]):
                del open_runs[flow]
            continue
        if not data:
            open_runs.clear()
        found.append((time, flow, [payload]))
        if data:
            open_runs[flow] = found[-1]
    assert sum(len(pieces) > 1 for _, _, pieces in found) >= least
    return written(name + '-merged.pcap', [(time, *flow, b''.join(pieces)) for time, flow, pieces in found])


def counted(capture, two_pass, **knowledge):
    """(counter, status) of all data messages."""
    rows = harness.fields(capture, 'wg.type', 'wg.counter', 'wg.decryption.status', filter='wg.type == 4',
                          two_pass=two_pass, **knowledge)
    found = collections.Counter()
    for _, counters, statuses in rows:
        counters, statuses = counters.split(','), statuses.split(',')
        assert len(counters) == len(statuses)
        found.update(zip(counters, statuses))
    return found


KNOWLEDGE = [
    ('amneziawg-1', dict(prefs='server.conf', keys='server.keys')), ('amneziawg-1', dict(keys='server.keys')),
    ('amneziawg-2', dict(prefs='server.conf', keys='server.keys')), ('amneziawg-2', dict(keys='server.keys')),
    ('amneziawg-3', dict(prefs='server.conf', keys='server.keys')), ('lwo', dict(keys='server.keys'))]


@BOTH
@pytest.mark.parametrize('name, knowledge', KNOWLEDGE)
def test_wrapped_messages(name, knowledge, two_pass):
    told = dict(keys='%s.%s' % (name, knowledge['keys']))
    if 'prefs' in knowledge:
        told['prefs'] = ['wg.config:%s' % harness.staged('%s.%s' % (name, knowledge['prefs']))]
    capture = merged(name)
    alone, together = (counted(which, two_pass, **told) for which in (name + '.pcapng', capture))
    assert alone == together and {status for _, status in together} == {DECRYPTED}


MALFORMED_DNS = struct.pack('>H', 0x1234) + b'\x81'


@BOTH
def test_a_malformed_packet_does_not_hide_the_messages_after_it(two_pass):
    aead = pytest.importorskip('cryptography.hazmat.primitives.ciphers.aead')
    key, index, merged_messages = bytes(range(32)), 0x1a2b3c4d, b''
    for counter, port in enumerate((9, 53, 9)):
        inner = packets.ipv4('10.0.0.1', '10.0.0.2', 17, packets.udp('10.0.0.1', 40000, '10.0.0.2', port, MALFORMED_DNS))
        sealed = aead.ChaCha20Poly1305(key).encrypt(struct.pack('<IQ', 0, counter), inner + bytes(-len(inner) % 16), b'')
        merged_messages += struct.pack('<IIQ', 4, index, counter) + sealed
    capture = written('malformed.pcap', [(1700000000 * 10**6, '192.0.2.1', 51820, '192.0.2.2', 51820, merged_messages)])
    keys = harness.scratch() / 'keys'
    keys.write_text('0x%08x %s\n' % (index, base64.b64encode(key).decode()))
    keys.chmod(0o644)
    rows = harness.fields(capture, 'wg.counter', 'wg.decryption.status', 'frame.protocols', two_pass=two_pass,
                          prefs=['wg.keylog_file:%s' % keys])
    counters, statuses, protocols = rows[0]
    assert (counters, statuses) == ('0,1,2', '1,1,1')
    assert ':dns:' in protocols
    assert harness.frames(capture, '_ws.malformed', two_pass=two_pass, prefs=['wg.keylog_file:%s' % keys]) == [1]
