# families.py
# The rules of WireGuard's implementations, as the simulated peers follow them.
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/reports.md has a table of them, made by scripts/docs. Times are seconds, and those of the protocol are the
same as in include/wg/timers.h; a test compares."""
import dataclasses

REKEY_AFTER, REJECT_AFTER, REKEY_TIMEOUT, KEEPALIVE = 120.0, 180.0, 5.0, 10.0
REKEY_ATTEMPT = 90.0
NEW_HANDSHAKE = KEEPALIVE + REKEY_TIMEOUT


@dataclasses.dataclass(frozen=True)
class Family:
    name: str
    source: str                        # what was read, and at which commit
    rekey_after: float = REKEY_AFTER
    keepalives_rekey: bool = True      # an initiator that sends keepalives only rekeys, too
    passive: str = 'always'            # keepalive in answer to data: always, sometimes, never
    starts_over: str = 'unanswered'    # after: unanswered data, what was received last ('received'), never
    answers_outside: bool = True       # data outside AllowedIPs gets a passive keepalive
    responder_confirms: bool = False   # its responder sends a keepalive once a session is confirmed
    gives_up: bool = True              # after REKEY_ATTEMPT without an answer
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
    Family('Linux', 'drivers/net/wireguard of Linux 6.1: send.c, receive.c, timers.c, noise.c',
           handshake_tos=0x88),
    Family('wireguard-go', 'wireguard-go f333402: device/timers.go, send.go, receive.go'),
    Family('WireGuardNT', 'wireguard-nt 6a7e4dc: driver/timers.c, send.c; its reading of AllowedIPs was not '
           "looked at, and Linux's is assumed",
           lateness=0.32),
    Family('FreeBSD', 'wireguard-freebsd 20584d1: src/if_wg.c',
           answers_outside=False, responder_confirms=True),
    Family('OpenBSD', 'sys/net/if_wg.c 1.47: wg_encap, wg_decap, wg_deliver_in, wg_timers_*; its wg_noise.c was '
           "not read, and FreeBSD's is assumed",
           answers_outside=False, responder_confirms=True),
    Family('boringtun', 'boringtun 253f7af: noise/timers.rs, noise/handshake.rs, noise/session.rs',
           keepalives_rekey=False, passive='sometimes', starts_over='received', stays_silent=True,
           counts_own_only=True, padding=1, counting=True, base=37, full_time=True, tick=0.25, jitter=0.0),
    Family('NepTUN', 'NepTUN a45a31d: neptun/src/noise/timers.rs, handshake.rs',
           rekey_after=REJECT_AFTER, keepalives_rekey=False, counts_own_only=True, padding=1, counting=True,
           base=37, full_time=True, tick=0.25, jitter=0.0),
    Family('ESP32 (lwIP)', 'esp_wireguard 9217c5b: src/wireguardif.c, wireguard-platform.c',
           passive='never', starts_over='never', gives_up=False, answers_outside=False, counts_own_only=True,
           tick=0.4, jitter=0.0),
)}
SHORT = {'linux': 'Linux', 'go': 'wireguard-go', 'nt': 'WireGuardNT', 'freebsd': 'FreeBSD', 'openbsd': 'OpenBSD',
         'boringtun': 'boringtun', 'neptun': 'NepTUN', 'esp32': 'ESP32 (lwIP)'}


def family(name):
    return FAMILIES[SHORT.get(name, name)]
