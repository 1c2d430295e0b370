# families.py
# The rules of WireGuard's implementations, as the simulated peers follow them.
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""The same rules as wg_families in plugin/core/wire/timers.c, with what only a sender needs; a test
compares the two. Times are seconds."""
import dataclasses

REKEY_AFTER, REJECT_AFTER, REKEY_TIMEOUT, KEEPALIVE = 120.0, 180.0, 5.0, 10.0
NEW_HANDSHAKE = KEEPALIVE + REKEY_TIMEOUT


@dataclasses.dataclass(frozen=True)
class Family:
    name: str
    rekey_after: float = REKEY_AFTER
    keepalives_rekey: bool = True      # an initiator that sends keepalives only rekeys, too
    passive: str = 'always'            # keepalive in answer to data: always, sometimes, never
    starts_over: str = 'unanswered'    # after: unanswered data, what was received last ('received'), never
    answers_outside: bool = True       # data outside AllowedIPs gets a passive keepalive
    responder_confirms: bool = False   # its responder sends a keepalive once a session is confirmed
    gives_up: bool = True              # after 90 s without an answer
    stays_silent: bool = False         # and then even a persistent keepalive does not begin again
    counts_own_only: bool = False      # a persistent keepalive counts from what it sent itself last
    padding: int = 16
    counting: bool = False             # indices count up
    base: int = 10                     # of its timestamps
    full_time: bool = False            # timestamps have all nanoseconds
    handshake_tos: int = 0
    tick: float = 0.0                  # it looks at its timers this often
    jitter: float = 1 / 3
    lateness: float = 0.0


FAMILIES = {family.name: family for family in (
    Family('Linux', handshake_tos=0x88),
    Family('wireguard-go'),
    Family('WireGuardNT', lateness=0.32),
    Family('FreeBSD', answers_outside=False, responder_confirms=True),
    Family('OpenBSD', answers_outside=False, responder_confirms=True),
    Family('boringtun', keepalives_rekey=False, passive='sometimes', starts_over='received', stays_silent=True,
           counts_own_only=True, padding=1, counting=True, base=37, full_time=True, tick=0.25, jitter=0.0),
    Family('NepTUN', rekey_after=REJECT_AFTER, keepalives_rekey=False, counts_own_only=True, padding=1, counting=True, base=37,
           full_time=True, tick=0.25, jitter=0.0),
    Family('ESP32 (lwIP)', passive='never', starts_over='never', gives_up=False, answers_outside=False,
           counts_own_only=True, tick=0.4, jitter=0.0),
)}
SHORT = {'linux': 'Linux', 'go': 'wireguard-go', 'nt': 'WireGuardNT', 'freebsd': 'FreeBSD', 'openbsd': 'OpenBSD',
         'boringtun': 'boringtun', 'neptun': 'NepTUN', 'esp32': 'ESP32 (lwIP)'}


def family(name):
    return FAMILIES[SHORT.get(name, name)]
