# test_severity.py
# Expert infos also count without a tree, so that the bulb in Wireshark's status bar shows them.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re

import pytest

import harness

CHAT, NOTE, WARN, ERROR = 0x200000, 0x400000, 0x600000, 0x800000


def highest(capture):
    """The highest severity of a pass that draws nothing and that no report listens to."""
    library = harness.BUILD / 'tests' / 'dissect' / 'severity.so'
    copy = harness.stage() / library.name
    copy.write_bytes(library.read_bytes())
    copy.chmod(0o644)
    out = harness.run([harness.TSHARK, '-r', harness.staged(capture)], env={'LD_PRELOAD': str(copy)})
    assert 'WireGuard' in out.stdout
    return int(re.search(r'^highest severity (0x[0-9a-f]+|0)$', out.stderr, re.MULTILINE).group(1), 0)


@pytest.mark.skipif(bool(harness.PRELOAD), reason='something else is preloaded')
@pytest.mark.parametrize('capture, severity', [
    ('wrong-length.pcap', ERROR),
    ('faults.pcap', WARN),
    ('lossy.pcapng', NOTE),
    ('psk-ipv6.pcapng', CHAT),
])
def test_without_a_tree(capture, severity):
    assert highest(capture) == severity
