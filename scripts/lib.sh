# lib.sh
# Functions for the commands in this folder: find what is missing, build, stage the module.
#
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
module_target=plugin/wireguard.so
missing=()
setup_options=() # for meson setup

# All messages go to stderr, so that the output of tshark can be piped on.
say() {
    printf '%s\n' "$*" >&2
}

die() {
    say "${0##*/}: $*"
    exit 1
}

# want PACKAGE COMMAND...: if the command fails, the Debian package is missing.
want() {
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || [[ " ${missing[*]-} " == *" $package "* ]] || missing+=("$package")
}

has_libgcrypt() {
    pkg-config --exists libgcrypt || command -v libgcrypt-config
}

can_compile() {
    echo '#include <stdio.h>' | "${CC:-cc}" -E -
}

want_for_building() {
    want tshark command -v tshark
    want pkg-config command -v pkg-config
    want meson command -v meson
    want ninja-build command -v ninja
    want gcc command -v "${CC:-cc}"
    want libc6-dev can_compile
    want libglib2.0-dev pkg-config --exists glib-2.0
    want libgcrypt20-dev has_libgcrypt
    want libsodium-dev pkg-config --exists libsodium
    want libwireshark-dev pkg-config --exists wireshark
}

# Try the system's Python first: the first one in PATH may be another one, without these modules.
choose_python() {
    for python in /usr/bin/python3 python3; do
        "$python" -c 'import pytest, cryptography' 2>/dev/null && return
    done
    python=/usr/bin/python3
    return 1
}

imports() {
    "$python" -c "import $1"
}

# Install the packages in `missing` with apt; without apt, name them and stop.
install_missing() {
    ((${#missing[@]})) || return 0
    if ! command -v apt-get >/dev/null; then
        die "missing here: ${missing[*]}" \
            "(these are the Debian names; install what your system calls them and try again)"
    fi

    local as_root=() log apt=(apt-get install -y --no-install-recommends "${missing[@]}")
    if ((EUID != 0)); then
        command -v sudo >/dev/null || die "missing here, and there is no sudo; as root, run: ${apt[*]}"
        as_root=(sudo)
        say "Installing ${missing[*]} (sudo may ask for your password) ..."
    else
        say "Installing ${missing[*]} ..."
    fi

    # A fresh machine has no package lists, and an old one has stale lists: update them before a second try.
    log=$(mktemp) || die "cannot make a temporary file"
    as_root+=(env DEBIAN_FRONTEND=noninteractive)
    if ! "${as_root[@]}" "${apt[@]}" >"$log" 2>&1 && ! { "${as_root[@]}" apt-get update &&
        "${as_root[@]}" "${apt[@]}"; } >>"$log" 2>&1; then
        tail -n 20 "$log" >&2
        die "apt could not install: ${missing[*]} (the whole output is in $log)"
    fi
    rm -f "$log"
    missing=()
}

# A build folder belongs to the user who made it. Others cannot use a folder that root has made, and the
# owner could no longer use one that root has written into.
choose_build() {
    build=${WG_BUILD:-$root/build}
    if [[ -z ${WG_BUILD:-} ]]; then
        local judge=$build
        [[ -e $judge ]] || judge=$root
        if [[ ! -O $judge || ! -w $judge ]]; then
            build=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/wireshark-wireguard
            build+=/build-$(cksum <<<"$root" | cut -d' ' -f1)
        fi
    fi
    mkdir -p "$build" 2>/dev/null
    [[ -w $build ]] || die "cannot build in $build; set WG_BUILD to a folder that you may write to"
    build=$(cd "$build" && pwd)
}

# The folder where this machine's Wireshark looks for dissector plugins.
plugin_folder() {
    echo "$(pkg-config --variable=plugindir wireshark)/epan"
}

# The version of Wireshark that the build folder was set up for.
configured_version() {
    local file=$build/meson-info/intro-dependencies.json
    [[ ! -f $file ]] || tr -d ' \n' <"$file" |
        sed -n 's/.*"name":"wireshark"[^}]*"version":"\([^"]*\)".*/\1/p'
}

# pack_checkout FILE: a tar archive of the checkout with its changes, without the files that git ignores.
pack_checkout() {
    if git -c safe.directory="$root" -C "$root" rev-parse --git-dir >/dev/null 2>&1; then
        git -c safe.directory="$root" -C "$root" ls-files -z --cached --others --exclude-standard |
            while IFS= read -r -d '' file; do
                [[ ! -e $root/$file ]] || printf '%s\0' "$file"
            done | tar -C "$root" --null --no-recursion -T - -cf "$1"
    else
        tar -C "$root" --exclude=./.git --exclude='./build*' -cf "$1" .
    fi
}

# build_targets WHAT TARGET...: bring the targets up to date (none: all); silent if they already are.
build_targets() {
    local what=$1 installed configured
    shift
    pkg-config --atleast-version=4.0 wireshark ||
        die "Wireshark 4.0 or newer is needed, here is $(pkg-config --modversion wireshark)"

    exec 9<"$build"
    flock 9 # two commands at the same time must not build into the same folder
    installed=$(pkg-config --modversion wireshark)
    configured=$(configured_version)
    if [[ ! -f $build/build.ninja ]]; then
        say "Setting up the build for Wireshark $installed ..."
        logged meson setup ${setup_options[@]+"${setup_options[@]}"} "$build" "$root"
    elif [[ -n $configured && $configured != "$installed" ]]; then
        say "Setting up the build again: it was made for Wireshark $configured, now it is $installed ..."
        logged meson setup --wipe ${setup_options[@]+"${setup_options[@]}"} "$build" "$root"
    fi
    if ! ninja -C "$build" -n "$@" 2>/dev/null | grep -q 'no work to do'; then
        say "Building $what ..."
        logged ninja -C "$build" "$@"
    fi
    exec 9<&-
}

# Run a command whose output matters only when it fails.
logged() {
    local log
    log=$(mktemp) || die "cannot make a temporary file"
    if ! "$@" >"$log" 2>&1 9<&-; then
        grep -v '^\[[0-9]*/[0-9]*\]' "$log" | tail -n 40 >&2
        die "the build failed; the whole output is in $log"
    fi
    rm -f "$log"
}

remove_stage() {
    rm -rf "$stage"
}

# Make a folder that any user can read, in which tshark finds the module beside Wireshark's own ones.
make_stage() {
    local from version kind file
    local base=${TMPDIR:-/tmp}
    ((EUID)) || base=/tmp # other users may not be able to read root's own
    stage=$(mktemp -d "$base/wireguard.XXXXXX") || die "cannot make a temporary folder"
    trap remove_stage EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP

    from=$(pkg-config --variable=plugindir wireshark)
    version=$(basename "$from")
    for kind in epan codecs wiretap; do
        mkdir -p "$stage/plugins/$version/$kind"
        for file in "$from/$kind"/*.so; do
            [[ ! -e $file || ${file##*/} == wireguard.so ]] ||
                ln -s "$file" "$stage/plugins/$version/$kind/"
        done
    done
    cp "$build/$module_target" "$stage/plugins/$version/epan/" || die "cannot copy the module"
    chmod -R a+rX "$stage"
}

# Prepare `command`, the array in front of tshark's own options, for decode(). For root, tshark ignores every
# plugin folder but the system's, and packets from strangers should not be read as root anyway. So tshark
# then runs as an unprivileged user, who keeps only one of root's rights, to read any file.
prepare_tshark() {
    command=(env WIRESHARK_PLUGIN_DIR="$stage/plugins")
    # tshark would find a plugin that is installed for this user as well as the staged one. With another
    # home it does not, and it still has the user's settings.
    if compgen -G "${HOME:-/nonexistent}/.local/lib/wireshark/plugins/*/epan/wireguard.so" >/dev/null; then
        mkdir "$stage/own-home"
        chmod a+rwx "$stage/own-home"
        command+=(XDG_CONFIG_HOME="${XDG_CONFIG_HOME:-$HOME/.config}" HOME="$stage/own-home")
    fi
    copies=no
    drop=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    if ((EUID == 0)); then
        local read=(--inh-caps=+dac_read_search --ambient-caps=+dac_read_search)
        if "${drop[@]}" "${read[@]}" true 2>/dev/null; then
            command=("${drop[@]}" "${read[@]}" "${command[@]}")
        elif "${drop[@]}" true 2>/dev/null; then
            copies=yes
            mkdir "$stage/home" "$stage/files"
            chown 65534:65534 "$stage/home" "$stage/files"
            command=("${drop[@]}" env -u XDG_CONFIG_HOME HOME="$stage/home" "${command[@]:1}")
        else
            die "cannot change to an unprivileged user, and for root tshark loads no plugins"
        fi
    fi
    command+=(tshark)
}

# Runs tshark in the caller's folder, so that relative names work. If the unprivileged user cannot enter
# that folder, no relative name could work either (see readable), and tshark would complain.
decode() {
    if [[ $copies == yes ]] && ! "${drop[@]}" test -x .; then
        (cd "$stage" && "${command[@]}" "$@")
    else
        "${command[@]}" "$@"
    fi
}

# Prove that the module is loaded: without it everything looks the same, because the built-in dissector answers.
check_loaded() {
    local listing ours theirs
    listing=$(decode -G plugins 2>"$stage/stderr")
    grep -q "^wireguard\.so[[:space:]].*$stage" <<<"$listing" && return

    grep -v '^Running as user' "$stage/stderr" >&2
    ours=$(pkg-config --modversion wireshark)
    theirs=$(tshark --version 2>/dev/null | sed -n '1s/^[^0-9]*\([0-9.]*[0-9]\).*/\1/p')
    [[ ${ours%.*} == "${theirs%.*}" ]] ||
        die "the plugin was built for Wireshark $ours, but tshark is $theirs ($(command -v tshark))"
    die "tshark did not load the plugin, and without it only the built-in dissector would answer"
}

# readable ARGUMENT: sets `argument` to the same, with a file that the unprivileged user can read. An
# argument may be a file, or a preference with a file as its value (name:file).
readable() {
    local prefix='' file=$1
    argument=$1
    [[ $copies == yes ]] || return 0
    if [[ ! -f $file && $file == *:* ]]; then
        prefix=${file%%:*}:
        file=${file#*:}
    fi
    [[ -f $file ]] || return 0
    "${drop[@]}" test -r "$file" && return
    argument=$(mktemp -d "$stage/files/XXXXXX")/${file##*/}
    cp "$file" "$argument" || die "cannot copy $file"
    chmod -R a+rX "$stage/files"
    argument=$prefix$argument
}
