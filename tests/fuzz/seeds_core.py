# seeds_core.py
# First inputs of the fuzz targets of the core.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import base64
import struct

from seeds_sources import CAPTURES, KEYS, LONGEST, RECORDED, packets


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
