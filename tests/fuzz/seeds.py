#!/usr/bin/python3
# seeds.py
# Writes the first inputs of each fuzz target: the contents of test-captures, in the form that the target
# reads, and sequences that make sessions.
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""Into tests/fuzz/corpus, or another folder that is named. Only files named seed-* are written and
removed; what a fuzzer found stands beside them.

seeds.py --simulated FOLDER CORPUS makes inputs of the captures that tests/sim/make wrote into FOLDER."""
import base64
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
CAPTURES = HERE.parent.parent / 'test-captures'
sys.path.insert(0, str(CAPTURES))
import packets  # noqa: E402

RECORDED = ('basic', 'cookie', 'cookie-both', 'client-id', 'gso', 'psk-ipv6', 'mixed-traffic', 'roaming')
LONGEST = 4100  # bytes of a seed


# ---- fuzz_wire: length on the wire, how, datagram ------------------------------------------

def wire():
    kinds = {}
    for name in RECORDED:
        for datagram in packets.recorded(name):
            payload = datagram.payload
            if payload and len(payload) <= LONGEST and len(kinds) < 30:
                kinds.setdefault((payload[0] & 7, len(payload)), payload)
    for (kind, length), payload in sorted(kinds.items()):
        yield 'type%d-%d' % (kind, length), b'\0\0\1' + payload
    first = kinds[1, 148]
    yield 'cut-short', struct.pack('<HB', 148, 2) + first[:100]
    yield 'too-long', b'\0\0\1' + first + b'more'
    yield 'reserved', b'\0\0\1' + first[:1] + b'\1\2\3' + first[4:]
    yield 'offload-uncaptured', struct.pack('<HB', 1440, 4) + kinds[4, 96][:60]


# ---- fuzz_envelope: settings, then datagrams ------------------------------------------------

def envelope():
    """What AmneziaWG's and LWO's captures hold, under settings that fit the first."""
    prefixes, headers = (86, 43, 0, 0), (1148925113, 612038227, 1790046291, 87431209)
    settings = b''.join(struct.pack('<BIB', prefix, header, 0) for prefix, header in zip(prefixes, headers))
    server = base64.b64decode('tvfrnK8XcVKmxqnvNkhXYJko+s7CAvbIpG7PgrTuCho=')
    lwo = base64.b64decode('hnTcxEyFnDjbPc0g9U3O0/wHp9fpYl3S/t89RZTl0WI=')
    for name, key, most in (('amneziawg-1', server, 9), ('lwo', lwo, 8)):
        datagrams = b''
        for datagram in list(packets.recorded(name))[:40]:
            payload = datagram.payload
            if payload and len(payload) < 512 and most > 0:
                most -= 1
                up = datagram.destination in ('192.0.2.61', '192.0.2.66')
                size = len(payload)
                datagrams += struct.pack('<BB', (not up) | 2 | (8 if size > 255 else 0), size & 255) + payload
        for how in (0, 1, 4, 8):
            yield '%s-%d' % (name, how), bytes([how]) + key + bytes(32) + settings + (b'\x32' if how & 4 else b'') + datagrams


# ---- The texts: how it is cut, then the text -----------------------------------------------

KEYS = [base64.b64encode(bytes(range(n, n + 32))).decode() for n in (0, 50, 100)]


def keylog():
    for path in sorted(CAPTURES.glob('*.keys')):
        text = path.read_bytes()
        if text and path.name.startswith(('basic', 'cookie-both', 'client-id', 'rekey')):
            yield path.stem, b'\x10' + text[:1500]
    names = ('LOCAL_STATIC_PRIVATE_KEY', 'REMOTE_STATIC_PUBLIC_KEY', 'LOCAL_EPHEMERAL_PRIVATE_KEY', 'PRESHARED_KEY',
             'PRE_SHARED_KEY')
    yield 'every-name', b'\7' + ''.join('%s = %s\n' % (name, KEYS[0]) for name in names).encode()
    yield 'crlf-bom', b'\7\xef\xbb\xbf' + ''.join('%s=%s\r\n' % (name, KEYS[1]) for name in names).encode()
    yield 'transport', ('\3' + '0x1a2b3c4d %s\n0x1a2b3c4d %s\n0xffffffff %s' % tuple(KEYS)).encode()
    yield 'blocks', ('\x20New handshake session:\n  LOCAL_EPHEMERAL_PRIVATE_KEY = %s\n# a comment\n\n'
                     'PRESHARED_KEY = %s\nNew handshake session:\nLOCAL_EPHEMERAL_PRIVATE_KEY = %s' %
                     tuple(KEYS)).encode()
    yield 'bad-lines', b'\1' + b'\n'.join([b'LOCAL_STATIC_PRIVATE_KEY = x', b'what is this', b'0x1 =', b'a\0b',
                                           b'PRESHARED_KEY' + b' ' * 1100 + b'=', b'= =', b'0xfffffffff ' +
                                           KEYS[0].encode()] * 3)
    yield 'one-key', KEYS[2].encode()


def config():
    for path in sorted(CAPTURES.glob('*.conf')):
        if path.name.startswith(('basic', 'cookie', 'client-id.server', 'mid-session-leak', 'mixed', 'psk')):
            yield path.stem, b'\x20' + path.read_bytes()[:2500]
    peer = '[Peer]\n# Name = alice\nPublicKey=%s\nAllowedIPs = 10.0.0.1/32, ::/0\nAllowedIPs=10.0.0.2\n' % KEYS[0]
    yield 'names', ('\x05# Name: bob\n[peer] # carol\nPUBLICKEY = %s # dave\nEndpoint = [2001:db8::1]:51820\n' %
                    KEYS[1] + peer).encode()
    yield 'order', ('\x05[Peer]\nPresharedKey = %s\nPublicKey = %s\n[Interface]\nPrivateKey=%s\n' %
                    tuple(KEYS)).encode() + peer.encode()
    yield 'utf8', '\x01[Interface]\n# \u00fcber \u202e\n[Peer]\n#\u00e9\u00e8\x80\nPublicKey = '.encode() + \
        KEYS[0].encode() + b' # \xff\xfe\x00\n'
    yield 'dump', ('\x07wg0\t%s\t%s\t51820\toff\nwg0\t%s\t(none)\t192.0.2.1:1\t10.0.0.1/32,::/0\t1\t2\t3\toff\n' %
                   (KEYS[0], KEYS[1], KEYS[1])).encode()
    amnezia = 'Jc = 4\nJmin = 40\nJmax = 70\nS1 = 15\nS2=30\nS3 = 8\nS4 = 16\nH1 = 5\nH2 = 10-20\nH3 = 30\nH4 = 40\n' \
        'I1 = <b 0x00ff><r 4><t>\nI2 = <b 0xd0a1><rc 2><rd 3><t><b 0xFF>\nI5 = <c>\nContentPaddingAddition = 3\n' \
        'RandomTrailers = on\nDisableCookies = 1\nHeaderProtectionKey = %s\n' % KEYS[1]
    yield 'amnezia', ('\x10[Interface]\nPrivateKey = %s\n' % KEYS[0] + amnezia + peer).encode()
    yield 'amnezia-bad', ('\x10[Interface]\nPrivateKey = %s\n' % KEYS[0] + amnezia.replace('= 4', '= 400').replace(
        '0x00ff', '00ff').replace('-20', '-2') + 'I3 = <r 5000>\nI4 = <b 0x00\nH1 = 5\nJmin = 90\n' + peer).encode()
    yield 'amnezia-none', ('\x10' + amnezia + '[Interface]\n' + amnezia).encode()
    yield 'crlf', b'\x03' + peer.replace('\n', '\r\n').encode()


# ---- fuzz_keyfile: which part of a long file, then changes ---------------------------------

APPEND, REWRITE, REPLACE, SAME_SIZE, REMOVE, REWIND = 0, 1, 2, 3, 4, 0x80


def change(how, content=b''):
    return bytes([how]) + (struct.pack('<H', len(content)) + content if how < 0x80 else b'')


def keyfile():
    line = b'a line of a key log, which is long enough to be more than what is compared of its end\n'
    yield 'grows', b'\1' + b''.join(change(APPEND, line * n) for n in (1, 1, 3, 0, 2))
    yield 'rewritten', b'\1' + change(APPEND, line * 3) + change(SAME_SIZE, b'\1' * 9) + change(REPLACE, line * 3) + \
        change(REWRITE | 8 << 3, line * 5) + change(REWRITE, line)
    yield 'comes-and-goes', b'\0' + change(REMOVE) + change(APPEND, line) + change(REMOVE) + change(APPEND, line) + \
        change(REWIND) + change(REMOVE) + change(REWIND)
    for length in (0, 300, 4095, 4096, 5000):
        yield 'pipe-%d' % length, b'\2' + struct.pack('<H', length) + (line * 60)[:length]
    for part in (0, 1):
        yield 'long-%d' % part, bytes([part]) + change(APPEND, line * 5) * 10 + change(APPEND, line) * 3 + \
            change(REWIND) + change(REPLACE, line)


# ---- fuzz_keystore: keys of a kind, one or hundreds ----------------------------------------

def keystore():
    public, private, psk, transport, ephemeral, linked, named, peer = range(8)
    many, again, keep, clear = 8 << 3, 0x80, 0xfe, 0xff
    for kind in (public, psk, transport, ephemeral, linked):
        yield 'full-%d' % kind, bytes([named, peer, private] + [kind | many] * 5 + [kind, kind | again])
    yield 'seen-again', bytes([public, psk] + [public | many, psk | many] * 2 + [public | again, psk | again] * 2 +
                              [public | many, psk | many] * 3 + [public | again, psk | again])
    yield 'kept', bytes([public | many] * 4 + [psk | many] * 4 + [keep] + [public, psk, named, peer, private] * 3)
    yield 'peers', bytes([peer | 5 << 3] * 4 + [psk | many] * 5 + [peer, clear, peer])
    yield 'pairs', bytes([linked] * 20 + [linked | 3 << 3, linked | again, linked | 6 << 3, ephemeral, linked])
    yield 'statics-without-end', bytes([public | many] * 12 + [linked | many])


# ---- fuzz_counters: when the handshake turns up, then steps --------------------------------

def counters():
    yield 'in-order', bytes([1]) + bytes([33]) * 200
    yield 'late-handshake', bytes([10]) + bytes([40] * 20 + [10] * 20)
    yield 'duplicates', bytes([1]) + bytes([33, 32, 33, 31] * 50)
    yield 'jumps', bytes([0]) + bytes([33, 191, 192, 195, 200, 203, 33, 225, 31, 232] * 20)
    yield 'window-edge', bytes([2]) + bytes([194, 192, 195, 192, 196, 193, 197, 192, 198] * 10)
    yield 'far', bytes([1]) + b''.join(b'\xf0' + struct.pack('<Q', 1 << n) for n in range(0, 64, 3))


# ---- fuzz_noise: vector, keys given, replaced, how, then cookie and edits ------------------

def noise():
    cookie = b'\1\0\0'
    for vector in range(4):
        yield 'all-keys-%d' % vector, bytes([vector, 0xff, 0, 1]) + cookie
    for name, given in (('initiator', 0x25), ('responder', 0x50), ('static-only', 0x10), ('no-static', 0x24),
                        ('nothing', 0), ('keys-alone', 0x8d)):
        for vector in (0, 2):
            yield '%s-%d' % (name, vector), bytes([vector, given, 0, 1]) + cookie
    yield 'replaced', bytes([0, 0x50, 0x10, 1]) + bytes(range(32)) + cookie
    yield 'low-order', bytes([0, 0x25, 0x20, 0]) + bytes(32) + cookie
    yield 'cut', bytes([1, 0xff, 0, 7, 147, 60]) + cookie
    yield 'altered', bytes([1, 0xff, 0, 1]) + cookie + bytes([50, 1, 90, 2, 200, 4])
    yield 'psk-wrong', bytes([1, 0x25, 0, 9]) + bytes(range(32)) + cookie


# ---- fuzz_sessions: keys, then datagrams ---------------------------------------------------

A_TO_B, B_TO_A, C_TO_B, B_TO_C = 0x25, 0x52, 0x27, 0x72
INITIATION, RESPONSE, COOKIE, DATA, VECTOR, UNUSUAL = 0, 1, 2, 3, 4, 8


def message(kind, ends=A_TO_B, sender=0, receiver=0, how=0, counter=1, unusual=None):
    """unusual: (bits, bytes that they take)"""
    step = bytes([kind | (UNUSUAL if unusual else 0), ends, sender + 8 * receiver, how])
    if kind == DATA:
        step += bytes([counter])
    return step + (bytes([unusual[0]]) + unusual[1] if unusual else b'')


def vector(kind, ends, which, unusual=None):
    step = bytes([kind | VECTOR | (UNUSUAL if unusual else 0), ends, which])
    return step + (bytes([unusual[0]]) + unusual[1] if unusual else b'')


HANDSHAKE = message(INITIATION, sender=1, how=1) + message(RESPONSE, B_TO_A, 2, 1, how=1)
DATA_BOTH_WAYS = b''.join(message(DATA, A_TO_B, receiver=2, how=n) + message(DATA, B_TO_A, receiver=1, how=n)
                          for n in range(6))
LATER = (1, bytes([5]))  # 121 seconds
RETRY = (1, bytes([2]))  # 5 seconds
KEYED = b''.join([vector(INITIATION, A_TO_B, 0), vector(RESPONSE, B_TO_A, 0)] +
                 [vector(DATA, A_TO_B, n << 5) + vector(DATA, B_TO_A, n << 5 | 16) for n in range(3)])


def sessions():
    no_keys, on_port, keys = b'\0\0\0', b'\1\0\0', bytes([0xff, 0x7f, 0])
    yield 'session', no_keys + HANDSHAKE + DATA_BOTH_WAYS
    yield 'rekey', no_keys + HANDSHAKE + DATA_BOTH_WAYS + message(INITIATION, sender=3, how=3, unusual=LATER) + \
        message(RESPONSE, B_TO_A, 4, 3) + message(DATA, receiver=4)
    yield 'retries', no_keys + b''.join(message(INITIATION, sender=n, how=2 * n + 1, unusual=RETRY) for n in range(8))
    yield 'cookie', on_port + message(INITIATION, sender=1, how=1) + message(COOKIE, B_TO_A, receiver=1) + \
        message(INITIATION, sender=2, how=2, unusual=RETRY) + message(RESPONSE, B_TO_A, 3, 2) + \
        message(COOKIE, A_TO_B, receiver=3)
    yield 'mid-session', no_keys + DATA_BOTH_WAYS * 3
    yield 'data-first', on_port + DATA_BOTH_WAYS + HANDSHAKE + DATA_BOTH_WAYS
    yield 'response-first', on_port + HANDSHAKE[4:] + DATA_BOTH_WAYS + HANDSHAKE
    yield 'roaming', no_keys + HANDSHAKE + DATA_BOTH_WAYS + \
        b''.join(message(DATA, ends, receiver=2) for ends in (C_TO_B, A_TO_B, C_TO_B, A_TO_B)) + \
        message(DATA, B_TO_C, receiver=1)
    yield 'losses', no_keys + HANDSHAKE + b''.join(message(DATA, receiver=2, counter=c)
                                                   for c in (1, 170, 158, 159, 160, 223, 1, 100, 161, 131))
    yield 'duplicates', no_keys + HANDSHAKE * 2 + DATA_BOTH_WAYS + message(DATA, receiver=2, counter=160) * 4
    yield 'window', no_keys + HANDSHAKE + b''.join(message(DATA, receiver=2, counter=c)
                                                   for c in (228, 224, 1, 1, 1, 229, 225, 227, 226, 230, 231, 1))
    yield 'starts-over', no_keys + HANDSHAKE + message(DATA, receiver=2, counter=230) + \
        b''.join(message(DATA, receiver=2, how=9, counter=c) for c in (224, 1, 1, 1, 1))
    yield 'offload', no_keys + HANDSHAKE + message(DATA, receiver=2, how=1, unusual=(2, bytes([20]))) + \
        message(DATA, receiver=2, how=2, unusual=(2 | 32, bytes([30, 90])))
    yield 'expired', no_keys + HANDSHAKE + DATA_BOTH_WAYS + message(DATA, receiver=2, unusual=(1, bytes([6]))) + \
        message(DATA, receiver=2, unusual=(1, bytes([10])))
    yield 'forged-responses', no_keys + HANDSHAKE + b''.join(message(RESPONSE, B_TO_A, n, 1, how=2 * n)
                                                             for n in range(20)) + DATA_BOTH_WAYS
    yield 'same-index', no_keys + b''.join(message(INITIATION, 0x25 + n, 1, how=2 * n) for n in range(20)) + \
        message(RESPONSE, B_TO_A, 2, 1) + DATA_BOTH_WAYS
    yield 'layers', no_keys + HANDSHAKE + message(DATA, receiver=2, unusual=(64, b'')) + DATA_BOTH_WAYS
    yield 'odd-lengths', on_port + HANDSHAKE + b''.join(
        message(kind, sender=1, receiver=2, unusual=(16 | 32, bytes([length, 0, cut])))
        for kind in (0, 1, 2, 3) for length, cut in ((3, 9), (31, 20), (200, 60)))
    yield 'reserved', no_keys + b''.join(message(kind, ends, 1, 2, unusual=(8, b'\1\2\3'))
                                         for kind, ends in ((0, A_TO_B), (1, B_TO_A), (3, A_TO_B), (3, B_TO_A)))
    yield 'keyed', keys + KEYED
    yield 'keyed-mid-session', keys + KEYED[6:] * 2
    yield 'keyed-derived', bytes([0xff, 0x3f, 0]) + KEYED[6:] * 2
    yield 'keyed-derived-psk', bytes([0xff, 0x3f, 0]) + b''.join(
        vector(DATA, ends, n << 5 | side | which) for which in (0, 4) for n in range(3)
        for ends, side in ((A_TO_B, 0), (B_TO_A, 16)))
    yield 'keyed-later', bytes([0x02, 0, 0x7f]) + KEYED * 3
    yield 'keyed-transport', bytes([0xff, 0x80, 0]) + KEYED
    yield 'keyed-static', bytes([0xff, 0x23, 0]) + KEYED
    yield 'keyed-roaming', keys + KEYED + vector(DATA, C_TO_B, 0x40) + vector(DATA, B_TO_C, 0x50)
    yield 'keyed-forged', keys + KEYED[:3] + vector(RESPONSE, B_TO_A, 0x40) + vector(RESPONSE, B_TO_A, 0x60) + KEYED[3:]
    yield 'keyed-altered', keys + vector(INITIATION, A_TO_B, 0, (4, bytes([70, 1]))) + KEYED + \
        vector(DATA, A_TO_B, 0, (4, bytes([20, 1])))
    yield 'keyed-others', keys + b''.join(vector(kind, A_TO_B, n) for n in range(5) for kind in (0, 1, 3))


# ---- fuzz_epan: how it is drawn, then frames: options, time, length, payload ---------------

BACK, OTHER, ODD, CUT, RAW, REJECTED, RESET, MORE = (1 << n for n in range(8))


def captured(name, options=0, most=40, wanted=lambda payload: True, limit=3500):
    """The first datagrams of a recorded capture."""
    found, first = b'', None
    for datagram in packets.recorded(name):
        if not datagram.payload or not wanted(datagram.payload) or datagram.payload[0] not in (1, 2, 3, 4):
            continue
        first = first or datagram.source
        back = BACK if datagram.source != first else 0
        record = struct.pack('<BBH', back | options, 1, len(datagram.payload)) + datagram.payload
        if most == 0 or len(found) + len(record) > limit:
            break
        found, most = found + record, most - 1
    return found


def epan():
    drawn, no_keys, not_drawn, invisible, late = b'\0', b'\2', b'\x11', b'\4', b'\x08'
    for name in ('basic', 'cookie-both', 'psk-ipv6', 'client-id', 'roaming', 'unanswered', 'mid-session-one-way'):
        yield name, drawn + captured(name)
    yield 'handshake', drawn + captured('basic', most=3)
    yield 'no-keys', no_keys + captured('basic')
    yield 'reports-late', late + captured('basic')
    yield 'reports-late-no-keys', b'\x0b' + captured('cookie-both')
    yield 'no-tree', not_drawn + captured('basic')
    yield 'invisible', invisible + captured('basic')
    yield 'odd-port', drawn + captured('basic', ODD)
    yield 'two-pairs', drawn + captured('basic', most=6) + captured('basic', OTHER, most=6)
    yield 'cut', drawn + captured('basic', CUT)
    yield 'twice', drawn + captured('basic', most=6) * 2
    yield 'data-only', drawn + captured('basic', ODD, wanted=lambda payload: payload[0] == 4)
    yield 'offload', drawn + captured('gso', wanted=lambda payload: len(payload) < 3000, limit=4000)
    quoted = captured('basic', most=1)[4:]
    udp = struct.pack('>HHHH', 40000, 51820, len(quoted) + 8, 0)
    inner = bytes([0x45, 0]) + struct.pack('>HIBBH', 28 + len(quoted), 0, 64, 17, 0) + \
        bytes([192, 0, 2, 1, 192, 0, 2, 2]) + udp + quoted
    error = bytes([3, 3, 0, 0, 0, 0, 0, 0]) + inner
    outer = bytes([0x45, 0]) + struct.pack('>HIBBH', 20 + len(error), 0, 64, 1, 0) + \
        bytes([192, 0, 2, 2, 192, 0, 2, 1]) + error
    yield 'icmp-quoted', drawn + captured('basic', most=2) + struct.pack('<BBH', RAW, 1, len(outer)) + outer


# ---- Whole captures, with what is beside the tunnel ----

WAITS = (0, 1, 5000, 10000, 121000, 400000, None, None, None, None, 15000, 25000, 60000, 180000, 100, 500)
BEFORE_IP = {1: 14, 101: 0, 113: 16, 228: 0, 229: 0, 276: 20}  # bytes, by link type
SMALL, MOST = 1300, 6500  # bytes of a frame, of a seed
LINKS = ('audit-any-cilium-real-leak.pcap', 'audit-any-node-encryption.pcap', 'audit-routing-loop-any.pcap', 'any-nat.pcap',
         'encapsulated.pcap', 'leaks.pcap')  # of these, frames with their link layer, too
CAPTURES_WHOLE = (
    'audit-any-cilium-real-leak.pcap', 'any-nat.pcap', 'audit-inside-wg0.pcapng', 'udp-over-tcp.pcapng', 'turn-channel.pcapng',
    'peer-relay.pcap', 'rosenpass.pcap', 'warp-newer.pcap', 'gro-real.pcap', 'gro-rekey.pcapng', 'port-53.pcapng',
    'port-4500.pcapng', 'hostile-forged-responses.pcap', 'hostile-forged-initiations.pcap', 'hostile-roam.pcap',
    'audit-any-node-encryption.pcap', 'audit-fragment-leak.pcap', 'audit-healthy.pcap', 'audit-ice-same-port.pcapng',
    'audit-ip-in-ip.pcap', 'audit-ipv6-leak.pcap', 'audit-lan-only.pcap', 'audit-server-initiates.pcap',
    'audit-routing-loop-any.pcap', 'audit-tailscale-like.pcap', 'audit-text-behind-a-header.pcap',
    'audit-blind-initiations-at-end.pcap', 'encapsulated.pcap', 'faults.pcap', 'icmp-quoted.pcap', 'leaks.pcap',
    'lengths-1-2-3.pcap', 'mixed-traffic.pcapng', 'not-wireguard.pcap', 'unanswered.pcapng', 'verdicts.pcap',
    'wrong-server-key.pcapng', 'rekey.pcapng', 'mid-session-leak.pcapng')


def frames(path, links=False):
    """(milliseconds, IP packet) of a capture, little-endian; with links, the whole frame."""
    data = path.read_bytes()
    if data[:4] in (b'\xd4\xc3\xb2\xa1', b'\x4d\x3c\xb2\xa1'):
        unit = 1000 if data[0] == 0xd4 else 10**6
        link, at = struct.unpack_from('<I', data, 20)[0], 24
        while at + 16 <= len(data):
            seconds, part, captured, _ = struct.unpack_from('<4I', data, at)
            skip = 0 if links else BEFORE_IP[link]
            yield seconds * 1000 + part // unit, data[at + 16 + skip:at + 16 + captured]
            at += 16 + captured
        return
    at, interfaces = 0, []
    while at + 12 <= len(data):
        kind, length = struct.unpack_from('<II', data, at)
        if kind == 1:
            interfaces.append(struct.unpack_from('<H', data, at + 8)[0])
        if kind == 6:
            interface, high, low, captured, _ = struct.unpack_from('<5I', data, at + 8)
            skip = 0 if links else BEFORE_IP.get(interfaces[interface], 0)
            yield (high << 32 | low) // 10**6, data[at + 28 + skip:at + 28 + captured]
        at += length


def records_of(path, links=False):
    """The first small frames of a capture, as far as a seed may be long."""
    records, last, count = b'', None, 0
    for time, packet in frames(path, links):
        if not packet or (not links and packet[0] >> 4 not in (4, 6)) or len(packet) > SMALL or count == 60 or \
                len(records) + len(packet) > MOST:
            continue
        passed = 0 if last is None else max(0, time - last)
        wait = min((abs(known - passed), n) for n, known in enumerate(WAITS) if known is not None)[1]
        records += struct.pack('<BBH', RAW, wait, len(packet)) + packet
        last, count = time, count + 1
    return records


def tcp(name, ports, framing):
    """A recorded capture's datagrams as segments."""
    records, sequences = b'', {}
    for datagram in list(packets.recorded(name))[:24]:
        payload = framing(datagram.payload)
        ends = datagram.source, datagram.destination
        sequence = sequences.setdefault(ends, 1)
        sequences[ends] += len(payload)
        both = ports if datagram.destination == '192.0.2.10' else ports[::-1]
        segment = struct.pack('>HHIIBBHHH', *both, sequence, 1, 0x50, 0x18, 1000, 0, 0) + payload
        packet = packets.ipv4(*ends, 6, segment)
        records += struct.pack('<BBH', RAW, 1, len(packet)) + packet
    return records[:MOST]


def tunsafe(payload):
    """Without its header where that can be told from the message before."""
    if payload[0] != 4 or payload[8] % 3 != 2:
        return struct.pack('>H', len(payload)) + payload
    return struct.pack('>H', 0x8000 | len(payload) - 16) + payload[16:]


def carriers():
    yield 'tcp-raw', tcp('basic', (40321, 4567), lambda payload: payload)
    yield 'tcp-framed', tcp('basic', (40321, 4567), lambda payload: struct.pack('>H', len(payload)) + payload)
    yield 'tcp-guarded', tcp('basic', (40321, 443), lambda payload: struct.pack('>H', len(payload)) + payload)
    yield 'tcp-tunsafe', tcp('basic', (40321, 4567), tunsafe)
    halves = tcp('basic', (40321, 4567), lambda payload: struct.pack('>H', len(payload)) + payload)
    yield 'tcp-rejected', marked(b'\0' + halves, REJECTED, lambda n: n % 5 == 3)[1:]


def beside():
    for name in CAPTURES_WHOLE:
        plain, records = name.split('.')[0], records_of(CAPTURES / name)
        if records:
            yield plain + '-whole', b'\0' + records
            yield plain + '-json', bytes([0x82 if len(name) % 2 else 0x80 | 4]) + records
    for name in LINKS:
        yield name.split('.')[0] + '-links', b'\0' + records_of(CAPTURES / name, links=True)
    for name, records in carriers():
        yield name, b'\0' + records


def marked(seed, mark, which):
    """The same with a mark on some of its frames."""
    marked, at, number = seed[:1], 1, 0
    while at < len(seed):
        length = 4 + int.from_bytes(seed[at + 2:at + 4], 'little')
        number += 1
        marked += bytes([seed[at] | (mark if which(number) else 0)]) + seed[at + 1:at + length]
        at += length
    return marked


def as_read(seeds):
    """Some of them as programs read them that filter, forget, and look in any order."""
    shuffled, filtered = 0x20, 0x40
    for name, seed in seeds:
        yield name, seed
        if name in ('basic', 'cookie-both', 'roaming', 'client-id'):
            yield name + '-rejected', marked(seed, REJECTED, lambda n: n % 3 == 1)
            yield name + '-reset', marked(seed, RESET, lambda n: n == 5)
            yield name + '-shuffled', bytes([seed[0] | shuffled]) + seed[1:]
            yield name + '-filtered', bytes([seed[0] | filtered | 8]) + marked(seed, REJECTED, lambda n: n % 4 == 2)[1:]


def whole():
    yield from as_read(epan())
    yield from beside()


def mux():
    """Two or three datagrams in a frame."""
    for name, seed in whole():
        if 'offload' in name or 'icmp' in name or name.endswith(('-json', '-links')):
            continue
        yield name + '-twos', marked(seed, MORE, lambda n: n % 2 == 0)
        if name in ('basic', 'data-only', 'cookie-both', 'mid-session-one-way'):
            yield name + '-threes', marked(seed, MORE, lambda n: n % 3 != 1)


# ---- fuzz_gui: how it is drawn, four texts, the frame before which two of them come, frames --

def text(content):
    content = content[:1000]
    return struct.pack('<H', len(content)) + content


FOLDERS, EXPORTED = 0x40, 0x80


def shown(drawn, texts, what, records):
    return drawn + b''.join(map(text, texts)) + bytes([what]) + records


def again(records, options, interface):
    """The same frames once more, on another interface."""
    made, at = b'', 0
    while at < len(records):
        length = 4 + int.from_bytes(records[at + 2:at + 4], 'little')
        made += bytes([records[at] | options, records[at + 1] & 0x3f | interface << 6]) + records[at + 2:at + length]
        at += length
    return made


def interleaved(name, options):
    """Each frame twice, the second time on another interface, and perhaps from another address."""
    records, made, at = captured(name, most=14), b'', 0
    while at < len(records):
        length = 4 + int.from_bytes(records[at + 2:at + 4], 'little')
        one = records[at:at + length]
        made += one + again(bytes([one[0], 0]) + one[2:], options, 1)
        at += length
    return made


def gui():
    logs, confs = ([path.read_bytes() for path in sorted(CAPTURES.glob(kind)) if path.name.split('.')[0] in RECORDED and
                    path.stat().st_size > 0] for kind in ('*.keys', '*.conf'))
    own = {name: (CAPTURES / (name + '.client.keys')).read_bytes() for name in ('basic', 'cookie-both', 'psk-ipv6')
           if (CAPTURES / (name + '.client.keys')).exists()}
    for n, (name, seed) in enumerate(whole()):
        if name.endswith('-json'):
            continue
        log = own.get(name.split('-rejected')[0].split('-reset')[0].split('-shuffled')[0].split('-filtered')[0],
                      own['basic'])
        texts = [b'', b'', confs[n % len(confs)], b'']
        texts[(0, 1, 3)[n % 3]] = log
        if n % 5 == 0:
            texts[(0, 1, 3)[(n + 1) % 3]] = logs[n % len(logs)]
        yield name, shown(seed[:1], texts, n % 9 | (0, FOLDERS, EXPORTED)[n // 3 % 3], seed[1:])
    yield from supplied()
    for name in ('hostile-forged-responses', 'hostile-forged-initiations', 'hostile-roam', 'audit-healthy', 'rekey', 'lossy'):
        kept = sorted(CAPTURES.glob(name + '*.keys')) or [CAPTURES / 'hostile-forged-responses.keys']
        path = next(path for path in CAPTURES.glob(name + '.pcap*'))
        yield name + '-keyed', shown(b'\0', [kept[0].read_bytes(), b'', b'', b''], 0, records_of(path))
    for options in (0, OTHER):
        yield 'two-interfaces-%d' % options, shown(b'\0', [own['basic'], b'', b'', b''], 0, interleaved('basic', options))


def supplied():
    """Both ends' configurations, and what contradicts itself in them."""
    own, other = ((CAPTURES / ('basic.%s.conf' % end)).read_bytes() for end in ('client', 'server'))
    log, records = (CAPTURES / 'basic.client.keys').read_bytes(), captured('basic')
    public = [line.split(b'= ')[1] for line in other.splitlines() if line.startswith(b'PublicKey')][0]
    psk = b'\nPresharedKey = ' + KEYS[0].encode() + b'\n'
    pairs = {'both': (own, other), 'psk': (own, other.replace(b'[Peer]', b'[Peer]' + psk)),
             'psks': (own + psk, other + psk), 'stranger': (own, other.replace(public, KEYS[1].encode())),
             'own-key': (own, other + b'\n[Peer]\nPublicKey = ' + KEYS[2].encode()), 'one': (own, b'')}
    for n, (name, both) in enumerate(pairs.items()):
        for keyed in (b'', log):
            yield 'supplied-%s%s' % (name, '-keyed' if keyed else ''), shown(
                b'\x08' if n % 2 else b'\0', [keyed, b'', both[0][:480] + b'\0' + both[1][:500], b''], FOLDERS | 3, records)
    for kind, end in (('amneziawg-1', 'client1'), ('amneziawg-2', 'client1'), ('amneziawg-31', 'server'), ('lwo', 'server'),
                      ('client-id', 'server')):
        conf = (CAPTURES / ('%s.%s.conf' % (kind, end))).read_bytes()
        yield 'wrapped-' + kind, shown(b'\0', [b'', b'', conf, b''], 2, records_of(CAPTURES / (kind + '.pcapng')))


def situations(folder):
    """What tests/sim/make wrote there: (name, key log, configurations, records) of each capture."""
    for path in sorted(pathlib.Path(folder).glob('*.pcap')):
        beside_it = sorted(path.parent.glob(path.name.rsplit('.', 2)[0] + '.*'))
        logs = [other.read_bytes() for other in beside_it if other.suffix == '.keys']
        confs = [other.read_bytes()[:500] for other in beside_it if other.suffix == '.conf'][:2]
        yield path.name.rsplit('.', 1)[0], (logs or [b''])[0], b'\0'.join(confs), records_of(path)


def simulated(folder, corpus):
    for n, (name, log, confs, records) in enumerate(situations(folder)):
        (corpus / 'epan').mkdir(parents=True, exist_ok=True)
        (corpus / 'gui').mkdir(parents=True, exist_ok=True)
        (corpus / 'epan' / ('sim-' + name)).write_bytes(bytes([(0, 0x80, 8)[n % 3]]) + records)
        for known, texts in (('', [b'', b'', b'', b'']), ('-keyed', [log, b'', confs, b''])):
            (corpus / 'gui' / ('sim-' + name + known)).write_bytes(shown(bytes([(0, 8)[n % 2]]), texts, FOLDERS | 1, records))


TARGETS = {'epan': whole, 'mux': mux, 'gui': gui, 'wire': wire, 'envelope': envelope, 'keylog': keylog,
           'config': config, 'keyfile': keyfile, 'keystore': keystore, 'counters': counters, 'noise': noise,
           'sessions': sessions}


def main():
    if sys.argv[1:2] == ['--simulated']:
        simulated(sys.argv[2], pathlib.Path(sys.argv[3]))
        return
    corpus = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / 'corpus'
    for name, seeds in TARGETS.items():
        folder = corpus / name
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.glob('seed-*'):
            path.unlink()
        for seed, content in seeds():
            assert len(content) <= 2 * LONGEST, seed
            (folder / ('seed-' + seed)).write_bytes(content)


if __name__ == '__main__':
    main()
