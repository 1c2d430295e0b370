# test_flags.py
# What we add to a message: lengths, reserved bytes, mac2, truncation, the tell-tales.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

import ground_truth
import harness

FIXED = {'1': '148', '2': '92', '3': '64'}
TRUE = ('1', 'True')


def is_true(value):
    assert value in ('0', '1', 'True', 'False'), value
    return value in TRUE


@pytest.mark.parametrize('two_pass', (False, True), ids=('first', 'second'))
def test_fixed_lengths(two_pass):
    rows = harness.fields('cookie.pcapng', 'wg.type', 'wg.length', 'wg.length.expected', 'wg.length.fixed',
                          filter='wg', two_pass=two_pass)
    assert {row[0] for row in rows} == {'1', '2', '3', '4'}
    for kind, length, expected, fixed in rows:
        if kind == '4':
            assert expected == fixed == '' and int(length) >= 32
        else:
            assert length == expected == FIXED[kind] and is_true(fixed)


def test_mac2():
    rows = harness.fields('cookie.pcapng', 'frame.number', 'wg.mac2.zero', filter='wg.mac2.zero')
    assert [(row[0], is_true(row[1])) for row in rows] == [('3', True), ('7', False), ('8', True)]
    assert harness.frames('cookie.pcapng', 'wg.mac2.zero == 0') == [7]
    assert harness.frames('cookie.pcapng', 'wg.mac2.is_zero') == [3, 8]
    assert harness.frames('cookie.pcapng', 'wg.mac2.is_set') == [7]
    assert harness.count('cookie-both.pcapng', 'wg.mac2.is_set') == 3
    drawn = harness.tree('cookie.pcapng', 3)
    assert 'mac2: 00000000000000000000000000000000 (all zeros: the sender holds no cookie)' in drawn
    assert '[With cookie]' in harness.info('cookie.pcapng', filter='frame.number == 7')[0]


def test_reserved_bytes():
    assert harness.count('reserved.pcap', 'wg.reserved.nonzero') == 19
    assert harness.count('reserved.pcap', 'wg.reserved.zero == 0') == 19
    assert harness.count('client-id.pcapng', 'wg.reserved == a8:1a:15') == 34
    assert harness.count('client-id.pcapng', 'wg.reserved == b9:19:81') == 32
    assert harness.count('basic.pcapng', 'wg.reserved.zero == 1') == 22
    assert harness.count('basic.pcapng', 'wg.reserved.nonzero') == 0


@pytest.mark.parametrize('two_pass', (False, True), ids=('first', 'second'))
def test_wrong_length_is_decoded_and_flagged(two_pass):
    truth = ground_truth.frames('wrong-length')
    rows = harness.fields('wrong-length.pcap', 'frame.number', 'wg.type', 'wg.length', 'wg.length.fixed',
                          'wg.length.mismatch', 'wg.bad_packet_length', 'wg.trailer', two_pass=two_pass)
    assert len(rows) == len(truth)
    kinds = set()
    for number, kind, length, fixed, mismatch, too_small, trailer in rows:
        row = truth[int(number)]
        assert (kind, length) == (row['type'], row['length']), row
        wrong = row['verdict'] == 'wrong-length'
        kinds.add((kind, wrong))
        if kind == '4':
            assert bool(too_small) == wrong
        else:
            assert bool(mismatch) == wrong and is_true(fixed) != wrong
            assert len(trailer) // 2 == max(0, int(length) - int(FIXED[kind]))
    assert {('1', True), ('2', True), ('3', True), ('4', True), ('1', False)} <= kinds


def test_wrong_length_text():
    drawn = harness.tree('wrong-length.pcap', 2)
    assert 'Trailing bytes' in drawn and '1 more than the fixed length of 148' in drawn
    drawn = harness.tree('wrong-length.pcap', 3)
    assert 'Ephemeral, incomplete: 4 of 32 bytes' in drawn
    assert '[Wrong length 147]' in harness.info('wrong-length.pcap', filter='frame.number == 1')[0]


def test_truncated_captures_are_no_malformed_messages():
    for name in ('truncated', 'truncated-everywhere'):
        truth = ground_truth.frames(name)
        flagged = set(harness.frames(name + '.pcap', 'wg.truncated'))
        shown = set(harness.frames(name + '.pcap', 'wg'))
        cut = {number for number, row in truth.items() if row['verdict'] == 'truncated'}
        assert flagged == shown & cut and len(flagged) > 20
        # Type and reserved bytes, the first four, are what it takes.
        header = 42 + 4
        assert shown == {n for n, row in truth.items() if int(row['captured']) >= header}
        assert harness.count(name + '.pcap', 'wg.length.mismatch or wg.bad_packet_length') == 0
        assert harness.count(name + '.pcap', '_ws.malformed') == 0


def test_truncated_messages_keep_their_true_length():
    for kind, length in harness.fields('truncated.pcap', 'wg.type', 'wg.length'):
        assert length == FIXED.get(kind, '128')


def test_keepalives():
    assert harness.frames('psk-ipv6.pcapng', 'wg.keepalive') == [7, 44, 47, 48, 49]
    assert harness.count('psk-ipv6.pcapng', 'wg.data.length == 0') == 5
    assert harness.info('psk-ipv6.pcapng', filter='frame.number == 7')[0].startswith(
        'Keepalive, receiver=0x78B4B991, counter=0')


def test_tell_tales():
    names = ['wg.visible.%s' % n for n in ('type', 'mac2_zero', 'fixed_length', 'ephemeral', 'count')]
    expected = {
        3: (True, True, True, True),      # initiation
        4: (True, False, True, False),    # cookie reply
        7: (True, False, True, True),     # initiation with a cookie
        8: (True, True, True, True),      # response
        9: (True, False, False, False),   # transport data
    }
    for frame, tales in expected.items():
        row = harness.fields('cookie.pcapng', *names, filter='frame.number == %d' % frame)[0]
        assert tuple(is_true(value) for value in row[:4]) == tales, frame
        assert int(row[4]) == sum(tales)
    # The client id hides one of them.
    assert harness.count('client-id.pcapng', 'wg.visible.type == 1') == 0
    assert harness.count('client-id.pcapng', 'wg.visible.mac2_zero == 1') == 4


def test_drawn_the_same_on_both_passes():
    """Whatever the first pass shows of a message, the second shows too."""
    for name in ('basic', 'cookie', 'client-id', 'gso'):
        once = harness.tshark(name + '.pcapng', '-O', 'wg').stdout
        twice = harness.tshark(name + '.pcapng', '-O', 'wg', two_pass=True).stdout
        added = {line.strip() for line in twice.splitlines()} - {line.strip() for line in once.splitlines()}
        assert all(line.startswith(('[Response in Frame', '[Cookie Reply in Frame')) for line in added), added


def test_without_a_tree_the_same_is_counted():
    """Statistics run without a tree; what the columns say must not depend on one."""
    for name in ('basic', 'gso', 'mid-session-leak'):
        plain = harness.info(name + '.pcapng')
        with_tree = harness.tshark(name + '.pcapng', '-V', '-P', prefs=['gui.column.format:"Info","%i"'])
        assert set(plain) <= set(with_tree.lines())
    table = harness.tshark('rekey.pcapng', '-q', '-z', 'io,phs').stdout
    assert any(line.split()[:2] == ['wg', 'frames:1675'] for line in table.splitlines()), table
