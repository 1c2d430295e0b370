# sharkd.py
# Opens several captures in one process of Wireshark's sharkd, and asks what it shows of each.
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""One process, given a list of steps; the answers come back in the same order:

    answers = sharkd.run([sharkd.load('basic.pcapng'), sharkd.prefer('wg.keylog_file', path), ...])

SHARKD names another program than the one in PATH."""
import json
import os
import shutil
import subprocess

import harness

SHARKD = os.environ.get('SHARKD', 'sharkd')


def is_here():
    return shutil.which(SHARKD) is not None


def load(capture):
    return 'load', {'file': str(harness.staged(capture))}


def prefer(name, value):
    return 'setconf', {'name': name, 'value': str(value)}


def columns(*names):
    """A column for each field, of each frame."""
    return 'frames', {'column%d' % i: name + ':0' for i, name in enumerate(names)}


def frame(number):
    """Everything that a click on the frame shows: tree and Info."""
    return 'frame', {'frame': number, 'proto': True, 'columns': True}


def run(steps, command=(), timeout=120, returncode=0, allow=None):
    """The results of the steps; an error in any of them is a failure.

    command   what stands before sharkd: valgrind and its options
    """
    requests = [{'jsonrpc': '2.0', 'id': number, 'method': method, 'params': parameters}
                for number, (method, parameters) in enumerate(steps, 1)]
    text = ''.join(json.dumps(request) + '\n' for request in requests)
    result = harness.run([*command, SHARKD, '-'], timeout=timeout, stdin=text, returncode=returncode, allow=allow)
    replies = [json.loads(line) for line in result.lines() if line]
    told = '%s\n%s' % (result.stdout[-2000:], result.stderr[-2000:])
    assert [reply.get('id') for reply in replies] == [request['id'] for request in requests], told
    assert all('result' in reply for reply in replies), [reply for reply in replies if 'result' not in reply]
    return [reply['result'] for reply in replies]


def reports():
    """What sharkd can tell of WireGuard in whole captures, as steps."""
    offered = run([('info', {})])[0]
    ours = {report['tap'] for kind in ('stats', 'convs', 'taps') for report in offered[kind]
            if report['tap'].split(':')[-1].lower() in ('wg', 'wireguard')}
    return [('tap', {'tap0': tap}) for tap in sorted(ours | {'expert'})]
