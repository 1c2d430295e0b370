#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Write noise_vectors.h, the test vectors of the crypto room.

  generate.py            write the header
  generate.py --check    fail (status 1) if the committed header is not what would be written
  generate.py --extract CAPTURES
                         read the messages of captures and key logs again into observed.json
                         (needs tshark; see README.md)
"""
import argparse
import base64
import hashlib
import json
import pathlib
import subprocess
import sys

import reference as ref

HERE = pathlib.Path(__file__).resolve().parent
HEADER = HERE / "noise_vectors.h"
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


# --- the header ----------------------------------------------------------------------------


def c_value(value):
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, int):
        return str(value)
    if not any(value):
        return "{ 0 }"
    lines = [", ".join(f"0x{b:02x}" for b in value[i:i + 16]) for i in range(0, len(value), 16)]
    return "{\n        " + ",\n        ".join(lines) + " }"


def c_table(struct, comment, rows):
    """A struct made after the rows, with arrays as long as the longest, and the rows."""
    rows = list(rows)
    out = [f"/* {comment} */", f"struct {struct} {{"]
    for field, first in rows[0].items():
        if isinstance(first, str):
            out.append(f"    const char *{field};")
        elif isinstance(first, int):
            out.append(f"    size_t {field};")
        else:
            out.append(f"    uint8_t {field}[{max(1, *(len(r[field]) for r in rows))}];")
    out += ["};", "", f"static const struct {struct} {struct}s[] = {{"]
    for row in rows:
        out.append("    {")
        out += [f"      .{field} = {c_value(value)}," for field, value in row.items()]
        out.append("    },")
    return out + ["};", ""]


def header():
    check_reference()
    observed = json.loads(OBSERVED.read_text())
    out = ["/* noise_vectors.h",
           " * Made by generate.py: do not edit. Where it comes from is told in README.md.", " *",
           " * SPDX-License-Identifier: GPL-2.0-or-later", " */",
           "#ifndef NOISE_VECTORS_H", "#define NOISE_VECTORS_H", "",
           "#include <stddef.h>", "#include <stdint.h>", ""]
    out += c_table("vector_handshake", "Whole handshakes, the state after the initiation, the "
                   "keys, and one message of data each way.", handshakes(observed))
    out += c_table("vector_low_order", "Initiations that carry a low-order point as the static "
                   "key.", low_order_rows())
    out += c_table("vector_cookie", "A message, the cookie reply to it, and a later message with "
                   "mac2.", cookies(observed))
    out += c_table("vector_kdf", "KDF.", kdf_rows())
    out += c_table("vector_mac", "MAC.", mac_rows())
    out += c_table("vector_sealed", "AEAD (the counter is nonce[0..7], little-endian) and, where "
                   "extended, XAEAD.", sealed_rows())
    return "\n".join(out + ["#endif"]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--extract", metavar="CAPTURES", type=pathlib.Path,
                        help="renew observed.json from this folder of captures")
    args = parser.parse_args()
    if args.extract:
        extract(args.extract)
    text = header()
    if not args.check:
        HEADER.write_text(text)
    elif not HEADER.exists() or HEADER.read_text() != text:
        sys.exit(f"{HEADER.name} is not what {pathlib.Path(__file__).name} makes: run it again")


if __name__ == "__main__":
    main()
