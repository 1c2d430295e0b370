# measure.py
# Runs tshark for the benchmark: without the plugin, with the plugin, and with WireGuard disabled.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import concurrent.futures
import dataclasses
import functools
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys

import harness

VARIANTS = BUILTIN, PLUGIN, OFF = 'built-in', 'plugin', 'off'
HERE = pathlib.Path(__file__).resolve().parent
GENERATE, LAUNCH = HERE / 'generate.py', HERE / 'launch.py'
PATIENCE = 900  # seconds for one run


class Broken(Exception):
    """tshark did not do what was to be measured."""


@dataclasses.dataclass
class Run:
    seconds: float  # of the processor, in user and system mode
    peak: int       # bytes resident


@dataclasses.dataclass
class Result:
    case: object
    size: int
    runs: dict                # variant -> [Run], in turns
    peak_of_half: dict = None  # variant -> bytes, with half the size
    instructions: dict = None  # variant -> a number for one unit
    seen: dict = None         # BUILTIN, PLUGIN -> frames

    def seconds(self, variant):
        return statistics.median(run.seconds for run in self.runs[variant])

    def peak(self, variant):
        return statistics.median(run.peak for run in self.runs[variant])

    def ratios(self, variant=PLUGIN):
        """To the built-in, round by round: what slows a round slows all of it."""
        return [mine.seconds / theirs.seconds for mine, theirs in zip(self.runs[variant], self.runs[BUILTIN])]

    def memory(self, variant):
        """Bytes for one unit, or None."""
        if self.peak_of_half is None:
            return None
        return (self.peak(variant) - self.peak_of_half[variant]) / (self.size - self.size // 2)


# ---- Material ------------------------------------------------------------------------------

class Material:
    """A capture with its keys, and the command that reads it; removed at the end of the block."""

    def __init__(self, case, size):
        self.case, self.size = case, size

    def __enter__(self):
        self.folder = harness.scratch()
        subprocess.run([sys.executable, GENERATE, self.case.make, self.folder, str(self.size)], check=True)
        profile = self.folder / 'home' / '.config' / 'wireshark'
        profile.mkdir(parents=True)
        if (self.folder / 'wg_keys').exists():
            (self.folder / 'wg_keys').rename(profile / 'wg_keys')
        for path in self.folder.rglob('*'):
            path.chmod(0o755 if path.is_dir() else 0o644)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def command(self, variant, arguments):
        command = [harness.TSHARK, '-r', self.folder / 'capture.pcap', *arguments]
        if (self.folder / 'wg.keys').exists():
            command += ['-o', 'wg.keylog_file:%s' % (self.folder / 'wg.keys')]
        if variant == OFF:
            command += ['--disable-protocol', 'wg']
        return [str(part) for part in command]

    def environment(self, variant):
        return harness.environment(plugin=variant == PLUGIN, home=self.folder / 'home')


def run(material, variant, before=(), arguments=None, env=None):
    """(Run, what was said on stderr) of one tshark. env: what is added to its environment."""
    asked = arguments or material.case.arguments + (material.case.added if variant == PLUGIN else ())
    command = harness.unprivileged([*before, *material.command(variant, asked)])
    process = subprocess.run([sys.executable, '-I', str(LAUNCH), str(PATIENCE), *command], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, env=dict(material.environment(variant), **(env or {})),
                             universal_newlines=True)
    told = process.stderr
    if process.returncode == 0:
        code, seconds, peak = process.stdout.split()
    if process.returncode != 0 or code != '0' or harness.COMPLAINTS.search(told):
        raise Broken('%s (%s): %s %s' % (' '.join(command), variant, process.stdout, told[-2000:]))
    return Run(float(seconds), int(peak) * 1024), told


def frames_seen(material):
    """How many frames each dissector takes for what the case is about."""
    return {variant: harness.run(material.command(variant, ('-Y', material.case.seen, '-T', 'fields', '-e', 'frame.number')),
                                 plugin=variant == PLUGIN, home=material.folder / 'home',
                                 timeout=PATIENCE).stdout.count('\n')
            for variant in (BUILTIN, PLUGIN)}


# ---- Instructions --------------------------------------------------------------------------

PERF = ('perf', 'stat', '-x,', '-e', 'instructions:u')
VALGRIND = ('valgrind', '--tool=cachegrind', '--cache-sim=no', '--cachegrind-out-file=/dev/null')


def instructions_told(text):
    """What perf or valgrind counted; None where there is no number."""
    found = re.search(r'^(\d+),[^,]*,instructions|I +refs: +([\d,]+)', text, re.MULTILINE)
    return int((found.group(1) or found.group(2)).replace(',', '')) if found else None


@functools.lru_cache(maxsize=None)
def counter():
    """The command that counts instructions here, or None. Perf is quicker, where it may count."""
    for command in (PERF, VALGRIND):
        if shutil.which(command[0]):
            process = subprocess.run(harness.unprivileged([*command, 'true']), stderr=subprocess.PIPE,
                                     env=harness.environment(), universal_newlines=True)
            if instructions_told(process.stderr) is not None:
                return command
    return None


@functools.lru_cache(maxsize=None)
def same_hashes():
    """The environment in which each run counts the same; empty where there is no compiler."""
    if shutil.which('cc') is None:
        return {}
    module = harness.scratch() / 'same_hashes.so'
    subprocess.run(['cc', '-shared', '-fPIC', '-O2', '-o', module, HERE / 'same_hashes.c'], check=True)
    module.chmod(0o755)
    return {'LD_PRELOAD': str(module)}


def instructions(case):
    """For one unit: the difference of two sizes. Of an empty capture, all of them."""
    less, more = case.counted
    with Material(case, less) as small, Material(case, more) as large, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        counts = {(variant, material): pool.submit(run, material, variant, counter(), env=same_hashes())
                  for variant in VARIANTS for material in ((small, large) if more else (large,))}
        counts = {key: instructions_told(future.result()[1]) for key, future in counts.items()}
        if not more:
            return {variant: counts[variant, large] for variant in VARIANTS}
        return {variant: (counts[variant, large] - counts[variant, small]) / (more - less) for variant in VARIANTS}


# ---- A case --------------------------------------------------------------------------------

def measure(case, rounds=None, quick=False):
    size = case.quick if quick else case.size
    with Material(case, size) as material:
        result = Result(case, size, {variant: [] for variant in VARIANTS})
        for _ in range(rounds or (1 if quick else case.rounds)):
            for variant in VARIANTS:
                result.runs[variant].append(run(material, variant)[0])
        if quick:
            result.seen = frames_seen(material)
    if quick:
        return result
    if size:
        with Material(case, size // 2) as half:
            result.peak_of_half = {variant: run(half, variant)[0].peak for variant in VARIANTS}
    with Material(case, case.counted[1]) as material:
        result.seen = frames_seen(material)
    if counter():
        result.instructions = instructions(case)
    return result
