# test_counts.py
# The number of messages of each type and direction, against the captures' own ground truth.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import collections

import pytest

import ground_truth
import harness

# Messages that are quoted in ICMP errors are drawn, and filters see them, but the ground truth counts
# only what was on the wire.
ON_THE_WIRE = 'not icmp and not icmpv6'


def per_message(rows):
    """One (type, receiver, counter) a message, from rows that may hold several."""
    for types, receivers, counters in rows:
        for row in zip(types.split(','), receivers.split(','), counters.split(',')):
            yield row


@pytest.mark.parametrize('name', [n for n in ground_truth.RECORDED if n not in ('gso', 'mixed-traffic')])
def test_messages_by_type(name):
    rows = harness.fields(name + '.pcapng', 'wg.type', filter='wg and %s' % ON_THE_WIRE, two_pass=True)
    found = collections.Counter(int(kind) for row in rows for kind in row[0].split(','))
    expected = ground_truth.messages_by_type(name)
    assert {kind: found[kind] for kind in expected} == expected


def test_segmentation_offload_is_split():
    rows = harness.fields('gso.pcapng', 'wg.type', 'wg.receiver', 'wg.counter', 'wg.gso.messages',
                          'wg.length', filter='wg.type == 4')
    messages = collections.Counter(len(row[0].split(',')) for row in rows)
    assert sum(size * number for size, number in messages.items()) == 172
    offloaded = [row for row in rows if row[3]]
    assert [int(row[3]) for row in offloaded] == [5, 4, 2, 8, 10, 4, 15, 20, 29, 10, 28, 11]
    assert all(len(row[0].split(',')) == int(row[3]) for row in offloaded)
    to_client = [int(c) for row in rows if row[1].startswith('0xefbeaa8b') for c in row[2].split(',')]
    assert to_client == list(range(len(to_client))) and len(to_client) == 153
    assert offloaded[10][4].split(',') == ['1452'] * 27 + ['944']


@pytest.mark.parametrize('name', [n for n in ground_truth.RECORDED if n not in ('gso', 'mixed-traffic')])
def test_packets_by_receiver(name):
    rows = harness.fields(name + '.pcapng', 'wg.receiver', 'wg.counter', 'wg.data.length',
                          filter='wg.type == 4 and %s' % ON_THE_WIRE, two_pass=True)
    counters = collections.defaultdict(list)
    keepalives = collections.Counter()
    for receiver, counter, length in rows:
        counters[receiver].append(int(counter))
        keepalives[receiver] += length == '0'
    truth = ground_truth.streams(name)
    assert set(counters) == {row['receiver'] for row in truth}
    for row in truth:
        seen = counters[row['receiver']]
        assert len(seen) == int(row['packets'])
        assert '%d..%d' % (min(seen), max(seen)) == row['counters seen']
        if row['keepalives'] != '0' or row['decrypted (own checker)'] == row['packets']:
            assert keepalives[row['receiver']] == int(row['keepalives'])


def test_mixed_traffic_finds_plain_wireguard_only():
    truth = ground_truth.frames('mixed-traffic')
    plain = {number for number, row in truth.items()
             if row['kind'] in ('initiation', 'response', 'data') and '42999' not in row['from'] + row['to']}
    # On the port that is WireGuard's by default, what has its shape is shown as such.
    strays = {number for number, row in truth.items()
              if row['kind'].startswith('negative:stray-to-wireguard-port-type')}
    assert (len(plain), len(strays)) == (27, 2)
    for two_pass in (False, True):
        assert set(harness.frames('mixed-traffic.pcapng', 'wg', two_pass=two_pass)) == plain | strays


def test_article():
    """The packet that began it all, by the command that answers its question."""
    rows = harness.fields('article.pcap', 'wg.receiver', 'wg.counter', 'wg.data.length', filter='wg.type==4')
    assert rows == [['0xa424f2be', '6', '144']]
    rows = harness.fields('article.pcap', 'wg.length', 'wg.visible.type', 'wg.visible.count',
                          filter='wg.truncated')
    assert rows[0][0] == '176'
    assert rows[0][2] == '1'
