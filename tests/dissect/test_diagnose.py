# test_diagnose.py
# The expected verdict for each capture, for every class of fault, and with every kind of key.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import base64
import re
import sys

import pytest

import ground_truth
import harness
import reports

sys.path.append(str(harness.ROOT / 'tests/vectors'))
import reference  # noqa: E402

# The first findings of each recorded capture, tunnel by tunnel.
RECORDED = {
    'basic': ['OK Healthy'], 'psk-ipv6': ['OK Healthy'], 'cookie': ['OK Healthy'], 'cookie-both': ['OK Healthy'],
    'roaming': ['OK Healthy'], 'roaming-in-flight': ['OK Healthy'], 'unanswered': ['FAULT No answer'],
    'wrong-server-key': ['FAULT No answer'], 'rekey': ['OK Healthy'],
    'mid-session-leak': ['OK Up, its handshake was not captured', 'OK Healthy'],
    'lossy': ['WARNING Packets are missing'], 'gso': ['OK Healthy'],
}

# Scenario of test-captures/faults.py -> all that is found, in order: a label and words.
TRAFFIC = 'NOTE Traffic: handshake in 10.0 ms, 1 session'
FAULTS = {
    'port unreachable': ['FAULT Refused: 2 handshake initiations .* 2 ICMP errors "port unreachable" from 198'],
    'prohibited': ['FAULT Refused: 1 .* 1 ICMP error "administratively prohibited" from 2001:db8::ffff '],
    'unanswered': [r'FAULT No answer: 4 handshake initiations .* in 15.3 s, and nothing came back\. Captured beside the initiator'],
    'only cookies': ['FAULT Under load: the responder sent 3 cookie replies .* no handshake response; 2 initiations'],
    'not accepted beside initiator': ['FAULT Response never used: 2 .* beside the initiator, so they did reach'],
    'not accepted beside responder': ['FAULT Response never used: 2 .* beside the responder, so they may have been'],
    'not accepted in between': ['FAULT Response never used: 2 .* this capture cannot tell'],
    'one response': ['WARNING Not confirmed: 1 handshake response '],
    'lost contact': ['FAULT Contact lost: it was up until 2023-11-15 .* 4 handshake initiations .* got no answer', TRAFFIC],
    'one way': ['NOTE Only one direction was captured: .* 20 data packets there and 0 .* so it hears the other side'],
    'fell silent': ['NOTE Only one direction was captured: .* 25 data packets there and 5 .* so it hears'],
    'counter reset': ['FAULT Counters used twice: 3 packets', TRAFFIC],
    'too big': ['WARNING Too big: 1 ICMP error "fragmentation needed" from 203.0.113.1 .* takes 1400 bytes', TRAFFIC],
    'too big six': ['WARNING Too big: 1 ICMP error "packet too big" from 2001:db8::ffff .* takes 1280 bytes', TRAFFIC],
    'lossy': [r'WARNING Packets are missing: .* 3 of 50 \(6.0 %\) from 192.0.2', TRAFFIC],
    'size': [r'WARNING Nothing large arrives: .* from 198.51.100.16:51820, none has more than 96 bytes. .* 6 of 10',
             TRAFFIC],
    'outlived': ['WARNING Outlived: 2 data packets', TRAFFIC],
    'overdue': ['WARNING Rekey overdue: .* data past 120 s .frame', TRAFFIC],
    'cookie ignored': ['OK Healthy', 'NOTE Under load: 1 cookie reply.*; no initiation came with a cookie',
                       'NOTE Not at the first try: 1 initiation before'],
    'healthy': ['OK Healthy: handshake in 10.0 ms, 1 session, 5 data packets there and 5 back, in 4.1 s.$'],
    'idle': ['OK Up, too little to tell more: .* 1 data packet there and 0 back .1 of them a keepalive'],
    'mid session': ['OK Up, its handshake was not captured: 1 session, 5 data packets there and 5 back'],
    'one sided': ['NOTE Only one direction was captured: 1 session, 20 data packets there'],
    'one sided handshakes': ['NOTE Only one direction was captured: 1 session, 11 data packets'],
    'only responses': [r'NOTE Only one direction was captured: 1 handshake response \(frame \d+\)\.$'],
    'elsewhere': ['OK Healthy', 'NOTE Answered from elsewhere: 198.51.100.26:51820 was asked, 203.0.113.77:51820 '],
    'under load': ['OK Healthy', 'NOTE Under load: 1 cookie reply .* from 198.* 1 initiation came with a cookie',
                   'NOTE Not at the first try'],
    'retried': ['OK Healthy', 'NOTE Not at the first try: 1 initiation before'],
    'roamed': ['OK Healthy', 'NOTE Roamed: 1 .* from 192.0.2.29:51820 to 203.0.113.9:40000 in the end',
               'NOTE Some packets were refused: 1 ICMP error "port unreachable" from 203.0.113.9'],
    'roamed and back': ['OK Healthy', 'NOTE Roamed: 2 changes of endpoint .*, and back in the end'],
    'both roamed': ['OK Healthy', 'NOTE Roamed: 2 .* from 192.0.2.31:51820 to 192.0.2.31:40000 and from 198.51.100.31'],
    'both initiate': ['OK Healthy: handshake in 20.0 ms at best, 2 sessions',
                      'NOTE Both sides initiate: 1 and 1 handshakes'],
    'replayed': ['OK Healthy', 'NOTE Handshake messages seen again: 1 further copy'],
    'responder first': ['OK Healthy', 'NOTE The responder sends first: 1 session'],
    'duplicates': ['OK Healthy', 'NOTE Data packets seen again: 2 further copies'],
    'fragments': ['OK Healthy', r'NOTE Fragments: 1 message \(frame \d+\) came in IP fragments'],
    'not authentic': ['OK Healthy'],
    'clock backwards': ['FAULT No answer: 3 handshake initiations'],
}


def found_of(capture, *arguments, **more):
    """A list a tunnel, in order of appearance: the findings as "LABEL text"."""
    return [['%s %s' % row[:2] for row in tunnel] for tunnel in
            ([tuple(row) for row in rows] for rows in reports.diagnose(capture, *arguments, **more).values())]


@pytest.mark.parametrize('two_pass', (False, True))
@pytest.mark.parametrize('name', RECORDED)
def test_recorded_captures(name, two_pass):
    found = found_of(name + '.pcapng', two_pass=two_pass)
    assert len(found) == len(RECORDED[name])
    for tunnel, expected in zip(found, RECORDED[name]):
        assert tunnel[0].startswith(expected)


def scenarios():
    """Of the frame list, in order."""
    return list(dict.fromkeys(row['note'] for row in ground_truth.frames('faults').values()))


def matches(tunnel, expected):
    return len(tunnel) == len(expected) and all(re.match(e, t) for e, t in zip(expected, tunnel))


@pytest.mark.parametrize('two_pass', (False, True))
def test_every_fault(two_pass):
    found = found_of('faults.pcap', two_pass=two_pass)
    assert scenarios() == list(FAULTS) and len(found) == len(FAULTS)
    assert [(name, tunnel, expected) for (name, expected), tunnel in zip(FAULTS.items(), found)
            if not matches(tunnel, expected)] == []


def test_what_to_check_next():
    """Every fault and warning comes with advice, unless the one before it explains it."""
    for name, rows in zip(FAULTS, reports.diagnose('faults.pcap').values()):
        for label, text, advice in rows:
            assert advice or label not in ('FAULT', 'WARNING'), (name, text)
    refused = {name: [row[2] for row in rows if 'refused' in row[1]]
               for name, rows in zip(FAULTS, reports.diagnose('faults.pcap').values())}
    assert refused['roamed'] == ['Packets to an endpoint that a peer has just left are refused, and that is normal.']


@pytest.mark.parametrize('name', ('unanswered', 'basic'))
def test_what_was_captured_twice_was_sent_once(name):
    """Two points of capture make no further attempts, and no loss of contact."""
    folder = harness.scratch()
    shifted, merged = folder / 'shifted.pcapng', folder / 'merged.pcapng'
    harness.tool('editcap', '-t', '0.0004', harness.staged(name + '.pcapng'), shifted)
    harness.tool('mergecap', '-w', merged, harness.staged(name + '.pcapng'), shifted)
    [tunnel] = found_of(str(merged))
    if name == 'unanswered':
        assert tunnel[0].startswith('FAULT No answer: 7 handshake initiations (')
        assert [text.split(', as')[0] for text in tunnel[1:]] == \
            ['NOTE Each packet was captured twice: 7 of 7 have a copy']
    else:
        assert tunnel[0].startswith('OK Healthy: handshake in 4.4 ms, 1 session, 10 data packets there and 10 back')
        assert [text.split(', as')[0] for text in tunnel[1:]] == \
            ['NOTE Each packet was captured twice: 22 of 22 have a copy']


# ---- with keys ----

def with_faults(name, *arguments, **more):
    return found_of('faults.pcap', *arguments, **more)[scenarios().index(name)]


def test_only_keys_show_that_a_packet_is_not_authentic():
    tunnel = with_faults('not authentic', keys='basic.client.keys')
    assert tunnel[0].startswith('OK Healthy') and tunnel[0].endswith('the keys open 19.')
    assert re.match(r'NOTE Forged or damaged: 1 message \(frame \d+\) did not open', tunnel[1])


def test_only_keys_show_a_clock_set_back():
    tunnel = with_faults('clock backwards', '-o', 'wg.config:unanswered.server.conf')
    assert len(tunnel) == 1 and re.match('FAULT Clock set back: 3 handshake initiations .* got no answer', tunnel[0])


def changed(name, change):
    """A file of test-captures with something changed, where tshark can read it."""
    folder = harness.scratch()
    old = (harness.CAPTURES / name).read_text()
    text = change(old)
    assert text != old
    (folder / name).write_text(text)
    (folder / name).chmod(0o644)
    return folder / name


def test_authenticated():
    tunnel = found_of('basic.pcapng', keys='basic.client.keys')[0]
    assert tunnel == ['OK Healthy: handshake in 4.4 ms, 1 session, 10 data packets there and 10 back, in 4.1 s; '
                      'the keys open 20.']


def test_another_preshared_key():
    """All fits but the preshared key. Of a tunnel that is up, this is said of the key log only."""
    def another(text):
        return re.sub(r'(?m)^(PRESHARED_KEY = ).*$', r'\1' + 'A' * 43 + '=', text)

    wrong = changed('psk-ipv6.client.keys', another)
    two = harness.scratch() / 'two.pcapng'
    numbers = harness.frames('psk-ipv6.pcapng', 'wg.type < 4')
    harness.tool('editcap', '-r', harness.staged('psk-ipv6.pcapng'), two, *(str(n) for n in numbers))
    tunnel = found_of(str(two), '-o', 'wg.keylog_file:%s' % wrong)[0]
    assert tunnel == ['FAULT Preshared keys differ: all supplied keys fit the response (frame 2), except the '
                      'preshared key.']
    assert found_of(str(two), keys='psk-ipv6.client.keys')[0][0].startswith('WARNING Not confirmed')
    tunnel = found_of('psk-ipv6.pcapng', '-o', 'wg.keylog_file:%s' % wrong)[0]
    assert len(tunnel) == 2 and tunnel[0].startswith('OK Healthy')
    assert tunnel[1].startswith('NOTE Keys: all that were supplied fit the response (frame 6), except the preshared key')


def test_an_unknown_peer():
    """The responder's configuration without its [Peer]; with the [Peer] of somebody else."""
    def somebody_else(text):
        return re.sub(r'(?m)^(PublicKey *= *).*$', r'\1mOtvqcnBCA/w4QCsHjmQgkdNuuxAtDq1xl2FqNfaHGI=', text)

    conf = changed('unanswered.server.conf', somebody_else)
    tunnel = found_of('unanswered.pcapng', '-o', 'wg.config:%s' % conf)[0]
    assert len(tunnel) == 1 and re.match('FAULT Unknown peer: 7 handshake initiations', tunnel[0]), tunnel


def public_key_in(configuration):
    """Of the one whose configuration it is."""
    text = (harness.CAPTURES / configuration).read_text()
    private = base64.b64decode(re.search(r'PrivateKey *= *(\S+)', text).group(1))
    return base64.b64encode(reference.public(private)).decode()


@pytest.mark.parametrize('supplied', ('config', 'public'))
def test_a_wrong_key_for_the_server_is_told_from_no_answer(supplied):
    """The same seven initiations, without an answer, in both captures."""
    told = {}
    for name in ('unanswered', 'wrong-server-key'):
        assert [t.split(':')[0] for t in found_of(name + '.pcapng')[0]] == ['FAULT No answer']
        arguments = ('-o', 'wg.config:%s.server.conf' % name)
        if supplied == 'public':
            arguments = ('-o', 'uat:wg_keys:"Public","%s"' % public_key_in(name + '.server.conf'))
        told[name] = found_of(name + '.pcapng', *arguments)[0]
    assert len(told['unanswered']) == 1
    assert re.match('FAULT No answer: 7 .* mac1 was made for .* right', told['unanswered'][0])
    # Whether the supplied key is the responder's, nothing tells.
    assert told['wrong-server-key'][0].startswith('FAULT No answer: 7 ')
    assert re.match('WARNING Perhaps another public key: 7 handshake initiations', told['wrong-server-key'][1])


# ---- datagrams in fragments ----

def records(name):
    """Header and records of a capture as pcap."""
    path = harness.scratch() / 'plain.pcap'
    harness.tool('editcap', '-F', 'pcap', harness.staged(name), path)
    data, at, found = path.read_bytes(), 24, []
    while at < len(data):
        length = 16 + int.from_bytes(data[at + 8:at + 12], 'little')
        found.append(data[at:at + length])
        at += length
    return data[:24], found


def fragment(record):
    """(offset, whether others follow) by its IP header, behind Ethernet's"""
    field = int.from_bytes(record[16 + 14 + 6:16 + 14 + 8], 'big')
    return field & 0x1fff, bool(field & 0x2000)


def datagrams(found):
    """Records, those of one datagram together."""
    groups = []
    for record in found:
        if fragment(record)[0] == 0:
            groups.append([])
        groups[-1].append(record)
    return groups


def only_first(found):
    return [record for record in found if fragment(record)[0] == 0]


AGAIN = {
    'once': lambda found: found,
    'fragment by fragment': lambda found: [record for record in found for _ in (1, 2)],
    'datagram by datagram': lambda found: [record for group in datagrams(found) for record in group * 2],
    'all': lambda found: found * 2,
}


@pytest.mark.parametrize('arranged', AGAIN.values(), ids=AGAIN)
@pytest.mark.parametrize('lost', (False, True), ids=('whole', 'lost'))
def test_fragments_that_never_become_whole(arranged, lost):
    """However often they were captured: the other fragments came, or they did not."""
    head, found = records('outer-frag-v4.pcapng')
    assert len(datagrams(found)) < len(found)
    path = harness.scratch() / 'arranged.pcap'
    path.write_bytes(head + b''.join(arranged(only_first(found) if lost else found)))
    path.chmod(0o644)
    told = harness.tshark(str(path), '-q', '-z', 'wg,diagnose').stdout
    assert ('Nothing large arrives: 6 of 6 datagrams' in told) == lost
    assert ('Nothing large arrives' in told) == lost
    assert 'Not confirmed' not in told
