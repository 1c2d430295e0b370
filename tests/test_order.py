# test_order.py
# The order of knowledge: a file includes only from its own room or from rooms to the left. And what keeps
# the code readable.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re

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
    # A header of the core stands where its .c stands, or the files that share its work: X.c or X_*.c.
    homes = {room for room in CORE for pattern in (path.stem + '.c', path.stem + '_*.c')
             if any((root / 'plugin/core' / room).glob(pattern))}
    # The header of a room is named as the room.
    if not homes and (root / 'plugin/core' / path.stem).is_dir():
        homes = {path.stem}
    return homes.pop() if len(homes) == 1 else None


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
            found.append('%s is in no room (a header of the core needs a .c of its name)' % name)
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


def circles(uses):
    """The circles of a graph, name -> names: one for each arrow that leads back."""
    found, done = [], set()

    def visit(name, way):
        if name in way:
            found.append(' -> '.join(way[way.index(name):] + [name]))
        elif name not in done:
            for used in sorted(uses.get(name, ())):
                visit(used, way + [name])
            done.add(name)

    for name in sorted(uses):
        visit(name, [])
    return found


def test_a_circle_is_found():
    assert circles({'a': {'c'}, 'b': {'c'}, 'c': {'d', 'e'}, 'd': {'e'}, 'e': set()}) == []
    assert circles({'a': {'c'}, 'b': {'c'}, 'c': {'b', 'd'}, 'd': {'d'}}) == ['c -> b -> c', 'd -> d']


def headers_by_include(root):
    return {str(path.relative_to(root)): {str(target.relative_to(root)) for _, target in included(root, path) if target}
            for path in own_files(root) if path.suffix == '.h'}


def test_no_circle_of_headers(root):
    includes = headers_by_include(root.resolve())
    assert 'include/wg/wire.h' in includes['include/wg/flows.h'], 'includes are not found'
    assert circles(includes) == []


# A function in a header.
INLINE = re.compile(r'^static inline\b[^\n]*\n\w+\([^;{]*\)\n\{.*?^\}', re.MULTILINE | re.DOTALL)
# A function of other files: its type stands on the line before, as everywhere here.
PUBLIC = re.compile(r'^(?!static\b)[\w*][\w* ]*\n(\w+)\([^;{]*\)\n\{', re.MULTILINE)


def uses_by_name(root):
    """What uses what, where X.c, X.h and X_private.h are one: includes, and functions that one file defines."""
    files = {path.resolve(): '%s/%s' % (room_of(root, path), path.stem.removesuffix('_private'))
             for path in own_files(root)}
    texts = {path: ''.join(token for token in TOKEN.findall(path.read_text()) if len(token) < 3) for path in files}
    # A header also names functions where it declares them.
    texts = {path: text if path.suffix == '.c' else '\n'.join(INLINE.findall(text)) for path, text in texts.items()}
    homes = {}
    for path, text in texts.items():
        for function in PUBLIC.findall(text):
            homes.setdefault(function, set()).add(files[path])
    uses = {name: set() for name in files.values()}
    for path, name in files.items():
        for word in set(re.findall(r'\w+', texts[path])) & set(homes):
            if len(homes[word]) == 1:  # each system has its own file, and one of them is built
                uses[name] |= homes[word]
        uses[name] |= {files[target] for _, target in included(root, path) if target in files}
        uses[name].discard(name)
    return uses


def test_no_circle_of_names(root):
    uses = uses_by_name(root.resolve())
    assert {name.split('/')[0] for name in uses} == set(ROOMS), 'the rooms are not where this test looks'
    assert 'opening/macs' in uses['opening/opening_judge'], 'calls are not found'
    assert circles(uses) == []


def test_a_circle_of_names_is_found(tmp_path):
    for name, text in {
            # A circle of calls, without an include.
            'core/keys/a.c': 'int\na(void)\n{\n    return b();\n}\n',
            'core/keys/b.c': 'static int\nc(void)\n{\n    return 1;\n}\n\nint\nb(void)\n{\n    return a();\n}\n',
            'core/keys/c.c': '/* a(); */\nint\nc(void)\n{\n    return 1;\n}\n',
            # The file on top of others has the name of what they share.
            'taps/top.c': '#include "top_private.h"\nint\ntop(void)\n{\n    return part();\n}\n',
            'taps/top_private.h': 'int part(void);\n',
            'taps/part.c': '#include "top_private.h"\nint\npart(void)\n{\n    return 1;\n}\n',
            # A function in a header.
            'epan/bytes.h': 'static inline int\nbytes(void)\n{\n    return more();\n}\n',
            'epan/more.c': '#include "bytes.h"\nint\nmore(void)\n{\n    return 1;\n}\n',
            'taps/user.c': '#include "top_private.h"\n'}.items():
        (tmp_path / 'plugin' / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / 'plugin' / name).write_text(text)
    assert circles(uses_by_name(tmp_path.resolve())) == [
        'epan/bytes -> epan/more -> epan/bytes', 'keys/a -> keys/b -> keys/a', 'taps/part -> taps/top -> taps/part']


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


def long_functions(text, most):
    """The names of functions with more lines, from that with the name to the closing brace."""
    return [match.group(1) for match in re.finditer(r'^(\w+)\([^;{]*\)\n\{\n.*?^\}', text, re.MULTILINE | re.DOTALL)
            if match.group().count('\n') + 1 > most]


def test_nothing_is_too_long_to_be_seen(root):
    files = list(own_files(root))
    assert [(path.name, function) for path in files for function in long_functions(path.read_text(), 50)] == []
    scripts = [path for folder in ('tests', 'scripts', 'test-captures', 'tools') for path in (root / folder).rglob('*')
               if path.suffix in ('.c', '.h', '.py') and 'vectors' not in path.parts]
    assert len(scripts) > 200, 'the files are not where this test looks'
    assert [path.name for path in files + scripts if len(path.read_text().splitlines()) > 500] == []


def test_a_long_function_is_found():
    text = 'int\na(int b,\n  int c)\n{\n    if (b) {\n    }\n}\n\nint t[] = {\n1,\n2,\n3,\n};\n\nint\nd(void)\n{\n    return 1;\n}\n'
    assert long_functions(text, 5) == ['a']
    assert long_functions(text, 6) == []


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
        'include/wg/stray.h is in no room (a header of the core needs a .c of its name)',
        'plugin/core/keys/file.c (core) includes epan/packet.h of Wireshark',
        'plugin/core/wire/bytes.c (wire) includes wg/state.h (sessions)',
        'plugin/epan/tree.c (epan) includes tap.h (taps)']
