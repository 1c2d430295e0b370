# test_fields.py
# Every field that we register is documented, drawn in a capture here, and can be filtered on.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import functools
import subprocess

import pytest

import harness

# The capture that shows a field, and its keys. One row for each field; a field without a row fails the test.
SHOWN_BY = {
    'basic.pcapng': (
        'wg.type', 'wg.reserved', 'wg.sender', 'wg.receiver', 'wg.ephemeral', 'wg.encrypted_static',
        'wg.encrypted_timestamp', 'wg.encrypted_empty', 'wg.mac1', 'wg.mac2', 'wg.counter',
        'wg.encrypted_packet', 'wg.length', 'wg.length.expected', 'wg.length.fixed', 'wg.reserved.zero',
        'wg.mac2.zero', 'wg.data.length', 'wg.visible.count', 'wg.visible.type', 'wg.visible.mac2_zero',
        'wg.visible.fixed_length', 'wg.visible.ephemeral', 'wg.stream', 'wg.response_in',
        'wg.response_to', 'wg.mac2.is_zero'),
    'cookie.pcapng': ('wg.nonce', 'wg.encrypted_cookie', 'wg.mac2.is_set'),
    'gso.pcapng': ('wg.gso.messages',),
    'verdicts.pcap': (
        'wg.from_initiator', 'wg.session.initiation', 'wg.session.response', 'wg.session.age', 'wg.response_time',
        'wg.initiation.attempt', 'wg.initiation.retry_of', 'wg.rekey_of', 'wg.keepalive.kind',
        'wg.analysis', 'wg.analysis.lost', 'wg.analysis.duplicate_of', 'wg.analysis.previous_endpoint',
        'wg.analysis.lost.expert', 'wg.analysis.duplicate_of.expert', 'wg.analysis.out_of_order',
        'wg.analysis.outside_window', 'wg.analysis.counter_reset', 'wg.analysis.roamed', 'wg.analysis.expired',
        'wg.analysis.rekey_overdue', 'wg.analysis.unanswered', 'wg.analysis.unknown_session',
        'wg.analysis.replayed_handshake', 'wg.analysis.not_accepted', 'wg.analysis.responder_first',
        'wg.analysis.under_load', 'wg.analysis.cookie_ignored'),
    'wrong-length.pcap': ('wg.incomplete', 'wg.trailer', 'wg.length.mismatch', 'wg.bad_packet_length'),
    'reserved.pcap': ('wg.reserved.nonzero',),
    'truncated.pcap': ('wg.truncated',),
    'psk-ipv6.pcapng': ('wg.keepalive',),
    'any-nat.pcap': ('wg.analysis.captured_twice',),
    'outside-allowed-ips.pcap': ('wg.analysis.starts_over',),
    'client-id.pcapng': ('wg.client_id', 'wg.envelope', 'wg.envelope.by'),
    'udp-over-tcp.pcapng': ('wg.carrier',),
}
# The same, with all key logs of the capture.
SHOWN_WITH_KEYS_BY = {
    'basic.pcapng': (
        'wg.ephemeral.known_privkey', 'wg.static', 'wg.static.known_pubkey', 'wg.static.known_privkey',
        'wg.timestamp.value', 'wg.timestamp.tai64_label', 'wg.timestamp.nanoseconds', 'wg.timestamp.clock',
        'wg.clock_skew', 'wg.handshake_ok', 'wg.receiver_pubkey', 'wg.receiver_pubkey.known_privkey',
        'wg.decryption.status', 'wg.mac1.status', 'wg.mac2.status', 'wg.peer', 'wg.sender.peer',
        'wg.receiver.peer', 'wg.inner.length', 'wg.inner.padding'),
    'cookie-both.pcapng': ('wg.cookie', 'wg.cookie.for', 'wg.cookie.reply_in'),
    'amneziawg-1.pcapng': ('wg.envelope.prefix', 'wg.envelope.header'),
}
# Known on the second pass only.
FUTURE = ('wg.response_in', 'wg.cookie.reply_in', 'wg.analysis.unanswered')
# Nothing that a capture could hold shows these.
NOT_SHOWN = {
    'wg.decryption_error': 'needs an altered message: test_keys.py makes one',
    'wg.analysis.clock_backwards': 'needs keys made for it: test_analysis.py makes them',
    'wg.inner.kind': 'the same: test_envelopes.py',
    'wg.envelope.trailer': 'needs a configuration: test_envelopes.py',
    'wg.companion': 'in frames that are not WireGuard: test_envelopes.py',
    'wg.disco.sender': 'the same',
    'wg.rosenpass.type': 'the same',
    'wg.carrier.length': 'also in frames whose message ends in another one: test_envelopes.py',
    'wg.inner.not_allowed': 'needs a configuration: test_wire_cases.py supplies it',
    'wg.decryption_unsupported': 'needs a machine in FIPS mode',
}
ROWS = [(capture, name) for table in (SHOWN_BY, SHOWN_WITH_KEYS_BY)
        for capture, names in table.items() for name in names]


@functools.lru_cache(maxsize=None)
def documented():
    """Field names of docs/fields.md."""
    lines = (harness.ROOT / 'docs' / 'fields.md').read_text().splitlines()
    return [line.split('`')[1] for line in lines if line.startswith('| `wg')]


@functools.lru_cache(maxsize=None)
def drawn(capture, keys):
    """Names of all fields in the capture's PDML."""
    root = harness.pdml(capture, filter='wg', two_pass=True, keys=keys)
    return {field.get('name') for field in root.iter('field')}


def test_every_field_has_a_row():
    names = [name for _, name in ROWS] + list(NOT_SHOWN)
    assert sorted(names) == sorted(documented())
    registered = {name for name in harness.known_fields() if name.startswith('wg.')}
    builtin = {name for name in harness.known_fields(plugin=False) if name.startswith('wg.')}
    assert registered - builtin == set(documented()) - builtin


def frames_by_filter(capture, filters, two_pass, keys):
    """How many frames each filter selects, from one run of tshark."""
    table = harness.tshark(capture, '-q', '-z', ','.join(['io,stat', '0'] + filters), two_pass=two_pass,
                           keys=keys).stdout
    cells = [cell.strip() for line in table.splitlines() if '<>' in line for cell in line.split('|')]
    numbers = [int(cell) for cell in cells[2:] if cell]
    assert len(numbers) == 2 * len(filters), table
    return dict(zip(filters, numbers[::2]))


def all_keys(capture):
    return tuple(sorted(path.name for path in harness.CAPTURES.glob(capture.split('.')[0] + '.*.keys')))


@pytest.mark.parametrize('capture,names,keys', [(c, names, ()) for c, names in SHOWN_BY.items()] + [
    (c, names, all_keys(c)) for c, names in SHOWN_WITH_KEYS_BY.items()])
def test_fields_are_drawn_and_filtered(capture, names, keys):
    names = list(names)
    assert set(names) <= drawn(capture, keys)
    total = harness.count(capture, 'wg', keys=keys)
    for two_pass in (False, True):
        found = frames_by_filter(capture, names + ['wg and !%s' % name for name in names], two_pass, keys)
        for name in names:
            if name in FUTURE and not two_pass:
                continue  # what only the future knows
            assert found[name] > 0, name
            assert found[name] + found['wg and !%s' % name] == total, name


def test_reference_is_up_to_date():
    tool = harness.BUILD / 'docs' / 'fields-md'
    text = subprocess.run([tool], stdout=subprocess.PIPE, check=True, universal_newlines=True).stdout
    assert text == (harness.ROOT / 'docs' / 'fields.md').read_text(), 'run scripts/docs'


def test_expert_summaries_fit_their_column():
    """What a summary cannot say in a line, the documentation says."""
    text = (harness.ROOT / 'docs' / 'fields.md').read_text()
    summaries = [line.split(' | ')[3].rstrip(' |') for line in text[text.index('## Expert infos'):].splitlines()
                 if line.startswith('| `wg')]
    assert len(summaries) > 25
    assert [summary for summary in summaries if len(summary) > 70 or summary.endswith('.')] == []
