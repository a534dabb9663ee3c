#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Surroundings that few have: a procfs of processes alone, other namespaces, single rights, odd locales, little
# memory; and what the tool never does to who it watches.

. "$(dirname "$0")/lib.sh"

# A procfs of its own without meminfo and the like, below $T/public/proc; /proc itself stays as it is.
processes_alone() {
	need_mounts
	start_target leak
	mkdir "$T/proc"
	local status=0
	unshare --mount --propagation private sh -c '
		mount -t proc -o subset=pid proc "$0/proc" 2>/dev/null || exit 77
		[ ! -e "$0/proc/meminfo" ] || exit 77
		exec "$1" --procfs "$0/proc" "$2" -i 0.5 -d 13 --exit-code' \
		"$T" "$PROGRAM" "$TARGET_PID" >"$T/out" 2>"$T/err" || status=$?
	[ $status -ne 77 ] || skip "no procfs of processes alone can be mounted here"
	cat "$T/out" "$T/err"
	equal "status" 1 $status
	found '^Warning: linear heap growth detected$' "$T/out"
	absent ' 0 (kB|MB|GB) of (memory|RAM)' "$T/out"
}

# Its number there and here.
inner_pid() {
	need_root
	need unshare
	mkfifo "$T/inner"
	unshare --pid --fork --kill-child "$TARGETS/idle" >"$T/inner" &
	local unshared=$! line
	read -r line <"$T/inner" || skip "no pid namespace of our own here"
	wait_until 5 pgrep -P $unshared
	local pid inner=${line#ready }
	pid=$(pgrep -P $unshared)
	[ "$pid" != "$inner" ] || skip "no pid namespace of our own here"
	terminal 120x40 "$PROGRAM" "$pid" -i 0.5
	wait_screen "pid $pid \\($inner inside\\)"
	keys q
	wait_left
	equal "status" 0 "$LEFT_STATUS"
}

# Another process under the same number is another one: a namespace hands the number out again.
pid_used_again() {
	need_mounts
	[ -w /proc/sys/kernel/ns_last_pid ] || skip "this kernel does not say which number comes next"
	local status=0
	unshare --pid --fork --kill-child --mount-proc bash -c '
		"$1/idle" 30 >/dev/null &
		pid=$!
		timeout 40 "$2" "$pid" -i 0.2 -d 30 >"$0/out" 2>"$0/err" &
		watch=$!
		for _ in $(seq 100); do
			[ "$(grep -c "^00:0" "$0/out")" -lt 5 ] || break
			sleep 0.1
		done
		kill -KILL $pid
		wait $pid 2>/dev/null
		for _ in $(seq 50); do
			echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid
			"$1/idle" 90 >/dev/null &
			[ $! -ne $pid ] || break
			kill -KILL $!
		done
		[ $! -eq $pid ] || exit 77
		wait $watch' "$T" "$TARGETS" "$PROGRAM" || status=$?
	[ $status -ne 77 ] || skip "the number could not be had again"
	cat "$T/out" "$T/err"
	equal "status" 0 $status
	found 'exited' "$T/out"
	# 30 MB it had; those of the other are 90.
	table_rows "$T/out" | awk '$2 > 60 { bad = 1 } END { exit bad }' || fail "the figures of another process"
}

# Of the same user, but it forbade to be looked into: the kernel shows no regions of it.
not_dumpable() {
	need_root
	need setpriv
	local as="setpriv --reuid 65534 --regid 65534 --clear-groups" status=0 pid
	mkdir -p "$T/public"
	cp "$PROGRAM" "$T/public/memleak-detective"
	cp "$TARGETS/undumpable" "$T/public/undumpable"
	chmod 755 "$WORK" "$T" "$T/public" "$T"/public/*
	$as "$T/public/memleak-detective" --version >/dev/null || skip "nobody cannot execute under $T"
	$as "$T/public/undumpable" >"$T/target" &
	wait_until 20 grep -q '^ready' "$T/target"
	pid=$(sed -n 's/^ready //p' "$T/target")
	$as "$T/public/memleak-detective" "$pid" -i 0.2 -d 2 >"$T/out" 2>"$T/err" || status=$?
	cat "$T/out" "$T/err"
	equal "status" 0 $status
	found '[Rr]educed mode' "$T/out"
	table_rows "$T/out" | awk '$2 < 1 || $3 != "-" { bad = 1 } END { exit bad }' || fail "RSS is unknown, or Heap(MB) is not -"
}

# The one right that newer kernels ask for reads regions of another user's process.
perfmon_alone() {
	need_root
	need setpriv
	mkdir -p "$T/public"
	cp "$PROGRAM" "$T/public/memleak-detective"
	chmod 755 "$WORK" "$T" "$T/public" "$T/public/memleak-detective"
	start_target idle
	local as="setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all,+perfmon --ambient-caps=-all,+perfmon"
	$as true 2>/dev/null || skip "CAP_PERFMON cannot be given here"
	$as head -c 1 "/proc/$TARGET_PID/smaps" >/dev/null 2>&1 || skip "CAP_PERFMON is not enough for this kernel"
	local status=0
	$as "$T/public/memleak-detective" "$TARGET_PID" -i 0.5 -d 1 --columns time,pss,heap >"$T/out" 2>"$T/err" || status=$?
	cat "$T/out" "$T/err"
	equal "status" 0 $status
	absent '[Rr]educed mode' "$T/out"
	table_rows "$T/out" | tail -n 1 | grep -Eq ' [0-9.]+ +[0-9.]+$' || fail "PSS or heap is not known"
}

# Numbers of commas in a locale that has them are numbers of points in every file.
comma_locale() {
	need localedef locale
	local locale=de_DE.UTF-8
	mkdir "$T/locales"
	localedef -i de_DE -f UTF-8 "$T/locales/$locale" 2>/dev/null || skip "no German locale can be made here"
	export LOCPATH=$T/locales
	[ "$(LC_ALL=$locale locale decimal_point)" = , ] || skip "$locale has no decimal comma"
	start_target leak
	LC_ALL=$locale LANG=$locale run 0 "$TARGET_PID" -i 0.2 -d 3 --csv "$T/samples.csv" --columns all
	absent '[0-9],[0-9]' "$T/out"
	table_rows "$T/out" | grep -Eq ' [0-9]+\.[0-9] ' || fail "no figure with a point"
	equal "columns" "$(head -n 1 "$T/samples.csv" | tr -cd , | wc -c)" "$(tail -n 1 "$T/samples.csv" | tr -cd , | wc -c)"
	LC_ALL=$locale run 0 --analyze "$T/samples.csv"
	found '(in|over|than) 3 s' "$T/out"
	need_json
	LC_ALL=$locale run 0 "$TARGET_PID" -i 0.5 -d 1 --json
	jq -e '.interval_s == 0.5' "$T/out" >/dev/null
}

# traced ARGUMENT...: a watch by its system calls, in $T/trace: those that open, change, signal, call or execute.
traced() {
	local calls=open,openat,openat2,creat,truncate,ptrace,kill,tkill,tgkill,rt_sigqueueinfo,pidfd_send_signal
	calls=$calls,process_vm_writev,process_vm_readv,execve,execveat,connect,bind,unlink,unlinkat,rename,renameat
	calls=$calls,renameat2,mkdir,mkdirat,setpriority,sched_setscheduler,ioprio_set
	timeout $((60 * PATIENCE)) strace -f -qq -s 16 -o "$T/trace" -e trace=$calls "$PROGRAM" "$@" >"$T/out" 2>"$T/err"
	grep -Eq 'openat\([^)]*"smaps"' "$T/trace" || fail "nothing of it was read: $(tail -n 5 "$T/trace")"
}

# none_of REGEX: no call is such; those that are are shown.
none_of() {
	! grep -E "$1" "$T/trace" | head -n 3 | grep . || fail "a call that is none of these: $1"
}

# What it does to the process: reads of its directory and nothing else, without priority or lack of it; nobody is
# executed or called. Its memory is read where that is asked for.
only_reads() {
	need strace
	strace -o "$T/probe" true 2>/dev/null || skip "strace is not permitted here"
	start_target leak
	local heap
	for heap in "" --heap; do
		traced "$TARGET_PID" -i 0.5 -d 2 $heap
		none_of 'O_(WRONLY|RDWR|CREAT|TRUNC)'
		none_of '(ptrace|process_vm_writev|connect|bind|creat|truncate|unlink|rename|mkdir|prio|sched)[a-z0-9_]*\('
		none_of '(kill|sigqueueinfo|send_signal)\(.*SIG'
		none_of 'clear_refs'
		[ -n "$heap" ] || none_of 'process_vm_readv'
		equal "programs executed" 1 "$(grep -c 'execve' "$T/trace")"
	done
}

# Whatever memory it is given, it watches, or ends with a status of its own and one line that says why.
little_memory() {
	start_target leak
	local limit status watched=0 refused=0
	for limit in $(seq 8000 4000 52000); do
		status=0
		(ulimit -v "$limit" && exec timeout $((20 * PATIENCE)) "$PROGRAM" "$TARGET_PID" -i 0.1 -d 0.2) \
			>"$T/out" 2>"$T/err" || status=$?
		case $status in
		127) ;; # the loader itself had not enough
		0) watched=$((watched + 1)) ;;
		3 | 4 | 5)
			refused=$((refused + 1))
			equal "lines on stderr with $limit kB" 1 "$(wc -l <"$T/err")"
			found '^memleak-detective: .*memory' "$T/err"
			;;
		*) fail "status $status with $limit kB: $(tail -n 3 "$T/err")" ;;
		esac
	done
	[ $watched -gt 0 ] || fail "it never ran"
	[ $refused -gt 0 ] || fail "it had enough every time: nothing is shown by that"
}

check "a procfs of processes alone" processes_alone
check "a pid namespace: both numbers" inner_pid
check "the same number again is another process" pid_used_again
check "a process that is not dumpable" not_dumpable
check "CAP_PERFMON alone reads regions" perfmon_alone
check "a locale with decimal commas" comma_locale
check "it reads, and does nothing else" only_reads
check "little memory" little_memory
finish
