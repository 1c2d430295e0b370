# test_incomplete.py
# Keys that are missing, and messages that were not captured: nothing false follows from what is not there.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import sys

import pytest

import harness
from late_secrets import LOGGED, blamed, capture_of, log_of, report, with_secrets

sys.path.insert(0, str(harness.ROOT / 'tests/sim'))
import situations  # noqa: E402

PASSES = pytest.mark.parametrize('two_pass', (False, True), ids=('one-pass', 'two-pass'))
DECRYPTED = '1'


# ---- keys ----

@PASSES
@pytest.mark.parametrize('name', sorted(LOGGED))
def test_a_log_lacks_a_handshake(name, two_pass):
    """A log that begins later, or that lost a block, disproves no handshake."""
    blocks = log_of(name)
    whole = report(capture_of(name), keys='%s.%s' % (name, LOGGED[name]), two_pass=two_pass)
    for missing in range(len(blocks)):
        log = harness.scratch() / 'wg.keys'
        log.write_text(''.join(blocks[:missing] + blocks[missing + 1:]))
        log.chmod(0o644)
        said = report(capture_of(name), prefs=('wg.keylog_file:%s' % log,), two_pass=two_pass)
        assert not blamed(said, whole), (missing, said)


# ---- messages ----

def without(capture, filter):
    """The capture without the frames that the filter finds."""
    path = harness.scratch() / 'incomplete.pcapng'
    harness.tool('editcap', harness.staged(capture), path, *map(str, harness.frames(capture, filter)))
    path.chmod(0o644)
    return path


RESPONSE, COOKIE_REPLY = 'wg.type == 2', 'wg.type == 3'
FROM_INITIATOR = 'wg.type == 4 && wg.from_initiator == 1'
TO_INITIATOR = 'wg.type == 4 && wg.from_initiator == 0'


@PASSES
@pytest.mark.parametrize('missing', (
    (RESPONSE,), (RESPONSE, COOKIE_REPLY), (RESPONSE, FROM_INITIATOR), (RESPONSE, COOKIE_REPLY, FROM_INITIATOR),
    (RESPONSE, TO_INITIATOR), (RESPONSE, COOKIE_REPLY, TO_INITIATOR), (FROM_INITIATOR,)), ids=str)
def test_the_response_was_not_captured(missing, two_pass):
    """Its session's data shows that it came: the initiations were answered, and the tunnel is up."""
    said = report(without('cookie.pcapng', ' || '.join('(%s)' % part for part in missing)), two_pass=two_pass)
    assert not blamed(said), said
    assert 'no handshake response' not in said and 'got no answer' not in said and 'nothing else' not in said


def test_no_data_shows_no_response():
    """The other way round: without any of its session's data, the tries were not answered."""
    said = report(without('cookie.pcapng', '%s || %s || wg.type == 4' % (RESPONSE, COOKIE_REPLY)))
    assert 'No answer' in said
    said = report(without('cookie.pcapng', '%s || wg.type == 4' % RESPONSE))
    assert 'no handshake response' in said


# ---- simulated ----

def simulated(name, place):
    """A situation's capture, and its folder."""
    folder = harness.scratch()
    situations.simulate(name, folder)
    for path in folder.iterdir():
        path.chmod(0o644)
    return folder / ('%s.%s.pcap' % (name, place)), folder


def test_the_response_after_a_mended_key_was_not_captured():
    """Earlier responses have another preshared key; the data shows that it was mended."""
    capture, folder = simulated('psk_mended', 'c')
    log = 'wg.keylog_file:%s' % (folder / 'psk_mended.client.keys')
    opened = set(harness.frames(capture, 'wg.type == 2 && wg.decryption.status == %s' % DECRYPTED, prefs=(log,)))
    shut = set(harness.frames(capture, RESPONSE)) - opened
    assert opened and shut
    path = harness.scratch() / 'incomplete.pcapng'
    harness.tool('editcap', harness.staged(capture), path, *map(str, sorted(opened)))
    path.chmod(0o644)
    assert 'Preshared keys differ' not in report(path, prefs=(log,))


def test_a_clock_is_compared_with_late_secrets():
    """With -2, the timestamps of initiations are compared although the keys come at the end of the file."""
    capture, folder = simulated('rebooted', 's')
    log = (folder / 'rebooted.client.keys').read_text()
    first, last = with_secrets(capture, {0: log}), with_secrets(capture, {1: log})
    assert harness.count(first, 'wg.analysis.clock_backwards', two_pass=True) > 0
    assert report(last, two_pass=True) == report(first, two_pass=True)
    assert 'Clock set back' in report(last, two_pass=True)
