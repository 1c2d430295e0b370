# test_audit.py
# What runs beside a tunnel, frame by frame, and what is not a leak.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import collections
import re
import sys

import pytest

import ground_truth
import harness
import reports

sys.path.append(str(harness.CAPTURES))
import packets  # noqa: E402
import verdicts  # noqa: E402

PHASES = ('before', 'up', 'silent')


@pytest.mark.parametrize('two_pass', (False, True))
def test_the_leaks_of_a_recorded_capture(two_pass):
    """Client 1 leaks DNS, a web page and pings, and client 2 nothing; its .md counts them."""
    found = reports.audit('mid-session-leak.pcapng', two_pass=two_pass)
    assert list(found) == ['192.0.2.21 <-> 192.0.2.10', '192.0.2.22 <-> 192.0.2.10', 'On the link']
    leaks, block = found['192.0.2.21 <-> 192.0.2.10']
    assert leaks == [('DNS', '192.0.2.10', 4, 11, 0, 4, 0), ('HTTP', '192.0.2.10', 10, 27, 0, 10, 0),
                     ('ICMP', '192.0.2.10', 6, 47, 0, 6, 0)]
    assert 'not WireGuard: ARP 2, outer ICMP 6, outer TCP 10, udp/53 4' in ground_truth.text('mid-session-leak')
    assert reports.paragraph(block, 'Verdict').startswith('20 packets bypass the tunnel: DNS to 192.0.2.10')
    leaks, block = found['192.0.2.22 <-> 192.0.2.10']
    assert leaks == [] and reports.paragraph(block, 'Beside') == 'nothing'
    assert reports.paragraph(block, 'Verdict').startswith('All 20 packets between')
    assert reports.paragraph(found['On the link'][1], 'Apart') == 'not judged: 2 x ARP (first: frame 15)'


def test_the_same_leaks_by_a_filter():
    """What a reader finds by hand: everything else between the two."""
    leaks = reports.audit('mid-session-leak.pcapng')['192.0.2.21 <-> 192.0.2.10'][0]
    frames = harness.frames('mid-session-leak.pcapng', '!wg && !arp && ip.addr == 192.0.2.21', two_pass=True)
    assert sum(row[2] for row in leaks) == len(frames) and leaks[0][3] == frames[0]


def truth_of_leaks():
    """(client's tunnel, protocol) -> packets before, up, silent; first frame. From the frame list."""
    told, first = collections.defaultdict(lambda: [0, 0, 0]), {}
    for number, row in ground_truth.frames('leaks').items():
        kind, *rest = row['note'].split(': ')
        if kind == 'leak':
            told[rest[1]][PHASES.index(rest[0])] += 1
            first.setdefault(rest[1], number)
    return {protocol: (sum(n), first[protocol], *n) for protocol, n in told.items()}


@pytest.mark.parametrize('two_pass', (False, True))
def test_leaks_before_while_and_after(two_pass):
    found = reports.audit('leaks.pcap', two_pass=two_pass)
    shown = {row[0]: row[2:] for leaks, _ in found.values() for row in leaks}
    assert shown == truth_of_leaks()
    assert {name: [row[:2] for row in leaks] for name, (leaks, _) in found.items() if leaks} == {
        '192.0.2.2 <-> 198.51.100.1': [('UDP port 9000', '198.51.100.1'), ('DNS', '192.0.2.1'),
                                       ('HTTP', '203.0.113.80'), ('TLS', '203.0.113.80'),
                                       ('UDP port 9001', '203.0.113.9')],
        'fe80::2 <-> fe80::1': [('ICMPv6', 'fe80::1')]}
    assert '4 before it was up, 6 while it was up, 3 after it fell silent.' in \
        reports.paragraph(found['192.0.2.2 <-> 198.51.100.1'][1], 'Verdict')


def test_what_is_no_leak():
    """Each that the frame list calls apart, and nothing else."""
    kinds = collections.Counter(row['note'].split(': ')[1] for row in ground_truth.frames('leaks').values()
                                if row['note'].startswith('apart'))
    told = reports.paragraph(reports.audit('leaks.pcap')['On the link'][1], 'Apart').split(': ', 1)[1]
    words = {'IPv6': 'IPv6 neighbor and group discovery', 'ICMP error': 'ICMP error about the tunnel',
             'IP fragment': 'IP fragment (told with its datagram)'}
    assert sum(kinds.values()) == sum(int(n) for n in re.findall(r'(\d+) x ', told))
    for kind, number in kinds.items():
        assert '%d x %s (first' % (number, words.get(kind, kind)) in told


@pytest.mark.parametrize('two_pass', (False, True))
def test_errors_that_quote_headers_only(two_pass):
    """RFC 792 asks for 8 bytes after the IP header: the ports. Frames 2 to 20 quote a tunnel's; 22 to 25 do not."""
    found = reports.audit('icmp-headers-only.pcapng', two_pass=two_pass)
    assert reports.paragraph(found['On the link'][1], 'Apart') == \
        'not judged: 6 x ICMP error about the tunnel (first: frame 2)'
    leaks = found['198.51.100.1 <-> 192.0.2.1'][0]
    # Frame 21 is a DNS query; two of the errors quote its port.
    assert [row[:4] for row in leaks] == [('DNS', '192.0.2.1', 1, 21), ('ICMP', '198.51.100.1', 4, 22)]
    assert found['2001:db8::1 <-> 2001:db8:1::1'][0] == []
    said = reports.diagnose('icmp-headers-only.pcapng', two_pass=two_pass)
    assert [[text for _, text, _ in tunnel if 'ICMP' in text] for tunnel in said.values()] == [
        ['Too big: 1 ICMP error "fragmentation needed" from 203.0.113.1 (frame 7), the link there takes 1400 bytes.',
         'Some packets were refused: 1 ICMP error "port unreachable" from 198.51.100.1 (frame 9).'],
        ['Too big: 1 ICMP error "packet too big" from 2001:db8:2::1 (frame 18), the link there takes 1380 bytes.',
         'Some packets were refused: 1 ICMP error "port unreachable" from 2001:db8:1::1 (frame 20).']]


def test_payload_that_is_not_random():
    """Text is told from ciphertext, and ciphertext that was captured three times is not less random."""
    found = reports.audit('leaks.pcap')
    for tunnel, expected, inside in (('192.0.2.3', 'not random: chi-square', 32), ('192.0.2.4', 'looks random', 18),
                                     ('192.0.2.2', 'looks random', 23)):
        block = found[tunnel + ' <-> 198.51.100.1'][1]
        assert reports.paragraph(block, 'Payload').startswith(expected)
        assert reports.paragraph(block, 'Inside').startswith('%d packets' % inside)
        assert ('PAYLOAD IS NOT RANDOM' in reports.paragraph(block, 'Verdict')) == (tunnel == '192.0.2.3')
    # Sixteen messages, each counted once.
    assert reports.paragraph(found['192.0.2.4 <-> 198.51.100.1'][1], 'Payload').endswith('over %d bytes' % (16 * 112))


def test_keys_prove_what_is_inside():
    for keys, told in (('basic.client.keys', '20 of 20 data packets are authentic'), ((), None)):
        block = reports.audit('basic.pcapng', keys=keys)['198.51.100.21 <-> 192.0.2.10'][1]
        assert reports.paragraph(block, 'Keys') == told
    assert reports.sessions('basic.pcapng', keys='basic.client.keys')[0]['decrypted'] == 'all'
    assert reports.sessions('basic.pcapng')[0]['decrypted'] == 'no'


def test_a_scan_is_counted_and_not_listed_in_full():
    """A thousand ports of the server and three hundred other hosts."""
    capture = packets.Capture('scan.pcap', listed=False)
    pair = verdicts.Pair(capture, 'scan')
    pair.handshake()
    pair.data(0.1, 'r', 0)
    for n in range(1000):
        capture.datagram(pair.a[0], 40000, pair.b[0], 30000 + n, b'anybody?', 'other', time=pair.start + 2 * 10**6 + n)
    for n in range(300):
        capture.datagram(pair.a[0], 40000, '203.0.%d.%d' % (113 + n % 2, n // 2), 9, b'anybody?', 'other',
                         time=pair.start + 3 * 10**6 + n)
    folder = harness.scratch()
    capture.write(folder)
    [(leaks, block)] = reports.audit(str(folder / 'scan.pcap')).values()
    assert len(leaks) == 50 + 50
    assert [int(n) for n in re.findall(r'(?m)^ {4}and (\d+) more, of other kinds$', block)] == [950, 250]
    verdict = reports.paragraph(block, 'Verdict')
    assert verdict.startswith('1300 packets bypass the tunnel: UDP port 30000 to ')
    assert ', and 1292 packets of other kinds; 1300 while it was up.' in verdict


def test_the_audit_looks_at_every_frame():
    """Inside, beside, apart and of no concern are all frames of the capture."""
    rows = ground_truth.frames('leaks')
    notes = collections.Counter(row['note'].split(': ')[0] for row in rows.values())
    found = reports.audit('leaks.pcap')
    told = [reports.paragraph(block, 'Inside') for name, (_, block) in found.items() if '<->' in name]
    inside = sum(int(text.split()[0]) for text in told)
    copies = sum(int(n) for text in told for n in re.findall(r'and (\d+) further cop', text))
    leaks = sum(row[2] for pair, _ in found.values() for row in pair)
    assert (inside + copies, leaks) == (notes['inside'], notes['leak']) and copies == 32
    assert sum(notes.values()) == harness.count('leaks.pcap', 'frame')
