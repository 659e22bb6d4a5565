#!/usr/bin/env bash
# An experiment on a Slurm cluster of two hosts, made of this one: a network namespace and a host name each. Midway one host is
# lost with the job on it, and so is the experiment itself; the table must be that of an experiment that nothing befell.
#
#   tests/cluster/slurm.sh TRAINER        (as root; slurm-wlm, munge and iproute2 installed; THERMO_CLUSTER=1)
#
# All files are in a temporary folder, and what it starts ends with it. Exit code 77: not run, and why.
set -euo pipefail

. "$(dirname "$0")/hosts.sh"
check_hosts "slurm-wlm munge" slurmctld slurmd sbatch munged
pgrep -x slurmctld > /dev/null && skip "a Slurm runs on this machine, which this must not disturb"
trainer=$(realpath "${1:?the program trainer}")
[ -x "$trainer" ] || fail "$trainer is no program"

work=$(mktemp -d /tmp/thermo-slurm.XXXXXX)
# Ends a daemon and what it has started: soon, or else at once.
stop() {
    [ -n "$1" ] || return 0
    local all="$1 $(pgrep -P "$1" || true)"
    kill "$1" 2> /dev/null || return 0
    for _ in $(seq 25); do
        kill -0 "$1" 2> /dev/null || return 0
        sleep 0.2
    done
    kill -KILL $all 2> /dev/null || true
}
clean() {
    remove_hosts
    [ ! -f "$work/driver.pid" ] || kill -KILL "$(cat "$work/driver.pid")" 2> /dev/null || true
    for daemon in slurmctld munged; do
        stop "$(cat "$work/$daemon.pid" 2> /dev/null || true)"
    done
    pkill -KILL -f "$work" 2> /dev/null || true
    # (A scheduler writes its state down once more at its end.)
    remove_work
}
trap clean EXIT

make_hosts

# Their scheduler.
mkdir "$work/state" "$work/spool-thermo-a" "$work/spool-thermo-b"
chmod 755 "$work"
dd if=/dev/urandom of="$work/munge.key" bs=1024 count=1 status=none
chmod 600 "$work/munge.key"
munged --force --num-threads=2 --key-file="$work/munge.key" --socket="$work/munge.socket" --pid-file="$work/munged.pid" \
    --log-file="$work/munged.log" --seed-file="$work/munge.seed"
cat > "$work/slurm.conf" << CONF
ClusterName=thermo
SlurmctldHost=$(hostname -s)(10.77.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
CredType=cred/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool-%n
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd-%n.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd-%n.log
SlurmctldPort=16817
SlurmdPort=16818
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SlurmdTimeout=10
SlurmctldTimeout=30
MinJobAge=300
ReturnToService=2
SchedulerParameters=batch_sched_delay=0,sched_interval=2
NodeName=thermo-a NodeAddr=10.77.0.2 CPUs=2 State=UNKNOWN
NodeName=thermo-b NodeAddr=10.77.0.3 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=thermo-a,thermo-b Default=YES MaxTime=INFINITE State=UP
CONF
printf 'CgroupPlugin=autodetect\nIgnoreSystemd=yes\n' > "$work/cgroup.conf"
export SLURM_CONF="$work/slurm.conf"
slurmctld
start_host() {
    nsenter --net="/run/netns/$1" unshare -u sh -c "hostname $1 && exec slurmd -N $1"
}
for host in $hosts; do start_host "$host"; done
until_so 30 "two idle hosts" sh -c 'sinfo -h -t idle -o %D | grep -q 2'
sinfo

# What nothing befalls, and what everything does.
cd "$work"
settings="--seeds 2 --offline --set teacher.epochs=2 --set training.steps=${STEPS:-1500} --set training.checkpoint_every=50
    --set evaluation.replicas=2"
"$trainer" experiment two-class $settings --jobs 2 --out local > local.out 2> local.log
submit="sbatch --wait --requeue -c2 -o /dev/null"
begin() {
    "$trainer" experiment two-class $settings --out shared --submit "$submit" > shared.out 2>> shared.log &
    echo $! > driver.pid
}
begin
until_so 120 "a training on thermo-a" sh -c '
    job=$(squeue -h -t running -w thermo-a -o %i | head -n 1) && [ -n "$job" ] &&
    grep -l "job $job " shared/points/*.partial/lock'
sleep 1
squeue
echo "thermo-a is lost, and the experiment is killed"
kill -KILL "$(cat driver.pid)"
wait "$(cat driver.pid)" 2> /dev/null || true
lose thermo-a
sleep 2
begin
sleep 15
start_host thermo-a
wait "$(cat driver.pid)" || fail "the second experiment: $(tail -n 1 shared.log)"
rm driver.pid
grep -c "waiting for it" shared.log || fail "the second experiment did not wait for the jobs of the first"
# The last column but one, and that before, are seconds and answers a second: clocks differ.
figures() { cut -d, --complement -f10,11 "$1/experiment.csv"; }
figures local > local.csv
figures shared > shared.csv
diff local.csv shared.csv || fail "another table"
jobs=$(grep -c "_slurm_rpc_submit_batch_job" slurmctld.log || true)
wanted=$(($(wc -l < shared.csv) - 1 + $(ls shared/teachers | wc -l)))
[ "$jobs" = "$wanted" ] || fail "$jobs jobs were submitted for $wanted trainings"
grep -q -i "requeue" slurmctld.log || fail "no job was requeued"
echo "the same table, of $jobs jobs, each submitted once; one was requeued when its host was lost"
cat shared.out
