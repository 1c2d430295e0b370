# test_units.py
# Runs each case of the unit tests of wg-keylog (test_*.c in this folder) as a case of its own.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re

import pytest

import harness
import test_unit

NAMES = ['btf', 'events', 'gosource', 'output']
PROGRAMS = [harness.BUILD / 'tests' / 'keylog' / ('keylog-' + name) for name in NAMES]


@pytest.mark.parametrize('program, path', [case for case in test_unit.cases(PROGRAMS)])
def test_case(program, path):
    test_unit.check(program, path)


def test_every_program_is_here(root):
    listed = re.search(r'keylog_tests = \[(.*?)\]', (root / 'tests/keylog/meson.build').read_text())
    assert re.findall(r"'(\w+)'", listed.group(1)) == NAMES
    assert sorted(path.stem for path in (root / 'tests/keylog').glob('test_*.c')) == \
        ['test_' + name for name in NAMES]
