# test_compat.py
# Only one file knows of different versions of Wireshark, and one page says which were tried.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re

VERSION = re.compile(r'\b(WIRESHARK_VERSION_\w+|WS_AT_LEAST)\b')
COMPAT = 'plugin/epan/ws_compat.h'
ENTRY = 'plugin/plugin.c'  # has to tell the loader what it was built for
SUITES = {'bookworm': '4.0', 'noble': '4.2', 'trixie': '4.4', 'resolute': '4.6', 'sid': '4.6'}
WRITTEN = ['bookworm', 'noble', 'trixie', 'resolute', 'sid']

ROW = re.compile(r'^\| (\d+\.\d+)\.\d+[^|]* \| (\w+) \| gcc [\d.]+, clang [\d.]+ '
                 r'\| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d{4}-\d\d-\d\d) \|$', re.MULTILINE)


def versions_named(root):
    """File -> the lines that name a version of the host, for all that goes into the module."""
    found = {}
    for path in sorted((root / 'plugin').rglob('*')) + sorted((root / 'include').rglob('*')):
        if path.suffix in ('.c', '.h', '.def') or path.name == 'meson.build':
            lines = [line for line in path.read_text().splitlines() if VERSION.search(line)]
            if lines:
                found[path.relative_to(root).as_posix()] = lines
    return found


def test_one_file_knows_the_versions(root):
    found = versions_named(root)
    assert sorted(found) == [COMPAT, ENTRY]
    assert [re.sub(r'^.* (\w+ = \w+);$', r'\1', line) for line in found[ENTRY]] == [
        'plugin_want_major = WIRESHARK_VERSION_MAJOR', 'plugin_want_minor = WIRESHARK_VERSION_MINOR']


def test_the_check_can_fail(tmp_path):
    for name, text in {'plugin/epan/a.c': '#if WIRESHARK_VERSION_MINOR > 4\n',
                       'plugin/taps/b.h': '#ifdef WIRESHARK_VERSION_MICRO\n',
                       'plugin/taps/c.c': '  # if WS_AT_LEAST (4, 4)\n',
                       'include/wg/d.h': '#if !WS_AT_LEAST(4, 4)\n',
                       'include/wg/e.h': '#define MY_WS_AT_LEAST_ROWS 3\n'}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert sorted(versions_named(tmp_path)) == [
        'include/wg/d.h', 'plugin/epan/a.c', 'plugin/taps/b.h', 'plugin/taps/c.c']


def test_the_page_lists_what_was_run(root):
    rows = ROW.findall((root / 'docs/compatibility.md').read_text())
    assert [(suite, version) for version, suite, *_ in rows] == [row for row in SUITES.items() if row[0] in WRITTEN]
    for version, suite, passed, failed, _, warnings, _ in rows:
        assert int(passed) > 300 and (failed, warnings) == ('0', '0'), suite


def test_the_script_and_the_page_name_the_same_suites(root):
    script = (root / 'scripts/matrix').read_text()
    assert re.search(r'^all_suites=\((.*)\)$', script, re.MULTILINE).group(1).split() == list(SUITES)
