# test_ports.py
# On ports that other dissectors own, what is proved to be WireGuard is decoded, and all else goes to them. Also
# tests the names by which others call the dissector.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import collections
import struct

import pytest

import harness
import sharkd

CONFIG = '[Interface]\nListenPort = 53\n'


def config(text):
    path = harness.scratch() / 'own.conf'
    path.write_text(text)
    path.chmod(0o644)
    return 'wg.config:%s' % path


def protocols(capture, **more):
    return collections.Counter(row[0].split(':')[-1] for row in harness.fields(capture, 'frame.protocols', **more))


@pytest.mark.parametrize('two_pass', (False, True), ids=('first', 'second'))
def test_ipsec_s_port(two_pass):
    """Cloudflare WARP uses 4500: proofs come first. The built-in shows none of it."""
    assert protocols('port-4500.pcapng', two_pass=two_pass) == {'wg': 14}
    assert harness.builtin(harness.count, 'port-4500.pcapng', 'wg') == 0
    inner = harness.fields('port-4500.pcapng', 'wg.decryption.status', keys='port-4500.keys', two_pass=two_pass)
    assert {row[0] for row in inner} == {'1'}


@pytest.mark.parametrize('line', ('[Interface]\nListenPort = 53\n', '[Peer]\nPublicKey = %s\nEndpoint = %s\n'))
def test_a_port_that_a_configuration_names(line):
    if '%s' in line:
        line %= ('o8TeRD5NAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', '[2001:db8::1]:53')
    assert 'wg' not in protocols('port-53.pcapng')
    for two_pass in (False, True):
        assert protocols('port-53.pcapng', prefs=[config(line)], two_pass=two_pass) == {'wg': 14}


def test_the_owner_keeps_what_is_his():
    """With the port of DNS named, DNS is still DNS, and no decoy is taken."""
    named = [config(CONFIG)]
    for capture in ('not-wireguard.pcap', 'mixed-traffic.pcapng'):
        assert protocols(capture, prefs=named) == protocols(capture)
    assert protocols('not-wireguard.pcap', prefs=named)['wg'] == 0
    assert protocols('mixed-traffic.pcapng', prefs=named)['dns'] == 16


def moved_to(port):
    """roaming.pcapng with another port at the peer's last address."""
    path = harness.scratch() / ('roaming-to-%d.pcapng' % port)
    here, there, server = struct.pack('!H', 33333), struct.pack('!H', port), struct.pack('!H', 51820)
    data = (harness.CAPTURES / 'roaming.pcapng').read_bytes()
    assert data.count(here + server) == data.count(server + here) == 28
    path.write_bytes(data.replace(here + server, there + server).replace(server + here, server + there))
    path.chmod(0o644)
    return str(path)


@pytest.mark.parametrize('two_pass', (False, True), ids=('first', 'second'))
@pytest.mark.parametrize('port', (161, 500, 5060, 5353))
def test_a_peer_that_moves_to_a_port_with_an_owner(port, two_pass):
    """A proved tunnel is followed wherever it goes; the built-in loses it to mDNS, for one."""
    assert protocols(moved_to(port), two_pass=two_pass) == {'wg': 202, 'arp': 4}
    told = harness.tshark(moved_to(port), '-q', '-z', 'wg,audit', two_pass=two_pass).stdout
    assert 'Not read' not in told and 'Beside   nothing' in told


def test_what_decode_as_says_of_a_port_stays():
    """A proved tunnel is not looked for where the user says that it is something else."""
    here = protocols(moved_to(5353), arguments=('-d', 'udp.port==5353,data'))
    assert here['wg'] == 146 and here['data'] == 56


@pytest.mark.parametrize('capture', ('not-wireguard.pcap', 'mixed-traffic.pcapng'))
def test_beside_a_proved_tunnel_every_port_is_its_owner_s(capture):
    """All of them are asked after us from then on, and nothing else changes."""
    both = harness.scratch() / 'both.pcapng'
    harness.tool('mergecap', '-a', '-w', both, harness.staged('basic.pcapng'), harness.staged(capture))
    layers = [row[0] for row in harness.fields(str(both), 'frame.protocols')]
    assert layers == [row[0] for name in ('basic.pcapng', capture) for row in harness.fields(name, 'frame.protocols')]


def test_the_next_capture_finds_the_ports_with_their_owners():
    first, second = sharkd.run([sharkd.load(moved_to(5353)), sharkd.columns('frame.protocols'),
                                sharkd.load('not-wireguard.pcap'), sharkd.columns('frame.protocols')])[1::2]
    assert sum('wg' in row['c'][0] for row in first) == 202
    alone = [row[0] for row in harness.fields('not-wireguard.pcap', 'frame.protocols')]
    assert [row['c'][0] for row in second] == alone


def test_exported_pdus_are_read_with_and_without_us():
    """They carry the heuristic's name, which the built-in dissector has, too."""
    exported = harness.scratch() / 'pdus.pcapng'
    harness.tshark('basic.pcapng', '-U', 'OSI layer 4', '-w', exported)
    for plugin in (True, False):
        kinds = [row[0] for row in harness.fields(str(exported), 'wg.type', plugin=plugin) if row[0]]
        assert collections.Counter(kinds) == {'1': 1, '2': 1, '4': 20}
    assert harness.count(str(exported), 'wg.length') == 22


def test_called_by_name():
    """User tables and scripts call it "wireguard"; "wg" is the built-in's."""
    for name, ours in (('wireguard', 22), ('wg', 0)):
        table = 'uat:user_dlts:"User 0 (DLT=147)","%s","0","","0",""' % name
        assert harness.count(user_dlt(), 'wg.length', prefs=[table]) == ours
        assert harness.count(user_dlt(), 'wg', prefs=[table]) == 22


def user_dlt():
    """basic's datagrams without any header, as a link type for users."""
    path = harness.scratch() / 'user.pcap'
    rows = harness.fields('basic.pcapng', 'udp.payload', filter='wg')
    with path.open('wb') as out:
        out.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 147))
        for number, (payload,) in enumerate(rows):
            data = bytes.fromhex(payload)
            out.write(struct.pack('<IIII', number, 0, len(data), len(data)) + data)
    return str(path)
