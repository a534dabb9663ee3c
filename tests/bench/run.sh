#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# run.sh [BUILD [NAME]...]: what watching costs, measured on real processes in one run, beside what it
# may cost. Ratios are of things measured side by side, so that a slow machine slows both. Exit 1 when
# one is missed. NAMEs (pass frame keys overhead memory flat stall ranking processes
# recording heap_read census lost sites unwind pair) choose; QUICK=1 shortens.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${1:-build/release}
[ $# -eq 0 ] || shift
PROGRAM=${PROGRAM:-$BUILD/memleak-detective}
TARGETS=$BUILD/targets
BENCHES=$BUILD/bench
export LC_ALL=C.UTF-8 TERM=xterm-256color
unset TMUX NO_COLOR

for need in "$PROGRAM" "$TARGETS/churn" "$BENCHES/bench_pass"; do
	[ -x "$need" ] || { echo "no $need: run \`make bench\`"; exit 2; }
done
work=$(mktemp -d "${TMPDIR:-/tmp}/bench.XXXXXX")
JOB=
trap '[ -z "$JOB" ] || kill -KILL "$JOB" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
missed=0

# start NAME [ARGUMENT]...: a target; its pid is in JOB.
start() {
	: >"$work/target"
	"$TARGETS/$1" "${@:2}" >"$work/target" &
	JOB=$!
	until grep -q '^ready' "$work/target"; do
		kill -0 "$JOB" 2>/dev/null || { echo "target $* did not start"; exit 2; }
		sleep 0.05
	done
}

stop() {
	kill -KILL "$JOB" 2>/dev/null
	wait "$JOB" 2>/dev/null
	JOB=
}

# value NAME: reads "NAME NUMBER" out of a line on stdin.
value() {
	tr ' ' '\n' | grep -Fx -A1 "$1" | tail -n 1
}

# result WHAT MEASURED LIMIT UNIT [DETAILS]: one row of the table.
result() {
	local mark=MISS
	awk -v m="$2" -v l="$3" 'BEGIN { exit !(m != "" && m + 0 <= l + 0) }' && mark=PASS
	[ $mark = PASS ] || missed=1
	printf '%s  %-52s %9s  at most %5s %s\n' $mark "$1" "${2:--}" "$3" "$4"
	[ -z "${5:-}" ] || printf '      %s\n' "$5"
}

# note TEXT: something measured that no limit stands on.
note() {
	printf '      %s\n' "$1"
}

median() {
	sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# A pair of malloc() and free() with our probes, beside a bpftrace script that does what memleak of bcc does.
bench_pair() {
	local line
	[ -x "$BENCHES/bench_sites_pair" ] || { note "skipped: built without elfutils"; return; }
	if [ "$(id -u)" != 0 ] || ! command -v bpftrace >/dev/null; then
		note "skipped: a pair of malloc() and free() with probes needs root and bpftrace"
		return
	fi
	line=$("$BENCHES/bench_sites_pair")
	result "probes on malloc() and free() / as bcc memleak does" "$(value third <<<"$line")" 0.333 x "$line"
}

# tree DIRECTORY: a copy of what is read of the target, as a procfs of its own.
tree() {
	local name
	mkdir -p "$1/$JOB/fd" "$1/$JOB/task/$JOB"
	for name in stat status statm maps smaps smaps_rollup cmdline comm cgroup limits; do
		cat "/proc/$JOB/$name" >"$1/$JOB/$name" 2>/dev/null || rm -f "$1/$JOB/$name"
	done
	cat /proc/meminfo >"$1/meminfo"
}

# Several targets a row: how fast the kernel walks one of them depends on where its pages happen to lie.
bench_pass() {
	local count rounds
	for count in 1000 60000; do
		rounds=$((count > 10000 ? 9 : 201))
		: >"$work/passes"
		for _ in 1 2 3 4 5; do
			start many-maps $count
			"$BENCHES/bench_pass" "$JOB" $rounds >>"$work/passes"
			stop
		done
		result "CPU of a full smaps sample / cat, $count mappings" \
			"$(sed 's/.*ratio //' "$work/passes" | median)" 1.15 x "median of five targets:"
		sed 's/^/      /' "$work/passes"
	done
}

bench_frame() {
	local line
	"$BENCHES/bench_frame" >"$work/frames"
	# Columns from the right: best and median of refresh, of a frame, of a key to its frame.
	line=$(awk 'NR > 2 && $(NF - 2) + 0 > m { m = $(NF - 2) } END { printf "%.2f", m }' "$work/frames")
	result "one frame at 200x60, 60,000 regions, slowest view" "$line" 5 ms
	sed 's/^/      /' "$work/frames"
}

# Own memory and CPU where nothing is special.
bench_overhead() {
	local seconds=$((${QUICK:-0} ? 15 : 40)) i
	start big 500 175
	: >"$work/overhead"
	for i in 1 2 3; do
		"$BENCHES/bench_run" "$work/run" "$PROGRAM" "$JOB" -b -i 1 -d $seconds >/dev/null
		value percent <"$work/run" >>"$work/overhead"
	done
	result "CPU of batch at 1 s, 200 mappings, 500 MB" "$(median <"$work/overhead")" 0.5 "% of one CPU" \
		"median of $(xargs <"$work/overhead"), its start included"
	result "own largest RSS, 200 mappings, 500 MB" "$(value rss_mib <"$work/run")" 12 MiB
	stop
}

bench_memory() {
	local line
	start many-maps 60000
	"$BENCHES/bench_run" "$work/run" "$PROGRAM" "$JOB" -b -i 1 -d $((${QUICK:-0} ? 10 : 45)) >/dev/null
	line=$(cat "$work/run")
	result "own largest RSS, 60,000 mappings, batch" "$(value rss_mib <<<"$line")" 64 MiB "$line"
	stop
}

bench_flat() {
	local line
	start idle
	tree "$work/flat"
	line=$("$BENCHES/bench_flat" "$work/flat" "$JOB" 10000)
	result "own RSS after 10,000 samples more, history full / before" "$(value ratio <<<"$line")" 1.02 x \
		"full after $(value filled <<<"$line") samples of 1 s; then RSS $(value rss_kb <<<"$line") kB, of which history $(value history_kb <<<"$line") kB"
	result "file descriptors more than 10,000 samples before" "$(value descriptors <<<"$line")" 0 ""
	stop
}

# Every key of the list changes the picture: views, cursor, last and first row.
bench_keys() {
	local line
	start many-maps 60000
	line=$("$BENCHES/bench_keys" 2jGg3jGg41 200 "$PROGRAM" "$JOB" -i 5)
	result "key to repainted screen, 60,000 mappings, worst of 200" "$(value worst_ms <<<"$line")" 50 ms "$line"
	result "own largest RSS, 60,000 mappings, dashboard" "$(value rss_mib <<<"$line")" 64 MiB
	stop
	# x begins a look that takes longer than the keys after it, and stops it again.
	start heap-census 1 450000 0 9800
	line=$(SETTLE=3 "$BENCHES/bench_keys" 5x21312131213121312131213121315x1 192 "$PROGRAM" "$JOB" -i 5)
	result "key to repainted screen, 300 MB of heap looked at, worst of 192" "$(value worst_ms <<<"$line")" 50 ms "$line"
	stop
	start idle
	tree "$work/blocked"
	rm -f "$work/blocked/$JOB/smaps" "$work/blocked/$JOB/smaps_rollup"
	mkfifo "$work/blocked/$JOB/smaps" "$work/blocked/$JOB/smaps_rollup"
	line=$(SETTLE=3 "$BENCHES/bench_keys" 2341 200 "$PROGRAM" --procfs "$work/blocked" "$JOB" -i 5)
	result "key to repainted screen, smaps blocked, worst of 200" "$(value worst_ms <<<"$line")" 50 ms "$line"
	stop
}

# churned SECONDS MIB WATCHED: one run of the churning target; its line.
churned() {
	local tool=
	start churn "$2"
	if [ "$3" = watched ]; then
		"$PROGRAM" "$JOB" -b -i 1 >/dev/null &
		tool=$!
		sleep 1
	fi
	sleep "$1"
	kill -TERM "$JOB"
	wait "$JOB"
	JOB=
	[ -z "$tool" ] || wait "$tool"
	tail -n 1 "$work/target"
}

# churn_pairs MIB: the ratios of the p99.9 of five alternating pairs.
churn_pairs() {
	local pair without with seconds=$((${QUICK:-0} ? 3 : 6))
	: >"$work/ratios"
	: >"$work/pairs"
	for pair in 1 2 3 4 5; do
		# Who comes first changes: what warms up favours neither.
		if [ $((pair % 2)) -eq 1 ]; then
			churned $seconds "$1" alone >"$work/without"
			churned $seconds "$1" watched >"$work/with"
		else
			churned $seconds "$1" watched >"$work/with"
			churned $seconds "$1" alone >"$work/without"
		fi
		without=$(value p99.9_us <"$work/without")
		with=$(value p99.9_us <"$work/with")
		awk -v a="$without" -v b="$with" 'BEGIN { printf "%.3f\n", b / a }' >>"$work/ratios"
		printf '%s us -> %s us (longest %s -> %s), ' "$without" "$with" \
			"$(value max_us <"$work/without")" "$(value max_us <"$work/with")" >>"$work/pairs"
	done
}

# longest PID SECONDS: the longest call of ours that reads the target, ms.
longest() {
	timeout -k 1 $(($2 + 20)) strace -f -T -y -e trace=read,ioctl,pread64,openat -o "$work/strace" \
		"$PROGRAM" "$1" -b -i 1 -d "$2" >/dev/null 2>&1
	grep -F "/proc/$1/" "$work/strace" | sed -n 's/.*<\([0-9.]*\)>$/\1/p' | sort -g | tail -n 1 |
		awk '{ printf "%.2f", $1 * 1000 }'
}

bench_stall() {
	local mib
	for mib in 64 1024; do
		churn_pairs $mib
		result "stall of a churning target with $mib MiB: p99.9 ratio" "$(median <"$work/ratios")" 1.25 x \
			"median of $(sort -g "$work/ratios" | xargs)"
		note "p99.9 alone -> watched: $(sed 's/, $//' "$work/pairs")"
	done
	if ! command -v strace >/dev/null; then
		note "skipped: the longest single call needs strace"
		return
	fi
	start churn 1024
	result "longest call that reads the target, 1 GiB churning" "$(longest "$JOB" 10)" 50 ms
	stop
	start big 4096
	result "longest call that reads the target, 4 GiB in one mapping" "$(longest "$JOB" 10)" 50 ms
	stop
}

# cpu_ns PID: what its threads have used so far.
cpu_ns() {
	cat /proc/"$1"/task/*/schedstat 2>/dev/null | awk '{ s += $1 } END { printf "%.0f\n", s }'
}

# beside NAME COMMAND...: a terminal of 160x50 with that command in it; its pid goes to $work/pid-NAME.
beside() {
	local name=$1
	shift
	tmux -S "$work/tmux" -f /dev/null new-session -d -x 160 -y 50 -s "$name" "$@"
	sleep 0.5
	tmux -S "$work/tmux" list-panes -t "$name" -F '#{pane_pid}' >"$work/pid-$name"
}

# View 7, htop and top at the same time, with the same delay, over the same processes.
bench_processes() {
	local count name pid seconds=$((${QUICK:-0} ? 20 : 60)) cpu
	command -v tmux >/dev/null || { note "skipped: view 7 beside htop and top needs tmux"; return; }
	for count in 300 1000; do
		start crowd $count 5000 20000 80000 300000 1000000
		beside ours "$PROGRAM"
		command -v htop >/dev/null && beside htop htop -d 20
		beside top top -d 2
		sleep 20 # suspects are found, their engines warm
		for name in ours htop top; do
			pid=$(cat "$work/pid-$name" 2>/dev/null) && cpu_ns "$pid" >"$work/from-$name"
		done
		sleep $seconds
		for name in ours htop top; do
			[ -s "$work/pid-$name" ] || continue
			cpu=$(cpu_ns "$(cat "$work/pid-$name")")
			awk -v a="$(cat "$work/from-$name")" -v b="$cpu" -v s=$seconds \
				'BEGIN { printf "%.3f\n", (b - a) / s / 1e7 }' >"$work/percent-$name"
		done
		cpu=$(cat "$work/percent-ours")
		result "CPU of view 7 at 2 s, $(ls -d /proc/[0-9]* | wc -l) processes" "$cpu" 1 "% of one CPU" \
			"own memory: $(awk '/^VmRSS/ { print $2, $3 }' "/proc/$(cat "$work/pid-ours")/status")"
		if [ -s "$work/percent-htop" ]; then
			result "the same / that of htop at the same delay" \
				"$(awk -v a="$cpu" -v b="$(cat "$work/percent-htop")" 'BEGIN { printf "%.2f", a / b }')" 1 x \
				"htop $(cat "$work/percent-htop") %, top $(cat "$work/percent-top") %"
		else
			note "htop is not installed; top took $(cat "$work/percent-top") %"
		fi
		tmux -S "$work/tmux" kill-server
		rm -f "$work"/pid-* "$work"/percent-*
		stop
	done
}

# Who of a crowd stands where: the five that leak should be the first five. Others may leak as they like.
bench_ranking() {
	local leakers crowd first missing
	start crowd 300 5000 20000 80000 300000 1000000
	crowd=" $(pgrep -P "$JOB" | tr '\n' ' ')"
	leakers=" $(sed -n 's/^leaker \([0-9]*\) .*/\1/p' "$work/target" | tr '\n' ' ')"
	sleep 5
	"$PROGRAM" --top 400 -d 60 -i 2 >"$work/top"
	first=$(awk -v crowd="$crowd" 'NR > 1 && index(crowd, " " $1 " ") && n++ < 5 { print $1 }' "$work/top")
	missing=5
	for pid in $first; do
		[ "${leakers#* "$pid" }" = "$leakers" ] || missing=$((missing - 1))
	done
	result "leakers of 5 kB/s to 1 MB/s not among the first 5 of 305" $missing 0 "" \
		"$(grep '^Looked' "$work/top")"
	awk -v crowd="$crowd" 'NR == 1 || (index(crowd, " " $1 " ") && n++ < 8)' "$work/top" | cut -c1-90 | sed 's/^/      /'
	stop
}

# A month in memory: what is measured is the writer, not the disk. Then kills and power cuts, by the tests of them.
bench_recording() {
	local line days=$((${QUICK:-0} ? 3 : 30)) disk=$work tests=$BUILD/tests kills=$((${QUICK:-0} ? 40 : 200))
	[ -x "$BENCHES/bench_recording" ] || { note "skipped: built without SQLite"; return; }
	[ ! -w /dev/shm ] || disk=$(mktemp -d /dev/shm/bench.XXXXXX)
	line=$("$BENCHES/bench_recording" "$disk" $days)
	result "size of $days days at 1 s, 500 regions" "$(value largest_mb <<<"$line")" 256 MB "$line"
	result "CPU of recording at 1 s, after $days days" "$(value percent <<<"$line")" 1 "% of one CPU"
	line=$("$BENCHES/bench_replay_seek" "$disk/recording")
	result "opening that recording" "$(value open_ms <<<"$line")" 300 ms "$line"
	result "the first moment of it" "$(value first_ms <<<"$line")" 100 ms
	result "the slowest of 100 moments at random times" "$(value seek_worst_ms <<<"$line")" 100 ms
	[ "$disk" = "$work" ] || rm -rf "$disk"
	KILLS=$kills "$tests/test_store_recording_kill" >"$work/kill" 2>&1
	result "failed after $kills kills of the recorder at random moments" $? 0 "" "$(grep -a ERROR "$work/kill")"
	CUTS=$((kills * 5)) "$tests/test_store_recording_cut" >"$work/cut" 2>&1
	result "failed after $((kills * 5)) power cuts at random writes" $? 0 "" "$(grep -a ERROR "$work/cut")"
}

# As long with looks as without, by turns, in one run.
bench_heap_read() {
	local line
	line=$("$BENCHES/bench_heap_read" $((${QUICK:-0} ? 60 : 120)))
	result "throughput of a busy thread lost while its heap is looked at" "$(value lost_percent <<<"$line")" 3 % "$line"
	result "share of the time that looks take, the first excepted" "$(value busy_percent <<<"$line")" 5 %
	result "page tables it grew by" "$(value pte_grown_kb <<<"$line")" 8 kB
	result "times it was seen stopped or traced" "$(value stopped <<<"$line")" 0 ""
}

# What a census finds against what the process says of itself, and what it takes.
bench_census() {
	local what line
	for what in "1 100000" "16 20000" "16 20000 1" "1 100000 2" "1 100000 4" "4 5000 9" "64 2000 0 6000 16"; do
		start heap-census $what
		line=$("$BENCHES/bench_heap" "$JOB" "$work/target")
		result "census: figures unlike malloc's own, heap-census $what" "$(value wrong <<<"$line")" 0 "" "$line"
		stop
	done
	start heap-census 1 1500000 0 9800
	line=$("$BENCHES/bench_heap" "$JOB" "$work/target")
	result "census of 1,000,000 blocks in use, 1 GB: CPU time" "$(value cpu_ms <<<"$line")" 600 ms "best of 5: $line"
	result "census of the same: own memory a block" "$(value bytes_a_block <<<"$line")" 48 B
	stop
}

# differ A B: by how many per cent of B.
differ() {
	awk -v a="$1" -v b="$2" 'BEGIN { d = a > b ? a - b : b - a; printf "%.3f\n", b ? 100 * d / b : -(a == "" || b == "") }'
}

# The same program under Valgrind and LeakSanitizer, which stop it for that, and alive under our eyes.
lost_quiet() {
	local ours blocks bytes said
	start heap-lost
	ours=$("$BENCHES/bench_heap_lost" "$JOB" 4 3)
	said=$(grep -m1 '^definite' "$work/target")
	stop
	blocks=$(($(value definitely_blocks <<<"$ours") + $(value indirectly_blocks <<<"$ours")))
	# A chunk has 8 bytes more than this program asks for.
	bytes=$(($(value definitely_bytes <<<"$ours") + $(value indirectly_bytes <<<"$ours") - 8 * blocks))
	result "reachable blocks of a quiet program reported" \
		$((blocks - $(value definite <<<"$said") - $(value indirect <<<"$said"))) 0 "" "$said"
	if command -v valgrind >/dev/null; then
		valgrind --leak-check=full "$TARGETS/heap-lost" check >"$work/valgrind" 2>&1
		lost_compare Valgrind "$blocks" "$bytes" "$(lost_valgrind 'in \([0-9]*\) blocks')" \
			"$(lost_valgrind 'lost: \([0-9]*\) bytes')"
	else
		note "skipped: lost blocks beside Valgrind"
	fi
	if ${CC:-cc} -D_GNU_SOURCE -O1 -g -pthread -fsanitize=leak -o "$work/lsan" tests/targets/heap-lost.c 2>/dev/null; then
		"$work/lsan" check >"$work/lsan.out" 2>&1
		lost_compare LeakSanitizer "$blocks" "$bytes" \
			"$(sed -n 's/.*leaked in \([0-9]*\) alloc.*/\1/p' "$work/lsan.out")" \
			"$(sed -n 's/.*: \([0-9]*\) byte(s) leaked.*/\1/p' "$work/lsan.out")"
	else
		note "skipped: lost blocks beside LeakSanitizer"
	fi
}

# lost_valgrind EXPRESSION: definitely and indirectly lost, summed up.
lost_valgrind() {
	tr -d , <"$work/valgrind" | sed -n "/definitely lost:\|indirectly lost:/s/.*$1.*/\1/p" | awk '{ s += $1 } END { print s }'
}

# lost_compare WHO BLOCKS BYTES ITS-BLOCKS ITS-BYTES
lost_compare() {
	result "lost blocks beside $1" "$(differ "$2" "$4")" 1 % "ours $2 blocks, $3 bytes; $1 $4 blocks, $5 bytes"
	result "lost bytes beside $1" "$(differ "$3" "$5")" 1 %
}

# A program that moves 200,000 pointers a second and leaks now and then; it keeps the book.
lost_moving() {
	local ours
	start heap-mutate "$work/ledger"
	sleep 2
	ours=$("$BENCHES/bench_heap_lost" "$JOB" 8 5 "$work/ledger")
	stop
	result "lost before the first of 8 scans, not found, moving target" "$(value missed_percent <<<"$ours")" 3 % \
		"$(cut -d' ' -f1-14 <<<"$ours")"
	result "reported and not lost, moving target" "$(value wrong_percent <<<"$ours")" 1 % \
		"a scan of $(value blocks <<<"$ours") blocks took $(value scan_ms <<<"$ours") ms, at worst $(value scan_worst_ms <<<"$ours") ms"
}

# Real programs at work; each prints its pid and then works until it is killed.
lost_python3() {
	exec "$python" -c 'import json, random
d = {}
while True:
    k = random.random()
    d[int(k * 1000)] = json.loads(json.dumps({"a": [k] * 20, "b": {"c": str(k)}}))'
}
lost_bash() {
	exec bash -c 'declare -A a; while :; do a[$((RANDOM % 1000))]="$RANDOM $SECONDS ${#a[@]}"; x=$(echo $RANDOM); done'
}
lost_sqlite3() {
	mkfifo "$work/sql"
	(
		echo 'CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT);'
		while :; do
			echo "INSERT INTO t(b) VALUES('$RANDOM $RANDOM'); SELECT count(*), max(b) FROM t; DELETE FROM t WHERE a % 7 = 3;"
			sleep 0.002
		done >"$work/sql" 2>/dev/null
	) >"$work/sql" &
	echo $! >>"$work/helpers"
	exec sqlite3 :memory: <"$work/sql"
}
lost_nginx() {
	mkdir -p "$work/nginx"
	echo "daemon off; master_process off; pid $work/nginx/pid; error_log /dev/null; events { }
http { access_log off; client_body_temp_path $work/nginx/b; proxy_temp_path $work/nginx/p; fastcgi_temp_path $work/nginx/f;
uwsgi_temp_path $work/nginx/u; scgi_temp_path $work/nginx/s; server { listen unix:$work/nginx/socket; location / { return 200 hello; } } }" >"$work/nginx/conf"
	(while :; do curl -s --unix-socket "$work/nginx/socket" 'http://x/[1-20]' || sleep 0.1; done >/dev/null 2>&1) &
	echo $! >>"$work/helpers"
	exec nginx -e /dev/null -p "$work/nginx" -c "$work/nginx/conf"
}
lost_ourselves() {
	exec "$PROGRAM" -b -i 0.05 $$
}

lost_programs() {
	local name pid pids= python
	# A wrapper of that name would execute something else while it is watched.
	python=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null)
	: >"$work/helpers"
	for name in python3 bash sqlite3 nginx ourselves; do
		[ $name = ourselves ] || command -v $name >/dev/null || { note "skipped: lost blocks of $name"; continue; }
		"lost_$name" >/dev/null 2>&1 &
		pid=$!
		disown $pid # the shell need not tell that we ended it
		echo $pid >>"$work/helpers"
		(sleep 3 && "$BENCHES/bench_heap_lost" $pid 8 5 >"$work/lost-$name") 2>"$work/lost-$name.error" &
		pids="$pids $!"
	done
	wait $pids
	xargs kill -KILL <"$work/helpers" 2>/dev/null
	for name in python3 bash sqlite3 nginx ourselves; do
		[ -e "$work/lost-$name" ] || continue
		result "blocks lost meanwhile, 8 scans of $name at work" "$(value grown <"$work/lost-$name")" 0 "" \
			"$(tr '\n' ' ' <"$work/lost-$name.error")definitely $(value definitely_blocks <"$work/lost-$name"), reachable $(value reachable_blocks <"$work/lost-$name")"
	done
}

lost_speed() {
	local ours
	start heap-graph 1000000 1000 10
	ours=$("$BENCHES/bench_heap_lost" "$JOB" 3 1)
	stop
	result "a scan of 1,000,000 blocks, 1 GB, worst of 3" "$(value scan_worst_ms <<<"$ours")" 2000 ms \
		"$(value scan_cpu_ms <<<"$ours") ms of CPU on average; the walk before it at worst $(value walk_worst_ms <<<"$ours") ms"
	result "own memory for it, the walk included" "$(value bytes_a_block <<<"$ours")" 48 "bytes a block"
}

bench_lost() {
	lost_quiet
	lost_moving
	lost_programs
	lost_speed
}

# 3,000 steps a second: probes can be set all the time within their 5 per cent.
# leak_traced SIZE VARIANT: the report on a leaker amid churn, and what it says of itself over the same time.
leak_traced() {
	local pid seconds out=$work/leak-$1-$2
	"$TARGETS/site-leak-$2" "$1" 3000 >"$out.target" &
	pid=$!
	disown $pid
	until grep -q '^ready' "$out.target"; do sleep 0.05; done
	# Of 24 bytes amid churn of 2,000 each sample is one in 700: more time.
	seconds=$(($1 < 100 ? 30 : 10))
	"$PROGRAM" --json --sites ${seconds}s -d $((seconds + 5)) -i 1 $pid >"$out.json" 2>"$out.error"
	kill -TERM $pid
}

# The growth that is not told of the leaker, where it is first; all of it where it is not.
leak_missed() {
	jq -r 'if (.sites | length) == 0 then 100 elif .sites[0].function == "leaker" then 100 - 100 * (.sites[0].share // 0) else 100 end' \
		"$work/leak-$1-$2.json" 2>/dev/null | awk '{ printf "%.1f", $1 }'
}

# Leaks of 24 to 8,000 bytes amid churn of 16 to 4,015; programs as they come. Some at a time: they mostly rest.
sites_leaks() {
	local size variant jobs rate
	for size in 24 200 1000 8000; do
		for frames in fp nofp; do
			jobs=
			for variant in $frames-debug $frames-symbols; do
				leak_traced $size $variant &
				jobs="$jobs $!"
			done
			wait $jobs
		done
		for variant in fp-debug fp-symbols nofp-debug nofp-symbols; do
			rate=$(awk '/^steps/ { for (i = 1; i < NF; i++) f[$i] = $(i + 1); printf "%.0f", f["leaked_bytes"] / f["seconds"] }' \
				"$work/leak-$size-$variant.target")
			result "growth not on the true leaker, $size B, $variant" "$(leak_missed $size $variant)" 10 % \
				"$(jq -r '"first: \(.sites[0].function), +\(.sites[0].growth_bytes_per_s | floor) B/s of true '"$rate"', \(.sites[0].samples) samples; \(.sites_trace.slowdown_percent | . * 10 | floor / 10) % slower, period \(.sites_trace.period_bytes), bursts \(.sites_trace.bursts)"' \
					"$work/leak-$size-$variant.json" 2>/dev/null; grep -v 'Note:' "$work/leak-$size-$variant.error")"
		done
	done
}

# redis_run FROM: a second of warming up, then SETs of new keys for some seconds: their line, and ns of the server's CPU time a SET.
redis_run() {
	local before after
	"$BENCHES/bench_sites_sets" "$work/redis.socket" 20000 1 "$1" >/dev/null
	before=$(cpu_ns "$redis")
	"$BENCHES/bench_sites_sets" "$work/redis.socket" 20000 $seconds $(($1 + 1000000)) >"$work/redis-sets"
	after=$(cpu_ns "$redis")
	value per_second <"$work/redis-sets" >>"$work/redis-$2"
	awk -v a="$before" -v b="$after" -v n="$(value sets <"$work/redis-sets")" 'BEGIN { printf "%.0f\n", (b - a) / n }' >>"$work/redis-cpu-$2"
}

# Growth stacks of a server that takes 20,000 new keys a second. Who comes first changes.
sites_redis() {
	local redis tool seconds=$((${QUICK:-0} ? 5 : 10)) round from=0 first
	command -v redis-server >/dev/null || { note "skipped: growth stacks of redis-server"; return; }
	redis-server --port 0 --unixsocket "$work/redis.socket" --save '' --appendonly no >/dev/null &
	redis=$!
	JOB=$redis
	until [ -S "$work/redis.socket" ]; do sleep 0.1; done
	: >"$work/redis-with"
	for round in 1 2 3 4; do
		if [ $((round % 3)) -eq 1 ]; then
			redis_run $from alone
			from=$((from + 10000000))
		fi
		"$BENCHES/bench_sites" "$redis" growth $((seconds + 2)) >"$work/redis-sites" &
		tool=$!
		sleep 0.5
		redis_run $from with
		from=$((from + 10000000))
		wait $tool
		if [ $((round % 3)) -ne 1 ]; then
			redis_run $from alone
			from=$((from + 10000000))
		fi
	done
	stop
	result "SETs of new keys a second lost by growth stacks, redis" "$(awk -v a="$(median <"$work/redis-alone")" \
		-v b="$(median <"$work/redis-with")" 'BEGIN { d = 100 * (1 - b / a); printf "%.2f", (d > 0 ? d : 0) }')" 2 % \
		"alone $(xargs <"$work/redis-alone"), traced $(xargs <"$work/redis-with")"
	note "CPU time of the server a SET: alone $(xargs <"$work/redis-cpu-alone") ns, traced $(xargs <"$work/redis-cpu-with") ns"
	first=$(sed -n 's/^site 1 .* samples [0-9]* steady [01] //p' "$work/redis-sites")
	result "_sdsnewlen or who calls it is not first" "$(grep -Eq '^(_?sdsnewlen|sdsdup|create(Raw|Embedded)?StringObject)( |$)' <<<"$first"; echo $?)" 0 "" "${first:-nothing was found}"
	sed -n '/^kind\|^site [2-4] /p' "$work/redis-sites" | cut -c1-160 | sed 's/^/      /'
}

slow_traced() {
	"$PROGRAM" --json --sites "$1s" --max-slowdown 5 -d "$1" -i 1 "$JOB" >"$work/slow.json" 2>"$work/slow.error"
}

# pairs_made COMMAND...: pairs a second of CPU time that malloc-only makes while it runs.
pairs_made() {
	local before after count
	count=$(wc -l <"$work/target")
	before=$(cpu_ns "$JOB")
	kill -USR1 "$JOB"
	"$@"
	kill -USR1 "$JOB"
	after=$(cpu_ns "$JOB")
	until [ "$(wc -l <"$work/target")" -ge $((count + 2)) ]; do sleep 0.05; done
	awk -v ns=$((after - before)) -v n="$(tail -n 1 "$work/target" | value pairs)" 'BEGIN { printf "%.0f", n / ns * 1e9 }'
}

# The promise to a program that does nothing else: by pairs a second before, amid and after.
sites_slowdown() {
	local before amid after seconds=$((${QUICK:-0} ? 15 : 30))
	start malloc-only
	before=$(pairs_made sleep 5)
	amid=$(pairs_made slow_traced $seconds)
	after=$(pairs_made sleep 5)
	stop
	result "--max-slowdown 5: a program that only mallocs is slower" \
		"$(awk -v a="$before" -v b="$amid" -v c="$after" 'BEGIN { printf "%.1f", 100 * (1 - 2 * b / (a + c)) }')" 7 % \
		"pairs a second: $before, traced $amid, $after; told: $(jq -r '.sites_trace.slowdown_percent' "$work/slow.json") %"
	result "what was given up is not said" "$(jq -e '.sites_trace | (.bursts > 0 or .period_bytes > 65536) and .note != null' "$work/slow.json" >/dev/null; echo $?)" 0 "" \
		"$(jq -r '.sites_trace | "\(.bursts) bursts, probes set for \(.traced_s) s of \(.duration_s), period \(.period_bytes): \(.note)"' "$work/slow.json"; cat "$work/slow.error")"
}

sites_memory() {
	local line more
	line=$("$BENCHES/bench_sites_memory" 1000000)
	more=$("$BENCHES/bench_sites_memory" 3000000)
	result "memory for 1,000,000 samples of blocks that stay" "$(value mib <<<"$line")" 64 MiB "$line"
	result "memory for 3,000,000 / that" "$(awk -v a="$(value mib <<<"$line")" -v b="$(value mib <<<"$more")" 'BEGIN { printf "%.2f", b / a }')" 1.25 x "$more"
}

bench_sites() {
	[ -x "$BENCHES/bench_sites" ] || { note "skipped: built without elfutils"; return; }
	sites_memory
	sites_redis
	if [ "$(id -u)" != 0 ] || ! command -v jq >/dev/null; then
		note "skipped: allocation sites need root, and jq to read what they say"
		return
	fi
	sites_slowdown
	sites_leaks
}

[ $# -gt 0 ] || set -- pass frame keys overhead memory flat stall ranking processes recording heap_read census lost sites unwind pair
# A stack of a program without frame pointers, through a signal handler: all the kinds of steps there are.
bench_unwind() {
	local line
	[ -x "$BENCHES/bench_symbols_unwind" ] || { note "skipped: built without elfutils"; return; }
	start symbols-chain signal
	line=$("$BENCHES/bench_symbols_unwind" "$JOB" $((${QUICK:-0} ? 200000 : 1000000)))
	stop
	result "one stack of $(value frames <<<"$line") frames unwound, by another process" \
		"$(awk -v n="$(value per_second <<<"$line")" 'BEGIN { if (n > 0) printf "%.1f", 1e6 / n }')" 50 us "$line"
	result "own memory for it, and that of the other process" \
		"$(awk -v a="$(value own_kb <<<"$line")" -v b="$(value reader_kb <<<"$line")" 'BEGIN { if (a && b) printf "%.0f", (a + b) / 1024 }')" 64 MiB
}

printf 'load %s, %s CPUs, Linux %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)" "$(nproc)" "$(uname -r)"
for name; do
	"bench_$name"
done
exit $missed
