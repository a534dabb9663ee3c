#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Recordings: what is in the file, what becomes of it when the recorder or the disk dies, and R.

. "$(dirname "$0")/lib.sh"

# with_store CASE: where there is something to record with, and to look at it.
with_store() {
	need sqlite3
	"$PROGRAM" --version | grep -q '^recordings: yes' || skip "built without SQLite"
	"$1"
}

# sql FILE QUERY: its answer, also while it is being written; where ON_DISK says.
sql() {
	${ON_DISK:-} sqlite3 -cmd '.timeout 10000' "$1" "$2"
}

# recorded N FILE: at least so many samples are committed.
recorded() {
	# sqlite3 would create it.
	${ON_DISK:-} test -s "$2" && [ "$(sql "$2" 'SELECT count(*) FROM sample' 2>/dev/null || echo 0)" -ge "$1" ]
}

whole() {
	equal "integrity of $1" ok "$(sql "$1" 'PRAGMA integrity_check')"
}

batch_rows() {
	local f=$T/a.mld last
	start_target leak 1048576 1024
	run 0 "$TARGET_PID" -i 0.2 -d 4 --heap --record "$f" --csv "$T/a.csv"
	whole "$f"
	equal "samples" 21 "$(sql "$f" 'SELECT count(*) FROM sample')"
	# Every figure of the CSV, row by row: kB there, bytes here.
	sql "$f" "SELECT rss/1024, vsz/1024, heap/1024, anon/1024, threads FROM sample ORDER BY time" |
		tr '|' , >"$T/recorded"
	awk -F, 'NR > 1 { print $3 "," $4 "," $5 "," $6 "," $17 }' "$T/a.csv" | diff - "$T/recorded" ||
		fail "the recording differs from the CSV"
	equal "images" "1|$TARGET_PID|leak" "$(sql "$f" 'SELECT count(*), pid, comm FROM image')"
	equal "its begin" "the watch began" "$(sql "$f" "SELECT text FROM event WHERE kind = 'start'")"
	[ "$(sql "$f" 'SELECT count(*) FROM pass')" -ge 1 ]
	[ "$(sql "$f" "SELECT count(*) FROM region WHERE kind = 'heap'")" -ge 1 ]
	[ "$(sql "$f" 'SELECT count(*) FROM verdict')" -ge 1 ]
	equal "interval" 200000000 "$(sql "$f" "SELECT value FROM fact WHERE key = 'interval'")"
	equal "kernel" "$(uname -srm)" "$(sql "$f" "SELECT value FROM fact WHERE key = 'kernel'")"
	equal "end" duration "$(sql "$f" "SELECT value FROM fact WHERE key = 'ended'")"
	equal "limit" "$(cat /proc/sys/vm/max_map_count)" \
		"$(sql "$f" "SELECT value FROM fact WHERE key = 'limit.mappings'")"
	found "^Recorded in $f \([0-9.]+ kB\): memleak-detective --replay $f\$" "$T/out"
	equal "mode" 600 "$(stat -c %a "$f")"
	# What is printed can be pasted, whatever the file is called.
	run 0 "$TARGET_PID" -i 0.2 -d 1 --record "$T/it's \$(a) copy"
	bash -c "$(sed -n "s|^Recorded in .*: memleak-detective|'$PROGRAM'|p" "$T/out") --batch" >"$T/pasted"
	found '^RSS ' "$T/pasted"
	last=$(sql "$f" 'SELECT max(time) FROM sample')
	[ "$last" -ge 3900000000 ]
}

# What it says in the end is in the file, too.
verdict_recorded() {
	local f=$T/a.mld
	start_target leak 4194304 1048576
	run 1 "$TARGET_PID" -i 0.5 -d 14 --exit-code --max-rss 6M --record "$f"
	equal "verdict" leak "$(sql "$f" 'SELECT kind FROM verdict ORDER BY time DESC LIMIT 1')"
	equal "warning" "$(grep -m 1 'growth detected' "$T/out")" "$(sql "$f" "SELECT text FROM event WHERE kind = 'warning'")"
	[ "$(sql "$f" "SELECT count(*) FROM event WHERE kind = 'alarm'")" -ge 1 ]
	[ "$(sql "$f" 'SELECT count(*) FROM evidence')" -ge 1 ]
	sql "$f" "SELECT value FROM fact WHERE key = 'warnings'" >"$T/warnings"
	found 'above --max-rss 6 MB' "$T/warnings"
}

killed_and_appended() {
	local f=$T/a.mld before pid
	start_target leak 1048576 1024
	"$PROGRAM" "$TARGET_PID" -i 0.1 --record "$f" >"$T/out" </dev/null &
	pid=$!
	wait_until 20 recorded 20 "$f"
	kill -KILL "$pid"
	wait "$pid" || true
	before=$(sql "$f" 'SELECT count(*) FROM sample')
	whole "$f"
	# Nothing older than some seconds is missing.
	[ "$before" -ge $(($(table_rows "$T/out" | wc -l) - 50)) ] || fail "$before of $(wc -l <"$T/out") rows"
	run 0 "$TARGET_PID" -i 0.1 -d 1 --record "$f"
	whole "$f"
	equal "samples" $((before + 11)) "$(sql "$f" 'SELECT count(*) FROM sample')"
	equal "watches" 2 "$(sql "$f" "SELECT count(*) FROM event WHERE kind = 'start'")"
	equal "times that do not rise" 0 "$(sql "$f" 'SELECT count(*) FROM (SELECT wall, lag(wall) OVER (ORDER BY time) AS before
		FROM sample) WHERE wall <= before')"
}

refusals() {
	local sum pid
	start_target idle
	echo 'dear to somebody' >"$T/other"
	sum=$(md5sum <"$T/other")
	refused 5 "$T/other: is no recording" "$TARGET_PID" -d 1 --record "$T/other"
	equal "that file" "$sum" "$(md5sum <"$T/other")"
	refused 5 "$T/none/a.mld: its directory does not exist" "$TARGET_PID" -d 1 --record "$T/none/a.mld"
	refused 5 "$T: is a directory" "$TARGET_PID" -d 1 --record "$T"
	# No command is started that would have to be ended.
	refused 5 'is no recording' --record "$T/other" -- touch "$T/started"
	[ ! -e "$T/started" ]
	refused 3 'no such process' 2147483646 -d 1 --record "$T/a.mld"
	[ ! -e "$T/a.mld" ]
	refused 3 'cannot start' -d 1 --record "$T/a.mld" -- "$T/no-command"
	run 3 --follow no-such-name -d 1 --record "$T/a.mld"
	[ ! -e "$T/a.mld" ] || fail "a recording of nothing was left"
	# One that somebody writes.
	"$PROGRAM" "$TARGET_PID" -i 0.1 --record "$T/b.mld" >"$T/out2" </dev/null &
	pid=$!
	wait_until 20 recorded 2 "$T/b.mld"
	refused 5 'b.mld: is being written by another process' "$TARGET_PID" -d 1 --record "$T/b.mld"
	kill -INT "$pid"
	wait "$pid"
}

# opening PID FILE: that process has it open by now.
opening() {
	ls -l "/proc/$1/fd" 2>/dev/null | grep -q "$2"
}

# ended_while_opening SIGNAL ARGUMENT...: is told to end while $T/a.mld is locked. The lock is waited for 2 s, which is
# less than a busy machine may take to get here, so more than once.
ended_while_opening() {
	local signal=$1 pid status
	shift
	for _ in 1 2 3 4 5; do
		"$PROGRAM" --record "$T/a.mld" "$@" >"$T/out" 2>"$T/err" </dev/null &
		pid=$!
		wait_until 20 opening "$pid" a.mld
		kill "-$signal" "$pid"
		status=0
		wait "$pid" || status=$?
		grep -q 'being written by another' "$T/err" || break
	done
	equal "status" 3 "$status"
	found '^memleak-detective: told to end while .*a\.mld was being opened; nothing was watched$' "$T/err"
	equal "lines" 1 "$(wc -l <"$T/err")"
	equal "rows" 0 "$(wc -c <"$T/out")"
}

signal_while_opening() {
	local lock
	start_target idle
	run 0 "$TARGET_PID" -i 0.2 -d 1 --record "$T/a.mld"
	coproc { sqlite3 "$T/a.mld"; }
	lock=${COPROC[1]}
	echo "PRAGMA locking_mode = exclusive; BEGIN EXCLUSIVE; SELECT 'locked';" >&"$lock"
	until read -r line <&"${COPROC[0]}" && [ "$line" = locked ]; do :; done
	ended_while_opening INT "$TARGET_PID" -d 5
	ended_while_opening TERM "$TARGET_PID" -d 5
	ended_while_opening TERM -d 5 -- touch "$T/started"
	[ ! -e "$T/started" ]
}

# nothing_beside WHAT: neither a recording nor what SQLite keeps beside one.
nothing_beside() {
	[ -z "$(find "$T" -name 'n.mld*')" ] || fail "$1 left $(find "$T" -name 'n.mld*' -printf '%f ')"
}

# Whatever ends a watch before its first sample ends it amid what the recorder's thread makes.
nothing_left() {
	local pid files delay status
	start_target idle
	for _ in 1 2 3; do
		refused 5 'its directory does not exist' "$TARGET_PID" -d 1 --record "$T/n.mld" --openmetrics "$T/none/m.prom"
		nothing_beside "--openmetrics in no directory"
		refused 5 'no such file or directory' "$TARGET_PID" -d 1 --record "$T/n.mld" --csv "$T/none/a.csv"
		nothing_beside "--csv in no directory"
	done
	# Some are enough for the file that is made, and too few for the journal of the one that has its name.
	for files in 8 9 10 11 12 13 14 15; do
		status=0
		(
			ulimit -n "$files"
			exec "$PROGRAM" "$TARGET_PID" -d 1 -i 0.2 --record "$T/n.mld"
		) >"$T/out" 2>"$T/err" </dev/null || status=$?
		[ "$status" -ne 0 ] || rm "$T/n.mld"
		# Another file would not help.
		absent 'another file' "$T/err"
		nothing_beside "ulimit -n $files (status $status)"
	done
	for delay in 01 02 03 04 05 06 07 08 09 10 12 14 16 18 20; do
		"$PROGRAM" "$TARGET_PID" -d 5 --record "$T/n.mld" >"$T/out" 2>"$T/err" </dev/null &
		pid=$!
		sleep "0.$delay"
		kill -TERM "$pid"
		status=0
		wait "$pid" || status=$?
		# It ended before it could hear signals, or when there was a sample: the file is whole.
		if [ "$status" -eq 0 ]; then
			whole "$T/n.mld"
			rm "$T/n.mld"
		fi
		nothing_beside "SIGTERM after 0.$delay s (status $status)"
	done
}

refused_to_others() {
	need_root
	need setpriv
	mkdir -m 755 "$T/locked"
	chmod 755 "$T" "$WORK"
	cp "$PROGRAM" "$T/program"
	local status=0
	setpriv --reuid 65534 --regid 65534 --clear-groups "$T/program" --record "$T/locked/a.mld" -d 1 -- sleep 2 \
		>"$T/out" 2>"$T/err" </dev/null || status=$?
	equal "status" 5 "$status"
	found 'locked/a.mld: permission denied' "$T/err"
	equal "lines" 1 "$(wc -l <"$T/err")"
}

# A login that ends takes nothing along: SIGHUP is what nohup is there for.
headless() {
	start_target leak 1048576 1024
	nohup "$PROGRAM" "$TARGET_PID" -i 0.1 --record "$T/a.mld" >"$T/out" 2>&1 </dev/null &
	local pid=$!
	wait_until 20 recorded 5 "$T/a.mld"
	kill -HUP "$pid"
	local n
	n=$(sql "$T/a.mld" 'SELECT count(*) FROM sample')
	wait_until 20 recorded $((n + 30)) "$T/a.mld"
	kill -TERM "$pid"
	wait "$pid"
	whole "$T/a.mld"
	found '^Recorded in ' "$T/out"
	equal "end" signal "$(sql "$T/a.mld" "SELECT value FROM fact WHERE key = 'ended'")"
}

commands_and_demos() {
	run 0 --record "$T/a.mld" -i 0.1 -- sh -c 'sleep 1; exit 7'
	equal "end" target-exit "$(sql "$T/a.mld" "SELECT value FROM fact WHERE key = 'ended'")"
	equal "child" "ended with exit status 7" "$(sql "$T/a.mld" "SELECT value FROM fact WHERE key = 'child'")"
	[ "$(sql "$T/a.mld" "SELECT count(*) FROM event WHERE kind = 'exit'")" -eq 1 ]
	run 0 --demo leak --record "$T/b.mld" -i 0.2 -d 2
	equal "samples" 11 "$(sql "$T/b.mld" 'SELECT count(*) FROM sample')"
	need_json
	run 0 --demo leak --record "$T/c.mld" -i 0.2 -d 1 --json
	jq -e '.samples == 6' "$T/out" >/dev/null
	equal "samples" 6 "$(sql "$T/c.mld" 'SELECT count(*) FROM sample')"
}

exec_recorded() {
	local f=$T/a.mld
	run 0 --record "$f" -i 0.1 -d 3 -- sh -c 'sleep 1; exec sleep 60'
	pkill -P "$$" -x sleep 2>/dev/null || true
	equal "images" 'sh,sleep' "$(sql "$f" 'SELECT group_concat(comm) FROM (SELECT comm FROM image ORDER BY time)')"
	equal "event" 1 "$(sql "$f" "SELECT count(*) FROM event WHERE kind = 'exec'")"
}

# Neither the recording that is written nor another one, whatever name --csv gives it.
csv_spares_recordings() {
	local f=$T/a.mld sum
	start_target idle
	run 0 "$TARGET_PID" -i 0.1 -d 1 --record "$f"
	ln -s a.mld "$T/link"
	sum=$(md5sum <"$f")
	for name in "$f" "$T/./a.mld" "$T/link"; do
		refused 5 'is a recording and stays as it is' "$TARGET_PID" -d 1 --csv "$name"
	done
	equal "that recording" "$sum" "$(md5sum <"$f")"
	refused 2 'name the same file' "$TARGET_PID" -d 1 --csv "$T/link" --record "$f"
	refused 2 'name the same file' "$TARGET_PID" -d 1 --csv "$T/./b.mld" --record "$T/b.mld"
	[ ! -e "$T/b.mld" ]
	whole "$f"
	equal "samples" 11 "$(sql "$f" 'SELECT count(*) FROM sample')"
}

# man_queries: the queries of the man page, each in a file $T/query.N as its reader sees it.
man_queries() {
	awk -v to="$T/query." '
		/^\.\\" query$/ { n++; due = 1; next }
		due && /^\.Bd -literal$/ { on = 1; due = 0; next }
		/^\.Ed$/ { on = 0 }
		on { gsub(/\\-/, "-"); gsub(/\\e/, "\\"); print > (to n) }
	' src/share/memleak-detective.1
}

# Every query of the man page runs, and finds something in a recording of a leak.
queries_of_the_man_page() {
	local f=$T/a.mld query marks
	start_target leak 4194304 1048576
	run 0 "$TARGET_PID" -i 0.2 -d 4 --heap --record "$f"
	man_queries
	marks=$(grep -c '^\.\\" query$' src/share/memleak-detective.1)
	[ "$marks" -ge 5 ]
	equal "queries" "$marks" "$(cat "$T"/query.* | grep -c ';$')"
	for query in "$T"/query.*; do
		sqlite3 -readonly -bail "$f" <"$query" >"$T/answer" 2>"$T/err" ||
			fail "$(cat "$query" "$T/err")"
		[ ! -s "$T/err" ] && [ -s "$T/answer" ] || fail "no answer to $(cat "$query" "$T/err")"
	done
	# What they answer is true.
	sqlite3 -readonly "$f" <"$T/query.1" >"$T/course"
	equal "the course" 21 "$(wc -l <"$T/course")"
	sqlite3 -readonly "$f" <"$T/query.3" >"$T/grown"
	head -n 1 "$T/grown" >"$T/most"
	found '^(anonymous|heap)\|' "$T/most"
	sqlite3 -readonly "$f" <"$T/query.5" >"$T/events"
	found '^0\|start\|the watch began$' "$T/events"
}

# Nothing that is meant for a closed stdout or stderr ends up in the recording, and nothing waits for it.
closed_descriptors() {
	local f=$T/a.mld status=0
	timeout 60 "$PROGRAM" --record "$f" -i 0.1 -d 1 --kill -- sleep 60 <&- >&- 2>&- || status=$?
	equal "status" 5 "$status"
	whole "$f"
	[ "$(sql "$f" 'SELECT count(*) FROM sample')" -ge 1 ]
}

# --- R -------------------------------------------------------------------------------------------

rows_of_csv() {
	[ "$(wc -l <"$T/samples.csv" 2>/dev/null || echo 0)" -gt "$1" ]
}

with_history() {
	local f=$T/r.mld before
	start_target leak 1048576 1024
	dashboard 120x30 "$TARGET_PID" -i 0.2 --csv "$T/samples.csv"
	wait_until 20 rows_of_csv 12
	keys R
	wait_screen 'Record to: .*memleak-[0-9]+-[0-9T]+Z\.mld'
	keys C-u
	before=$(($(wc -l <"$T/samples.csv") - 1))
	type_line "$f"
	wait_screen "recording to .*r\.mld"
	wait_screen 'rec [0-9.]+ kB' 20
	wait_until 20 recorded $((before + 10)) "$f"
	keys R
	wait_screen 'recorded .*r\.mld'
	wait_not_screen ', rec [0-9]' 10
	whole "$f"
	# From the first sample of the watch on, without a hole.
	sql "$f" 'SELECT rss/1024, vsz/1024, anon/1024 FROM sample ORDER BY time' | tr '|' , >"$T/recorded"
	awk -F, 'NR > 1 { print $3 "," $4 "," $6 }' "$T/samples.csv" | head -n "$(wc -l <"$T/recorded")" |
		diff - "$T/recorded" || fail "the recording differs from the CSV"
	[ "$(wc -l <"$T/recorded")" -ge $((before + 10)) ]
	equal "its begin" 1 "$(sql "$f" "SELECT count(*) FROM event WHERE kind = 'start'")"
	[ "$(sql "$f" 'SELECT count(*) FROM pass')" -ge 1 ]
	keys q
	wait_left 10
	equal "status" 0 "$LEFT_STATUS"
	in_scrollback '^Recorded in .*r\.mld'
}

# What the file has of the past of this watch is not written to it a second time.
with_history_again() {
	local f=$T/r.mld before=12 n
	start_target leak 1048576 1024
	dashboard 120x30 "$TARGET_PID" -i 0.2 --csv "$T/samples.csv"
	wait_until 20 rows_of_csv 12
	for n in 1 2 3; do
		keys R
		wait_screen 'Record to: '
		keys C-u
		type_line "$f"
		wait_screen "recording to .*r\.mld"
		wait_until 20 recorded $((before += 10)) "$f"
		keys R
		wait_screen 'recorded .*r\.mld'
		wait_not_screen ', rec [0-9]' 10
	done
	whole "$f"
	equal "rows" "$(sql "$f" 'SELECT count(DISTINCT wall) FROM sample')" "$(sql "$f" 'SELECT count(*) FROM sample')"
	equal "images" 3 "$(sql "$f" 'SELECT count(DISTINCT time) FROM image')"
	equal "its begin" 1 "$(sql "$f" "SELECT count(*) FROM event WHERE kind = 'start'")"
	# All of the watch is in it, up to where the last recording ended.
	sql "$f" 'SELECT rss/1024, vsz/1024, anon/1024 FROM sample ORDER BY time' | tr '|' , >"$T/recorded"
	awk -F, 'NR > 1 { print $3 "," $4 "," $6 }' "$T/samples.csv" | head -n "$(wc -l <"$T/recorded")" |
		diff - "$T/recorded" || fail "the recording differs from the CSV"
	keys q
	wait_left 10
}

# What was seen of a process that is gone can still be kept.
after_the_end() {
	local f=$T/r.mld
	dashboard 120x30 -i 0.2 -- sh -c 'sleep 3; exit 3'
	wait_screen 'report in 10 s' 30
	keys R
	wait_screen 'Record to: '
	keys C-u
	type_line "$f"
	wait_screen 'recording to .*r\.mld'
	wait_until 20 recorded 10 "$f"
	keys R
	wait_screen 'recorded .*r\.mld'
	keys q
	wait_left 10
	whole "$f"
	equal "end" target-exit "$(sql "$f" "SELECT value FROM fact WHERE key = 'ended'")"
	equal "child" "ended with exit status 3" "$(sql "$f" "SELECT value FROM fact WHERE key = 'child'")"
	equal "exit" 1 "$(sql "$f" "SELECT count(*) FROM event WHERE kind = 'exit'")"
}

refused_by_key() {
	start_target idle
	echo other >"$T/other"
	dashboard 100x30 "$TARGET_PID" -i 0.2
	keys R
	wait_screen 'Record to: '
	keys C-u
	type_line "$T/other"
	wait_screen 'is no recording'
	not_on_screen ', rec '
	# Esc asks for nothing, and R asks anew.
	keys R
	wait_screen 'Record to: '
	keys Escape
	wait_not_screen 'Record to: '
	keys q
	wait_left 10
	equal "status" 0 "$LEFT_STATUS"
	equal "that file" other "$(cat "$T/other")"
}

given_to_the_dashboard() {
	start_target leak 1048576 1024
	dashboard 100x30 "$TARGET_PID" -i 0.2 --record "$T/a.mld"
	wait_screen 'rec [0-9.]+ kB' 20
	wait_until 20 recorded 10 "$T/a.mld"
	keys b
	wait_screen 'changes count from here'
	keys Space
	wait_screen 'frozen at'
	keys q
	wait_left 10
	equal "status" 0 "$LEFT_STATUS"
	whole "$T/a.mld"
	equal "marks" baseline,freeze "$(sql "$T/a.mld" "SELECT group_concat(kind) FROM (SELECT kind FROM event
		WHERE kind IN ('baseline', 'freeze') ORDER BY id)")"
	equal "end" quit "$(sql "$T/a.mld" "SELECT value FROM fact WHERE key = 'ended'")"
	terminal 100x30 env LC_ALL=C.UTF-8 "$PROGRAM" "$TARGET_PID" --record "$T"
	wait_left 10
	equal "status" 5 "$LEFT_STATUS"
	in_scrollback 'is a directory'
}

another_process() {
	local first
	start_target leak 1048576 1024
	first=$TARGET_PID
	start_target idle
	dashboard 100x30 "$first" -i 0.2 --record "$T/a.mld"
	wait_until 20 recorded 5 "$T/a.mld"
	keys 7
	wait_screen 'processes, read in' 20
	keys /
	tm send-keys -l "$TARGET_PID"
	keys Enter
	wait_screen '^ *1 of [0-9]+ processes' 20
	wait_screen "^ *$TARGET_PID .* idle" 20
	keys Enter
	wait_screen 'recorded .*a\.mld' 20
	not_on_screen ', rec '
	keys q
	wait_left 10
	equal "status" 0 "$LEFT_STATUS"
	equal "images" "$first" "$(sql "$T/a.mld" 'SELECT group_concat(pid) FROM image')"
}

# --- disks -----------------------------------------------------------------------------------------

# small_disk: SMALL_DISK COMMAND... runs it with a file system of 2 MB at $T/disk that only it sees.
small_disk() {
	need_root
	need unshare nsenter
	mkdir "$T/disk"
	# shellcheck disable=SC2016
	SMALL_DISK=(unshare -m sh -c 'mount -t tmpfs -o size=2m,mode=777 none "$0" && exec "$@"' "$T/disk")
	"${SMALL_DISK[@]}" true 2>/dev/null || skip "no file system of one's own"
}

fill_disk() {
	$ON_DISK dd if=/dev/zero of="$T/disk/filler" bs=64k 2>/dev/null || true
	$ON_DISK dd if=/dev/zero of="$T/disk/filler2" bs=1k 2>/dev/null || true
}

disk_full() {
	local f=$T/disk/a.mld pid rows
	small_disk
	start_target leak 1048576 1024
	"${SMALL_DISK[@]}" "$PROGRAM" "$TARGET_PID" -i 0.1 --record "$f" >"$T/out" 2>"$T/err" </dev/null &
	pid=$!
	wait_until 20 test -s "$T/out"
	ON_DISK="nsenter -m -t $pid"
	wait_until 20 recorded 10 "$f"
	fill_disk
	wait_until 60 grep -q '^Note: recording: disk full' "$T/out"
	rows=$(table_rows "$T/out" | wc -l)
	wait_until 20 more_rows $((rows + 20)) # the watch goes on
	$ON_DISK rm "$T/disk/filler" "$T/disk/filler2"
	wait_until 60 grep -q '^Note: recording goes on' "$T/out"
	rows=$(table_rows "$T/out" | wc -l)
	wait_until 20 recorded "$rows" "$f"
	whole "$f"
	# What was seen while it was full is there.
	equal "holes" 0 "$(sql "$f" 'SELECT count(*) FROM (SELECT time - lag(time) OVER (ORDER BY time) AS d
		FROM sample) WHERE d > 3000000000')"
	equal "gaps" 0 "$(sql "$f" "SELECT count(*) FROM event WHERE text LIKE '%not recorded%'")"
	kill -INT "$pid"
	wait "$pid"
	found '^Warning: recording: disk full' "$T/out"
}

more_rows() {
	[ "$(table_rows "$T/out" | wc -l)" -ge "$1" ]
}

disk_full_in_the_dashboard() {
	small_disk
	start_target leak 1048576 1024
	terminal 120x30 env LC_ALL=C.UTF-8 "${SMALL_DISK[@]}" "$PROGRAM" "$TARGET_PID" -i 0.1 --record "$T/disk/a.mld"
	wait_screen 'rec [0-9.]+ kB' 20
	ON_DISK="nsenter -m -t $(program_pid)"
	wait_until 20 recorded 5 "$T/disk/a.mld"
	fill_disk
	wait_screen 'recording: disk full' 60
	keys 2
	wait_screen '\[heap\]'
	wait_screen 'recording: disk full' 20
	$ON_DISK rm "$T/disk/filler" "$T/disk/filler2"
	wait_not_screen 'recording: disk full' 60
	keys q
	wait_left 10
	equal "status" 0 "$LEFT_STATUS"
	wait_scrollback '^Warning: recording: disk full'
}

file_removed() {
	local pid rows
	start_target leak 1048576 1024
	"$PROGRAM" "$TARGET_PID" -i 0.1 --record "$T/a.mld" >"$T/out" 2>"$T/err" </dev/null &
	pid=$!
	wait_until 20 recorded 5 "$T/a.mld"
	rm "$T"/a.mld*
	wait_until 60 grep -q '^Note: recording: was removed' "$T/out"
	rows=$(table_rows "$T/out" | wc -l)
	wait_until 20 more_rows $((rows + 10))
	kill -INT "$pid"
	local status=0
	wait "$pid" || status=$?
	equal "status" 5 "$status"
	found 'a\.mld: was removed' "$T/err"
	equal "lines" 1 "$(wc -l <"$T/err")"
	[ ! -e "$T/a.mld" ] || fail "it was created again"
	absent '^Recorded in' "$T/out"
}

file_moved() {
	local pid status=0
	start_target leak 1048576 1024
	"$PROGRAM" "$TARGET_PID" -i 0.1 --record "$T/a.mld" >"$T/out" 2>"$T/err" </dev/null &
	pid=$!
	wait_until 20 recorded 5 "$T/a.mld"
	mv "$T/a.mld" "$T/b.mld"
	wait_until 60 grep -q '^Note: recording: was moved' "$T/out"
	kill -INT "$pid"
	wait "$pid" || status=$?
	equal "status" 5 "$status"
	found 'a\.mld: was moved: what was recorded until then is in the moved file$' "$T/err"
	recorded 5 "$T/b.mld" || fail "its rows were left behind"
	[ ! -s "$T/a.mld-wal" ] || fail "its journal was left behind"
	[ ! -e "$T/a.mld" ] || fail "it was created again"
}

check "the rows of a batch are in the recording, figure by figure" with_store batch_rows
check "verdict, warnings and alarms are recorded" with_store verdict_recorded
check "a recorder that was killed loses little, and is appended to" with_store killed_and_appended
check "what cannot be recorded to is refused and left as it is" with_store refusals
check "a signal ends the wait for a file that is locked" with_store signal_while_opening
check "a watch that never began leaves nothing beside a recording" with_store nothing_left
check "a directory of others is refused" with_store refused_to_others
check "under nohup it outlives the login" with_store headless
check "started commands and demos are recorded" with_store commands_and_demos
check "--csv spares recordings" with_store csv_spares_recordings
check "the queries of the man page" with_store queries_of_the_man_page
check "closed descriptors" with_store closed_descriptors
check "an exec begins another image" with_store exec_recorded
check "R records with the history so far, R ends it" with_store with_history
check "R again goes on where the file ends" with_store with_history_again
check "R records what was seen of a process that is gone" with_store after_the_end
check "R on something else is refused, the watch goes on" with_store refused_by_key
check "--record in the dashboard" with_store given_to_the_dashboard
check "another process ends the recording" with_store another_process
check "a full disk is told of and survived" with_store disk_full
check "a full disk stands in the footer" with_store disk_full_in_the_dashboard
check "a recording that was removed" with_store file_removed
check "a recording that was moved" with_store file_moved
finish
