# SPDX-License-Identifier: GPL-2.0-or-later
"""WireGuard's handshake and cookies, written a second time, to check the C code against.

On python3-cryptography (OpenSSL) and hashlib only: no code and no library in common with the
plugin, which stands on libgcrypt and libsodium. Source: the WireGuard paper, sections 5.4.2 to
5.4.7; draft-irtf-cfrg-xchacha-03 for HChaCha20, which OpenSSL does not offer.
"""
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CONSTRUCTION = b"Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s"
IDENTIFIER = b"WireGuard v1 zx2c4 Jason@zx2c4.com"
NO_PSK = bytes(32)
NO_MAC2 = bytes(16)


def hash256(*parts):
    return hashlib.blake2s(b"".join(parts)).digest()


def mac(key, data):
    return hashlib.blake2s(data, key=key, digest_size=16).digest()


def kdf(key, data, count):
    def one(k, d):
        return hmac.new(k, d, hashlib.blake2s).digest()

    secret, previous, out = one(key, data), b"", []
    for n in range(1, count + 1):
        previous = one(secret, previous + bytes([n]))
        out.append(previous)
    return out


def public(private):
    key = X25519PrivateKey.from_private_bytes(private).public_key()
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def dh(private, public_key):
    """Raises ValueError where the result is all zeros."""
    return X25519PrivateKey.from_private_bytes(private).exchange(
        X25519PublicKey.from_public_bytes(public_key))


def seal(key, counter, plain, aad=b""):
    return ChaCha20Poly1305(key).encrypt(struct.pack("<IQ", 0, counter), plain, aad)


def open_sealed(key, counter, sealed, aad=b""):
    """Raises InvalidTag."""
    return ChaCha20Poly1305(key).decrypt(struct.pack("<IQ", 0, counter), sealed, aad)


def hchacha20(key, nonce):
    """draft-irtf-cfrg-xchacha-03, section 2.2. For tests only: slow, and not in constant time."""
    words = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce))

    def quarter(a, b, c, d):
        for x, y, z, rotation in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            words[x] = (words[x] + words[y]) & 0xFFFFFFFF
            mixed = words[z] ^ words[x]
            words[z] = (mixed << rotation | mixed >> (32 - rotation)) & 0xFFFFFFFF

    for _ in range(10):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack("<8I", *words[:4], *words[12:])


def xseal(key, nonce, plain, aad=b""):
    subkey = hchacha20(key, nonce[:16])
    return ChaCha20Poly1305(subkey).encrypt(bytes(4) + nonce[16:], plain, aad)


def xopen(key, nonce, sealed, aad=b""):
    subkey = hchacha20(key, nonce[:16])
    return ChaCha20Poly1305(subkey).decrypt(bytes(4) + nonce[16:], sealed, aad)


class Symmetric:
    """C and H of the paper, and what mixes into them."""

    def __init__(self, responder_static):
        self.c = hash256(CONSTRUCTION)
        self.h = hash256(hash256(self.c, IDENTIFIER), responder_static)

    def mix_ephemeral(self, ephemeral):
        (self.c,) = kdf(self.c, ephemeral, 1)
        self.h = hash256(self.h, ephemeral)

    def mix_key(self, secret):
        self.c, key = kdf(self.c, secret, 2)
        return key

    def mix_psk(self, psk):
        self.c, tau, key = kdf(self.c, psk, 3)
        self.h = hash256(self.h, tau)
        return key

    def seal(self, key, plain):
        sealed = seal(key, 0, plain, self.h)
        self.h = hash256(self.h, sealed)
        return sealed

    def open(self, key, sealed):
        plain = open_sealed(key, 0, sealed, self.h)
        self.h = hash256(self.h, sealed)
        return plain

    def transport(self):
        return kdf(self.c, b"", 2)


def with_macs(message, receiver_static, cookie=None, reserved=bytes(3)):
    """Both MACs behind the message; then the reserved bytes as some clients overwrite them."""
    message += mac(hash256(b"mac1----", receiver_static), message)
    message += mac(cookie, message) if cookie else NO_MAC2
    return message[:1] + reserved + message[4:]


def make_initiation(si, ei, sr_public, timestamp, sender, cookie=None, reserved=bytes(3),
                    static=None):
    """(message, state). `static` is what is sent in place of the initiator's public key."""
    s = Symmetric(sr_public)
    s.mix_ephemeral(public(ei))
    encrypted_static = s.seal(s.mix_key(dh(ei, sr_public)), static or public(si))
    encrypted_timestamp = s.seal(s.mix_key(dh(si, sr_public)), timestamp)
    message = (struct.pack("<II", 1, sender) + public(ei) + encrypted_static +
               encrypted_timestamp)
    return with_macs(message, sr_public, cookie, reserved), s


def read_initiation(sr, message):
    """(initiator's public key, timestamp, state), with the responder's private key."""
    ephemeral, encrypted_static = message[8:40], message[40:88]
    s = Symmetric(public(sr))
    s.mix_ephemeral(ephemeral)
    static = s.open(s.mix_key(dh(sr, ephemeral)), encrypted_static)
    timestamp = s.open(s.mix_key(dh(sr, static)), message[88:116])
    return static, timestamp, s


def make_response(s, er, ei_public, si_public, psk, sender, receiver, cookie=None,
                  reserved=bytes(3)):
    """(message, the two transport keys), as the responder; moves the state on."""
    s.mix_ephemeral(public(er))
    s.mix_key(dh(er, ei_public))
    s.mix_key(dh(er, si_public))
    encrypted_empty = s.seal(s.mix_psk(psk), b"")
    message = struct.pack("<III", 2, sender, receiver) + public(er) + encrypted_empty
    return with_macs(message, si_public, cookie, reserved), s.transport()


def read_response(s, ei, si, psk, message):
    """The two transport keys, with the initiator's private keys; moves the state on."""
    ephemeral = message[12:44]
    s.mix_ephemeral(ephemeral)
    s.mix_key(dh(ei, ephemeral))
    s.mix_key(dh(si, ephemeral))
    s.open(s.mix_psk(psk), message[44:60])
    return s.transport()


def make_data(key, receiver, counter, plain):
    return struct.pack("<IIQ", 4, receiver, counter) + seal(key, counter, plain)


def read_data(key, message):
    return open_sealed(key, struct.unpack("<Q", message[8:16])[0], message[16:])


def mac1_of(message):
    return message[-32:-16]


def make_cookie_reply(replier_public, provoking, receiver, nonce, cookie):
    sealed = xseal(hash256(b"cookie--", replier_public), nonce, cookie, mac1_of(provoking))
    return struct.pack("<II", 3, receiver) + nonce + sealed


def read_cookie_reply(replier_public, provoking, reply):
    return xopen(hash256(b"cookie--", replier_public), reply[8:32], reply[32:], mac1_of(provoking))
