#!/usr/bin/env bash
# The first process of a node: makes the namespaces it was started in look like a machine of their own, then stays to reap orphans.
# Nothing here reaches the real machine but the empty cgroup folders, which the harness removes.
# usage: init.sh FOLDER CGROUP IPV4/LENGTH [IPV6/LENGTH]
set -euo pipefail
folder=$1 cgroup=$2 ipv4=$3 ipv6=${4:-}

# Mounts of the node stay in the node, yet reach the pods below it.
mount --make-rprivate /
mount --make-rshared /

# Sockets of the shims, network namespaces of the pods, the lock of iptables.
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/netns /run/lock

# Daemons make folders in fixed places, whatever they are told: what they write there lands in the work folder.
for path in /etc /opt /usr/libexec /var/lib /var/log; do
  layer="$folder/overlay/${path//\//_}"
  mkdir -p "$layer/upper" "$layer/work" "$path"
  mount -t overlay -o "lowerdir=$path,upperdir=$layer/upper,workdir=$layer/work" overlay "$path"
done

# The kubelet sets these for the whole machine: it gets copies to write to.
mkdir -p "$folder/sys"
for name in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
  copy="$folder/sys/${name//\//_}"
  cat "/proc/sys/$name" > "$copy"
  mount --bind "$copy" "/proc/sys/$name"
done

# The root of all cgroups of the pods. A new cpuset is empty, and takes no process until it is told its CPUs.
for hierarchy in /sys/fs/cgroup/*/; do
  mkdir -p "$hierarchy$cgroup"
  if [ -e "${hierarchy}cpuset.cpus" ]; then
    cat "${hierarchy}cpuset.cpus" > "$hierarchy$cgroup/cpuset.cpus"
    cat "${hierarchy}cpuset.mems" > "$hierarchy$cgroup/cpuset.mems"
  fi
done

hostname node1
ip link set lo up
ip link add eth0 type bridge # a dummy device would do, where the kernel has one
ip address add "$ipv4" dev eth0
ip link set eth0 up
ip route add default via "${ipv4%.*}.254"
sysctl -qw net.ipv4.ip_forward=1
if [ -n "$ipv6" ]; then
  ip -6 address add "$ipv6" dev eth0 nodad
  ip -6 route add default via "${ipv6%::*}::fffe" dev eth0
  sysctl -qw net.ipv6.conf.all.forwarding=1
fi

touch "$folder/init.done"
sleep infinity &
while :; do wait -n || true; done
