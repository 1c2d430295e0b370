#!/usr/bin/python3
# seeds.py
# Writes the first inputs of each fuzz target: the contents of test-captures, in the form that the target
# reads, and sequences that make sessions.
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""Into tests/fuzz/corpus, or another folder that is named. Only files named seed-* are written and
removed; what a fuzzer found stands beside them.

seeds.py --simulated FOLDER CORPUS makes inputs of the captures that tests/sim/make wrote into FOLDER."""
import pathlib
import sys

import seeds_core as core
import seeds_frames as frames
import seeds_gui as gui
from seeds_sources import LONGEST

HERE = pathlib.Path(__file__).resolve().parent


def situations(folder):
    """What tests/sim/make wrote there: (name, key log, configurations, records) of each capture."""
    for path in sorted(pathlib.Path(folder).glob('*.pcap')):
        beside_it = sorted(path.parent.glob(path.name.rsplit('.', 2)[0] + '.*'))
        logs = [other.read_bytes() for other in beside_it if other.suffix == '.keys']
        confs = [other.read_bytes()[:500] for other in beside_it if other.suffix == '.conf'][:2]
        yield path.name.rsplit('.', 1)[0], (logs or [b''])[0], b'\0'.join(confs), frames.records_of(path)


def simulated(folder, corpus):
    for n, (name, log, confs, records) in enumerate(situations(folder)):
        (corpus / 'epan').mkdir(parents=True, exist_ok=True)
        (corpus / 'gui').mkdir(parents=True, exist_ok=True)
        (corpus / 'epan' / ('sim-' + name)).write_bytes(bytes([(0, 0x80, 8)[n % 3]]) + records)
        for known, texts in (('', [b'', b'', b'', b'']), ('-keyed', [log, b'', confs, b''])):
            (corpus / 'gui' / ('sim-' + name + known)).write_bytes(gui.shown(bytes([(0, 8)[n % 2]]), texts, gui.FOLDERS | 1, records))


TARGETS = {'epan': frames.whole, 'mux': frames.mux, 'gui': gui.gui, 'wire': core.wire, 'envelope': core.envelope,
           'keylog': core.keylog, 'config': core.config, 'keyfile': core.keyfile, 'keystore': core.keystore,
           'counters': core.counters, 'noise': core.noise, 'sessions': core.sessions}


def main():
    if sys.argv[1:2] == ['--simulated']:
        simulated(sys.argv[2], pathlib.Path(sys.argv[3]))
        return
    corpus = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / 'corpus'
    for name, seeds in TARGETS.items():
        folder = corpus / name
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.glob('seed-*'):
            path.unlink()
        for seed, content in seeds():
            assert len(content) <= 2 * LONGEST, seed
            (folder / ('seed-' + seed)).write_bytes(content)


if __name__ == '__main__':
    main()
