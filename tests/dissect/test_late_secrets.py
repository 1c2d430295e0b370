# test_late_secrets.py
# Keys that come late: in the middle or at the end of a file, or after it was read.
#
# On one pass, what came before them stays closed, and nothing false is said of it. The next pass over the file
# says what it would say if the keys were in front of it, even of messages that only a key makes recognisable.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import json

import pytest

import harness
import sharkd
from late_secrets import LOGGED, blamed, capture_of, first_and_last, log_of, report, with_secrets

# Only a key shows that these are WireGuard, or opens the tunnel that they are in.
HIDDEN = ('amneziawg-1', 'amneziawg-2', 'lwo', 'nested')
# A hidden message is new to the next pass, too, which does not know yet what comes after it.
OF_THE_FUTURE = {'wg.response_in', 'wg.cookie.reply_in', 'wg.companion', 'wg.analysis', 'wg.analysis.unanswered'}
# A packet that is late and one that is forged: without keys, the second fills the gap before the first.
FILLED_BY_A_FORGED_ONE = {'wg.analysis', 'wg.analysis.lost', 'wg.analysis.lost.expert'}


def rows(capture, **more):
    names = sorted(name for name in harness.known_fields() if name.startswith('wg.'))
    return {row[0]: dict(zip(names, row[1:]))
            for row in harness.fields(capture, 'frame.number', *names, two_pass=True, **more)}


def assert_same_rows(late, first, less=()):
    """All fields of all frames are the same; those in `less` may be missing."""
    assert set(late) == set(first)
    for frame in first:
        differing = {name for name, value in first[frame].items() if late[frame][name] != value}
        assert differing <= set(less), (frame, differing)
        assert all(not late[frame][name] for name in differing), (frame, differing)


def places_of(name):
    """Where its key log may be: in the middle, at the end, in two parts, spread in the wrong order."""
    blocks = log_of(name)
    whole = ''.join(blocks)
    return ({.5: whole}, {1: whole}, {.3: blocks[0], .6: whole},
            {i / len(blocks): block for i, block in enumerate(reversed(blocks))})


@pytest.mark.parametrize('name', sorted(LOGGED))
def test_anywhere(name):
    first = with_secrets(capture_of(name), {0: ''.join(log_of(name))})
    fields, said = rows(first), report(first, two_pass=True)
    for places in places_of(name):
        late = with_secrets(capture_of(name), places)
        assert not blamed(report(late), said), places
        assert_same_rows(rows(late), fields, OF_THE_FUTURE if name in HIDDEN else ())
        assert report(late, two_pass=True) == said, places


@pytest.mark.parametrize('name', HIDDEN)
def test_hidden_messages_are_found(name):
    """What the test above compares: without keys, many messages are not recognised at all."""
    late = first_and_last(name)[1]
    once, twice = (sum(len(types.split(',')) for types, in harness.fields(late, 'wg.type', filter='wg', **passes))
                   for passes in ({}, {'two_pass': True}))
    assert once < twice


@pytest.mark.parametrize('name,log,less', (
    ('gro-stun-last', 'keys', FILLED_BY_A_FORGED_ONE), ('hostile-forged-responses', 'keys', ()),
    ('index-taken-over', 'keys', ()), ('mixed-traffic', 'server2.keys', OF_THE_FUTURE), ('snaplen-first', 'keys', ())))
def test_what_others_send_between(name, log, less):
    """Forged messages, an index taken over, other traffic, cut copies."""
    whole = (harness.CAPTURES / ('%s.%s' % (name, log))).read_text()
    first, late = (with_secrets(capture_of(name), {place: whole}) for place in (0, 1))
    assert_same_rows(rows(late), rows(first), less)
    assert report(late, two_pass=True) == report(first, two_pass=True)


def test_out_of_order():
    """Data before its handshake, and both before their keys: the data is shown with its handshake."""
    log = (harness.CAPTURES / 'order-data-first.keys').read_text()
    late = with_secrets('order-data-first.pcapng', {1: log})
    opened, = harness.fields(late, 'wg.decryption.status', 'wg.session.initiation', 'wg.analysis.unknown_session',
                             filter='frame.number == 1', two_pass=True)
    assert opened == ['1', '2', '']
    assert not blamed(report(late, two_pass=True))


# ---- read filters ----

def read(filter):
    return {'arguments': ('-R', filter)}


def data_frames(capture):
    return harness.frames(capture, 'wg.type == 4', two_pass=True)


def test_a_read_filter_drops_others():
    """What a read filter drops was accounted for on the first pass, and the next one never sees it."""
    first, late = first_and_last('basic')
    filter = '!(frame.number in {%s})' % ','.join(map(str, data_frames(first)[2:9:3]))
    assert_same_rows(rows(late, **read(filter)), rows(first, **read(filter)))
    for capture in first, late:
        assert 'missing' not in harness.tshark(capture, '-q', '-z', 'wg,diagnose', '-R', filter, two_pass=True).stdout


def test_a_number_goes_to_other_traffic():
    """A dropped message before a packet that is not WireGuard: the packet with its number is another one."""
    whole = (harness.CAPTURES / 'mixed-traffic.server.keys').read_text()
    first, late = (with_secrets('mixed-traffic.pcapng', {place: whole}) for place in (0, 1))
    ours = set(harness.frames(late, 'wg', two_pass=True))
    dropped = next(frame for frame in data_frames(late) if frame + 1 not in ours)
    filter = '!(frame.number == %d)' % dropped
    assert_same_rows(rows(late, **read(filter)), rows(first, **read(filter)), OF_THE_FUTURE)


def test_only_what_is_wireguard():
    """-R wg drops what the first pass does not recognise. Nothing false is said of what is left."""
    for name in HIDDEN:
        first, late = first_and_last(name)
        said = report(first, two_pass=True)
        assert not blamed(harness.tshark(late, '-q', '-z', 'wg,diagnose', '-R', 'wg', two_pass=True).stdout, said)


# ---- in Wireshark's window ----

needs_sharkd = pytest.mark.skipif(not sharkd.is_here(), reason='sharkd is not here')
COLUMNS = ('wg.type', 'wg.decryption.status', 'wg.stream', 'wg.response_in')


def shown(listed):
    return [frame['c'] for frame in listed]


@needs_sharkd
@pytest.mark.parametrize('name', ('amneziawg-2', 'lwo', 'nested', 'basic'))
def test_after_all_packets_were_listed(name):
    """Once all packets had their turn, every look shows all of it, also what only the future told."""
    first, late = first_and_last(name)
    wanted, = sharkd.run([sharkd.load(first), sharkd.columns(*COLUMNS)])[1:]
    steps = [sharkd.load(late), sharkd.columns(*COLUMNS), sharkd.columns(*COLUMNS)]
    assert shown(sharkd.run(steps)[2]) == shown(wanted)


@needs_sharkd
def test_clicks_come_in_any_order():
    """A click on a packet before its turn shows what the first pass found, and spoils nothing."""
    first, late = first_and_last('lwo')
    wanted = shown(sharkd.run([sharkd.load(first), sharkd.columns(*COLUMNS)])[1])
    hidden = next(frame for frame in harness.frames(late, 'wg.envelope', two_pass=True) if frame > 3)
    clicks = [sharkd.frame(number) for number in (hidden, 1, hidden, 2, 1)]
    answers = sharkd.run([sharkd.load(late), *clicks, sharkd.columns(*COLUMNS), sharkd.columns(*COLUMNS),
                          sharkd.frame(hidden)])
    assert 'WireGuard' not in json.dumps(answers[1]) and 'WireGuard' not in json.dumps(answers[3])
    assert shown(answers[-2]) == wanted
    assert 'WireGuard' in json.dumps(answers[-1])


@needs_sharkd
def test_another_capture_starts_anew():
    """What is left of a capture that was not gone through does not touch the next one."""
    first, late = first_and_last('lwo')
    listed = [sharkd.columns(*COLUMNS)]
    wanted = shown(sharkd.run([sharkd.load(first), *listed])[1])
    answers = sharkd.run([sharkd.load(late), sharkd.frame(1), sharkd.frame(2), sharkd.load(first), *listed,
                          sharkd.load(late), *listed, *listed])
    assert shown(answers[4]) == wanted and shown(answers[7]) == wanted


@needs_sharkd
def test_keys_that_come_after_the_file():
    """The preference names a key log while the capture is open: a tunnel in the tunnel appears."""
    capture = capture_of('nested')
    log = harness.staged('nested.keys')
    wanted = shown(sharkd.run([sharkd.load(first_and_last('nested')[0]), sharkd.columns(*COLUMNS)])[1])
    listed = [sharkd.columns(*COLUMNS)] * 3
    answers = sharkd.run([sharkd.load(capture), sharkd.columns(*COLUMNS), sharkd.prefer('wg.keylog_file', log), *listed])
    assert shown(answers[1]) != wanted and shown(answers[-1]) == wanted
