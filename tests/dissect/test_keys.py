# test_keys.py
# Everything that the available keys open is decrypted, and agrees with Wireshark's own dissector.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import collections
import functools
import re

import pytest

import ground_truth
import harness

DECRYPTED = '1'
ON_THE_WIRE = 'not (icmp.type == 3 and not wg.inner.length) and not (icmpv6.type == 1 and not wg.inner.length)'


@functools.lru_cache(maxsize=None)
def key_logs(name):
    return tuple(sorted(path.name for path in harness.CAPTURES.glob(name + '.*.keys')))


SOURCES = [(name, keys) for name in ground_truth.RECORDED for keys in key_logs(name)]
TOGETHER = [(name, key_logs(name)) for name in ground_truth.RECORDED]

# Transport data messages that each key log opens alone, from the .md files; "own checker" there.
# Where both logs together open more (mid-session-leak), that is a test of its own.
OPENED_ALONE = {
    'basic': 20, 'psk-ipv6': 43, 'cookie': 16, 'cookie-both': 28, 'roaming': 200,
    'roaming-in-flight': 600, 'unanswered': 0, 'wrong-server-key': 0, 'rekey': 1671, 'lossy': 637,
    'gso': 172,
    'client-id.client1.keys': 32, 'client-id.client2.keys': 28, 'client-id.server.keys': 60,
    'mid-session-leak.client1.keys': 0, 'mid-session-leak.client2.keys': 18,
    'mid-session-leak.server.keys': 18,
    'mixed-traffic.client1.keys': 25, 'mixed-traffic.client2.keys': 25, 'mixed-traffic.server.keys': 25,
    'mixed-traffic.server2.keys': 25,
}


def statuses(capture, two_pass=True, **more):
    """How often each decryption status, over all transport data messages on the wire."""
    rows = harness.fields(capture, 'wg.type', 'wg.decryption.status', filter='wg.stream', two_pass=two_pass,
                          **more)
    found = collections.Counter()
    for types, states in rows:
        for kind, state in zip(types.split(','), states.split(',')):
            if kind == '4':
                found[state] += 1
    return found


def text_counts(name):
    """The .md's own words on what one key log opens, to hold the table above against."""
    return {match[0]: int(match[1]) for match in re.findall(
        r'with [DV]\w+\.(\w+)\.keys only:(?: own checker)? (\d+) of', ground_truth.text(name))}


def test_table_agrees_with_the_ground_truth():
    for name in ground_truth.RECORDED:
        for side, number in text_counts(name).items():
            expected = OPENED_ALONE.get('%s.%s.keys' % (name, side), OPENED_ALONE.get(name))
            if name == 'gso':
                assert number == 26  # datagrams there, messages here; "all 172" it says further down
            else:
                assert number == expected, (name, side)


@pytest.mark.parametrize('two_pass', (False, True), ids=('first', 'second'))
@pytest.mark.parametrize('name,keys', SOURCES)
def test_each_key_log_alone(name, keys, two_pass):
    expected = OPENED_ALONE.get(keys, OPENED_ALONE.get(name))
    assert statuses(name + '.pcapng', two_pass, keys=keys)[DECRYPTED] == expected


@pytest.mark.parametrize('two_pass', (False, True), ids=('first', 'second'))
def test_mid_session_with_the_logs_of_both_ends(two_pass):
    """The handshake is not in the capture; the transport keys follow from the keys alone."""
    logs = ('mid-session-leak.client1.keys', 'mid-session-leak.server.keys')
    rows = harness.fields('mid-session-leak.pcapng', 'wg.decryption.status', 'wg.inner.length',
                          filter='wg.type == 4 and ip.addr == 192.0.2.21', two_pass=two_pass, keys=logs)
    assert [row[0] for row in rows] == [DECRYPTED] * (26 if two_pass else 23)
    inner = harness.count('mid-session-leak.pcapng', 'wg and ip.addr == 192.0.2.21 and tcp.port == 8000',
                          two_pass=two_pass, keys=logs)
    assert inner == 10


@pytest.mark.parametrize('two_pass', (False, True), ids=('first', 'second'))
@pytest.mark.parametrize('name', ground_truth.RECORDED)
def test_all_key_logs_together(name, two_pass):
    opened = statuses(name + '.pcapng', two_pass, keys=key_logs(name))
    total = {'gso': 172, 'mid-session-leak': 44 if two_pass else 41, 'mixed-traffic': 50}.get(
        name, ground_truth.messages_by_type(name)[4])
    assert opened[DECRYPTED] == total
    # The stray of mixed-traffic is all that stays closed.
    assert sum(opened.values()) - total == (1 if name == 'mixed-traffic' else 0)


# ---- differential ----

# What the built-in shows for given keys, agrees frame by frame.
SHOWN = ('wg.static', 'wg.static.known_pubkey', 'wg.static.known_privkey', 'wg.timestamp.tai64_label',
         'wg.timestamp.nanoseconds', 'wg.timestamp.value', 'wg.receiver_pubkey',
         'wg.receiver_pubkey.known_privkey', 'wg.ephemeral.known_privkey', 'wg.handshake_ok')


def only_private_key(name):
    """As a setting of the table of static keys: the responder's private key from its configuration."""
    side = 'server'
    text = (harness.CAPTURES / ('%s.%s.conf' % (name, side))).read_text()
    return 'uat:wg_keys:"Private","%s"' % re.search(r'^PrivateKey = (\S+)', text, re.MULTILINE)[1]


def only_public_keys(name):
    text = (harness.CAPTURES / (name + '.server.conf')).read_text()
    keys = re.findall(r'PublicKey = (\S+)', text)
    assert keys
    return ['uat:wg_keys:"Public","%s"' % key for key in keys]


def key_settings(name):
    settings = {'keys:' + keys: dict(keys=keys) for keys in key_logs(name)}
    settings['all-keys'] = dict(keys=key_logs(name))
    settings['private'] = dict(prefs=[only_private_key(name)])
    settings['public'] = dict(prefs=only_public_keys(name))
    return settings


@pytest.mark.parametrize('two_pass', (False, True), ids=('first', 'second'))
@pytest.mark.parametrize('name', [n for n in ground_truth.RECORDED if n != 'mixed-traffic'])
def test_agrees_with_the_builtin(name, two_pass):
    """Everything that the built-in decrypts with given keys, we decrypt, and show the same for it."""
    capture = name + '.pcapng'
    names = ('wg.type',) + SHOWN + ('frame.protocols', 'wg.decryption.status')
    compared = 0
    for setting, arguments in key_settings(name).items():
        ours = harness.fields(capture, *names, two_pass=two_pass, **arguments)
        theirs = harness.builtin(harness.fields, capture, *names[:-1], two_pass=two_pass, **arguments)
        assert len(ours) == len(theirs)
        for number, (a, b) in enumerate(zip(ours, theirs), 1):
            if not b[0] or not a[0]:
                continue  # not WireGuard to one of us; test_parity.py has the list
            if b[0] in ('1', '2'):
                known = [(n, x, y) for n, x, y in zip(SHOWN, a[1:], b[1:]) if y and x != y]
                assert not known, (setting, number, known)
                compared += 1
            inner = b[len(SHOWN) + 1].split(':wg:')[1:]
            if inner and inner != ['data']:
                # Where we open more of a TCP stream, more of it is put together.
                mine, other = a[len(SHOWN) + 1], b[len(SHOWN) + 1]
                assert mine == other or name == 'gso' and mine.startswith(other), (setting, number)
    assert compared > 0


def test_and_shows_them_nowhere_else():
    """handshake_ok and static appear exactly where they do in the built-in for the same keys."""
    for name in ('basic', 'cookie', 'cookie-both', 'unanswered', 'wrong-server-key', 'psk-ipv6'):
        for setting, arguments in key_settings(name).items():
            ours = harness.fields(name + '.pcapng', *SHOWN, **arguments)
            theirs = harness.builtin(harness.fields, name + '.pcapng', *SHOWN, **arguments)
            # An ephemeral key alone shows the static key; the built-in wants mac1's key first.
            differing = [(n, a, b) for n, (a, b) in enumerate(zip(ours, theirs), 1) if a != b]
            assert not differing, (name, setting, differing[:3])


# ---- names, clocks, macs, cookies ----

def test_a_server_config_names_peers_and_dates_handshakes():
    config = 'wg.config:%s' % harness.staged('cookie.server.conf')
    rows = harness.fields('cookie.pcapng', 'wg.type', 'wg.sender.peer', 'wg.receiver.peer', 'wg.mac1.status',
                          'wg.mac2.status', 'wg.timestamp.clock', filter='wg.type < 4', prefs=[config])
    assert [row[:5] for row in rows] == [
        ['1', 'carol', 'busygate', '1', '3'],
        ['3', 'busygate', 'carol', '', ''],
        ['1', 'carol', 'busygate', '1', '1'],
        ['2', 'busygate', 'carol', '1', '3'],
    ]
    assert rows[0][5] and rows[2][5] and not rows[1][5]
    assert harness.count('cookie.pcapng', 'wg.peer == "carol"', prefs=[config]) == 4 + 16
    assert harness.count('cookie.pcapng', 'wg.sender.peer == "carol"', prefs=[config]) == 2 + 8


def test_a_folder_of_configs():
    folder = harness.scratch()
    for side in ('client', 'server'):
        (folder / (side + '.conf')).write_bytes((harness.CAPTURES / ('basic.%s.conf' % side)).read_bytes())
    rows = harness.fields('basic.pcapng', 'wg.sender.peer', filter='wg.type == 1',
                          prefs=['wg.config:%s' % folder])
    assert rows == [['alice']]


def test_a_response_names_the_initiator_with_public_keys_alone():
    rows = harness.fields('basic.pcapng', 'wg.type', 'wg.receiver_pubkey', filter='wg.type < 3',
                          prefs=only_public_keys('basic'))
    assert [row[0] for row in rows] == ['1', '2'] and rows[1][1].startswith('PorMejTH')
    name = 'uat:wg_peer_names:"PorMejTHSg1O42DAw1yq1lcpHbNWL6ZFsvBJJ4Y+dwY=","alice at home"'
    rows = harness.fields('basic.pcapng', 'wg.receiver.peer', filter='wg.type == 2', prefs=[name])
    assert rows == [['alice at home']]


def test_cookies_in_both_directions():
    rows = harness.fields('cookie-both.pcapng', 'frame.number', 'wg.type', 'wg.mac1.status', 'wg.mac2.status',
                          'wg.cookie', 'wg.cookie.for', 'wg.cookie.reply_in', filter='wg.type < 4',
                          keys='cookie-both.client.keys', two_pass=True)
    table = {row[0]: row[1:] for row in rows}
    assert {n: (row[0], row[4], row[5]) for n, row in table.items() if row[4] or row[5]} == {
        '3': ('1', '', '4'), '4': ('3', '3', ''), '7': ('2', '', '9'), '9': ('3', '7', '')}
    assert len(table['4'][3]) == len(table['9'][3]) == 32 and table['4'][3] != table['9'][3]
    # mac2: absent, good, absent, good, good; mac1 always good.
    assert [(row[1], row[2]) for row in table.values() if row[0] != '3'] == [
        ('1', '3'), ('1', '1'), ('1', '3'), ('1', '1'), ('1', '1')]


def test_clock_skew():
    rows = harness.fields('basic.pcapng', 'wg.clock_skew', filter='wg.clock_skew', keys='basic.server.keys')
    assert len(rows) == 1 and abs(float(rows[0][0])) < 0.1


def test_client_ids_do_not_break_the_macs():
    rows = harness.fields('client-id.pcapng', 'wg.mac1.status', filter='wg.type == 1 or wg.type == 2',
                          keys='client-id.server.keys')
    assert rows == [['1']] * 5


def test_partial_knowledge():
    """A responder's private key alone shows who calls and when, and says what more is needed."""
    rows = harness.fields('basic.pcapng', 'wg.type', 'wg.static', 'wg.timestamp.value', 'wg.decryption.status',
                          prefs=[only_private_key('basic')])
    assert rows[0][1].startswith('PorMejTH') and rows[0][2] and rows[0][3] == DECRYPTED
    assert {row[3] for row in rows[1:]} == {'6'}
    drawn = harness.tree('basic.pcapng', 3, prefs=[only_private_key('basic')])
    assert 'supply the key log of either peer' in drawn


# ---- transport data ----

def test_inner_packets():
    rows = harness.fields('basic.pcapng', 'wg.data.length', 'wg.inner.length', 'wg.inner.padding',
                          filter='wg.type == 4', keys='basic.client.keys')
    assert len(rows) == 20
    for data, inner, padding in rows:
        assert int(data) == int(inner) + len(padding) // 2
        assert set(padding) <= {'0'} and len(padding) < 32
    assert harness.count('basic.pcapng', 'icmp', keys='basic.client.keys') == 10
    assert harness.count('basic.pcapng', 'http.request', keys='basic.client.keys') == 1


def test_dissect_packet_preference():
    assert harness.count('basic.pcapng', 'icmp or tcp', keys='basic.client.keys',
                         prefs=['wg.dissect_packet:FALSE']) == 0
    assert harness.count('basic.pcapng', 'wg.decryption.status == 1 and data', keys='basic.client.keys',
                         prefs=['wg.dissect_packet:FALSE']) == 20


def test_wrong_preshared_key_is_proved():
    text = (harness.CAPTURES / 'psk-ipv6.client.keys').read_text()
    wrong = harness.scratch() / 'wrong.keys'
    wrong.write_text(re.sub(r'(PRESHARED_KEY = ).*', r'\g<1>' + 'A' * 43 + '=', text))
    rows = harness.fields('psk-ipv6.pcapng', 'wg.type', 'wg.decryption.status', 'wg.handshake_ok',
                          filter='wg.type', keys=str(wrong))
    assert rows[0][1] == DECRYPTED and rows[1][1] == '7' and rows[1][2] in ('0', 'False')
    assert {row[1] for row in rows[2:]} == {'7'}


def test_altered_data_is_told_from_missing_keys():
    """One flipped byte: this message fails, the others do not."""
    damaged = harness.scratch() / 'damaged.pcapng'
    data = bytearray((harness.CAPTURES / 'basic.pcapng').read_bytes())
    payload = bytes.fromhex(harness.fields('basic.pcapng', 'udp.payload', filter='frame.number == 3')[0][0])
    at = data.index(payload) + len(payload) - 20
    data[at] ^= 1
    damaged.write_bytes(data)
    found = statuses(str(damaged), keys='basic.client.keys')
    assert found == {DECRYPTED: 19, '10': 1}
    assert harness.frames(str(damaged), 'wg.decryption_error', keys='basic.client.keys') == [3]


def test_why_not():
    """Each status is shown by a capture and its keys, or the lack of them."""
    assert statuses('basic.pcapng') == {'3': 20}
    assert statuses('basic.pcapng', keys='cookie.client.keys') == {'4': 20}
    assert statuses('basic.pcapng', prefs=only_public_keys('basic')) == {'5': 20}
    assert statuses('mid-session-odd-port.pcapng', keys='basic.client.keys') == {'8': 20}
    assert statuses('mid-session-odd-port.pcapng', keys=('basic.client.keys', 'basic.server.keys')) == {'1': 20}
    shown = harness.fields('truncated.pcap', 'wg.decryption.status', keys=('basic.client.keys', 'cookie.client.keys'),
                           filter='wg.type == 4 and wg.truncated')
    assert {row[0] for row in shown} <= {'11', '0'} and ['11'] in shown
