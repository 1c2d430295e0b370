# network.py
# Time, and the network between two hosts: an Internet with rules, and NATs.
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""A discrete-event world. Its only randomness comes from its name, which is the seed."""
import dataclasses
import heapq
import random

import ip_packets as packets

HOPS = 7        # routers of the Internet between any two public addresses
DELAY = 0.012   # seconds that they take, and up to 2 ms more


@dataclasses.dataclass
class Datagram:
    source: str
    sport: int
    destination: str
    dport: int
    payload: bytes
    ttl: int = 64
    tos: int = 0
    ident: int = 0

    def changed(self, **values):
        return dataclasses.replace(self, **values)

    def bytes(self):
        return packets.udp(self.source, self.sport, self.destination, self.dport, self.payload, ttl=self.ttl,
                           tos=self.tos, ident=self.ident)

    @property
    def kind(self):
        """Type of the WireGuard message."""
        return self.payload[0]


class World:
    def __init__(self, name):
        self.name, self.now, self.rng = name, 0.0, random.Random(name)
        self.events, self.count = [], 0
        self.hosts = {}     # public address -> node or NAT
        self.rules = []     # called with (datagram, time): 'drop', or an ICMP error (see icmp), or None
        self.captures = {}  # name of a tap -> Capture

    def capture(self, name='', linktype=packets.ETHERNET):
        return self.captures.setdefault(name, packets.Capture(linktype))

    # ---- time ----

    def at(self, time, call, *arguments):
        self.count += 1
        event = [time, self.count, call, arguments]
        heapq.heappush(self.events, event)
        return event

    def after(self, seconds, call, *arguments):
        return self.at(self.now + seconds, call, *arguments)

    @staticmethod
    def cancel(event):
        if event:
            event[2] = None

    def run(self, until):
        while self.events and self.events[0][0] <= until:
            self.now, _, call, arguments = heapq.heappop(self.events)
            if call:
                call(*arguments)
        self.now = until

    # ---- the Internet ----

    def drop(self, test):
        """test(datagram, time): these do not arrive."""
        self.rules.append(lambda d, t: 'drop' if test(d, t) else None)

    def damage(self, test):
        """test(datagram, time): their last byte is another one when they arrive."""
        self.rules.append(lambda d, t: 'damage' if test(d, t) else None)

    def refuse(self, test, kind, code, reporter=None, parameter=bytes(4)):
        """test(datagram, time): an ICMP error comes back instead."""
        self.rules.append(lambda d, t: (kind, code, reporter or d.destination, parameter) if test(d, t) else None)

    def forward(self, datagram):
        for rule in self.rules:
            verdict = rule(datagram, self.now)
            if verdict == 'drop':
                return
            if verdict == 'damage':
                payload = datagram.payload
                datagram = datagram.changed(payload=payload[:-1] + bytes([payload[-1] ^ 1]))
            elif verdict:
                kind, code, reporter, parameter = verdict
                error = packets.icmp_error(reporter, datagram.source, kind, code, datagram.bytes(), parameter, ttl=61)
                sender = self.hosts.get(datagram.source)
                if sender:
                    self.after(0.004, sender.error, error, datagram)
                return
        target = self.hosts.get(datagram.destination)
        if target:
            arrives = datagram.changed(ttl=datagram.ttl - HOPS)
            self.after(DELAY + self.rng.random() * 0.002, target.receive, arrives)


class Nat:
    """Endpoint-independent, keeps the port where it can, and forgets after `timeout` seconds."""

    def __init__(self, world, wan, timeout=None):
        self.world, self.wan, self.timeout = world, wan, timeout
        self.outside, self.inside, self.used, self.nodes = {}, {}, {}, {}
        self.taps = []
        world.hosts[wan] = self

    def port_of(self, address, port):
        end = (address, port)
        fresh = False
        if end in self.outside and self.timeout and self.world.now - self.used[end] > self.timeout:
            del self.inside[self.outside.pop(end)]
            fresh = True
        if end not in self.outside:
            chosen = port
            if fresh or port in self.inside:
                chosen = 40000 + self.world.rng.randrange(20000)
            self.outside[end] = chosen
            self.inside[chosen] = end
        self.used[end] = self.world.now
        return self.outside[end]

    def send(self, datagram):
        port = self.port_of(datagram.source, datagram.sport)
        sent = datagram.changed(ttl=datagram.ttl - 1, source=self.wan, sport=port)
        for capture in self.taps:
            capture.add(self.world.now, sent.bytes(), 'nat', 'isp')
        self.world.forward(sent)

    def receive(self, datagram):
        for capture in self.taps:
            capture.add(self.world.now, datagram.bytes(), 'isp', 'nat')
        end = self.inside.get(datagram.dport)
        if end is None or (self.timeout and self.world.now - self.used[end] > self.timeout):
            return
        self.used[end] = self.world.now
        self.nodes[end[0]].receive(datagram.changed(ttl=datagram.ttl - 1, destination=end[0], dport=end[1]))

    def error(self, message, quoted):
        for capture in self.taps:
            capture.add(self.world.now, message, 'isp', 'nat')
        end = self.inside.get(quoted.sport)
        if end is None:
            return
        inner = quoted.changed(source=end[0], sport=end[1])
        again = packets.icmp_error(packets.source_of(message), end[0], message[20], message[21], inner.bytes(),
                                   message[24:28], ttl=message[8] - 1)
        self.nodes[end[0]].error(again, inner)
