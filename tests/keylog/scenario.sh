# scenario.sh
# Runs in the virtual machine; tests/keylog/test_vm.py checks the files that it leaves in /run/share.
#
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
. /run/share/guest.sh

step() {
    echo "== $1 ($(cut -d' ' -f1 /proc/uptime))"
}

pings() {
    on "$1" ping -c 4 -i 0.3 "$2" | grep received
}

# refused NAME COMMAND...: what it says goes to NAME.err, its exit status to the console.
refused() {
    local name=$1 status
    shift
    "$@" >$share/refused-"$name".out 2>$share/refused-"$name".err
    status=$?
    echo "refused $name $status"
}

# hidden OVER WITH COMMAND...: where OVER in the file system is replaced, for this command only.
hidden() {
    local over=$1 with=$2
    shift 2
    unshare --mount bash -c 'mount --bind "$1" "$2" && shift 2 && exec "$@"' bash "$with" "$over" "$@"
}

step 'no module'
rmmod wireguard
refused no-module $share/wg-keylog
insmod /run/modules/wireguard.ko

step 'hosts'
make_hosts
make_tunnel

step 'no tracefs mounted, a session that runs already'
pings client 10.30.0.1
start older client -o $share/older.keys
on client dumpcap -q -i eth0 -w /tmp/older.pcapng 2>/tmp/older.err &
older=$!
wait_for 20 grep -q File: /tmp/older.err
pings client 10.30.0.1
new_handshake
pings client 10.30.0.1
sleep 1
kill $older
wait $older
finish
cp /tmp/older.pcapng $share/
mount -t tracefs tracefs $tracing
left_over

step 'live, with the keys of sessions: one that runs, one begun by each end'
on client dumpcap -q -i wg0 -w /tmp/inner.pcapng 2>/tmp/inner.err &
inner=$!
mkfifo /tmp/live
mkdir -m 777 /tmp/home
tee /tmp/live.pcapng </tmp/live |
    setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/tmp/home WIRESHARK_PLUGIN_DIR=$share/plugins \
        tshark -l -i - -Y icmp -T fields -e icmp.seq >/tmp/live.txt 2>/tmp/live.err &
reader=$!
ip netns exec client $share/wg-keylog --pcapng eth0 >/tmp/live 2>$share/live.err &
pid=$!
wait_for 60 grep -q 'Capturing on' /tmp/live.err
wait_for 60 grep -q ready $share/live.err
pings client 10.30.0.1
wait_for 30 grep -q 4 /tmp/live.txt
cp /tmp/live.txt $share/live-before-the-end.txt
new_handshake
pings client 10.30.0.1
on server wg set wg0 peer "$(cat /tmp/client.pub)" remove
on server wg set wg0 peer "$(cat /tmp/client.pub)" preshared-key /tmp/psk endpoint 192.0.2.1:51820 \
    allowed-ips 10.30.0.2/32
pings server 10.30.0.2
sleep 2
finish
wait $reader
kill $inner
wait $inner
cp /tmp/live.txt /tmp/live.pcapng /tmp/inner.pcapng $share/
left_over

step 'long-term keys into a capture, on the responder, with the rights of another user'
mkdir -m 777 /tmp/open
export SUDO_UID=65534 SUDO_GID=65534
start long server --pcapng eth0 --long-term -f 'udp port 51820' -o /tmp/open/long.pcapng
unset SUDO_UID SUDO_GID
new_handshake
pings client 10.30.0.1
sleep 1
finish
stat -c 'owner %u mode %a' /tmp/open/long.pcapng
cp /tmp/open/long.pcapng $share/

step 'wireguard-go, in both roles'
if [[ -e $share/wireguard-go ]]; then
    [[ -e /dev/net/tun ]] || { mkdir -p /dev/net && mknod /dev/net/tun c 10 200; }
    cp $share/wireguard-go /tmp/wireguard-go # a probe wants a file system that keeps pages
    on client /tmp/wireguard-go wg1 >/dev/null 2>&1
    wait_for 20 test -S /var/run/wireguard/wg1.sock
    # Another name: wg finds the socket of wg1 from everywhere.
    ip -n server link add wg2 type wireguard
    on client wg set wg1 private-key /tmp/client.key listen-port 51821
    on server wg set wg2 private-key /tmp/server.key listen-port 51821
    ip -n client addr add 10.31.0.2/24 dev wg1
    ip -n server addr add 10.31.0.1/24 dev wg2
    ip -n client link set wg1 up
    ip -n server link set wg2 up
    on client dumpcap -q -i eth0 -f 'udp port 51821' -w /tmp/go.pcapng 2>/tmp/go-outer.err &
    outer=$!
    on client dumpcap -q -i wg1 -w /tmp/go-inner.pcapng 2>/tmp/go-inner.err &
    inner=$!
    wait_for 20 grep -q File: /tmp/go-outer.err
    wait_for 20 grep -q File: /tmp/go-inner.err
    start go client --wireguard-go wg1 -o $share/go.keys
    on server wg set wg2 peer "$(cat /tmp/client.pub)" preshared-key /tmp/psk allowed-ips 10.31.0.2/32
    on client wg set wg1 peer "$(cat /tmp/server.pub)" preshared-key /tmp/psk endpoint 192.0.2.2:51821 \
        allowed-ips 10.31.0.0/24
    pings client 10.31.0.1
    on client wg set wg1 peer "$(cat /tmp/server.pub)" remove
    on client wg set wg1 peer "$(cat /tmp/server.pub)" preshared-key /tmp/psk allowed-ips 10.31.0.0/24
    on server wg set wg2 peer "$(cat /tmp/client.pub)" remove
    on server wg set wg2 peer "$(cat /tmp/client.pub)" preshared-key /tmp/psk endpoint 192.0.2.1:51821 \
        allowed-ips 10.31.0.2/32
    pings server 10.31.0.2
    sleep 1
    finish
    left_over
    kill $outer $inner
    wait $outer $inner
    cp /tmp/go.pcapng /tmp/go-inner.pcapng $share/
    start go-killed client --wireguard-go wg1 -o /tmp/go-killed.keys
    kill -9 $pid
    wait_for 10 bash -c "! grep wg_keylog $tracing/uprobe_events"
    left_over
    refused go-no-interface on client $share/wg-keylog --wireguard-go wg7 -o /tmp/no-3.keys
    pkill wireguard-go
    echo 'wireguard-go ended'
fi

step 'how long it takes to start'
mkfifo /tmp/told
for i in 1 2 3; do
    begun=$(date +%s%N)
    ip netns exec client $share/wg-keylog -o /tmp/timed-$i.keys 2>/tmp/told &
    pid=$!
    read -r line </tmp/told
    echo "start-up $((($(date +%s%N) - begun) / 1000000)) ms"
    finish
done

step 'refusals'
start running client -o /tmp/running.keys
refused another on client $share/wg-keylog
refused not-root setpriv --reuid=65534 --regid=65534 --clear-groups $share/wg-keylog
finish
refused exists on client $share/wg-keylog -o /tmp/running.keys
ln -s /tmp/nowhere /tmp/link
refused link on client $share/wg-keylog -o /tmp/link
refused no-interface on client $share/wg-keylog -i wg7
refused other-interface on client $share/wg-keylog -i eth0
refused no-capture on client $share/wg-keylog --pcapng wg7 -o /tmp/no.pcapng
refused bad-filter on client $share/wg-keylog --pcapng eth0 -f 'port nonsense' -o /tmp/no-2.pcapng
mkdir /tmp/nothing
refused no-btf hidden /sys/kernel/btf /tmp/nothing $share/wg-keylog
# Without the right to mount it, as in a container.
refused no-tracefs hidden $tracing /tmp/nothing setpriv --bounding-set -sys_admin --inh-caps -sys_admin $share/wg-keylog
sed 's/\$arg<N>//' $tracing/README >/tmp/readme
refused no-arguments hidden $tracing/README /tmp/readme $share/wg-keylog
echo 'none integrity [confidentiality]' >/tmp/lockdown
refused lockdown hidden /sys/kernel/security/lockdown /tmp/lockdown $share/wg-keylog
sed 's/ephemeral_private/ephemeral_secret_/' /sys/kernel/btf/wireguard >/tmp/other
refused other-structures hidden /sys/kernel/btf/wireguard /tmp/other $share/wg-keylog
# Two names of one length exchanged: the preshared key is read as the peer's public key.
sed -z 's/^remote_static$/preshared_kex/; s/^preshared_key$/remote_static/; s/^preshared_kex$/preshared_key/' \
    /sys/kernel/btf/wireguard >/tmp/wrong
ip netns exec client unshare --mount bash -c "mount --bind /tmp/wrong /sys/kernel/btf/wireguard
    exec $share/wg-keylog -o /tmp/wrong.keys" 2>$share/refused-wrong.err &
pid=$!
wait_for 20 grep -q ready $share/refused-wrong.err
new_handshake
pings client 10.30.0.1
wait $pid
echo "refused wrong $?"
echo "wrong keys: $(stat -c %s /tmp/wrong.keys) bytes"
left_over

step 'killed'
start killed client -o /tmp/killed.keys
kill -9 $pid
if wait_for 10 bash -c "! ls -d $tracing/instances/wg_keylog*"; then
    wait_for 5 bash -c "! grep wg_keylog $tracing/kprobe_events"
fi
left_over
echo "after kill -9: nothing left"

step 'killed, and its guardian too'
start both client -o /tmp/both.keys
kill -9 "$(pgrep -f 'wg-keylog -o /tmp/both.keys' | grep -v "^$pid\$")" $pid
sleep 0.5
left_over | grep -c wg_keylog
start after client -o /tmp/after.keys
new_handshake
pings client 10.30.0.1
sleep 1
finish
grep -c EPHEMERAL /tmp/after.keys
left_over

step 'guardian killed'
start alone client -o /tmp/alone.keys
kill -9 "$(pgrep -f 'wg-keylog -o /tmp/alone.keys' | grep -v "^$pid\$")"
wait $pid
echo "without a guardian: $?"
left_over
step 'end'
