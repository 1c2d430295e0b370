# test_session_keys.py
# -z wg,keys: the keys that can be shared with a capture open its data and nothing else.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re

import pytest

import harness

LINE = re.compile(r'0x[0-9a-f]{8} [A-Za-z0-9+/]{43}=')


def session_keys(capture, *filter, **more):
    lines = harness.tshark(capture, '-q', '-z', ','.join(('wg,keys', *filter)), **more).lines()
    assert all(LINE.fullmatch(line) for line in lines), lines
    return lines


def written(lines):
    path = harness.scratch() / 'session.keys'
    path.write_text(''.join(line + '\n' for line in lines))
    path.chmod(0o644)
    return path


def opened(capture, type=4, **more):
    return harness.frames(capture, 'wg.type == %d && wg.decryption.status == 1' % type, **more)


@pytest.mark.parametrize('capture', ['basic', 'psk-ipv6', 'rekey', 'roaming'])
@pytest.mark.parametrize('two_pass', [False, True])
def test_open_the_same_data(capture, two_pass):
    name, keys = capture + '.pcapng', capture + '.client.keys'
    lines = session_keys(name, keys=keys, two_pass=two_pass)
    receivers = {row[0] for row in harness.fields(name, 'wg.receiver', filter='wg.type == 4')}
    assert {line.split()[0] for line in lines} == receivers and len(lines) == len(receivers)
    mine = written(lines)
    assert opened(name, keys=(str(mine),)) == opened(name, keys=keys) != []
    for type in (1, 2):
        assert opened(name, type=type, keys=(str(mine),)) == [] != opened(name, type=type, keys=keys)


def test_handed_on():
    """As docs/keys.md says: an excerpt that opens by itself, without what opened the original."""
    first, second = harness.scratch() / 'with.pcapng', harness.scratch() / 'excerpt.pcapng'
    lines = written(session_keys('basic.pcapng', keys='basic.client.keys'))
    harness.tool('editcap', '--inject-secrets', 'wg,%s' % harness.staged('basic.client.keys'),
                 harness.staged('basic.pcapng'), first)
    assert b'PRIVATE_KEY' in first.read_bytes()
    # editcap puts secrets before the interface, and its version 4.0 then does not read them.
    ordered = harness.scratch() / 'ordered.pcapng'
    harness.run([harness.TSHARK, '-r', first, '-w', ordered])
    harness.tool('editcap', '--discard-all-secrets', '--inject-secrets', 'wg,%s' % lines, ordered, second)
    assert b'_KEY' not in second.read_bytes()
    assert opened(second) == opened('basic.pcapng', keys='basic.client.keys')


def test_of_some_sessions():
    """With a filter, only the keys of what it selects."""
    some = session_keys('rekey.pcapng', 'wg.stream == 0', keys='rekey.client.keys')
    assert 0 < len(some) < len(session_keys('rekey.pcapng', keys='rekey.client.keys'))
    streams = {row[0] for row in harness.fields('rekey.pcapng', 'wg.stream', keys=(str(written(some)),),
                                                filter='wg.type == 4 && wg.decryption.status == 1')}
    assert streams == {'0'}


def test_without_keys():
    assert session_keys('basic.pcapng') == []


def test_no_window_shows_keys():
    listing = harness.run([harness.TSHARK, '-z', 'help'], returncode=None)
    assert 'wg,keys' in listing.stdout + listing.stderr
