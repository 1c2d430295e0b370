# test_golden.py
# The reports say what tests/golden has; "tests/golden/make" updates it.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import difflib

import pytest

import goldens


@pytest.mark.parametrize('name', goldens.GOLDENS)
def test_golden(name):
    for path, text in goldens.files(name).items():
        old = path.read_text() if path.exists() else None
        difference = difflib.unified_diff((old or '').splitlines(), (text or '').splitlines(), path.name,
                                          'now (tests/golden/make writes it)', lineterm='')
        assert text == old, '\n'.join(difference)


def test_every_golden_is_compared():
    """A file that no name stands for would never fail."""
    stray = [path.name for path in goldens.FOLDER.glob('*.txt')
             if path.name[:-len('.txt')].replace('.two-pass', '') not in goldens.GOLDENS]
    assert stray == []
    assert len(list(goldens.FOLDER.glob('*.txt'))) >= len(goldens.GOLDENS)
