#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Write the test vectors: noise_vectors.h of the crypto room, session_vectors.h of the sessions.

  generate.py            write the headers
  generate.py --check    fail (status 1) if a committed header is not what would be written
  generate.py --extract CAPTURES
                         read the messages of captures and key logs again into observed.json
                         (needs tshark; see README.md)
"""
import argparse
import base64
import hashlib
import json
import pathlib
import struct
import subprocess
import sys

import reference as ref

HERE = pathlib.Path(__file__).resolve().parent
OBSERVED = HERE / "observed.json"
SEED = b"wireguard-wireshark test vectors 1"

# What --extract reads: capture, and the frames of initiation, response, one data each way.
HANDSHAKES = [("D1", (1, 2, 3, 4)), ("D2", (3, 6, 7, 9))]
# Capture, who replies, and the frames of the message, its cookie reply, and the next with mac2.
COOKIES = [("D3b", "server", (3, 4, 6)), ("D3b", "client", (7, 9, 11))]


def drawn(label, length=32):
    """Bytes that look random and are the same each time."""
    return hashlib.shake_256(SEED + b"/" + label.encode()).digest(length)


def index(label):
    return int.from_bytes(drawn(label, 4), "little")


# --- observed messages ---------------------------------------------------------------------


def payload(capture, frame):
    out = subprocess.run(["tshark", "-r", capture, "-Y", f"frame.number=={frame}", "-T", "fields",
                          "-e", "udp.payload"], check=True, capture_output=True, text=True).stdout
    return out.strip()


def key_log(path):
    """The first block of a key log, values in hexadecimal."""
    keys = {}
    for line in path.read_text().splitlines():
        name, _, value = line.partition("=")
        keys.setdefault(name.strip(), base64.b64decode(value.strip()).hex())
    return keys


def extract(folder):
    handshakes, cookies = [], []
    for capture, frames in HANDSHAKES:
        client, server = (key_log(folder / f"{capture}.{s}.keys") for s in ("client", "server"))
        assert client["PRESHARED_KEY"] == server["PRESHARED_KEY"]
        messages = [payload(folder / f"{capture}.pcapng", f) for f in frames]
        handshakes.append({
            "capture": capture, "frames": frames, "software": "wireguard-go 0.0.20231211",
            "initiator_static_private": client["LOCAL_STATIC_PRIVATE_KEY"],
            "initiator_ephemeral_private": client["LOCAL_EPHEMERAL_PRIVATE_KEY"],
            "responder_static_private": server["LOCAL_STATIC_PRIVATE_KEY"],
            "responder_ephemeral_private": server["LOCAL_EPHEMERAL_PRIVATE_KEY"],
            "psk": client["PRESHARED_KEY"],
            "initiation": messages[0], "response": messages[1], "data": messages[2:]})
    for capture, replier, frames in COOKIES:
        keys = key_log(folder / f"{capture}.{replier}.keys")
        messages = [payload(folder / f"{capture}.pcapng", f) for f in frames]
        cookies.append({
            "capture": capture, "frames": frames, "software": "wireguard-go 0.0.20231211",
            "replier_static_private": keys["LOCAL_STATIC_PRIVATE_KEY"],
            "provoking": messages[0], "reply": messages[1], "answer": messages[2]})
    OBSERVED.write_text(json.dumps({"handshakes": handshakes, "cookies": cookies}, indent=1) + "\n")


def origin(row):
    return "{software}, capture {capture}, frames {frames}".format(
        **{**row, "frames": ", ".join(map(str, row["frames"]))})


# --- rows ----------------------------------------------------------------------------------


def handshake_row(name, source, keys, psk, initiation, response, data):
    """A row from messages, whoever made them: every value is read back from these."""
    si, ei, sr, er = keys
    static, timestamp, state = ref.read_initiation(sr, initiation)
    assert static == ref.public(si) and initiation[8:40] == ref.public(ei)
    assert response[12:44] == ref.public(er)
    after = (state.c, state.h)
    keys_ir, keys_ri = ref.read_response(state, ei, si, psk, response)
    plain = [ref.read_data(k, m) for k, m in zip((keys_ir, keys_ri), data)]
    assert ref.mac1_of(initiation) == ref.mac(
        ref.hash256(b"mac1----", ref.public(sr)), b"\1\0\0\0" + initiation[4:116])
    return {
        "name": name, "origin": source,
        "initiator_static_private": si, "initiator_static_public": ref.public(si),
        "initiator_ephemeral_private": ei,
        "responder_static_private": sr, "responder_static_public": ref.public(sr),
        "responder_ephemeral_private": er, "psk": psk,
        "initiation": initiation, "response": response, "timestamp": timestamp,
        "chaining_key": after[0], "hash": after[1],
        "initiator_to_responder": keys_ir, "responder_to_initiator": keys_ri,
        "data_from_initiator": data[0], "data_from_initiator_length": len(data[0]),
        "plain_from_initiator": plain[0],
        "data_from_responder": data[1], "data_from_responder_length": len(data[1]),
        "plain_from_responder": plain[1],
    }


def made_handshake(name, psk=ref.NO_PSK, reserved=bytes(3)):
    keys = si, ei, sr, er = [drawn(f"{name}/{k}") for k in ("si", "ei", "sr", "er")]
    i, r = index(name + "/i"), index(name + "/r")
    initiation, _ = ref.make_initiation(si, ei, ref.public(sr), drawn(name + "/t", 12), i,
                                        reserved=reserved)
    _, _, state = ref.read_initiation(sr, initiation)
    response, (ir, ri) = ref.make_response(state, er, ref.public(ei), ref.public(si), psk, r, i,
                                           reserved=reserved)
    data = [ref.make_data(ir, r, 0, b""),
            ref.make_data(ri, i, 0x0102030405060708, drawn(name + "/inner", 64))]
    return handshake_row(name, "generated", keys, psk, initiation, response, data)


def handshakes(observed):
    yield made_handshake("no-psk")
    yield made_handshake("psk", psk=drawn("psk/psk"))
    yield made_handshake("reserved-overwritten", reserved=drawn("reserved", 3))
    for row in observed["handshakes"]:
        b = {k: bytes.fromhex(v) for k, v in row.items() if isinstance(v, str) and
             k not in ("capture", "software")}
        keys = [b[k] for k in ("initiator_static_private", "initiator_ephemeral_private",
                               "responder_static_private", "responder_ephemeral_private")]
        yield handshake_row("observed-" + row["capture"], origin(row), keys, b["psk"],
                            b["initiation"], b["response"], list(map(bytes.fromhex, row["data"])))


def low_order_rows():
    """Initiations that open, and hold a low-order point as the static key: ss is zeros."""
    for name, point in (("zero", bytes(32)), ("one", b"\1" + bytes(31))):
        label = "low-order-static-" + name
        si, ei, sr = [drawn(f"{label}/{k}") for k in ("si", "ei", "sr")]
        message, _ = ref.make_initiation(si, ei, ref.public(sr), bytes(12), 1, static=point)
        yield {"name": label, "responder_static_private": sr,
               "responder_static_public": ref.public(sr), "initiator_ephemeral_private": ei,
               "static_sent": point, "initiation": message}


def cookie_row(name, source, replier_public, provoking, reply, answer):
    cookie = ref.read_cookie_reply(replier_public, provoking, reply)
    assert answer[-16:] == ref.mac(cookie, answer[:1] + bytes(3) + answer[4:-16])
    return {"name": name, "origin": source, "replier_public": replier_public,
            "provoking": provoking, "provoking_length": len(provoking), "reply": reply,
            "cookie": cookie, "answer": answer, "answer_length": len(answer)}


def made_cookie(name, to_response, reserved=bytes(3)):
    si, ei, sr, er = [drawn(f"{name}/{k}") for k in ("si", "ei", "sr", "er")]
    cookie, nonce = drawn(name + "/cookie", 16), drawn(name + "/nonce", 24)

    def message(mac2_cookie):
        first, state = ref.make_initiation(si, ei, ref.public(sr), drawn(name + "/t", 12), 5,
                                           mac2_cookie, reserved)
        if not to_response:
            return first
        return ref.make_response(state, er, ref.public(ei), ref.public(si), ref.NO_PSK, 7, 5,
                                 mac2_cookie, reserved)[0]

    replier = ref.public(si if to_response else sr)
    provoking = message(None)
    reply = ref.make_cookie_reply(replier, provoking, 7 if to_response else 5, nonce, cookie)
    return cookie_row(name, "generated", replier, provoking, reply, message(cookie))


def cookies(observed):
    yield made_cookie("to-initiation", False)
    yield made_cookie("to-response", True)
    yield made_cookie("reserved-overwritten", False, drawn("cookie-reserved", 3))
    for row in observed["cookies"]:
        messages = [bytes.fromhex(row[k]) for k in ("provoking", "reply", "answer")]
        yield cookie_row("observed-{capture}-frame-{}".format(row["frames"][1], **row), origin(row),
                         ref.public(bytes.fromhex(row["replier_static_private"])), *messages)


def kdf_rows():
    for length in (0, 32, 100):
        key, data = drawn(f"kdf/{length}/key"), drawn(f"kdf/{length}/input", length)
        one, two, three = ref.kdf(key, data, 3)
        yield {"key": key, "input": data, "length": length, "out1": one, "out2": two,
               "out3": three}


def mac_rows():
    for key_length in (16, 32):
        for length in (0, 60, 116, 132):
            key = drawn(f"mac/{key_length}/{length}/key", key_length)
            data = drawn(f"mac/{key_length}/{length}/data", length)
            yield {"key": key, "key_length": key_length, "data": data, "length": length,
                   "mac": ref.mac(key, data)}


def sealed_rows():
    """`nonce` is the counter for ChaCha20-Poly1305 rows, 24 bytes for XChaCha20-Poly1305."""
    for extended in (0, 1):
        for length, aad_length in ((0, 0), (0, 32), (1, 0), (16, 16), (64, 13), (255, 32)):
            label = f"sealed/{extended}/{length}/{aad_length}"
            key, plain = drawn(label + "/key"), drawn(label + "/plain", length)
            aad, nonce = drawn(label + "/aad", aad_length), drawn(label + "/nonce", 24)
            counter = int.from_bytes(nonce[:8], "little")
            sealed = (ref.xseal(key, nonce, plain, aad) if extended else
                      ref.seal(key, counter, plain, aad))
            yield {"extended": extended, "key": key, "nonce": nonce, "aad": aad,
                   "aad_length": aad_length, "plain": plain, "length": length, "sealed": sealed}


def check_reference():
    """draft-irtf-cfrg-xchacha-03, section 2.2.1, and appendix A.3.1 (the tag)."""
    key = bytes(range(32))
    nonce = bytes.fromhex("000000090000004a0000000031415927")
    assert ref.hchacha20(key, nonce).hex() == (
        "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc")
    text = (b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
            b"future, sunscreen would be it.")
    sealed = ref.xseal(bytes(range(0x80, 0xA0)), bytes(range(0x40, 0x58)), text,
                       bytes.fromhex("50515253c0c1c2c3c4c5c6c7"))
    assert sealed[-16:].hex() == "c0875924c1c7987947deafd8780acf49"


# --- sessions ------------------------------------------------------------------------------

# Transport data each way: so many messages, with counters from 0 on and inner packets of 16 bytes.
DATA_COUNT = 3


def forged_response(session, ephemeral, empty, sender, receiver):
    """What somebody can send who knows the initiator's public key and has seen the initiation."""
    message = struct.pack("<III", 2, sender, receiver) + ephemeral + empty
    assert len(empty) == 16
    return ref.with_macs(message, ref.public(session["initiator_static_private"]))


def session_row(name, statics, label, psk=ref.NO_PSK, indices=None):
    si, sr = statics
    ei, er = drawn(f"session/{label}/ei"), drawn(f"session/{label}/er")
    i, r = indices or (index(f"session/{label}/i"), index(f"session/{label}/r"))
    initiation, _ = ref.make_initiation(si, ei, ref.public(sr), drawn(f"session/{label}/t", 12), i)
    _, _, state = ref.read_initiation(sr, initiation)
    response, keys = ref.make_response(state, er, ref.public(ei), ref.public(si), psk, r, i)
    row = {"name": name, "initiator_static_private": si, "initiator_static_public": ref.public(si),
           "initiator_ephemeral_private": ei, "responder_static_private": sr,
           "responder_static_public": ref.public(sr), "responder_ephemeral_private": er,
           "psk": psk, "initiator_index": i, "responder_index": r, "initiation": initiation,
           "response": response, "initiator_to_responder": keys[0],
           "responder_to_initiator": keys[1]}
    for way, key, receiver in (("initiator", keys[0], r), ("responder", keys[1], i)):
        plain = [drawn(f"session/{label}/{way}/{n}", 16) for n in range(DATA_COUNT)]
        row["data_from_" + way] = b"".join(
            ref.make_data(key, receiver, n, p) for n, p in enumerate(plain))
        row["plain_from_" + way] = b"".join(plain)
    row["forged_response"] = forged_response(
        row, ref.public(drawn(f"session/{label}/forger")), drawn(f"session/{label}/empty", 16),
        index(f"session/{label}/forged"), i)
    # Only the empty field is wrong: the ephemeral and the index are the responder's own.
    row["altered_response"] = forged_response(
        row, response[12:44], drawn(f"session/{label}/altered", 16), r, i)
    return row


def sessions():
    a, b, c, d = [drawn("session/static/" + n) for n in "abcd"]
    first = session_row("first", (a, b), "first")
    indices = first["initiator_index"], first["responder_index"]
    yield first
    yield session_row("rekey", (a, b), "rekey")
    yield session_row("other-way", (b, a), "other-way")
    yield session_row("same-indices", (a, b), "same-indices", indices=indices)
    yield session_row("psk", (c, d), "psk", psk=drawn("session/psk"))


def bad_point_rows():
    """Ephemeral keys of low order, in messages whose mac1 is right."""
    first = next(sessions())
    for name, point in (("zero", bytes(32)), ("one", b"\1" + bytes(31))):
        initiation = (struct.pack("<II", 1, index("point/" + name)) + point +
                      drawn("point/" + name, 76))
        response = forged_response(first, point, drawn("point/empty/" + name, 16),
                                   index("point/r/" + name), first["initiator_index"])
        yield {"name": name, "response": response,
               "initiation": ref.with_macs(initiation, first["responder_static_public"])}


# --- the headers ---------------------------------------------------------------------------


def c_value(value):
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, int):
        return str(value)
    if not any(value):
        return "{ 0 }"
    lines = [", ".join(f"0x{b:02x}" for b in value[i:i + 16]) for i in range(0, len(value), 16)]
    return "{\n        " + ",\n        ".join(lines) + " }"


def c_table(name, comment, rows):
    """A struct made after the rows, with arrays as long as the longest, and the rows."""
    rows = list(rows)
    out = [f"/* {comment} */", f"struct {name} {{"]
    for field, first in rows[0].items():
        if isinstance(first, str):
            out.append(f"    const char *{field};")
        elif isinstance(first, int):
            out.append(f"    {'uint32_t' if field.endswith('index') else 'size_t'} {field};")
        else:
            out.append(f"    uint8_t {field}[{max(1, *(len(r[field]) for r in rows))}];")
    out += ["};", "", f"static const struct {name} {name}s[] = {{"]
    for row in rows:
        out.append("    {")
        out += [f"      .{field} = {c_value(value)}," for field, value in row.items()]
        out.append("    },")
    return out + ["};", ""]


def c_header(name, tables):
    guard = name.upper().replace(".", "_")
    out = [f"/* {name}", " * Made by generate.py: do not edit. Where it comes from is told in README.md.",
           " *", " * SPDX-License-Identifier: GPL-2.0-or-later", " */",
           f"#ifndef {guard}", f"#define {guard}", "",
           "#include <stddef.h>", "#include <stdint.h>", ""]
    for table in tables:
        out += c_table(*table)
    return "\n".join(out + ["#endif"]) + "\n"


def headers():
    """(name, text)"""
    check_reference()
    observed = json.loads(OBSERVED.read_text())
    yield "noise_vectors.h", c_header("noise_vectors.h", [
        ("vector_handshake", "Whole handshakes, the state after the initiation, the keys, and one "
         "message of data each way.", handshakes(observed)),
        ("vector_low_order", "Initiations that carry a low-order point as the static key.",
         low_order_rows()),
        ("vector_cookie", "A message, the cookie reply to it, and a later message with mac2.",
         cookies(observed)),
        ("vector_kdf", "KDF.", kdf_rows()),
        ("vector_mac", "MAC.", mac_rows()),
        ("vector_sealed", "AEAD (the counter is nonce[0..7], little-endian) and, where extended, "
         "XAEAD.", sealed_rows())])
    yield "session_vectors.h", c_header("session_vectors.h", [
        ("vector_session", "Sessions with data messages each way, one behind the other, and "
         "responses that the responder did not send. The first four are of one pair.", sessions()),
        ("vector_bad_point", "Messages that carry a low-order point as the ephemeral key. The "
         "response is to the first session.", bad_point_rows())])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--extract", metavar="CAPTURES", type=pathlib.Path,
                        help="renew observed.json from this folder of captures")
    args = parser.parse_args()
    if args.extract:
        extract(args.extract)
    for name, text in headers():
        path = HERE / name
        if not args.check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            sys.exit(f"{name} is not what {pathlib.Path(__file__).name} makes: run it again")


if __name__ == "__main__":
    main()
