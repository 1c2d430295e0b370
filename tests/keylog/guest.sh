# guest.sh
# Functions for the scripts in the virtual machine: two hosts with a tunnel, in namespaces.
#
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
share=/run/share
tracing=/sys/kernel/tracing
client_port=51820
server_port=51820

on() {
    local host=$1
    shift
    ip netns exec "$host" "$@"
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
    local tenths=$(($1 * 10))
    shift
    while ((tenths-- > 0)); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    echo "waited in vain for: $*"
    return 1
}

make_hosts() {
    local host
    umask 077
    ip netns add client
    ip netns add server
    ip link add eth0 netns client type veth peer name eth0 netns server
    ip -n client addr add 192.0.2.1/24 dev eth0
    ip -n server addr add 192.0.2.2/24 dev eth0
    for host in client server; do
        ip -n $host link set lo up
        ip -n $host link set eth0 up
        wg genkey >/tmp/$host.key
        wg pubkey </tmp/$host.key >/tmp/$host.pub
    done
    wg genpsk >/tmp/psk
}

# make_tunnel: wg0 on both, with a preshared key.
make_tunnel() {
    local host
    for host in client server; do
        ip -n $host link add wg0 type wireguard
        on $host wg set wg0 private-key /tmp/$host.key listen-port 51820
    done
    on client wg set wg0 peer "$(cat /tmp/server.pub)" preshared-key /tmp/psk endpoint 192.0.2.2:$server_port \
        allowed-ips 10.30.0.0/24
    on server wg set wg0 peer "$(cat /tmp/client.pub)" preshared-key /tmp/psk endpoint 192.0.2.1:$client_port \
        allowed-ips 10.30.0.2/32
    ip -n client addr add 10.30.0.2/24 dev wg0
    ip -n server addr add 10.30.0.1/24 dev wg0
    for host in client server; do
        ip -n $host link set wg0 up
    done
}

# A new handshake, at once: the peer is taken away and put back.
new_handshake() {
    on client wg set wg0 peer "$(cat /tmp/server.pub)" remove
    on client wg set wg0 peer "$(cat /tmp/server.pub)" preshared-key /tmp/psk endpoint 192.0.2.2:$server_port \
        allowed-ips 10.30.0.0/24
}

# start NAME HOST OPTIONS...: wg-keylog in the background, until it is ready.
start() {
    local name=$1 host=$2
    shift 2
    ip netns exec "$host" $share/wg-keylog "$@" 2>$share/$name.err >$share/$name.out &
    pid=$!
    wait_for 30 grep -q ready $share/$name.err
}

finish() {
    kill -INT "$pid"
    wait "$pid"
    echo "ended with $?"
}

left_over() {
    ls -d $tracing/instances/wg_keylog* $tracing/events/wg_keylog 2>/dev/null
    grep -h wg_keylog $tracing/kprobe_events $tracing/uprobe_events
}
