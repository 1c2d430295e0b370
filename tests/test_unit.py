# test_unit.py
# Runs each case of each unit test program (tests/unit) as a case of its own.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re
import subprocess

import pytest

import harness

PROGRAMS = sorted(path for path in (harness.BUILD / 'tests' / 'unit').glob('unit-*') if path.is_file())


def run(program, *arguments):
    return subprocess.run([str(program), *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, universal_newlines=True, errors='replace', timeout=120)


def cases(programs):
    for program in programs:
        listing = run(program, '-l')
        # Newer versions of GLib list them as TAP comments.
        paths = re.findall(r'^(?:# )?(/.*)$', listing.stdout, re.MULTILINE)
        # A program that cannot even list its cases is a failure, not an empty list.
        for path in paths if listing.returncode == 0 and paths else [None]:
            yield pytest.param(program, path, id='%s:%s' % (program.name, path))


def check(program, path):
    assert path, run(program, '-l').stdout
    result = run(program, '--tap', '-p', path)
    # -p also selects the cases below a path, so look for this one.
    verdict = re.search(r'^(ok|not ok) \d+ %s(?: # (.*))?$' % re.escape(path), result.stdout, re.MULTILINE)
    assert verdict and verdict.group(1) == 'ok' and result.returncode == 0, result.stdout
    if (verdict.group(2) or '').upper().startswith('SKIP'):
        pytest.skip(verdict.group(2))


@pytest.mark.parametrize('program, path', list(cases(PROGRAMS)))
def test_unit(program, path):
    check(program, path)


def test_every_program_is_here(root):
    """Those of tests/unit/meson.build, no more and no fewer."""
    listed = re.search(r'unit_tests = \[(.*?)\]', (root / 'tests/unit/meson.build').read_text(), re.DOTALL)
    names = re.findall(r"'(\w+)'", listed.group(1))
    assert names
    assert [program.name for program in PROGRAMS] == sorted('unit-' + name for name in names)
    assert sorted(path.stem for path in (root / 'tests/unit').glob('test_*.c')) == \
        sorted('test_' + name for name in names)
