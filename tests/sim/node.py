# node.py
# A host that speaks WireGuard, with real cryptography and the timers of its family.
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sources: the WireGuard paper, sections 5.4 and 6; the implementations named in families.py."""
import base64
import copy
import hashlib
import ipaddress
import pathlib
import struct
import sys

from cryptography.exceptions import InvalidTag

import families
import ip_packets as packets
from network import Datagram, World

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / 'vectors'))
import reference  # noqa: E402

NEVER = -1e9
MAX_TRIES = 18
COOKIE_USED = 115.0
LINUX_STEP = 1 << 24  # its timestamps are cut to this many nanoseconds


def b64(key):
    return base64.b64encode(key).decode()


def private_key(label):
    key = bytearray(hashlib.sha256(b'tests/sim ' + label.encode()).digest())
    key[0] &= 248
    key[31] = key[31] & 127 | 64
    return bytes(key)


class Keypair:
    """Transport keys of one session, as one side has them."""

    def __init__(self, send, receive, remote, local, initiator, born):
        self.send, self.receive, self.remote, self.local = send, receive, remote, local
        self.initiator, self.born, self.counter, self.seen = initiator, born, 0, set()


class Peer:
    def __init__(self, node, name, public, allowed, endpoint=None, psk=None, keepalive=0):
        self.node, self.name, self.public, self.endpoint = node, name, public, endpoint
        self.configured_endpoint = endpoint
        self.allowed = [ipaddress.ip_network(a) for a in allowed]
        self.psk, self.keepalive = psk or bytes(32), keepalive
        self.timers = dict.fromkeys(('retry', 'passive', 'new', 'persistent'))
        self.forget()
        self.cookie, self.cookie_time, self.mac1 = None, NEVER, None

    def forget(self):
        for name in self.timers:
            self.disarm(name)
        self.current = self.previous = self.next = None
        self.handshake = None       # (index, ephemeral, state) of an initiation without answer
        self.last_handshake, self.tries, self.staged = NEVER, 0, []
        self.latest, self.last_initiation = b'', NEVER
        self.rekeyed_late = self.more_data = self.gave_up = False
        self.received_time = self.sent_data_time = NEVER

    def arm(self, name, seconds, call):
        self.disarm(name)
        tick = self.node.family.tick
        if tick:
            seconds = -(-seconds // tick) * tick
        self.timers[name] = self.node.world.after(seconds, self._fire, name, call)

    def _fire(self, name, call):
        self.timers[name] = None
        call()

    def disarm(self, name):
        World.cancel(self.timers[name])
        self.timers[name] = None


class Node:
    """key: the label of its private key, its name unless it shares one. clock: seconds that its clock is
    off. gateway: the NAT that it is behind."""

    def __init__(self, world, name, address, port=51820, inner='10.66.0.1', family='linux', gateway=None, clock=0.0,
                 key=None):
        self.world, self.name, self.address, self.port, self.inner = world, name, address, port, inner
        self.family, self.gateway, self.clock = families.family(family), gateway, clock
        self.private = private_key(key or name)
        self.public = reference.public(self.private)
        self.peers, self.indices, self.taps, self.keylog = [], {}, [], []
        self.handlers = []        # called with an inner packet; True: it was for them
        self.inner_filter = None  # returns whether an inner packet passes the host's firewall
        self.forwards = False     # inner packets for others go back into the tunnel
        self.deaf = self.mute = self.under_load = False
        self.answers_from = None  # another address of its own
        self.rekeys = True
        self.ident = world.rng.randrange(60000)
        self.secret = world.rng.randbytes(32)
        self.last_index = (world.rng.randrange(1 << 23)) << 8
        if gateway:
            gateway.nodes[address] = self
        else:
            world.hosts[address] = self

    def peer(self, other, allowed, public=None, **more):
        peer = Peer(self, other.name, public or other.public, allowed, **more)
        self.peers.append(peer)
        if peer.keepalive and peer.endpoint:
            self.world.after(0.0, self.send_keepalive, peer)
        return peer

    # ---- outside ----

    def emit(self, payload, to, tos=0):
        if to is None or self.mute:
            return
        self.ident += 1
        datagram = Datagram(self.answers_from or self.address, self.port, to[0], to[1], payload, 64, tos, self.ident)
        for capture in self.taps:
            capture.add(self.world.now, datagram.bytes(), self.name, 'gateway', outgoing=True)
        (self.gateway.send if self.gateway else self.world.forward)(datagram)

    def receive(self, datagram):
        for capture in self.taps:
            capture.add(self.world.now, datagram.bytes(), 'gateway', self.name)
        message = datagram.payload
        if self.deaf or datagram.dport != self.port or len(message) < 32 or message[1:4] != bytes(3):
            return
        handler = {(1, 148): self.on_initiation, (2, 92): self.on_response, (3, 64): self.on_cookie}
        if message[0] == 4:
            self.on_data(datagram, message)
        elif (message[0], len(message)) in handler:
            handler[message[0], len(message)](datagram, message)

    def error(self, message, quoted):
        for capture in self.taps:
            capture.add(self.world.now, message, 'gateway', self.name)

    def beside(self, packet, back=False):
        """Traffic of the host that is not in the tunnel."""
        for capture in self.taps:
            ends = ('gateway', self.name) if back else (self.name, 'gateway')
            capture.add(self.world.now, packet, *ends, outgoing=not back)

    # ---- inside ----

    def route(self, address):
        address = ipaddress.ip_address(address)
        fits = [(network.prefixlen, n) for n, peer in enumerate(self.peers) for network in peer.allowed
                if network.version == address.version and address in network]
        return self.peers[max(fits)[1]] if fits else None

    def send_inner(self, packet):
        peer = self.route(packets.destination_of(packet))
        if peer is None:
            return
        peer.staged.append(packet)
        del peer.staged[:-128]
        peer.gave_up = False
        self.send_staged(peer)

    def send_staged(self, peer):
        pair, now = peer.current, self.world.now
        if pair is None or now - pair.born >= families.REJECT_AFTER:
            self.begin(peer)
            return
        staged, peer.staged = peer.staged, []
        for packet in staged:
            plain = packet
            if len(packet) <= 1420 - (-len(packet) % self.family.padding):
                plain += bytes(-len(packet) % self.family.padding)
            self.any_sent(peer)
            self.emit(reference.make_data(pair.send, pair.remote, pair.counter, plain), peer.endpoint)
            pair.counter += 1
            if packet:
                self.data_sent(peer)
        calls = any(staged) or (staged and self.family.keepalives_rekey)
        if calls and pair.initiator and now - pair.born >= self.family.rekey_after and self.rekeys:
            if self.family.tick:
                self.world.after(self.family.tick, self.begin, peer)
            else:
                self.begin(peer)

    def send_keepalive(self, peer):
        if peer.gave_up and self.family.stays_silent:
            return
        if not peer.staged:
            peer.staged.append(b'')
        self.send_staged(peer)

    def ping(self, to, start, count, every=1.0, size=56, source=None):
        ident = self.world.rng.randrange(65536)
        for n in range(count):
            self.world.at(start + n * every, lambda n=n: self.send_inner(
                packets.echo(source or self.inner, to, False, ident, n + 1, size)))

    def push(self, to, start, count, every=1.0, size=40):
        """Data that nobody answers, as of a sensor or a log."""
        for n in range(count):
            self.world.at(start + n * every, lambda: self.send_inner(
                packets.udp(self.inner, 5140, to, 5140, packets.noise('push', size))))

    # ---- timers ----

    def jitter(self):
        late = self.world.rng.random() * self.family.lateness
        return self.world.rng.random() * self.family.jitter + late

    def any_sent(self, peer):
        peer.disarm('passive')
        if peer.keepalive:
            peer.arm('persistent', peer.keepalive, lambda: self.send_keepalive(peer))

    def any_received(self, peer):
        peer.received_time = self.world.now
        peer.disarm('new')
        if peer.keepalive and not self.family.counts_own_only:
            peer.arm('persistent', peer.keepalive, lambda: self.send_keepalive(peer))

    def data_sent(self, peer):
        peer.sent_data_time = self.world.now
        if self.family.starts_over == 'never' or peer.timers['new'] is not None:
            return
        since = 0.0
        if self.family.starts_over == 'received' and peer.received_time != NEVER:
            since = self.world.now - peer.received_time
        wait = max(self.family.tick, families.NEW_HANDSHAKE - since)
        peer.arm('new', wait + self.jitter(), lambda: self.begin(peer))

    def data_received(self, peer):
        if self.family.passive == 'never':
            return
        if peer.timers['passive'] is None:
            peer.arm('passive', families.KEEPALIVE + self.world.rng.random() * self.family.lateness,
                     lambda: self.passive(peer))
        else:
            peer.more_data = True

    def passive(self, peer):
        # boringtun skips it where its own data was later than the other's, which is a matter of ticks.
        if self.family.passive == 'sometimes' and self.world.rng.random() < 0.5:
            return
        self.send_keepalive(peer)
        if peer.more_data:
            peer.more_data = False
            peer.arm('passive', families.KEEPALIVE, lambda: self.passive(peer))

    def retry(self, peer):
        if peer.tries >= MAX_TRIES and self.family.gives_up:
            peer.disarm('passive')
            peer.staged.clear()
            peer.gave_up = True
            return
        peer.tries += 1
        self.begin(peer, retry=True)

    # ---- handshakes ----

    def begin(self, peer, retry=False):
        if not retry:
            peer.tries = 0
        if self.world.now - peer.last_handshake < families.REKEY_TIMEOUT - 1e-9 or peer.endpoint is None:
            return
        peer.last_handshake = self.world.now
        ephemeral, index = self.world.rng.randbytes(32), self.new_index()
        cookie = peer.cookie if self.world.now - peer.cookie_time < COOKIE_USED else None
        if peer.handshake:
            self.indices.pop(peer.handshake[0], None)
        message, state = reference.make_initiation(self.private, ephemeral, peer.public, self.timestamp(), index,
                                                   cookie)
        peer.handshake = (index, ephemeral, state)
        self.indices[index] = (peer, None)
        peer.mac1 = reference.mac1_of(message)
        self.log(peer, ephemeral)
        self.any_sent(peer)
        self.emit(message, peer.endpoint, self.family.handshake_tos)
        peer.arm('retry', families.REKEY_TIMEOUT + self.jitter(), lambda: self.retry(peer))

    def timestamp(self):
        time = packets.START + self.world.now + self.clock
        seconds = int(time)
        nanoseconds = int((time - seconds) * 1e9)
        if not self.family.full_time:
            nanoseconds &= ~(LINUX_STEP - 1)
        return struct.pack('>QI', (1 << 62) + self.family.base + seconds, nanoseconds)

    def new_index(self):
        if self.family.counting:
            self.last_index = self.last_index & ~0xff | (self.last_index + 1) & 0xff
            return self.last_index
        while True:
            index = self.world.rng.getrandbits(32)
            if index not in self.indices:
                return index

    def log(self, peer, ephemeral):
        self.keylog.append('LOCAL_STATIC_PRIVATE_KEY = %s\nREMOTE_STATIC_PUBLIC_KEY = %s\n'
                           'LOCAL_EPHEMERAL_PRIVATE_KEY = %s\nPRESHARED_KEY = %s\n'
                           % (b64(self.private), b64(peer.public), b64(ephemeral), b64(peer.psk)))

    def mac1_is_right(self, message):
        return reference.mac(reference.hash256(b'mac1----', self.public), message[:-32]) == message[-32:-16]

    def lets_in(self, datagram, message):
        """Under load, only who has a cookie; the others get one."""
        if not self.under_load:
            return True
        address = ipaddress.ip_address(datagram.source).packed
        cookie = reference.mac(self.secret, address + struct.pack('>H', datagram.sport))
        if message[-16:] == reference.mac(cookie, message[:-16]):
            return True
        sender = struct.unpack('<I', message[4:8])[0]
        reply = reference.make_cookie_reply(self.public, message, sender, self.world.rng.randbytes(24), cookie)
        self.emit(reply, (datagram.source, datagram.sport))
        return False

    def on_initiation(self, datagram, message):
        if not self.mac1_is_right(message) or not self.lets_in(datagram, message):
            return
        try:
            static, timestamp, state = reference.read_initiation(self.private, message)
        except (InvalidTag, ValueError):
            return
        peer = next((p for p in self.peers if p.public == static), None)
        if peer is None or timestamp <= peer.latest or self.world.now - peer.last_initiation < 0.02:
            return
        peer.latest, peer.last_initiation = timestamp, self.world.now
        peer.endpoint = (datagram.source, datagram.sport)
        peer.last_handshake = self.world.now
        self.respond(peer, message, static, state)

    def respond(self, peer, message, static, state):
        ephemeral, index = self.world.rng.randbytes(32), self.new_index()
        remote = struct.unpack('<I', message[4:8])[0]
        response, (theirs, ours) = reference.make_response(state, ephemeral, message[8:40], static, peer.psk, index,
                                                           remote)
        peer.mac1 = reference.mac1_of(response)
        self.log(peer, ephemeral)
        if peer.next:
            self.indices.pop(peer.next.local, None)
        if peer.handshake:
            self.indices.pop(peer.handshake[0], None)
            peer.handshake = None
        peer.next = Keypair(ours, theirs, remote, index, False, self.world.now)
        self.indices[index] = (peer, peer.next)
        self.any_sent(peer)
        self.emit(response, peer.endpoint, self.family.handshake_tos)

    def on_response(self, datagram, message):
        found = self.indices.get(struct.unpack('<I', message[8:12])[0])
        if not self.mac1_is_right(message) or not found or found[1] is not None or not found[0].handshake:
            return
        peer = found[0]
        index, ephemeral, state = peer.handshake
        try:
            ours, theirs = reference.read_response(copy.copy(state), ephemeral, self.private, peer.psk, message)
        except (InvalidTag, ValueError):
            return
        peer.endpoint = (datagram.source, datagram.sport)
        peer.handshake = None
        pair = Keypair(ours, theirs, struct.unpack('<I', message[4:8])[0], index, True, self.world.now)
        peer.previous, peer.next = (peer.next or peer.current), None
        peer.current = pair
        self.indices[index] = (peer, pair)
        self.any_received(peer)
        self.established(peer)
        self.send_keepalive(peer)

    def established(self, peer):
        peer.disarm('retry')
        peer.tries, peer.rekeyed_late, peer.gave_up = 0, False, False

    def on_cookie(self, datagram, message):
        found = self.indices.get(struct.unpack('<I', message[4:8])[0])
        if not found:
            return
        peer = found[0]
        try:
            peer.cookie = reference.xopen(reference.hash256(b'cookie--', peer.public), message[8:32], message[32:],
                                          peer.mac1)
        except InvalidTag:
            return
        peer.cookie_time = self.world.now

    # ---- data ----

    def on_data(self, datagram, message):
        found = self.indices.get(struct.unpack('<I', message[4:8])[0])
        if not found or found[1] is None:
            return
        peer, pair = found
        counter = struct.unpack('<Q', message[8:16])[0]
        if self.world.now - pair.born >= families.REJECT_AFTER or counter in pair.seen:
            return
        try:
            plain = reference.read_data(pair.receive, message)
        except InvalidTag:
            return
        packet = packets.without_padding(plain) if plain else b''
        allowed = not plain or self.route(packets.source_of(packet)) is peer
        if not allowed and not self.family.answers_outside:
            return
        pair.seen.add(counter)
        peer.endpoint = (datagram.source, datagram.sport)
        if pair is peer.next:
            self.confirm(peer, pair)
        self.rekey_on_receiving(peer)
        self.any_received(peer)
        if not plain:
            return
        self.data_received(peer)
        if allowed:
            self.deliver(packet)

    def confirm(self, peer, pair):
        peer.previous, peer.current, peer.next = peer.current, pair, None
        self.established(peer)
        if peer.staged:
            self.send_staged(peer)
        elif self.family.responder_confirms:
            self.send_keepalive(peer)

    def rekey_on_receiving(self, peer):
        pair = peer.current
        late = families.REJECT_AFTER - families.KEEPALIVE - families.REKEY_TIMEOUT
        if pair and pair.initiator and self.world.now - pair.born >= late and not peer.rekeyed_late and self.rekeys:
            peer.rekeyed_late = True
            self.begin(peer)

    def deliver(self, packet):
        if self.inner_filter and not self.inner_filter(packet):
            return
        if any(handler(packet) for handler in self.handlers):
            return
        if packets.destination_of(packet) != self.inner:
            if self.forwards:
                self.send_inner(packet)
            return
        if packet[0] >> 4 == 4 and packet[9] == 1 and packet[20] == 8:
            ident, sequence = struct.unpack('>HH', packet[24:28])
            answer = packets.echo(self.inner, packets.source_of(packet), True, ident, sequence, len(packet) - 28)
            self.world.after(0.0003, self.send_inner, answer)

    # ---- life ----

    def restart(self, clock=None):
        """Everything forgotten, as by a reboot."""
        for peer in self.peers:
            endpoint = peer.configured_endpoint
            peer.forget()
            peer.endpoint = endpoint
            if peer.keepalive and peer.endpoint:
                self.world.after(1.0, self.send_keepalive, peer)
        self.indices.clear()
        if clock is not None:
            self.clock = clock

    def configuration(self):
        lines = ['[Interface]', '# Name = %s' % self.name, 'PrivateKey = %s' % b64(self.private),
                 'Address = %s/24' % self.inner, 'ListenPort = %d' % self.port]
        for peer in self.peers:
            lines += ['', '[Peer]', '# Name = %s' % peer.name, 'PublicKey = %s' % b64(peer.public),
                      'AllowedIPs = %s' % ', '.join(map(str, peer.allowed))]
            if peer.psk != bytes(32):
                lines.append('PresharedKey = %s' % b64(peer.psk))
            if peer.configured_endpoint:
                lines.append('Endpoint = %s:%d' % peer.configured_endpoint)
            if peer.keepalive:
                lines.append('PersistentKeepalive = %d' % peer.keepalive)
        return '\n'.join(lines) + '\n'
