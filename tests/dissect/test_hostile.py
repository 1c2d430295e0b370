# test_hostile.py
# Captures made to mislead or to crash: what is shown belongs to the packet that shows it.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import collections
import json
import re

import pytest

import harness

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
