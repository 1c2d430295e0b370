# test_envelopes.py
# Wrapped tunnels, opened with the keys and configurations of their owners: how many messages each of these
# opens, on both passes, and nothing else.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import base64
import collections
import json
import struct
import sys

import pytest

import ground_truth
import harness

TYPES = {'initiation': '1', 'response': '2', 'cookie-reply': '3', 'cookie': '3', 'data': '4'}
DECRYPTED = '1'
CONFIGURATION, PUBLIC_KEY, KEY_LOG = '2', '3', '4'
BOTH = pytest.mark.parametrize('two_pass', [False, True])


def config(name):
    return 'wg.config:%s' % harness.staged(name)


def public_keys(name):
    """Both ends' public keys, as the table wg_keys takes them."""
    keys = set()
    for path in harness.CAPTURES.glob(name + '.*.conf'):
        for line in path.read_text().splitlines():
            if 'PublicKey' in line:
                keys.add(line.split('=', 1)[1].strip())
    return ['uat:wg_keys:"Public","%s"' % key for key in sorted(keys)]


def messages(capture, two_pass, **knowledge):
    """{frame: (type, by, status)} of what is shown as WireGuard."""
    rows = harness.fields(capture, 'frame.number', 'wg.type', 'wg.envelope', 'wg.envelope.by', 'wg.decryption.status',
                          filter='wg.type', two_pass=two_pass, **knowledge)
    return {int(frame): (kind, by, status) for frame, kind, _, by, status in rows}


def told(name):
    """{frame: type} of the messages, by the frame list."""
    return {number: TYPES[row['kind']] for number, row in ground_truth.frames(name).items() if row['kind'] in TYPES}


def types(found):
    return {frame: kind for frame, (kind, _, _) in found.items()}


def by(found):
    return {how for _, how, _ in found.values()}


def opened(found):
    return sum(kind == '4' and status == DECRYPTED for kind, _, status in found.values())


# The messages that no configuration opens: sent without their prefix by a fault of amneziawg-go.
@BOTH
@pytest.mark.parametrize('name, count, data, owners', [
    ('amneziawg-1', 156, 148, ('server', 'client1')), ('amneziawg-2', 154, 146, ('server', 'client1')),
    ('amneziawg-3', 108, 98, ('server', 'client2')), ('amneziawg-31', 68, 62, ('server', 'client1'))])
def test_amneziawg_with_a_configuration(name, count, data, owners, two_pass):
    for owner in owners:
        found = messages(name + '.pcapng', two_pass, prefs=[config('%s.%s.conf' % (name, owner))])
        assert types(found) == told(name) and len(found) == count, owner
        assert by(found) == {CONFIGURATION}
    found = messages(name + '.pcapng', two_pass, prefs=[config(name + '.server.conf')],
                     keys=[name + '.client1.keys', name + '.client2.keys'])
    assert types(found) == told(name)
    assert opened(found) == data


@BOTH
@pytest.mark.parametrize('name, count, opened_by', [
    ('amneziawg-1', 156, {'client1': 117, 'client2': 31, 'server': 148}),
    ('amneziawg-2', 154, {'client1': 116, 'client2': 30, 'server': 146})])
def test_amneziawg_without(name, count, opened_by, two_pass):
    found = messages(name + '.pcapng', two_pass, prefs=public_keys(name))
    assert types(found) == told(name) and len(found) == count
    assert by(found) == {PUBLIC_KEY}
    for log, data in opened_by.items():
        found = messages(name + '.pcapng', two_pass, keys='%s.%s.keys' % (name, log))
        assert opened(found) == data, log
        assert by(found) == {KEY_LOG}
        assert types(found).items() <= told(name).items()


@BOTH
@pytest.mark.parametrize('name', ['amneziawg-3', 'amneziawg-31'])
def test_header_protection_needs_its_key(name, two_pass):
    assert messages(name + '.pcapng', two_pass, prefs=public_keys(name)) == {}
    assert messages(name + '.pcapng', two_pass, keys=name + '.server.keys') == {}


@BOTH
def test_lwo(two_pass):
    truth = told('lwo')
    found = messages('lwo.pcapng', two_pass, prefs=public_keys('lwo'))
    assert types(found) == truth and len(found) == 66
    server = [line for line in (harness.CAPTURES / 'lwo.server.conf').read_text().splitlines()
              if line.startswith('# PublicKey')][0].split('=', 1)[1].strip()
    found = messages('lwo.pcapng', two_pass, prefs=['uat:wg_keys:"Public","%s"' % server])
    to_server = {number for number, row in ground_truth.frames('lwo').items() if row['to'] == '192.0.2.66:51820'}
    assert set(found) == to_server & set(truth)
    for log, data in (('client1', 32), ('client2', 28), ('server', 60)):
        assert opened(messages('lwo.pcapng', two_pass, keys='lwo.%s.keys' % log)) == data, log


@BOTH
@pytest.mark.parametrize('name', ['amneziawg-1', 'amneziawg-2', 'lwo'])
def test_mac1_is_right(name, two_pass):
    rows = harness.fields(name + '.pcapng', 'wg.mac1.status', filter='wg.type == 1 || wg.type == 2', two_pass=two_pass,
                          prefs=public_keys(name))
    assert rows and all(row == ['1'] for row in rows)


@pytest.mark.parametrize('name', ['amneziawg-1', 'amneziawg-2', 'amneziawg-3', 'amneziawg-31', 'lwo'])
def test_nothing_without_knowledge(name):
    """People's safety hangs on these disguises."""
    for two_pass in (False, True):
        assert harness.frames(name + '.pcapng', 'wg', two_pass=two_pass) == []


def test_bytes_around():
    rows = harness.fields('amneziawg-31.pcapng', 'frame.number', 'wg.envelope.prefix', 'wg.envelope.trailer',
                          'wg.envelope.header', filter='wg.type', prefs=[config('amneziawg-31.server.conf')])
    truth = ground_truth.frames('amneziawg-31')
    assert len(rows) == 68
    for frame, prefix, trailer, header in rows:
        row = truth[int(frame)]
        assert len(prefix.replace(':', '')) == 2 * int(row['prefix'])
        assert len(trailer.replace(':', '')) == 2 * int(row['trailer'])
        assert int(header, 16) == int(row['first4'], 16)


@pytest.mark.parametrize('name', ['amneziawg-1', 'amneziawg-2', 'amneziawg-3', 'amneziawg-31'])
def test_companions(name):
    """All that each client's configuration says it sends, and no message."""
    truth = ground_truth.frames(name)
    found = {}
    for client in ('client1', 'client2'):
        conf = harness.CAPTURES / ('%s.%s.conf' % (name, client))
        rows = harness.fields(name + '.pcapng', 'frame.number', 'wg.companion', filter='wg.companion', two_pass=True,
                              prefs=[config(conf.name)])
        for frame, companion in rows:
            if companion != 'STUN':
                found[int(frame)] = companion
    expected = {number: 'junk' if row['kind'] == 'junk' else 'special packet' for number, row in truth.items()
                if row['kind'] in ('junk', 'I1', 'I2')}
    assert found == expected


def with_errors(name, kept, refused):
    """A capture of what is kept, each datagram refused by its receiver's host: [(frame, kind)] of the errors, and it."""
    sys.path.insert(0, str(harness.CAPTURES))
    import packets
    truth, told, capture = ground_truth.frames(name), [], []
    rows = harness.fields(name + '.pcapng', 'frame.number', 'ip.src', 'udp.srcport', 'ip.dst', 'udp.dstport',
                          'udp.payload', filter='udp && !icmp', plugin=False, arguments=('--disable-heuristic', 'wg'))
    for frame, source, sport, destination, dport, payload in rows:
        kind = truth[int(frame)]['kind']
        packet = packets.ipv4(source, destination, 17,
                              packets.udp(source, int(sport), destination, int(dport), bytes.fromhex(payload)))
        if kind in kept:
            capture.append(packet)
        if kind in refused and len(told) < 4:
            error = struct.pack('>BBHI', 3, 3, 0, 0) + packet[:548]
            error = error[:2] + struct.pack('>H', packets.checksum(error)) + error[4:]
            capture.append(packets.ipv4(destination, source, 1, error))
            told.append((len(capture), TYPES[kind]))
    path = harness.scratch() / 'quoted.pcap'
    path.write_bytes(struct.pack('<IHHIIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101) + b''.join(
        struct.pack('<IIII', 1700000000 + n, 0, len(p), len(p)) + p for n, p in enumerate(capture)))
    path.chmod(0o644)
    return told, path


@BOTH
@pytest.mark.parametrize('name, knowledge', [
    ('amneziawg-1', dict(prefs='server.conf')), ('amneziawg-1', dict(keys='server.keys')),
    ('amneziawg-3', dict(prefs='server.conf')), ('lwo', dict(keys='server.keys'))])
def test_what_an_icmp_error_quotes(name, knowledge, two_pass):
    """It is read by what is known of its flow, and counts nowhere; the diagnosis tells what it says."""
    more = {what: ['wg.config:%s' % harness.staged('%s.%s' % (name, which))] if what == 'prefs'
            else '%s.%s' % (name, which) for what, which in knowledge.items()}
    told, path = with_errors(name, TYPES, ('data',))
    found = harness.fields(path, 'frame.number', 'wg.type', filter='icmp.type == 3 && wg', two_pass=two_pass, **more)
    assert [(int(frame), kind) for frame, kind in found] == told
    assert harness.count(path, 'icmp.type == 3 && wg.stream', two_pass=two_pass, **more) == 0
    if 'prefs' in more:
        told, path = with_errors(name, ('initiation',), ('initiation',))
        assert harness.frames(path, 'icmp.type == 3 && wg', two_pass=two_pass, **more) == [frame for frame, _ in told]
        said = harness.tshark(path, '-q', '-z', 'wg,diagnose', two_pass=two_pass, **more).stdout
        assert said.count('FAULT    Refused') == 2, said


def test_mixed_traffic_with_every_configuration():
    """Nothing of other traffic is taken, whatever is loaded."""
    folder = harness.scratch()
    for path in harness.CAPTURES.glob('*.conf'):
        (folder / path.name).write_text(path.read_text())
        (folder / path.name).chmod(0o644)
    truth = ground_truth.frames('mixed-traffic')
    genuine = {number for number, row in truth.items() if row['kind'] in TYPES}
    strays = {number for number, row in truth.items()
              if row['kind'].startswith('negative:stray-to-wireguard-port-type')}
    for two_pass in (False, True):
        found = harness.frames('mixed-traffic.pcapng', 'wg.type', two_pass=two_pass,
                               prefs=['wg.config:%s' % folder])
        assert set(found) == genuine | strays
        alone = harness.frames('not-wireguard.pcap', 'wg', two_pass=two_pass)
        assert harness.frames('not-wireguard.pcap', 'wg', two_pass=two_pass,
                              prefs=['wg.config:%s' % folder]) == alone


@BOTH
def test_second_server_of_mixed_traffic(two_pass):
    for knowledge in ({'prefs': [config('mixed-traffic.server2.conf')]}, {'keys': 'mixed-traffic.server2.keys'}):
        rows = harness.fields('mixed-traffic.pcapng', 'wg.decryption.status', filter='wg.envelope == "AmneziaWG"',
                              two_pass=two_pass, **knowledge)
        assert len(rows) == 27
    assert sum(row == [DECRYPTED] for row in rows) >= 25


def test_a_padded_keepalive_is_one():
    """AmneziaWG 3.1 pads keepalives, too."""
    rows = harness.fields('amneziawg-31.pcapng', 'frame.number', filter='wg.inner.kind == "Padded keepalive"',
                          prefs=[config('amneziawg-31.server.conf')],
                          keys=['amneziawg-31.client1.keys', 'amneziawg-31.client2.keys'])
    truth = ground_truth.frames('amneziawg-31')
    assert {int(row[0]) for row in rows} == {number for number, row in truth.items() if 'keepalive' in row['inner']}


@BOTH
def test_daita_decoys_are_named(two_pass):
    """Mullvad's: 0xff, zero, and a length, padded like all packets of the tunnel."""
    aead = pytest.importorskip('cryptography.hazmat.primitives.ciphers.aead')
    sys.path.insert(0, str(harness.CAPTURES))
    import packets
    key, index = bytes(range(32)), 0x1a2b3c4d
    plain = [b'\xff\0' + struct.pack('>H', 48) + bytes(60), b'\xff\0' + struct.pack('>H', 65) + bytes(60),
             b'\xfe\0' + struct.pack('>H', 48) + bytes(60), bytes(64), b'']
    folder = harness.scratch()
    data = struct.pack('<IHHIIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101)
    for counter, text in enumerate(plain):
        sealed = aead.ChaCha20Poly1305(key).encrypt(struct.pack('<IQ', 0, counter), text, b'')
        message = struct.pack('<IIQ', 4, index, counter) + sealed
        packet = packets.ipv4('192.0.2.1', '192.0.2.2', 17,
                              packets.udp('192.0.2.1', 51820, '192.0.2.2', 51820, message))
        data += struct.pack('<IIII', 1700000000 + counter, 0, len(packet), len(packet)) + packet
    (folder / 'daita.pcap').write_bytes(data)
    (folder / 'keys').write_text('0x%08x %s\n' % (index, base64.b64encode(key).decode()))
    for path in folder.iterdir():
        path.chmod(0o644)
    rows = harness.fields(folder / 'daita.pcap', 'wg.decryption.status', 'wg.inner.kind', two_pass=two_pass,
                          prefs=['wg.keylog_file:%s' % (folder / 'keys')])
    assert rows == [[DECRYPTED, 'DAITA decoy'], [DECRYPTED, ''], [DECRYPTED, ''], [DECRYPTED, 'Padded keepalive'],
                    [DECRYPTED, '']]
    assert '[DAITA decoy]' in harness.info(folder / 'daita.pcap', prefs=['wg.keylog_file:%s' % (folder / 'keys')])[0]


def test_padding_that_hides_sizes_is_said():
    """AmneziaWG's content padding, as DAITA's: more than the 15 bytes that WireGuard itself may add."""
    arguments = dict(prefs=[config('amneziawg-31.server.conf')], keys='amneziawg-31.server.keys', two_pass=True)
    long = harness.fields('amneziawg-31.pcapng', 'wg.inner.padding', filter='len(wg.inner.padding) >= 16', **arguments)
    short = harness.fields('amneziawg-31.pcapng', 'wg.inner.padding', filter='len(wg.inner.padding) < 16', **arguments)
    assert long and short
    said = harness.tshark('amneziawg-31.pcapng', '-V', **arguments).stdout.count('it hides the size)')
    assert said == len(long)
    assert 'it hides the size)' not in harness.tshark('basic.pcapng', '-V', keys='basic.client.keys').stdout


@pytest.mark.parametrize('capture, said', [
    ('amneziawg-2.pcapng', None), ('basic.pcapng', 'fits nothing of this capture: no initiation (S1, H1)')])
def test_a_configuration_that_fits_nothing_is_told(capture, said):
    for report in ('wg,sessions', 'wg,audit', 'wg,diagnose'):
        text = harness.tshark(capture, '-q', '-z', report, prefs=[config('amneziawg-2.server.conf')]).stdout
        flat = ' '.join(text.split())
        assert (said in flat) if said else 'of AmneziaWG' not in flat
        found = harness.tshark(capture, '-q', '-z', report,
                               prefs=[config('amneziawg-2.server.conf'), 'wg.report_format:json']).lines()
        texts = [line['text'] for line in map(json.loads, found) if line['record'] == 'not-seen']
        assert len(texts) == (said is not None) and all(said in text for text in texts)


# ---- carriers ----

def carried(capture, two_pass, **more):
    rows = harness.fields(capture, 'wg.type', 'wg.carrier', 'wg.decryption.status', filter='wg.type', two_pass=two_pass,
                          **more)
    return [cells for row in rows for cells in zip(*(cell.split(',') for cell in row))]


@BOTH
@pytest.mark.parametrize('arguments', [(), ('-d', 'tcp.port==443,wg'), ('-o', 'wg.tcp.port:443')])
def test_udp_over_tcp(arguments, two_pass):
    found = carried('udp-over-tcp.pcapng', two_pass, keys='udp-over-tcp.client.keys', arguments=list(arguments))
    assert collections.Counter(kind for kind, _, _ in found) == {'1': 1, '2': 1, '4': 97}
    assert {carrier for _, carrier, _ in found} == {'udp-over-tcp'}
    assert all(status == DECRYPTED for _, _, status in found)


@BOTH
def test_udp_over_tcp_from_the_middle(two_pass):
    cut = harness.scratch() / 'middle.pcapng'
    harness.tool('editcap', '-r', harness.staged('udp-over-tcp.pcapng'), cut, '40-144')
    found = carried(cut, two_pass)
    assert len(found) >= 60 and {kind for kind, _, _ in found} == {'4'}


@BOTH
def test_tunsafe_elides_headers(two_pass):
    """Data without its header continues the message before; raw keys prove that it was put together right."""
    aead = pytest.importorskip('cryptography.hazmat.primitives.ciphers.aead')
    sys.path.insert(0, str(harness.CAPTURES))
    import packets
    key, index = bytes(range(32)), 0x1a2b3c4d
    data, sequence = struct.pack('<IHHIIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101), 1
    for number, (counter, elided) in enumerate([(5, 0), (6, 0), (7, 0), (8, 1), (9, 1), (20, 0), (21, 1)]):
        sealed = aead.ChaCha20Poly1305(key).encrypt(struct.pack('<IQ', 0, counter), bytes(range(32, 96)), b'')
        header = b'' if elided else struct.pack('<IIQ', 4, index, counter)
        frame = struct.pack('>H', len(header + sealed) | (0x8000 if elided else 0)) + header + sealed
        if number < 3:  # three in a row, in one segment, find the stream
            held = frame if number == 0 else held + frame
            if number < 2:
                continue
            frame = held
        segment = struct.pack('>HHIIBBHHH', 40321, 1234, sequence, 1, 0x50, 0x18, 1000, 0, 0) + frame
        sequence += len(frame)
        packet = packets.ipv4('192.0.2.1', '192.0.2.2', 6, segment)
        data += struct.pack('<IIII', 1700000000 + number, 0, len(packet), len(packet)) + packet
    folder = harness.scratch()
    (folder / 'tunsafe.pcap').write_bytes(data)
    (folder / 'keys').write_text('0x%08x %s\n' % (index, base64.b64encode(key).decode()))
    for path in folder.iterdir():
        path.chmod(0o644)
    found = harness.fields(folder / 'tunsafe.pcap', 'wg.counter', 'wg.carrier', 'wg.decryption.status', filter='wg.type',
                           two_pass=two_pass, prefs=['wg.keylog_file:%s' % (folder / 'keys')])
    cells = [cells for row in found for cells in zip(*(cell.split(',') for cell in row))]
    assert [int(counter) for counter, _, _ in cells] == [5, 6, 7, 8, 9, 20, 21]
    assert {status for _, _, status in cells} == {DECRYPTED}
    assert cells[3][1] == 'TunSafe TCP'


def as_segments(name, framed, cut=None):
    """A recorded capture's datagrams in TCP, one a segment: behind their length, or as they are; or each in two
    segments, the first of them with `cut` bytes; or, where that is 1, a byte a segment."""
    sys.path.insert(0, str(harness.CAPTURES))
    import packets
    data, sequences, server = struct.pack('<IHHIIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101), {}, None
    for datagram in packets.recorded(name):
        ends = datagram.source, datagram.destination
        server = server or datagram.destination
        payload = (struct.pack('>H', len(datagram.payload)) if framed else b'') + datagram.payload
        ports = (4567, 40321) if datagram.source == server else (40321, 4567)
        parts = [payload[:cut], payload[cut:]] if cut else [payload]
        for part in [payload[i:i + 1] for i in range(len(payload))] if cut == 1 else parts:
            sequence = sequences.setdefault(ends, 1)
            sequences[ends] += len(part)
            segment = struct.pack('>HHIIBBHHH', *ports, sequence, 1, 0x50, 0x18, 1000, 0, 0) + part
            packet = packets.ipv4(*ends, 6, segment)
            data += struct.pack('<IIII', *divmod(datagram.time, 1000000), len(packet), len(packet)) + packet
    capture = harness.scratch() / 'segments.pcap'
    capture.write_bytes(data)
    capture.chmod(0o644)
    return capture


@BOTH
def test_datagrams_as_segments(two_pass):
    """As phantun sends them: no framing."""
    found = carried(as_segments('basic', False), two_pass, keys='basic.client.keys')
    assert collections.Counter(kind for kind, _, _ in found) == {'1': 1, '2': 1, '4': 20}
    assert {(carrier, status) for _, carrier, status in found} == {('raw TCP', DECRYPTED)}


@BOTH
@pytest.mark.parametrize('cut', (2, 7, 20, 40))
def test_frames_in_two_segments(cut, two_pass):
    """Some write a frame's length by itself: the stream is known from its first bytes all the same."""
    found = carried(as_segments('basic', True, cut), two_pass, keys='basic.client.keys')
    assert collections.Counter(kind for kind, _, _ in found) == {'1': 1, '2': 1, '4': 20}
    assert {(carrier, status) for _, carrier, status in found} == {('udp-over-tcp', DECRYPTED)}


@BOTH
@pytest.mark.parametrize('arguments', [('-o', 'wg.tcp.port:4567'), ('-d', 'tcp.port==4567,wg')])
def test_a_byte_a_segment(arguments, two_pass):
    found = carried(as_segments('basic', True, 1), two_pass, keys='basic.client.keys', arguments=list(arguments))
    assert collections.Counter(kind for kind, _, _ in found) == {'1': 1, '2': 1, '4': 20}


@pytest.mark.parametrize('framed', [False, True])
def test_losses_in_a_stream_are_not_the_networks(framed):
    """TCP repeats what is lost; phantun's segments are not TCP's, and get lost."""
    text = harness.tshark(as_segments('lossy', framed), '-q', '-z', 'wg,diagnose', two_pass=True).stdout
    flat = ' '.join(text.split())
    assert 'WARNING Packets are missing: ' in flat
    assert ('although TCP carries this tunnel' in flat) == framed
    assert ("the sender's queue before the TCP connection was full" in flat) == framed
    assert ('Losses before this point of capture' in flat) == (not framed)


@BOTH
def test_what_needs_no_secret(two_pass):
    """TunnelBear, phantun, TunSafe, and DAITA's decoys."""
    rows = harness.fields('variants.pcap', 'wg.type', 'wg.envelope', 'wg.carrier', 'wg.inner.kind', filter='wg',
                          two_pass=two_pass, keys='variants.keys')
    assert [row[0] for row in rows] == list('124444' '124444' '124444444444' '4444')
    assert [row[1] for row in rows] == ['TunnelBear'] * 2 + [''] * 26
    carriers = [row[2] for row in rows]
    # That headers are left out is seen at the first that is; the second pass knows it from the start.
    first = 'TunSafe TCP' if two_pass else 'udp-over-tcp'
    assert carriers == [''] * 6 + ['raw TCP'] * 6 + [first] * 3 + ['TunSafe TCP'] * 9 + [''] * 4
    assert [row[3] for row in rows[24:]] == ['', 'DAITA decoy'] * 2
    statuses = [row[0] for row in harness.fields('variants.pcap', 'wg.decryption.status', filter='wg',
                                                 two_pass=two_pass, keys='variants.keys')]
    # What TunnelBear encrypts in its handshake is not known, and nothing was cut off.
    assert statuses == ['0', *['15'] * 5, *['1'] * 22]


@BOTH
@pytest.mark.parametrize('capture, carrier, count', [('turn-channel.pcapng', 'TURN channel', 10),
                                                     ('peer-relay.pcap', 'Geneve relay', 5)])
def test_relays(capture, carrier, count, two_pass):
    found = carried(capture, two_pass, keys=capture.split('.')[0] + '.keys')
    assert len(found) == count
    assert {(way, status) for _, way, status in found} == {(carrier, DECRYPTED)}


@BOTH
@pytest.mark.parametrize('first', (0, 2))
def test_a_relay_on_another_port(first, two_pass):
    """Its users choose the port. With and without the handshake;"""
    data = (harness.CAPTURES / 'peer-relay.pcap').read_bytes()
    at, frames = 24, []
    while at < len(data):
        length = struct.unpack_from('<I', data, at + 8)[0]
        frame = bytearray(data[at:at + 16 + length])
        for port in (16 + 34, 16 + 36):
            if frame[port:port + 2] == struct.pack('>H', 6081):
                frame[port:port + 2] = struct.pack('>H', 40404)
        frames.append(bytes(frame))
        at += 16 + length
    path = harness.scratch() / 'relay.pcap'
    path.write_bytes(data[:24] + b''.join(frames[first:]))
    path.chmod(0o644)
    found = harness.fields(str(path), 'wg.carrier', 'wg.envelope', filter='wg', two_pass=two_pass, keys='peer-relay.keys')
    assert found == [['Geneve relay', '']] * (5 - first)


def test_companions_of_a_mesh():
    found = harness.fields('audit-tailscale-like.pcap', 'wg.companion', filter='wg.companion', two_pass=True)
    kinds = collections.Counter(row[0] for row in found)
    assert kinds['disco'] == 12
    assert all(row[0] for row in harness.fields('audit-tailscale-like.pcap', 'wg.disco.sender',
                                                filter='wg.companion == "disco"'))
    found = harness.fields('audit-ice-same-port.pcapng', 'frame.number', 'stun.type', filter='wg.companion == "STUN"',
                           two_pass=True)
    assert len(found) == harness.count('audit-ice-same-port.pcapng', 'stun')
    assert all(kind for _, kind in found)


@BOTH
def test_rosenpass(two_pass):
    """By the messages that are enough to know it by, and in their flow by all; the tunnel beside it is as it was."""
    found = harness.fields('rosenpass.pcap', 'frame.number', 'wg.rosenpass.type', '_ws.col.Info',
                           filter='wg.companion == "Rosenpass"', two_pass=two_pass)
    assert found == [['1', '0x81', 'InitHello'], ['2', '0x86', 'CookieReply'], ['3', '0x81', 'InitHello'],
                     ['4', '0x82', 'RespHello'], ['5', '0x83', 'InitConf'], ['6', '0x84', 'EmptyData']]
    assert harness.count('rosenpass.pcap', 'wg.type') == 22


def test_rosenpass_is_no_leak():
    text = ' '.join(harness.tshark('rosenpass.pcap', '-q', '-z', 'wg,audit').stdout.split())
    assert '7 to exchange its preshared keys: Rosenpass to 198.51.100.21 (first: frame 1)' in text
    assert 'Verdict 1 packet bypasses the tunnel: UDP port 41900' in text


def test_newer_warp_is_named_and_not_decoded():
    found = harness.fields('warp-newer.pcap', 'frame.number', '_ws.col.Info', filter='wg.companion == "WARP"',
                           two_pass=True)
    assert [(int(frame), info[-15:]) for frame, info in found] == [(n, ': not WireGuard') for n in range(1, 9)]
    assert harness.count('warp-newer.pcap', 'wg.type') == 0


def test_client_id():
    rows = harness.fields('client-id.pcapng', 'wg.client_id', 'wg.envelope', filter='wg.type')
    assert len(rows) == 66
    assert {row[1] for row in rows} == {'client id'} and len({row[0] for row in rows}) == 2
