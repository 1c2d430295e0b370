# test_report_tables.py
# The reports as tables, as in Wireshark's windows, read through sharkd, which has the same tables.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import json
import os
import re
import shutil
import subprocess

import pytest

import harness
import reports

SHARKD = os.environ.get('SHARKD') or shutil.which('sharkd', path=os.environ.get('PATH', '') + ':/usr/bin')



def missing():
    """Why the tables cannot be tested, or None."""
    if SHARKD is None:
        return 'no sharkd here (package wireshark-common): TABLES NOT TESTED'
    version = re.search(r'(\d+)\.(\d+)\.\d+', subprocess.run(
        [SHARKD, '--version'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True,
        timeout=60).stdout)
    if version is None or tuple(map(int, version.groups())) != harness.version():
        return '%s is not of the version of %s: TABLES NOT TESTED' % (SHARKD, harness.TSHARK)
    return None


pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

TAPS = tuple('nstat:' + name for name in reports.REPORTS) + ('stat:wg', 'conv:WireGuard', 'endpt:WireGuard')


def ask(*requests):
    """The results of JSON-RPC requests to one sharkd, in order; a request is (method, parameters)."""
    lines = [json.dumps({'jsonrpc': '2.0', 'id': n, 'method': method, 'params': parameters})
             for n, (method, parameters) in enumerate(requests, 1)]
    process = subprocess.run(harness.unprivileged([SHARKD, '-']), input='\n'.join(lines) + '\n', timeout=60,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True,
                             env=harness.environment())
    answers = [json.loads(line) for line in process.stdout.splitlines() if line.startswith('{')]
    assert [answer['id'] for answer in answers] == list(range(1, len(requests) + 1)), process.stdout + process.stderr
    assert not harness.COMPLAINTS.search(process.stderr), process.stderr
    assert all('result' in answer for answer in answers), process.stdout
    return [answer['result'] for answer in answers]


def load(capture):
    return 'load', {'file': str(harness.staged(capture))}


def taps(*names):
    return 'tap', {'tap%d' % n: name for n, name in enumerate(names)}


def by_name(result):
    return {tap['tap']: tap for tap in result['taps']}


def rows(tap):
    """Of a table: its rows as dictionaries."""
    columns = [field['c'] for field in tap['fields']]
    [table] = tap['tables']
    return [dict(zip(columns, row)) for row in table['i']]


def asked(capture, *names):
    return by_name(ask(load(capture), taps(*(names or TAPS)))[1])


@pytest.mark.parametrize('capture', ('basic.pcapng', 'mid-session-leak.pcapng', 'rekey.pcapng', 'faults.pcap',
                                     'leaks.pcap'))
def test_tables_agree_with_the_text(capture):
    told = asked(capture)
    sessions, tree, conversations, endpoints = reports.figures(capture, two_pass=True)
    check_sessions(rows(told['nstat:wg,sessions']), sessions)
    found = reports.reports(capture, names=('wg,audit', 'wg,diagnose'), two_pass=True)
    check_diagnose(rows(told['nstat:wg,diagnose']), reports.diagnoses(found['wg,diagnose']))
    check_audit(rows(told['nstat:wg,audit']), reports.audit(capture, two_pass=True))
    check_host(told, tree, conversations, endpoints)


def check_sessions(table, sessions):
    assert [row['Stream'] for row in table] == list(sessions)
    for row in table:
        text = sessions[row['Stream']]
        assert (row['Initiator'], row['Responder']) == (text['initiator'], text['responder'])
        assert row['State'] == text['state'].split(',')[0], row
        assert '%.3f' % row['Begins (s)'] == text['begins s'] and '%.3f' % row['Lasts (s)'] == text['lasts s']
        assert (row['Answer (ms)'] or '-') == text['answer ms']
        for column, name in (('Packets', 'packets'), ('Bytes', 'bytes'), ('Lost', 'lost'), ('Duplicate', 'dup'),
                             ('Late', 'late')):
            assert (row[column + ' >'], row[column + ' <']) == text[name + '>/<']
        assert (row['Keepalives'], row['Roamed']) == (int(text['keepalives']), int(text['roamed']))
        renewed = re.search(r'rekey of (\d+)', text['state'])
        if 'try' not in text['state']:  # which of the two is said there
            assert row['Rekey of'] == (renewed.group(1) if renewed else '')
        assert row['Decrypted'] == text['decrypted']


def check_diagnose(table, tunnels):
    order = ['FAULT', 'WARNING', 'OK', 'NOTE']
    assert [row['Tunnel'] for row in table] == \
        sorted(tunnels, key=lambda name: order.index(tunnels[name][0][0])), 'the gravest first'
    for row in table:
        findings = tunnels[row['Tunnel']]
        assert row['State'] == findings[0][0]
        assert row['Verdict'] == findings[0][1].split(':')[0]
        assert row['In full'] == ' '.join(finding[1] for finding in findings)
        assert row['Check next'] == ' '.join(finding[2] for finding in findings if finding[2])
        assert row['Filter'].startswith('wg && ip')


def check_audit(table, pairs):
    pairs.pop('On the link', None)
    tunnels = {'%s <-> %s' % (row['Client, or sender'], row['Server, or receiver']): row
               for row in table if row['What'] == 'tunnel'}
    assert set(tunnels) == set(pairs)
    for name, (leaks, block) in pairs.items():
        row = tunnels[name]
        assert row['Packets'] == int(reports.paragraph(block, 'Inside').split()[0])
        assert row['Beside'] == sum(leak[2] for leak in leaks)
        assert row['In words'] == reports.paragraph(block, 'Verdict')
        payload = reports.paragraph(block, 'Payload')
        told = {'OK, looks random': 'looks random', 'NOT RANDOM': 'not random', 'TOO FEW BYTES': 'too few',
                'NOTHING CARRIED': 'none'}
        assert told.get(row['State'], '') in payload
    # What goes beside has rows of its own, the gravest first.
    beside = [row for row in table if row['What'] != 'tunnel' and row['State'] in ('LEAK', 'LOCAL ONLY')]
    assert sorted((row['What'], row['Packets'], row['First frame']) for row in beside) == \
        sorted((leak[0], leak[2], leak[3]) for leaks, _ in pairs.values() for leak in leaks)
    assert [row['State'] for row in table] == sorted(row['State'] for row in table)


def check_host(told, tree, conversations, endpoints):
    found = {('', top['name']): top['count'] for top in told['stats:wg']['stats']}
    for top in told['stats:wg']['stats']:
        found.update(((top['name'], sub['name']), sub['count']) for sub in top.get('sub', ()))
    assert found == tree
    assert {(c['saddr'], c['daddr']): (c['rxf'], c['txf']) for c in told['conv:WireGuard']['convs']} == conversations
    hosts, flows = told['endpt:WireGuard']['hosts'], told['conv:WireGuard']['convs']
    assert {h['host']: (h['rxf'] + h['txf'], h['txf'], h['rxf']) for h in hosts} == endpoints
    total = sum(row[name] for row in rows(told['nstat:wg,sessions']) for name in ('Bytes >', 'Bytes <'))
    assert sum(h['txb'] for h in hosts) == sum(h['rxb'] for h in hosts) == total
    assert sum(c['txb'] + c['rxb'] for c in flows) == total
    assert all('udp.port' in c['filter'] for c in told['conv:WireGuard']['convs'])


def test_another_capture_in_the_same_window():
    """Nothing of one capture shows in the tables of the next, nor in those of the same once more."""
    results = ask(load('rekey.pcapng'), taps(*TAPS), load('basic.pcapng'), taps(*TAPS), load('basic.pcapng'),
                  taps(*TAPS), taps(*TAPS))
    rekey, basic, again, once_more = (by_name(results[n]) for n in (1, 3, 5, 6))
    assert basic == again == once_more == asked('basic.pcapng')
    assert [len(rows(told['nstat:wg,sessions'])) for told in (rekey, basic)] == [2, 1]


def test_they_are_in_the_menus():
    menu = ask(load('basic.pcapng'), ('info', {}))[1]
    assert {entry['tap'] for entry in menu['nstat']} >= {'nstat:' + name for name in reports.REPORTS}
    assert 'stat:wg' in {entry['tap'] for entry in menu['stats']}
    assert {entry['tap'] for entry in menu['convs']} >= {'conv:WireGuard', 'endpt:WireGuard'}


def test_what_the_audit_does_not_see_has_a_row():
    [row] = rows(asked('audit-inside-wg0.pcapng', 'nstat:wg,audit')['nstat:wg,audit'])
    assert (row['State'], row['Packets']) == ('INSIDE', 10) and 'inside of a tunnel' in row['In words']
    if harness.count('port-53.pcapng', 'wg') == 0:
        told = asked('port-53.pcapng', 'nstat:wg,audit', 'nstat:wg,diagnose')
        [row] = rows(told['nstat:wg,diagnose'])
        assert (row['State'], row['Verdict'], row['Filter']) == ('NOTE', 'Not read', 'udp.port == 53')
        [row] = rows(told['nstat:wg,audit'])
        assert (row['State'], row['What'], row['Packets'], row['Filter']) == ('NOT READ', 'DNS', 14, 'udp.port == 53')


def test_a_configuration_that_fits_nothing_has_a_row():
    names = 'nstat:wg,audit', 'nstat:wg,diagnose'
    results = ask(('setconf', {'name': 'wg.config', 'value': str(harness.staged('amneziawg-2.server.conf'))}),
                  load('basic.pcapng'), taps(*names))
    audit, diagnose = (rows(by_name(results[2])[name]) for name in names)
    [told] = [row for row in audit if row['State'] == 'NOT SEEN']
    assert told['What'] == 'configuration'
    assert 'fits nothing of this capture: no initiation (S1, H1)' in told['In words']
    assert (diagnose[-1]['State'], diagnose[-1]['Verdict']) == ('NOTE', 'Not seen')
    assert diagnose[-1]['In full'] == told['In words']


def test_each_row_leads_to_its_packets():
    """By a filter that finds as many as the row has."""
    asked_for = asked('rekey.pcapng')
    for row in rows(asked_for['nstat:wg,sessions']):
        assert harness.count('rekey.pcapng', row['Filter']) == row['Packets >'] + row['Packets <']
    for name in ('nstat:wg,audit', 'nstat:wg,diagnose'):
        for row in rows(asked_for[name]):
            assert harness.count('rekey.pcapng', row['Filter']) > 0
