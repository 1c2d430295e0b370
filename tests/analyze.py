# analyze.py
# An analyzer over each file of the plugin, with the options that it is compiled with.
#
# SPDX-License-Identifier: GPL-2.0-or-later
"""
    analyze.py BUILD COMPILER            COMPILER -fanalyzer
    analyze.py BUILD --tidy CHECKS       clang-tidy

Prints what they say; ends with 1 if anything failed, and for -fanalyzer if it said anything."""
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys

LEFT_OUT = ('-MD', '-c')
WITH_VALUE = ('-MQ', '-MF', '-o')


def options_of(entry):
    """Without sanitizers, which change what is analysed, and without output."""
    words, found = iter(shlex.split(entry['command'])[1:]), []
    for word in words:
        if word in WITH_VALUE:
            next(words)
        elif word not in LEFT_OUT and not word.startswith('-fsanitize') and word != entry['file']:
            found.append(word)
    return found


def analyse(entry, tool):
    options, source = options_of(entry), entry['file']
    if tool[0] == '--tidy':
        command = ['clang-tidy', '--quiet', '--checks=' + tool[1], source, '--'] + options
    else:
        # In most of the paths that it follows something was optimised away; so without.
        command = [tool[0], '-c', source, '-o', os.devnull] + options + ['-O0', '-fanalyzer']
    process = subprocess.run(command, cwd=entry['directory'], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             universal_newlines=True, timeout=300)
    # What clang-tidy says of itself is on stderr.
    said = process.stdout if tool[0] == '--tidy' else process.stderr
    return process.returncode, said if process.returncode == 0 else process.stdout + process.stderr


def main():
    build, tool = pathlib.Path(sys.argv[1]), sys.argv[2:]
    entries = [entry for entry in json.loads((build / 'compile_commands.json').read_text())
               if '/plugin/' in entry['file']]
    assert len(entries) > 30, 'the files of the plugin are not where this looks'
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda entry: analyse(entry, tool), entries))
    for _, said in results:
        sys.stdout.write(said)
    bad = any(code != 0 for code, _ in results)
    sys.exit(bad or (tool[0] != '--tidy' and any(said for _, said in results)))


if __name__ == '__main__':
    main()
