# test_situations.py
# What wg,diagnose finds in each situation of tests/sim: all that it must, and no other fault or warning.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import collections
import hashlib
import json
import re
import struct
import sys

import pytest

import harness

sys.path.insert(0, str(harness.ROOT / 'tests/sim'))
import families  # noqa: E402
import situations  # noqa: E402
import table  # noqa: E402

ROWS = collections.defaultdict(list)
for _row in table.rows():
    ROWS[_row.situation].append(_row)
FINDINGS = {finding.name: finding for finding in table.findings()}
GRAVE = {name for name, finding in FINDINGS.items() if finding.severity in ('FAULT', 'WARNING')}


def prepare(name):
    """The folder with a situation's files."""
    folder = harness.scratch()
    if name in situations.SITUATIONS:
        situations.simulate(name, folder)
    else:
        for path in table.CASES.iterdir():
            if path.name.startswith(name + '.') or path.name.startswith('hostile.'):
                (folder / path.name.replace('.pcap.gz', '.pcap')).write_bytes(path.read_bytes())
    for path in folder.iterdir():
        path.chmod(0o644)
    return folder


def supplied(folder, row):
    """The options that supply a row's configurations and key logs: several are one folder, one log."""
    names = [name if name.startswith('hostile.') else '%s.%s' % (row.situation, name) for name in row.supplied]
    configurations = [name for name in names if name.endswith('.conf')]
    logs = [name for name in names if name.endswith('.keys')]
    options = []
    if configurations:
        together = harness.scratch()
        for name in configurations:
            (together / name).write_text((folder / name).read_text())
            (together / name).chmod(0o644)
        options += ['-o', 'wg.config:%s' % (together / configurations[0] if len(configurations) == 1 else together)]
    if logs:
        log = harness.scratch() / 'wg.keys'
        log.write_text('\n'.join((folder / name).read_text() for name in logs))
        log.chmod(0o644)
        options += ['-o', 'wg.keylog_file:%s' % log]
    return options


def diagnose(folder, row, *arguments):
    """(verdicts of the tunnels, all findings)"""
    command = [harness.TSHARK, '-n', '-r', folder / table.capture_name(row), '-q', '-o', 'wg.report_format:json',
               *supplied(folder, row), *arguments, '-z', 'wg,diagnose']
    lines = [json.loads(line) for line in harness.run(command).lines()]
    assert [line['text'] for line in lines if line['record'] == 'finding' and line['text'].endswith(': .')] == []
    return [line['verdict'] for line in lines if line['record'] == 'tunnel'], \
        {line['finding'] for line in lines if line['record'] in ('finding', 'supplied')}


def complaints(folder, row, *arguments):
    verdicts, found = diagnose(folder, row, *arguments)
    allowed = set(row.verdict) | set(row.also)
    if not set(verdicts) & set(row.verdict):
        yield 'verdict %s instead of %s' % (verdicts, row.verdict)
    for name in set(row.also) - found:
        yield 'lacks %s' % name
    for name in (found & GRAVE) - allowed:
        yield 'has %s' % name
    for name in found & set(row.never):
        yield 'has %s' % name


@pytest.mark.parametrize('name', ROWS)
def test_situation(name):
    folder = prepare(name)
    found = {(row.tap, '+'.join(row.supplied)): list(complaints(folder, row)) for row in ROWS[name]}
    assert {key: value for key, value in found.items() if value} == {}


@pytest.mark.parametrize('name', ('busy.linux', 'gone.boringtun', 'psk_mismatch', 'shared_key', 'forged_between',
                                  'stops_each_session', 'from_a_rekey', 'roams_unseen'))
def test_the_second_pass_finds_the_same(name):
    folder = prepare(name)
    for row in ROWS[name]:
        assert list(complaints(folder, row, '-2')) == []


def test_what_a_rekey_comes_between_is_one_session():
    """On both passes: each session has data for two receivers."""
    folder = prepare('from_a_rekey')
    for tap in 'cs':
        for options in (), ('-2',):
            command = [harness.TSHARK, '-n', '-r', folder / ('from_a_rekey.%s.pcap' % tap), *options, '-Y', 'wg.type==4',
                       '-T', 'fields', '-e', 'wg.stream', '-e', 'wg.receiver']
            receivers = collections.defaultdict(set)
            for line in harness.run(command).stdout.splitlines():
                stream, receiver = line.split()
                receivers[stream].add(receiver)
            assert sorted(len(found) for found in receivers.values()) == [2, 2]


def test_who_asked_is_shown_by_a_response_from_elsewhere():
    """On the first pass, too, though it is of another pair of hosts."""
    name = 'other_address'
    folder = prepare(name)
    command = [harness.TSHARK, '-n', '-r', folder / (name + '.s.pcap'), '-q', '-o', 'wg.report_format:json',
               '-o', 'wg.config:%s' % (folder / (name + '.client.conf')), '-z', 'wg,audit']
    first, second = harness.run(command).lines(), harness.run([*command, '-2']).lines()
    assert first == second
    assert any('client_key' in line for line in first)


def rewrite(path, change):
    """Each frame becomes those that change(its number, the frame) yields, some microseconds apart."""
    data, at, number = path.read_bytes(), 24, 0
    assert data[:4] == b'\x4d\x3c\xb2\xa1'  # in nanoseconds
    written = data[:at]
    while at < len(data):
        seconds, fraction, captured, _ = struct.unpack_from('<IIII', data, at)
        for later, frame in enumerate(change(number, data[at + 16:at + 16 + captured])):
            time = divmod(seconds * 10**9 + fraction + 2000 * later, 10**9)
            written += struct.pack('<IIII', *time, len(frame), len(frame)) + frame
        at, number = at + 16 + captured, number + 1
    path.write_bytes(written)


def captured_twice(number, frame):
    """As from two interfaces."""
    return frame, frame


def among_strangers(number, frame):
    """Now and then, data of a session that nobody knows, in the name of the sender."""
    yield frame
    if number % 7 == 3 and len(frame) > 74:
        message = struct.pack('<IIQ', 4, number * 2654435761 % 2**32, 5) + hashlib.sha256(bytes([number % 256])).digest()
        head = bytearray(frame[:42])
        struct.pack_into('>H', head, 14 + 2, 28 + len(message))
        struct.pack_into('>HH', head, 14 + 20 + 4, 8 + len(message), 0)
        yield bytes(head) + message


@pytest.mark.parametrize('name', ('busy.linux', 'gone.boringtun', 'blocked.linux', 'psks.linux', 'idle.esp32', 'stops_each_session',
                                  'fragments_pass', 'fragments_dropped'))
def test_what_was_captured_twice_is_found_once(name):
    folder = prepare(name)
    for path in folder.glob('*.pcap'):
        rewrite(path, captured_twice)
    for row in ROWS[name]:
        assert list(complaints(folder, row)) == []
        assert 'captured-twice' in diagnose(folder, row)[1]


@pytest.mark.parametrize('name', ('busy.linux', 'gone.boringtun', 'blocked.linux', 'psks.linux', 'roams.go', 'stops_each_session',
                                  'fragments_pass', 'fragments_dropped', 'mtu_blackhole'))
def test_what_the_capture_cut_off_is_not_needed(name):
    """With 96 bytes of each frame, and no keys: data packets are known by their heads, fragments by theirs."""
    folder = prepare(name)
    for path in folder.glob('*.pcap'):
        whole = path.rename(path.with_suffix('.whole'))
        harness.tool('editcap', '-F', 'nsecpcap', '-s', '96', whole, path)
    for row in ROWS[name]:
        if not row.supplied:
            assert list(complaints(folder, row)) == []


@pytest.mark.parametrize('name', ('busy.linux', 'pushes.go', 'pushes.esp32', 'blocked.linux', 'gone.linux', 'stops_each_session'))
def test_strangers_prove_nothing(name):
    """Single packets of unknown indices, of both sides: no data of theirs, and no session."""
    folder = prepare(name)
    for path in folder.glob('*.pcap'):
        before = path.stat().st_size
        rewrite(path, among_strangers)
        assert path.stat().st_size > before
    for row in ROWS[name]:
        assert list(complaints(folder, row)) == []


def test_an_answer_at_once_is_no_zero():
    """At the responder, none is measured."""
    folder = prepare('busy.linux')
    for tap, time in (('c', r'\d+\.\d ms'), ('s', 'less than 0.1 ms')):
        told = harness.tshark(str(folder / ('busy.linux.%s.pcap' % tap)), '-q', '-z', 'wg,diagnose').stdout
        assert re.search('OK +Healthy: handshake in %s' % time, told), told


# ---- the table ----

def test_the_table_is_whole():
    assert len(ROWS) >= 120
    assert set(situations.SITUATIONS) <= set(ROWS)
    cases = {path.name.split('.')[0] for path in table.CASES.iterdir() if path.name.endswith('.pcap.gz')}
    assert cases | set(situations.SITUATIONS) == set(ROWS)
    for rows in ROWS.values():
        for row in rows:
            assert set(row.verdict) | set(row.also) | set(row.never) <= set(FINDINGS), row


def test_families_have_enough_of_them():
    for short in families.SHORT:
        own = [name for name in ROWS if name.endswith('.' + short)]
        broken = [name for name in own if any(set(row.verdict) & GRAVE for row in ROWS[name])]
        assert len(broken) >= 3 and len(own) - len(broken) >= 3 and len(own) >= 10


def test_findings_are_shown_and_denied():
    """Each fault and each warning has a situation that shows it, or a capture of test_diagnose.py."""
    shown = {name for rows in ROWS.values() for row in rows for name in row.verdict + row.also}
    captures = (harness.ROOT / 'tests/dissect/test_diagnose.py').read_text()
    for name in GRAVE - shown:
        assert re.search(r"['\"](FAULT|WARNING) %s" % re.escape(FINDINGS[name].label), captures), name


def test_simulation_is_the_same_each_time(tmp_path):
    for folder in (tmp_path / 'one', tmp_path / 'two'):
        folder.mkdir()
        situations.simulate('shared_key', folder)
    names = sorted(path.name for path in (tmp_path / 'one').iterdir())
    assert len(names) == 8
    assert all((tmp_path / 'one' / name).read_bytes() == (tmp_path / 'two' / name).read_bytes() for name in names)


def test_the_times_are_those_of_the_core():
    text = (harness.ROOT / 'include/wg/timers.h').read_text()
    for name in ('REKEY_AFTER', 'REJECT_AFTER', 'REKEY_TIMEOUT', 'KEEPALIVE'):
        seconds = re.search(r'#define WG_%s(?:_TIME|_TIMEOUT)? +\((\d+) \* WG_SECOND\)' % name, text)
        assert float(seconds.group(1)) == getattr(families, name), name
    assert '#define WG_REKEY_AFTER_TIME_UNPADDED WG_REJECT_AFTER_TIME\n' in text
    assert max(family.rekey_after for family in families.FAMILIES.values() if family.padding == 1) == families.REJECT_AFTER


def test_the_catalogue_is_of_today():
    sys.path.insert(0, str(harness.ROOT / 'tests/sim'))
    import catalogue
    text = catalogue.PAGE.read_text()
    assert catalogue.written(text) == text, 'run scripts/docs'
    assert all('`%s`' % name in text for name in FINDINGS)
