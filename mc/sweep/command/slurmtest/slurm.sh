#!/bin/sh
# A Slurm of one node for a test, as whoever runs it: sh slurm.sh FOLDER PORT PORT. It prints
# "ready" and its configuration once it takes jobs, and ends when its standard input does. Debian:
# apt install slurm-wlm munge.
set -eu
PATH=$PATH:/usr/sbin:/sbin
folder=$1 node=$(hostname -s) user=$(id -un)
mkdir -p "$folder/state" "$folder/spool" "$folder/munge"
chmod 700 "$folder/munge"
head -c 128 /dev/urandom > "$folder/munge/key"
chmod 400 "$folder/munge/key"
export SLURM_CONF="$folder/slurm.conf"
cat > "$SLURM_CONF" <<END
ClusterName=test
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$2
SlurmdPort=$3
SlurmUser=$user
SlurmdUser=$user
AuthInfo=socket=$folder/munge/socket,cred_expire=10
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SchedulerType=sched/builtin
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
KillWait=5
ReturnToService=2
NodeName=$node NodeAddr=127.0.0.1 CPUs=4
PartitionName=test Nodes=ALL Default=YES State=UP
END
# A container may have no cgroups that it may change; before Slurm 23 none are touched, and the word
# is unknown.
case $(slurmd -V) in
*\ 2[0-2].*) ;;
*) echo "CgroupPlugin=disabled" > "$folder/cgroup.conf" ;;
esac
munged --foreground --force --key-file="$folder/munge/key" \
	--socket="$folder/munge/socket" --pid-file="$folder/munge/pid" \
	--log-file="$folder/munge/log" --seed-file="$folder/munge/seed" >/dev/null 2>&1 & daemons=$!
trap 'kill $daemons 2>/dev/null || :; wait' EXIT
trap 'exit 1' INT TERM HUP
slurmctld -D -i >"$folder/slurmctld.log" 2>&1 & daemons="$daemons $!"
slurmd -D -N "$node" >"$folder/slurmd.log" 2>&1 & daemons="$daemons $!"
tries=0
until sinfo --noheader --format=%T 2>/dev/null | grep -q idle; do
	tries=$((tries + 1))
	[ $tries -lt 600 ] || { echo "no node became idle" >&2; tail -n 20 "$folder"/*.log >&2; exit 1; }
	for daemon in $daemons; do
		kill -0 "$daemon" 2>/dev/null || {
			echo "a daemon ended" >&2
			tail -n 20 "$folder"/*.log "$folder/munge/log" >&2
			exit 1
		}
	done
	sleep 0.1
done
echo "ready $SLURM_CONF"
cat >/dev/null
