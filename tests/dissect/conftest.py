# conftest.py
# The guard against the false green, in front of every test that runs tshark.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

import harness


@pytest.fixture(scope='session', autouse=True)
def the_plugin_answers():
    """Wireshark's built-in dissector answers to the same names; so prove first who is asked."""
    harness.prove_plugin_answers()
