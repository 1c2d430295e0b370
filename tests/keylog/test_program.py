# test_program.py
# The command line of wg-keylog, and its answers as an extcap, without using a kernel.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import pathlib
import re
import shutil
import subprocess

import pytest

import harness

PROGRAM = harness.BUILD / 'tools' / 'wg-keylog' / 'wg-keylog'

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason='wg-keylog is for Linux')


@pytest.fixture(scope='module')
def program():
    """Where the unprivileged user can run it."""
    folder = pathlib.Path(harness.scratch())
    folder.chmod(0o755)
    shutil.copy(PROGRAM, folder / 'wg-keylog')
    (folder / 'wg-keylog').chmod(0o755)
    return folder / 'wg-keylog'


def run(program, *arguments, **more):
    return harness.run([program, *arguments], **more)


@pytest.mark.parametrize('arguments, told', [
    (['--nonsense'], 'no option'),
    (['-i'], 'no option'),
    (['wg0'], 'an argument too many'),
    (['-i', '-w'], 'named by'),
    (['-i', 'wg0/../eth0'], 'named by'),
    (['-i', 'wg0" || netns'], 'named by'),
    (['-i', 'sixteen-letters-'], 'named by'),
    (['--pcapng', '--version'], 'named by'),
    (['--pcapng', ''], 'named by'),
    (['--duration', '0'], 'number of seconds'),
    (['--duration', '5m'], 'number of seconds'),
    (['-f', 'udp'], 'goes with --pcapng'),
    (['--fifo', '/tmp/x'], 'for Wireshark'),
    (['--pcapng', 'eth0', '--fifo', '/tmp/x', '-o', '/tmp/y'], 'for Wireshark'),
    (['--session-keys', '--long-term'], 'exclude each other'),
    (['--capture'], '--extcap-interface and --fifo'),
])
def test_mistakes(program, arguments, told):
    result = run(program, *arguments, returncode=2)
    # getopt has its own line before ours.
    assert told in result.stderr and result.stdout == ''
    assert result.stderr.splitlines()[-1].startswith('wg-keylog: ')


def test_help(program):
    text = run(program, '--help').stdout
    assert 'for ever' in text and 'never share it' in text
    # It is honest about what does not open where.
    assert "Wireshark's own dissector does not" in ' '.join(text.split()) and 'wireguard-go' in text
    assert all(len(line) <= 79 for line in text.splitlines())
    options = set(re.findall(r'--[a-z-]+', text))
    assert {'--interface', '--output', '--session-keys', '--pcapng', '--filter', '--long-term', '--new-only',
            '--duration'} <= options
    assert run(program, '--version').stdout.startswith('wg-keylog ')


def test_needs_root(program):
    result = run(program, '-o', '/nonexistent/file', returncode=1)
    assert 'needs root' in result.stderr and 'sudo' in result.stderr


def test_needs_libc_only():
    """So that the one file runs on a server that has nothing of this."""
    shown = subprocess.run(['readelf', '-d', PROGRAM], stdout=subprocess.PIPE, universal_newlines=True,
                           check=True).stdout
    needed = set(re.findall(r'\(NEEDED\).*\[(.*)\]', shown))
    if harness.PRELOAD or any('san.so' in name for name in needed):
        pytest.skip('built with sanitizers')
    assert needed <= {'libc.so.6', 'libc.so'} or not needed, needed


# ---- As an extcap --------------------------------------------------------------------------

def test_extcap_interfaces(program):
    lines = run(program, '--extcap-interfaces', '--extcap-version=4.0').lines()
    assert lines[0].startswith('extcap {version=')
    assert 'interface {value=wg-keylog-any}{display=WireGuard with keys: any}' in lines
    assert all(line.startswith('interface {value=wg-keylog-') for line in lines[1:])


def test_extcap_config(program):
    lines = run(program, '--extcap-config', '--extcap-interface', 'wg-keylog-any').lines()
    calls = [re.match(r'arg \{number=%d\}\{call=(--[a-z-]+)\}' % i, line)[1] for i, line in enumerate(lines)]
    # Each is an option of the program.
    assert calls == ['--interface', '--filter', '--long-term', '--new-only']
    assert 'dlt {number=276}' in run(program, '--extcap-dlts', '--extcap-interface', 'wg-keylog-any').stdout


def test_wireshark_does_not_wait_for_ever(program):
    """Where no rights are to be had, its FIFO ends, and Wireshark shows what was said."""
    fifo = harness.scratch() / 'fifo'
    os.mkfifo(fifo)
    if harness.is_root():
        os.chown(fifo, harness.NOBODY, harness.NOBODY)
    env = {name: value for name, value in os.environ.items() if name not in ('DISPLAY', 'WAYLAND_DISPLAY')}
    command = harness.unprivileged([str(program), '--capture', '--extcap-interface', 'wg-keylog-any', '--fifo', str(fifo)])
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, universal_newlines=True,
                          env=dict(env, SUDO_ASKPASS='/bin/false')) as process:
        reader = os.open(fifo, os.O_RDONLY)
        assert os.read(reader, 1) == b''
        os.close(reader)
        assert process.stderr.read() != ''
        assert process.wait(timeout=30) == 1


def test_listed_by_wireshark(program):
    """In the folder of this version's extcap programs, under its name, and out again."""
    home = harness.scratch()
    env = dict(harness.environment(home=home), HOME=str(home))

    script = harness.staged(harness.ROOT / 'scripts' / 'extcap')
    shutil.copy(harness.ROOT / 'scripts' / 'lib.sh', script.parent)

    def extcap(*arguments):
        return subprocess.run(harness.unprivileged(['bash', str(script), *arguments]), env=env,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, timeout=60)
    told = extcap(str(program))
    assert told.returncode == 0, told.stdout
    listed = harness.run([harness.TSHARK, '-D'], home=home).stdout
    assert 'wg-keylog-any (WireGuard with keys: any)' in listed
    types = harness.run([harness.TSHARK, '-i', 'wg-keylog-any', '-L'], home=home)
    assert 'LINUX_SLL2' in types.stdout + types.stderr
    assert extcap('--remove').returncode == 0
    assert 'WireGuard with keys' not in harness.run([harness.TSHARK, '-D'], home=home).stdout
    missing = extcap(str(script.parent / 'nothing'))
    assert missing.returncode != 0 and 'no wg-keylog' in missing.stdout
