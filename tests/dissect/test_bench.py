# test_bench.py
# The benchmark works: it runs, it compares, and both dissectors saw the same. Its timings are not
# tested.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import importlib.machinery
import importlib.util
import os
import re
import subprocess
import sys

import pytest

import harness
import sharkd

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


def growth(*arguments):
    return subprocess.run([sys.executable, str(BENCH / 'growth'), *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=300, universal_newlines=True,
                          env=dict(os.environ, WG_MODULE=str(harness.MODULE)))


@pytest.mark.skipif(not sharkd.is_here(), reason='no sharkd here: the cost of tables is not measured')
def test_growth_of_one_kind():
    result = growth('--sizes', '300,600', 'multiplexed')
    assert result.returncode == 0, result.stderr
    [cells] = rows(result.stdout, 'multiplexed')
    assert len(cells) == 13 and all(re.fullmatch(r'-|-?\d+\.\d\d', cell) for cell in cells[1:-1])
    assert growth('--sizes', '300').returncode == 2 and growth('no-such-kind').returncode == 2


def test_exponents_are_what_they_are():
    sys.path.insert(0, str(BENCH))
    loader = importlib.machinery.SourceFileLoader('growth', str(BENCH / 'growth'))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader('growth', loader))
    loader.exec_module(module)
    for power in (1, 1.5, 2):
        points = [(size, 1e-4 * size**power) for size in (1000, 2000, 4000, 8000)]
        assert abs(module.exponent(points) - power) < 1e-9
    assert module.exponent([(1000, 0.001), (2000, 0.002)]) is None


def test_growing_captures_are_the_same_each_time(tmp_path):
    sys.path.insert(0, str(BENCH))
    import growing
    for kind in growing.KINDS:
        for name in ('a', 'b'):
            growing.make(kind, 240, tmp_path / name)
        assert (tmp_path / 'a').read_bytes() == (tmp_path / 'b').read_bytes()
        assert harness.count(str(tmp_path / 'a'), 'frame') in range(1, 500), kind
