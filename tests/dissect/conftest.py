# conftest.py
# Before every test that runs tshark, make sure that the plugin is loaded.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

import harness


@pytest.fixture(scope='session', autouse=True)
def the_plugin_answers():
    """Wireshark's built-in dissector uses the same names, so first prove that the plugin answers."""
    harness.prove_plugin_answers()
