# reports.py
# Runs the reports and reads what they say.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re

import harness

REPORTS = ('wg,sessions', 'wg,audit', 'wg,diagnose')
LABELS = ('FAULT', 'WARNING', 'OK', 'NOTE')


def staged_files(arguments):
    """Names of configurations and key logs of test-captures after a colon, as paths."""
    return [re.sub(r'(?<=:)[\w.-]+\.(?:conf|keys)$', lambda m: str(harness.staged(m.group())), argument)
            for argument in arguments]


def reports(capture, *arguments, names=REPORTS, **more):
    """Name without filter -> text, of one run."""
    wanted = [part for name in names for part in ('-z', name)]
    text = harness.tshark(capture, '-q', *staged_files(arguments), *wanted, **more).stdout
    parts = re.split(r'^(?=== wg,)', text, flags=re.MULTILINE)[1:]
    found = {re.match(r'== ([^:\n]+):', part).group(1): part.strip('\n') for part in parts}
    assert sorted(found) == sorted(','.join(name.split(',')[:2]) for name in names)
    return found


def report(capture, name, *arguments, **more):
    return reports(capture, *arguments, names=[name], **more)[','.join(name.split(',')[:2])]


# ---- wg,sessions ----

def table(lines):
    heading = re.split(r'\s{2,}', lines[0].strip())
    rows = [re.split(r'\s{2,}', line.strip()) for line in lines[1:]]
    assert all(len(row) == len(heading) for row in rows), lines
    return [dict(zip(heading, row)) for row in rows]


def session_rows(text):
    """The two tables of wg,sessions as one: stream -> row. "lost>/<" is (there, back)."""
    rows = {}
    blocks = [block.splitlines() for block in text.split('\n\n')[1:]]
    for block in blocks:
        lines = block[next((i for i, line in enumerate(block) if line.startswith('stream')), len(block)):]
        for row in table(lines) if lines else []:
            for name, cell in row.items():
                if name.endswith('>/<'):
                    row[name] = tuple(int(n) for n in cell.split('/'))
            rows.setdefault(int(row.pop('stream')), {}).update(row)
    return rows


def sessions(capture, *arguments, filter=None, **more):
    return session_rows(report(capture, 'wg,sessions' + (',' + filter if filter else ''), *arguments, **more))


# ---- wg,audit ----

def leak_rows(block):
    """(protocol, to, packets, first frame, before, up, after) of a pair's tables."""
    rows = re.findall(r'^ {4}(\S.*?) {2,}(\S+) +(\d+) +\d+ +(\d+) +(\d+) +(\d+) +(\d+)$', block, re.MULTILINE)
    return [(protocol, to) + tuple(int(n) for n in numbers) for protocol, to, *numbers in rows]


def paragraph(block, label):
    """What follows a label, as one line; None where there is none."""
    found = re.search(r'^ {2}%s +(.*(?:\n {11}.*)*)' % re.escape(label), block, re.MULTILINE)
    return re.sub(r'\s+', ' ', found.group(1)) if found else None


def audit(capture, *arguments, filter=None, **more):
    """Pair -> (leaks, block of text); 'On the link' -> the same."""
    text = report(capture, 'wg,audit' + (',' + filter if filter else ''), *arguments, **more)
    blocks = [block for block in re.split(r'\n\n(?=\S)', text)[1:] if '\n' in block]
    return {block.split('\n', 1)[0]: (leak_rows(block), block) for block in blocks}


# ---- wg,diagnose ----

def diagnoses(text):
    """Tunnel -> [(label, text, advice or None)]."""
    found = {}
    for block in text.split('\n\n')[1:]:
        head, *lines = block.splitlines()
        if not lines or head.startswith(' '):  # what no tunnel is told of
            continue
        tunnel = []
        for line in lines:
            label = line[:11].strip()
            if line[:11].isspace() or (label not in LABELS and label != 'check'):
                if not line.startswith(' ' * 11):  # a head of two lines
                    head += ' ' + line.strip()
                    continue
                tunnel[-1][-1] += ' ' + line.strip()
            elif label == 'check':
                tunnel[-1].append(line[11:])
            else:
                tunnel.append([label, line[11:]])
        assert head not in found
        found[head] = [(row + [None])[:3] for row in tunnel]
    return found


def diagnose(capture, *arguments, filter=None, **more):
    return diagnoses(report(capture, 'wg,diagnose' + (',' + filter if filter else ''), *arguments, **more))


# ---- tables of the host ----

def tree_rows(text):
    """{(parent, name): count} of wg,tree; the parent of a top item is ''."""
    found, parent = {}, ''
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith('Topic / Item'))
    for line in lines[start + 2:]:
        match = re.match(r'( *)(\S.*?) {2,}(\d+)(?: |$)', line)
        if not match:
            break
        indent, name, count = match.groups()
        if not indent:
            parent = name
        found[(parent if indent else '', name)] = int(count)
    return found


def conversation_rows(text):
    """(left, right) -> (packets back, packets there)."""
    rows = re.findall(r'^(\S.*?) +<-> (\S.*?) {2,}(\d+) .*? (\d+) \d', text, re.MULTILINE)
    return {(left, right): (int(back), int(there)) for left, right, back, there in rows}


def endpoint_rows(text):
    """Endpoint -> packets in all, sent, received. Bytes are rounded in newer versions ("12 kB")."""
    pair = r' {2,}(\d+) +\d+(?: [a-zA-Z]+)?'
    rows = re.findall(r'^(\S.*?)' + 3 * pair + ' *$', text, re.MULTILINE)
    return {name: tuple(int(n) for n in numbers) for name, *numbers in rows}


def host_table(capture, name, *arguments, **more):
    rows = {'wg': tree_rows, 'conv': conversation_rows, 'endpoints': endpoint_rows}[name.split(',')[0]]
    return rows(harness.tshark(capture, '-q', *staged_files(arguments), '-z', name, **more).stdout)


def figures(capture, **more):
    """Sessions, tree, conversations and endpoints of one run."""
    text = harness.tshark(capture, '-q', '-z', 'wg,sessions', '-z', 'wg,tree', '-z', 'conv,wg',
                          '-z', 'endpoints,wg', **more).stdout
    parts = {}
    for title in ('== wg,sessions', 'WireGuard Messages:', 'WireGuard Conversations', 'WireGuard Endpoints'):
        parts[title] = re.split(r'\n={5,}\n', text[text.index(title):])[0].strip('\n')
    sessions, tree, conversations, endpoints = parts.values()
    return session_rows(sessions), tree_rows(tree), conversation_rows(conversations), endpoint_rows(endpoints)
