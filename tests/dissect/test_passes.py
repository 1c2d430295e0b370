# test_passes.py
# One pass and two say the same, except for what becomes known only later.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re

import pytest

import harness
import reports

# Why the second pass may say more, or something else. Everything that is not listed must agree.
ONLY_THE_FUTURE = {
    'wg.response_in': 'the answer comes later',
    'wg.cookie.reply_in': 'so does the cookie reply',
    'wg.analysis.lost': 'a late packet fills a gap; of a far jump it is known only when others follow',
    'wg.analysis.lost.expert': 'as wg.analysis.lost',
    'wg.analysis.unanswered': 'that no answer came is known at the end',
    'wg.response_to': 'in a capture out of order, the initiation comes after its response',
    'wg.response_time': 'as wg.response_to; and of many forged responses, not all are kept',
    'wg.session.initiation': 'as wg.response_to',
    'wg.session.response': 'of several responses, later data shows which was used',
    'wg.session.age': 'as wg.session.response',
    'wg.carrier': 'a frame without a header, which comes later, tells TunSafe TCP from udp-over-tcp',
    'wg.companion': 'that a flow is a tunnel\'s, or that an initiation follows, comes later',
    'wg.analysis': 'a subtree that is there when one of the above is',
    'wg.sender.peer': 'the response, or a copy of the initiation that was captured whole, may show who the peers are',
    'wg.receiver.peer': 'as wg.sender.peer',
    'wg.peer': 'as wg.sender.peer',
}
# The rows of wg,tree, which counts each message as it comes: one that is later found to have no gap
# before it was counted.
ROWS_OF_THE_FUTURE = {
    'Packets lost before it': 'as wg.analysis.lost',
    'No answer captured': 'as wg.analysis.unanswered',
    'Handshake not captured': 'in a capture out of order, the handshake comes after its data',
    'Verdicts': 'the sum of these',
}
# A message that waits for the proof of its flow is not drawn on the first pass, and a frame that holds
# such a one beside others has fewer values there.
WAITS = ('mid-session-leak.pcapng', 'mid-session-odd-port.pcapng', 'mid-session-one-way.pcapng',
         'hostile-crash-on-open.pcapng', 'hostile-data-as-init.pcap', 'hostile-init-as-data.pcap',
         'hostile-count-confusion.pcap', 'verdicts.pcap', 'icmp-headers-only.pcapng')
# What a later look may tell of a message that was accounted for before its handshake or its keys came. Each of
# these captures has such messages, and a test of its own in test_wire_cases.py.
LATE = ('order-data-first.pcapng', 'secrets-after-data.pcapng', 'secrets-at-the-end.pcapng')


def own_fields():
    # As the fields reference lists them: those that the built-in dissector has, too.
    text = (harness.ROOT / 'docs/fields.md').read_text()
    names = {line.split('`')[1] for line in text.splitlines() if line.startswith('| `wg')}
    return sorted(names & set(harness.known_fields()))


def key_sets():
    for path in sorted(harness.CAPTURES.glob('*.pcap*')):
        stem = path.name.split('.')[0]
        yield path.name, ()
        logs = sorted(p.name for p in harness.CAPTURES.glob(stem + '.*keys'))
        if any(harness.CAPTURES.joinpath(log).stat().st_size for log in logs):
            yield path.name, tuple(logs)


SETS = list(key_sets())


def rows(capture, keys, two_pass):
    names = own_fields()
    found = harness.fields(capture, 'frame.number', *names, keys=keys, two_pass=two_pass)
    return names, {row[0]: dict(zip(names, row[1:])) for row in found}


@pytest.mark.parametrize('capture,keys', SETS, ids=lambda value: value if isinstance(value, str) else '+'.join(value))
def test_fields_agree(capture, keys):
    if capture in LATE:
        pytest.skip('what came late is only told on the second pass: test_wire_cases.py')
    names, first = rows(capture, keys, False)
    _, second = rows(capture, keys, True)
    assert set(first) == set(second)
    for frame in first:
        if capture in WAITS and first[frame]['wg.type'] != second[frame]['wg.type']:
            assert len(first[frame]['wg.type']) < len(second[frame]['wg.type'])
            continue
        differing = {name for name in names if first[frame][name] != second[frame][name]}
        assert differing <= set(ONLY_THE_FUTURE), (frame, differing)


@pytest.mark.parametrize('capture,keys', SETS, ids=lambda value: value if isinstance(value, str) else '+'.join(value))
def test_reports_agree(capture, keys):
    if capture in LATE:
        pytest.skip('what came late is only told on the second pass: test_wire_cases.py')
    options = [part for report in reports.REPORTS for part in ('-z', report)]
    first = harness.tshark(capture, '-q', *options, keys=keys).lines()
    second = harness.tshark(capture, '-q', *options, keys=keys, two_pass=True).lines()
    if capture.startswith('hostile-'):  # where a tunnel is proved late, it is told later
        first, second = sorted(first), sorted(second)
    assert first == second


def tree_counts(capture, keys, two_pass):
    lines = harness.tshark(capture, '-q', '-z', 'wg,tree', keys=keys, two_pass=two_pass).lines()
    found = [re.match(r' *(\S.*?) {2,}(\d+)\b', line) for line in lines]
    return {match.group(1): int(match.group(2)) for match in found if match}


@pytest.mark.parametrize('capture,keys', SETS, ids=lambda value: value if isinstance(value, str) else '+'.join(value))
def test_tree_agrees(capture, keys):
    first, second = tree_counts(capture, keys, False), tree_counts(capture, keys, True)
    assert 'WireGuard messages' in first and 'WireGuard messages' in second
    differing = {name for name in set(first) | set(second) if first.get(name) != second.get(name)}
    assert differing <= set(ROWS_OF_THE_FUTURE), differing
