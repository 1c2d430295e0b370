# test_readme.py
# The README shows real output: its commands are run, and must print every line that it shows.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import datetime
import os
import re
import shlex

import pytest

import harness

BLOCKS = re.findall(r'^```\n\$ (.*)\n((?:.*\n)*?)```$', (harness.ROOT / 'README.md').read_text(), re.MULTILINE)
DECODING = [(command, shown) for command, shown in BLOCKS if 'test-captures/' in command]
ISO_TIME = re.compile(r'^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)Z$')


def staged(word):
    """The word with paths of captures, keys and configurations as tshark finds them."""
    return re.sub(r'test-captures/([\w.-]+)', lambda match: str(harness.staged(match[1])), word)


def test_there_is_something_to_check():
    assert len(DECODING) >= 10


def as_in_4_0(line):
    """From 4.2 on, a flag among fields is True or False; the README shows 1 and 0. From 4.6 on, a time is ISO 8601."""
    cells = {'True': '1', 'False': '0'}
    return '\t'.join(cells.get(cell, ISO_TIME.sub(as_in_4_0_time, cell)) for cell in line.split('\t'))


def as_in_4_0_time(match):
    date = datetime.datetime.strptime(match[1], '%Y-%m-%dT%H:%M:%S')
    return date.strftime('%b ') + '%2d' % date.day + date.strftime(', %Y %H:%M:%S') + match[2] + ' UTC'


@pytest.mark.parametrize('command,shown', DECODING, ids=[c[:70] for c, _ in DECODING])
def test_commands_of_the_readme(command, shown):
    words = [staged(word) for word in shlex.split(command)]
    assert words[0] in ('scripts/run', 'tshark')
    words[0:1] = [harness.TSHARK] + (['-r'] if words[0] == 'scripts/run' else [])
    output = (as_in_4_0(line) for line in harness.run(words).lines())
    for line in shown.splitlines():
        if line != '...':
            # In this order; a member test on an iterator goes on where the last one found its line.
            assert line in output, line


def test_links_lead_somewhere():
    text = (harness.ROOT / 'README.md').read_text()
    for target in re.findall(r'\]\(([\w./-]+)\)', text):
        assert (harness.ROOT / target).exists(), target
    assert os.path.getsize(harness.ROOT / 'docs/images/wireshark.png') > 10000
