# test_hostile.py
# Captures made to mislead or to crash: what is shown belongs to the packet that shows it.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import collections
import json
import re
import struct

import pytest

import harness
import mutate

CRAFTED = ('hostile-crash-on-open.pcapng', 'hostile-count-confusion.pcap', 'hostile-data-as-init.pcap',
           'hostile-init-as-data.pcap', 'hostile-jumbograms.pcap')
KEYED = {'basic.pcapng': ('basic.client.keys',), 'psk-ipv6.pcapng': ('psk-ipv6.client.keys',),
         'lossy.pcapng': ('lossy.client.keys',), 'roaming-in-flight.pcapng': ('roaming-in-flight.client.keys',),
         'gso.pcapng': ('gso.client.keys',), 'cookie-both.pcapng': ('cookie-both.client.keys',),
         'verdicts.pcap': ()}
# What a packet says of itself and of its session, without frame numbers, which a read filter changes.
SAID = ('frame.time_epoch', 'wg.type', 'wg.receiver', 'wg.counter', 'wg.stream', 'wg.analysis.lost', 'wg.analysis.roamed',
        'wg.analysis.previous_endpoint', 'wg.analysis.out_of_order', 'wg.analysis.counter_reset',
        'wg.analysis.rekey_overdue', 'wg.analysis.expired', 'wg.decryption.status', 'wg.inner.length')
BUILTIN = SAID[:5]



@pytest.mark.parametrize('capture', CRAFTED)
@pytest.mark.parametrize('options', (('-V',), ('-V', '-o', 'wg.config:basic.server.conf'), ('-q', '-z', 'wg,audit'),
                                     ('-q', '-z', 'wg,diagnose'), ('-q', '-z', 'wg,sessions'), ('-q', '-z', 'wg,tree'),
                                     ('-T', 'json'), ('-R', 'wg.type == 4', '-V')), ids=' '.join)
def test_opens(capture, options):
    options = [part if not part.endswith('.conf') else 'wg.config:%s' % harness.staged(part.split(':')[1])
               for part in options]
    assert harness.tshark(capture, *options, two_pass=True).stdout


def test_a_note_is_of_its_own_message():
    """An earlier datagram of frame 1 is recognised only after a later one of it."""
    for capture, types, frames in (('hostile-crash-on-open.pcapng', '4,1', 3), ('hostile-data-as-init.pcap', '4,1', 3),
                                   ('hostile-init-as-data.pcap', '1,4', 8)):
        first = harness.fields(capture, 'wg.type', 'wg.stream')
        second = harness.fields(capture, 'wg.type', 'wg.stream', two_pass=True)
        assert second[0][0] == types
        assert len(first) == len(second) == frames
        assert set(second[0][1].split(',')) >= set(first[0][1].split(',')) - {''}
        assert len(set(second[0][1].split(','))) == 2
        # The initiation is drawn as one, and so is the data: only the one has an attempt, the other a counter.
        drawn = harness.pdml(capture, two_pass=True).findall('packet')[0].findall("proto[@name='wg']")
        for message in drawn:
            names = {field.get('name') for field in message.iter('field')}
            kind = next(f.get('show') for f in message.iter('field') if f.get('name') == 'wg.type')
            assert ('wg.initiation.attempt' in names) == (kind == '1')
            assert ('wg.counter' in names) == (kind == '4')


def test_messages_that_are_not_captured():
    """A jumbogram says that it holds messages without end; no more are counted than Linux would send."""
    rows = harness.fields('hostile-jumbograms.pcap', 'wg.type', 'wg.gso.messages')
    assert len(rows) == 20
    assert all(kinds == '4,4' for kinds, _ in rows)


@pytest.mark.parametrize('capture', sorted(KEYED))
@pytest.mark.parametrize('filter', ('wg.type == 4', 'wg.type != 4', 'wg.counter > 3', 'frame.len > 150'))
def test_read_filter(capture, filter):
    """What a read filter leaves says what it says without one, and what the built-in says."""
    keys = KEYED[capture]
    kept = harness.fields(capture, *SAID, keys=keys, two_pass=True, arguments=('-R', filter))
    whole = harness.fields(capture, *SAID, keys=keys, two_pass=True, filter=filter)
    assert kept == whole
    if capture in ('basic.pcapng', 'psk-ipv6.pcapng', 'lossy.pcapng'):
        theirs = harness.builtin(harness.fields, capture, *BUILTIN, two_pass=True, arguments=('-R', filter))
        mine = harness.fields(capture, *BUILTIN, two_pass=True, arguments=('-R', filter))
        assert collections.Counter(map(tuple, mine)) == collections.Counter(map(tuple, theirs))


@pytest.mark.parametrize('filter', ('wg', 'wg.type == 4', 'wg.counter == 0 || wg.type == 2'))
def test_read_filter_and_companions(filter):
    """STUN that a read filter drops gives its number to the next packet, and not its name."""
    kept = harness.fields('audit-ice-same-port.pcapng', 'wg.type', 'wg.companion', two_pass=True, arguments=('-R', filter))
    assert len(kept) > 1 and all(companion == '' for _, companion in kept)
    assert harness.count('audit-ice-same-port.pcapng', 'wg.companion') > 0


@pytest.mark.parametrize('capture, member, said', [
    ('hostile-forged-responses.pcap', 'responses_not_kept', '1 response that nothing proves, of 1 session (first: stream 0)'),
    ('hostile-forged-initiations.pcap', 'index_not_kept', '5 sessions (first: stream 15) have an index'),
    ('basic.pcapng', None, None)])
def test_what_is_not_kept_is_said(capture, member, said):
    """A session keeps so many unproved responses, an index so many sessions; more are counted, and that is said."""
    text = ' '.join(harness.tshark(capture, '-q', '-z', 'wg,sessions').stdout.split())
    assert (said in text) if said else 'Not kept' not in text
    told = [json.loads(line) for line in
            harness.tshark(capture, '-q', '-z', 'wg,sessions', prefs=['wg.report_format:json']).lines()]
    assert {name for line in told for name in line if name.endswith('_not_kept')} == ({member} if member else set())


def test_with_keys_a_right_response_is_kept():
    keyed = dict(keys='hostile-forged-responses.keys')
    text = harness.tshark('hostile-forged-responses.pcap', '-q', '-z', 'wg,sessions', **keyed).stdout
    assert 'Not kept' not in text and re.search(r'(?m)\ball$', text)


# ---- Times that no clock shows -------------------------------------------------------------

def timed(path, capture, time_of):
    """The packets of a capture at other times, which are any seconds of 64 bits (pcapng, if_tsresol 0)."""
    def block(kind, body):
        body += bytes(-len(body) % 4)
        return struct.pack('<II', kind, len(body) + 12) + body + struct.pack('<I', len(body) + 12)

    data = block(0x0a0d0d0a, struct.pack('<IHHq', 0x1a2b3c4d, 1, 0, -1))
    data += block(1, struct.pack('<HHIHHBxxxHH', 1, 0, 0, 9, 1, 0, 0, 0))
    frames = mutate.frames(capture)
    for number, frame in enumerate(frames):
        time = time_of(number, len(frames)) % 2**64
        data += block(6, struct.pack('<IIIII', 0, time >> 32, time % 2**32, len(frame.data), frame.length) + frame.data)
    path.write_bytes(data)
    return path


TIMES = {
    'backwards': lambda n, count: 1700000000 + 5 * (count - n),
    'to and fro': lambda n, count: 1700000000 + (n if n % 2 else -400 * n),
    '2038': lambda n, count: 2**31 - 2 + n,
    '2106': lambda n, count: 2**32 - 2 + n,
    '2262': lambda n, count: 2**63 // 10**9 - 2 + n,
    'before 1970': lambda n, count: -count + n,
    'from end to end': lambda n, count: (5, 2**63 - 1, 2**63, 2**62, 1700000000)[n % 5],
}


@pytest.mark.parametrize('when', sorted(TIMES))
@pytest.mark.parametrize('capture', ('wrong-server-key.pcapng', 'basic.pcapng'))
def test_times_that_no_clock_shows(tmp_path, capture, when):
    """Nothing ends badly, and nothing takes less than no time."""
    path = timed(tmp_path / 'times.pcapng', capture, TIMES[when])
    reports = [argument for name in ('sessions', 'audit', 'diagnose', 'keys', 'tree')
               for argument in ('-z', 'wg,' + name)]
    text = harness.tshark(path, '-q', *reports).stdout
    assert 'Transport Data' in text or 'Handshake Initiation' in text
    assert not re.search(r'(?<![\w.])-\d[\d.]* (ms|s|min|h|days|years)\b', text)
    told = [json.loads(line) for line in
            harness.tshark(path, '-q', *reports[:6], prefs=['wg.report_format:json']).lines()]
    lasts = [line['lasts'] for line in told if 'lasts' in line]
    assert lasts and min(lasts) >= 0
    if when in ('backwards', '2262'):
        begins = [line['begins'] for line in told if 'begins' in line]
        assert all(abs(begin) < 1e6 for begin in begins), begins
