# seeds_sources.py
# The captures that seeds are made of, and keys for them.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import base64
import pathlib
import sys

CAPTURES = pathlib.Path(__file__).resolve().parent.parent.parent / 'test-captures'
sys.path.insert(0, str(CAPTURES))
import packets  # noqa: E402, F401

RECORDED = ('basic', 'cookie', 'cookie-both', 'client-id', 'gso', 'psk-ipv6', 'mixed-traffic', 'roaming')
LONGEST = 4100  # bytes of a seed
KEYS = [base64.b64encode(bytes(range(n, n + 32))).decode() for n in (0, 50, 100)]
