# test_report_size.py
# Reports on very many sessions have all rows, and memory is bounded.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import os
import re
import shutil
import subprocess
import sys

import harness
import reports

SESSIONS, CLIENTS = 100000, 10000
SESSION_BYTES = 8192  # generous: what tshark may take for one, all reports together
REPORTS = reports.REPORTS + ('wg,tree', 'conv,wg', 'endpoints,wg')


def measured(folder, *arguments):
    """Peak memory of one tshark in bytes; its output is in folder/out."""
    with open(folder / 'out', 'w') as out:
        process = subprocess.run(
            [sys.executable, '-c', LAUNCH, *harness.unprivileged([harness.TSHARK, '-r', str(folder / 'capture.pcap'), '-q',
                                                                  *arguments])],
            stdout=out, stderr=subprocess.PIPE, env=harness.environment(), universal_newlines=True, timeout=300)
    code, peak = process.stderr.split()[-2:]
    assert code == '0' and not harness.COMPLAINTS.search(process.stderr), process.stderr
    return int(peak) * 1024


# In a small process of its own: Linux counts the memory of the one that forks, too.
LAUNCH = '''import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdin=subprocess.DEVNULL)
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)'''


def counted(lines, pattern):
    return sum(1 for line in lines if re.match(pattern, line))


def test_100_000_sessions():
    """A handshake and three data messages each, by 10,000 clients of one server."""
    folder = harness.scratch()
    subprocess.run([sys.executable, '-B', str(harness.ROOT / 'tests/bench/generate.py'), 'sessions', str(folder),
                    str(SESSIONS)], check=True, timeout=120)
    (folder / 'capture.pcap').chmod(0o644)
    try:
        alone = measured(folder)
        taken = measured(folder, *(part for report in REPORTS for part in ('-z', report))) - alone
        lines = (folder / 'out').read_text().splitlines()
    finally:
        shutil.rmtree(folder)
    # Some ports of clients belong to other protocols, which Wireshark asks first.
    sessions = int(next(line.split()[2] for line in lines if line.startswith(' Handshake Initiation  ')))
    clients = sessions * CLIENTS // SESSIONS
    assert sessions > SESSIONS * 0.99
    rows = r' *\d+  10\.0\.\d+\.\d+:\d+ +192\.0\.2\.1:51820 +\d+\.\d+ +\d+\.\d +\d+\.\d+  '
    assert counted(lines, rows) == sessions
    assert counted(lines, r' *\d+ +3/2 +308/220 +0/0 +0/0 +0/0 +1 +0  no$') == sessions
    assert counted(lines, r'10\.0\.\d+\.\d+ <-> 192\.0\.2\.1$') == clients
    assert counted(lines, r'10\.0\.\d+\.\d+:\d+ -> 192\.0\.2\.1:51820$') == clients
    assert counted(lines, r'10\.0\.\d+\.\d+:\d+ +<-> 192\.0\.2\.1:51820 ') == clients
    assert counted(lines, r'10\.0\.\d+\.\d+:\d+ +50 ') == clients
    assert counted(lines, r'192\.0\.2\.1:51820 +%d ' % (5 * sessions)) == 1
    assert counted(lines, r'WireGuard messages +%d ' % (5 * sessions)) == 1
    if 'WG_PRELOAD' not in os.environ:  # a sanitizer's runtime takes several times as much
        assert taken < SESSIONS * SESSION_BYTES
