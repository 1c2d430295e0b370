# verdicts.py
# What the recorded captures lack: each thing that can be said of a session, once.
#
# Every scenario has a pair of endpoints of its own. The note of a frame names what the second pass
# is to say of it, as filter names without "wg.analysis."; "-" is nothing.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import struct

import packets
from packets import noise

SECOND = 1_000_000  # times are in microseconds
ZERO = bytes(16)


class Pair:
    """Two peers, A and B, and the messages between them. Contents are random but for what shows."""

    count = 0

    def __init__(self, capture, name, index_name=None):
        Pair.count += 1
        self.capture, self.name, self.number = capture, name, Pair.count
        self.index_name = index_name or name
        self.a, self.b = ('192.0.2.%d' % self.number, 51820), ('198.51.100.%d' % self.number, 51820)
        self.start = packets.START + self.number * 1000 * SECOND
        self.hops = (64, 64)  # left to what A sends, and to what B sends, where this is captured

    def index(self, label):
        return struct.unpack('<I', noise('%s index %s' % (self.index_name, label), 4))[0]

    def note(self, verdicts):
        return '%s: %s' % (self.name, verdicts)

    def send(self, at, payload, verdicts='-', back=False, source=None, destination=None):
        source = source or (self.b if back else self.a)
        destination = destination or (self.a if back else self.b)
        self.capture.datagram(*source, *destination, payload, 'ok', self.note(verdicts), hops=self.hops[back],
                              time=self.start + round(at * SECOND))

    def initiation(self, at, sender, verdicts='-', mac2=ZERO, **more):
        body = noise('%s initiation %s' % (self.name, sender), 32 + 48 + 28 + 16)
        self.send(at, struct.pack('<II', 1, self.index(sender)) + body + mac2, verdicts, **more)

    def response(self, at, sender, receiver, verdicts='-', mac2=ZERO, **more):
        body = noise('%s response %s' % (self.name, sender), 32 + 16 + 16)
        more.setdefault('back', True)
        self.send(at, struct.pack('<III', 2, self.index(sender), self.index(receiver)) + body + mac2, verdicts,
                  **more)

    def cookie(self, at, receiver, verdicts='under_load', **more):
        more.setdefault('back', True)
        self.send(at, struct.pack('<II', 3, self.index(receiver)) + noise('%s cookie' % self.name, 24 + 32),
                  verdicts, **more)

    def data(self, at, receiver, counter, verdicts='-', length=64, copy=0, **more):
        body = noise('%s data %s %d %d' % (self.name, receiver, counter, copy), length + 16)
        self.send(at, struct.pack('<IIQ', 4, self.index(receiver), counter) + body, verdicts, **more)

    def handshake(self, at=0.0):
        self.initiation(at, 'i')
        self.response(at + 0.01, 'r', 'i')


def crossing(p):
    p.initiation(0, 'i')
    p.initiation(0.001, 'j', back=True)
    p.response(0.02, 'r', 'i')
    p.response(0.021, 's', 'j', back=False)
    p.data(0.03, 'r', 0)
    p.data(0.04, 's', 0, back=True)
    p.data(0.05, 'i', 0, back=True)
    p.data(0.06, 'j', 0)


def one_sided(p):
    p.initiation(0, 'i', 'unanswered')
    p.data(0.1, 'r', 0, 'unknown_session')
    p.data(0.2, 'r', 1, 'unknown_session')
    p.data(0.3, 'r', 3, 'unknown_session,lost=1')


def replayed(p):
    p.initiation(0, 'i')
    p.response(0.01, 'r', 'i')
    p.initiation(0.5, 'i', 'replayed_handshake')
    p.response(0.6, 'r', 'i', 'replayed_handshake')
    p.data(0.7, 'r', 0)


def not_accepted(p):
    p.handshake()
    p.initiation(5.1, 'j', 'not_accepted,retry=2')
    p.response(5.11, 's', 'j')
    p.initiation(10.3, 'k', 'not_accepted,retry=3')
    p.response(10.31, 't', 'k')
    p.data(10.33, 't', 0)


def cookies(p):
    p.initiation(0, 'i')
    p.cookie(0.01, 'i')
    p.initiation(5.2, 'j', 'cookie_ignored,retry=2')
    p.cookie(5.21, 'j')
    p.initiation(10.4, 'k', 'retry=3', mac2=noise('a mac2', 16))
    p.response(10.41, 'r', 'k')
    p.cookie(10.42, 'r', back=False)
    p.initiation(15.5, 'l', 'retry=4', mac2=noise('another mac2', 16))
    p.response(15.51, 's', 'l', 'cookie_ignored')
    p.data(15.53, 's', 0)


def overdue(p):
    p.handshake()
    p.data(1, 'r', 0)
    p.data(2, 'i', 0, back=True)
    p.data(125, 'r', 1)
    p.data(130, 'r', 2)
    p.data(132, 'r', 3, 'rekey_overdue')
    p.data(179, 'i', 1, back=True)
    p.data(185, 'r', 4, 'expired')


def rekey(p):
    p.handshake()
    p.data(1, 'r', 0)
    p.data(119, 'r', 1)
    p.initiation(121, 'j', 'rekey')
    p.response(121.01, 's', 'j')
    p.data(121.02, 's', 0)
    p.data(121.03, 'i', 0, back=True)  # in flight under the old key
    p.data(150, 'r', 2)


def responder_first(p):
    p.handshake()
    p.data(0.02, 'i', 0, 'responder_first', back=True)
    p.data(0.03, 'i', 1, back=True)
    p.data(0.04, 'r', 0)


def counter_reset(p):
    p.handshake()
    for n in range(6):
        p.data(1 + n / 10, 'r', n)
    p.data(2, 'r', 0, 'counter_reset', copy=1)
    p.data(2.1, 'r', 1, 'counter_reset', copy=1)


def window(p):
    p.handshake()
    p.data(1, 'r', 0)
    p.data(1.1, 'r', 9000, 'lost=8997')
    p.data(1.15, 'r', 9001)  # the window follows what continues
    p.data(1.2, 'r', 5, 'outside_window')
    p.data(1.3, 'r', 9000 - 8129, 'outside_window,out_of_order')
    p.data(1.4, 'r', 9000 - 8127, 'out_of_order')


def late(p):
    p.handshake()
    p.data(1, 'r', 0)
    p.data(1.1, 'r', 5, 'lost=2')
    p.data(1.2, 'r', 2, 'out_of_order')
    p.data(1.3, 'r', 3, 'out_of_order')
    p.data(1.4, 'r', 5, 'duplicate')
    p.data(1.5, 'r', 6)


def beginning(p):
    p.handshake()
    p.data(1, 'r', 3, 'lost=2')
    p.data(1.1, 'r', 1, 'out_of_order')


def moves(p):
    p.handshake()
    other = (p.a[0], 40000)
    p.data(1, 'r', 0)
    p.data(1.1, 'i', 0, back=True)
    p.data(2, 'r', 1, 'roamed', source=other)
    p.data(2.1, 'i', 1, back=True)  # in flight to the old port
    p.data(2.2, 'i', 2, back=True, destination=other)
    p.data(2.3, 'r', 0, 'duplicate')  # an old packet again: nobody moved
    p.data(3, 'r', 2, 'roamed', source=('203.0.113.9', 40000))
    p.data(3.1, 'i', 3, 'roamed', source=(p.b[0], 4501), destination=('203.0.113.9', 40000))


def keepalives(p):
    p.handshake()
    p.data(0.02, 'r', 0, 'keepalive=1', length=0)
    p.data(1, 'r', 1)
    p.data(11, 'i', 0, 'keepalive=2', length=0, back=True)
    p.data(26, 'r', 2, 'keepalive=3', length=0)
    p.data(51, 'r', 3, 'keepalive=3', length=0)


def elsewhere(p):
    p.initiation(0, 'i')
    p.response(0.01, 'r', 'i', source=('203.0.113.77', 51820), destination=p.a)
    p.data(0.03, 'r', 0)


def reused_index(capture):
    """Two pairs of peers happen to use the same indices."""
    one, other = (Pair(capture, 'reused index, pair %d' % n, 'reused index') for n in (1, 2))
    other.start = one.start + 500_000
    for p in (one, other):
        p.handshake()
    for counter in range(3):
        for p in (one, other):
            p.data(1 + counter, 'r', counter)
            p.data(1.5 + counter, 'i', counter, back=True)


SCENARIOS = (crossing, one_sided, replayed, not_accepted, cookies, overdue, rekey, responder_first, counter_reset,
             window, late, beginning, moves, keepalives, elsewhere)


def verdicts():
    capture = packets.Capture('verdicts.pcap')
    Pair.count = 0
    for scenario in SCENARIOS:
        scenario(Pair(capture, scenario.__name__.replace('_', ' ')))
    reused_index(capture)
    return capture
