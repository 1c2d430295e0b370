# situations.py
# What people meet with WireGuard, as small worlds: each is run, and captured at one or two places.
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""A situation is a function of a World that sets it up and runs it. It returns the nodes whose
configurations and key logs can be supplied. Which findings each must show is in situations.tsv.

    tests/sim/make NAME FOLDER      writes its captures, configurations and key logs"""
import pathlib

import situations_failing  # noqa: F401
import situations_inside  # noqa: F401
import situations_of_capture  # noqa: F401
import situations_of_families  # noqa: F401
from network import World
from pair import SITUATIONS


def simulate(name, folder):
    """Run a situation, and write its files: NAME.TAP.pcap, NAME.NODE.conf, NAME.NODE.keys."""
    folder = pathlib.Path(folder)
    world = World(name)
    nodes = SITUATIONS[name](world)
    for tap, capture in world.captures.items():
        capture.write(folder / ('%s.%s.pcap' % (name, tap)))
    for node in nodes:
        (folder / ('%s.%s.conf' % (name, node.name))).write_text(node.configuration())
        (folder / ('%s.%s.keys' % (name, node.name))).write_text('\n'.join(node.keylog))
