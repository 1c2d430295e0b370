# test_report_json.py
# The reports for programs: valid JSON, documented members, the same figures as the text. Also tests
# anonymous reports.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import collections
import json
import re
import shutil

import pytest

import harness
import reports

JSON = ('wg.report_format:json',)
ANONYMOUS = ('wg.report_anonymous:TRUE',)
REPORTS = reports.REPORTS
PAGE = harness.ROOT / 'docs' / 'fleet.md'
CAPTURES = ('basic.pcapng', 'rekey.pcapng', 'leaks.pcap', 'audit-split-tunnel.pcap', 'audit-ipv6-leak.pcap',
            'audit-node-to-node-two-if.pcapng', 'faults.pcap', 'not-wireguard.pcap', 'audit-inside-wg0.pcapng', 'port-4500.pcapng',
            'hostile-forged-responses.pcap', 'hostile-forged-initiations.pcap')


def lines(capture, *arguments, names=REPORTS, prefs=(), **more):
    wanted = [part for name in names for part in ('-z', name)]
    result = harness.tshark(capture, '-n', '-q', *reports.staged_files(arguments), *wanted, prefs=JSON + tuple(prefs),
                            **more)
    return [json.loads(line) for line in result.lines()]


def documented():
    """(report, record) -> members that docs/fleet.md has."""
    found, everywhere = collections.defaultdict(set), {'report', 'record', 'filter', 'part'}
    for section in re.split(r'(?m)^### ', PAGE.read_text())[1:]:
        report = section.split('\n', 1)[0]
        section = section.split('\n## ')[0]
        parts = re.split(r'`([a-z-]+)`: ', section)[1:]
        for record, text in zip(parts[::2], parts[1::2]):
            found[report, record] |= everywhere | set(re.findall(r'`([a-z_0-9]+)`', text))
    for name in [member for member in found['wg,sessions', 'session'] if member.startswith('initiator_')]:
        found['wg,sessions', 'session'].add(name.replace('initiator_', 'responder_'))
    return found


@pytest.mark.parametrize('capture', CAPTURES)
def test_every_member_is_documented(capture):
    page, seen = documented(), collections.defaultdict(set)
    for line in lines(capture, '-o', 'wg.config:audit-split-tunnel.client.conf'):
        seen[line['report'], line['record']] |= set(line)
    assert ('wg,audit', 'capture') in seen
    for (report, record), members in seen.items():
        told = page[report, record] | page['Every report', record]
        assert members <= told, (report, record, members - told)


@pytest.mark.parametrize('capture', CAPTURES)
def test_it_says_what_the_text_says(capture):
    found = lines(capture)
    text = reports.reports(capture, '-n', names=REPORTS)
    sessions = reports.session_rows(text['wg,sessions'])
    told = {line['stream']: line for line in found if line['record'] == 'session'}
    assert list(told) == list(sessions)
    for stream, line in told.items():
        row = sessions[stream]
        assert (line['initiator_packets'], line['responder_packets']) == row['packets>/<']
        assert (line['initiator_lost'], line['responder_lost']) == row['lost>/<']
        assert '%.3f' % line['begins'] == row['begins s'] and line['state'] == row['state'].split(',')[0]
    audit = reports.audit(capture, '-n')
    tunnels = [line for line in found if (line['report'], line['record']) == ('wg,audit', 'tunnel')]
    assert ['%s <-> %s' % (line['client'], line['server']) for line in tunnels] == \
        [name for name in audit if '<->' in name]
    for line, (name, (leaks, block)) in zip(tunnels, audit.items()):
        assert line['verdict'] == reports.paragraph(block, 'Verdict')
        assert line['packets'] == int(reports.paragraph(block, 'Inside').split()[0])
        beside = [row for row in found if row['record'] == 'beside' and row['tunnel'] == line['tunnel'] and
                  row['kind'] == 'leak']
        assert sorted((row['first_frame'], row['packets'], row['before_up'], row['while_up'], row['after'])
                      for row in beside) == sorted((leak[3], leak[2]) + leak[4:] for leak in leaks)


@pytest.mark.parametrize('capture', CAPTURES)
def test_the_diagnosis_says_what_its_text_says(capture):
    found = lines(capture, names=('wg,diagnose',))
    told = reports.diagnose(capture, '-n')
    tunnels = [line for line in found if line['record'] == 'tunnel']
    assert len(tunnels) == len(told)
    for line, (name, findings) in zip(tunnels, told.items()):
        own = [row for row in found if row['record'] == 'finding' and row['tunnel'] == line['tunnel']]
        assert [(row['severity'], row['text'], row.get('check')) for row in own] == [tuple(row) for row in findings]
        assert (line['state'], line['verdict']) == (own[0]['severity'], own[0]['finding'])
        assert re.split(' <?-> ', name) == [line['client'], line['server']]
        assert line['display_filter'].startswith('wg')


def test_both_formats_side_by_side_with_filters():
    filtered = lines('rekey.pcapng', names=('wg,sessions,wg.stream == 1',))
    assert [(line['stream'], line['filter']) for line in filtered] == [(1, 'wg.stream == 1')]
    # A filter of that name is a filter still.
    assert lines('rekey.pcapng', names=('wg,sessions,json',)) == []
    assert '== wg,sessions' in reports.report('rekey.pcapng', 'wg,sessions')


def test_parts():
    found = lines('basic.pcapng', '-M', '5', names=('wg,audit',), allow='resetting session')
    parts = [line.get('part', 1) for line in found if line['record'] == 'capture']
    assert parts == [1, 2, 3, 4, 5]


def test_session_keys_stay_what_a_key_log_reads():
    plain = harness.tshark('basic.pcapng', '-q', '-z', 'wg,keys', keys='basic.client.keys').stdout
    assert harness.tshark('basic.pcapng', '-q', '-z', 'wg,keys', keys='basic.client.keys', prefs=JSON).stdout == plain
    assert harness.tshark('audit-inside-wg0.pcapng', '-q', '-z', 'wg,keys').stdout.strip() == ''


CLIENTS = {'a8:1a:15': (1, 34), 'b9:19:81': (1, 32)}  # test-captures/client-id.md


@pytest.mark.parametrize('two_pass', (False, True), ids=('first', 'second'))
def test_client_ids_and_their_flows(two_pass):
    text = reports.report('client-id.pcapng', 'wg,sessions', two_pass=two_pass)
    assert reports.paragraph(text, 'Clients') == ', '.join(
        '%s (%d flow, %d messages)' % (name, *counts) for name, counts in CLIENTS.items()) + '.'
    found = [line for line in lines('client-id.pcapng', two_pass=two_pass) if line['record'] == 'client-id']
    assert {line['client_id']: (line['flows'], line['messages']) for line in found} == CLIENTS
    page = documented()['wg,sessions', 'client-id']
    assert all(set(line) <= page and 'not_all_kept' not in line for line in found)


def test_client_ids_are_not_made_up():
    assert 'Clients' not in reports.report('basic.pcapng', 'wg,sessions')
    assert not [line for line in lines('basic.pcapng') if line['record'] == 'client-id']


def test_client_ids_name_nobody():
    text = reports.report('client-id.pcapng', 'wg,sessions', prefs=ANONYMOUS)
    assert reports.paragraph(text, 'Clients') == 'client-1 (1 flow, 34 messages), client-2 (1 flow, 32 messages).'


# ---- anonymous ----

def secrets_of(capture, *configs):
    """Addresses, public keys and names that a report might tell."""
    addresses = {cell for row in harness.fields(capture, 'ip.addr', 'ipv6.addr') for cell in ','.join(row).split(',')}
    words = set()
    for config in configs:
        text = harness.staged(config).read_text()
        words |= set(re.findall(r'PublicKey = (\S+)', text)) | set(re.findall(r'Name = (\S+)', text))
    return {word for word in addresses if word} | words


@pytest.mark.parametrize('prefs', ((), JSON))
@pytest.mark.parametrize('capture, config', [('basic.pcapng', 'basic.server.conf'), ('leaks.pcap', None),
                                             ('psk-ipv6.pcapng', 'psk-ipv6.server.conf'),
                                             ('audit-ipv6-leak.pcap', None)])
def test_anonymous_reports_name_nobody(capture, config, prefs):
    arguments = ('-o', 'wg.config:' + config) if config else ()
    wanted = [part for name in REPORTS for part in ('-z', name)]
    command = ['-n', '-q', *reports.staged_files(arguments), *wanted]
    plain = harness.tshark(capture, *command, prefs=prefs).stdout
    text = harness.tshark(capture, *command, prefs=tuple(prefs) + ANONYMOUS).stdout
    names = secrets_of(capture, *([config] if config else []))
    told = [name for name in names if re.search(r'(?<![\w.:])%s(?![\w.]|:\w*:)' % re.escape(name), plain)]
    assert told and [name for name in names if name in text] == []
    assert 'host-1' in text and (config is None or 'peer-' in text)
    # One word for one host, everywhere.
    assert len(set(re.findall(r'host-\d+', text))) == len([name for name in told if re.search(r'[.:]', name)])


def test_anonymous_filters_are_left_out():
    text = harness.tshark('basic.pcapng', '-q', '-z', 'wg,audit,ip.addr == 192.0.2.10', prefs=ANONYMOUS).stdout
    assert '192.0.2.10' not in text and 'host-1 <-> host-2' in text


# ---- the page ----

def test_the_commands_of_the_page_run():
    folder = harness.scratch()
    shutil.copyfile(harness.staged('basic.pcapng'), folder / 'capture.pcapng')
    (folder / 'capture.pcapng').chmod(0o644)
    commands = re.findall(r'(?m)^ {4}tshark (.*)$', PAGE.read_text())
    assert len(commands) >= 6
    for command in commands:
        if '-i eth0' in command:
            command = command.replace('-i eth0 -f udp', '-r capture.pcapng')
        result = harness.run(['sh', '-c', 'cd "$1" && "$0" ' + command, harness.TSHARK, str(folder)],
                             allow='elastic|resetting', timeout=120)
        assert 'wg' in result.stdout, command


def test_packets_for_a_search_engine():
    result = harness.tshark('basic.pcapng', '-Y', 'wg', '-T', 'ek', '-j', 'frame ip ipv6 udp wg')
    documents = [json.loads(line) for line in result.lines() if line]
    packets = [document['layers'] for document in documents if 'layers' in document]
    assert len(packets) == 22 and all('wg_wg_stream' in packet['wg'] for packet in packets)
    mapping = json.loads(harness.run([harness.TSHARK, '-G', 'elastic-mapping', '--elastic-mapping-filter', 'wg']).stdout)
    text = json.dumps(mapping)
    assert '"wg_wg_stream"' in text and '"wg_wg_analysis_lost"' in text

