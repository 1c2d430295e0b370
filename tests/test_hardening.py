# test_hardening.py
# The module is hardened as much as Wireshark's own plugins; this is read from the module itself.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import pathlib
import re
import subprocess

import pytest

import harness

# What Wireshark's loader looks up.
ENTRY = {'plugin_version', 'plugin_want_major', 'plugin_want_minor', 'plugin_register', 'plugin_describe'}


def readelf(path, *options):
    return subprocess.run(['readelf', '-W', *options, str(path)], stdout=subprocess.PIPE, check=True,
                          universal_newlines=True, timeout=60, env=dict(os.environ, LC_ALL='C')).stdout


def symbols(path):
    """The names that it imports and those that it offers, without their versions."""
    rows = re.findall(r'^ *\d+: [0-9a-f]+ +\S+ +\w+ +(?:GLOBAL|WEAK) +\w+ +(\S+) +([^\s@]+)',
                      readelf(path, '--dyn-syms'), re.MULTILINE)
    return {name for where, name in rows if where == 'UND'}, {name for where, name in rows if where != 'UND'}


def hardening(path):
    imported, _ = symbols(path)
    segments, dynamic = readelf(path, '-l'), readelf(path, '-d')
    stack = re.search(r'GNU_STACK .* (R\w*) ', segments)
    return {
        'relro': 'GNU_RELRO' in segments,
        'all of it': 'BIND_NOW' in dynamic or re.search(r'FLAGS_1.*\bNOW\b', dynamic) is not None,
        'no code on the stack': stack is not None and 'E' not in stack.group(1),
        'stack protector': '__stack_chk_fail' in imported,
        'fortified': any(re.fullmatch(r'__\w+_chk', name) for name in imported),
    }

pytestmark = pytest.mark.skipif('WG_MODULE' in os.environ, reason='the module under test is not the one built here')


def test_the_module_is_built_hard():
    found = hardening(harness.MODULE)
    assert all(found.values()), found


def test_it_offers_its_entry_and_nothing_else():
    _, offered = symbols(harness.MODULE)
    assert offered == ENTRY


def test_no_less_than_the_hosts_own_plugins():
    folder = subprocess.run(['pkg-config', '--variable=plugindir', 'wireshark'], stdout=subprocess.PIPE,
                            universal_newlines=True, check=True, timeout=60).stdout.strip()
    theirs = [path for path in pathlib.Path(folder, 'epan').glob('*.so') if path.name != 'wireguard.so']
    if not theirs:
        pytest.skip('this Wireshark came without plugins')
    ours = hardening(harness.MODULE)
    # Not each of them calls what can be fortified.
    theirs = [hardening(path) for path in theirs]
    assert {name for name in ours if any(found[name] for found in theirs)} <= {name for name in ours if ours[name]}


def test_this_can_fail(tmp_path):
    """A module that is built without all of it."""
    (tmp_path / 'soft.c').write_text('#include <string.h>\nvoid soft(char *s);\n'
                                     'void soft(char *s) { char copy[64]; strcpy(copy, s); strcat(s, copy); }\n')
    subprocess.run([os.environ.get('CC', 'cc'), '-shared', '-fPIC', '-O2', '-U_FORTIFY_SOURCE',
                    '-fno-stack-protector', '-Wl,-z,norelro', '-Wl,-z,lazy', '-Wl,-z,execstack',
                    '-o', 'soft.so', 'soft.c'], cwd=tmp_path, check=True, timeout=60)
    assert not any(hardening(tmp_path / 'soft.so').values())
    assert symbols(tmp_path / 'soft.so')[1] == {'soft'}
