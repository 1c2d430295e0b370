# test_follow.py
# Follow Stream on a session: the packets inside are whole, in order, and each on its sender's side.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re

import pytest

import harness


def follow(capture, what, **more):
    """(nodes, [(from the second node, bytes as hex)]) of -z follow,wg,raw."""
    lines = harness.tshark(capture, '-q', '-z', 'follow,wg,raw,%s' % what, **more).lines()
    nodes = [re.sub(r'^Node \d: ', '', line) for line in lines if line.startswith('Node ')]
    return nodes, [(line.startswith('\t'), line.strip()) for line in lines if re.fullmatch(r'\t?(?:[0-9a-f]{2})+', line)]


def inside(capture, stream, **more):
    """(from the responder, length) of the packets that wg.stream selects."""
    rows = harness.fields(capture, 'wg.from_initiator', 'wg.inner.length',
                          filter='wg.stream == %d && wg.inner.length' % stream, **more)
    return [(flag in ('0', 'False'), int(length)) for flag, length in rows]


@pytest.mark.parametrize('capture, keys, stream, nodes', [
    ('basic.pcapng', 'basic.client.keys', 0, ['198.51.100.21:51820', '192.0.2.10:51820']),
    ('psk-ipv6.pcapng', 'psk-ipv6.client.keys', 0, None),
    ('rekey.pcapng', 'rekey.client.keys', 1, None),
])
def test_a_session(capture, keys, stream, nodes):
    ends, packets = follow(capture, stream, keys=[keys])
    expected = inside(capture, stream, keys=[keys])
    assert len(expected) > 10
    assert [(back, len(text) // 2) for back, text in packets] == expected
    assert {text[0] for _, text in packets} <= {'4', '6'}
    assert nodes is None or ends == nodes


def test_the_two_ends_by_address():
    by_address = follow('basic.pcapng', '198.51.100.21:51820,192.0.2.10:51820', keys=['basic.client.keys'])
    assert by_address == follow('basic.pcapng', 0, keys=['basic.client.keys']) and by_address[1]


def test_without_keys_there_is_nothing_to_follow():
    assert follow('basic.pcapng', 0)[1] == []
