# test_fuzz.py
# Runs the fuzz targets on all of their corpora and, with clang, on a fixed number of new inputs.
#
# The long run is tests/fuzz/run.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import pathlib
import re
import subprocess
import warnings

import pytest

import harness

FUZZ = harness.ROOT / 'tests' / 'fuzz'
BUILD = pathlib.Path(os.environ.get('WG_FUZZ_BUILD', '%s-fuzz' % harness.BUILD))
TARGETS = sorted(path.name for path in (FUZZ / 'corpus').iterdir())


def run(*arguments):
    return subprocess.run([str(FUZZ / 'run'), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, universal_newlines=True, errors='replace', timeout=600,
                          env=dict(os.environ, WG_BUILD=str(harness.BUILD)))


def test_every_target_has_its_corpus():
    assert [path.stem for path in sorted(FUZZ.glob('fuzz_*.c'))] == ['fuzz_' + name for name in TARGETS]
    for name in TARGETS:
        inputs = list((FUZZ / 'corpus' / name).iterdir())
        assert 5 <= len(inputs) <= 200 and max(path.stat().st_size for path in inputs) <= 8192, name


def test_the_seeds_are_what_seeds_py_writes(tmp_path):
    subprocess.run([str(FUZZ / 'seeds.py'), str(tmp_path)], check=True, timeout=60)
    written = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob('seed-*')}
    assert len(written) > 100
    assert written == {path.relative_to(FUZZ / 'corpus'): path.read_bytes()
                       for path in (FUZZ / 'corpus').rglob('seed-*')}


def test_a_bounded_run():
    result = run('--quick', '--no-install')
    told = result.stdout + result.stderr
    counts = dict(re.findall(r'^(\w+): (\d+) inputs', result.stdout, re.MULTILINE))
    skipped = re.findall(r'^skipped: (\w+): (.*)$', result.stdout, re.MULTILINE)
    for name, reason in skipped:
        warnings.warn('the fuzz target %s was left out: %s' % (name, reason))
    assert sorted(name for name, _ in skipped) in ([], ['epan', 'gui', 'mux']), told
    assert sorted([*counts, *(name for name, _ in skipped)]) == TARGETS, told
    if result.returncode == 77:
        for name in counts:
            assert int(counts[name]) == len(list((FUZZ / 'corpus' / name).iterdir())), told
        warnings.warn('there is no libFuzzer here: the fuzz targets were replayed only')
        return
    assert result.returncode == 0 and all(int(count) >= 500 for count in counts.values()), told


@pytest.mark.parametrize('text, said', [
    # Of two sanitizers that see the first one, newer compilers ask the other first.
    ('bytes', 'heap-buffer-overflow|insufficient space'), ('undefined', 'signed integer overflow'),
    ('check', 'not so: '), ('', None),
])
def test_a_bad_end_is_seen(text, said, tmp_path):
    """Or a green run proves nothing."""
    assert run('--replay', '--no-install', 'wire').returncode == 0
    (tmp_path / 'input').write_text(text)
    built = BUILD if (BUILD / 'build.ninja').exists() else pathlib.Path('%s-replay' % BUILD)
    result = subprocess.run([str(built / 'tests' / 'fuzz' / 'fuzz-broken'), str(tmp_path / 'input')],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, universal_newlines=True, timeout=60,
                            env=dict(os.environ, UBSAN_OPTIONS='halt_on_error=1'))
    assert (result.returncode != 0) == bool(said) and re.search(said or '', result.stderr), result.stderr


def test_a_target_that_is_none():
    result = run('--quick', 'no-such-target')
    assert (result.returncode, result.stdout) == (1, '') and 'no-such-target' in result.stderr
