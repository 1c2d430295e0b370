# test_loads.py
# The module is loaded, and its dissector is used.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

import harness


LISTING = pytest.mark.skipif(bool(harness.PRELOAD), reason='with sanitizers, tshark -G plugins does not come back')


@LISTING
def test_tshark_lists_the_module():
    assert [path for name, path in harness.loaded_plugins() if name == 'wireguard.so'] == \
        [str(harness.stage() / 'with' / ('%d.%d' % harness.version()) / 'epan' / 'wireguard.so')]


@LISTING
def test_without_the_module_nothing_is_left_of_it():
    assert 'wireguard.so' not in [name for name, _ in harness.loaded_plugins(plugin=False)]
    assert harness.OUR_FIELD not in harness.known_fields(plugin=False)


def test_a_field_that_only_we_have_is_filled():
    assert harness.fields('basic.pcapng', harness.OUR_FIELD, filter='frame.number <= 2') == [['148'], ['92']]


def test_without_the_module_that_field_is_an_error():
    result = harness.tshark('basic.pcapng', '-T', 'fields', '-e', harness.OUR_FIELD, plugin=False, returncode=None)
    assert result.returncode != 0 and harness.OUR_FIELD in result.stderr


def test_the_harness_sees_complaints():
    """A guard that cannot fail guards nothing."""
    with pytest.raises(AssertionError):
        harness.run(['sh', '-c', 'echo "(tshark:1): GLib-CRITICAL **: assertion failed" >&2'])
    with pytest.raises(AssertionError):
        harness.run(['sh', '-c', 'exit 3'])
    with pytest.raises(AssertionError):
        harness.run(['sh', '-c', 'echo "[Dissector bug, protocol WireGuard]"'])
    assert harness.run(['sh', '-c', 'id -u']).stdout.strip() != '0'
