#!/usr/bin/python3
# generate.py
# The captures, key logs and key tables that the benchmark runs on.
#
# Nothing is random: the same case and size give the same bytes. By hand:
#     tests/bench/generate.py small /tmp/folder 1000
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each function below `CASES` fills a folder for one case: capture.pcap, and, where the case has
keys, wg.keys (a key log) or wg_keys (the table of static keys, as a profile holds it)."""
import argparse
import base64
import functools
import ipaddress
import pathlib
import random
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'vectors'))
import reference  # noqa: E402

CLIENT, SERVER = ('198.51.100.7', 40000), ('192.0.2.1', 51820)
START = 1750000000 * 10**6  # microseconds since 1970
TAI64_OFFSET = 2**62 + 10
INNER_CLIENT, INNER_SERVER = '10.77.0.1', '10.77.0.2'
FULL_SIZE = 1420  # bytes of an inner packet; the usual MTU of a tunnel
KEYS = 10000  # what "many keys" means


def checksum(header):
    total = sum(struct.unpack('>10H', header))
    total = (total & 0xffff) + (total >> 16)
    return ~((total & 0xffff) + (total >> 16)) & 0xffff


def ipv4_udp(source, destination, length):
    """IPv4 and UDP headers for so many bytes of payload."""
    ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 28 + length, 0, 0x4000, 64, 17, 0,
                     ipaddress.IPv4Address(source[0]).packed, ipaddress.IPv4Address(destination[0]).packed)
    ip = ip[:10] + struct.pack('>H', checksum(ip)) + ip[12:]
    return ip + struct.pack('>HHHH', source[1], destination[1], 8 + length, 0)


@functools.lru_cache(maxsize=1 << 17)
def headers(source, destination, length):
    ethernet = bytes.fromhex('02000000000202000000000108 00')
    return ethernet + ipv4_udp(source, destination, length)


class Capture:
    """A pcap file that is written, with a clock and a source of noise."""

    def __init__(self, folder, name):
        self.file = open(folder / 'capture.pcap', 'wb', buffering=1 << 20)
        self.file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        self.random = random.Random(name)
        self.noise = self.random.randbytes(1 << 20)
        self.time = START

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def send(self, source, destination, message, wait=10):
        """One datagram, `wait` microseconds after the one before."""
        self.time += wait
        header = headers(source, destination, len(message))
        seconds, micros = divmod(self.time, 10**6)
        length = len(header) + len(message)
        self.file.write(struct.pack('<IIII', seconds, micros, length, length) + header + message)

    def index(self):
        return self.random.getrandbits(32)

    def some(self, length):
        start = self.random.randrange(len(self.noise) - length)
        return self.noise[start:start + length]

    # Messages that nobody has the keys of: noise in the right places.

    def initiation(self, sender, mac1_of=None):
        body = struct.pack('<II', 1, sender) + self.some(108)
        mac1 = self.some(16) if mac1_of is None else reference.mac(mac1_key(mac1_of), body)
        return body + mac1 + bytes(16)

    def response(self, sender, receiver):
        return struct.pack('<III', 2, sender, receiver) + self.some(64) + bytes(16)

    def data(self, receiver, counter, length):
        start = counter * 61 % (len(self.noise) - length)
        return struct.pack('<IIQ', 4, receiver, counter) + self.noise[start:start + length - 16]


@functools.lru_cache(maxsize=None)
def mac1_key(public):
    return reference.hash256(b'mac1----', public)


def client(number):
    return str(ipaddress.IPv4Address('10.0.0.0') + number), 20000 + number % 40000


# ---- Without keys --------------------------------------------------------------------------

def both_ways(capture, count, client_end, server_end, handshake, length):
    ours, theirs = capture.index(), capture.index()
    if handshake:
        capture.send(client_end, server_end, capture.initiation(ours))
        capture.send(server_end, client_end, capture.response(theirs, ours))
    for n in range(count):
        if n % 2 == 0:
            capture.send(client_end, server_end, capture.data(theirs, n // 2, length))
        else:
            capture.send(server_end, client_end, capture.data(ours, n // 2, length))


def one_session(folder, size):
    """A handshake and `size` data packets of 96 bytes."""
    with Capture(folder, 'one_session') as capture:
        both_ways(capture, size, CLIENT, SERVER, handshake=True, length=96)


def no_handshake(folder, size):
    """`size` data packets of a session whose handshake is missing, on ports that say nothing."""
    with Capture(folder, 'no_handshake') as capture:
        both_ways(capture, size, (CLIENT[0], 34567), (SERVER[0], 45678), handshake=False, length=96)


def sessions(folder, size):
    """`size` sessions of a handshake and three data packets, each client having ten of them."""
    clients = max(1, size // 10)
    with Capture(folder, 'sessions') as capture:
        for n in range(size):
            end, ours, theirs = client(n % clients), capture.index(), capture.index()
            capture.send(end, SERVER, capture.initiation(ours))
            capture.send(SERVER, end, capture.response(theirs, ours))
            capture.send(end, SERVER, capture.data(theirs, 0, 32))
            capture.send(SERVER, end, capture.data(ours, 0, 128))
            capture.send(end, SERVER, capture.data(theirs, 1, 128))


def empty(folder, size):
    """No packet at all."""
    with Capture(folder, 'empty'):
        pass


# ---- With keys -----------------------------------------------------------------------------

class Peers:
    """A client and a server that have each other's keys."""

    def __init__(self, source):
        self.client, self.server, self.psk = (source.randbytes(32) for _ in range(3))
        self.client_public, self.server_public = map(reference.public, (self.client, self.server))

    def block(self, ephemeral):
        """What the client's key log says of one handshake."""
        return ''.join('%s = %s\n' % (name, base64.b64encode(key).decode()) for name, key in (
            ('LOCAL_STATIC_PRIVATE_KEY', self.client), ('REMOTE_STATIC_PUBLIC_KEY', self.server_public),
            ('LOCAL_EPHEMERAL_PRIVATE_KEY', ephemeral), ('PRESHARED_KEY', self.psk)))

    def session(self, capture, ephemeral, count, length):
        """A handshake, and `count` inner packets of so many bytes from the client."""
        ours, theirs, responding = capture.index(), capture.index(), capture.random.randbytes(32)
        timestamp = struct.pack('>QI', TAI64_OFFSET + capture.time // 10**6, capture.time % 10**6 * 1000)
        initiation, state = reference.make_initiation(self.client, ephemeral, self.server_public, timestamp, ours)
        response, (key, _) = reference.make_response(state, responding, reference.public(ephemeral),
                                                     self.client_public, self.psk, theirs, ours)
        capture.send(CLIENT, SERVER, initiation)
        capture.send(SERVER, CLIENT, response)
        header = ipv4_udp((INNER_CLIENT, 40001), (INNER_SERVER, 40002), length - 28)
        padding = bytes(-length % 16)
        for n in range(count):
            inner = header + capture.some(length - 28) + padding
            capture.send(CLIENT, SERVER, reference.make_data(key, theirs, n, inner))


def decrypt(folder, size):
    """`size` full-size packets, with the key log of the one who sent them."""
    with Capture(folder, 'decrypt') as capture:
        peers, ephemeral = Peers(capture.random), capture.random.randbytes(32)
        (folder / 'wg.keys').write_text(peers.block(ephemeral))
        peers.session(capture, ephemeral, size, FULL_SIZE)


def ephemerals(folder, size):
    """A key log of `size` handshakes, of which the capture has the last twenty, each with five packets."""
    with Capture(folder, 'ephemerals') as capture:
        peers = Peers(capture.random)
        keys = [capture.random.randbytes(32) for _ in range(size)]
        (folder / 'wg.keys').write_text(''.join(map(peers.block, keys)))
        for key in keys[-20:]:
            peers.session(capture, key, 5, 112)


def static_keys(folder, source):
    """A table of public keys, as somebody has who looks after many peers."""
    publics = [source.randbytes(32) for _ in range(KEYS)]
    (folder / 'wg_keys').write_text(''.join(
        '"Public","%s"\n' % base64.b64encode(public).decode() for public in publics))
    return publics


def initiations(folder, name, size, known):
    """`size` initiations by a quarter as many clients to one server, of known or unknown key."""
    with Capture(folder, name) as capture:
        publics = static_keys(folder, capture.random)
        server = publics[KEYS // 2] if known else capture.random.randbytes(32)
        for n in range(size):
            capture.send(client(n % max(1, size // 4)), SERVER, capture.initiation(capture.index(), server), wait=10**4)


def publickeys_none(folder, size):
    """Many public keys, none of which is the server's."""
    initiations(folder, 'publickeys_none', size, known=False)


def publickeys_one(folder, size):
    """Many public keys, one of which is the server's."""
    initiations(folder, 'publickeys_one', size, known=True)


def flood(folder, size):
    """`size` initiations from as many addresses, made up or with the server's key, one in two."""
    with Capture(folder, 'flood') as capture:
        publics = static_keys(folder, capture.random)
        for n in range(size):
            capture.send(client(n), SERVER,
                         capture.initiation(capture.index(), publics[KEYS // 2] if n % 2 else None))


CASES = {function.__name__: function for function in (
    one_session, no_handshake, sessions, empty, decrypt, ephemerals, publickeys_none, publickeys_one, flood)}


def main():
    parser = argparse.ArgumentParser(description='Make the capture and the keys of one case of the benchmark.')
    parser.add_argument('what', choices=sorted(CASES))
    parser.add_argument('folder', type=pathlib.Path, help='is made; gets capture.pcap, wg.keys, wg_keys')
    parser.add_argument('size', type=int, help='packets, sessions, messages or keys, depending on the case')
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    CASES[arguments.what](arguments.folder, arguments.size)


if __name__ == '__main__':
    main()
