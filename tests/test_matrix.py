# test_matrix.py
# In CI: build and test with the Wireshark of Debian 13, too, in a folder of its own.
#
# This takes some minutes and about 1 GB (see scripts/matrix), so outside of CI it runs only with
# WG_MATRIX=1.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import re
import signal
import subprocess
import warnings

import pytest

import harness

MINUTES = 22  # on an idle machine of two cores it takes ten


def asked_for():
    return any(os.environ.get(name, '') not in ('', '0', 'false') for name in ('CI', 'WG_MATRIX'))


def run_matrix(*suites):
    process = subprocess.Popen([str(harness.ROOT / 'scripts' / 'matrix'), *suites], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, universal_newlines=True,
                               errors='replace', start_new_session=True)
    try:
        stdout, stderr = process.communicate(timeout=60 * MINUTES)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
        pytest.fail('scripts/matrix took more than %d minutes\n%s' % (MINUTES, process.communicate()[1]))
    return process.returncode, stdout.splitlines(), stderr


def loudly_skip(reason):
    """Where it was asked for, a skip is shown with the warnings of the run too."""
    warnings.warn('the version matrix did not run: ' + reason)
    pytest.skip(reason)


def test_debian_13():
    if not asked_for():
        pytest.skip('the version matrix runs in CI, or with WG_MATRIX=1; by hand: scripts/matrix')
    if not harness.is_root():
        loudly_skip('skipped: trixie: a chroot takes root')
    returncode, lines, stderr = run_matrix('trixie')
    told = '%s\n%s' % (stderr, '\n'.join(lines))
    if returncode == 77:
        # Only when there is neither a folder nor a way to make one.
        assert lines[-1] == '0 passed, 0 failed' and lines[0].startswith('skipped: trixie: '), told
        loudly_skip(lines[0])
    assert returncode == 0 and lines[0].startswith('trixie: Wireshark 4.4.'), told
    assert ', 0 failed, ' in lines[0] and ', 0 build warnings ' in lines[0], told
    last = re.match(r'^(\d+) passed, 0 failed$', lines[-1])
    assert last and int(last.group(1)) > 300, told


# ---- The script itself ---------------------------------------------------------------------

NEEDS_ROOT = pytest.mark.skipif(not harness.is_root(), reason='needs root')


def test_wrong_arguments():
    returncode, lines, stderr = run_matrix('jessie')
    assert (returncode, lines) == (1, []) and 'jessie' in stderr


def test_others_than_root_are_told_in_one_sentence():
    result = subprocess.run(harness.unprivileged(['bash', '-s', 'sid']), stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, universal_newlines=True, timeout=60, cwd='/',
                            input=script_text())
    assert (result.returncode, result.stdout) == (1, '')
    assert len(result.stderr.splitlines()) == 1 and 'root' in result.stderr and 'sudo' in result.stderr


def script_text():
    """The script and what it sources in one piece, for a user who may not look into the checkout."""
    text = (harness.ROOT / 'scripts' / 'matrix').read_text()
    sourced = '. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"'
    assert text.count(sourced) == 1
    library = (harness.ROOT / 'scripts' / 'lib.sh').read_text()
    return text.replace(sourced, re.sub(r'^root=.*$', 'root=/', library, flags=re.MULTILINE))


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """An empty place for the folders, and a debootstrap that says what the test wants."""
    monkeypatch.setenv('WG_MATRIX_DIR', str(tmp_path / 'folders'))
    monkeypatch.setenv('PATH', str(tmp_path), prepend=':')

    def debootstrap_says(text):
        (tmp_path / 'debootstrap').write_text('#!/bin/sh\necho "%s"\nexit 1\n' % text)
        (tmp_path / 'debootstrap').chmod(0o755)
    debootstrap_says('called, and it should not have been')
    (tmp_path / 'folders').mkdir()
    return tmp_path / 'folders', debootstrap_says


@NEEDS_ROOT
def test_without_a_mirror_it_is_skipped_and_says_so(folders):
    folders[1]('E: Failed getting release file somewhere/Release')
    returncode, lines, _ = run_matrix('trixie', 'sid')
    assert returncode == 77
    assert lines == ['skipped: %s: E: Failed getting release file somewhere/Release' % suite
                     for suite in ('trixie', 'sid')] + ['0 passed, 0 failed']


@NEEDS_ROOT
def test_without_the_keys_of_its_archive_ubuntu_is_skipped(folders, monkeypatch):
    monkeypatch.setenv('WG_UBUNTU_KEYRING', str(folders[0] / 'none.gpg'))
    returncode, lines, _ = run_matrix('noble')
    assert returncode == 77
    assert lines[0].startswith('skipped: noble: there is no %s' % (folders[0] / 'none.gpg'))


@NEEDS_ROOT
def test_any_other_trouble_is_a_failure(folders):
    folders[1]('E: No such script: sid')
    returncode, lines, stderr = run_matrix('sid')
    assert returncode == 1 and 'No such script' in stderr
    assert lines[0].startswith('sid: not tested: ') and lines[-1] == '0 passed, 1 failed'


@NEEDS_ROOT
def test_where_there_is_a_folder_nothing_is_skipped(folders):
    (folders[0] / 'sid').mkdir()  # an empty one cannot be brought up to date
    returncode, lines, _ = run_matrix('sid')
    assert returncode == 1
    assert lines[0].startswith('sid: not tested: ') and lines[-1] == '0 passed, 1 failed'
