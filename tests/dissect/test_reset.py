# test_reset.py
# When a capture is closed, reset or loaded again, it is gone: no report touches its data.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re
import subprocess

import pytest

import harness
import reports
import sharkd

EVERY = reports.REPORTS + ('wg,tree', 'conv,wg', 'endpoints,wg')
TABLES = tuple('nstat:' + name for name in reports.REPORTS) + ('stat:wg', 'conv:WireGuard', 'endpt:WireGuard')
JUNK = {'MALLOC_PERTURB_': '165'}  # what was freed is filled with something else


def parts(text):
    """The reports of ours in a run's output, without the line that names the part."""
    found = re.split(r'^(?=== wg,)', text, flags=re.MULTILINE)[1:]
    return [re.sub(r'(?m)^   Part \d+: since the capture was reset \(-M\)\n', '', part).strip() for part in found]


def told(capture, name, *arguments):
    command = [harness.TSHARK, '-r', harness.staged(capture), '-q', '-z', name, *arguments]
    return harness.run(command, env=JUNK).stdout


@pytest.mark.parametrize('name', reports.REPORTS)
def test_nothing_is_lost_when_the_capture_is_reset(name):
    """What was seen before is told before it goes."""
    first = parts(told('reset.pcap', name, '-c', '62'))
    found = parts(told('reset.pcap', name, '-M', '62'))
    assert '192.0.2.1' in first[0] and found[0] == first[0]
    assert [part for part in found[1:] if '192.0.2.1' in part] == []


@pytest.mark.parametrize('name', reports.REPORTS)
def test_each_part_speaks_of_its_own_packets(name):
    """Reset after every fifth packet; data whose handshake went with an earlier part."""
    text = told('basic.pcapng', name, '-M', '5')
    found = parts(text)
    assert len(found) == 5 and text.count('since the capture was reset (-M)') == 4
    assert all('198.51.100.21' in part for part in found)
    if name == 'wg,audit':
        inside = [int(re.search(r'Inside +(\d+) ', part).group(1)) for part in found]
        assert inside == [5, 5, 5, 5, 2]


@pytest.mark.parametrize('name', EVERY)
@pytest.mark.parametrize('every', (1, 62))
def test_every_report_ends_well(name, every):
    assert told('reset.pcap', name, '-M', str(every))


@pytest.mark.parametrize('name', reports.REPORTS)
def test_from_a_pipe(name):
    """The same in a live capture."""
    command = harness.unprivileged(['sh', '-c', '(cat "$1"; sleep 1) | "$2" -i - -M 62 -q -z "$3"', 'sh',
                                    str(harness.staged('reset.pcap')), harness.TSHARK, name])
    process = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                             env=dict(harness.environment(), **JUNK), universal_newlines=True)
    assert process.returncode == 0, process.stderr
    assert '192.0.2.1' in process.stdout


@pytest.mark.skipif(not sharkd.is_here(), reason='no sharkd here: TABLES NOT TESTED')
def test_tables_of_one_capture_after_another():
    """Each table asked before and after other captures were loaded, one without WireGuard among them."""
    taps = [('tap', {'tap0': tap}) for tap in TABLES]
    wanted = sharkd.run([sharkd.load('reset.pcap'), *taps])[1:]
    steps = []
    for capture in ('rekey.pcapng', 'not-wireguard.pcap', 'reset.pcap', 'reset.pcap'):
        steps += [sharkd.load(capture), *taps, *taps]
    results = sharkd.run(steps)
    size = 1 + 2 * len(taps)
    for start in (2 * size, 3 * size):
        assert results[start + 1:start + 1 + len(taps)] == wanted
        assert results[start + 1 + len(taps):start + size] == wanted
