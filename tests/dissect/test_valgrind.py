# test_valgrind.py
# Whole runs with decryption under valgrind: no error, and no memory of ours is left at the end.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import re
import shutil
import warnings
import xml.etree.ElementTree

import pytest

import harness
import sharkd

# What asks for memory on behalf of others.
ALLOCATORS = re.compile(r'/(vgpreload_\S*|libc\.so\S*|libc-\S*|libglib-\S*|libgcrypt\S*|libgpg-error\S*)$')
# What stays for as long as the program runs: registrations, and a hash of the crypto room. At the
# end the host unloads the module and with it what points to that, so that it counts as lost.
KEPT = ('wg_register_protoinfo', 'wg_register_handoff', 'plugin_register', 'wg_crypto_init')
KEYS = ('basic.client.keys', 'cookie-both.server.keys')


@pytest.fixture
def valgrind(request):
    """Options of valgrind, and a function that gives the errors it found."""
    if harness.PRELOAD:
        pytest.skip('the module has sanitizers')
    if shutil.which('valgrind') is None:
        warnings.warn('there is no valgrind here: nobody looked for leaks')
        pytest.skip('there is no valgrind here')
    report = harness.scratch() / 'report.xml'
    options = ['valgrind', '--leak-check=full', '--show-leak-kinds=all', '--keep-debuginfo=yes', '--num-callers=40',
               '--track-origins=yes', '--child-silent-after-fork=yes', '--xml=yes', '--xml-file=%s' % report]
    return options, lambda: list(xml.etree.ElementTree.parse(report).getroot().iter('error'))


def stack(error):
    """(function, library) from the innermost on, of where the error is or the memory was asked for."""
    return [(frame.findtext('fn') or '?', frame.findtext('obj') or '') for frame in error.find('stack').iter('frame')]


def is_ours(error):
    """Whether our code itself asked for the memory, rather than the host on its behalf."""
    askers = [library for _, library in stack(error) if not ALLOCATORS.search(library)]
    return bool(askers) and askers[0].endswith('/wireguard.so')


def told(error):
    return '%s: %s' % (error.findtext('kind'), ' < '.join(function for function, _ in stack(error)))


def concerns_us(error):
    """Whether our code is anywhere in it, also where the memory comes from. The host has faults of its own: sharkd
    4.4 prints values that it did not set."""
    return any((frame.findtext('obj') or '').endswith('/wireguard.so') for frame in error.iter('frame'))


def check(errors, kept):
    wrong = [told(error) for error in errors
             if not error.findtext('kind').startswith('Leak_') and concerns_us(error)]
    assert wrong == []
    ours = [error for error in errors if is_ours(error)]
    left = [told(error) for error in ours if not any(function in kept for function, _ in stack(error))]
    assert left == []
    # What is kept must have been seen, or nothing would have been.
    assert any('wg_crypto_init' in told(error) for error in ours)
    return ours


def test_one_capture_on_both_passes(valgrind):
    options, errors = valgrind
    command = options + [harness.TSHARK, '-r', harness.staged('cookie-both.pcapng'), '-2', '-V',
                         '-o', 'wg.keylog_file:%s' % harness.keylog(KEYS),
                         '-o', 'wg.config:%s' % harness.staged('cookie-both.server.conf')]
    result = harness.run(command, timeout=300)
    assert 'Decryption: Decrypted' in result.stdout
    check(errors(), KEPT)


def test_captures_one_after_the_other(valgrind):
    """An empty one comes last, so that all is let go that was held of the others."""
    options, errors = valgrind
    empty = harness.scratch() / 'empty.pcap'
    empty.write_bytes((harness.CAPTURES / 'reserved.pcap').read_bytes()[:24])
    steps = [sharkd.prefer('wg.keylog_file', harness.keylog(KEYS))]
    for name, frames in (('basic.pcapng', 22), ('cookie-both.pcapng', 39), ('basic.pcapng', 22)):
        steps += [sharkd.load(name), sharkd.columns('wg.decryption.status')]
        steps += [sharkd.frame(number) for number in range(1, frames + 1, 4)]
    steps += [sharkd.prefer('wg.keylog_file', ''), sharkd.load(empty), ('status', {})]
    answers = sharkd.run(steps, command=options, timeout=300)
    assert str(answers).count('Decrypted') > 20 and answers[-1]['frames'] == 0
    ours = check(errors(), KEPT + ('capture_opened',))
    # What belongs to the empty one, which sharkd does not close: empty tables, and nothing lost.
    of_captures = [error for error in ours if 'capture_opened' in told(error) and 'wg_crypto_init' not in told(error)]
    assert {error.findtext('kind') for error in of_captures} == {'Leak_StillReachable'}
    assert sum(int(error.find('xwhat').findtext('leakedblocks')) for error in of_captures) < 100
