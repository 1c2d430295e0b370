# goldens.py
# The reports on the captures, as tests/golden has them.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import harness
import reports

FOLDER = harness.ROOT / 'tests/golden'
RECORDED = ('basic', 'psk-ipv6', 'cookie', 'cookie-both', 'roaming', 'roaming-in-flight', 'unanswered',
            'wrong-server-key', 'rekey', 'mid-session-leak', 'lossy', 'gso')

# Name of the golden -> its capture and the arguments that come with it.
GOLDENS = {name: (name + '.pcapng', ()) for name in RECORDED}
GOLDENS.update((name, (name + '.pcap', ())) for name in ('faults', 'leaks'))
GOLDENS.update((name + '.server-conf', (name + '.pcapng', ('-o', 'wg.config:%s.server.conf' % name)))
               for name in ('unanswered', 'wrong-server-key'))


def rendered(name, two_pass=False):
    capture, arguments = GOLDENS[name]
    found = reports.reports(capture, *arguments, two_pass=two_pass)
    command = ' '.join(('tshark -q -r', capture) + arguments + tuple('-z ' + report for report in reports.REPORTS))
    return '$ %s\n\n%s\n' % (command, '\n\n'.join(found[report] for report in reports.REPORTS))


def files(name):
    """Path -> text, of the golden for one pass and, where two passes tell more, of that."""
    one, two = rendered(name), rendered(name, two_pass=True)
    return {FOLDER / (name + '.txt'): one,
            FOLDER / (name + '.two-pass.txt'): None if one == two else two.replace('tshark -q', 'tshark -2 -q', 1)}
