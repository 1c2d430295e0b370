# conftest.py
# Fixtures for every test.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import pytest

import harness


def pytest_report_header(config):
    return ['tshark: %s, module: %s' % (harness.version_line(), harness.MODULE)]


@pytest.fixture(scope='session')
def root():
    """The top folder of the repository."""
    return harness.ROOT
