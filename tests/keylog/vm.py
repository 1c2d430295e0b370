# vm.py
# Boots a kernel of Debian in a virtual machine, in software emulation, and runs a script in it.
#
# The guest uses this machine's programs: it sees this machine's file system, read only. So a virtual
# machine costs only a kernel package, a small initramfs and some seconds to boot.
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""    machine = vm.Machine('bookworm')                  fetches the kernel where it is not there yet
    output = machine.run(script, share)                 bash, as root; /share is the folder `share`

Missing is raised where this machine cannot do it, with the reason."""
import gzip
import lzma
import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile

MODULES = ['virtio_pci', '9p', '9pnet_virtio', 'veth', 'wireguard', 'tun']
KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

INIT = r'''#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
for module in $(/bin/busybox cat /modules/order); do
    /bin/busybox insmod /modules/$module || echo "insmod $module failed"
done
options=trans=virtio,version=9p2000.L,msize=262144
/bin/busybox mount -t 9p -o ro,$options,cache=loose root /root || /bin/busybox poweroff -f
cd /root
/bin/busybox mount -t proc proc proc
/bin/busybox mount -t sysfs sysfs sys
/bin/busybox mount -t devtmpfs dev dev
/bin/busybox mount -t tmpfs run run
/bin/busybox mount -t tmpfs tmp tmp
/bin/busybox mount -t tmpfs home root
/bin/busybox mkdir -p run/netns run/share run/modules
/bin/busybox cp /modules/* run/modules/
/bin/busybox mount -t securityfs securityfs sys/kernel/security
/bin/busybox mount -t 9p -o $options,cache=none share run/share || /bin/busybox poweroff -f
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
/bin/busybox chroot /root /bin/bash /run/share/script.sh
/bin/busybox sync
/bin/busybox poweroff -f
'''


class Missing(Exception):
    """What this machine lacks."""


def need(program):
    path = shutil.which(program) or shutil.which(program, path='/usr/sbin:/sbin')
    if path is None:
        raise Missing('%s is not installed' % program)
    return path


def cache_folder():
    folder = os.environ.get('WG_VM_DIR')
    if not folder:
        folder = pathlib.Path(os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache')
        folder = folder / 'wireguard-wireshark' / 'vm'
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


# ---- The kernel ----------------------------------------------------------------------------

def mirror():
    """The Debian mirror of this machine."""
    for path in [pathlib.Path('/etc/apt/sources.list'), *pathlib.Path('/etc/apt').glob('sources.list.d/*')]:
        found = path.is_file() and re.search(r'https?://\S+/debian/?(?=\s)', path.read_text())
        if found:
            return found.group(0)
    raise Missing('this machine has no Debian mirror')


def apt_options(folder, suite):
    """apt with lists of its own, so that this machine's stay as they are."""
    for name in ('lists/partial', 'cache/archives/partial'):
        (folder / name).mkdir(parents=True, exist_ok=True)
    sources = folder / 'sources.list'
    sources.write_text('deb [signed-by=%s] %s %s main\n' % (KEYRING, mirror(), suite))
    return ['-o', 'Dir::Etc::sourcelist=%s' % sources, '-o', 'Dir::Etc::sourceparts=-',
            '-o', 'Dir::State::lists=%s' % (folder / 'lists'), '-o', 'Dir::Cache=%s' % (folder / 'cache'),
            '-o', 'Dir::State::status=/dev/null', '-o', 'APT::Architecture=amd64', '-q']


def packages(options):
    """Those of the suite's plain kernel: one, or, in newer suites, one for the image and one for the modules."""
    names = subprocess.run(['apt-cache', *options, 'pkgnames', 'linux-'], stdout=subprocess.PIPE,
                           universal_newlines=True, check=True).stdout.split()
    plain = [name for name in names
             if re.fullmatch(r'linux-(image|binary|modules)-\d[\w.+~]*(-\d+)?-amd64', name)]

    def version(name):
        return [int(number) for number in re.findall(r'\d+', name)]
    newest = max((version(name) for name in plain), default=None)
    if newest is None:
        raise Missing('the mirror has no kernel')
    chosen = [name for name in plain if version(name) == newest]
    split = [name for name in chosen if not name.startswith('linux-image-')]
    return split or chosen


def fetch(suite, folder, chosen=packages):
    """The packages that chosen(apt's options) names, unpacked."""
    need('apt-get')
    new = folder.with_name(folder.name + '.new')
    shutil.rmtree(new, ignore_errors=True)
    (new / 'apt').mkdir(parents=True)
    options = apt_options(new / 'apt', suite)
    try:
        subprocess.run(['apt-get', *options, 'update'], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        subprocess.run(['apt-get', *options, 'download', *chosen(options)], check=True, cwd=new / 'apt',
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Missing('what is needed of %s cannot be fetched: %s' % (suite, error))
    for package in (new / 'apt').glob('*.deb'):
        subprocess.run(['dpkg', '-x', package, new / 'tree'], check=True)
    shutil.rmtree(new / 'apt')
    new.rename(folder)


def program(suite, package, path):
    """A program of one of Debian's packages."""
    folder = cache_folder() / ('%s-%s' % (suite, package))
    if not folder.is_dir():
        fetch(suite, folder, lambda options: [package])
    return folder / 'tree' / path


# ---- The initramfs -------------------------------------------------------------------------

class Cpio:
    def __init__(self):
        self.data = bytearray()
        self.inode = 0

    def add(self, name, mode, content=b''):
        self.inode += 1
        name = name.encode() + b'\0'
        fields = [self.inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name), 0]
        self.data += b'070701' + b''.join(b'%08X' % field for field in fields) + name
        self.pad()
        self.data += content
        self.pad()

    def pad(self):
        self.data += b'\0' * (-len(self.data) % 4)

    def folder(self, name):
        self.add(name, stat.S_IFDIR | 0o755)

    def file(self, name, content, mode=0o755):
        self.add(name, stat.S_IFREG | mode, content)

    def finish(self):
        self.add('TRAILER!!!', 0)
        return gzip.compress(bytes(self.data), 1)


def static_busybox():
    path = need('busybox')
    told = subprocess.run(['ldd', path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True, env={'LC_ALL': 'C'}).stdout
    if 'not a dynamic executable' not in told:
        raise Missing('busybox is not static (the package is busybox-static)')
    return pathlib.Path(path).read_bytes()


class Machine:
    def __init__(self, suite):
        self.qemu = need('qemu-system-x86_64')
        self.busybox = static_busybox()
        self.depmod = need('depmod')
        folder = cache_folder() / suite
        if not folder.is_dir():
            fetch(suite, folder)
        self.tree = folder / 'tree'
        found = [path for path in self.tree.glob('**/modules/*') if (path / 'kernel').is_dir()]
        if len(found) != 1:
            raise Missing('%s holds %d kernels' % (self.tree, len(found)))
        self.modules = found[0]
        self.release = self.modules.name
        images = [*self.tree.glob('boot/vmlinuz-*'), *self.modules.glob('vmlinuz')]
        if not images:
            raise Missing('%s holds no kernel image' % self.tree)
        self.image = images[0]

    def wanted(self):
        """The modules to load, in their order."""
        dep = self.modules / 'modules.dep'
        if not dep.exists():
            subprocess.run([self.depmod, '-b', self.modules.parents[2], self.release], check=True)
        needs = {}
        for line in dep.read_text().splitlines():
            path, _, others = line.partition(':')
            needs[re.sub(r'\.ko.*', '', os.path.basename(path)).replace('-', '_')] = [path, *others.split()]
        order = []
        for name in MODULES:
            for path in reversed(needs.get(name, [])):  # the module itself comes first there
                if path not in order:
                    order.append(path)
        return order

    def initramfs(self):
        cpio = Cpio()
        for name in ('bin', 'dev', 'proc', 'root', 'modules'):
            cpio.folder(name)
        cpio.file('bin/busybox', self.busybox)
        order = []
        for path in self.wanted():
            content = (self.modules / path).read_bytes()
            if path.endswith('.xz'):
                content = lzma.decompress(content)
            order.append(re.sub(r'\.xz$', '', os.path.basename(path)))
            cpio.file('modules/' + order[-1], content, 0o644)
        cpio.file('modules/order', '\n'.join(order).encode(), 0o644)
        cpio.file('init', INIT.encode())
        return cpio.finish()

    def run(self, script, share, timeout=300, append=''):
        """Boots, runs `script`, and returns what the console showed."""
        share = pathlib.Path(share)
        (share / 'script.sh').write_text(script)
        with tempfile.TemporaryDirectory() as scratch:
            initramfs = pathlib.Path(scratch) / 'init.gz'
            initramfs.write_bytes(self.initramfs())
            command = [self.qemu, '-M', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '1500',
                       '-nographic', '-no-reboot', '-nic', 'none', '-serial', 'mon:stdio',
                       '-kernel', self.image, '-initrd', initramfs,
                       '-append', 'console=ttyS0 quiet panic=-1 clocksource=hpet ' + append,
                       '-virtfs', 'local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap',
                       '-virtfs', 'local,path=%s,mount_tag=share,security_model=none' % share]
            try:
                return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      stdin=subprocess.DEVNULL, universal_newlines=True, errors='replace',
                                      timeout=timeout).stdout
            except subprocess.TimeoutExpired as error:
                told = error.stdout or b''
                raise AssertionError('the machine did not end in %d s\n%s'
                                     % (timeout, told if isinstance(told, str) else told.decode(errors='replace')))
