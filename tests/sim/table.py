# table.py
# The table of situations, and the findings' own rows.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import collections
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
CASES = HERE / 'cases'
FINDINGS = HERE.parent.parent / 'include' / 'wg' / 'findings.def'

Row = collections.namedtuple('Row', 'situation tap supplied verdict also never')
Finding = collections.namedtuple('Finding', 'id name severity group label rests excludes')


def words(cell, separator):
    return [] if cell == '-' else cell.split(separator)


def rows():
    lines = [line for line in (HERE / 'situations.tsv').read_text().splitlines() if line and line[0] != '#']
    assert tuple(lines[0].split('\t')) == Row._fields
    for line in lines[1:]:
        cells = Row(*line.split('\t'))
        yield cells._replace(tap='' if cells.tap == '-' else cells.tap, supplied=words(cells.supplied, '+'),
                             verdict=cells.verdict.split('|'), also=words(cells.also, ','),
                             never=words(cells.never, ','))


def findings():
    """Of findings.def, in its order."""
    text = re.sub(r'(?s)/\*.*?\*/', '', FINDINGS.read_text())
    for arguments in re.findall(r'WG_FINDING\((.*?)\)\s*(?=WG_FINDING|\Z)', text, re.DOTALL):
        whole = re.sub(r'"\s*"', '', arguments)  # adjacent strings are one
        parts = re.match(r'\s*(\w+),\s*"([^"]*)",\s*(\w+),\s*(\w+),\s*"([^"]*)",\s*"([^"]*)",?\s*(?:"([^"]*)")?\s*$', whole)
        if parts is None:  # an empty last string vanished with its neighbour
            parts = re.match(r'\s*(\w+),\s*"([^"]*)",\s*(\w+),\s*(\w+),\s*"([^"]*)",\s*"([^"]*)()"\s*$', whole)
        yield Finding(*(part or '' for part in parts.groups()))


def capture_name(row):
    """As its files are called, without folder."""
    return '.'.join(part for part in (row.situation, row.tap, 'pcap') if part)
