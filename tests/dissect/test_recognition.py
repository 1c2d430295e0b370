# test_recognition.py
# Which datagrams are taken for WireGuard, and which are left to others.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

import ground_truth
import harness


@pytest.mark.parametrize('two_pass', (False, True), ids=('first', 'second'))
def test_other_traffic_is_left_alone(two_pass):
    """DNS, STUN, RTP, QUIC, text, games, random bytes and random counters, 370 datagrams."""
    assert harness.frames('not-wireguard.pcap', 'wg', two_pass=two_pass) == []
    assert harness.builtin(harness.count, 'not-wireguard.pcap', 'wg') > 200  # the test is a hard one


def test_captures_that_start_in_mid_session():
    """Found after a few packets, and completely on the second pass."""
    assert harness.frames('mid-session-odd-port.pcapng', 'wg') == list(range(4, 21))
    assert harness.frames('mid-session-odd-port.pcapng', 'wg', two_pass=True) == list(range(1, 21))
    assert harness.frames('mid-session-one-way.pcapng', 'wg') == list(range(3, 11))
    assert harness.frames('mid-session-one-way.pcapng', 'wg', two_pass=True) == list(range(1, 11))


def test_mid_session_beside_other_traffic():
    truth = 44 + 2
    assert harness.count('mid-session-leak.pcapng', 'wg', two_pass=True) == truth
    assert harness.count('mid-session-leak.pcapng', 'wg') == truth - 3


def test_odd_port_with_handshake_from_the_first_packet():
    assert harness.count('odd-port.pcapng', 'wg') == 22


@pytest.mark.parametrize('two_pass', (False, True), ids=('first', 'second'))
def test_client_ids_are_followed_through_the_flow(two_pass):
    assert harness.count('client-id.pcapng', 'wg', two_pass=two_pass) == 66
    by_type = [harness.count('client-id.pcapng', 'wg.type == %d' % t, two_pass=two_pass) for t in (1, 2, 3, 4)]
    assert by_type == [3, 2, 1, 60]


def test_a_known_flow_keeps_being_recognised():
    """Unusual lengths on an odd port, once the handshake was seen."""
    truth = ground_truth.frames('wrong-length')
    elsewhere = {n for n, row in truth.items() if '51820' not in row['note']}
    assert len(elsewhere) > 15
    assert elsewhere <= set(harness.frames('wrong-length.pcap', 'wg'))


def test_without_the_heuristic_only_ports_count():
    arguments = ('--disable-heuristic', 'wg')
    assert harness.count('odd-port.pcapng', 'wg', arguments=arguments) == 0
    assert harness.count('basic.pcapng', 'wg', arguments=arguments) == 22


@pytest.mark.parametrize('name', ('lengths-1-2-3', 'lengths-0-4-5'))
def test_every_length_on_the_port(name):
    """A type byte and three more bytes make a message, however wrong; the rest is left to others."""
    truth = ground_truth.frames(name)
    expected = {n for n, row in truth.items() if row['type'] in ('1', '2', '3', '4') and int(row['length']) >= 4}
    assert len(expected) > 190
    for two_pass in (False, True):
        assert set(harness.frames(name + '.pcap', 'wg', two_pass=two_pass)) == expected


@pytest.mark.parametrize('two_pass', (False, True), ids=('first', 'second'))
def test_quoted_packets_are_drawn_and_counted_nowhere(two_pass):
    truth = ground_truth.frames('icmp-quoted')
    quoted = {n for n, row in truth.items() if row['verdict'] == 'quoted'}
    assert quoted == set(harness.frames('icmp-quoted.pcap', 'wg and (icmp or icmpv6)', two_pass=two_pass))
    # No stream, no link: they are not part of any session.
    assert harness.count('icmp-quoted.pcap', '(icmp or icmpv6) and (wg.stream or wg.response_to)',
                         two_pass=two_pass) == 0
    # Without them the rest is numbered and linked just the same.
    scratch = harness.scratch() / 'alone.pcap'
    harness.tool('editcap', harness.staged('icmp-quoted.pcap'), scratch, *map(str, sorted(
        n for n, row in truth.items() if row['verdict'] != 'ok')))
    names = ('wg.type', 'wg.stream', 'wg.counter')
    alone = harness.fields(scratch, *names, two_pass=two_pass)
    beside = harness.fields('icmp-quoted.pcap', *names, filter='not icmp and not icmpv6', two_pass=two_pass)
    assert alone == beside and len(alone) > 10


def test_quoted_packets_keep_their_true_length():
    """24 bytes of a message of 128: truncated by the router, not malformed."""
    rows = harness.fields('icmp-quoted.pcap', 'wg.length', 'wg.data.length', 'wg.truncated',
                          filter='frame.number == 8')
    assert rows[0][:2] == ['128', '96'] and rows[0][2]


def test_other_encapsulations():
    truth = ground_truth.frames('encapsulated')
    whole = {n for n, row in truth.items() if row['verdict'] == 'ok'}
    found = set(harness.frames('encapsulated.pcap', 'wg'))
    assert whole <= found and len(whole) > 15
    # Fragments are shown where the datagram is complete, each time in one frame.
    assert harness.count('encapsulated.pcap', 'wg and ip.fragments') == 2
