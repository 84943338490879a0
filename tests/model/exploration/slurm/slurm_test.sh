#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A sweep on a Slurm cluster of this one machine: arrays in chunks, a disturbance in the middle, and
# in the end the same bytes as from a local run. The disturbance: a task is cancelled and another
# requeued (`cancel`), or the node and all that runs on it die at once and it comes back (`node_loss`).
# Usage: slurm_test.sh PROGRAM cancel|node_loss. Exit status 77: skipped, with the reason.
set -euo pipefail
program=$1
disturbance=$2

skip() {
  echo "skipped: $1"
  exit 77
}
for tool in munged mungekey slurmctld slurmd sbatch squeue scancel scontrol runuser; do
  command -v "$tool" >/dev/null || skip "$tool is not installed"
done
[ "$(id -u)" = 0 ] || skip "daemons of other users can be started by root only"
id munge >/dev/null 2>&1 || skip "there is no user munge"

work=$(mktemp -d)
daemons=()
cleanup() {
  status=$?
  for ((i = ${#daemons[@]} - 1; i >= 0; i--)); do kill "${daemons[i]}" 2>/dev/null || true; done
  wait 2>/dev/null || true
  if [ $status -ne 0 ]; then tail -n 30 "$work"/*.log "$work"/munge/*.log || true; fi
  rm -rf "$work"
}
trap cleanup EXIT
chmod 755 "$work"

wait_for() { # SECONDS CONDITION...
  local tenths=$(($1 * 10))
  shift
  for ((i = 0; i < tenths; i++)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.1
  done
  echo "gave up waiting for: $*"
  return 1
}

# Authentication, as the user that munge insists on.
mkdir "$work/munge"
mungekey --create --keyfile="$work/munge/key"
chown -R munge: "$work/munge"
runuser -u munge -- munged --foreground --key-file="$work/munge/key" \
  --socket="$work/munge/socket" --pid-file="$work/munge/pid" --seed-file="$work/munge/seed" \
  --log-file="$work/munge/munged.log" --num-threads=2 >/dev/null 2>&1 &
daemons+=($!)
wait_for 20 munge --socket="$work/munge/socket" --no-input

port=$((20000 + RANDOM % 20000))
host=$(hostname -s)
cat >"$work/slurm.conf" <<CONF
ClusterName=systerm
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/munge
# A requeued task waits until its credential has expired.
AuthInfo=socket=$work/munge/socket,cred_expire=5
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
KillWait=2
SlurmdTimeout=5
MaxArraySize=4
SchedulerParameters=batch_sched_delay=1,sched_interval=2,sched_min_interval=100000
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP OverSubscribe=NO
CONF
mkdir "$work/state" "$work/spool"
export SLURM_CONF=$work/slurm.conf
slurmctld -D -f "$SLURM_CONF" >"$work/slurmctld.out.log" 2>&1 &
daemons+=($!)
start_node() {
  slurmd -D -f "$SLURM_CONF" -N "$host" >>"$work/slurmd.out.log" 2>&1 &
  node=$!
  daemons+=($node)
}
start_node
node_is_idle() { sinfo --noheader --format=%T | grep -q idle; }
wait_for 60 node_is_idle

cat >"$work/sweep.yaml" <<'YAML'
systerm: 1
name: cluster
base:
  systerm: 1
  design: tq_64x128
  workload: {gemms: [{name: a, m: 4096, k: 2048, n: 256}]}
  precision: {default: {format: term_quantized, group_size: 8, group_budget: 12, data_terms: 3}}
  run: {fidelity: data}
axes:
  - {path: design.array.rows, values: [8, 16, 32]}
  - {path: design.array.columns, values: [8, 16, 32, 64]}
  - {name: k, path: precision.default.group_budget, values: [8, 12]}
YAML
points=24

results() { find "$work/slurm/points" -name '*.json' 2>/dev/null | wc -l; }
has_results() { [ "$(results)" -ge "$1" ]; }
running_tasks() { squeue --noheader --array --states=RUNNING --format='%i' || true; }
two_run() { [ "$(running_tasks | wc -l)" -ge 2 ]; }

# Six shards, three a job: two arrays.
"$program" sweep run "$work/sweep.yaml" --store "$work/slurm" --executor slurm --shards 6 \
  >"$work/run.log" 2>&1 &
run=$!
wait_for 60 has_results 2
wait_for 60 two_run

cancel() {
  mapfile -t tasks < <(running_tasks)
  echo "cancels ${tasks[0]}, requeues ${tasks[1]}, with $(results) of $points results"
  scancel "${tasks[0]}"
  scontrol requeue "${tasks[1]}" || echo "the task was over already"
}

node_is_down() { sinfo --noheader --format=%T | grep -q down; }
node_loss() {
  echo "the node dies with $(results) of $points results"
  kill -KILL "$node"
  for step in $(pgrep slurmstepd); do
    if grep -qz "SLURM_CONF=$SLURM_CONF" "/proc/$step/environ"; then kill -KILL "$step"; fi
  done
  pkill -KILL -f "run-shard .*$work/slurm" || true
  wait_for 60 node_is_down
  start_node
}

"$disturbance"
[ "$(results)" -lt "$points" ] || { echo "all points were done before the disturbance"; exit 1; }
wait "$run" || { cat "$work/run.log"; exit 1; }
cat "$work/run.log"
[ "$(results)" -eq "$points" ] || { echo "expected $points results, got $(results)"; exit 1; }
[ -z "$(find "$work/slurm" -name '*.partial')" ] || { echo "partial files are left"; exit 1; }

"$program" sweep run "$work/sweep.yaml" --store "$work/local" --jobs 2 >/dev/null 2>&1
for store in slurm local; do
  "$program" sweep export --store "$work/$store" --csv "$work/$store.csv" --layers \
    --json "$work/$store.json" --sqlite "$work/$store.sqlite" 2>/dev/null
done
for file in csv layers.csv json sqlite; do cmp "$work/slurm.$file" "$work/local.$file"; done
echo "the cluster and this machine give the same bytes"
