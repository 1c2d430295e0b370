# test_run.py
# scripts/run, as people meet it.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import shutil
import subprocess

import pytest

import harness

RUN = harness.ROOT / 'scripts' / 'run'

pytestmark = pytest.mark.skipif('WG_MODULE' in os.environ, reason='the module under test is not the one built here')


def run(*arguments, script=RUN, cwd=None, **env):
    return subprocess.run([str(script), *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, cwd=cwd, timeout=300, universal_newlines=True,
                          env=dict(os.environ, WG_BUILD=str(harness.BUILD), LC_ALL='C.UTF-8', **env))


def test_without_arguments_it_shows_the_shipped_capture():
    result = run()
    assert result.returncode == 0 and result.stderr == ''
    assert 'Handshake Response' in result.stdout and 'WireGuard Protocol' in result.stdout


def test_the_plugin_answers():
    result = run(harness.CAPTURES / 'basic.pcapng', '-T', 'fields', '-e', harness.OUR_FIELD, '-c', '1')
    assert (result.returncode, result.stdout, result.stderr) == (0, '148\n', '')


def private(folder, *names):
    """Copies of captures and keys that only the caller may read, in a folder closed to others."""
    for name in names:
        shutil.copy(harness.CAPTURES / name, folder / name)
        (folder / name).chmod(0o600)
    folder.chmod(0o700)


def test_by_a_link_and_with_r_as_tshark_has_it(tmp_path):
    (tmp_path / 'wgrun').symlink_to(RUN)
    result = run('-r', harness.CAPTURES / 'basic.pcapng', '-c', '1', script=tmp_path / 'wgrun')
    assert (result.returncode, result.stderr) == (0, '') and 'Handshake Initiation' in result.stdout


def test_a_capture_that_only_the_caller_may_read(tmp_path):
    private(tmp_path, 'basic.pcapng')
    result = run('basic.pcapng', '-Y', 'wg.type == 2', cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, '') and 'Handshake Response' in result.stdout


NEEDS_ROOT = pytest.mark.skipif(not harness.is_root(), reason='needs root')


@NEEDS_ROOT
def test_root_in_a_container_that_may_not_read_everything(tmp_path):
    """Without the power to hand on, the files are copied; the folder itself is closed to tshark."""
    private(tmp_path, 'basic.pcapng')
    result = run('--bounding-set=-dac_read_search', '--inh-caps=-dac_read_search', RUN, 'basic.pcapng',
                 '-Y', 'wg.type == 2', script='setpriv', cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, '') and 'Handshake Response' in result.stdout


@NEEDS_ROOT
@pytest.mark.parametrize('prefix', ['', 'wg.keylog_file:'])
def test_the_files_that_options_name_are_copied_too(prefix, tmp_path):
    private(tmp_path, 'basic.client.keys')
    ask = ('. scripts/lib.sh; choose_build; make_stage; prepare_tshark; copies=yes; mkdir "$stage/files";'
           'readable "%s%s"; printf "%%s\n" "$argument"; "${drop[@]}" cat "${argument#*:}"'
           % (prefix, tmp_path / 'basic.client.keys'))
    result = subprocess.run(['bash', '-c', ask], stdout=subprocess.PIPE, check=True, universal_newlines=True,
                            timeout=60, cwd=harness.ROOT, env=dict(os.environ, WG_BUILD=str(harness.BUILD)))
    argument, _, text = result.stdout.partition('\n')
    assert argument.startswith(prefix + '/') and str(tmp_path) not in argument
    assert text == (harness.CAPTURES / 'basic.client.keys').read_text()


def test_a_name_with_spaces(tmp_path):
    shutil.copy(harness.CAPTURES / 'basic.pcapng', tmp_path / 'a b.pcapng')
    result = run('a b.pcapng', '-Y', 'frame.number == 1 && wg', cwd=tmp_path)
    assert result.returncode == 0 and len(result.stdout.splitlines()) == 1, result.stderr


@pytest.mark.parametrize('name, sentence', [
    ('no-such.pcapng', 'run: there is no capture no-such.pcapng (see scripts/run --help)\n'),
    ('.', 'run: . is a folder, not a capture\n'),
    ('-Y', 'run: the capture comes first: scripts/run CAPTURE [tshark options]\n'),
])
def test_no_capture(name, sentence, tmp_path):
    result = run(name, cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (1, '', sentence)


def test_the_exit_code_of_tshark_is_passed_on():
    plain = harness.tshark('basic.pcapng', '-Y', 'no.such.field', returncode=None)
    result = run(harness.CAPTURES / 'basic.pcapng', '-Y', 'no.such.field')
    assert plain.returncode != 0 and result.returncode == plain.returncode
    assert 'no.such.field' in result.stderr


def test_what_is_missing_is_named_where_there_is_no_apt(tmp_path):
    """A machine with a shell and little else."""
    for name in ('bash', 'dirname', 'env'):
        (tmp_path / name).symlink_to(shutil.which(name))
    result = run(harness.CAPTURES / 'basic.pcapng', PATH=str(tmp_path))
    assert result.returncode == 1 and result.stdout == ''
    assert result.stderr.startswith('run: missing here: tshark pkg-config meson ninja-build gcc libc6-dev ')
    assert result.stderr.count('\n') == 1


def test_an_older_module_is_named(tmp_path):
    """A tshark of another version than the one the plugin was built for."""
    tshark = tmp_path / 'tshark'
    tshark.write_text('#!/bin/sh\necho "TShark (Wireshark) 9.8.7."\n')
    tshark.chmod(0o755)
    tmp_path.chmod(0o755)
    result = run(harness.CAPTURES / 'basic.pcapng', PATH='%s:%s' % (tmp_path, os.environ['PATH']))
    assert result.returncode == 1
    assert 'the plugin was built for Wireshark ' in result.stderr
    assert 'but tshark is 9.8.7 (%s)' % tshark in result.stderr


@NEEDS_ROOT
def test_the_build_folder_of_someone_else_is_left_alone(tmp_path):
    for name in ('scripts', 'build'):
        (tmp_path / name).mkdir()
    shutil.copy(RUN.parent / 'lib.sh', tmp_path / 'scripts' / 'lib.sh')
    ask = '. %s/scripts/lib.sh; choose_build; echo "$build"' % tmp_path

    def chosen():
        env = {'PATH': os.environ['PATH'], 'HOME': str(tmp_path / 'home')}
        return subprocess.run(['bash', '-c', ask], stdout=subprocess.PIPE, env=env, check=True,
                              universal_newlines=True, timeout=60).stdout.strip()

    assert chosen() == str(tmp_path / 'build')
    os.chown(tmp_path / 'build', harness.NOBODY, harness.NOBODY)
    assert chosen().startswith(str(tmp_path / 'home/.cache/wireshark-wireguard/build-'))
