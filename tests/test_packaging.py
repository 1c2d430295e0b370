# test_packaging.py
# The version is written once, and all files that have to repeat it agree.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re
import shutil
import subprocess
import warnings

import pytest

NAMED = {
    'CHANGELOG.md': r'^## ([\d.]+)',
    'packaging/debian/changelog': r'^wireshark-wireguard \(([\d.]+)-',
    'packaging/rpm/wireshark-wireguard.spec': r'^Version: *([\d.]+)$',
    'packaging/arch/PKGBUILD': r'^pkgver=([\d.]+)$',
    'packaging/homebrew/wireshark-wireguard.rb': r'wireshark-wireguard-([\d.]+)\.tar\.xz"$',
    'README.md': r'^wireguard\.so\s+([\d.]+)\s+dissector',
}


@pytest.mark.parametrize('name', NAMED)
def test_the_version(root, name):
    version = re.search(r"^  version: '(.*)',$", (root / 'meson.build').read_text(), re.MULTILINE).group(1)
    assert re.search(NAMED[name], (root / name).read_text(), re.MULTILINE).group(1) == version


def test_the_man_pages(root):
    if shutil.which('mandoc') is None:
        warnings.warn('there is no mandoc here: nobody looked at the man pages')
        pytest.skip('there is no mandoc here')
    result = subprocess.run(['mandoc', '-Tlint', '-W', 'warning', *sorted(map(str, (root / 'man').iterdir()))],
                            stdout=subprocess.PIPE, universal_newlines=True, timeout=60)
    assert (result.returncode, result.stdout) == (0, '')


def test_what_the_man_page_says_of_reports_is_there(root):
    """Each report of the README's table, and no other."""
    page = (root / 'man/wireshark-wireguard.7').read_text()
    table = re.search(r'^\| `tshark -q -z`.*?\n\n', (root / 'README.md').read_text(), re.MULTILINE | re.DOTALL).group(0)
    named = set(re.findall(r'`((?:wg|conv|endpoints),\w+)`', table))
    assert len(named) >= 6
    assert set(re.findall(r'Fl z Cm ((?:wg|conv|endpoints),\w+)', page)) == named
