# ground_truth.py
# What the .md and .frames.tsv files beside the captures say.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import csv
import re

import harness

RECORDED = ('basic', 'psk-ipv6', 'cookie', 'cookie-both', 'roaming', 'roaming-in-flight', 'unanswered',
            'wrong-server-key', 'rekey', 'mid-session-leak', 'lossy', 'gso', 'client-id', 'mixed-traffic')


def text(name):
    return (harness.CAPTURES / (name + '.md')).read_text()


def messages_by_type(name):
    """{type: messages} from the table of packet counts."""
    rows = re.findall(r'^\| ([1-4]) \| [A-Z][A-Za-z ]+ \| (\d+) \|', text(name), re.MULTILINE)
    assert [kind for kind, _ in rows] == ['1', '2', '3', '4'], name
    return {int(kind): int(number) for kind, number in rows}


def streams(name):
    """Rows of the table of transport data streams, as dictionaries."""
    lines = text(name).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith('| receiver | direction'))
    cells = [[cell.strip() for cell in line.strip('|').split('|')] for line in lines[start:]
             if line.startswith('|')]
    table = []
    for row in cells[2:]:
        if not row[0].startswith('0x') or len(row) != len(cells[0]):
            break
        table.append(dict(zip(cells[0], row)))
    return table


def frames(name):
    """{frame number: row} of NAME.frames.tsv."""
    with open(harness.CAPTURES / (name + '.frames.tsv'), newline='') as file:
        rows = list(csv.DictReader(file, delimiter='\t'))
    return {int(row['#frame']): row for row in rows}
