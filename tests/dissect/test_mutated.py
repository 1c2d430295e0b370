# test_mutated.py
# Captures that are damaged in every way: tshark does not complain on either pass, with keys, everything
# drawn and every report on.
#
# For more of them, with sanitizers, run scripts/check tshark; for any number, set WG_CASES=1000.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os

import pytest

import harness
import mutate

CASES = int(os.environ.get('WG_CASES', 12))


@pytest.mark.parametrize('number', range(CASES))
def test_damaged(number):
    case = mutate.make(number)
    print(case)
    mutate.look(case)


@pytest.mark.parametrize('name, numbers', [
    ('basic.pcapng', (1, 2, 3, 4)), ('psk-ipv6.pcapng', (3,)), ('cookie-both.pcapng', (6, 7, 9)), ('gso.pcapng', (20,)),
])
def test_cut_at_every_byte(name, numbers):
    case, count = mutate.cut_at_every_byte(name, numbers)
    found = mutate.look(case)
    assert count > 100 and min(found) > count * .9


def test_the_damage_is_of_every_kind():
    told = [mutate.make(number).what for number in range(24)]
    for kind in [kind.__name__ for kind in mutate.BY_HAND] + ['editcap']:
        assert any(kind in what for what in told), kind


def test_most_of_it_is_still_wireguard():
    """Or this would be a test of other dissectors."""
    assert sum(harness.count(mutate.make(number).path, 'wg', returncode=None, allow=mutate.EXPECTED) > 5
               for number in range(1, 10)) >= 6
