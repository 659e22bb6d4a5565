# Two hosts made of this one, a network namespace and a host name each: for the tests beside, which source this.
#
# It wants $work, a temporary folder, and ends what runs in the hosts with them.

hosts="thermo-a thermo-b"

skip() { echo "SKIPPED: $1" >&2; exit 77; }
fail() { echo "FAILED: $1" >&2; tail -n 5 "$work"/*.log >&2 || true; exit 1; }

# Refuses where hosts cannot be made; the arguments are programs that it takes, the first what installs them.
check_hosts() {
    [ "${THERMO_CLUSTER:-}" = 1 ] || skip "THERMO_CLUSTER is not 1"
    [ "$(id -u)" = 0 ] || skip "only root makes network namespaces"
    local packages=$1
    shift
    for program in "$@" ip nsenter unshare; do
        command -v "$program" > /dev/null || skip "no $program here (apt-get install $packages iproute2)"
    done
    [ ! -e /run/netns/thermo-a ] || skip "there is a network namespace thermo-a already"
}

# Ends every process that runs in a host.
lose() {
    local pids
    pids=$(ip netns pids "$1" 2> /dev/null) || true
    [ -z "$pids" ] || kill -KILL $pids 2> /dev/null || true
}

remove_hosts() {
    for host in $hosts; do
        lose "$host"
        ip netns del "$host" 2> /dev/null || true
    done
    ip link del thermo-br 2> /dev/null || true
}

# Removes $work, in which something may still write its last.
remove_work() {
    for _ in $(seq 50); do
        rm -rf "$work" 2> /dev/null && return
        sleep 0.2
    done
    echo "could not remove $work" >&2
}

# Waits for something, for so many seconds at most.
until_so() {
    local seconds=$1 what=$2
    shift 2
    for _ in $(seq $((seconds * 5))); do
        if "$@" > /dev/null 2>&1; then return 0; fi
        sleep 0.2
    done
    fail "not within $seconds s: $what"
}

# This machine is 10.77.0.1, the hosts are 10.77.0.2 and 10.77.0.3.
make_hosts() {
    ip link add thermo-br type bridge
    ip addr add 10.77.0.1/24 dev thermo-br
    ip link set thermo-br up
    local number=2
    for host in $hosts; do
        ip netns add "$host"
        ip link add "$host-l" type veth peer name eth0 netns "$host"
        ip link set "$host-l" master thermo-br up
        ip -n "$host" addr add "10.77.0.$number/24" dev eth0
        ip -n "$host" link set eth0 up
        ip -n "$host" link set lo up
        number=$((number + 1))
    done
}
