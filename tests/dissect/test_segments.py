# test_segments.py
# Datagrams of several messages, as a receiving kernel merges them: all are found, and all are authentic.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re
import sys

import pytest

import harness

DECRYPTED = 'Decrypted'


def told(name):
    """{frame: [(session, counter) of data, or None of a handshake message]} from NAME.md."""
    frames = {}
    for number, count, text in re.findall(r'^- frame (\d+): \d+ bytes of payload, (\d+) messages? \([^)]*\): (.*)$',
                                          (harness.CAPTURES / (name + '.md')).read_text(), re.MULTILINE):
        parts = text.split(', ')
        assert len(parts) == int(count)
        frames[int(number)] = [tuple(map(int, m.groups())) if (m := re.match(r'session (\d+).*#(\d+)', part)) else None
                               for part in parts]
    return frames


@pytest.mark.parametrize('two_pass', [False, True])
def test_what_a_kernel_merged(two_pass):
    rows = harness.fields('gro-real.pcap', 'frame.number', 'wg.type', 'wg.counter', 'wg.receiver', 'wg.gso.messages',
                          keys='gro-real.keys', two_pass=two_pass)
    truth = told('gro-real')
    assert len(truth) == len(rows) == 13
    sessions = {}
    for frame, types, counters, receivers, messages in rows:
        expected = truth[int(frame)]
        assert (messages or '1') == str(len(expected))
        assert len(types.split(',')) == len(expected)
        assert [kind == '4' for kind in types.split(',')] == [m is not None for m in expected]
        data = [m for m in expected if m]
        assert [int(c) for c in counters.split(',') if c] == [counter for _, counter in data]
        # Those of the frames before go the other way.
        for receiver, (session, _) in zip(receivers.split(','), data if int(frame) >= 7 else []):
            sessions.setdefault(session, set()).add(receiver)
    assert all(len(receivers) == 1 for receivers in sessions.values()) and len(sessions) == 2


@pytest.mark.parametrize('two_pass', [False, True])
@pytest.mark.parametrize('name, data', [('gro-real.pcap', 199), ('gro-loss.pcapng', 5), ('gro-rekey.pcapng', 6),
                                        ('gro-last-handshake.pcapng', 4)])
def test_all_are_authentic(name, data, two_pass):
    rows = harness.fields(name, 'wg.type', 'wg.decryption.status', keys=name.split('.')[0] + '.keys',
                          filter='wg.type == 4', two_pass=two_pass)
    statuses = [status for types, all_of_them in rows
                for kind, status in zip(types.split(','), all_of_them.split(',')) if kind == '4']
    assert statuses == [statuses[0]] * data
    tree = harness.tree(name, 7, keys=name.split('.')[0] + '.keys')
    assert DECRYPTED in tree and 'failed' not in tree


@pytest.mark.parametrize('name, lost', [('gro-real.pcap', 6), ('gro-loss.pcapng', 1), ('gro-rekey.pcapng', 0),
                                        ('gro-last-handshake.pcapng', 0)])
def test_losses(name, lost):
    rows = harness.fields(name, 'wg.analysis.lost', filter='wg.analysis.lost', two_pass=True)
    assert sum(int(n) for row in rows for n in row[0].split(',')) == lost


def test_audit_sees_ciphertext_only():
    """Heads that are not told from ciphertext make it look less random than it is."""
    text = harness.tshark('gro-real.pcap', '-q', '-z', 'wg,audit').stdout
    assert 'looks random' in text and 'NOT' not in text


def test_more_than_a_kernel_merges():
    """Of 2,047 messages in a datagram, the first 128 are drawn as any, the others by what is on the wire."""
    sys.path.insert(0, str(harness.ROOT / 'tests' / 'bench'))
    import growing
    capture = harness.scratch() / 'many.pcap'
    growing.make('segments', 2047, capture)
    capture.chmod(0o644)
    for two_pass in (False, True):
        drawn = harness.tshark(capture, '-V', two_pass=two_pass).stdout
        assert '[Messages in this datagram: 2047, more than Linux sends: after 128, what is on the wire alone]' in drawn
        for line, times in (('WireGuard Protocol', 2047), ('    Receiver: ', 2047), ('    Counter: ', 2047),
                            ('    [Message Length: ', 128), ('    [Decryption: ', 128)):
            assert len(re.findall('^' + re.escape(line), drawn, re.MULTILINE)) == times, line
    # Each counts, and is found by its counter, all the same.
    assert harness.frames(capture, 'wg.counter == 2046') == [1]
    assert re.search(r'\b2047\b', harness.tshark(capture, '-q', '-z', 'wg,sessions').stdout)
