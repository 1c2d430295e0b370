# cases.py
# What the benchmark runs, and the goals.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import dataclasses

import generate

CHEAP = ('-q', '-z', 'io,stat,0')  # the least that tshark can be asked for: no tree is built
FIELDS = ('-T', 'fields', '-e', 'frame.number', '-e', 'ip.src', '-e', 'wg.type', '-e', 'wg.receiver',
          '-e', 'wg.counter')
REPORTS = ('-z', 'wg,tree', '-z', 'wg,sessions', '-z', 'wg,audit', '-z', 'wg,diagnose', '-z', 'conv,wg',
           '-z', 'endpoints,wg')
INNER = 'ip.src == %s' % generate.INNER_CLIENT


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    what: str              # for people
    make: str              # function of generate.py
    unit: str              # of the sizes
    size: int
    counted: tuple         # two sizes whose difference in instructions is taken
    seen: str              # filter: the frames that both dissectors should find
    goal: float = None     # time, as a part of the built-in's
    arguments: tuple = CHEAP
    added: tuple = ()      # what only the plugin can be asked for, beside the arguments
    rounds: int = 5
    quick: int = 200       # the size with --quick


CASES = [
    Case('startup', 'an empty capture: what it costs to start', 'empty', 'run', 0, (0, 0), 'wg', rounds=15, quick=0),
    Case('small', '500,000 small data packets of one session, no keys', 'one_session', 'packet',
         500000, (2000, 12000), 'wg', 1.03),
    Case('million2', '2,000,000 data packets of one session, no keys', 'one_session', 'packet',
         2000000, (2000, 12000), 'wg', 1.05, rounds=3),
    Case('small-2', 'the same in two passes (`-2`), 200,000 of them', 'one_session', 'packet',
         200000, (2000, 12000), 'wg', 1.02, arguments=('-2', *CHEAP)),
    Case('filter', '200,000 small data packets, counted by the filter `wg`', 'one_session', 'packet',
         200000, (2000, 12000), 'wg', 1.02, arguments=('-q', '-z', 'io,stat,0,wg')),
    Case('reports', '500,000 small data packets, every report on; the built-in has none', 'one_session', 'packet',
         500000, (2000, 12000), 'wg', 1.15, added=REPORTS, rounds=3),
    Case('sessions', '200,000 sessions of five packets, no keys', 'sessions', 'session',
         200000, (400, 2400), 'wg', 1.05, rounds=3),
    Case('fields', 'five fields (`-T fields`) of 100,000 data packets', 'one_session', 'packet',
         100000, (1000, 6000), 'wg', 1.05, arguments=FIELDS),
    Case('details', 'all of 20,000 data packets as text (`-V`)', 'one_session', 'packet',
         20000, (500, 4500), 'wg', 1.1, arguments=('-V',)),
    Case('details-2', 'the same in two passes (`-2`)', 'one_session', 'packet',
         20000, (500, 4500), 'wg', 1.1, arguments=('-2', '-V')),
    Case('json', 'all of 10,000 data packets as JSON', 'one_session', 'packet',
         10000, (500, 2500), 'wg', 1.1, arguments=('-T', 'json')),
    Case('no-handshake', '200,000 data packets without handshake on an odd port', 'no_handshake', 'packet',
         200000, (2000, 12000), 'wg', 1.03),
    Case('decrypt', '10,000 full-size packets, decrypted with a key log', 'decrypt', 'packet',
         10000, (500, 2500), INNER, 1.0, rounds=25),
    Case('decrypt-2', 'the same in two passes (`-2`)', 'decrypt', 'packet',
         10000, (500, 2500), INNER, 1.0, arguments=('-2', *CHEAP)),
    Case('publickeys-none', '2,000 initiations of 500 clients; 10,000 public keys, none is the server\'s',
         'publickeys_none', 'message', 2000, (20, 220), 'wg.type == 1', 0.1, rounds=3, quick=20),
    Case('publickeys-one', '2,000 initiations of 500 clients; 10,000 public keys, one is the server\'s',
         'publickeys_one', 'message', 2000, (20, 220), 'wg.receiver_pubkey', 0.1, rounds=3, quick=20),
    Case('ephemerals', 'a key log of 10,000 handshakes, twenty of them captured', 'ephemerals', 'key',
         10000, (500, 1500), INNER, 0.25, rounds=3),
    Case('flood', '2,000 initiations from as many addresses, half of them made up; 10,000 public keys',
         'flood', 'message', 2000, (20, 220), 'wg.receiver_pubkey', 0.1, rounds=3, quick=20),
]
