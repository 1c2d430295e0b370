# test_check.py
# The quick part of scripts/check: sanitizers and cppcheck.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import re
import subprocess
import warnings

import pytest

import harness

CHECK = harness.ROOT / 'scripts' / 'check'

pytestmark = pytest.mark.skipif('WG_MODULE' in os.environ, reason='the module under test is not the one built here')


def run(*arguments, timeout=600):
    return subprocess.run([str(CHECK), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, universal_newlines=True, errors='replace', timeout=timeout,
                          env=dict(os.environ, WG_BUILD=str(harness.BUILD)))


@pytest.mark.parametrize('part', ['cppcheck', 'unit', 'tshark'])
def test_quick(part):
    result = run('--quick', '--no-install', part)
    told = result.stdout + result.stderr
    if result.returncode == 77:
        assert re.fullmatch(r'skipped: %s: .*\n' % part, result.stdout), told
        warnings.warn(result.stdout.strip())
        pytest.skip(result.stdout.strip())
    assert result.returncode == 0 and result.stdout.startswith('%s: good' % part), told
    if part != 'cppcheck':
        assert int(re.search(r'(\d+) passed', result.stdout).group(1)) > 30, told


def test_a_part_that_is_none():
    result = run('no-such-part')
    assert (result.returncode, result.stdout) == (1, '') and 'no-such-part' in result.stderr


def test_a_machine_that_is_none():
    result = subprocess.run([str(CHECK.with_name('check-ports')), 'no-such-machine'], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, universal_newlines=True, timeout=60)
    assert (result.returncode, result.stdout) == (1, '') and 'no-such-machine' in result.stderr


def test_the_analyzer_can_find_something(tmp_path):
    """gcc -fanalyzer is silent when all is well; so see it speak."""
    (tmp_path / 'bad.c').write_text('#include <stdlib.h>\nint f(void);\nint f(void) '
                                    '{ char *p = malloc(1); free(p); return *p; }\n')
    (tmp_path / 'build').mkdir()
    entry = '{"file": "%s/plugin/bad.c", "directory": "%s", "command": "cc -c -o x %s/plugin/bad.c"}' % (
        (tmp_path,) * 3)
    (tmp_path / 'plugin').mkdir()
    (tmp_path / 'bad.c').rename(tmp_path / 'plugin' / 'bad.c')
    (tmp_path / 'build' / 'compile_commands.json').write_text('[%s]' % ', '.join([entry] * 31))
    result = subprocess.run(['/usr/bin/python3', str(harness.ROOT / 'tests' / 'analyze.py'), str(tmp_path / 'build'),
                             'gcc'], stdout=subprocess.PIPE, universal_newlines=True, timeout=120)
    assert result.returncode == 1 and 'use after' in result.stdout
