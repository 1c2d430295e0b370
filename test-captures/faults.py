# faults.py
# Tunnels that do not come up or do not stay up, each for one reason, and some that do: faults.pcap.
#
# Every scenario has a pair of hosts of its own, A (192.0.2.N, who initiates) and B (198.51.100.N), or
# the same in IPv6. The note of a frame is the scenario's name; what is to be found out about it is in
# tests/dissect/test_diagnose.py.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import struct

import packets
import verdicts
from packets import noise
from verdicts import SECOND

FULL_SIZE = 1420 - 1420 % 16  # bytes of an inner packet


class Pair(verdicts.Pair):
    def note(self, verdicts):
        return self.name

    def six(self):
        self.a, self.b = (('2001:db8::%d:%d' % (side, self.number), 51820) for side in (1, 2))

    def traffic(self, start, end, step=1.0, there=True, back=True, first=0, length=64):
        """Data each way, `step` seconds apart."""
        for n in range(round((end - start) / step)):
            if there:
                self.data(start + n * step, 'r', first + n, length=length)
            if back:
                self.data(start + n * step + 0.02, 'i', first + n, back=True, length=length)

    def send(self, at, payload, verdicts='-', back=False, source=None, destination=None):
        self.last = source or (self.b if back else self.a), destination or (self.a if back else self.b)
        super().send(at, payload, verdicts, back, source, destination)

    def error(self, at, kind, code, reporter=None, parameter=bytes(4)):
        """An ICMP error about the last datagram, to its sender."""
        (source, _), (target, _) = self.last
        quoted = self.capture.frames[-1][1][14:]
        headers = 48 if quoted[0] >> 4 == 6 else 28
        packet = packets.icmp(reporter or target, source, kind, code, parameter + quoted[:500])
        self.capture.add(packets.ether(packet), 'quoted', quoted[headers:500], self.name,
                         time=self.start + round(at * SECOND))


# ---- It does not come up ----

def port_unreachable(p):
    for n, at in enumerate((0, 5.1)):
        p.initiation(at, 'i%d' % n)
        p.error(at + 0.01, 3, 3)


def prohibited(p):
    p.six()
    p.initiation(0, 'i')
    p.error(0.01, 1, 1, reporter='2001:db8::ffff')


def unanswered(p):
    for n in range(4):
        p.initiation(5.1 * n, 'i%d' % n)


def only_cookies(p):
    for n in range(3):
        p.initiation(5.1 * n, 'i%d' % n, mac2=noise('mac2 %d' % n, 16) if n else verdicts.ZERO)
        p.cookie(5.1 * n + 0.01, 'i%d' % n)


def never_accepted(p, hops):
    p.hops = hops
    for n in range(3):
        p.initiation(5.1 * n, 'i%d' % n)
        p.response(5.1 * n + 0.01, 'r%d' % n, 'i%d' % n)


def not_accepted_beside_initiator(p):
    never_accepted(p, (64, 57))


def not_accepted_beside_responder(p):
    never_accepted(p, (57, 64))


def not_accepted_in_between(p):
    never_accepted(p, (60, 57))


def one_response(p):
    p.handshake()


# ---- It does not stay up ----

def lost_contact(p):
    p.handshake()
    p.traffic(1, 100, 9)
    for n in range(4):
        p.initiation(121 + 5.1 * n, 'j%d' % n)


def one_way(p):
    p.handshake()
    p.traffic(0.1, 20, back=False)


def fell_silent(p):
    p.handshake()
    p.traffic(0.1, 5)
    p.traffic(5.1, 25, back=False, first=5)


def counter_reset(p):
    p.handshake()
    p.traffic(0.1, 6)
    for n in range(3):
        p.data(7 + n, 'r', n, copy=1)


def too_big(p):
    p.handshake()
    p.traffic(0.1, 3)
    p.data(4, 'r', 3, length=FULL_SIZE)
    p.error(4.01, 3, 4, reporter='203.0.113.1', parameter=struct.pack('>HH', 0, 1400))


def too_big_six(p):
    p.six()
    p.handshake()
    p.traffic(0.1, 3)
    p.data(4, 'r', 3, length=FULL_SIZE)
    p.error(4.01, 2, 0, reporter='2001:db8::ffff', parameter=struct.pack('>I', 1280))


def lossy(p):
    p.handshake()
    for n in range(50):
        if n not in (7, 8, 30):
            p.data(0.1 + n / 10, 'r', n)
        p.data(0.15 + n / 10, 'i', n, back=True)


def size(p):
    p.handshake()
    for n in range(12):
        p.data(0.1 + n / 10, 'r', n, length=FULL_SIZE)
        if n % 3 == 0:
            p.data(0.15 + n / 10, 'i', n, back=True)


def outlived(p):
    p.handshake()
    p.traffic(1, 190, 9.5)


def overdue(p):
    p.handshake()
    p.traffic(1, 150, 9.5)


def cookie_ignored(p):
    p.initiation(0, 'i')
    p.cookie(0.01, 'i')
    p.initiation(5.1, 'j')
    p.response(5.11, 'r', 'j')
    p.data(5.2, 'r', 0)
    p.data(5.3, 'j', 0, back=True)


# ---- It works ----

def healthy(p):
    p.handshake()
    p.traffic(0.1, 5)


def idle(p):
    p.handshake()
    p.data(0.02, 'r', 0, length=0)


def mid_session(p):
    p.traffic(0.1, 5, first=100)


def one_sided(p):
    p.traffic(0.1, 20, first=100, back=False)


def one_sided_handshakes(p):
    """All that A sends, with a rekey; nothing of B was captured, which proves no loss of contact."""
    p.initiation(0, 'i')
    p.traffic(0.1, 100, 9, back=False)
    p.initiation(121, 'j')
    p.data(121.1, 's', 0)


def only_responses(p):
    """All that B sends, before any data."""
    p.response(0.01, 'r', 'i')


# ---- What else is to be said ----

def elsewhere(p):
    p.initiation(0, 'i')
    p.response(0.01, 'r', 'i', source=('203.0.113.77', 51820), destination=p.a)
    p.data(0.1, 'r', 0, destination=('203.0.113.77', 51820))
    p.data(0.2, 'i', 0, source=('203.0.113.77', 51820), destination=p.a)


def under_load(p):
    p.initiation(0, 'i')
    p.cookie(0.01, 'i')
    p.initiation(5.1, 'j', mac2=noise('a mac2', 16))
    p.response(5.11, 'r', 'j')
    p.data(5.2, 'r', 0)
    p.data(5.3, 'j', 0, back=True)


def retried(p):
    p.initiation(0, 'i')
    p.initiation(5.1, 'j')
    p.response(5.11, 'r', 'j')
    p.data(5.2, 'r', 0)
    p.data(5.3, 'j', 0, back=True)


def roamed(p):
    p.handshake()
    p.traffic(0.1, 3)
    other = ('203.0.113.9', 40000)
    p.data(4, 'r', 3, source=other)
    p.data(4.1, 'i', 3, back=True, destination=other)
    p.error(4.2, 3, 3)


def roamed_and_back(p):
    p.handshake()
    p.traffic(0.1, 3)
    p.data(4, 'r', 3, source=(p.a[0], 40000))
    p.data(5, 'r', 4)
    p.data(5.1, 'i', 3, back=True)


def both_roamed(p):
    p.handshake()
    p.traffic(0.1, 3)
    here, there = (p.a[0], 40000), (p.b[0], 40001)
    p.data(4, 'r', 3, source=here)
    p.data(5, 'i', 3, source=there, destination=here)


def both_initiate(p):
    verdicts.crossing(p)


def replayed(p):
    p.initiation(0, 'i')
    p.response(0.01, 'r', 'i')
    p.data(0.1, 'r', 0)
    p.data(0.2, 'i', 0, back=True)
    p.initiation(1, 'i')


def responder_first(p):
    p.handshake()
    p.data(0.02, 'i', 0, back=True)
    p.data(0.03, 'r', 0)


def duplicates(p):
    p.handshake()
    p.traffic(0.1, 3)
    p.data(3.5, 'r', 1)
    p.data(3.6, 'i', 2, back=True)


def fragments(p):
    p.handshake()
    p.traffic(0.1, 2)
    receiver = struct.pack('<I', p.index('r'))
    message = struct.pack('<I', 4) + receiver + struct.pack('<Q', 2) + noise('fragmented', FULL_SIZE + 16)
    datagram = packets.udp(*p.a, *p.b, message)
    for at in range(0, len(datagram), 1024):
        piece, last = datagram[at:at + 1024], at + 1024 >= len(datagram)
        packet = packets.ipv4(p.a[0], p.b[0], 17, piece, 0x1234, (0 if last else 0x2000) | at // 8)
        p.capture.add(packets.ether(packet), 'ok' if last else 'fragment', message if last else None, p.name,
                      time=p.start + 3 * SECOND)


# ---- What only keys show; the messages are recorded ones ----

def not_authentic(p):
    """With basic.client.keys: the fourth data message was changed on its way."""
    basic = packets.recorded('basic')
    for n, d in enumerate(basic):
        payload = d.payload if n != 5 else d.payload[:-1] + bytes((d.payload[-1] ^ 1,))
        p.send((d.time - basic[0].time) / SECOND, payload, back=d.source != basic[0].source)


def clock_backwards(p):
    """With unanswered.server.conf: the initiations carry ever earlier times."""
    for n, d in enumerate(reversed(packets.recorded('unanswered')[:3])):
        p.send(n * 30, d.payload)


SCENARIOS = (
    port_unreachable, prohibited, unanswered, only_cookies, not_accepted_beside_initiator,
    not_accepted_beside_responder, not_accepted_in_between, one_response, lost_contact, one_way, fell_silent,
    counter_reset, too_big, too_big_six, lossy, size, outlived, overdue, cookie_ignored, healthy, idle, mid_session,
    one_sided, one_sided_handshakes, only_responses, elsewhere, under_load, retried, roamed, roamed_and_back,
    both_roamed, both_initiate, replayed, responder_first, duplicates, fragments, not_authentic, clock_backwards)


def faults():
    capture = packets.Capture('faults.pcap')
    verdicts.Pair.count = 0
    for scenario in SCENARIOS:
        scenario(Pair(capture, scenario.__name__.replace('_', ' ')))
    return capture
