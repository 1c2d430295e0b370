# test_random_loads.py
# Opens captures one after the other in one process of sharkd, which is Wireshark without its windows, with
# random reports, filters, clicks and preferences.
#
# It opens a few by default, or as many as WG_LOADS says; scripts/check opens a thousand with sanitizers.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import functools
import json
import os
import random
import re

import pytest

import harness
import mutate
import sharkd

LOADS = int(os.environ.get('WG_LOADS', '60'))
IN_ONE = 20  # loads of one process
FILTERS = ('wg', '!wg', 'udp', 'tcp || icmp', 'frame.number > 3', 'wg.type == 4 && ip', 'wg.stream == 0',
           'wg.decryption.status == 1', 'wg.type == 1 && wg.type == 4', 'frame.number == 0')

pytestmark = pytest.mark.skipif(not sharkd.is_here(), reason='there is no sharkd')


@functools.lru_cache(maxsize=None)
def captures():
    return sorted(path.name for path in harness.CAPTURES.iterdir() if path.suffix in ('.pcap', '.pcapng'))


@functools.lru_cache(maxsize=None)
def files(suffix):
    return sorted(path.name for path in harness.CAPTURES.glob('*' + suffix))


@functools.lru_cache(maxsize=None)
def our_fields():
    return sorted(set(re.findall(r'`(wg\.[a-z0-9_.]+)`', (harness.ROOT / 'docs' / 'fields.md').read_text())))


@functools.lru_cache(maxsize=None)
def reports():
    return sharkd.reports()


def capture(rng):
    """One of ours, or one that is damaged."""
    if rng.random() < 0.3:
        return mutate.make(rng.randrange(10000)).path
    return rng.choice(captures())


def preference(rng):
    name = rng.choice(('wg.keylog_file', 'wg.keylog_file', 'wg.config', 'wg.dissect_packet', 'wg.udp.port'))
    if name == 'wg.dissect_packet':
        return sharkd.prefer(name, rng.choice(('TRUE', 'FALSE')))
    if name == 'wg.udp.port':
        return sharkd.prefer(name, rng.choice(('51820', '51820,4500', '1-65535', '')))
    if rng.random() < 0.3:
        return sharkd.prefer(name, '')
    kind = '.conf' if name == 'wg.config' else '.keys'
    folder = kind == '.conf' and rng.random() < 0.2
    return sharkd.prefer(name, harness.stage() / 'captures' if folder else harness.staged(rng.choice(files(kind))))


def look(rng):
    """Something that a user of Wireshark does with an open capture."""
    filter = rng.choice(FILTERS) if rng.random() < 0.5 else rng.choice(our_fields())
    kind = rng.randrange(6)
    if kind == 0:
        return 'frames', {'filter': filter}
    if kind == 1:
        return sharkd.columns(*rng.sample(our_fields(), 3))
    if kind == 2:
        return sharkd.frame(rng.randrange(1, 30))
    if kind == 3:
        return 'iograph', {'graph0': 'packets', 'filter0': filter}
    if kind == 4:
        taps = rng.sample(reports(), min(len(reports()), rng.randrange(1, 4)))
        return 'tap', {'tap%d' % n: tap[1]['tap0'] for n, tap in enumerate(taps)}
    return rng.choice(reports())


def session(rng, loads):
    for _ in range(loads):
        if rng.random() < 0.6:
            yield preference(rng)
        yield sharkd.load(capture(rng))
        for _ in range(rng.randrange(6)):
            yield look(rng) if rng.random() < 0.9 else preference(rng)


@pytest.mark.parametrize('number', range((LOADS + IN_ONE - 1) // IN_ONE))
def test_random_loads(number):
    rng = random.Random(number)
    steps = list(session(rng, IN_ONE))
    text = ''.join('%s\n' % json.dumps({'jsonrpc': '2.0', 'id': n, 'method': method, 'params': parameters})
                   for n, (method, parameters) in enumerate(steps, 1))
    result = harness.run([sharkd.SHARKD, '-'], stdin=text, timeout=540, allow=mutate.EXPECTED)
    replies = [json.loads(line) for line in result.lines() if line]
    # A frame that is not there is an error, and so is a capture that is damaged too much; not an answer is not.
    assert [reply['id'] for reply in replies] == list(range(1, len(steps) + 1)), result.stderr[-2000:]
    failed = [steps[reply['id'] - 1] for reply in replies if 'result' not in reply]
    assert all(method in ('frame', 'load') for method, _ in failed), failed
