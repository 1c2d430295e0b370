# decoys.py
# UDP traffic that is not WireGuard, much of it made to look like it: not-wireguard.pcap.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import struct

from packets import FIXED, noise


def number(label, below):
    return int.from_bytes(noise(label, 8), 'big') % below


def dns(transaction, recursion):
    """A query as resolvers send it; the transaction id as two bytes."""
    return transaction + struct.pack('>HHHHH', 0x0100 if recursion else 0, 1, 0, 0, 0) + \
        b'\x08resolver\x07example\0' + struct.pack('>HH', 1, 1)


def padded(data, length, fill=b'\0'):
    return (data + fill * length)[:length]


def dns_queries():
    for n in (1, 2, 3, 4):
        for order, transaction in (('big', bytes((0, n))), ('little', bytes((n, 0)))):
            for port in (53, 40053):
                for recursion in (True, False):
                    # 34 bytes: long enough to pass for a data message.
                    query = dns(transaction, recursion)
                    answer = transaction + (b'\x81\x80' if recursion else b'\x80\0') + query[4:]
                    yield ('dns id %d %s-endian%s' % (n, order, '' if recursion else ' non-recursive'),
                           32000 + n * 8 + (order == 'big') * 4 + (port == 53) * 2 + recursion, port,
                           [query, (answer,)])


def media():
    """STUN, RTP, QUIC."""
    binding = struct.pack('>HHI', 1, 0, 0x2112a442) + noise('stun', 12)
    mapped = struct.pack('>HHI', 0x0101, 12, 0x2112a442) + noise('stun', 12) + \
        struct.pack('>HHBBHI', 0x20, 8, 0, 1, 0x7a3b, 0xe1baa5c3)
    yield 'stun binding', 33001, 45010, [binding, (mapped,)]
    yield 'stun binding', 33002, 45011, [binding, (mapped,)]

    def rtp(i):
        return struct.pack('>BBHII', 0x80, 96, 1000 + i, 160 * i, 0xcafe0001) + noise('rtp %d' % i, 160)

    yield 'rtp', 33010, 45020, [rtp(i) for i in range(12)]
    yield 'rtp behind a channel number 4', 33011, 45021, [b'\4\0\0\0' + rtp(i) for i in range(24)]

    yield 'quic-like', 33020, 45030, \
        [b'\xc3\0\0\0\1\x08' + noise('quic dcid', 8) + b'\0\0' + noise('quic initial', 582)] + \
        [b'\x43' + noise('quic dcid', 8) + noise('quic %d' % i, 80 + 16 * i) for i in range(8)]


def random_bytes():
    for i in range(60):
        yield 'random', 34000 + i, 45100 + i, \
            [noise('random %d' % i, 1 + number('random length %d' % i, 400))]


def data_shapes():
    """What has the shape of transport data, and counters or receivers that no session has."""
    def shape(label, i, receiver, counter, length=96):
        return struct.pack('<IIQ', 4, receiver, counter) + noise('%s %d' % (label, i), length - 16)

    label = 'data shape, counters are random 64-bit numbers'
    random64 = [int.from_bytes(noise('counter %d' % i, 8), 'little') | 1 << 63 for i in range(40)]
    yield label, 33030, 45040, \
        [shape(label, i, 0x5eed0001, random64[i]) if i % 2 else (shape(label, i, 0x5eed0002, random64[i]),)
         for i in range(40)]
    label = 'data shape, another receiver each time'
    yield label, 33031, 45041, \
        [shape(label, i, int.from_bytes(noise('receiver %d' % i, 4), 'little'), i) for i in range(30)]
    label = 'data shape, the counter never moves'
    yield label, 33032, 45042, [shape(label, i, 0x5eed0003, 7) for i in range(30)]
    label = 'data shape, once'
    yield label, 33033, 45043, [shape(label, 0, 0x5eed0004, 0x1234)]


def texts():
    for n in (1, 2, 3, 4):
        text = b'{"op":"update","who":"player-%d","where":[12,40,7],"say":"hello there, everyone around"}' % n
        yield 'text behind a number', 33040 + n, 45050 + n, \
            [bytes((n, 0, 0, 0)) + text, (bytes((n, 0, 0, 0)) + b'{"op":"ok"}',),
             bytes((n, 0, 0, 0)) + padded(text, FIXED.get(n, 96) - 4, b' ')]


def games():
    def game(i, who, body, length):
        return struct.pack('<IIQ', 4, who, i) + padded(body, length - 16)

    state = [b'pos x=%04d y=%04d z=%04d hp=%03d' % (10 * i, 7 * i, 3, 100 - i) for i in range(24)]
    yield 'game, zero-padded state', 33050, 45060, \
        [game(i, 0x1001, struct.pack('<fff', i * .5, i * .25, 1), 64) for i in range(24)]
    yield 'game, ASCII state both ways', 33051, 45061, \
        [game(i // 2, 0x1001, state[i], 48) if i % 2 else (game(i // 2, 0x1002, state[i], 80),)
         for i in range(24)]
    yield 'game, short heartbeats', 33052, 45062, [game(i, 0x1003, b'', 32) for i in range(24)]


def records():
    def record(kind, mine, theirs, body):
        head = struct.pack('<II', kind, mine) + (b'' if theirs is None else struct.pack('<I', theirs))
        return padded(head + body, FIXED[kind])

    # The worst of them: the answer even names the index of the question.
    for i in range(4):
        yield 'fixed-size records', 33060 + i, 45070, \
            [record(1, 0x2000 + i, None, b'JOIN lobby-%d' % i),
             (record(2, 0x3000 + i, 0x2000 + i, b'WELCOME'),),
             (record(3, 0x2000 + i, None, b'TICKET'),)]


def decoys():
    """(label, client port, server port, payloads); a payload of a tuple goes the other way."""
    for kind in (dns_queries, media, random_bytes, data_shapes, texts, games, records):
        yield from kind()
