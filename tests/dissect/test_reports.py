# test_reports.py
# The reports' figures: those of the captures' own ground truth, those of the fields, and each other's.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import collections
import re

import pytest

import goldens
import ground_truth
import harness
import reports

MADE = ('icmp-quoted.pcap', 'verdicts.pcap', 'faults.pcap', 'leaks.pcap', 'wrong-length.pcap', 'encapsulated.pcap')
VERDICTS = {'lost': 'Packets lost before it', 'duplicate_of': 'Duplicate', 'out_of_order': 'Out of order',
            'outside_window': 'Outside the replay window', 'counter_reset': 'Counter reset', 'roamed': 'Roamed',
            'expired': 'Session expired', 'rekey_overdue': 'Rekey overdue', 'unanswered': 'No answer captured',
            'unknown_session': 'Handshake not captured', 'replayed_handshake': 'Replayed handshake',
            'not_accepted': 'Response not accepted', 'responder_first': 'Responder first',
            'under_load': 'Under load', 'cookie_ignored': 'Cookie ignored', 'captured_twice': 'Captured twice'}


# ---- each against what is known otherwise ----

def check_ground_truth(name, sessions, tree):
    """Packets, losses, duplicates, late packets, keepalives, messages by type."""
    found = collections.Counter()
    for row in sessions.values():
        handshakes = {'no handshake': (0, 0), 'no answer': (1, 0), 'not accepted': (2, 1)}.get(
            row['state'].split(',')[0], (1, 1))
        sums = [tuple(a - b for a, b in zip(row['packets>/<'], handshakes)), row['lost>/<'], row['dup>/<'],
                row['late>/<']]
        for way in (0, 1):
            found[tuple(pair[way] for pair in sums)] += bool(sums[0][way])
    expected = collections.Counter()
    for row in ground_truth.streams(name):
        late = row.get('late', row.get('late (reordered)'))
        expected[tuple(int(n) for n in (row['packets'], row['missing'], row['duplicated'], late))] += 1
    assert +found == expected
    names = {1: 'Handshake Initiation', 2: 'Handshake Response', 3: 'Cookie Reply', 4: 'Transport Data'}
    keepalives = int(re.search(r'keepalives \(empty plaintext\): (\d+)', ground_truth.text(name)).group(1))
    assert sum(int(row['keepalives']) for row in sessions.values()) == keepalives
    assert tree.get(('WireGuard messages', 'Transport Data, keepalive'), 0) == keepalives
    for kind, number in ground_truth.messages_by_type(name).items():
        assert tree.get(('WireGuard messages', names[kind]), 0) == number - keepalives * (kind == 4)


def fields(capture):
    """One dictionary a frame. What ICMP errors quote is drawn, and counted by no report."""
    names = ('stream', 'type', 'length', 'mac2.zero') + tuple('analysis.' + v for v in VERDICTS)
    rows = harness.fields(capture, *('wg.' + name for name in names), two_pass=True,
                          filter='wg.type and not icmp and not icmpv6')
    return [dict(zip(names, row)) for row in rows]


def check_sessions(rows, sessions):
    sums = collections.defaultdict(collections.Counter)
    for row in rows:
        if not row['stream']:
            continue
        of = sums[int(row['stream'].split(',')[0])]
        of['packets'] += len(row['type'].split(','))
        of['bytes'] += sum(int(n) for n in row['length'].split(','))
        of['lost'] += sum(int(n) for n in row['analysis.lost'].split(',') if n)
        of['dup'] += bool(row['analysis.duplicate_of']) and row['type'] == '4'
        of['late'] += bool(row['analysis.out_of_order'])
        of['roamed'] += bool(row['analysis.roamed'])
    found = {}
    for stream, row in sessions.items():
        found[stream] = collections.Counter({name: sum(row[name + '>/<']) for name in ('packets', 'bytes', 'lost',
                                                                                       'dup', 'late')})
        found[stream]['roamed'] = int(row['roamed'])
    assert {stream: +of for stream, of in found.items()} == {stream: +of for stream, of in sums.items()}


def check_tree(rows, tree):
    kinds, verdicts, mac2 = collections.Counter(), collections.Counter(), collections.Counter()
    for row in rows:
        for kind, length in zip(row['type'].split(','), row['length'].split(',')):
            kinds[kind, kind == '4' and length == '32'] += 1
        mac2['mac2 is zero' if row['mac2.zero'] in ('1', 'True') else 'mac2 is set'] += bool(row['mac2.zero'])
        for name, told in VERDICTS.items():
            verdicts[told] += bool(row['analysis.' + name]) and (name != 'duplicate_of' or row['type'] == '4')
    assert tree[('', 'WireGuard messages')] == sum(kinds.values())
    assert tree.get(('WireGuard messages', 'Transport Data'), 0) == kinds['4', False]
    assert tree[('Transport data by size (bytes of the message)', '32')] == kinds['4', True]
    for parent, counted in (('Handshakes by mac2', mac2), ('Verdicts', verdicts)):
        assert {name: n for (of, name), n in tree.items() if of == parent and name != 'mac2 not captured'} == +counted


@pytest.mark.parametrize('name', goldens.RECORDED + ('client-id',) + MADE)
def test_figures(name):
    """Those of the ground truth, of the fields, of each other, and of the other pass."""
    capture = name if '.' in name else name + '.pcapng'
    sessions, tree, conversations, endpoints = first = reports.figures(capture)
    again = reports.figures(capture, two_pass=True)
    rows = fields(capture)
    # What a second pass adds are verdicts that the future gives; what it takes back are losses.
    assert first[0] == again[0] and first[2:] == again[2:]
    check_sessions(rows, sessions)
    check_tree(rows, again[1])
    assert sum(map(sum, conversations.values())) == tree[('', 'WireGuard messages')]
    assert sum(row[1] for row in endpoints.values()) == sum(row[2] for row in endpoints.values()) == \
        tree[('', 'WireGuard messages')]
    # gso's own figures are of datagrams.
    if name in goldens.RECORDED and name != 'gso':
        check_ground_truth(name, sessions, tree)


def test_some_figures_exactly():
    row = reports.sessions('lossy.pcapng')[0]
    assert (row['lost>/<'], row['dup>/<'], row['late>/<']) == ((19, 15), (14, 8), (43, 14))
    assert row['packets>/<'] == (443, 196)
    sessions, _, conversations, _ = reports.figures('gso.pcapng')
    assert sessions[0]['packets>/<'] == (20, 154)
    assert conversations == {('192.0.2.91:51820', '192.0.2.90:51820'): (154, 20)}
    _, _, conversations, endpoints = reports.figures('mid-session-leak.pcapng')
    assert endpoints == {'192.0.2.21:45011': (26, 13, 13), '192.0.2.22:45012': (20, 10, 10),
                         '192.0.2.10:45001': (46, 23, 23)}
    assert conversations == {('192.0.2.21:45011', '192.0.2.10:45001'): (13, 13),
                             ('192.0.2.22:45012', '192.0.2.10:45001'): (10, 10)}


def test_names_come_with_a_configuration():
    arguments = ('-o', 'wg.config:basic.server.conf')
    assert set(reports.host_table('basic.pcapng', 'conv,wg', *arguments)) == \
        {('198.51.100.21:51820 alice', '192.0.2.10:51820 gateway')}
    text = harness.tshark('basic.pcapng', '-q', '-z', 'endpoints,wg', *reports.staged_files(arguments)).stdout
    assert '198.51.100.21:51820 alice' in text and '192.0.2.10:51820 gateway' in text
    row = reports.sessions('basic.pcapng', *arguments)[0]
    assert (row['initiator'], row['responder']) == ('198.51.100.21:51820 alice', '192.0.2.10:51820 gateway')


def test_messages_of_one_datagram_are_of_one_conversation():
    """Even if an inner packet was dissected between them."""
    assert reports.host_table('gro-real.pcap', 'conv,wg', keys=['gro-real.keys']) == \
        reports.host_table('gro-real.pcap', 'conv,wg')


# ---- filters ----

def test_filters():
    both = reports.sessions('rekey.pcapng')
    one = reports.sessions('rekey.pcapng', filter='wg.stream==1')
    assert one == {1: both[1]}
    assert set(reports.sessions('mid-session-leak.pcapng', filter='ip.addr==192.0.2.22')) == {1}
    assert set(reports.diagnose('faults.pcap', filter='ip.addr==192.0.2.3')) == \
        {'192.0.2.3:51820 -> 198.51.100.3:51820'}
    assert set(reports.host_table('mid-session-leak.pcapng', 'conv,wg,wg.stream==1')) == \
        {('192.0.2.22:45012', '192.0.2.10:45001')}
    tree = reports.host_table('rekey.pcapng', 'wg,tree,wg.stream==1')
    assert tree[('', 'WireGuard messages')] == sum(both[1]['packets>/<'])
    leaks = reports.audit('mid-session-leak.pcapng', filter='not dns')['192.0.2.21 <-> 192.0.2.10'][0]
    assert [row[:3] for row in leaks] == [('HTTP', '192.0.2.10', 10), ('ICMP', '192.0.2.10', 6)]
    assert '   Filter: wg.stream==1\n' in reports.report('rekey.pcapng', 'wg,sessions,wg.stream==1')


@pytest.mark.parametrize('name', reports.REPORTS + ('wg,tree', 'conv,wg', 'endpoints,wg'))
def test_an_invalid_filter_is_refused(name):
    result = harness.tshark('basic.pcapng', '-q', '-z', name + ',wg.stream==', returncode=None)
    assert 'wg.stream==' in result.stderr or 'filter' in result.stderr, result.stderr
    assert '== wg,' not in result.stdout
    assert result.returncode != 0 or name == 'wg,tree'  # the host only complains there


# ---- many at once, and none ----

def test_several_reports_of_one_run_say_what_each_says_alone():
    together = reports.reports('mid-session-leak.pcapng')
    for name in reports.REPORTS:
        assert reports.report('mid-session-leak.pcapng', name) == together[name]
    twice = harness.tshark('basic.pcapng', '-q', '-z', 'wg,sessions', '-z', 'wg,sessions').stdout
    assert twice.count('== wg,sessions:') == 2


def test_a_display_filter_is_for_the_packets_only():
    """-Y chooses what is printed; a report has a filter of its own."""
    alone = reports.report('cookie.pcapng', 'wg,sessions')
    with_filter = harness.tshark('cookie.pcapng', '-Y', 'wg.type == 1', '-z', 'wg,sessions').stdout
    assert alone in with_filter and with_filter.count('Handshake Initiation') == 2


@pytest.mark.parametrize('capture', ('empty', 'not-wireguard.pcap'))
def test_captures_without_wireguard(capture):
    if capture == 'empty':
        capture = str(harness.scratch() / 'empty.pcapng')
        harness.tool('editcap', '-r', harness.staged('basic.pcapng'), capture, '1000')
        assert harness.count(capture, 'frame') == 0
    for two_pass in (False, True):
        found = reports.reports(capture, two_pass=two_pass)
        assert found['wg,sessions'].endswith('No WireGuard sessions.')
        assert 'No WireGuard seen' in found['wg,audit'] and '<->' not in found['wg,audit']
        assert found['wg,diagnose'].endswith('No WireGuard seen.')
    sessions, tree, conversations, endpoints = reports.figures(capture)
    assert tree[('', 'WireGuard messages')] == 0 and not (sessions or conversations or endpoints)


def test_lines_have_100_columns():
    """Of captures with IPv4 addresses and without names."""
    for name in [n for n in goldens.RECORDED if n != 'psk-ipv6'] + ['leaks']:
        lines = (goldens.FOLDER / (name + '.txt')).read_text().splitlines()
        assert [line for line in lines if len(line) > 100 and line[0] != '$'] == [], name
