#!/usr/bin/env bash
# Four ranks on two hosts made of this one: the program must be bit for bit that of four ranks on one host, and after one host is
# lost midway, the training must end soon and go on to the same program.
#
#   tests/cluster/mpi.sh TRAINER        (as root, a trainer with MPI; openmpi-bin and iproute2 installed; THERMO_CLUSTER=1)
#
# All files are in a temporary folder, and what it starts ends with it. Exit code 77: not run, and why.
set -euo pipefail
. "$(dirname "$0")/hosts.sh"
check_hosts openmpi-bin mpirun
trainer=$(realpath "${1:?the program trainer}")
work=$(mktemp -d /tmp/thermo-mpi.XXXXXX)
clean() {
    remove_hosts
    pkill -KILL -f "$work" 2> /dev/null || true
    remove_work
}
trap clean EXIT
cd "$work"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 RAYON_NUM_THREADS=1
make_hosts

# What mpirun starts a host's ranks with, as it would with ssh.
cat > agent << 'AGENT'
#!/bin/sh
host=$1
shift
exec nsenter --net="/run/netns/$host" unshare -u sh -c "hostname $host && $*"
AGENT
chmod +x agent
on_two_hosts() {
    mpirun --host thermo-a:2,thermo-b:2 -n 4 --mca plm_rsh_agent "$work/agent" --mca btl tcp,self \
        --mca btl_tcp_if_include 10.77.0.0/24 --mca oob_tcp_if_include 10.77.0.0/24 "$trainer" --mpi "$@"
}
job="--task digits --offline --set teacher.epochs=2 --set objective.kind=pathwise --set objective.heat_budget=300
    --set training.steps=${STEPS:-300} --set training.batch=100 --set training.checkpoint_every=20 --set evaluation.replicas=2"
mpirun -n 4 "$trainer" --mpi $job --out one > one.out 2> one.log || fail "four ranks on one host"
on_two_hosts $job --out two > two.out 2> two.log || fail "four ranks on two hosts"
cmp one/computer.safetensors two/computer.safetensors || fail "another program on two hosts"
echo "four ranks on one host and on two: the same program"

on_two_hosts $job --out lost > lost.out 2> lost.log &
ranks=$!
until_so 60 "a checkpoint" test -f lost.partial/computer.checkpoint
lose thermo-b
began=$SECONDS
wait "$ranks" && fail "the training ended well without a host"
took=$((SECONDS - began))
[ "$took" -le 10 ] || fail "a host was lost, and the training took $took s to end"
[ ! -e lost ] || fail "a run of a training that was lost"
mpirun -n 4 "$trainer" --mpi --resume lost > again.out 2> again.log || fail "the training does not go on"
cmp one/computer.safetensors lost/computer.safetensors || fail "another program after a host was lost"
echo "a host was lost; the training ended within $((took + 1)) s, and went on to the same program"
