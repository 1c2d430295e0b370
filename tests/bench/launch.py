# launch.py
# Runs one command and prints what it cost: "exit code, seconds of the processor, peak in KiB".
#
# This is a small separate process, because Linux counts the memory of the process that forks towards
# the peak of the process that it starts.
#
# SPDX-License-Identifier: GPL-2.0-or-later
import resource
import subprocess
import sys

code = subprocess.call(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=float(sys.argv[1]))
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
