# test_vectors.py
# The committed test vectors are those that the second implementation makes.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import shutil
import subprocess
import sys

import pytest


def check(folder):
    return subprocess.run([sys.executable, str(folder / 'generate.py'), '--check'], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, universal_newlines=True, timeout=120)


def test_the_headers_are_what_the_generator_makes(root):
    result = check(root / 'tests/vectors')
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize('name', ['noise_vectors.h', 'session_vectors.h'])
def test_the_check_can_fail(root, tmp_path, name):
    copy = tmp_path / 'vectors'
    shutil.copytree(root / 'tests/vectors', copy, ignore=shutil.ignore_patterns('__pycache__'))
    text = (copy / name).read_text()
    at = text.index('0x') + 2
    (copy / name).write_text(text[:at] + ('1' if text[at] == '0' else '0') + text[at + 1:])
    result = check(copy)
    assert result.returncode == 1 and name in result.stdout
    (copy / name).unlink()
    assert check(copy).returncode == 1
