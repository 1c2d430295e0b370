# catalogue.py
# Generates the tables in docs/reports.md: the findings, and the rules of the implementations.
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""catalogue.py writes the tables of docs/reports.md; catalogue.py --check says whether they are up to date."""
import argparse
import re
import sys

import families
import table

DIAGNOSE = table.HERE.parent / 'dissect' / 'test_diagnose.py'
PAGE = table.HERE.parent.parent / 'docs' / 'reports.md'
BEGIN, END = '<!-- %s: made by scripts/docs -->', '<!-- end of %s -->'
GROUPS = (('SUPPLIED', 'From the supplied configurations alone'), ('CAUSE', 'Why it fails'),
          ('SYMPTOM', 'How it fails (reported if no cause is found)'),
          ('TROUBLE', 'What is wrong with a tunnel that is up'),
          ('WORKS', 'It works (reported if nothing else is wrong)'), ('BESIDE', 'Everything else'))


def where(row):
    name = row.situation + ('/' + row.tap if row.tap else '')
    return '`%s`' % name + (' with %s' % ' and '.join(row.supplied) if row.supplied else '')


def looks_like(row):
    """Situations of one kind differ in what runs there."""
    return row.situation.split('.')[0]


def shown(name, rows):
    found = [row for row in rows if name in row.verdict + row.also]
    return min(found, key=lambda row: (name not in row.verdict, is_case(row), len(row.supplied), row.situation),
               default=None)


def is_case(row):
    return (table.CASES / (table.capture_name(row) + '.gz')).exists()


def elsewhere(finding):
    """Where the table has no row that shows it."""
    severity = finding.severity.replace('GOOD', 'OK')
    told = re.search("'%s %s" % (severity, re.escape(finding.label)), DIAGNOSE.read_text())
    return '`test-captures/faults.pcap`' if told else 'unit tests'


def denied(finding, rows, seen_in):
    """A row in which it must not be: of the same situation, else one that says so, else any that is like it."""
    name, grave = finding.name, finding.severity in ('FAULT', 'WARNING')
    told = [row for row in rows if name in row.never]
    other = [row for row in rows if grave and name not in row.verdict + row.also]
    same = [row for row in other if seen_in and row.situation == seen_in.situation]
    kind = [row for row in other if seen_in and looks_like(row) == looks_like(seen_in)]
    broken = [row for row in rows if finding.severity == 'GOOD' and row.situation.startswith('gone.')]
    first = (same or told or kind or other or broken)
    return first[0] if first else None


def findings_tables():
    rows = list(table.rows())
    out = []
    for group, title in GROUPS:
        out += ['', '### ' + title, '', '| finding | name | rests on | excludes | shown by | not in |', '|---|---|---|---|---|---|']
        for finding in table.findings():
            if finding.group != group:
                continue
            row = shown(finding.name, rows)
            no = denied(finding, rows, row)
            out.append('| **%s** %s | `%s` | %s | %s | %s | %s |' % (
                finding.severity.replace('GOOD', 'OK'), finding.label, finding.name, finding.rests,
                finding.excludes or '-', where(row) if row else elsewhere(finding), where(no) if no else '-'))
    return out[1:]


def families_table():
    yes_or_no = {True: 'yes', False: 'no'}
    passive = {'always': 'yes', 'sometimes': 'often not', 'never': 'no'}
    starts_over = {'unanswered': 'after the first data without answer', 'received': 'after the last packet received',
                   'never': 'never'}
    columns = ('initiator rekeys after', 'also for keepalives', 'keepalive 10 s after data', 'starts over after 15 s',
               'keepalive for data outside AllowedIPs', 'gives up after', 'padding', 'indices count up', 'TAI64N base',
               'source')
    out = ['| | ' + ' | '.join(columns) + ' |', '|---' * (len(columns) + 1) + '|']
    for family in families.FAMILIES.values():
        cells = ('%g s' % family.rekey_after, yes_or_no[family.keepalives_rekey], passive[family.passive],
                 starts_over[family.starts_over], yes_or_no[family.answers_outside],
                 '%g s' % families.REKEY_ATTEMPT if family.gives_up else 'never', '%d' % family.padding,
                 yes_or_no[family.counting], '%d' % family.base, family.source)
        out.append('| %s | %s |' % (family.name, ' | '.join(cells)))
    return out


def written(text):
    for name, lines in (('findings', findings_tables()), ('families', families_table())):
        begin, end = BEGIN % name, END % name
        before, _, rest = text.partition(begin)
        _, found, after = rest.partition(end)
        assert found, '%s has no place for the %s' % (PAGE.name, name)
        text = '%s%s\n%s\n%s%s' % (before, begin, '\n'.join(lines), end, after)
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.split(';')[0])
    parser.add_argument('--check', action='store_true')
    check, text = parser.parse_args().check, PAGE.read_text()
    if check:
        return int(written(text) != text)
    PAGE.write_text(written(text))
    return 0


if __name__ == '__main__':
    sys.exit(main())
