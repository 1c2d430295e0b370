# test_key_sources.py
# Keys in every form that people have them, and the messages for bad ones.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import re
import subprocess
import threading
import time

import pytest

import harness
import sharkd

TOLD = 'WireGuard keys:'


def opened(capture='basic.pcapng', **more):
    """Transport data messages that are decrypted, and what tshark says on stderr."""
    result = harness.tshark(capture, '-Y', 'wg.type == 4 and wg.decryption.status == 1', '-T', 'fields', '-e',
                            'frame.number', **more)
    return len(result.lines()), result.stderr


def write(text, name='wg.keys', mode='w'):
    path = harness.scratch() / name
    with open(path, mode) as file:
        file.write(text)
    path.chmod(0o644)
    return path


def basic_keys():
    return (harness.CAPTURES / 'basic.client.keys').read_text()


def named(text):
    return dict(re.findall(r'(\w+) = (\S+)', text))


def keylog(path):
    return ['wg.keylog_file:%s' % path]


KEYS = named(basic_keys())
SCRIPT_ORDER = ('REMOTE_STATIC_PUBLIC_KEY', 'PRESHARED_KEY', 'LOCAL_EPHEMERAL_PRIVATE_KEY', 'LOCAL_STATIC_PRIVATE_KEY')


@pytest.mark.parametrize('text', (
    basic_keys().replace('\n', '\r\n'),
    basic_keys().replace(' = ', '='),
    '# a comment\n\n' + basic_keys().replace('\n', '  \n\n'),
    '   ' + basic_keys().replace('\n', '\n\t').replace(' = ', '   =\t'),
    basic_keys().replace('PRESHARED_KEY', 'PRE_SHARED_KEY'),
    'New handshake session:\n' + ''.join('  %s = %s\n' % (n, KEYS[n]) for n in SCRIPT_ORDER),
    basic_keys().rstrip('\n'),
), ids=('crlf', 'no-spaces', 'comments', 'indented', 'pre-shared', 'script-order', 'no-newline'))
def test_forms_of_a_key_log(text):
    number, said = opened(prefs=keylog(write(text)))
    assert number == 20 and TOLD not in said


def test_psk_before_its_ephemeral_key():
    keys = named((harness.CAPTURES / 'psk-ipv6.client.keys').read_text())
    text = 'New handshake session:\n' + ''.join('  %s = %s\n' % (n, keys[n]) for n in SCRIPT_ORDER)
    assert opened('psk-ipv6.pcapng', prefs=keylog(write(text)))[0] == 43


def test_several_psks_for_one_ephemeral_key():
    text = (harness.CAPTURES / 'psk-ipv6.client.keys').read_text()
    others = ''.join('PRESHARED_KEY = %s=\n' % (letter * 42 + 'A') for letter in 'BCD')
    assert opened('psk-ipv6.pcapng', prefs=keylog(write(text + others)))[0] == 43
    before = text.replace('PRESHARED_KEY', others + 'PRESHARED_KEY')
    assert opened('psk-ipv6.pcapng', prefs=keylog(write(before)))[0] == 43


def test_dump_of_wg():
    """`wg show all dump` of the responder: a configuration without names, with all its secrets."""
    conf = dict(re.findall(r'(PrivateKey|PublicKey|PresharedKey) = (\S+)',
                           (harness.CAPTURES / 'psk-ipv6.client.conf').read_text()))
    own = named((harness.CAPTURES / 'psk-ipv6.server.keys').read_text())['REMOTE_STATIC_PUBLIC_KEY']
    dump = write('wg0\t%s\t%s\t51820\toff\nwg0\t%s\t%s\t[2001:db8::1]:51820\t::/0\t0\t0\t0\toff\n' % (
        conf['PrivateKey'], own, conf['PublicKey'], conf['PresharedKey']), 'wg.dump')
    text = re.sub(r'PRESHARED_KEY.*\n', '', (harness.CAPTURES / 'psk-ipv6.client.keys').read_text())
    number, said = opened('psk-ipv6.pcapng', prefs=keylog(write(text)) + ['wg.config:%s' % dump])
    assert number == 43 and TOLD not in said
    number, said = opened(prefs=['wg.config:%s' % write('wg0\tx\ty\tz\toff\n', 'bad.dump')])
    assert 'line 1: expected [Interface] or [Peer]' in said or 'line 1: [Interface] or [Peer]' in said, said


def test_psk_from_a_configuration():
    """The key log lacks it, as some writers leave it out; the configuration has it."""
    text = re.sub(r'PRESHARED_KEY.*\n', '', (harness.CAPTURES / 'psk-ipv6.client.keys').read_text())
    without = keylog(write(text))
    assert opened('psk-ipv6.pcapng', prefs=without)[0] == 0
    config = ['wg.config:%s' % harness.staged('psk-ipv6.client.conf')]
    assert opened('psk-ipv6.pcapng', prefs=without + config)[0] == 43


def test_raw_transport_keys(transport_keys):
    lines = ''.join('0x%s %s\n' % (index[2:], key) for index, key in transport_keys.items())
    assert opened(prefs=keylog(write(lines)))[0] == 20
    # They need no handshake in the capture.
    assert opened('mid-session-odd-port.pcapng', prefs=keylog(write(lines)), two_pass=True)[0] == 20


@pytest.fixture(scope='module')
def transport_keys():
    """Receiver index -> transport key of basic.pcapng, by the reference implementation."""
    import base64
    import importlib.util
    spec = importlib.util.spec_from_file_location('reference', harness.ROOT / 'tests/vectors/reference.py')
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    rows = harness.fields('basic.pcapng', 'udp.payload', filter='wg.type < 3')
    server = named((harness.CAPTURES / 'basic.server.keys').read_text())
    to_responder, to_initiator = transport_of(reference, KEYS, server)
    initiation, response = (bytes.fromhex(row[0]) for row in rows)
    index = lambda field: '0x%08x' % int.from_bytes(field, 'little')
    return {index(response[4:8]): base64.b64encode(to_responder).decode(),
            index(initiation[4:8]): base64.b64encode(to_initiator).decode()}


def transport_of(reference, client, server):
    """The two transport keys from both ends' logs. The chaining key depends on keys only."""
    import base64
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    import hashlib
    import hmac

    def private(text):
        return X25519PrivateKey.from_private_bytes(base64.b64decode(text))

    def public(key):
        return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def dh(ours, theirs):
        return ours.exchange(X25519PublicKey.from_public_bytes(public(theirs)))

    def kdf(key, data, count):
        secret = hmac.new(key, data, hashlib.blake2s).digest()
        out, previous = [], b''
        for i in range(1, count + 1):
            previous = hmac.new(secret, previous + bytes([i]), hashlib.blake2s).digest()
            out.append(previous)
        return out

    si, ei = private(client['LOCAL_STATIC_PRIVATE_KEY']), private(client['LOCAL_EPHEMERAL_PRIVATE_KEY'])
    sr, er = private(server['LOCAL_STATIC_PRIVATE_KEY']), private(server['LOCAL_EPHEMERAL_PRIVATE_KEY'])
    chain = hashlib.blake2s(b'Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s').digest()
    for data in (public(ei), dh(ei, sr), dh(si, sr), public(er), dh(ei, er), dh(si, er), bytes(32)):
        chain = kdf(chain, data, 1)[0]
    return kdf(chain, b'', 2)


@pytest.mark.parametrize('side', ('client', 'server'))
def test_secrets_inside_the_capture(side):
    """pcapng Decryption Secrets Blocks, as the host's own tool writes them."""
    target = harness.scratch() / 'with-secrets.pcapng'
    harness.tool('editcap', '--inject-secrets', 'wg,%s' % harness.staged('basic.%s.keys' % side),
                 harness.staged('basic.pcapng'), target)
    for two_pass in (False, True):
        number, said = opened(str(target), two_pass=two_pass)
        assert number == 20 and TOLD not in said
    assert harness.fields(str(target), 'wg.static', filter='wg.type == 1')[0][0].startswith('PorMejTH')


def test_table_of_static_keys_names_and_key_log_together():
    private = re.search(r'PrivateKey = (\S+)', (harness.CAPTURES / 'basic.server.conf').read_text())[1]
    rows = harness.fields('basic.pcapng', 'wg.sender.peer', 'wg.static.known_pubkey', filter='wg.type == 1',
                          prefs=['uat:wg_keys:"Private","%s"' % private,
                                 'uat:wg_peer_names:"%s","the laptop"' % 'PorMejTHSg1O42DAw1yq1lcpHbNWL6ZFsvBJJ4Y+dwY='])
    assert rows[0][0] == 'the laptop'


# ---- files that change ----

def decrypted_live(packets_before, before='', mode='a', folder=False):
    """Frames decrypted when packets come through a pipe, as in a live capture, and the keys are logged
    after so many of them, into a log that held something before; or into a new one of a folder."""
    path = write(before)
    named_path = path.parent if folder else path
    if folder:
        path = path.with_name('later.keylog')
    fifo = harness.scratch() / 'live.pcapng'
    os.mkfifo(fifo)
    fifo.chmod(0o666)

    def feed():
        seen = 0
        with open(fifo, 'wb', buffering=0) as out:
            for kind, block in pcapng_blocks((harness.CAPTURES / 'basic.pcapng').read_bytes()):
                if kind == 6 and seen == packets_before:
                    time.sleep(1)  # the reader has read what there is
                    with open(path, mode) as log:
                        log.write(basic_keys())
                    path.chmod(0o644)
                seen += kind == 6
                out.write(block)

    thread = threading.Thread(target=feed, daemon=True)
    thread.start()
    result = harness.run([harness.TSHARK, '-r', fifo, '-o', 'wg.keylog_file:%s' % named_path, '-Y',
                          'wg.type == 4 and wg.decryption.status == 1', '-T', 'fields', '-e', 'frame.number'])
    thread.join(10)
    return [int(line) for line in result.lines()]


def test_key_log_that_grows_before_the_handshake():
    assert decrypted_live(0) == list(range(3, 23))


def test_key_log_that_grows_after_the_handshake():
    """The keys of a handshake that was captured already open what follows, soon."""
    frames = decrypted_live(6)
    assert frames and frames == list(range(frames[0], 23)) and 7 <= frames[0] <= 10


@pytest.mark.skipif(not sharkd.is_here(), reason='there is no sharkd here')
def test_key_log_named_after_loading():
    """A later look opens what it can; what has no key still says so."""
    columns = sharkd.columns('frame.number', 'wg.decryption.status')
    log = harness.keylog(('basic.client.keys',))
    _, before, _, after, again = sharkd.run([sharkd.load('basic.pcapng'), columns,
                                             sharkd.prefer('wg.keylog_file', log), columns, columns])
    assert [frame['c'][1] for frame in before] == ['No keys'] * 22
    assert [frame['c'][1] for frame in after] == ['Decrypted'] * 22
    assert after == again
    other = harness.keylog(('psk-ipv6.client.keys',))
    _, _, after = sharkd.run([sharkd.load('basic.pcapng'), sharkd.prefer('wg.keylog_file', other), columns])
    assert not {frame['c'][1] for frame in after} & {'Decrypted', 'Authentication failed', 'Keys came later'}


def test_folder_of_key_logs():
    """Each is read, whatever else is in there; blocks do not go on from one to the next."""
    folder = harness.scratch()
    (folder / 'a.keys').write_text(basic_keys())
    (folder / 'b.keylog').write_text((harness.CAPTURES / 'psk-ipv6.client.keys').read_text())
    (folder / 'c.keys').write_text('nonsense\n')
    (folder / 'd.txt').write_text('not read\n')
    os.mkfifo(folder / 'e.keys')
    for path in folder.iterdir():
        path.chmod(0o644)
    number, said = opened(prefs=keylog(folder))
    assert number == 20 and 'c.keys: line 1: ' in said and 'd.txt' not in said
    assert opened('psk-ipv6.pcapng', prefs=keylog(folder))[0] == 43
    number, said = opened(prefs=keylog(harness.scratch()))
    assert number == 0 and 'holds no *.keys or *.keylog file yet' in said


def test_key_log_that_appears_in_a_folder():
    frames = decrypted_live(6, folder=True)
    assert frames and frames == list(range(frames[0], 23)) and 7 <= frames[0] <= 14


def pcapng_blocks(data):
    at = 0
    while at < len(data):
        kind, length = int.from_bytes(data[at:at + 4], 'little'), int.from_bytes(data[at + 4:at + 8], 'little')
        yield kind, data[at:at + length]
        at += length


def test_key_log_that_is_rewritten():
    """With other keys of the same size: keys that do not fit, and then those that do."""
    wrong = basic_keys().translate(str.maketrans('ab', 'ba'))
    assert len(wrong) == len(basic_keys()) and wrong != basic_keys()
    assert decrypted_live(0, wrong, 'w') == list(range(3, 23))


# ---- what can be read only once ----

def through_fifo(text, preference, name='once'):
    path = harness.scratch() / name
    os.mkfifo(path)
    path.chmod(0o666)
    thread = threading.Thread(target=lambda: path.write_text(text), daemon=True)
    thread.start()
    result = opened(prefs=['wg.%s:%s' % (preference, path)], two_pass=True)
    thread.join(10)
    assert not thread.is_alive()
    return result


def test_key_log_through_a_fifo():
    number, said = through_fifo(basic_keys(), 'keylog_file')
    assert number == 20 and TOLD not in said


def test_bad_lines_through_a_fifo():
    number, said = through_fifo('NONSENSE\n' + basic_keys(), 'keylog_file')
    assert number == 20 and 'once: line 1: expected a known key name' in said


def test_configuration_through_a_fifo():
    conf = (harness.CAPTURES / 'basic.server.conf').read_text()
    path = harness.scratch() / 'once.conf'
    os.mkfifo(path)
    path.chmod(0o666)
    thread = threading.Thread(target=lambda: path.write_text(conf), daemon=True)
    thread.start()
    result = harness.tshark('basic.pcapng', '-Y', 'wg.sender.peer == "alice"', prefs=['wg.config:%s' % path])
    thread.join(10)
    assert len(result.lines()) > 0 and TOLD not in result.stderr


def command(preference):
    return [harness.TSHARK, '-r', str(harness.staged('basic.pcapng')), '-o', preference, '-Y',
            'wg.type == 4 and wg.decryption.status == 1', '-T', 'fields', '-e', 'frame.number']


def test_key_log_from_standard_input():
    """Somebody else's pipe, when root runs the tests: it cannot be opened by its name."""
    result = harness.run(command('wg.keylog_file:/dev/stdin'), stdin=basic_keys())
    assert len(result.lines()) == 20 and TOLD not in result.stderr


def test_key_log_from_a_process():
    keys = str(harness.staged('basic.client.keys'))
    arguments = [part for part in command('wg.keylog_file:') if part not in ('-o', 'wg.keylog_file:')]
    script = 'exec "${@:2}" -o wg.keylog_file:<(cat "$1")'
    result = harness.run(['bash', '-c', script, 'bash', keys, *arguments])
    assert len(result.lines()) == 20 and TOLD not in result.stderr


# ---- bad input ----

def test_bad_lines_are_told_once_and_the_good_ones_count():
    text = 'LOCAL_STATIC_PRIVATE_KEY = tooshort=\n' + basic_keys() + 'NONSENSE\nPRESHARED_KEY = %s\n' % ('!' * 44)
    number, said = opened(prefs=keylog(write(text, 'bad.keys')))
    assert number == 20
    told = [line for line in said.splitlines() if TOLD in line]
    assert len(told) == 1 and 'bad.keys' in told[0]
    assert 'line 1:' in told[0] and 'line 6:' in told[0] and 'line 7:' in told[0]
    assert 'tooshort' not in said and '!!!' not in said


@pytest.mark.parametrize('make,expected', (
    (lambda: harness.scratch(), 'holds no *.keys or *.keylog file yet'),
    (lambda: harness.scratch() / 'missing.keys', 'cannot be read: No such file'),
    (lambda: '/dev/zero', 'has not ended after 128 MiB'),
    (lambda: '/proc/self/pagemap', 'has not ended after 128 MiB'),
), ids=('folder', 'missing', 'device', 'kernel'))
def test_files_that_are_none(make, expected):
    number, said = opened(prefs=keylog(make()))
    assert number == 0
    assert len([line for line in said.splitlines() if TOLD in line and expected in line]) == 1


def test_no_permission():
    path = write(basic_keys())
    path.chmod(0)
    if not harness.is_root():
        path.chmod(0o000)
    number, said = opened(prefs=keylog(path))
    assert number == 0 and 'Permission denied' in said


def test_binary_key_log():
    number, said = opened(prefs=keylog(write(os.urandom(1 << 20) + b'\n' + basic_keys().encode(), mode='wb')))
    assert number == 20
    told = [line for line in said.splitlines() if TOLD in line]
    assert len(told) == 1 and len(told[0]) < 2000


def test_huge_key_log():
    """Ten gigabytes of nothing, as a sparse file: no hang, no memory, and what is wanted is at the end."""
    path = write('')
    with open(path, 'r+b') as file:
        file.truncate(10 << 30)
        file.seek(0, os.SEEK_END)
        file.write(('\n' + basic_keys()).encode())
    began = time.monotonic()
    number, said = opened(prefs=keylog(path))
    assert number == 20 and 'is longer than 128 MiB; only its last 128 MiB are read' in said
    number, said = opened(prefs=['wg.config:%s' % path])
    assert number == 0 and 'is longer than 1 MiB, which no WireGuard configuration is' in said
    assert time.monotonic() - began < 50  # a hang, not a measurement


def test_config_with_two_interfaces():
    text = (harness.CAPTURES / 'basic.server.conf').read_text()
    path = write(text + '\n[Interface]\nPrivateKey = nonsense\n', 'two.conf')
    result = harness.tshark('basic.pcapng', '-Y', 'wg.sender.peer == "alice"', prefs=['wg.config:%s' % path])
    assert len(result.lines()) > 0
    told = [line for line in result.stderr.splitlines() if TOLD in line]
    assert len(told) == 1 and 'two.conf' in told[0] and '[Interface]' in told[0]
    assert 'nonsense' not in result.stderr


def test_a_line_before_any_section():
    path = write('# a\n\nPrivateKey = x\n', 'bad.conf')
    said = harness.tshark('basic.pcapng', prefs=['wg.config:%s' % path]).stderr
    assert 'bad.conf: line 3: expected [Interface] or [Peer]' in said


def test_sixty_bad_files_are_one_message():
    folder = harness.scratch()
    for n in range(60):
        (folder / ('wg%02d.conf' % n)).write_text('[Peer]\nPublicKey = nonsense\n')
    (folder / 'good.conf').write_text((harness.CAPTURES / 'basic.server.conf').read_text())
    os.mkfifo(folder / 'pipe.conf')  # nobody writes, and nobody waits
    result = harness.tshark('basic.pcapng', '-Y', 'wg.sender.peer == "alice"', prefs=['wg.config:%s' % folder])
    assert len(result.lines()) > 0
    told = [line for line in result.stderr.splitlines() if TOLD in line]
    assert len(told) == 1 and '61 files are not as expected: pipe.conf: is no regular file, wg00.conf: line 2:' in told[0]
    assert 'wg03.conf' in told[0] and told[0].endswith('and 56 more') and 'nonsense' not in told[0]


@pytest.mark.parametrize('name', ('a\x1b[31mb.keys', 'a\nb.keys', 'a\u2028b.keys', 'a\u202eb.keys'))
def test_names_of_files_are_made_fit_to_be_shown(name):
    path = write('NONSENSE\n', name)
    for prefs in (keylog(path), keylog(path.parent / (name + '.missing')), ['wg.config:%s' % path]):
        said = harness.tshark('basic.pcapng', '-c', '1', prefs=prefs).stderr
        told = [line for line in said.splitlines() if TOLD in line]
        assert len(told) == 1 and ('/a?[31mb.keys' in told[0] or '/a?b.keys' in told[0])


def test_names_of_peers_that_nobody_sees():
    public = 'PorMejTHSg1O42DAw1yq1lcpHbNWL6ZFsvBJJ4Y+dwY='
    for name, shown in (('\u3164\u2800', public), ('\u200b', public), ('a\u2028b', 'a?b'), ('\x1b[2Jx', '?[2Jx')):
        conf = write('[Peer]\n# Name = %s\nPublicKey = %s\n' % (name, public), 'names.conf')
        rows = harness.fields('basic.pcapng', 'wg.sender.peer', filter='wg.type == 1', keys='basic.client.keys',
                              prefs=['wg.config:%s' % conf])
        assert rows == [[shown]]


def test_a_library_that_fails_is_named(tmp_path):
    (tmp_path / 'fail.c').write_text('int sodium_init(void);\nint sodium_init(void) { return -1; }\n')
    library = harness.scratch() / 'fail.so'
    subprocess.run([os.environ.get('CC', 'cc'), '-shared', '-fPIC', '-o', str(library), str(tmp_path / 'fail.c')],
                   check=True, timeout=60)
    library.chmod(0o755)
    preload = ' '.join(filter(None, (harness.PRELOAD, str(library))))
    result = harness.tshark('basic.pcapng', '-O', 'wg', keys='basic.client.keys', env={'LD_PRELOAD': preload})
    assert 'WireGuard keys: nothing is decrypted: libsodium cannot be initialised' in result.stderr
    assert 'Not supported' in result.stdout and '(libsodium cannot be initialised)' in result.stdout
    assert 'Handshake Initiation' in result.stdout


def test_empty_folder_of_configs():
    result = harness.tshark('basic.pcapng', prefs=['wg.config:%s' % harness.scratch()])
    assert 'holds no *.conf file' in result.stderr
    assert len(result.lines()) == 22


def test_secrets_are_not_logged():
    """With every debug message of the host on, no key of any test appears."""
    keys = set()
    for path in harness.CAPTURES.glob('*.keys'):
        keys |= {value for name, value in re.findall(r'(\w+) = (\S+)', path.read_text()) if 'PUBLIC' not in name}
    keys -= {'A' * 43 + '='}
    assert len(keys) > 50
    bad = write(basic_keys().replace('=\n', '\n'), 'broken.keys')
    for prefs in (keylog(harness.staged('basic.client.keys')), keylog(bad),
                  ['wg.config:%s' % harness.staged('basic.client.conf')]):
        result = harness.tshark('basic.pcapng', '--log-level', 'noisy', prefs=prefs, allow='.')
        for key in keys:
            assert key not in result.stderr and key[:40] not in result.stderr
        assert len(result.stderr) > 100  # there was something to look through
