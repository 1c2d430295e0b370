#!/usr/bin/env python3
# extract.py
# Cuts the few types that wg-keylog reads out of a kernel's BTF, for tests/keylog/btf.
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""    tests/keylog/extract.py VMLINUX WIREGUARD NAME

VMLINUX and WIREGUARD are /sys/kernel/btf/vmlinux and /sys/kernel/btf/wireguard of a running kernel.
Writes NAME.vmlinux.btf and NAME.wireguard.btf. Structures keep all their members with names and
offsets; what a member is made of is kept where wg-keylog looks at it, and void elsewhere."""
import pathlib
import struct
import sys

INT, PTR, ARRAY, STRUCT, UNION, ENUM, TYPEDEF = 1, 2, 3, 4, 5, 6, 8
QUALIFIERS = (8, 9, 10, 11, 18)
HEADER = struct.Struct('=HBBIIIII')
WANTED = {
    'net_device': ['name', 'nd_net'], 'net': ['ns'], 'wg_device': ['dev'], 'wg_peer': ['handshake', 'device'],
    'index_hashtable_entry': ['peer', 'index'], 'noise_static_identity': ['static_private'],
    'noise_handshake': ['entry', 'state', 'static_identity', 'remote_static', 'ephemeral_private',
                        'preshared_key'],
    'noise_keypair': ['entry', 'remote_index', 'sending', 'receiving'],
}


class Type:
    def __init__(self, part, name, info, size, tail):
        self.part, self.name, self.info, self.size, self.tail = part, name, info, size, tail
        self.kind = info >> 24 & 31


class Btf:
    def __init__(self, vmlinux, module):
        self.types, self.strings = [None], b''
        for part, data in enumerate((vmlinux, module)):
            _, _, _, length, type_at, type_length, string_at, string_length = HEADER.unpack_from(data)
            strings = data[length + string_at:length + string_at + string_length]
            self.strings += strings
            self.read(part, data[length + type_at:length + type_at + type_length])

    def read(self, part, data):
        at = 0
        while at < len(data):
            name, info, size = struct.unpack_from('=III', data, at)
            kind, n = info >> 24 & 31, info & 0xffff
            tail = {INT: 4, ARRAY: 12, STRUCT: 12 * n, UNION: 12 * n, ENUM: 8 * n, 13: 8 * n, 14: 4, 15: 12 * n,
                    17: 4, 19: 12 * n}.get(kind, 0)
            self.types.append(Type(part, name, info, size, data[at + 12:at + 12 + tail]))
            at += 12 + tail

    def text(self, offset):
        return self.strings[offset:self.strings.index(b'\0', offset)].decode()

    def members(self, number):
        return [list(row) for row in struct.iter_unpack('=III', self.types[number].tail)]


def wanted_types(btf):
    """Numbers of the types to keep, and for structures, the members whose types are kept."""
    keep = {}

    def follow(number, members=None):
        if number == 0 or number in keep:
            return
        type_ = btf.types[number]
        keep[number] = members
        if type_.kind in QUALIFIERS:
            follow(type_.size)
        elif type_.kind == ARRAY:
            element, index, _ = struct.unpack('=III', type_.tail)
            follow(element)
            follow(index)
        elif type_.kind in (STRUCT, UNION):
            for name, member, _ in btf.members(number):
                if members is None or btf.text(name) in members or btf.text(name) == '':
                    follow(member)

    for number, type_ in reversed(list(enumerate(btf.types))[1:]):
        name = btf.text(type_.name)
        if type_.kind == STRUCT and name in WANTED and not any(
                btf.text(btf.types[other].name) == name and btf.types[other].kind == STRUCT for other in keep):
            follow(number, WANTED[name])
        if type_.kind == ENUM and name == 'noise_handshake_state':
            follow(number)
        if type_.kind == INT and name == 'long unsigned int':  # as wide as a pointer
            follow(number)
    return keep


def write(btf, keep, name):
    numbers = {old: new for new, old in enumerate(sorted(keep), 1)}
    strings_before = 0
    for part, kernel_part in enumerate(('vmlinux', 'wireguard')):
        strings, places, types = bytearray(b'\0') if part == 0 else bytearray(), {'': 0}, bytearray()

        def string(offset):
            text = btf.text(offset)
            if text not in places:
                places[text] = strings_before + len(strings)
                strings.extend(text.encode() + b'\0')
            return places[text]

        for old in sorted(keep):
            type_ = btf.types[old]
            if type_.part != part:
                continue
            size, tail = type_.size, type_.tail
            if type_.kind in QUALIFIERS or type_.kind == PTR:
                size = numbers.get(size, 0)
            if type_.kind == ARRAY:
                element, index, count = struct.unpack('=III', tail)
                tail = struct.pack('=III', numbers[element], numbers[index], count)
            elif type_.kind in (STRUCT, UNION):
                tail = b''.join(struct.pack('=III', string(member), numbers.get(of, 0), offset)
                                for member, of, offset in btf.members(old))
            elif type_.kind == ENUM:
                tail = b''.join(struct.pack('=Ii', string(label), value)
                                for label, value in struct.iter_unpack('=Ii', tail))
            types += struct.pack('=III', string(type_.name), type_.info, size) + tail
        if not strings:
            strings.extend(b'\0')
        header = HEADER.pack(0xeb9f, 1, 0, HEADER.size, 0, len(types), len(types), len(strings))
        pathlib.Path('%s.%s.btf' % (name, kernel_part)).write_bytes(header + types + strings)
        strings_before += len(strings)


def main():
    vmlinux, module, name = sys.argv[1:]
    btf = Btf(pathlib.Path(vmlinux).read_bytes(), pathlib.Path(module).read_bytes())
    write(btf, wanted_types(btf), name)


if __name__ == '__main__':
    main()
