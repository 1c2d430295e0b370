# report.py
# The benchmark's tables, for the terminal and for docs/performance.md.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import statistics

import harness
from measure import BUILTIN, OFF, PLUGIN, VARIANTS

PAGE = harness.ROOT / 'docs' / 'performance.md'
BEGIN = '<!-- results of tests/bench/run, put here by tests/bench/run --write; do not edit -->\n'
END = '<!-- end of results -->\n'


def table(head, rows):
    lines = ['| %s |' % ' | '.join(cells) for cells in [head, ['---'] * len(head)] + rows]
    return '\n'.join(lines) + '\n'


def number(value):
    if value is None:
        return '-'
    return '{:,.0f}'.format(value) if abs(value) >= 10 else '%.2g' % value


def part(value, of):
    return '%.2f' % (value / of) if value is not None and of else '-'


def ratio_row(result):
    ratios = result.ratios()
    counts = result.instructions or {}
    return [result.case.name, result.case.what, '**%.2f**' % statistics.median(ratios),
            '%.2f to %.2f' % (min(ratios), max(ratios)),
            'at most %.2f' % result.case.goal if result.case.goal else '-',
            part(counts.get(PLUGIN), counts.get(BUILTIN)), '%.2f' % statistics.median(result.ratios(OFF)),
            '%d / %d' % (result.seen[PLUGIN], result.seen[BUILTIN])]


def cost_row(result):
    counts = result.instructions or {}
    memory = [number(result.memory(variant)) for variant in VARIANTS]
    return [result.case.name, result.case.unit, *(number(counts.get(variant)) for variant in VARIANTS), *memory]


def seconds_row(result):
    return [result.case.name, *('%.3f' % result.seconds(variant) for variant in VARIANTS),
            *('%.1f' % (result.peak(variant) / 2**20) for variant in VARIANTS), str(len(result.runs[BUILTIN]))]


def tables(results):
    return '\n'.join([
        'Time of the processor, as a part of what the built-in dissector takes:\n',
        table(['case', 'what', 'plugin', 'of the rounds', 'goal', 'instructions, plugin', 'WireGuard off',
               'frames seen, plugin / built-in'], [ratio_row(result) for result in results]),
        'For each unit more, instructions and bytes of memory at the peak:\n',
        table(['case', 'unit', 'instr. built-in', 'instr. plugin', 'instr. off', 'bytes built-in', 'bytes plugin',
               'bytes off'], [cost_row(result) for result in results]),
        'Whole runs, medians of seconds of the processor, and MiB at the peak:\n',
        table(['case', 's built-in', 's plugin', 's off', 'MiB built-in', 'MiB plugin', 'MiB off', 'rounds'],
              [seconds_row(result) for result in results])])


def write(text):
    """Put the tables between the marks of the page."""
    page = PAGE.read_text()
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit('%s has lost its marks' % PAGE)
    PAGE.write_text(before + BEGIN + '\n' + text + '\n' + END + after)
