# test_fields.py
# Every field that we register is documented, drawn in a capture here, and can be filtered on.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import functools
import subprocess

import pytest

import harness

# Shown by which capture, with which keys. One row a field; a field without a row fails the test.
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
    'wrong-length.pcap': ('wg.incomplete', 'wg.trailer', 'wg.length.mismatch', 'wg.bad_packet_length'),
    'reserved.pcap': ('wg.reserved.nonzero',),
    'truncated.pcap': ('wg.truncated',),
    'psk-ipv6.pcapng': ('wg.keepalive',),
}
ROWS = [(capture, name) for capture, names in SHOWN_BY.items() for name in names]


@functools.lru_cache(maxsize=None)
def documented():
    """Field names of docs/fields.md."""
    lines = (harness.ROOT / 'docs' / 'fields.md').read_text().splitlines()
    return [line.split('`')[1] for line in lines if line.startswith('| `wg')]


@functools.lru_cache(maxsize=None)
def drawn(capture):
    """Names of all fields in the capture's PDML."""
    root = harness.pdml(capture, filter='wg', two_pass=True)
    return {field.get('name') for field in root.iter('field')}


def test_every_field_has_a_row():
    names = [name for _, name in ROWS]
    assert sorted(names) == sorted(documented())
    registered = {name for name in harness.known_fields() if name.startswith('wg.')}
    builtin = {name for name in harness.known_fields(plugin=False) if name.startswith('wg.')}
    assert registered - builtin == set(documented()) - builtin


def frames_by_filter(capture, filters, two_pass):
    """How many frames each filter selects, from one run of tshark."""
    table = harness.tshark(capture, '-q', '-z', ','.join(['io,stat', '0'] + filters), two_pass=two_pass).stdout
    cells = [cell.strip() for line in table.splitlines() if '<>' in line for cell in line.split('|')]
    numbers = [int(cell) for cell in cells[2:] if cell]
    assert len(numbers) == 2 * len(filters), table
    return dict(zip(filters, numbers[::2]))


@pytest.mark.parametrize('capture', SHOWN_BY)
def test_fields_are_drawn_and_filtered(capture):
    names = list(SHOWN_BY[capture])
    assert set(names) <= drawn(capture)
    total = harness.count(capture, 'wg')
    for two_pass in (False, True):
        found = frames_by_filter(capture, names + ['wg and !%s' % name for name in names], two_pass)
        for name in names:
            if name == 'wg.response_in' and not two_pass:
                continue  # what only the future knows
            assert found[name] > 0, name
            assert found[name] + found['wg and !%s' % name] == total, name


def test_reference_is_up_to_date():
    tool = harness.BUILD / 'docs' / 'fields-md'
    text = subprocess.run([tool], stdout=subprocess.PIPE, check=True, universal_newlines=True).stdout
    assert text == (harness.ROOT / 'docs' / 'fields.md').read_text(), 'run scripts/docs'
