# test_bench.py
# The benchmark works: it runs, it compares, and both dissectors saw the same. Its timings are
# nobody's business here.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import re
import subprocess
import sys

import pytest

import harness

pytest.importorskip('cryptography')

BENCH = harness.ROOT / 'tests' / 'bench'


def bench(*arguments):
    """With the module under test: the benchmark need not build its own."""
    return subprocess.run([sys.executable, str(BENCH / 'run'), *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=300, universal_newlines=True,
                          env=dict(os.environ, WG_MODULE=str(harness.MODULE)))


def rows(text, case):
    """The cells of this case's rows, table by table."""
    return [[cell.strip() for cell in line.strip('|').split('|')]
            for line in text.splitlines() if line.startswith('| %s |' % case)]


def test_two_cases_quickly():
    result = bench('--quick', 'small', 'decrypt')
    assert result.returncode == 0, result.stderr
    for case, frames in ('small', 202), ('decrypt', 200):
        ratios, costs, seconds = rows(result.stdout, case)
        assert re.fullmatch(r'\*\*\d+\.\d\d\*\*', ratios[2])
        assert ratios[-1] == '%d / %d' % (frames, frames)
        assert len(costs) == 8 and all(float(cell) > 0 for cell in seconds[1:])
    assert not rows(result.stdout, 'sessions')


@pytest.mark.parametrize('arguments, said', [
    (('no-such-case',), 'there is no case no-such-case'),
    (('--rounds', '0'), '--rounds wants 1 or more'),
    (('--write', 'small'), '--write wants all cases as they are'),
])
def test_what_it_refuses(arguments, said):
    result = bench(*arguments)
    assert result.returncode == 2 and said in result.stderr and result.stdout == ''


def test_captures_are_the_same_each_time(tmp_path):
    made = []
    for name in ('a', 'b'):
        for what in ('sessions', 'decrypt', 'flood'):
            subprocess.run([sys.executable, str(BENCH / 'generate.py'), what, str(tmp_path / name / what), '20'],
                           check=True, timeout=60)
        made.append({str(path.relative_to(tmp_path / name)): path.read_bytes()
                     for path in (tmp_path / name).rglob('*') if path.is_file()})
    assert made[0] == made[1] and len(made[0]) == 5
    assert made[0]['sessions/capture.pcap'] != made[0]['flood/capture.pcap']
