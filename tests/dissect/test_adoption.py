# test_adoption.py
# The plugin takes over the known names: ports, Decode As, preferences, with and without the built-in.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import pathlib
import re
import shutil
import subprocess

import pytest

import harness
import sharkd

DECOYS = [81, 84, 97, 110, 111]  # of WireGuard's shape, to port 40003 of mixed-traffic.pcapng


@pytest.mark.parametrize('arguments', (
    ('-d', 'udp.port==40003,wg'),
    ('-o', 'wg.udp.port:40003'),
    ('-o', 'wg.udp.port:40000-40005'),
), ids=('decode-as', 'preference', 'range'))
def test_ports_that_the_user_names(arguments):
    found = harness.frames('mixed-traffic.pcapng', 'wg and udp.port == 40003', arguments=arguments)
    assert found == DECOYS
    # By us: the built-in has no such field.
    assert harness.frames('mixed-traffic.pcapng', 'wg.length and udp.port == 40003',
                          arguments=arguments) == DECOYS
    assert harness.count('mixed-traffic.pcapng', 'wg and udp.port == 40003') == 0


def test_ports_that_the_user_gives_to_others():
    arguments = ('-d', 'udp.port==51820,data', '--disable-heuristic', 'wg')
    assert harness.count('basic.pcapng', 'wg', arguments=arguments) == 0


def test_installed_twice():
    """Under two names, for one user and for all, say: the second copy warns and does nothing."""
    folder = harness.scratch() / ('%d.%d' % harness.version()) / 'epan'
    folder.mkdir(parents=True)
    for name in ('wireguard.so', 'other.so'):
        shutil.copy(harness.MODULE, folder / name)
    for path in (folder.parent.parent, folder.parent, folder):
        path.chmod(0o755)
    result = harness.tshark('basic.pcapng', '-T', 'fields', '-e', 'wg.type', '-e', 'wg.length', '-c', '2',
                            env={'WIRESHARK_PLUGIN_DIR': str(folder.parent.parent)}, allow='installed twice')
    assert result.lines() == ['1\t148', '2\t92']
    assert 'wireguard: the plugin is installed twice; this copy does nothing' in result.stderr


def decoding(port, described):
    """A home in which the window's Decode As was saved."""
    home = harness.scratch()
    entries = home / '.config' / 'wireshark' / 'decode_as_entries'
    entries.parent.mkdir(parents=True)
    entries.write_text('decode_as_entry: udp.port,%d,(none),%s\n' % (port, described))
    for path in home.rglob('*'):
        path.chmod(0o755)
    return home


@pytest.mark.parametrize('port, described, found', (
    (40003, 'WireGuard', DECOYS), (40003, 'WireGuard (plugin)', DECOYS), (51820, 'DNS', [])))
def test_what_decode_as_saved(port, described, found):
    """The window writes the description of what was chosen, and the next start must know it."""
    assert harness.frames('mixed-traffic.pcapng', 'wg.length and udp.port == %d' % port, home=decoding(port, described),
                          arguments=('--disable-heuristic', 'wg')) == found


def test_decode_as_shares_a_port():
    home = decoding(53, "WireGuard or the port's own dissector")
    assert harness.count('port-53.pcapng', 'wg.length') == 0
    assert harness.count('port-53.pcapng', 'wg.length', home=home) == 14
    assert harness.count('mixed-traffic.pcapng', 'dns', home=home) == 16


@pytest.mark.skipif(not sharkd.is_here(), reason='no sharkd here')
def test_the_preference_shows_the_port():
    steps = [('dumpconf', {'pref': 'wg.udp.port'}), sharkd.prefer('wg.udp.port', '40003'),
             ('dumpconf', {'pref': 'wg.udp.port'}), sharkd.load('mixed-traffic.pcapng'),
             ('frames', {'filter': 'wg.length and udp.port == 40003'})]
    before, _, after, _, frames = sharkd.run(steps)
    assert [shown['prefs']['wg.udp.port']['r'] for shown in (before, after)] == ['51820', '40003']
    assert [frame['num'] for frame in frames] == DECOYS


def test_disabled_protocol():
    assert harness.count('basic.pcapng', 'wg', arguments=('--disable-protocol', 'wg')) == 0


def test_preferences_of_the_builtin_are_still_there():
    result = harness.run([harness.TSHARK, '-G', 'currentprefs'])
    for name in ('wg.keylog_file', 'wg.dissect_packet'):
        assert re.search(r'^#?%s:' % re.escape(name), result.stdout, re.MULTILINE), name


def test_colour_rules_and_saved_filters_use_the_same_names():
    for expression in ('wg', 'wg.type == 4', 'wg && wg.counter >= 3', 'udp contains 04:00:00:00 && wg.receiver',
                       'wg.keepalive', '!wg.mac2'):
        ours = harness.frames('basic.pcapng', expression)
        assert ours == harness.builtin(harness.frames, 'basic.pcapng', expression)


@pytest.fixture
def host_without_builtin(monkeypatch):
    """A Wireshark that has no WireGuard dissector of its own, as far as that can be had."""
    library = harness.BUILD / 'tests' / 'dissect' / 'hide_builtin.so'
    assert library.exists()
    copy = harness.stage() / library.name
    copy.write_bytes(library.read_bytes())
    copy.chmod(0o644)
    monkeypatch.setenv('LD_PRELOAD', ':'.join(filter(None, (str(copy), os.environ.get('LD_PRELOAD')))))


def test_without_the_builtin(host_without_builtin):
    # First that the disguise works: without our plugin nothing is called wg.
    alone = harness.run([harness.TSHARK, '-G', 'fields'], plugin=False).stdout
    if '\ttheirs.type\t' not in alone and '\twg.type\t' in alone:
        pytest.skip('this libwireshark calls its own functions, whatever is preloaded (-Bsymbolic-functions, as in Ubuntu)')
    assert '\ttheirs.type\t' in alone and '\twg.type\t' not in alone
    assert harness.builtin(harness.frames, 'basic.pcapng', 'udp') != []

    listing = harness.run([harness.TSHARK, '-G', 'fields']).stdout
    registered = {line.split('\t')[2]: line.split('\t')[3] for line in listing.splitlines()
                  if line.startswith('F\t') and '\twg.' in line}
    adopted = {name: kind for name, (kind, _) in harness.known_fields(plugin=False).items()
               if name.startswith('wg.') and name in registered}
    assert len(adopted) > 15
    assert {name: registered[name] for name in adopted} == adopted

    assert harness.count('basic.pcapng', 'wg') == 22
    assert harness.count('odd-port.pcapng', 'wg') == 22
    assert harness.frames('mixed-traffic.pcapng', 'wg and udp.port == 40003',
                          arguments=('-o', 'wg.udp.port:40003,51820')) == DECOYS
    assert harness.frames('mixed-traffic.pcapng', 'wg and udp.port == 40003',
                          arguments=('-d', 'udp.port==40003,wg')) == DECOYS


def test_a_plugin_for_another_wireshark_says_so(tmp_path):
    """The real entry symbols, compiled for a version that is not here; the host tells in a line."""
    major, minor = harness.version()
    (tmp_path / 'ws_version.h').write_text(
        '#define WIRESHARK_VERSION_MAJOR %d\n#define WIRESHARK_VERSION_MINOR %d\n' % (major, minor + 2))
    flags = subprocess.run(['pkg-config', '--cflags', 'wireshark'], stdout=subprocess.PIPE, check=True,
                           universal_newlines=True).stdout.split()
    module = tmp_path / 'wireguard.so'
    (tmp_path / 'rest.c').write_text(''.join('void %s(void) {}\n' % name for name in (
        'wg_register_protoinfo', 'wg_register_handoff', 'wg_reports_register')))
    subprocess.run([os.environ.get('CC', 'cc'), '-shared', '-fPIC', '-I', tmp_path, '-DWG_PLUGIN_VERSION="0"',
                    '-I', harness.ROOT / 'plugin' / 'epan', '-I', harness.ROOT / 'plugin' / 'taps', *flags,
                    harness.ROOT / 'plugin' / 'plugin.c', tmp_path / 'rest.c', '-o', module], check=True)
    home = harness.scratch()
    folder = home / '.local' / 'lib' / 'wireshark' / 'plugins' / ('%d.%d' % (major, minor)) / 'epan'
    folder.mkdir(parents=True)
    (folder / 'wireguard.so').write_bytes(module.read_bytes())
    for path in home.rglob('*'):
        path.chmod(0o755)
    result = harness.tshark('basic.pcapng', '-c', '1', plugin=False, home=home,
                            allow='was compiled for Wireshark')
    said = [line for line in result.stderr.splitlines() if 'wireguard.so' in line]
    assert len(said) == 1 and '%d.%d' % (major, minor + 2) in said[0], result.stderr
    assert result.stdout.strip()  # and the capture is decoded all the same
