# test_vm.py
# In CI: wg-keylog on real kernels, in a virtual machine. It tests keys, captures, refusals, and that nothing
# stays in the kernel.
#
# This takes two or three minutes for each kernel, in software emulation, and downloads its package (100 MB)
# once. So outside of CI it runs only with WG_VM=1.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import re
import shutil
import struct
import traceback
import warnings

import pytest

import harness
import vm

HERE = harness.ROOT / 'tests' / 'keylog'
PROGRAM = harness.BUILD / 'tools' / 'wg-keylog' / 'wg-keylog'
SECONDS = 600

# What is said when it cannot be done: each with what to do about it.
REFUSALS = {
    'no-module': 'modprobe wireguard',
    'another': 'another wg-keylog is running',
    'not-root': 'needs root .*sudo wg-keylog',
    'exists': '/tmp/running.keys is there already',
    'link': '/tmp/link is there already',
    'no-interface': 'no interface wg7 .*wg show interfaces',
    'other-interface': "eth0 is no interface of the kernel's WireGuard",
    'no-capture': 'the capture ended by itself: .*wg7',
    'bad-filter': 'the capture ended by itself: .*port nonsense',
    'no-btf': 'CONFIG_DEBUG_INFO_BTF',
    'no-tracefs': 'there is no tracefs .*in a container, run this on the host',
    'no-arguments': 'on this architecture',
    'lockdown': 'locked down .*lockdown=confidentiality',
    'other-structures': 'struct noise_handshake: ephemeral_private',
    'wrong': 'is not what the kernel says of wg0 itself',
}


def asked_for():
    return any(os.environ.get(name, '') not in ('', '0', 'false') for name in ('CI', 'WG_VM'))


def loudly_skip(reason):
    """Where it was asked for, a skip is shown with the warnings of the run too."""
    warnings.warn('wg-keylog was not tried in a virtual machine: ' + reason)
    pytest.skip(reason)


class Outcome:
    def __init__(self, console, folder):
        self.console, self.folder = console, folder

    def said(self, name):
        return (self.folder / name).read_text()

    def step(self, name):
        """What the console showed of one step."""
        found = re.search(r'^== %s.*?\n(.*?)(?=^== )' % re.escape(name), self.console, re.MULTILINE | re.DOTALL)
        assert found, self.console
        return found.group(1)


def inner(path, **more):
    """The pings of a capture, as they are inside the tunnel, in order."""
    return harness.fields(path, 'ip.src', 'ip.id', 'ip.checksum', 'icmp.type', 'icmp.seq', 'icmp.checksum',
                          filter='icmp', occurrence='l', **more)


def blocks(path):
    """(type, body) of each block of a pcapng."""
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        kind, length = struct.unpack_from('=II', data, at)
        found.append((kind, data[at + 8:at + length - 4]))
        at += length
    return found


def out_of_order(path):
    """Receiver indices of transport data that was written before its key, of all that have one."""
    known, early, seen = set(), set(), set()
    for kind, body in blocks(path):
        if kind == 10:
            known |= set(re.findall(rb'^0x([0-9a-f]{8}) ', body, re.MULTILINE))
        elif kind == 6 and body[20 + 42:20 + 46] == b'\x04\0\0\0':  # Ethernet, IPv4, UDP
            index = b'%08x' % struct.unpack_from('<I', body, 20 + 46)
            seen.add(index)
            if index not in known:
                early.add(index)
    assert seen
    return early, seen


# ---- Keys ----------------------------------------------------------------------------------

def check_key_log(outcome):
    """A session that ran before is opened by its own keys, the next one by those of its handshake."""
    log = outcome.folder / 'older.keys'
    assert log.stat().st_mode & 0o777 == 0o600
    names = [line.split(' ')[0] for line in log.read_text().splitlines() if not line.startswith('#')]
    assert [name for name in names if not name.startswith('0x')] == [
        'LOCAL_STATIC_PRIVATE_KEY', 'REMOTE_STATIC_PUBLIC_KEY', 'LOCAL_EPHEMERAL_PRIVATE_KEY', 'PRESHARED_KEY']
    capture, keys = outcome.folder / 'older.pcapng', (str(log),)
    assert len(inner(capture, keys=keys)) == 16
    status = {row[0] for row in harness.fields(capture, 'wg.decryption.status', filter='wg', keys=keys)}
    assert status == {'1'}, status


def check_live(outcome):
    """tshark shows the pings of a tunnel that was up before, while they happen."""
    assert outcome.said('live-before-the-end.txt').split() == [str(n) for n in (1, 1, 2, 2, 3, 3, 4, 4)]
    assert len(outcome.said('live.txt').split()) == 24


def check_capture_opens_by_itself(outcome):
    """The inner packets are those of wg0."""
    capture = outcome.folder / 'live.pcapng'
    pings = inner(capture)
    assert len(pings) == 24
    assert pings == inner(outcome.folder / 'inner.pcapng')
    assert harness.count(capture, 'wg.type == 1') == 2 == harness.count(capture, 'wg.type == 2')
    assert harness.count(capture, 'wg.type == 4 && wg.decryption.status != 1') == 0


def check_session_keys_only(outcome):
    """Without --long-term there is no key in the capture that opens more than its sessions."""
    secrets = [body for kind, body in blocks(outcome.folder / 'live.pcapng') if kind == 10]
    lines = [line for body in secrets for line in body[8:].rstrip(b'\0').splitlines()]
    assert lines and all(re.fullmatch(rb'# wg0: session|0x[0-9a-f]{8} [A-Za-z0-9+/]{43}=', line)
                         for line in lines)
    assert len([line for line in lines if line.startswith(b'0x')]) == 6


def check_order(outcome):
    """Each key stands before the first packet that it opens."""
    early, seen = out_of_order(outcome.folder / 'live.pcapng')
    assert len(seen) == 6 and not early, early


def check_long_term(outcome):
    """Handshakes open too, on the responder, and the file is the caller's."""
    capture = outcome.folder / 'long.pcapng'
    assert 'owner 65534 mode 600' in outcome.step('long-term')
    assert harness.count(capture, 'wg') == harness.count(capture, 'wg.decryption.status == 1') > 8
    assert harness.count(capture, 'wg.type == 1 && wg.static') == 1
    assert len(inner(capture)) == 8


def check_wireguard_go(outcome):
    """Each handshake message opens, of the kind that it sends and of the kind that it answers."""
    if 'wireguard-go ended' not in outcome.console:
        return  # it was told that it could not be fetched
    log, capture = outcome.folder / 'go.keys', outcome.folder / 'go.pcapng'
    assert log.stat().st_mode & 0o777 == 0o600
    assert log.read_text().count('LOCAL_EPHEMERAL_PRIVATE_KEY') == 2
    keys = (str(log),)
    statuses = [row[0] for row in harness.fields(capture, 'wg.decryption.status', filter='wg', keys=keys)]
    assert len(statuses) >= 20 and set(statuses) == {'1'}
    pings = inner(capture, keys=keys)
    assert len(pings) == 16 and pings == inner(outcome.folder / 'go-inner.pcapng')
    assert 'refused go-no-interface 1\n' in outcome.console
    assert 'Bring the tunnel up first' in outcome.said('refused-go-no-interface.err')


# ---- Refusals, and what stays --------------------------------------------------------------

def check_refusals(outcome):
    for name, expected in REFUSALS.items():
        assert 'refused %s 1\n' % name in outcome.console, outcome.console
        said = outcome.said('refused-%s.err' % name)
        assert re.search('^wg-keylog: .*' + expected, said, re.MULTILINE), said
        assert name == 'wrong' or outcome.said('refused-%s.out' % name) == ''


def check_nothing_unchecked_is_written(outcome):
    assert 'wrong keys: 0 bytes\n' in outcome.console


def check_nothing_stays(outcome):
    """In none of the steps, but where main process and guardian were killed; the next start clears that."""
    assert 'after kill -9: nothing left\n' in outcome.step('killed (') and 'in vain' not in outcome.console
    assert re.search(r'^[1-9]\n', outcome.step('killed, and its guardian too'), re.MULTILINE)
    assert re.search(r'^ended with 0\n1\n\Z', outcome.step('killed, and its guardian too'), re.MULTILINE)
    assert 'without a guardian: 1\n' in outcome.step('guardian killed')
    assert '/sys/kernel/tracing' not in outcome.console and 'p:wg_keylog' not in outcome.console


# ---- The machine ---------------------------------------------------------------------------

CHECKS = [check_key_log, check_live, check_capture_opens_by_itself, check_session_keys_only, check_order,
          check_long_term, check_wireguard_go, check_refusals, check_nothing_unchecked_is_written, check_nothing_stays]


def boot(suite, folder):
    machine = vm.Machine(suite)
    plugins = folder / 'plugins' / ('%d.%d' % harness.version()) / 'epan'
    plugins.mkdir(parents=True)
    shutil.copy(harness.MODULE, plugins / 'wireguard.so')
    shutil.copy(PROGRAM, folder)
    shutil.copy(HERE / 'guest.sh', folder)
    try:
        shutil.copy(vm.program(suite, 'wireguard-go', 'usr/bin/wireguard-go'), folder)
    except vm.Missing as reason:
        warnings.warn('wg-keylog was not tried with wireguard-go: %s' % reason)
    folder.chmod(0o755)
    console = machine.run((HERE / 'scenario.sh').read_text(), folder, timeout=SECONDS).replace('\r', '')
    (folder / 'console.txt').write_text(console)
    assert '\n== end' in console, console
    return Outcome(console, folder)


@pytest.mark.parametrize('suite', ['bookworm', 'trixie'])
def test_kernel(suite, tmp_path):
    """All in one test, since the machine is booted once."""
    if not asked_for():
        pytest.skip('virtual machines run in CI, or with WG_VM=1')
    if not PROGRAM.exists():
        loudly_skip('wg-keylog was not built')
    try:
        outcome = boot(suite, tmp_path)
    except vm.Missing as reason:
        loudly_skip(str(reason))
    failed = []
    for check in CHECKS:
        try:
            check(outcome)
        except AssertionError:
            failed.append('%s: %s' % (check.__name__, traceback.format_exc()))
    assert not failed, '\n'.join(failed + [outcome.console])
