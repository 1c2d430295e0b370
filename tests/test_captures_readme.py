# test_captures_readme.py
# The captures are those that test-captures/README.md describes, and make.py still makes its own.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re
import struct
import subprocess
import sys

ROW = re.compile(r'^\| `([\w.-]+\.pcap(?:ng)?)` \|(.*)\|$', re.MULTILINE)


def rows(root):
    """Capture -> its cells (frames, what it shows, keys)."""
    text = (root / 'test-captures/README.md').read_text()
    return {name: [cell.strip() for cell in rest.split('|')] for name, rest in ROW.findall(text)}


def frames_in(path):
    data, frames = path.read_bytes(), 0
    if path.suffix == '.pcap':
        at = 24
        while at < len(data):
            at += 16 + struct.unpack_from('<I', data, at + 8)[0]
            frames += 1
    else:
        at = 0
        while at < len(data):
            kind, length = struct.unpack_from('<II', data, at)
            frames += kind == 6
            at += length
    assert at == len(data)
    return frames


def captures(root):
    return sorted(path.name for path in (root / 'test-captures').iterdir() if '.pcap' in path.name)


def test_every_capture_has_a_row_and_every_row_its_capture(root):
    text = (root / 'test-captures/README.md').read_text()
    assert captures(root)
    assert sorted(rows(root)) == captures(root)
    assert len(ROW.findall(text)) == len(rows(root)), 'a capture has two rows'


def test_the_counts_of_frames_are_right(root):
    told = {name: int(cells[0]) for name, cells in rows(root).items()}
    assert told == {name: frames_in(root / 'test-captures' / name) for name in captures(root)}


def test_keys_are_where_the_rows_say(root):
    for name, cells in rows(root).items():
        files = re.findall(r'`([\w.-]+\.keys)`', cells[2])
        assert files or cells[2] == 'none', name
        for file in files:
            assert (root / 'test-captures' / file).is_file(), '%s names %s' % (name, file)


def test_every_file_belongs_to_a_capture(root):
    stems = {name.rsplit('.', 1)[0] for name in captures(root)}
    own = {'README.md', 'make.py', 'packets.py', 'decoys.py'}
    stray = [path.name for path in (root / 'test-captures').iterdir()
             if path.is_file() and path.name not in own and path.name.split('.')[0] not in stems]
    assert stray == []


def test_frame_lists_have_a_row_for_each_frame(root):
    lists = sorted((root / 'test-captures').glob('*.frames.tsv'))
    assert lists
    for path in lists:
        # A message of a stream may be in several frames, "9-10", and several in one.
        numbers = [int(number) for line in path.read_text().splitlines() if line[0] != '#'
                   for number in line.split('\t')[0].split('-')]
        stem = path.name.split('.')[0]
        capture = next(root / 'test-captures' / name for name in captures(root) if name.split('.')[0] == stem)
        assert sorted(set(numbers)) == list(range(1, frames_in(capture) + 1)), path.name


def test_make_py_makes_these_files(root):
    process = subprocess.run([sys.executable, '-B', str(root / 'test-captures/make.py'), '--check'],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, timeout=120)
    assert process.returncode == 0, process.stdout
