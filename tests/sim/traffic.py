# traffic.py
# What runs inside the tunnel, beyond pings.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import struct

import ip_packets as packets

SYN, ACK, PUSH = 0x02, 0x10, 0x08


class Download:
    """A crude TCP transfer: a request, the answer in full segments, acknowledgements, retransmission of
    the first segment that is missing, each time after twice the wait."""

    def __init__(self, client, server, start, segments=6, size=1380, request=517):
        self.client, self.server, self.world = client, server, client.world
        self.segments, self.size, self.request = segments, size, request
        self.port, self.acked, self.got, self.stage, self.answered = 40000 + int(start), 0, 0, 'syn', False
        client.handlers.append(self.at_client)
        server.handlers.append(self.at_server)
        self.world.at(start, self.ask, SYN, b'', 'syn', 1.0)

    def mine(self, packet, sport, dport):
        return packet[0] >> 4 == 4 and packet[9] == 6 and struct.unpack('>HH', packet[20:24]) == (sport, dport)

    def ask(self, flags, data, stage, wait):
        if self.stage != stage:
            return
        seq, ack = (1000, 0) if stage == 'syn' else (1001, 9001 + self.got * self.size)
        self.client.send_inner(packets.tcp(self.client.inner, self.port, self.server.inner, 443, seq, ack, flags, data))
        if wait < 20:
            self.world.after(wait, self.ask, flags, data, stage, wait * 2)

    def answer(self, seq, ack, flags, data=b''):
        self.server.send_inner(packets.tcp(self.server.inner, 443, self.client.inner, self.port, seq, ack, flags, data))

    def at_server(self, packet):
        if not self.mine(packet, self.port, 443):
            return False
        ack, length = struct.unpack('>I', packet[28:32])[0], len(packet) - 40
        if packet[33] & SYN:
            self.answer(9000, 1001, SYN | ACK)
            return True
        if length > 0 and not self.answered:
            self.answered = True
            self.answer(9001, 1001 + length, ACK)
            for n in range(self.segments):
                self.segment(n, 0.3)
        if ack > 9001:
            self.acked = max(self.acked, (ack - 9001) // self.size)
        return True

    def segment(self, n, wait):
        if n < self.acked or wait > 20:
            return
        self.answer(9001 + n * self.size, 1001 + self.request, ACK, packets.noise('segment %d' % n, self.size))
        self.world.after(wait, lambda: self.segment(n, wait * 2) if n == self.acked else None)

    def at_client(self, packet):
        if not self.mine(packet, 443, self.port):
            return False
        seq, length = struct.unpack('>I', packet[24:28])[0], len(packet) - 40
        if packet[33] & SYN and self.stage == 'syn':
            self.stage = 'request'
            self.ask(PUSH | ACK, packets.noise('request', self.request), 'request', 0.6)
        elif self.stage == 'request' and not packet[33] & SYN:
            self.stage = 'data'
        if length > 0 and (seq - 9001) // self.size == self.got:
            self.got += 1
            self.client.send_inner(packets.tcp(self.client.inner, self.port, self.server.inner, 443,
                                               1001 + self.request, 9001 + self.got * self.size, ACK))
        return True
