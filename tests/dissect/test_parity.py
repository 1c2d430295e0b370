# test_parity.py
# Frame by frame the same values as Wireshark's own dissector, where it has them right.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re

import pytest

import harness

# The adopted fields that need no keys.
FIELDS = ('wg.type', 'wg.reserved', 'wg.sender', 'wg.receiver', 'wg.ephemeral', 'wg.mac1', 'wg.mac2',
          'wg.nonce', 'wg.encrypted_cookie', 'wg.counter', 'wg.stream', 'wg.response_in',
          'wg.response_to', 'wg.bad_packet_length', 'wg.keepalive')

# Every intended difference, by capture: what the frames are, which fields differ, and why we are
# right. A frame that is not listed must agree, and one that is listed must differ.
UNRECOGNISED = 'not taken for WireGuard'
RECOGNISED = 'taken for WireGuard by us alone'
DIFFERENCES = {
    'cookie-both.pcapng': {
        # A cookie reply from the initiator answers the response; the built-in knows only those
        # that answer an initiation. The response learns of it on the second pass.
        'both': {9: {'wg.stream', 'wg.response_to'}},
        'second': {7: {'wg.response_in'}},
    },
    'roaming-in-flight.pcapng': {
        # Packets still in flight to an old endpoint: the index says which session they belong to.
        'both': dict.fromkeys(
            (227, 230, 233, 236, 239, 416, 418, 420, 422, 423), {'wg.stream'}),
    },
    'gso.pcapng': {
        # Datagrams of several messages: all of them have type, receiver and counter.
        'both': dict.fromkeys((15, 17, 20, 22, 24, 25, 26, 29, 31, 32, 35, 36),
                              {'wg.type', 'wg.reserved', 'wg.receiver', 'wg.counter', 'wg.stream'}),
    },
    'mixed-traffic.pcapng': {
        # Decoys away from any WireGuard port. 80 and 81, 126 and 127: initiations with a mac2 but
        # no cookie before and no answer behind; 84, 97, 110, 111: nothing that they belong to.
        # Streams are renumbered, because the built-in counts the decoys as sessions.
        'renumbered': True,
        'both': dict.fromkeys((77, 80, 81, 84, 97, 110, 111, 126, 127), UNRECOGNISED),
    },
    'mid-session-leak.pcapng': {
        # The built-in gives no stream to sessions whose handshake was not captured, so that its
        # numbers are lower; on the first pass three packets have to prove the odd port.
        'renumbered': True,
        'first': dict.fromkeys((1, 2, 3), UNRECOGNISED),
    },
}
REAL = ('basic', 'psk-ipv6', 'cookie', 'cookie-both', 'roaming', 'roaming-in-flight', 'unanswered',
        'wrong-server-key', 'rekey', 'mid-session-leak', 'lossy', 'gso', 'client-id', 'mixed-traffic')


def differing(ours, theirs):
    if ours[0] and not theirs[0]:
        return RECOGNISED
    if theirs[0] and not ours[0]:
        return UNRECOGNISED
    return {name for name, a, b in zip(FIELDS, ours, theirs) if a != b}


def renumber(rows, by):
    """Streams as a mapping to the other side's, for those that both have."""
    stream = FIELDS.index('wg.stream')
    mapping = {}
    for row, other in zip(rows, by):
        if row[stream] and other[stream]:
            assert mapping.setdefault(row[stream], other[stream]) == other[stream]
    assert len(set(mapping.values())) == len(mapping), 'two streams of ours are one of theirs'
    for row, other in zip(rows, by):
        row[stream] = mapping.get(row[stream], other[stream] if row[0] == other[0] else row[stream])


@pytest.mark.parametrize('two_pass', (False, True), ids=('first', 'second'))
@pytest.mark.parametrize('name', REAL)
def test_same_values(name, two_pass):
    capture = name + '.pcapng'
    ours = harness.fields(capture, *FIELDS, two_pass=two_pass)
    theirs = harness.builtin(harness.fields, capture, *FIELDS, two_pass=two_pass)
    intended = DIFFERENCES.get(capture, {})
    if intended.get('renumbered'):
        renumber(ours, theirs)
    expected = dict(intended.get('both', {}))
    expected.update(intended.get('second' if two_pass else 'first', {}))

    assert any(row[0] for row in ours)
    found = {number: differing(a, b) for number, (a, b) in enumerate(zip(ours, theirs), 1) if a != b}
    assert found == expected


@pytest.mark.parametrize('name', ('basic', 'psk-ipv6', 'cookie', 'unanswered', 'rekey', 'lossy'))
def test_same_info_column(name):
    """Info is what it always was; what we add is in brackets: verdicts before it, the rest after it."""
    ours = harness.info(name + '.pcapng', filter='wg')
    theirs = harness.builtin(harness.info, name + '.pcapng', filter='wg')
    assert len(ours) == len(theirs) > 0
    for a, b in zip(ours, theirs):
        assert re.fullmatch(r'(\[[^]]+\] )*%s( \[[^]]+\])*' % re.escape(b), a), (a, b)


def test_adopted_fields_keep_their_types():
    ours = {name: value for name, value in harness.known_fields().items() if name.startswith('wg')}
    theirs = {name: value for name, value in harness.known_fields(plugin=False).items()
              if name.startswith('wg.')}
    assert len(theirs) > 25
    assert {name: ours[name] for name in theirs} == theirs


def test_names_are_registered_once():
    lines = harness.run([harness.TSHARK, '-G', 'fields']).lines()
    names = [line.split('\t')[2] for line in lines if line.startswith(('F\twg', 'P\tWireGuard'))
             or '\twg.' in line]
    experts = {'wg.bad_packet_length', 'wg.keepalive', 'wg.decryption_error',
               'wg.decryption_unsupported'}  # may be there twice, as the host allows
    doubled = {name for name in names if names.count(name) > 1}
    assert doubled <= experts
