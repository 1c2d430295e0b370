# test_profile.py
# The profile that comes with the plugin works. Wireshark shows no message if a part of it does not.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import csv
import re

import pytest

import harness

PROFILE = harness.ROOT / 'share/profiles/WireGuard'


def rows(name):
    return list(csv.reader(line for line in (PROFILE / name).read_text().splitlines() if not line.startswith('#')))


def colours():
    """(name, filter) of each rule."""
    lines = [line for line in (PROFILE / 'colorfilters').read_text().splitlines() if not line.startswith('#')]
    parsed = [re.fullmatch(r'@([^@]+)@([^@]+)@(\[\d+,\d+,\d+\]){2}', line) for line in lines]
    assert all(parsed), lines
    return [(match.group(1), match.group(2)) for match in parsed]


FILTERS = ([(name, text) for name, text in colours()] + [(row[1], row[2]) for row in rows('dfilter_buttons')]
           + [(row[1], row[2]) for row in rows('io_graphs')])


def test_it_is_all_there():
    assert len(colours()) >= 6 and len(rows('dfilter_buttons')) >= 5 and len(rows('io_graphs')) >= 3
    assert {len(row) for row in rows('dfilter_buttons')} == {4} and {len(row) for row in rows('io_graphs')} == {9}


@pytest.mark.parametrize('text', sorted({text for _, text in FILTERS}))
def test_each_filter_is_one(text):
    harness.tshark('basic.pcapng', '-c', '1', '-Y', text)


def test_each_column_shows_a_field():
    names = re.findall(r'%Cus:([\w.]+):', (PROFILE / 'preferences').read_text())
    assert len(names) >= 3 and set(names) <= set(harness.known_fields())


def test_every_message_has_a_colour_and_nothing_else_has():
    """A host beside the tunnel is no leak; what is one, no colour can say."""
    any_rule = ' || '.join('(%s)' % text for _, text in colours())
    assert harness.count('mid-session-leak.pcapng', 'wg && !(%s)' % any_rule, two_pass=True) == 0
    assert harness.count('mid-session-leak.pcapng', '!wg && (%s)' % any_rule, two_pass=True) == 0
    assert harness.count('mid-session-leak.pcapng', '!wg', two_pass=True) > 20
