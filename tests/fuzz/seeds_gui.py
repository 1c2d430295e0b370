# seeds_gui.py
# First inputs of the fuzz target that looks as Wireshark does: frames, with keys and configurations.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import struct

from seeds_sources import CAPTURES, KEYS, RECORDED
from seeds_frames import OTHER, captured, records_of, whole


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
