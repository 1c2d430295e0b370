# test_order.py
# The order of knowledge: a file includes only from its own room or from rooms to the left.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re

import pytest

ROOMS = ['os', 'wire', 'crypto', 'keys', 'envelope', 'sessions', 'opening', 'capture', 'analysis', 'epan', 'taps',
         'plugin.c']
CORE = ROOMS[:ROOMS.index('epan')]
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.MULTILINE)
HOST = re.compile(r'^(epan|wiretap|wsutil|ui|wireshark)/|^(ws_\w+|wireshark|cfile|config)\.h$')


def own_files(root):
    for folder in ('include/wg', 'plugin'):
        yield from sorted(path for path in (root / folder).rglob('*') if path.suffix in ('.c', '.h'))


def room_of(root, path):
    """The room of a file of ours; None for one that has none."""
    parts = path.relative_to(root).parts
    if parts[:2] == ('plugin', 'core'):
        return parts[2] if len(parts) == 4 and parts[2] in CORE else None
    if parts[0] == 'plugin':
        return parts[1] if parts[1] in ROOMS else None
    # A header of the core stands where its .c stands.
    homes = [room for room in CORE if (root / 'plugin/core' / room / (path.stem + '.c')).exists()]
    # The wire format is data first, and each system has a file: functions may be spread over the room.
    if not homes and (root / 'plugin/core' / path.stem).is_dir():
        homes = [path.stem]
    return homes[0] if len(homes) == 1 else None


def included(root, path):
    """(name, file of ours or None) for each #include."""
    for name in INCLUDE.findall(path.read_text()):
        places = [path.parent / name, root / 'include' / name, root / 'plugin/epan' / name,
                  root / 'plugin/taps' / name, root / 'plugin' / name]
        yield name, next((place.resolve() for place in places if place.is_file()), None)


def violations(root):
    found = []
    for path in own_files(root):
        name, room = path.relative_to(root), room_of(root, path)
        if room is None:
            found.append('%s is in no room (a header of the core needs one .c of its name)' % name)
            continue
        for include, target in included(root, path):
            if target is None:
                if room in CORE and HOST.search(include):
                    found.append('%s (core) includes %s of Wireshark' % (name, include))
                continue
            other = room_of(root, target)
            if other is not None and ROOMS.index(other) > ROOMS.index(room):
                found.append('%s (%s) includes %s (%s)' % (name, room, include, other))
    return found


def circles(root):
    """Files that include one another in a circle, each circle once."""
    graph = {path.resolve(): [target for _, target in included(root, path) if target is not None]
             for path in own_files(root)}
    found, done = [], set()

    def visit(path, way):
        if path in way:
            circle = way[way.index(path):]
            if min(circle) == path:
                found.append(' -> '.join(p.name for p in circle + [path]))
            return
        if path in done:
            return
        for target in graph.get(path, ()):
            visit(target, way + [path])
        done.add(path)

    for path in sorted(graph):
        visit(path, [])
    return found


def test_no_circles(root):
    assert circles(root.resolve()) == []


def test_a_circle_is_found(tmp_path):
    for name, text in {'include/wg/a.h': '#include "wg/b.h"\n', 'include/wg/b.h': '#include "wg/c.h"\n',
                       'include/wg/c.h': '#include "wg/a.h"\n', 'plugin/plugin.c': '#include "wg/a.h"\n'}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert circles(tmp_path.resolve()) == ['a.h -> b.h -> c.h -> a.h']


# A function of other files: its type stands on the line before, as everywhere here.
PUBLIC = re.compile(r'^(?!static\b)[\w*][\w* ]*\n(\w+)\([^;{]*\)\n\{', re.MULTILINE)


def call_circles(folder):
    """Files of a folder that use one another's functions in a circle."""
    texts = {path.name: ''.join(token for token in TOKEN.findall(path.read_text()) if len(token) < 3)
             for path in folder.glob('*.c')}
    homes = {name: home for home, text in texts.items() for name in PUBLIC.findall(text)}
    uses = {path: {homes[word] for word in set(re.findall(r'\w+', text)) & set(homes)} - {path}
            for path, text in texts.items()}
    while True:  # a file that uses none of those left is in no circle
        free = [path for path, used in uses.items() if not used & set(uses)]
        if not free:
            return sorted(uses)
        for path in free:
            del uses[path]


@pytest.mark.parametrize('room', [
    'core/analysis',
    'core/capture',
    'core/crypto',
    'core/envelope',
    'core/keys',
    'core/opening',
    'core/os',
    'core/sessions',
    'core/wire',
    'epan',
    'taps',
])
def test_no_circle_of_calls(root, room):
    assert len(list((root / 'plugin' / room).glob('*.c'))) > 1, 'the room is not where this test looks'
    assert call_circles(root / 'plugin' / room) == []


def test_a_circle_of_calls_is_found(tmp_path):
    (tmp_path / 'a.c').write_text('int\na(void)\n{\n    return b();\n}\n')
    (tmp_path / 'b.c').write_text('static int\nc(void)\n{\n    return 1;\n}\n\nint\nb(void)\n{\n    return a();\n}\n')
    (tmp_path / 'c.c').write_text('/* a(); */\nint\nc(void)\n{\n    return 1;\n}\n')
    assert call_circles(tmp_path) == ['a.c', 'b.c']


def test_order_of_knowledge(root):
    rooms = {room_of(root, path) for path in own_files(root)}
    assert rooms >= set(ROOMS) - {'analysis', 'taps'}, 'the rooms are not where this test looks'
    assert violations(root.resolve()) == []


# Of one system or another, or of the C library of one.
SYSTEM = re.compile(r'^(dlfcn|fcntl|io|unistd|windows|winsock2|ws2tcpip)\.h$|^(arpa|net|netinet|sys)/')


def test_one_room_knows_the_system(root):
    found = {path.relative_to(root).as_posix() for path in own_files(root)
             for name in INCLUDE.findall(path.read_text()) if SYSTEM.search(name)}
    assert found == {'plugin/core/os/os_%s.c' % name for name in ('address', 'posix', 'windows')}


# Comments, texts and characters are skipped, so that a question mark in them is none.
TOKEN = re.compile(r'''//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|.''', re.DOTALL)


def nested_conditionals(text):
    """Lines on which a conditional expression (a ? b : c) is part of another one."""
    found, line, open_ones = [], 1, [0]  # conditionals of the expression, by depth of brackets
    for match in TOKEN.finditer(text):
        token = match.group()
        if token in ('(', '['):
            open_ones.append(0)
        elif token in (')', ']'):
            open_ones.pop()
        elif token in ('{', '}', ';'):
            open_ones = [0] * len(open_ones)
        elif token == ',':
            open_ones[-1] = 0
        elif token == '?':
            if any(open_ones):
                found.append(line)
            open_ones[-1] += 1
        line += token.count('\n')
    return found


def test_no_conditional_expression_in_another(root):
    files = [path for folder in ('include', 'plugin', 'tests', 'tools', 'docs') for path in (root / folder).rglob('*')
             if path.suffix in ('.c', '.h', '.def')]
    assert len(files) > 200, 'the files are not where this test looks'
    assert ['%s:%d' % (path.relative_to(root), line) for path in files
            for line in nested_conditionals(path.read_text())] == []


def test_a_nested_conditional_is_found():
    assert nested_conditionals('x = a ? 1 : 2; /* ? ? */\ny = f(b ? "?" : "", c ? \'?\' : 1);\n') == []
    assert nested_conditionals('x = a ? 1\n    : b ? 2 : 3;\ny = c ? f(d ? 1 : 2) : 3;\nfor (i = e ? 1 : 2; f ? 1 : 0;)\n'
                               'int t[] = { g ? 1 : 2, h ? (i ? 1 : 2) : 3 };') == [2, 3, 5]


def test_the_check_can_fail(tmp_path):
    for name, text in {
            'include/wg/bytes.h': '', 'plugin/core/wire/bytes.c': '#include "wg/bytes.h"\n#include "wg/state.h"\n',
            'include/wg/state.h': '#include "wg/bytes.h"\n', 'plugin/core/sessions/state.c': '#include <glib.h>\n',
            'include/wg/stray.h': '', 'plugin/core/keys/file.c': '  #  include <epan/packet.h>\n',
            'plugin/epan/tree.c': '#include <epan/packet.h>\n#include "tap.h"\n#include "wg/state.h"\n',
            'plugin/taps/tap.h': '#include "../plugin.h"\n', 'plugin/plugin.c': '#include "tap.h"\n'}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert violations(tmp_path.resolve()) == [
        'include/wg/stray.h is in no room (a header of the core needs one .c of its name)',
        'plugin/core/keys/file.c (core) includes epan/packet.h of Wireshark',
        'plugin/core/wire/bytes.c (wire) includes wg/state.h (sessions)',
        'plugin/epan/tree.c (epan) includes tap.h (taps)']
