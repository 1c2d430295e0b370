# test_install.py
# scripts/install, as far as it can be tried without changing this machine; scripts/matrix tries the rest.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import subprocess

import pytest

import harness

INSTALL = harness.ROOT / 'scripts' / 'install'


def install(*arguments, home, user=False):
    env = {'PATH': os.environ['PATH'], 'HOME': str(home), 'WG_BUILD': str(harness.BUILD)}
    command = [str(INSTALL), *arguments]
    result = subprocess.run(harness.unprivileged(command) if user else command, stdin=subprocess.DEVNULL, env=env,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=120)
    return result.returncode, result.stdout, result.stderr


def test_help(tmp_path):
    returncode, out, err = install('--help', home=tmp_path)
    assert (returncode, err) == (0, '') and out.startswith('usage: scripts/install [--user] [--uninstall]')


def test_an_option_that_is_none(tmp_path):
    assert install('--usr', home=tmp_path) == (1, '', 'install: what is --usr? (see scripts/install --help)\n')


@pytest.mark.skipif(not harness.is_root(), reason='needs root')
def test_root_has_no_personal_plugins(tmp_path):
    returncode, out, err = install('--user', home=tmp_path)
    assert (returncode, out) == (1, '') and err.startswith("install: Wireshark ignores root's personal plugins")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(harness.is_root(), reason='is for others than root')
@pytest.mark.skipif('WG_MODULE' in os.environ, reason='the module under test is not the one built here')
def test_for_oneself_and_out_again(tmp_path):
    place = tmp_path / '.local/lib/wireshark/plugins' / ('%d.%d' % harness.version()) / 'epan/wireguard.so'
    returncode, out, err = install('--user', home=tmp_path)
    assert returncode == 0 and out.startswith('Installed %s\ntshark loads it: wireguard.so ' % place), err
    assert place.read_bytes() == (harness.BUILD / 'plugin/wireguard.so').read_bytes()
    returncode, out, err = install('--user', '--uninstall', home=tmp_path)
    removed = [line.partition(' ')[2] for line in out.splitlines()]
    assert (returncode, err) == (0, '') and out == ''.join('Removed %s\n' % path for path in removed)
    # The module, and the profile.
    assert removed[0] == str(place) and [path.rpartition('/')[2] for path in removed[1:]] == ['WireGuard']
    assert not any(os.path.exists(path) for path in removed)
    assert install('--user', '--uninstall', home=tmp_path) == (1, '', 'install: nothing is installed here\n')
