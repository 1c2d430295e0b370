# test_export.py
# Inner packets exported as a capture of their own: whole, without their padding, and nothing else.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

import harness

KEYED = [('basic.pcapng', 'basic.client.keys'), ('psk-ipv6.pcapng', 'psk-ipv6.client.keys'),
         ('gso.pcapng', 'gso.client.keys')]


def exported(capture, keys, kind, **more):
    """The capture that tshark -U writes."""
    target = harness.scratch() / ('%s.%s.pcapng' % (capture, kind.split()[0]))
    harness.tshark(capture, '-q', '-U', kind, '-w', target, keys=keys, **more)
    return target


def times_and_lengths(capture, length, arguments=(), **more):
    rows = harness.fields(capture, 'frame.time_epoch', length, arguments=arguments, **more)
    # A datagram of several messages is one frame, with several packets inside.
    return [(time, one) for time, *many in rows for part in many for one in part.split(',') if one]


@pytest.mark.parametrize('capture, keys', KEYED)
@pytest.mark.parametrize('kind, encapsulation, head', [('WireGuard', 'Raw IP', 0),
                                                       ('OSI layer 3', 'Wireshark Upper PDU export', None)])
def test_every_inner_packet_and_nothing_else(capture, keys, kind, encapsulation, head):
    target = exported(capture, [keys], kind)
    assert 'File encapsulation:  %s\n' % encapsulation in harness.tool('capinfos', '-E', target).stdout
    inside = times_and_lengths(capture, 'wg.inner.length', keys=[keys])
    assert len(inside) >= 20
    found = times_and_lengths(target, 'frame.len', plugin=False)
    assert [time for time, _ in found] == [time for time, _ in inside]
    if head is not None:
        assert found == inside
    # What others make of it: none of it is WireGuard or malformed, and each is a packet of its own.
    assert harness.count(target, 'ip || ipv6', plugin=False) == len(inside)
    assert harness.count(target, 'wg || _ws.malformed', plugin=False) == 0


def test_without_keys_there_is_nothing_to_export():
    target = exported('basic.pcapng', [], 'WireGuard')
    assert harness.fields(target, 'frame.number', plugin=False) == []


@pytest.mark.parametrize('keys', [[], ['basic.client.keys']], ids=('no-keys', 'keys'))
def test_datagrams_keep_their_endpoints(keys):
    """Also where the inner packet was dissected before the host exports the outer datagram."""
    ends = ('exported_pdu.ipv4_src', 'exported_pdu.src_port', 'exported_pdu.ipv4_dst', 'exported_pdu.dst_port')
    target = exported('basic.pcapng', keys, 'OSI layer 4')
    found = harness.fields(target, 'wg.type', *ends, filter='wg')
    outside = harness.fields('basic.pcapng', 'wg.type', 'ip.src', 'udp.srcport', 'ip.dst', 'udp.dstport')
    assert len(found) == 22 and found == outside
