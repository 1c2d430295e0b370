# harness.py
# Runs tshark with and without the plugin, in an isolated environment.
#
# tshark ignores plugin folders when it runs as root, so for root it runs as an unprivileged user;
# and as that user may not be able to look into the checkout, everything that tshark reads is
# copied to a folder that anyone can read.
#
# Environment variables: TSHARK (the program), WG_MODULE (the module), WG_BUILD (the
# build folder), WG_PRELOAD (the runtime libraries of a module with sanitizers), and EDITCAP, MERGECAP,
# CAPINFOS.
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""The functions that tests call:

    fields('basic.pcapng', 'wg.type', 'wg.counter', filter='wg.type == 4')   rows of strings
    count('basic.pcapng', 'wg.type == 4')                                    number of frames
    info('basic.pcapng')                                                     the Info column
    tree('basic.pcapng', frame=1)                                            what -O wg draws
    pdml(...), json(...)                                                     parsed
    tshark('basic.pcapng', '-q', '-z', 'wg,tree')                            everything else

Each takes keys= (names of key logs), prefs= ('name:value'), two_pass=True, plugin=False (what the
built-in dissector says), and fails on any complaint of tshark (see COMPLAINTS)."""
import atexit
import functools
import json as json_module
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
CAPTURES = ROOT / 'test-captures'
TSHARK = os.environ.get('TSHARK', 'tshark')
BUILD = pathlib.Path(os.environ.get('WG_BUILD', ROOT / 'build')).resolve()
MODULE = pathlib.Path(os.environ.get('WG_MODULE', BUILD / 'plugin' / 'wireguard.so')).resolve()
PRELOAD = os.environ.get('WG_PRELOAD', '')
OUR_FIELD = 'wg.length'  # no version of the built-in dissector has it
NOBODY = 65534

# A good run says nothing of this on stderr.
COMPLAINTS = re.compile(r'Dissector bug|[Ee]xception|CRITICAL|GLib|WARNING|\bWarn|ERROR|runtime error'
                        r'|AddressSanitizer|LeakSanitizer|was compiled for Wireshark')

# Set by those who run the suite, and needed by the program itself.
PASSED_ON = ('PATH', 'LD_LIBRARY_PATH', 'LD_PRELOAD', 'ASAN_OPTIONS', 'UBSAN_OPTIONS', 'LSAN_OPTIONS')


def is_root():
    return os.geteuid() == 0


@functools.lru_cache(maxsize=None)
def version_line():
    return subprocess.run([TSHARK, '--version'], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          universal_newlines=True, timeout=60, check=True).stdout.splitlines()[0]


@functools.lru_cache(maxsize=None)
def version():
    """(major, minor) of the tshark under test."""
    return tuple(int(n) for n in re.search(r'(\d+)\.(\d+)\.\d+', version_line()).groups())


# ---- The stage -----------------------------------------------------------------------------

@functools.lru_cache(maxsize=None)
def stage():
    """A folder for this run: plugin folders with and without the module, captures, a home."""
    # Root's own TMPDIR may be closed to others.
    folder = pathlib.Path(tempfile.mkdtemp(prefix='wireguard-tests.', dir='/tmp' if is_root() else None))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    for name in ('with', 'without'):
        (folder / name / ('%d.%d' % version()) / 'epan').mkdir(parents=True)
    shutil.copy(MODULE, folder / 'with' / ('%d.%d' % version()) / 'epan' / 'wireguard.so')
    (folder / 'captures').mkdir()
    for path in CAPTURES.iterdir():
        if path.is_file():
            shutil.copyfile(path, folder / 'captures' / path.name)
    (folder / 'home').mkdir()
    for path in folder.rglob('*'):
        path.chmod(0o755 if path.is_dir() else 0o644)
    (folder / 'home').chmod(0o777)
    return folder


def staged(path):
    """Where tshark can read this file: the name of one in test-captures, or any path."""
    if str(path) == os.path.basename(str(path)):
        return stage() / 'captures' / path
    path = pathlib.Path(path).resolve()
    if stage() in path.parents:
        return path
    folder = pathlib.Path(tempfile.mkdtemp(dir=stage()))
    folder.chmod(0o755)
    shutil.copyfile(path, folder / path.name)
    (folder / path.name).chmod(0o644)
    return folder / path.name


@functools.lru_cache(maxsize=None)
def keylog(names):
    """One key log out of several."""
    text = ''.join(staged(name).read_text() for name in names)
    folder = pathlib.Path(tempfile.mkdtemp(dir=stage()))
    (folder / 'wg.keys').write_text(text)
    folder.chmod(0o755)
    (folder / 'wg.keys').chmod(0o644)
    return folder / 'wg.keys'


def environment(plugin=True, home=None):
    env = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    env.update(HOME=str(home or stage() / 'home'), TZ='UTC', LC_ALL='C.UTF-8',
               WIRESHARK_PLUGIN_DIR=str(stage() / ('with' if plugin else 'without')),
               # A dissector bug ends the program instead of becoming a line in a tree.
               WIRESHARK_ABORT_ON_DISSECTOR_BUG='1')
    if PRELOAD:
        env['LD_PRELOAD'] = PRELOAD
    return env


def unprivileged(command):
    if not is_root():
        return command
    return ['setpriv', '--reuid=%d' % NOBODY, '--regid=%d' % NOBODY, '--clear-groups'] + command


# ---- Running -------------------------------------------------------------------------------

class Result:
    def __init__(self, command, process):
        self.command = command
        self.stdout, self.stderr, self.returncode = process.stdout, process.stderr, process.returncode

    def lines(self):
        return self.stdout.splitlines()


def run(command, plugin=True, returncode=0, allow=None, timeout=60, home=None, stdin='', env=None):
    """Run a Wireshark program as an unprivileged user.

    returncode   the expected one, or None for any
    allow        a regular expression for complaints that this test provokes
    env          what is added to its environment
    """
    command = [str(part) for part in command]
    process = subprocess.run(unprivileged(command), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             input=stdin, env=dict(environment(plugin, home), **(env or {})), timeout=timeout,
                             universal_newlines=True, encoding='utf-8', errors='replace')
    told = '%s\nended with %d\n%s' % (' '.join(command), process.returncode, process.stderr)
    complaints = [line for line in process.stderr.splitlines()
                  if COMPLAINTS.search(line) and not (allow and re.search(allow, line))]
    assert not complaints, told
    assert '[Dissector bug' not in process.stdout, told
    assert returncode is None or process.returncode == returncode, told
    return Result(command, process)


def tshark(capture, *arguments, keys=(), prefs=(), two_pass=False, **more):
    """tshark on one capture (a name in test-captures, or a path)."""
    command = [TSHARK, '-r', staged(capture)]
    if two_pass:
        command.append('-2')
    if keys:
        command += ['-o', 'wg.keylog_file:%s' % keylog(tuple((keys,) if isinstance(keys, str) else keys))]
    for preference in prefs:
        command += ['-o', preference]
    return run(command + list(arguments), **more)


def fields(capture, *names, filter=None, occurrence='a', aggregator=',', arguments=(), **more):
    """One row a frame, one string a field; several values are joined by the aggregator."""
    selection = ['-Y', filter] if filter else []
    for name in names:
        selection += ['-e', name]
    result = tshark(capture, '-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=%s' % occurrence,
                    '-E', 'aggregator=%s' % aggregator, *selection, *arguments, **more)
    rows = [line.split('\t') for line in result.stdout.split('\n')[:-1]]
    assert all(len(row) == len(names) for row in rows), 'a value holds a tab or a line break'
    return rows


def count(capture, filter, **more):
    return len(fields(capture, 'frame.number', filter=filter, **more))


def frames(capture, filter, **more):
    """The numbers of the frames that a filter selects."""
    return [int(row[0]) for row in fields(capture, 'frame.number', filter=filter, **more)]


def info(capture, *arguments, filter=None, **more):
    """The Info column, a string a frame; the same in every version of tshark."""
    selection = ['-Y', filter] if filter else []
    more['prefs'] = list(more.get('prefs', ())) + ['gui.column.format:"Info","%i"']
    return tshark(capture, *selection, *arguments, **more).lines()


def tree(capture, frame, protocol='wg', **more):
    """What is drawn of one frame, with one protocol opened."""
    return tshark(capture, '-Y', 'frame.number == %d' % frame, '-O', protocol, **more).stdout


def pdml(capture, *arguments, filter=None, **more):
    selection = ['-Y', filter] if filter else []
    return xml.etree.ElementTree.fromstring(
        tshark(capture, '-T', 'pdml', *selection, *arguments, **more).stdout)


def json(capture, *arguments, filter=None, **more):
    selection = ['-Y', filter] if filter else []
    return json_module.loads(
        tshark(capture, '-T', 'json', '--no-duplicate-keys', *selection, *arguments, **more).stdout)


def builtin(function, *arguments, **more):
    """The same question to Wireshark alone: builtin(fields, 'basic.pcapng', 'wg.type')."""
    return function(*arguments, plugin=False, **more)


def tool(name, *arguments, **more):
    """editcap, mergecap, capinfos. What they write must be in scratch()."""
    # They load no module of ours, and a sanitizer's runtime makes editcap hang.
    return run([os.environ.get(name.upper(), name), *arguments], env={'LD_PRELOAD': ''}, **more)


def scratch():
    """A new folder into which the unprivileged user may write."""
    folder = pathlib.Path(tempfile.mkdtemp(dir=stage()))
    folder.chmod(0o777)
    return folder


# ---- The guard -----------------------------------------------------------------------------

@functools.lru_cache(maxsize=None)
def loaded_plugins(plugin=True):
    """Name and path of what tshark has loaded."""
    lines = run([TSHARK, '-G', 'plugins'], plugin=plugin).lines()
    return [(line.split('\t')[0].strip(), line.split('\t')[-1].strip()) for line in lines]


@functools.lru_cache(maxsize=None)
def known_fields(plugin=True):
    """Field name -> (type, name of its protocol), of all that tshark knows."""
    rows = (line.split('\t') for line in run([TSHARK, '-G', 'fields'], plugin=plugin).lines())
    return {row[2]: (row[3], row[4]) for row in rows if row[0] == 'F'}


@functools.lru_cache(maxsize=None)
def prove_plugin_answers():
    if not PRELOAD:  # with a sanitizer's runtime, tshark does not come back from -G plugins
        ours = [path for name, path in loaded_plugins() if name == 'wireguard.so']
        assert len(ours) == 1 and str(stage()) in ours[0], 'tshark has not loaded %s' % MODULE
        assert 'wireguard.so' not in [name for name, _ in loaded_plugins(plugin=False)]
    assert OUR_FIELD in known_fields(), 'the plugin has not registered %s' % OUR_FIELD
    assert OUR_FIELD not in known_fields(plugin=False), '%s proves nothing' % OUR_FIELD
