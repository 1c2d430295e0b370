# test_metamorphic.py
# Captures that are changed in a way that must not change what is said of them: other headers around the same
# packets, and forged messages among them.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import base64
import collections
import hashlib
import re
import struct
import sys

import pytest

import harness
import mutate

sys.path.insert(0, str(harness.ROOT / 'tests/sim'))
import ip_packets as packets  # noqa: E402
import situations  # noqa: E402

PASSES = pytest.mark.parametrize('two_pass', (False, True), ids=('one-pass', 'two-pass'))
ETHERTYPE = 12  # offset
STRANGER = '198.18.7.9'


def written(frames):
    path = harness.scratch() / 'changed.pcap'
    mutate.write(path, frames)
    path.chmod(0o644)
    return path


def simulated(name, place):
    """A situation's frames, and its folder."""
    folder = harness.scratch()
    situations.simulate(name, folder)
    for path in folder.iterdir():
        path.chmod(0o644)
    return list(mutate.frames(str(folder / ('%s.%s.pcap' % (name, place))))), folder


def diagnosis(capture, **more):
    return harness.tshark(capture, '-q', '-z', 'wg,diagnose', **more).stdout


# ---- other headers ----

def in_vxlan(frame):
    inner = frame.data
    outer = packets.udp('203.0.113.201', 44444, '203.0.113.202', 4789, b'\x08\0\0\0\0\0\x07\0' + inner)
    data = frame.data[:ETHERTYPE] + b'\x08\0' + outer
    return mutate.Frame(frame.time, data, len(data))


def in_gtp(frame):
    inner = frame.data[ETHERTYPE + 2:]
    outer = packets.udp('203.0.113.201', 2152, '203.0.113.202', 2152,
                        struct.pack('>BBHI', 0x30, 0xff, len(inner), 99) + inner)
    data = frame.data[:ETHERTYPE] + b'\x08\0' + outer
    return mutate.Frame(frame.time, data, len(data))


@PASSES
@pytest.mark.parametrize('wrap', (in_vxlan, in_gtp))
@pytest.mark.parametrize('name,keys', (
    ('amneziawg-1.pcapng', 'amneziawg-1.server.keys'), ('gro-last-handshake.pcapng', 'gro-last-handshake.keys'),
    ('gro-real.pcap', 'gro-real.keys'), ('variants.pcap', 'variants.keys')))
def test_a_tunnel_in_another_one(name, keys, wrap, two_pass):
    """With public keys, messages are found at any offset. But the headers of an IP packet are no prefix of AmneziaWG's,
    also if its own prefix, or messages that were merged with it, come between."""
    frames = [f for f in mutate.frames(name) if f.data[ETHERTYPE:ETHERTYPE + 2] == b'\x08\0']
    plain, wrapped = written(frames), written(map(wrap, frames))
    more = {'keys': keys, 'two_pass': two_pass}
    columns = ('frame.number', 'wg.type', 'wg.decryption.status', 'wg.inner.length', 'wg.envelope')
    assert harness.fields(wrapped, *columns, **more) == harness.fields(plain, *columns, **more)
    assert diagnosis(wrapped, **more) == diagnosis(plain, **more)


# ---- what ICMP errors are said to be ----

def test_errors_of_several_hosts():
    """Of four errors, two are of the other host."""
    said = ' '.join(diagnosis('icmp-quoted.pcap').split())
    assert '4 ICMP errors, the first "port unreachable" from 192.0.2.10 (frames 2 to 8)' in said
    assert '4 ICMP errors "' not in said


# ---- forged messages ----

def udp_at(frame, payload, source=None):
    """A datagram as this frame's, with another payload; from another host."""
    changed = mutate.with_payload(frame, lambda _: payload)
    if source is None:
        return changed
    data = bytearray(changed.data)
    data[26:30] = bytes(map(int, source.split('.')))
    return mutate.Frame(changed.time, bytes(data), len(data))


def mac1_of(message, public_key):
    key = hashlib.blake2s(b'mac1----' + public_key).digest()
    return hashlib.blake2s(message, digest_size=16, key=key).digest()


def message_of(frame):
    return frame.data[mutate.payload_at(frame):]


def forged_response(answered, receiver, label, source=None):
    """A response that does not open, in a datagram like that of a genuine one."""
    body = b'\2\0\0\0' + packets.noise(label + 'index', 4) + receiver + packets.noise(label, 48 + 16) + bytes(16)
    return udp_at(answered, body, source)


def with_forged_responses(frames, count, source=None):
    """Before each genuine response, forged ones."""
    for number, frame in enumerate(frames):
        message = message_of(frame)
        if message[0] == 2:
            for n in range(count):
                yield forged_response(frame, message[8:12], 'response %d %d' % (number, n), source)
        yield frame


def labels(said):
    return [line[:30] for line in said.splitlines() if line.startswith(('  FAULT', '  WARNING', '  OK', '  NOTE'))]


@PASSES
@pytest.mark.parametrize('source', (None, STRANGER), ids=('its-address', 'a-stranger'))
@pytest.mark.parametrize('supplied', ('server.conf', 'client.keys'))
def test_a_response_with_a_wrong_mac1(supplied, source, two_pass):
    """The server's configuration opens the initiations. Their sender is known then, and rejects such a response."""
    frames, folder = simulated('busy.linux', 'c')
    kind = 'wg.config' if supplied.endswith('conf') else 'wg.keylog_file'
    more = {'prefs': ('%s:%s' % (kind, folder / ('busy.linux.' + supplied)),), 'two_pass': two_pass}
    healthy = labels(diagnosis(written(frames), **more))
    forged = written(with_forged_responses(frames, 1, source))
    said = diagnosis(forged, **more)
    assert [label for label in labels(said) if 'Forged' not in label] == healthy and 'Forged or damaged' in said, said
    sessions = harness.tshark(forged, '-q', '-z', 'wg,sessions', **more).stdout
    assert 'not accepted' not in sessions


@PASSES
@pytest.mark.parametrize('source', (None, STRANGER), ids=('its-address', 'a-stranger'))
def test_the_data_shows_which_response_was_used(source, two_pass):
    """Without keys: the initiator sends to the index that the response announced."""
    frames, _ = simulated('busy.linux', 'c')
    forged = written(with_forged_responses(frames, 1, source))
    said = diagnosis(forged, two_pass=two_pass)
    assert labels(said) == labels(diagnosis(written(frames), two_pass=two_pass)), said
    assert 'not accepted' not in harness.tshark(forged, '-q', '-z', 'wg,sessions', two_pass=two_pass).stdout


@PASSES
def test_a_response_that_was_not_used_came_from_elsewhere(two_pass):
    """It is followed by one that is used: only that one's address would be worth a note."""
    frames, _ = simulated('busy.linux', 'c')
    response = next(i for i, frame in enumerate(frames) if message_of(frame)[0] == 2)
    frames.insert(response + 1, forged_response(frames[response], message_of(frames[response])[8:12], 'x', STRANGER))
    said = diagnosis(written(frames), two_pass=two_pass)
    assert 'Healthy' in said and 'Answered from elsewhere' not in said


def forged_cookie(answered, receiver, label):
    return udp_at(answered, b'\3\0\0\0' + receiver + packets.noise(label, 24 + 32))


def back(frame):
    """A frame the other way."""
    data = bytearray(frame.data)
    data[26:30], data[30:34] = data[30:34], data[26:30]
    data[34:36], data[36:38] = data[36:38], data[34:36]
    return frame._replace(data=bytes(data))


def of_type(frames, number):
    return [i for i, frame in enumerate(frames) if mutate.payload_at(frame) and message_of(frame)[0] == number]


def verdicts_of(said):
    """The labels, but for notes, and for how many of what are told."""
    return [re.sub(r'\d.*', '', label) for label in labels(said) if 'NOTE' not in label]


@PASSES
@pytest.mark.parametrize('forged', (forged_response, forged_cookie))
@pytest.mark.parametrize('answered', (0, -2, -1), ids=('the-first-try', 'the-last-but-one', 'the-last'))
@pytest.mark.parametrize('name,place', (
    ('wrong_key', 'c'), ('port_closed', 'c'), ('rebooted', 's'), ('nat_forgets_for_good', 's'), ('nat_forgets', 'c'),
    ('link_fails', 's'), ('psks.linux', 'c')))
def test_one_answer_that_is_not_used(name, place, answered, forged, two_pass):
    """Anyone who sees an initiation can send one in the name of the host that is asked. Without keys, too, it turns
    no verdict."""
    frames, _ = simulated(name, place)
    asking = frames[of_type(frames, 1)[answered]]
    frames.append(forged(back(asking), message_of(asking)[4:8], 'forged')._replace(time=asking.time + 3 * 10**6))
    said = diagnosis(written(sorted(frames, key=lambda frame: frame.time)), two_pass=two_pass)
    assert verdicts_of(said) == verdicts_of(diagnosis(written(simulated(name, place)[0]), two_pass=two_pass)), said


@pytest.mark.parametrize('name,place,answered', (('wrong_key', 'c', -1), ('wrong_key', 'c', 0), ('rebooted', 's', -1)))
def test_an_answer_that_is_not_used_is_told(name, place, answered):
    frames, _ = simulated(name, place)
    asking = frames[of_type(frames, 1)[answered]]
    frames.append(forged_response(back(asking), message_of(asking)[4:8], 'x')._replace(time=asking.time + 3 * 10**6))
    frames.sort(key=lambda frame: frame.time)
    number = of_type(frames, 2)[-1] + 1
    said = ' '.join(diagnosis(written(frames)).split())
    assert 'but an answer (frame %d) that nothing proves and that was not used' % number in said, said


@PASSES
@pytest.mark.parametrize('begun', (0, -2, -1), ids=('the-first', 'the-last-but-one', 'the-last'))
@pytest.mark.parametrize('name,place', (
    ('answers_lost', 's'), ('blocked.linux', 's'), ('damaged', 'c'), ('does_not_rekey', 'c'), ('busy.linux', 'c')))
def test_one_initiation_between(name, place, begun, two_pass):
    """In the name of a side that starts over again and again, or that should rekey: it stays what it was."""
    frames, _ = simulated(name, place)
    begun = frames[of_type(frames, 1)[max(begun, -len(of_type(frames, 1)))]]
    made_up = udp_at(begun, b'\1\0\0\0' + packets.noise('initiation', 128) + bytes(16))
    frames.append(made_up._replace(time=begun.time + 3 * 10**9))
    said = diagnosis(written(sorted(frames, key=lambda frame: frame.time)), two_pass=two_pass)
    assert verdicts_of(said) == verdicts_of(diagnosis(written(simulated(name, place)[0]), two_pass=two_pass)), said


@PASSES
@pytest.mark.parametrize('forged', (forged_response, forged_cookie))
def test_a_session_that_should_be_renewed(forged, two_pass):
    """An answer beside the genuine one does not excuse the rekey that never comes."""
    frames, _ = simulated('does_not_rekey', 'c')
    asking = frames[of_type(frames, 1)[0]]
    frames.append(forged(back(asking), message_of(asking)[4:8], 'forged')._replace(time=asking.time + 3 * 10**6))
    said = diagnosis(written(sorted(frames, key=lambda frame: frame.time)), two_pass=two_pass)
    assert 'Rekey overdue' in said, said


@PASSES
@pytest.mark.parametrize('name,place,after', (
    ('no_forwarding', 'c', -1), ('no_forwarding', 's', -1), ('outside.linux', 'c', -1), ('pushes.linux', 's', 0),
    ('pushes.linux', 'c', 0), ('pushes.linux', 'c', -1),
    ('outside.freebsd', 's', -1)))
def test_one_data_packet_from_a_side_that_sends_none(name, place, after, two_pass):
    """Only keepalives come back. A made-up packet of data does not turn that into a tunnel that is in use."""
    frames, _ = simulated(name, place)
    data = [frames[i] for i in of_type(frames, 4)]
    largest = collections.Counter()
    for frame in data:
        largest[frame.data[26:30]] = max(largest[frame.data[26:30]], frame.length)
    quiet = min(largest, key=largest.get)
    sent = [frame for frame in data if frame.data[26:30] == quiet][after]
    head, counter = message_of(sent)[:8], struct.unpack('<Q', message_of(sent)[8:16])[0]
    made_up = udp_at(sent, head + struct.pack('<Q', counter + 40) + packets.noise('data', 96))
    frames.append(made_up._replace(time=sent.time + 10**5))
    said = diagnosis(written(sorted(frames, key=lambda frame: frame.time)), two_pass=two_pass)
    assert labels(said)[0] == labels(diagnosis(written(simulated(name, place)[0]), two_pass=two_pass))[0], said


@PASSES
@pytest.mark.parametrize('forged', (forged_response, forged_cookie))
def test_an_answer_that_is_not_used_ends_no_outage(forged, two_pass):
    """'It worked again' would contradict 'Contact lost'."""
    frames, _ = simulated('gone.linux', 'c')
    initiations = [i for i, frame in enumerate(frames) if message_of(frame)[0] == 1]
    answered = next(frame for frame in frames if message_of(frame)[0] == 2)
    asking = frames[initiations[-5]]
    late = forged(answered, message_of(asking)[4:8], 'late')._replace(time=asking.time + 10**7)
    said = diagnosis(written(sorted(frames + [late], key=lambda frame: frame.time)), two_pass=two_pass)
    assert 'Contact lost' in said and 'Outage' not in said, said


@PASSES
def test_nothing_but_forged_messages(two_pass):
    """A stranger's initiations: mac1 is right, and the rest does not open with the key that it was made with."""
    frames, folder = simulated('busy.linux', 's')
    client = (folder / 'busy.linux.client.conf').read_text()
    key = base64.b64decode(re.search(r'PublicKey *= *(\S+)', client)[1])
    for n in range(3):
        body = b'\1\0\0\0' + packets.noise('initiation %d' % n, 112)
        frames.append(udp_at(frames[0]._replace(time=frames[-1].time), body + mac1_of(body, key) + bytes(16), STRANGER))
    for report, wrong in (('wg,diagnose', '0 data packets'), ('wg,audit', 'only handshake messages')):
        said = harness.tshark(written(frames), '-q', '-z', report, two_pass=two_pass,
                              prefs=('wg.config:%s' % (folder / 'busy.linux.server.conf'),)).stdout
        assert STRANGER in said and wrong not in ' '.join(said.split()), said


# ---- the same packets twice ----

def each_twice(frames):
    for frame in frames:
        yield frame
        yield frame._replace(time=frame.time + 20_000)


def counted(said):
    """What is said, but for frames, and for what is said of the copies."""
    text = re.sub(r'\(frames? \d+( to \d+)?\)|;? ?frames? \d+( to \d+)?', '', ' '.join(said.split()))
    return re.sub(r' NOTE Each packet was captured twice: [^.]*\. Each is counted once\.', '', text)


@PASSES
@pytest.mark.parametrize('name', ('cookie.pcapng', 'cookie-both.pcapng'))
def test_cookie_replies_count_once(name, two_pass):
    frames = mutate.frames(name)
    twice = diagnosis(written(each_twice(frames)), two_pass=two_pass)
    assert 'Each packet was captured twice' in twice
    assert counted(twice) == counted(diagnosis(written(frames), two_pass=two_pass))


@PASSES
def test_copies_beside_a_move(two_pass):
    """Packets are still under way to the old place. Their copies have the same addresses, so there is no NAT."""
    said = diagnosis(written(each_twice(mutate.frames('roaming-in-flight.pcapng'))), two_pass=two_pass)
    assert 'Each packet was captured twice' in said and 'before and after a NAT' not in said, said


def on_both_sides_of_a_nat(frames, inside, outside):
    """Each packet before and after a NAT, which takes a millisecond."""
    for frame in frames:
        changed = bytearray(frame.data)
        sends = changed[26:30] == bytes(map(int, inside.split('.')))
        changed[26:30] = bytes(map(int, outside.split('.'))) if sends else changed[26:30]
        changed[30:34] = changed[30:34] if sends else bytes(map(int, outside.split('.')))
        out = frame._replace(data=bytes(changed), time=frame.time + (1 if sends else -1) * 10**6)
        yield from (frame, out) if sends else (out, frame)


@PASSES
def test_the_other_side_of_a_nat_is_not_elsewhere(two_pass):
    """The server initiates, too. It asks the NAT, and the client is seen to respond before the NAT."""
    frames, _ = simulated('idle.boringtun', 'c')
    frames = [f for f in frames if mutate.payload_at(f)]
    both = on_both_sides_of_a_nat(frames, '192.168.7.20', '203.0.114.77')
    said = diagnosis(written(sorted(both, key=lambda frame: frame.time)), two_pass=two_pass)
    assert 'Both sides initiate' in said and 'before and after a NAT' in ' '.join(said.split()), said
    assert 'elsewhere' not in said, said


# ---- a single packet that nothing proves ----

@PASSES
@pytest.mark.parametrize('place', (3, -2), ids=('early', 'late'))
def test_a_packet_with_a_far_counter(place, two_pass):
    """Whoever saw the index can send it. The packets after it go on from before it, or there are none."""
    frames, _ = simulated('busy.linux', 's')
    data = [i for i, frame in enumerate(frames) if message_of(frame)[0] == 4]
    at = data[place]
    head = message_of(frames[at])[:8]
    counter = struct.unpack('<Q', message_of(frames[at])[8:16])[0] + 500
    made_up = udp_at(frames[at], head + struct.pack('<Q', counter) + packets.noise('data', 96))
    frames.insert(at + 1, made_up._replace(time=frames[at].time + 1000))
    said = diagnosis(written(frames), two_pass=two_pass)
    assert 'Healthy' in said and 'WARNING' not in said, said


@PASSES
def test_packets_that_go_on_after_a_gap(two_pass):
    """The same gap, and the packets go on from its end: they are missing."""
    frames, _ = simulated('busy.linux', 's')
    client = mutate.payload_at(frames[0])
    source, first, changed = frames[0].data[26:30], None, []
    for frame in frames:
        message = message_of(frame)
        counter = struct.unpack('<Q', message[8:16])[0] if message[0] == 4 else 0
        if message[0] == 4 and frame.data[26:30] == source and counter >= 20 and first in (None, message[:8]):
            first = message[:8]
            body = message[:8] + struct.pack('<Q', counter + 500) + message[16:]
            frame = mutate.Frame(frame.time, frame.data[:client] + body, frame.length)
        changed.append(frame)
    assert 'Packets are missing' in diagnosis(written(changed), two_pass=two_pass)


@PASSES
def test_one_response_from_elsewhere_is_no_cause(two_pass):
    """Of the seven that are not used, the others came from the address that was asked."""
    frames, _ = simulated('psks.linux', 'c')
    response = next(i for i, frame in enumerate(frames) if message_of(frame)[0] == 2)
    frames.insert(response, forged_response(frames[response], message_of(frames[response])[8:12], 'x', STRANGER))
    said = diagnosis(written(frames), two_pass=two_pass)
    assert 'Response never used' in said and 'Answered from another address' not in said, said


# ---- a payload that is not random ----

ZEROS, TEXT = bytes(1440), (b'GET / HTTP/1.1\r\nHost: example.com\r\n\r\n' * 40)[:1440]


def audit_of(frames, **more):
    return ' '.join(harness.tshark(written(frames), '-q', '-z', 'wg,audit', **more).stdout.split())


@PASSES
@pytest.mark.parametrize('payload', (ZEROS, TEXT), ids=('zeros', 'text'))
@pytest.mark.parametrize('name,place', (('busy.linux', 'c'), ('idle.linux', 's'), ('pushes.linux', 's')))
def test_one_packet_that_is_not_random(name, place, payload, two_pass):
    """Anyone who saw the index can send it. It says nothing of the other packets."""
    frames, _ = simulated(name, place)
    sent = frames[of_type(frames, 4)[-4]]
    head, counter = message_of(sent)[:8], struct.unpack('<Q', message_of(sent)[8:16])[0]
    made_up = udp_at(sent, head + struct.pack('<Q', counter + 1) + payload)
    frames.append(made_up._replace(time=sent.time + 1000))
    said = audit_of(sorted(frames, key=lambda frame: frame.time), two_pass=two_pass)
    assert 'PAYLOAD OF SOME PACKETS IS NOT RANDOM' in said and 'do not trust' not in said, said


@PASSES
def test_no_packet_is_random(two_pass):
    """What the test above must not hide: a tunnel without encryption, in one direction or in both."""
    for directions in (1, 2):
        frames, _ = simulated('busy.linux', 'c')
        source = frames[of_type(frames, 4)[0]].data[26:30]
        for i in of_type(frames, 4):
            if directions == 2 or frames[i].data[26:30] == source:
                frames[i] = mutate.with_payload(frames[i], lambda m: m[:16] + (TEXT * 2)[i % 38:][:len(m) - 16])
        assert 'PAYLOAD IS NOT RANDOM, so do not trust that it is encrypted' in audit_of(frames, two_pass=two_pass)
