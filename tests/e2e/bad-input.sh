#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What is wrong is said in one line on stderr: what, which object, why, what to do; with its exit status.

. "$(dirname "$0")/lib.sh"

not_a_pid() {
	for pid in abc 0 -1 12x 1.5 '' ' ' 2147483648 99999999999999999999 0x10; do
		refused 2 '^memleak-detective: .+' --duration 1 --pid "$pid"
	done
	for pid in abc 0 12x 2147483648; do
		refused 2 '^memleak-detective: .+' --duration 1 "$pid"
	done
	refused 2 "'abc'" --pid abc
}

gone_pid() {
	sleep 0 &
	local pid=$!
	wait $pid
	refused 3 "$pid" --pid $pid --duration 1
}

thread_id() {
	start_target threads 1
	local tid
	tid=$(ls "/proc/$TARGET_PID/task" | grep -vx "$TARGET_PID" | head -n 1)
	refused 3 "thread of $TARGET_PID: use $TARGET_PID" --pid "$tid" --duration 1
}

kernel_thread() {
	[ -z "$(cat /proc/2/cmdline 2>/dev/null)" ] && grep -q '^Kthread:.1' /proc/2/status 2>/dev/null ||
		skip "no kernel thread is visible here"
	refused 3 'kernel thread' --pid 2 --duration 1
}

zombie() {
	start_target zombie
	refused 3 'zombie' --pid "$TARGET_PID" --duration 1
}

times() {
	start_target idle 1
	for time in 0 abc 1e9 -1 '' 0.01 2h 1x nan inf 99999999999999999999; do
		refused 2 'interval' --pid "$TARGET_PID" --duration 1 --interval "$time"
	done
	for time in 0 abc -1 1x nan; do
		refused 2 'duration' --pid "$TARGET_PID" --duration "$time"
	done
	refused 2 'max-stall' --pid "$TARGET_PID" --duration 1 --max-stall never
	for time in 0 abc -1 '' 1x 1ms 1.9; do
		refused 2 'sites' --pid "$TARGET_PID" --duration 1 --sites "$time"
	done
	for percent in 0 -5 101 abc '' nan 5%; do
		refused 2 'max-slowdown' --pid "$TARGET_PID" --duration 1 --max-slowdown "$percent"
	done
}

sizes() {
	start_target idle 1
	for option in max-rss max-heap max-anon max-maps; do
		for size in abc 0 -1 12Q ''; do
			refused 2 "$option|empty" --pid "$TARGET_PID" --duration 1 --$option "$size"
		done
	done
	for size in abc 0 -1 12Q '' 1023K; do
		refused 2 'record-limit' --pid "$TARGET_PID" --duration 1 --record "$T/a.mld" --record-limit "$size"
	done
	for rate in abc 10M 0/h 10M/ 10M/x; do
		refused 2 'max-growth' --pid "$TARGET_PID" --duration 1 --max-growth "$rate"
	done
}

contradictions() {
	start_target idle 1
	local p=$TARGET_PID
	refused 2 'stdout' --pid "$p" --duration 1 --json --csv -
	refused 2 "$p" --duration 1 "$p" 1
	refused 2 '.' --duration 1 --pid "$p" -- sleep 1
	refused 2 'analyze' --pid "$p" --analyze /dev/null
	refused 2 'demo' --pid "$p" --demo
	refused 2 '.' --duration 1 --analyze /dev/null --demo
	refused 2 'kill' --pid "$p" --duration 1 --kill
	refused 2 '.' --pid "$p" --duration 1 --json --no-report
	refused 2 '.' --duration 1 --
	refused 2 'scenario' --demo=nothing
	refused 2 '1000' --top=0
	refused 2 '1000' --top 1001
	refused 2 'some' --top=some
	refused 2 'all processes' --top --pid "$p"
	refused 2 'csv' --top --csv "$T/x"
	refused 2 'columns' --top --columns rss
	refused 2 'threshold' --top --max-anon 1G
	refused 2 'record' --record "$T/a.mld"
	refused 2 'empty' --pid "$p" --duration 1 --record ''
	refused 2 'stdout' --pid "$p" --duration 1 --record -
	refused 2 'same file' --pid "$p" --duration 1 --record "$T/a.mld" --csv "$T/a.mld"
	mkdir "$T/d"
	ln -s d "$T/e"
	ln -s a.mld "$T/link"
	refused 2 'same file' --pid "$p" --duration 1 --record "$T/a.mld" --csv "$T/./a.mld"
	refused 2 'same file' --pid "$p" --duration 1 --record "$T/d/a" --csv "$T/e/a"
	refused 2 'same file' --pid "$p" --duration 1 --record "$T/link" --csv "$T/a.mld"
	refused 2 'record' --top --record "$T/a.mld"
	refused 2 'record' --analyze "$T/a.mld" --record "$T/b.mld"
	[ ! -e "$T/a.mld" ]
	refused 2 'openmetrics.*give its PID' --openmetrics "$T/a.prom"
	refused 2 'openmetrics.*empty' --pid "$p" --duration 1 --openmetrics ''
	refused 2 'openmetrics.*stdout' --pid "$p" --duration 1 --openmetrics -
	refused 2 'openmetrics together with --top' --top --openmetrics "$T/a.prom"
	refused 2 'openmetrics together with --analyze' --analyze "$T/a.mld" --openmetrics "$T/a.prom"
	refused 2 'openmetrics together with --replay' --replay "$T/a.mld" --openmetrics "$T/a.prom"
	refused 2 'openmetrics together with --diff' --diff "$T/a.mld" "$T/b.mld" --openmetrics "$T/a.prom"
	refused 2 'csv and --openmetrics name the same file' --pid "$p" --duration 1 --csv "$T/d/a" --openmetrics "$T/e/a"
	refused 2 'record and --openmetrics name the same file' --pid "$p" --duration 1 --record "$T/a" --openmetrics "$T/./a"
	[ ! -e "$T/a.prom" ] && [ ! -e "$T/a" ]
}

unknown_words() {
	start_target idle 1
	refused 2 'no-such-option' --no-such-option
	refused 2 '-y' -y
	refused 2 'value' --pid
	refused 2 'nothing' --pid "$TARGET_PID" --duration 1 --columns time,nothing
	refused 2 '.' --pid "$TARGET_PID" --duration 1 --columns ,
	refused 2 'plaid' --pid "$TARGET_PID" --duration 1 --theme plaid
	refused 2 'sometimes' --pid "$TARGET_PID" --duration 1 --color sometimes
	refused 2 '.' --analyze
}

no_target() {
	# No PID, no command, and no terminal to choose one on.
	refused 2 'PID|process' --duration 1
}

other_proc() {
	refused 3 '.' --procfs "$T/nowhere" --pid 1 --duration 1
	refused 3 '.' --procfs "$T" --pid 1 --duration 1
	refused 3 '.' --procfs /dev/null --pid 1 --duration 1
}

# The same mistake has the same status, whichever option names the file.
no_such_input() {
	local file
	start_target idle 1
	: >"$T/empty"
	mkdir "$T/directory"
	: >"$T/locked"
	chmod 0 "$T/locked"
	for file in nothing empty directory locked; do
		# Nothing is locked for root; such a file is an empty one then.
		refused 2 "$file" --analyze "$T/$file"
		refused 2 "$file|without SQLite" --replay "$T/$file" --batch
		refused 2 "$file" --diff "$T/$file" "$ROOT/README.md"
		refused 2 "$file" --normal "$T/$file" --duration 1 "$TARGET_PID"
	done
}

# analyzed REGEX: the file $T/in must be refused in one line that names it.
analyzed() {
	refused 2 "$1" --analyze "$T/in"
	found "$T/in" "$T/err"
}

bad_csv() {
	printf '0,1000\n1,2000\n2,3000\n' >"$T/in"
	analyzed 'header|form'
	printf 'time_s,rss_kb\n0,1000\n1,many\n2,3000\n' >"$T/in"
	analyzed ':3:'
	printf 'time_s,rss_kb\n0,1000\n2,2000\n1,3000\n' >"$T/in"
	analyzed ':4:'
	printf 'time_s,rss_kb\n0,1000\n' >"$T/in"
	analyzed 'row|sample'
	: >"$T/in"
	analyzed 'empty'
	printf 'time_s,rss_kb\n' >"$T/in"
	analyzed 'row|sample|empty'
	head -c 5000 /dev/urandom >"$T/in"
	analyzed '.'
	printf 'time_s,rss_kb\n0,-5\n1,7\n2,9\n' >"$T/in"
	analyzed ':2:'
	printf 'time_s,rss_kb\n0,99999999999999999999999\n1,7\n2,8\n' >"$T/in"
	analyzed ':2:'
	printf 'colour,shape\nred,round\n' >"$T/in"
	analyzed '.'
	rm "$T/in"
	analyzed '[Nn]o such file'
	mkdir "$T/in"
	analyzed 'directory'
}

# 100 MB are read as a stream: soon done, and in little memory. A single line of 100 MB is refused.
long_csv() {
	[ "$PATIENCE" -eq 1 ] || skip "too slow, and too little address space, under a sanitizer"
	awk 'BEGIN {
		print "time_s,utc,rss_kb,vsz_kb,heap_kb,anon_kb,swap_kb,shmem_kb,file_kb,pss_kb,private_kb,threads"
		for (i = 0; i < 1400000; i++)
			printf "%d.000,,%d,250000,12000,%d,0,0,30000,71000,69000,4\n", i, 100000 + i % 7, 70000 + i % 7
	}' >"$T/in"
	[ "$(stat -c %s "$T/in")" -gt 80000000 ] || fail "not long enough"
	(
		ulimit -v $((600 * 1024))
		RUN_LIMIT=60 run 0 --analyze "$T/in"
	)
	found '^No leak detected' "$T/out"
	head -c 100000000 /dev/zero | tr '\0' 7 >"$T/in"
	analyzed '.'
}

check "a PID that is no number, 0, negative, beyond 2^31-1" not_a_pid
check "a PID that is gone" gone_pid
check "a thread" thread_id
check "a kernel thread" kernel_thread
check "a zombie" zombie
check "times that are none, 0, out of range" times
check "sizes and rates that are none" sizes
check "options that contradict each other" contradictions
check "options, columns, themes that do not exist" unknown_words
check "nothing to watch" no_target
check "a --procfs that is none" other_proc
check "a file to read that is none" no_such_input
check "files that cannot be analysed" bad_csv
check "a file of 100 MB" long_csv
finish
