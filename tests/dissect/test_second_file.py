# test_second_file.py
# Several captures are opened in one process, one after the other: nothing of one is left in the next.
#
# Captures with the same packets are the hardest test: anything that is left of the first makes the packets
# of the second further copies, or opens them.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import functools

import pytest

import harness
import sharkd

pytestmark = pytest.mark.skipif(not sharkd.is_here(), reason='there is no sharkd here')

FRAMES = {'basic.pcapng': 22, 'cookie-both.pcapng': 39, 'client-id.pcapng': 66, 'psk-ipv6.pcapng': 53,
          'mid-session-odd-port.pcapng': 20, 'odd-port.pcapng': 22, 'gso.pcapng': 42, 'roaming.pcapng': 206,
          'verdicts.pcap': 123}
FIELDS = ('wg.type', 'wg.stream', 'wg.decryption.status', 'wg.analysis', 'wg.response_in', 'wg.peer')
NO_KEYS = sharkd.prefer('wg.keylog_file', '')


def keys(*names):
    return sharkd.prefer('wg.keylog_file', harness.keylog(names))


@functools.lru_cache(maxsize=None)
def reports():
    return sharkd.reports()


def look(capture):
    """Open it, and look at everything: the list, the reports, and each frame, from the last one to the first."""
    return [sharkd.load(capture), ('status', {}), sharkd.columns(*FIELDS), *reports(),
            *(sharkd.frame(number) for number in range(FRAMES[capture], 0, -1)), sharkd.columns(*FIELDS)]


def answers(*steps):
    """For each capture that a list of steps opens, what was shown of it."""
    told = []
    for step, result in zip(steps, sharkd.run(steps)):
        if step[0] == 'load':
            told.append([])
        elif step[0] != 'setconf':
            # Which streams could be followed; sharkd 4.4 gives some of them numbers that are none.
            if step[0] == 'frame':
                result.pop('followers', None)
            told[-1].append(result)
    return told


@functools.lru_cache(maxsize=None)
def alone(capture, *names):
    """What a process shows that opens nothing else."""
    shown, = answers(*([keys(*names)] if names else []), *look(capture))
    assert shown[0]['frames'] == FRAMES[capture]
    return shown


def shown_of(answer):
    """The columns of all frames, for a closer look."""
    return [dict(zip(FIELDS, frame['c'])) for frame in answer[1]]


def test_these_answers_tell_something():
    """Or the comparisons below compare nothing."""
    without, opened = shown_of(alone('basic.pcapng')), shown_of(alone('basic.pcapng', 'basic.client.keys'))
    assert [row['wg.type'] for row in without].count('Transport Data') >= 14
    assert {row['wg.stream'] for row in without} >= {'0'}
    assert 'Decrypted' not in {row['wg.decryption.status'] for row in without}
    assert [row['wg.decryption.status'] for row in opened].count('Decrypted') >= 16
    assert 'WireGuard Protocol' in str(alone('basic.pcapng')[-2])


@pytest.mark.parametrize('a, b', [
    ('basic.pcapng', 'basic.pcapng'),
    ('basic.pcapng', 'odd-port.pcapng'),
    ('mid-session-odd-port.pcapng', 'odd-port.pcapng'),
    ('gso.pcapng', 'client-id.pcapng'),
    ('roaming.pcapng', 'verdicts.pcap'),
])
def test_a_b_a(a, b):
    assert answers(*look(a), *look(b), *look(a)) == [alone(a), alone(b), alone(a)]


@pytest.mark.parametrize('a, its_keys, b', [
    ('basic.pcapng', 'basic.client.keys', 'odd-port.pcapng'),
    ('cookie-both.pcapng', 'cookie-both.server.keys', 'psk-ipv6.pcapng'),
    ('gso.pcapng', 'gso.server.keys', 'basic.pcapng'),
])
def test_a_b_a_with_keys(a, its_keys, b):
    """The second capture sees the same key log."""
    assert answers(keys(its_keys), *look(a), *look(b), *look(a)) == \
        [alone(a, its_keys), alone(b, its_keys), alone(a, its_keys)]


def test_keys_that_are_taken_away():
    """What they opened is closed when the capture is opened again, and the other way round."""
    name, its_keys = 'basic.pcapng', 'basic.client.keys'
    assert answers(*look(name), keys(its_keys), *look(name), NO_KEYS, *look(name)) == \
        [alone(name), alone(name, its_keys), alone(name)]


def test_configurations_that_are_taken_away():
    name, config = 'cookie-both.pcapng', harness.staged('cookie-both.server.conf')
    first, named, last = answers(*look(name), sharkd.prefer('wg.config', config), *look(name),
                                 sharkd.prefer('wg.config', ''), *look(name))
    assert first == last == alone(name)
    assert any(row['wg.peer'] for row in shown_of(named))
    assert not any(row['wg.peer'] for row in shown_of(first))


def test_secrets_that_came_with_a_capture_go_with_it():
    """Keys inside a pcapng file are not those of the next one."""
    folder = harness.scratch()
    harness.tool('editcap', '--inject-secrets', 'wg,%s' % harness.staged('basic.client.keys'),
                 harness.staged('basic.pcapng'), folder / 'basic.pcapng')
    inside = folder / 'basic.pcapng'
    steps = [sharkd.columns(*FIELDS)]
    opened, closed, again = answers(sharkd.load(inside), *steps, sharkd.load('basic.pcapng'), *steps,
                                    sharkd.load(inside), *steps)
    decrypted = 'Decrypted'
    assert decrypted in str(opened) and opened == again
    assert decrypted not in str(closed)


def test_a_capture_that_cannot_be_opened_in_between():
    folder = harness.scratch()
    (folder / 'empty.pcap').write_bytes((harness.CAPTURES / 'reserved.pcap').read_bytes()[:24])
    first, nothing, again = answers(*look('basic.pcapng'), sharkd.load(folder / 'empty.pcap'), ('status', {}),
                                    *look('basic.pcapng'))
    assert first == again == alone('basic.pcapng') and nothing[0]['frames'] == 0
