# test_audit_situations.py
# What the audit says of situations that people reported, and of forged packets.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re
import struct
import sys

import pytest

import harness
import reports

sys.path += [str(harness.CAPTURES), str(harness.ROOT / 'tests/sim')]
import packets  # noqa: E402
import verdicts  # noqa: E402
from network import World  # noqa: E402
from pair import Pair as SimulatedPair  # noqa: E402

FORGED = '192.0.2.1 <-> 192.0.2.2'
# Capture -> the pair, its leaks as (protocol, to, packets, before up, while up, after).
LEAKS = {
    'ipv6-leak.pcap': ('192.168.7.20 <-> 203.0.113.5',
                       [('TCP port 443 from 2001:db8:7::20', '2001:db8:ffff::80', 3, 0, 3, 0)]),
    'any-node-encryption.pcap': ('192.0.2.11 <-> 192.0.2.12', []),
    'any-cilium-real-leak.pcap': ('192.0.2.11 <-> 192.0.2.12', [('DNS', '192.0.2.11', 2, 0, 2, 0)]),
    'node-to-node-two-if.pcapng': ('192.0.2.1 <-> 198.51.100.1', []),
    'ice-same-port.pcapng': ('192.0.2.1 <-> 198.51.100.1', []),
    'tailscale-like.pcap': ('192.168.7.20 <-> 203.0.113.5', []),
    'inbound-is-no-leak.pcap': ('198.51.100.10 <-> 203.0.113.5', []),
    'server-initiates.pcap': ('203.0.113.5 <-> 198.51.100.10', []),
    'fragment-leak.pcap': ('192.168.7.20 <-> 203.0.113.5',
                           [('UDP port 9000 in fragments', '203.0.113.77', 8, 0, 8, 0)]),
    'split-tunnel.pcap': ('192.168.7.20 <-> 203.0.113.5', [('TCP port 443', '203.0.113.90', 10, 0, 10, 0)]),
    'routing-loop-any.pcap': ('10.66.0.2 <-> 203.0.113.5', []),
    'healthy.pcap': (FORGED, []),
    'blind-initiations-at-end.pcap': (FORGED, []),
    'blind-initiations-then-leak.pcap': (FORGED, [('UDP port 5000', '198.51.100.9', 5, 0, 5, 0)]),
    'blind-initiation-first-then-leak.pcap': (FORGED, [('UDP port 5000', '198.51.100.9', 5, 0, 5, 0)]),
    'first-fragments-only.pcap': (FORGED, [('UDP port 18245 in fragments', '198.51.100.9', 50, 0, 50, 0)]),
    'ip-in-ip.pcap': (FORGED, [('UDP in IPv4-in-IP', '192.0.2.2', 20, 0, 20, 0)]),
    'text-behind-a-header.pcap': (FORGED, []),
}
# Capture -> what stands apart from leaks.
APART = {
    'any-node-encryption.pcap': '6 captured inside the tunnel: ICMP to 192.0.2.12 (first: frame 1)',
    'any-cilium-real-leak.pcap': '6 captured inside the tunnel: ICMP to 192.0.2.12 (first: frame 1)',
    'node-to-node-two-if.pcapng': '24 captured inside the tunnel: DNS to 198.51.100.1 (first: frame 3)',
    'ice-same-port.pcapng': "12 on the tunnel's own ports: STUN to 192.0.2.1 (first: frame 1)",
    'tailscale-like.pcap': "18 on the tunnel's own ports: Tailscale discovery to 203.0.113.5 (first: frame 11), "
                           'STUN to 192.0.2.34 (first: frame 15)',
    'inbound-is-no-leak.pcap': '2 in answer to others: ICMP to 192.0.2.55 (first: frame 8), '
                               'TCP port 23 to 192.0.2.66 (first: frame 10)',
    'server-initiates.pcap': '30 in answer to others: TCP port 443 to 192.0.2.7 (first: frame 2)',
}


def told(name, **more):
    """The pairs of a capture: name -> (leaks without first frame and bytes, block)."""
    arguments = more.pop('arguments', ())
    found = reports.audit('audit-' + name, *arguments, prefs=('nameres.network_name:FALSE',), **more)
    return {pair: ([leak[:3] + leak[4:] for leak in leaks], block) for pair, (leaks, block) in found.items()
            if '<->' in pair}


@pytest.mark.parametrize('name', sorted(LEAKS))
def test_what_leaks(name):
    pair, leaks = LEAKS[name]
    found = told(name)
    assert list(found) == [pair]
    # From 4.2 on, the host calls a handshake's first segment TLS.
    assert [(leak[0].replace('TLS from', 'TCP port 443 from'), *leak[1:]) for leak in found[pair][0]] == leaks
    verdict = reports.paragraph(found[pair][1], 'Verdict')
    assert ('the tunnel: ' in verdict) == bool(leaks)
    if leaks:
        assert verdict.startswith('%d packets bypass the tunnel: ' % leaks[0][2]) and 'All ' not in verdict
        assert told(name, two_pass=True) == found


@pytest.mark.parametrize('name', sorted(APART))
def test_what_stands_apart(name):
    [(_, block)] = told(name).values()
    assert reports.paragraph(block, 'Apart') == 'not counted as leaks: ' + APART[name]


def test_groups_are_apart_and_a_neighbour_is_called_one():
    [(leaks, block)] = told('lan-only.pcap').values()
    assert re.findall(r'^ {4}(TCP port 9100) +192\.168\.7\.9 \(local\) +1 ', block, re.MULTILINE)
    verdict = reports.paragraph(block, 'Verdict')
    assert verdict.startswith('1 packet bypasses the tunnel: TCP port 9100 to 192.168.7.9 on the local network (first')
    assert reports.paragraph(block, 'Apart').startswith('not counted as leaks: 4 to groups or to all on the link: mDNS')


def test_a_configuration_says_what_is_meant():
    """What its AllowedIPs leave out; what they take in is a leak all the same."""
    arguments = ('-o', 'wg.config:audit-split-tunnel.client.conf')
    [(leaks, block)] = told('split-tunnel.pcap', arguments=arguments).values()
    assert leaks == []
    assert reports.paragraph(block, 'Apart') == \
        'not counted as leaks: 10 left out by AllowedIPs: TCP port 443 to 203.0.113.90 (first: frame 13)'
    path = harness.scratch() / 'full.conf'
    path.write_text(harness.staged('audit-split-tunnel.client.conf').read_text().replace(
        'AllowedIPs = 10.66.0.0/24', 'AllowedIPs = 0.0.0.0/0'))
    path.chmod(0o644)
    [(leaks, block)] = told('split-tunnel.pcap', arguments=('-o', 'wg.config:%s' % path)).values()
    assert leaks == LEAKS['split-tunnel.pcap'][1]


def test_all_is_not_said_of_what_was_not_looked_at():
    for name, said in (('text-behind-a-header.pcap', '100 datagrams begin like a handshake message and have another '
                                                     'length (first: frame 43): not WireGuard, and not judged. '),
                       ('tailscale-like.pcap', '12 datagrams on its own ports are not WireGuard. ')):
        [(_, block)] = told(name).values()
        verdict = reports.paragraph(block, 'Verdict')
        assert verdict.startswith(said) and 'All ' not in verdict
    [(_, block)] = told('healthy.pcap').values()
    assert reports.paragraph(block, 'Verdict').startswith('All 82 packets between')


def test_what_keys_prove_is_said_first():
    [(_, block)] = told('healthy.pcap', keys='audit-healthy.keys').values()
    assert reports.paragraph(block, 'Verdict').endswith('; all 80 data packets are authentic by the keys.')
    [(_, block)] = told('healthy.pcap').values()
    assert reports.paragraph(block, 'Verdict').endswith('; payload is indistinguishable from random.')


@pytest.mark.parametrize('name, first', [('blind-initiations-at-end.pcap', 83), ('blind-initiations-then-leak.pcap', 43),
                                         ('blind-initiation-first-then-leak.pcap', None)])
def test_what_keys_do_not_open_is_not_inside(name, first):
    [(leaks, block)] = told(name, keys='audit-healthy.keys').values()
    assert leaks == LEAKS[name][1]
    verdict = reports.paragraph(block, 'Verdict')
    if first is not None:
        assert '2 messages do not open with keys that fit (first: frame %d): forged or damaged, and not counted. ' \
            % first in verdict
        assert reports.paragraph(block, 'Inside').startswith('82 packets')
    assert 'all 80 data packets are authentic by the keys.' in verdict
    assert 'do not open' not in reports.paragraph(told(name)[FORGED][1], 'Verdict')


def test_a_tunnel_whose_own_packets_go_into_a_tunnel():
    said = "the tunnel's own packets go into a tunnel, its own or another one. Check the route to 203.0.113.5."
    [(_, block)] = told('routing-loop-any.pcap').values()
    assert reports.paragraph(block, 'Verdict').endswith(said)
    # Handshakes without an answer, and every packet has a link layer, or none has.
    for capture in ('unanswered.pcapng', 'audit-healthy.pcap'):
        text = reports.report(capture, 'wg,audit')
        assert 'go into a tunnel' not in re.sub(r'\s+', ' ', text)


@pytest.mark.parametrize('name, frames, how', [
    ('audit-inside-only.pcap', 34, 'without a link layer'),
    ('audit-inside-wg0.pcapng', 10, "on an interface that is called like a tunnel's")])
def test_the_inside_of_a_tunnel_is_called_that(name, frames, how):
    for report, text in reports.reports(name).items():
        assert 'No WireGuard s' in text, report
        assert re.sub(r'\s+', ' ', text).endswith(
            'Inside All %d IP packets were captured %s. That is how the inside of a tunnel looks, and it has no '
            'WireGuard: capture on the network card that carries the tunnel.' % (frames, how)), report


def test_a_modem_is_no_tunnel():
    """Mobile networks have no link layer, too."""
    wg0, ppp0 = struct.pack('<HH', 2, 3) + b'wg0\0', struct.pack('<HH', 2, 4) + b'ppp0'
    data = (harness.CAPTURES / 'audit-inside-wg0.pcapng').read_bytes()
    path = harness.scratch() / 'modem.pcapng'
    path.write_bytes(data.replace(wg0, ppp0))
    path.chmod(0o644)
    assert data.count(wg0) == 1
    for report, text in reports.reports(str(path)).items():
        assert 'No WireGuard s' in text and 'inside of a tunnel' not in text, report


@pytest.mark.parametrize('name', ('not-wireguard.pcap', 'basic.pcapng', 'audit-healthy.pcap', 'leaks.pcap'))
def test_what_is_not_called_the_inside(name):
    assert all('inside of a tunnel' not in text for text in reports.reports(name).values())


@pytest.mark.parametrize('name, protocol, port', [('port-4500.pcapng', 'UDPENCAP', 4500), ('port-53.pcapng', 'DNS', 53)])
def test_what_other_dissectors_took(name, protocol, port):
    """Which port, whose, how many, and the option that shows them, which does."""
    frames = harness.count(name, 'udp')
    taken = frames - harness.count(name, 'wg')
    option = '-d udp.port==%d,wg' % port
    for report, text in reports.reports(name).items():
        text = re.sub(r'\s+', ' ', text)
        said = re.search(r'Not read (\d+) datagrams of UDP port %d have the shape of WireGuard\'s messages, and are shown '
                         r'as %s \(first: frame \d+\). To see them as WireGuard: %s, or Decode As'
                         % (port, protocol, re.escape(option)), text)
        assert (said is not None) == (taken > 0) and (said is None or int(said.group(1)) == taken), report
    assert harness.count(name, 'wg', arguments=option.split()) == frames
    assert all('Not read' not in text for text in reports.reports(name, *option.split()).values())


def test_the_port_that_is_named_is_the_owner_s():
    """Three clients, whose ports are lower than that of EtherNet/IP, which took what they sent."""
    path = harness.scratch() / 'clients.pcap'
    payloads = harness.fields('basic.pcapng', 'ip.src', 'udp.payload', filter='udp && !icmp', plugin=False,
                              arguments=('--disable-heuristic', 'wg'))
    data = struct.pack('<IHHIIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, packets.LINKTYPE_RAW)
    for client in range(3):
        for source, payload in payloads:
            here, there = ('10.0.0.%d' % client, 40001 + client), ('192.0.2.1', 44818)
            if source != payloads[0][0]:
                here, there = there, here
            packet = packets.ipv4(here[0], there[0], 17, packets.udp(*here, *there, bytes.fromhex(payload)))
            data += struct.pack('<IIII', 0, 0, len(packet), len(packet)) + packet
    path.write_bytes(data)
    path.chmod(0o644)
    text = re.sub(r'\s+', ' ', harness.tshark(str(path), '-q', '-z', 'wg,diagnose').stdout)
    assert re.findall(r'Not read (\d+) datagrams of UDP port (\d+)', text) == [(str(3 * len(payloads)), '44818')]
    assert '-d udp.port==44818,wg' in text


@pytest.mark.parametrize('name', ('not-wireguard.pcap', 'mixed-traffic.pcapng', 'basic.pcapng', 'lengths-1-2-3.pcap'))
def test_nothing_is_said_to_have_been_taken(name):
    assert all('Not read' not in text for text in reports.reports(name).values())


# ---- made here ----

class Scene:
    """One tunnel, and whatever a test puts beside it."""

    def __init__(self, linktype=packets.LINKTYPE_ETHERNET):
        self.capture = packets.Capture('scene.pcap', linktype, listed=False)
        self.pair = verdicts.Pair(self.capture, 'scene')
        self.pair.handshake()
        for n in range(4):
            self.pair.data(0.1 + n / 100, 'r', n)
        self.client, self.server = self.pair.a[0], self.pair.b[0]
        self.at = self.pair.start + 10**6

    def put(self, packet, header=None):
        self.at += 1000
        self.capture.add(packets.ether(packet) if header is None else header + packet, 'other', time=self.at)

    def audit(self):
        folder = harness.scratch()
        self.capture.write(folder)
        (folder / 'scene.pcap').chmod(0o644)
        found = reports.audit(str(folder / 'scene.pcap'), '-n')
        [(leaks, block)] = [pair for name, pair in found.items() if '<->' in name]
        return [leak[:3] for leak in leaks], block


QUERY = packets.ip('10.9.9.1', 40000, '10.9.9.2', 53,
                   struct.pack('>HHHHHH', 7, 0x0100, 1, 0, 0, 0) + b'\7example\0' + struct.pack('>HH', 1, 1))
QUERY6 = packets.ip('2001:db8:9::1', 40000, '2001:db8:9::2', 9000, b'hello')


@pytest.mark.parametrize('wrap, told', [
    (lambda s: packets.ipv4(s.client, s.server, 47, b'\0\0\x08\0' + QUERY), 'DNS in GRE'),
    (lambda s: packets.ip(s.client, 55555, s.server, 4789, b'\x08\0\0\0\0\0\1\0' + packets.ether(QUERY)), 'DNS in VXLAN'),
    (lambda s: packets.ipv4(s.client, s.server, 41, QUERY6), 'UDP in IPv6-in-IP'),
    (lambda s: packets.ipv4(s.client, s.server, 4, QUERY), 'DNS in IPv4-in-IP')], ids=['gre', 'vxlan', '6in4', 'ipip'])
def test_what_is_wrapped_goes_where_the_outer_header_says(wrap, told):
    scene = Scene()
    for _ in range(3):
        scene.put(wrap(scene))
    leaks, block = scene.audit()
    assert leaks == [(told, scene.server, 3)]
    assert reports.paragraph(block, 'Verdict').startswith('3 packets bypass the tunnel: %s to ' % told)


def test_ipv6_fragments_that_never_become_whole():
    scene = Scene(packets.LINKTYPE_RAW)
    for n in range(3):
        fragment = struct.pack('>BBHI', 17, 0, 1, n) + packets.udp('2001:db8::1', 40000, '2001:db8::2', 9000, bytes(64))
        scene.put(packets.ipv6('2001:db8::1', '2001:db8::2', 44, fragment), header=b'')
    leaks, _ = scene.audit()
    assert leaks == []  # nobody's: no card tells that it is the client


def test_whole_fragments_are_told_once():
    scene = Scene()
    datagram = packets.udp(scene.client, 40901, '203.0.113.9', 9001, b'large ' * 300)
    for number in range(5):
        pieces = [(0, 1024), (1024, len(datagram))]
        for start, end in pieces if number % 2 else reversed(pieces):
            more = 0x2000 if start == 0 else 0
            scene.put(packets.ipv4(scene.client, '203.0.113.9', 17, datagram[start:end], number, more | start // 8))
    leaks, _ = scene.audit()
    assert leaks == [('UDP port 9001', '203.0.113.9', 5)]


def test_frames_of_cooked_captures_that_have_no_link_layer():
    """LINKTYPE_LINUX_SLL: wg0 beside eth0 in a capture of all interfaces."""
    scene = Scene()
    frames, scene.capture.frames, scene.capture.linktype = scene.capture.frames, [], 113
    card = struct.pack('>HHH6sHH', 4, 1, 6, bytes(6), 0, 0x0800)
    tunnel = struct.pack('>HHH8sH', 4, 0xfffe, 0, bytes(8), 0x0800)
    for time, data, _ in frames:
        scene.capture.add(card + data[14:], 'other', time=time)
    for header, port in ((tunnel, 9000), (tunnel, 9000), (card, 9001)):
        scene.put(packets.ip(scene.client, 40000, scene.server, port, b'hello'), header=header)
    leaks, block = scene.audit()
    assert leaks == [('UDP port 9001', scene.server, 1)]
    assert reports.paragraph(block, 'Apart').startswith('not counted as leaks: 2 captured inside the tunnel: UDP port 9000')


def test_fragments_of_another_address_while_it_was_up():
    """They are counted when the capture ends, and told as of when they were seen."""
    world = World('fragments')
    pair = SimulatedPair(world)
    pair.client_pings(1, 12)
    for n in range(3):
        fragment = struct.pack('>BBHI', 17, 0, 1, n) + packets.udp('2001:db8::1', 40000, '2001:db8::2', 9000, bytes(64))
        world.at(3.5 + n, pair.client.beside, packets.ipv6('2001:db8::1', '2001:db8::2', 44, fragment))
    pair.run(15)
    path = harness.scratch() / 'fragments.pcap'
    world.captures['c'].write(path)
    path.chmod(0o644)
    [(leaks, _)] = reports.audit(str(path), '-n').values()
    assert leaks == [('UDP port 9000 in fragments from 2001:db8::1', '2001:db8::2', 3, 9, 0, 3, 0)]


def test_not_dns_on_its_port():
    """The bit of DNS that says 'response' means nothing in what goes to port 53: another VPN, say."""
    scene = Scene()
    for _ in range(3):
        scene.put(packets.ip(scene.client, 1194, '203.0.113.9', 53, b'\xff' * 80))
    leaks, _ = scene.audit()
    assert [(to, count) for _, to, count in leaks] == [('203.0.113.9', 3)]


@pytest.mark.parametrize('kind, length', [(1, 148), (2, 92), (3, 64)])
def test_text_as_long_as_a_handshake_message(kind, length):
    scene = Scene()
    text = bytes([kind, 0, 0, 0]) + b'the quick brown fox jumps over the lazy dog; ' * 4
    for _ in range(3):
        scene.put(packets.ip(*scene.pair.a, *scene.pair.b, text[:length]))
    _, block = scene.audit()
    told = reports.paragraph(block, 'Verdict')
    assert told.startswith('3 datagrams begin like a handshake message and have no keys, but text or the like ')
    assert 'All ' not in told
