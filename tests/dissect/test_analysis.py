# test_analysis.py
# Sessions and what is wrong with them, against the captures' ground truth.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import collections
import random
import struct

import pytest

import ground_truth
import harness

VERDICTS = ('lost', 'duplicate_of', 'out_of_order', 'outside_window', 'counter_reset', 'roamed', 'expired',
            'rekey_overdue', 'unanswered', 'unknown_session', 'replayed_handshake', 'not_accepted',
            'responder_first', 'under_load', 'cookie_ignored', 'clock_backwards', 'captured_twice',
            'starts_over')
FIELDS = tuple('wg.analysis.%s' % name for name in VERDICTS)

# What the recorded captures show, by frames or number of frames, and nothing else.
EXPECTED = {
    'basic': {},
    'psk-ipv6': {},
    'cookie': {'under_load': [4]},
    'cookie-both': {'under_load': [4, 9]},
    'roaming': {'roamed': 3},
    'roaming-in-flight': {'roamed': 2},
    'unanswered': {'unanswered': 7},
    'wrong-server-key': {'unanswered': 7},
    'rekey': {},
    'mid-session-leak': {'unknown_session': 26},
    # The link doubles packets at once or 5 ms later; the former cannot be told from a second capture.
    'lossy': {'lost': 33, 'duplicate_of': 14 + 8, 'out_of_order': 43 + 14, 'captured_twice': 15},
    'gso': {},
    'client-id': {'under_load': [30]},
}


def found_verdicts(capture, two_pass=True, **more):
    """Verdict -> frames."""
    rows = harness.fields(capture, 'frame.number', *FIELDS, filter='wg.stream', two_pass=two_pass, **more)
    found = collections.defaultdict(list)
    for row in rows:
        for name, value in zip(VERDICTS, row[1:]):
            if value:
                found[name].append(int(row[0]))
    return dict(found)


@pytest.mark.parametrize('name', EXPECTED)
def test_recorded_captures(name):
    found = found_verdicts(name + '.pcapng')
    assert set(found) == set(EXPECTED[name])
    for verdict, expected in EXPECTED[name].items():
        assert (found[verdict] if isinstance(expected, list) else len(found[verdict])) == expected, verdict


@pytest.mark.parametrize('name', EXPECTED)
def test_the_first_pass_knows_what_it_can(name):
    """All but what the future shows: no answer, and losses that a late packet takes back."""
    first, second = (found_verdicts(name + '.pcapng', two_pass) for two_pass in (False, True))
    for verdict in set(first) | set(second):
        if verdict == 'unanswered':
            assert verdict not in first
        elif verdict == 'lost':
            # A late packet fills a gap; a far jump is believed when the next packet goes on from there.
            assert len(set(second[verdict]) - set(first[verdict])) <= 1
        elif verdict == 'unknown_session':
            assert len(first[verdict]) == len(second[verdict]) - 3  # until the flow is proved
        else:
            assert first[verdict] == second[verdict]


@pytest.mark.parametrize('name', [n for n in EXPECTED if n != 'gso'])
def test_losses_duplicates_and_late_packets(name):
    """Exactly, in each direction; gso's own figures count datagrams, and nothing is lost there."""
    rows = harness.fields(name + '.pcapng', 'wg.receiver', 'wg.analysis.lost', 'wg.analysis.duplicate_of',
                          'wg.analysis.out_of_order', filter='wg.type == 4 and wg.stream', two_pass=True)
    sums = collections.defaultdict(lambda: [0, 0, 0])
    for receiver, lost, duplicate, late in rows:
        sums[receiver][0] += int(lost or 0)
        sums[receiver][1] += bool(duplicate)
        sums[receiver][2] += bool(late)
    for row in ground_truth.streams(name):
        if row['session'] == '-':
            continue
        assert sums[row['receiver']] == [int(row[c]) for c in ('missing', 'duplicated', 'late (reordered)'
                                                               if 'late (reordered)' in row else 'late')]


def test_lossy_figures():
    rows = harness.fields('lossy.pcapng', 'wg.from_initiator', 'wg.analysis.lost', two_pass=True,
                          filter='wg.analysis.lost')
    lost = collections.Counter()
    for from_initiator, number in rows:
        lost[from_initiator in ('1', 'True')] += int(number)
    assert (lost[True], lost[False]) == (19, 15)


# ---- synthetic ----

def expected_of(row):
    """The note of a frame: «scenario: verdict,verdict=value»."""
    words = row['note'].split(': ')[1]
    return dict(word.partition('=')[::2] for word in words.split(',') if word != '-')


def test_every_verdict_once():
    truth = ground_truth.frames('verdicts')
    rows = harness.fields('verdicts.pcap', 'frame.number', 'wg.initiation.attempt', 'wg.rekey_of',
                          'wg.keepalive.kind', *FIELDS, two_pass=True)
    shown = set()
    for number, attempt, rekey, keepalive, *values in rows:
        found = {}
        for name, value in zip(VERDICTS, values):
            if value:
                found[name] = value
        if 'duplicate_of' in found and 'replayed_handshake' not in found:
            found['duplicate'] = ''
        found.pop('duplicate_of', None)
        if attempt and int(attempt) > 1:
            found['retry'] = attempt
        if rekey:
            found['rekey'] = ''
        if keepalive:
            found['keepalive'] = keepalive
        found = {name: value if name in ('lost', 'retry', 'keepalive') else '' for name, value in found.items()}
        assert found == expected_of(truth[int(number)]), (number, truth[int(number)]['note'])
        shown |= set(found)
    # clock_backwards needs keys, the last two other captures: they have tests of their own.
    assert shown >= set(VERDICTS) - {'duplicate_of', 'clock_backwards', 'captured_twice', 'starts_over'} | {'retry', 'rekey', 'keepalive'}


def test_each_is_an_expert_info_and_a_word():
    table = harness.tshark('verdicts.pcap', '-q', '-z', 'expert', two_pass=True).stdout
    for text in ('A peer has moved', 'Out of order', 'Outside the replay window', 'Counter used before',
                 'more than 180 s after its handshake', 'past 120 s without a new handshake', 'No response or cookie reply',
                 'was not captured', 'seen before', 'Starts over', 'Responder sends first', 'under load',
                 'despite a cookie', 'lost before this one', 'A further copy'):
        assert text in table, text
    # Where they are seen: before the name of the message.
    words = '\n'.join(line.rpartition('] ')[0] + ']' for line in harness.info('verdicts.pcap', two_pass=True)
                      if line.startswith('['))
    for word in ('[Retry 2]', '[Retry 3]', '[2 lost]', '[Duplicate of ', '[Roamed from 192.0.2.13:51820]',
                 '[Rekey of stream ', '[Session expired]', '[Cookie ignored]', '[Out of order]'):
        assert word in words, word


def test_expert_infos_are_there_for_those_who_ask_for_nothing_else():
    """A filter on expert infos names no field of ours; they are drawn all the same."""
    assert harness.frames('roaming.pcapng', '_ws.expert.message contains "has moved"') == \
        harness.frames('roaming.pcapng', 'wg.analysis.roamed')
    assert harness.count('cookie.pcapng', '_ws.expert.severity == "Note"') == \
        harness.count('cookie.pcapng', 'wg.mac2.is_set or wg.analysis.under_load')
    assert harness.count('wrong-length.pcap', '_ws.malformed') == 8


def test_previous_endpoint():
    rows = harness.fields('roaming.pcapng', 'wg.analysis.previous_endpoint', filter='wg.analysis.roamed')
    assert [row[0] for row in rows] == ['198.51.100.51:51820', '198.51.100.51:40404', '198.51.100.99:40404']
    rows = harness.fields('roaming-in-flight.pcapng', 'wg.analysis.previous_endpoint', filter='wg.analysis.roamed',
                          keys='roaming-in-flight.client.keys')
    assert [row[0] for row in rows] == ['198.51.100.52:51820', '198.51.100.52:52020']


def test_links_times_and_ages():
    rows = harness.fields('rekey.pcapng', 'frame.number', 'wg.type', 'wg.stream', 'wg.session.initiation',
                          'wg.session.response', 'wg.response_time', 'wg.rekey_of', 'wg.session.age',
                          'wg.from_initiator', two_pass=True, filter='wg')
    initiations = [row for row in rows if row[1] == '1']
    responses = [row for row in rows if row[1] == '2']
    assert [row[2] for row in initiations] == ['0', '1'] and [row[6] for row in initiations] == ['', '0']
    assert [round(float(row[5]), 4) for row in responses] == [0.0013, 0.0006]
    data = [row for row in rows if row[1] == '4']
    streams = collections.Counter(row[2] for row in data)
    assert streams == {'0': 720 + 599, '1': 191 + 161}
    for row in data:
        opened, answered = initiations[int(row[2])][0], responses[int(row[2])][0]
        assert (row[3], row[4]) == (opened, answered)
        assert 0 <= float(row[7]) < 125
    assert sum(row[8] in ('1', 'True') for row in data) == 720 + 191


def test_attempts():
    rows = harness.fields('unanswered.pcapng', 'wg.initiation.attempt', 'wg.initiation.retry_of', filter='wg')
    assert rows == [['1', '']] + [[str(n), '3'] for n in range(2, 8)]
    rows = harness.fields('cookie-both.pcapng', 'wg.initiation.attempt', filter='wg.type == 1')
    assert [row[0] for row in rows] == ['1', '2', '3']


def test_keepalives():
    rows = harness.fields('psk-ipv6.pcapng', 'frame.number', 'wg.keepalive.kind', filter='wg.keepalive')
    assert rows == [['7', '1']] + [[n, '3'] for n in ('44', '47', '48', '49')]
    assert harness.fields('client-id.pcapng', 'wg.keepalive.kind', filter='wg.keepalive') == [['2']]
    assert harness.fields('rekey.pcapng', 'frame.number', 'wg.keepalive.kind', filter='wg.keepalive') == [['1338', '1']]


# ---- captures put together ----

def test_two_points_of_capture():
    """The same packets twice: every second one is a duplicate that was sent once; nothing is lost or reset."""
    folder = harness.scratch()
    shifted, merged = folder / 'shifted.pcapng', folder / 'merged.pcapng'
    harness.tool('editcap', '-t', '0.0004', harness.staged('basic.pcapng'), shifted)
    harness.tool('mergecap', '-w', merged, harness.staged('basic.pcapng'), shifted)
    found = found_verdicts(str(merged))
    assert set(found) == {'duplicate_of', 'captured_twice'}
    assert len(found['captured_twice']) == len(found['duplicate_of']) == 22
    assert harness.fields(str(merged), 'wg.stream', filter='wg') == [['0']] * 44


@pytest.mark.parametrize('name', ('basic', 'lossy', 'rekey', 'cookie'))
def test_a_shuffled_capture_gives_the_same_session_figures(name):
    """Out of order: on the second pass the sums are what they are in order."""
    def figures(capture):
        rows = harness.fields(capture, 'wg.receiver', 'wg.session.initiation', 'wg.session.response',
                              'wg.analysis.lost', filter='wg.type == 4 and wg.stream', two_pass=True)
        sums = collections.defaultdict(lambda: [0, 0, 0])
        for receiver, initiation, response, lost in rows:
            sums[receiver][0] += 1
            sums[receiver][1] += int(lost or 0)
            sums[receiver][2] += bool(initiation and response)
        return dict(sums)

    shuffled = harness.scratch() / 'shuffled.pcapng'
    shuffle((harness.CAPTURES / (name + '.pcapng')).read_bytes(), shuffled)
    assert figures(str(shuffled)) == figures(name + '.pcapng')


def shuffle(data, path):
    """Change the order of the packets; each keeps its time."""
    head, packets, at = [], [], 0
    while at < len(data):
        kind, length = struct.unpack_from('<II', data, at)
        (packets if kind == 6 else head).append(data[at:at + length])
        at += length
    random.Random(1).shuffle(packets)
    path.write_bytes(b''.join(head + packets))


def test_one_direction_only():
    """What the other side sent is not in the capture; nobody says that it was lost."""
    one_way = harness.scratch() / 'one-way.pcapng'
    harness.tool('tshark', '-r', harness.staged('rekey.pcapng'), '-Y', 'ip.src == 198.51.100.71', '-w', one_way)
    found = found_verdicts(str(one_way))
    assert set(found) <= {'unanswered', 'unknown_session'}
    assert len(found['unanswered']) == 2


def test_clock_backwards(tmp_path):
    """With the responder's key: the second initiation carries an earlier time than the first."""
    import importlib.util
    import base64
    spec = importlib.util.spec_from_file_location('reference', harness.ROOT / 'tests/vectors/reference.py')
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    si, sr = bytes(range(1, 33)), bytes(range(101, 133))

    def initiation(number, seconds):
        timestamp = struct.pack('>QI', (1 << 62) + 10 + seconds, 0)
        return reference.make_initiation(si, bytes([number] * 32), reference.public(sr), timestamp, number)[0]

    import sys
    sys.path.insert(0, str(harness.CAPTURES))
    try:
        import packets
    finally:
        sys.path.pop(0)
    capture = packets.Capture('clock.pcap', listed=False)
    for number, seconds in ((1, 1_700_000_100), (2, 1_700_000_050), (3, 1_700_000_050), (4, 1_700_000_101)):
        capture.datagram('192.0.2.1', 40000 + number, '198.51.100.1', 51820, initiation(number, seconds), 'ok',
                         time=packets.START + number * 30_000_000)
    folder = harness.scratch()
    capture.write(folder)
    private = 'uat:wg_keys:"Private","%s"' % base64.b64encode(sr).decode()
    path = str(folder / 'clock.pcap')
    assert found_verdicts(path, prefs=[private])['clock_backwards'] == [2, 3]
    assert 'clock_backwards' not in found_verdicts(path)
