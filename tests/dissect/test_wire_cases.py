# test_wire_cases.py
# Situations of the wire, each with the right result: the owner of an index, late keys, fragments, layers, copies.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import collections
import re

import pytest

import harness

PASSES = pytest.mark.parametrize('two_pass', (False, True), ids=('first', 'second'))
DECRYPTED, NO_KEYS, FAILED, TRUNCATED = '1', '3', '10', '11'


def column(capture, name, **more):
    return [row[0] for row in harness.fields(capture, name, filter='wg', **more)]


# ---- an index belongs to the host that announced it ----

@PASSES
def test_one_index_both_ways(two_pass):
    """Both peers chose index 1: one session, and no counter was used twice."""
    rows = harness.fields('small-index-one-mid.pcapng', 'wg.stream', 'wg.analysis.counter_reset',
                          'wg.analysis.duplicate_of', 'wg.analysis.roamed', two_pass=two_pass)
    # The first three wait for the proof of their flow.
    assert rows[3 if not two_pass else 0:] == [['0', '', '', '']] * (12 if two_pass else 9)
    opened = harness.fields('small-index-one-mid.pcapng', 'wg.decryption.status', 'wg.stream', 'wg.from_initiator',
                            'ip.src', filter='wg', keys='small-index-one-mid.keys', two_pass=two_pass)
    assert [(status, stream) for status, stream, _, _ in opened] == [(DECRYPTED, '0')] * 12
    assert len({(sender, source.split(',')[0]) for _, _, sender, source in opened}) == 2, 'each peer has one role'


def test_three_peers_with_one_index():
    """Three peers and their server all count from 1, and rekey: six sessions, each between two hosts."""
    for keys in ((), 'small-index-both-mid.keys'):
        rows = harness.fields('small-index-both-mid.pcapng', 'wg.stream', 'ip.src', 'ip.dst', 'wg.receiver',
                              'wg.analysis.counter_reset', 'wg.analysis.roamed', two_pass=True, keys=keys,
                              prefs=('wg.dissect_packet:FALSE',))
        sessions = collections.defaultdict(set)
        for stream, source, destination, receiver, reset, roamed in rows:
            sessions[stream].add((frozenset((source, destination)), receiver))
            assert reset == roamed == ''
        assert len(sessions) == 6 and all(len(found) == 1 for found in sessions.values())
    assert column('small-index-both-mid.pcapng', 'wg.decryption.status', keys='small-index-both-mid.keys',
                  two_pass=True) == [DECRYPTED] * 48


@PASSES
@pytest.mark.parametrize('keys', [(), 'index-taken-over.keys'], ids=('no-keys', 'keys'))
def test_a_handshake_takes_an_index_over(two_pass, keys):
    """The data before it, with counters of a million and more, stays a session of its own."""
    rows = harness.fields('index-taken-over.pcapng', 'frame.number', 'wg.stream', 'wg.analysis.counter_reset',
                          'wg.analysis.outside_window', 'wg.decryption.status', filter='wg', two_pass=two_pass, keys=keys,
                          prefs=('wg.dissect_packet:FALSE',))
    streams = {int(frame): stream for frame, stream, *_ in rows}
    assert {frame: stream for frame, stream in streams.items() if frame > 16} == {n: '1' for n in range(17, 35)}
    assert {stream for frame, stream in streams.items() if frame <= 16} == {'0'}
    assert {(reset, outside) for _, _, reset, outside, _ in rows} == {('', '')}
    if keys:
        assert {status for frame, *_, status in rows if int(frame) > 16} == {DECRYPTED}
        assert DECRYPTED not in {status for frame, *_, status in rows if int(frame) <= 16}
    report = harness.tshark('index-taken-over.pcapng', '-q', '-z', 'wg,diagnose', two_pass=two_pass, keys=keys).stdout
    assert 'OK       Healthy' in report and 'missing' not in report and '16 data packets there and 16 back' in report


@PASSES
def test_peers_that_move_before_their_first_data(two_pass):
    """What a key opens is theirs. Without keys, only a first packet with counter 0 shows that its sender moved."""
    for keys, followed in (((), 3), ('early-roam.keys', 6)):
        rows = harness.fields('early-roam.pcapng', 'frame.number', 'wg.stream', 'wg.analysis.roamed',
                              'wg.decryption.status', two_pass=two_pass, keys=keys, prefs=('wg.dissect_packet:FALSE',))
        streams = [stream for _, stream, _, _ in rows]
        assert streams == [str((n - 1) // 5) if n < 16 or keys or n in (16, 17, 21, 22, 26, 27, 28) else ''
                           for n in range(1, 31)]
        assert [int(row[0]) for row in rows if row[2]] == [3, 8, 13, 18, 23, 29][:followed]
        assert {row[3] for row in rows if row[1]} == {DECRYPTED if keys else NO_KEYS}


@PASSES
@pytest.mark.parametrize('keys', [(), 'nat-swap.keys'], ids=('no-keys', 'keys'))
def test_clients_of_a_nat_that_swaps_their_ports(two_pass, keys):
    """Both chose index 1. Who came to a port last has it, so no counter was used twice, and nothing is lost."""
    rows = harness.fields('nat-swap.pcapng', 'frame.number', 'wg.stream', 'wg.analysis.counter_reset',
                          'wg.analysis.duplicate_of', 'wg.analysis.out_of_order', 'wg.analysis.lost',
                          'wg.analysis.roamed', two_pass=two_pass, keys=keys, prefs=('wg.dissect_packet:FALSE',))
    assert {tuple(row[2:6]) for row in rows} == {('', '', '', '')}
    assert [int(row[0]) for row in rows if row[6]] == [21, 23, 37, 39]
    assert [row[1] for row in rows] == (list('0011') * 5) + (list('1100') * 4) + (list('0011') * 4)
    said = harness.tshark('nat-swap.pcapng', '-q', '-z', 'wg,diagnose', two_pass=two_pass, keys=keys).stdout
    assert said.count('OK       Healthy') == 2 and 'FAULT' not in said and 'WARNING' not in said
    assert said.count('12 data packets there and 12 back') == 2


@PASSES
def test_another_protocol_ends_a_merged_datagram(two_pass):
    """Frames 7 to 13 hold 1, 2, 3, 4, 5, 6 and 8 messages of 272 bytes, and 20 bytes of STUN."""
    rows = harness.fields('gro-stun-last.pcapng', 'wg.counter', 'wg.length', 'wg.decryption.status',
                          filter='frame.number > 7', keys='gro-stun-last.keys', two_pass=two_pass)
    counters = iter(range(3, 99))
    for row, messages in zip(rows, (2, 3, 4, 5, 6, 8)):
        assert row == [','.join(str(next(counters)) for _ in range(messages)), ','.join(['272'] * messages),
                       ','.join([DECRYPTED] * messages)]
    assert len(rows) == 6
    assert harness.count('gro-stun-last.pcapng', 'data.len == 20') == 6


@PASSES
def test_what_vxlan_carries_stays_with_vxlan(two_pass):
    """Keys find messages at any offset; but not in a datagram inside the one that another dissector reads."""
    rows = harness.fields('vxlan.pcapng', 'frame.protocols', 'wg.envelope', 'wg.decryption.status', two_pass=two_pass,
                          keys='vxlan.keys', prefs=('wg.dissect_packet:FALSE',))
    assert len(rows) == 14
    for protocols, envelope, status in rows:
        assert protocols.startswith('eth:ethertype:ip:udp:vxlan:eth:ethertype:ip:udp:wg')
        assert (envelope, status) == ('', DECRYPTED)
    assert 'Healthy' in harness.tshark('vxlan.pcapng', '-q', '-z', 'wg,diagnose', keys='vxlan.keys').stdout


@PASSES
def test_the_whole_copy_counts(two_pass):
    """Of each packet, the first copy is cut. The second one opens, and so does all that follows from it."""
    rows = harness.fields('snaplen-first.pcapng', 'frame.number', 'wg.decryption.status', 'wg.stream',
                          keys='snaplen-first.keys', two_pass=two_pass, prefs=('wg.dissect_packet:FALSE',))
    truncated = {int(frame) for frame, status, _ in rows if status == TRUNCATED}
    assert truncated == set(range(1, 37, 2))
    assert {status for frame, status, _ in rows if int(frame) not in truncated} == {DECRYPTED}
    assert {stream for *_, stream in rows} == {'0'}


@PASSES
def test_each_responder_has_a_clock_of_its_own(two_pass):
    rows = harness.fields('two-peers-one-key.pcapng', 'wg.type', 'wg.decryption.status', 'wg.analysis.clock_backwards',
                          filter='wg', keys='two-peers-one-key.keys', two_pass=two_pass)
    assert sum(kind == '1' for kind, _, _ in rows) == 2
    assert {status for _, status, _ in rows} == {DECRYPTED}
    assert {backwards for _, _, backwards in rows} == {''}


# ---- keys that come late ----

@pytest.mark.parametrize('capture,first', (('secrets-after-data.pcapng', [NO_KEYS] * 3 + [DECRYPTED]),
                                           ('secrets-at-the-end.pcapng', [NO_KEYS] * 4)))
def test_secrets_that_come_late(capture, first):
    """What they open, a later look opens; nothing is called forged meanwhile."""
    assert column(capture, 'wg.decryption.status') == first
    assert column(capture, 'wg.decryption.status', two_pass=True) == [DECRYPTED] * 4
    for two_pass in (False, True):
        said = harness.tshark(capture, '-q', '-z', 'wg,diagnose', '-z', 'wg,audit', two_pass=two_pass).stdout
        assert 'ot authentic' not in said and 'forged' not in said
        assert harness.count(capture, 'wg.decryption_error', two_pass=two_pass) == 0


def test_a_handshake_that_comes_after_its_data():
    """Its session is one, which renews none; the packet before it is opened by a later look."""
    rows = harness.fields('order-data-first.pcapng', 'wg.stream', 'wg.rekey_of', 'wg.decryption.status',
                          filter='wg', keys='order-data-first.keys', two_pass=True)
    assert rows == [['1', '', DECRYPTED]] * 12


# ---- pieces, layers, copies ----

@PASSES
def test_a_first_fragment_is_truncated(two_pass):
    rows = harness.fields('outer-frag-v4.pcapng', 'ip.flags.mf', 'wg.length', 'udp.length', 'wg.truncated',
                          'wg.decryption.status', filter='wg', keys='outer-frag-v4.keys', two_pass=two_pass,
                          prefs=('ip.defragment:FALSE',))
    pieces = [row for row in rows if row[0] in ('1', 'True')]
    assert len(pieces) == 6
    for _, length, udp, truncated, status in pieces:
        assert int(length) == int(udp) - 8 and truncated and status == TRUNCATED
    assert {row[4] for row in rows if row not in pieces} == {DECRYPTED}
    whole = column('outer-frag-v4.pcapng', 'wg.decryption.status', keys='outer-frag-v4.keys', two_pass=two_pass)
    assert set(whole) == {DECRYPTED}


def test_a_tunnel_in_a_tunnel_is_no_fragment():
    said = harness.tshark('nested.pcapng', '-q', '-z', 'wg,diagnose', keys='nested.keys').stdout
    assert said.count('OK') == 2 and 'ragment' not in said
    assert 'came in IP fragments' in harness.tshark('encapsulated.pcap', '-q', '-z', 'wg,diagnose').stdout


@PASSES
def test_before_and_behind_a_nat(two_pass):
    """Each packet is there twice, under two addresses of one peer: nobody has moved, and nothing is replayed."""
    rows = harness.fields('any-nat.pcap', 'wg.stream', 'wg.analysis.roamed', 'wg.analysis.captured_twice',
                          'wg.analysis.replayed_handshake', 'wg.decryption.status', keys='any-nat.keys',
                          filter='wg', two_pass=two_pass)
    assert len(rows) == 44
    assert [row[2] != '' for row in rows].count(True) == 22
    assert {(row[0], row[1], row[3], row[4]) for row in rows} == {('0', '', '', DECRYPTED)}


@PASSES
@pytest.mark.parametrize('keys', [(), 'nat-slow.keys'], ids=('no-keys', 'keys'))
def test_a_slow_nat(two_pass, keys):
    """Copies 4 ms later on one interface. A replay from elsewhere, 3 s later, is none of them, and moves nobody."""
    rows = harness.fields('nat-slow.pcapng', 'frame.number', 'wg.stream', 'wg.analysis.captured_twice',
                          'wg.analysis.replayed_handshake', 'wg.analysis.roamed', keys=keys, two_pass=two_pass,
                          prefs=('wg.dissect_packet:FALSE',))
    copies = [n for n in range(2, 45, 2) if n != 40]
    assert [int(row[0]) for row in rows if row[2]] == copies
    assert [int(row[0]) for row in rows if row[3]] == [39]
    assert {row[4] for row in rows} == {''}
    assert [row[1] for row in rows if row[0] not in ('39', '40')] == ['0'] * 18 + ['1'] * 24
    said = ' '.join(harness.tshark('nat-slow.pcapng', '-q', '-z', 'wg,diagnose', keys=keys, two_pass=two_pass).stdout.split())
    assert '21 of 21 have a copy with another address, 203.0.113.5:61001: before and after a NAT.' in said
    assert 'OK Healthy' in said and 'Roamed' not in said and '10 data packets there and 7 back' in said


def test_a_response_that_seems_to_come_from_the_initiator():
    """A mirror that swaps the addresses of a response: the index tells what it answers."""
    rows = harness.fields('response-swapped.pcapng', 'wg.type', 'wg.response_to', filter='wg.type == 2', two_pass=True)
    assert rows == [['2', str(frame)] for frame in (1, 3, 5, 7)]


def test_times_that_go_backwards():
    """A session may begin before the first packet of the file, but nothing takes less than no time."""
    said = harness.tshark('times-back.pcapng', '-q', '-z', 'wg,sessions', keys='times-back.keys').stdout
    begins, answer, lasts = re.search(r'zFI/mP6z\.\.\. +(\S+) +(\S+) +(\S+)', said).groups()
    assert (begins, answer) == ('-11.000', '-') and float(lasts) >= 0


# ---- nothing comes back ----

@PASSES
def test_starting_over_and_why(two_pass):
    """Every 16 s a new handshake, because nothing answers the data; the server's configuration says why."""
    name, keys = 'outside-allowed-ips.pcap', 'outside-allowed-ips.client.keys'
    starts = [float(row[0]) for row in harness.fields(name, 'frame.time_relative', filter='wg.analysis.starts_over',
                                                      two_pass=two_pass)]
    assert len(starts) >= 3 and all(15 <= later - earlier <= 17.5 for earlier, later in zip(starts, starts[1:]))
    assert harness.count('basic.pcapng', 'wg.analysis.starts_over', two_pass=two_pass) == 0
    assert harness.count(name, 'wg.inner.not_allowed', keys=keys, two_pass=two_pass) == 0
    conf = 'wg.config:%s' % harness.staged('outside-allowed-ips.server.conf')
    outside = harness.fields(name, 'wg.decryption.status', 'wg.from_initiator', filter='wg.inner.not_allowed',
                             keys=keys, prefs=[conf], two_pass=two_pass)
    opened = harness.count(name, 'wg.inner.length', keys=keys, prefs=[conf], two_pass=two_pass)
    assert len(outside) == opened > 10
    assert {status for status, _ in outside} == {DECRYPTED}


# ---- with keys, what authenticates has the last word ----

HEALTHY = 82  # messages of the healthy tunnel in each of these


@PASSES
@pytest.mark.parametrize('capture,forged', (('hostile-far-counter.pcap', 1), ('hostile-roam.pcap', 1),
                                            ('hostile-forged-responses.pcap', 16),
                                            ('hostile-forged-initiations.pcap', 20)))
def test_forged_messages_cost_nothing(capture, forged, two_pass):
    """Whoever made them saw the indices. Every genuine packet opens, and nothing is said against one."""
    rows = harness.fields(capture, 'wg.decryption.status', 'wg.analysis.outside_window', 'wg.analysis.counter_reset',
                          'wg.analysis.roamed', 'wg.analysis.lost', 'wg.analysis.out_of_order', filter='wg',
                          keys='hostile-forged-responses.keys', two_pass=two_pass)
    genuine = [row for row in rows if row[0] == DECRYPTED]
    assert len(genuine) == HEALTHY and len(rows) == HEALTHY + forged
    assert genuine == [[DECRYPTED] + [''] * 5] * HEALTHY


@PASSES
def test_one_far_counter_does_not_move_the_window(two_pass):
    """Without keys, too: it is only believed when others go on from there."""
    rows = harness.fields('hostile-far-counter.pcap', 'wg.counter', 'wg.analysis.outside_window', 'wg.analysis.lost',
                          'wg.analysis.out_of_order', filter='wg.counter', two_pass=two_pass)
    assert max(int(row[0]) for row in rows) >= 10 ** 9
    assert [row[1:] for row in rows] == [['', '', '']] * len(rows)


@PASSES
def test_several_messages_in_a_segment(two_pass):
    """The inner packet of the first one does not lend its addresses to the next: nobody has moved."""
    capture, keys = 'udp-over-tcp.pcapng', 'udp-over-tcp.client.keys'
    rows = harness.fields(capture, 'wg.type', filter='wg', keys=keys, two_pass=two_pass)
    assert sum(',' in types for types, in rows) > 10
    assert harness.count(capture, 'wg.analysis.roamed || wg.analysis.previous_endpoint', keys=keys,
                         two_pass=two_pass) == 0
    said = harness.tshark(capture, '-q', '-z', 'wg,diagnose', '-z', 'conv,wg', keys=keys, two_pass=two_pass).stdout
    assert 'Healthy' in said and 'Roamed' not in said
    assert said.count('<->') == 1


@pytest.mark.parametrize('first', range(41, 100, 8))
def test_a_gap_in_a_stream(first):
    """Where segments were not captured, the next one may begin with anything, which makes no message of it."""
    capture, keys = harness.scratch() / 'gap.pcapng', 'udp-over-tcp.server.keys'
    harness.tool('editcap', harness.staged('udp-over-tcp.pcapng'), capture, '%d-%d' % (first, first + 35))
    capture.chmod(0o644)
    rows = harness.fields(capture, 'wg.type', 'wg.decryption.status', 'wg.carrier', filter='wg', keys=keys)
    assert {value for _, status, _ in rows for value in status.split(',')} == {DECRYPTED}
    assert {value for *_, carrier in rows for value in carrier.split(',')} == {'udp-over-tcp'}
    assert 'orged' not in harness.tshark(capture, '-q', '-z', 'wg,diagnose', keys=keys).stdout
