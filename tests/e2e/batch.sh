#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The table, CSV, JSON, thresholds, commands, and what happens to an output that fails.

. "$(dirname "$0")/lib.sh"

csv_header=time_s,utc,rss_kb,vsz_kb,heap_kb,anon_kb,swap_kb,shmem_kb,file_kb,pss_kb,private_kb
csv_header=$csv_header,private_dirty_kb,shared_kb,lazyfree_kb,data_kb,hwm_kb,threads,fds,cpu_s,age_s

texts() {
	run 0 --help
	found '^ *-p, --pid PID' "$T/out"
	run 0 --version
	found '^memleak-detective ' "$T/out"
	found '^call sites: ' "$T/out"
	run 0 --keys
	found 'Space' "$T/out"
	found '^q ' "$T/out"
}

shapes() {
	start_target idle
	run 0 "$TARGET_PID" --interval 0.5 --duration 2
	equal "times with tenths" "00:00.0 00:00.5 00:01.0 00:01.5 00:02.0" \
		"$(table_rows "$T/out" | cut -d' ' -f1 | xargs)"
	equal "bytes on stderr" 0 "$(wc -c <"$T/err")"
	run 0 -p "$TARGET_PID" -i 500ms -d 1 --no-report
	equal "rows and a header, nothing else" 4 "$(wc -l <"$T/out")"
}

columns() {
	start_target idle
	run 0 "$TARGET_PID" --interval 0.5 --duration 1 --no-report --columns rss,time,fds,threads
	equal "header in the order asked for" "RSS(MB) Time FDs Threads" "$(head -n 1 "$T/out" | xargs)"
	run 0 "$TARGET_PID" --interval 0.5 --duration 1 --no-report --columns all
	equal "columns in header and rows" "$(head -n 1 "$T/out" | wc -w)" "$(tail -n 1 "$T/out" | wc -w)"
	[ "$(head -n 1 "$T/out" | wc -w)" -ge 16 ] || fail "not all columns: $(head -n 1 "$T/out")"
}

csv_file() {
	start_target idle
	run 0 "$TARGET_PID" --interval 0.5 --duration 2 --csv "$T/samples.csv"
	equal "header" "$csv_header" "$(head -n 1 "$T/samples.csv" | tr -d '\r')"
	equal "rows" 6 "$(wc -l <"$T/samples.csv")"
	found '^Time ' "$T/out"
	equal "RSS" "$(awk '/^VmRSS/ { print $2 }' "/proc/$TARGET_PID/status")" \
		"$(csv_value rss_kb "$T/samples.csv")"
}

# A directory that is tidied up meanwhile takes the rows with it.
csv_removed() {
	local pid status=0
	start_target idle
	mkdir "$T/out"
	"$PROGRAM" --batch "$TARGET_PID" -i 0.2 -d 2 --csv "$T/out/x.csv" >"$T/rows" 2>"$T/err" &
	pid=$!
	wait_until 5 grep -qs 00:00.2 "$T/rows"
	rm -r "$T/out"
	wait $pid || status=$?
	equal "status" 5 $status
	equal "lines" 1 "$(wc -l <"$T/err")"
	found "out/x.csv are lost: it was removed" "$T/err"
}

csv_stdout() {
	start_target leak
	run 0 "$TARGET_PID" --interval 0.5 --duration 2 --csv -
	equal "lines on stdout" 6 "$(wc -l <"$T/out")"
	equal "columns" "$(head -n 1 "$T/out" | tr -cd , | wc -c)" "$(tail -n 1 "$T/out" | tr -cd , | wc -c)"
	found '^Next: ' "$T/err"
}

json() {
	need_json
	start_target leak
	run 0 "$TARGET_PID" --interval 0.5 --duration 10 --json
	jq -e '.schema == 1 and .tool == "memleak-detective" and .samples == 21 and .ended == "duration"
		and .verdict == "leak" and .cause == "leak" and .pattern == "linear" and .confidence > 70
		and .duration_s >= 10 and .duration_s < 10.2 and .interval_s == 0.5 and .flagged_at_s < 10.2
		and (.growth_bytes_per_s | . > 900000 and . < 1200000)
		and .growth_low <= .growth_bytes_per_s and .growth_bytes_per_s <= .growth_high
		and (.evidence | length > 0) and (.regions | length > 0)
		and .heap == null and .sites == null and (.warnings | type == "array")
		and .last.rss - .first.rss > 8000000' "$T/out" >/dev/null || fail "$(jq . "$T/out")"
	equal "pid" "$TARGET_PID" "$(jq .pid "$T/out")"
	run 0 "$TARGET_PID" --interval 0.5 --duration 0.5 --json
	jq -e '.verdict == "insufficient-data" and .cause == null and .confidence == null and .flagged_at_s == null' \
		"$T/out" >/dev/null || fail "unknown must be null: $(jq . "$T/out")"
}

thresholds() {
	start_target leak 4194304 1048576
	run 1 "$TARGET_PID" --interval 0.5 --duration 3 --exit-code --max-rss 6M
	found '^Warning: .*RSS.* is above --max-rss 6 MB' "$T/out"
	# At once, between the rows.
	sed -n '/--max-rss/,$p' "$T/out" | grep -Eq '^00:0[0-9]\.[05] ' || fail "the warning came late: $(cat "$T/out")"
	run 0 "$TARGET_PID" --interval 0.5 --duration 1 --max-rss 1M
	run 1 "$TARGET_PID" --interval 0.5 --duration 1 --max-anon 1M --exit-code
	run 1 "$TARGET_PID" --interval 0.5 --duration 2 --max-maps 3 --exit-code
	run 1 "$TARGET_PID" --interval 0.5 --duration 4 --max-growth 1M/s --exit-code
	run 0 "$TARGET_PID" --interval 0.5 --duration 1 --max-rss 1T --exit-code
	run 0 "$TARGET_PID" --interval 0.5 --duration 1 --max-heap 512M
	cat "$T/out" "$T/err" >"$T/both"
	found '--max-anon' "$T/both"
}

command_runs_on() {
	run 0 --interval 0.5 --duration 1 -- sh -c 'echo hello; cat; exec sleep 4'
	found 'hello' "$T/err"
	absent 'hello' "$T/out"
	found 'runs on|running|still runs' "$T/out"
	run 0 --interval 0.5 -- sh -c 'sleep 1; exit 7'
	found '7' "$T/out"
	run 0 --interval 0.5 -- sh -c 'sleep 1; kill -TERM $$'
	found 'SIGTERM|signal 15|Terminated' "$T/out"
	run 3 --interval 0.5 -- "$T/no-such-program"
	found 'no-such-program' "$T/err"
}

command_killed() {
	run 0 --interval 0.5 --duration 1 --kill -- sh -c 'echo $$ >"$0"; exec sleep 60' "$T/child"
	wait_until 5 gone "$(cat "$T/child")"
}

# What COMMAND runs in the background ends as well, also where it was stopped; one that does not care is told of.
command_killed_whole() {
	local pid
	run 0 -i 0.5 -d 1 --kill -- sh -c 'sleep 60 & echo $! >"$0"; kill -STOP $!; sleep 60' "$T/child"
	found 'was told to end' "$T/out"
	equal "notes" 0 "$(wc -c <"$T/err")"
	wait_until 5 gone "$(cat "$T/child")"
	run 0 -i 0.5 -d 1 --kill -- sh -c 'trap "" TERM; echo $$ >"$0"; while :; do sleep 1; done' "$T/child"
	pid=$(cat "$T/child")
	found "process $pid does not end at SIGTERM" "$T/err"
	found "was told to end \(--kill\), but runs on as process $pid" "$T/out"
	alive "$pid"
	kill -KILL -- "-$pid"
	# As with timeout, one that ended by itself may leave whom it wants to.
	run 0 -i 0.1 --kill -- sh -c 'sleep 60 & echo $! >"$0"; sleep 1' "$T/child"
	alive "$(cat "$T/child")"
	kill "$(cat "$T/child")"
}

disk_full() {
	local status
	start_target idle
	for arguments in "" "--json" "--csv -" "--csv /dev/full"; do
		status=0
		if [ "$arguments" = "--csv /dev/full" ]; then
			"$PROGRAM" "$TARGET_PID" -i 0.5 -d 1 $arguments >"$T/out" 2>"$T/err" || status=$?
		else
			"$PROGRAM" "$TARGET_PID" -i 0.5 -d 1 $arguments >/dev/full 2>"$T/err" || status=$?
		fi
		[ "$arguments" != --json ] || "$PROGRAM" --version | grep -q '^json: yes' || continue
		equal "status with a full disk, '$arguments'" 5 $status
		found '^memleak-detective: .*[Nn]o space' "$T/err"
	done
	for option in --help --version --keys; do
		status=0
		"$PROGRAM" $option >/dev/full 2>"$T/err" || status=$?
		equal "status of $option with a full disk" 5 $status
	done
}

closed_pipe() {
	start_target idle
	local status
	set +e
	timeout 20 "$PROGRAM" "$TARGET_PID" -i 0.2 -d 15 2>"$T/err" | head -n 1 >"$T/out"
	status=${PIPESTATUS[0]}
	set -e
	equal "status with a closed pipe" 0 "$status"
	equal "bytes on stderr" 0 "$(wc -c <"$T/err")"
}

rows_are_flushed() {
	start_target idle
	"$PROGRAM" "$TARGET_PID" -i 1 -d 30 >"$T/out" &
	wait_until 5 grep -q '^00:01 ' "$T/out"
}

signals() {
	local signal pid status
	start_target leak
	for signal in INT TERM HUP; do
		# A file of its own: rows of the round before say nothing about this one.
		"$PROGRAM" "$TARGET_PID" -i 0.2 >"$T/$signal" &
		pid=$!
		wait_until 5 grep -Eq '^00:0(0\.[4-9]|[1-9]\.[0-9]) ' "$T/$signal"
		kill -$signal $pid
		status=0
		wait $pid || status=$?
		equal "status after SIG$signal" 0 $status
		found '^RSS [0-9.]+ MB' "$T/$signal"
	done
}

# TERM decides where stdout is a terminal.
dumb_terminal() {
	start_target idle
	terminal 80x24 env TERM=dumb "$PROGRAM" "$TARGET_PID" -i 0.5 -d 1
	wait_left
	equal "status" 0 "$LEFT_STATUS"
	wait_scrollback '^Time +RSS\(MB\)  Heap\(MB\)  Delta$'
}

batch_terminal() {
	start_target idle
	terminal 80x24 "$PROGRAM" --batch "$TARGET_PID" -i 0.5 -d 1
	wait_left
	wait_scrollback '^00:01.0 '
}

no_stdin() {
	start_target idle
	"$PROGRAM" "$TARGET_PID" -i 0.5 -d 1 <&- >"$T/out" 2>"$T/err"
	found '^00:01.0 ' "$T/out"
}

analyze() {
	start_target leak
	run 0 "$TARGET_PID" -i 0.5 -d 10 --csv "$T/samples.csv"
	local warning='Warning: linear heap growth detected'
	cp "$T/out" "$T/table"
	for input in "$T/samples.csv" "$T/table"; do
		run 1 --exit-code --analyze "$input"
		grep -Fxq "$warning" "$T/out" || fail "$input: $(cat "$T/out")"
	done
}

analyze_stdin() {
	awk 'BEGIN { print "time_s,anon_kb"; for (i = 0; i < 60; i++) print i "," 50000 + 1024 * i }' >"$T/in"
	local status=0
	"$PROGRAM" --exit-code --analyze - <"$T/in" >"$T/out" 2>"$T/err" || status=$?
	equal "status" 1 $status
	found '^Warning: linear heap growth' "$T/out"
}

# The logs people already keep.
analyze_logs() {
	awk 'BEGIN { for (i = 0; i < 60; i++) print 1700000000 + i * 10, 50000 + 1000 * i }' >"$T/epoch"
	for i in $(seq 0 59); do
		echo "$(date -u -d "@$((1700000000 + i * 10))"): $((50000 + i * 1000))"
	done >"$T/date"
	sed 's/: \([0-9]*\)$/: VmRSS: \1 kB/' "$T/date" >"$T/vmrss"
	for log in epoch date vmrss; do
		run 1 --exit-code --analyze "$T/$log"
		found '^Warning: linear' "$T/out"
	done
}

demo() {
	run 0 --demo --interval 0.5 --duration 15
	found '^Warning: linear heap growth detected$' "$T/out"
	run 0 --demo cache --interval 0.5 --duration 2
	run 0 --demo=step --interval 0.5 --duration 2
}

hostile_names() {
	mkdir "$T/files"
	start_target hostile "$T/files"
	run 0 "$TARGET_PID" -i 0.5 -d 3
	cat "$T/out" "$T/err" >"$T/both"
	no_controls "$T/both"
	need_json
	run 0 "$TARGET_PID" -i 0.5 -d 1 --json
	no_controls "$T/out"
	jq -e '.pid > 0' "$T/out" >/dev/null
}

check "help, version, keys" texts
check "the table: tenths below 1 s, --no-report" shapes
check "--columns" columns
check "--csv FILE" csv_file
check "--csv FILE that is removed meanwhile -> status 5" csv_removed
check "--csv -" csv_stdout
check "--json" json
check "thresholds" thresholds
check "-- COMMAND: output, end, status" command_runs_on
check "-- COMMAND with --kill" command_killed
check "--kill ends what COMMAND began" command_killed_whole
check "a full disk -> status 5" disk_full
check "a closed pipe -> status 0" closed_pipe
check "rows are flushed as they are taken" rows_are_flushed
check "SIGINT, SIGTERM, SIGHUP -> the report, status 0" signals
check "a dumb terminal gets the table" dumb_terminal
check "--batch on a terminal" batch_terminal
check "no stdin" no_stdin
check "--analyze of our own CSV and table" analyze
check "--analyze - reads stdin" analyze_stdin
check "--analyze of the logs people keep" analyze_logs
check "--demo without a terminal" demo
check "hostile names in table and JSON" hostile_names

fifo_without_reader() {
	start_target idle
	mkfifo "$T/fifo"
	RUN_LIMIT=10 run 5 --batch "$TARGET_PID" -i 0.5 --csv "$T/fifo"
	found 'no reader' "$T/err"
	equal "lines on stderr" 1 "$(wc -l <"$T/err")"
}

check "--csv to a FIFO without a reader -> status 5" fifo_without_reader

# A pipe of one page that is held open and never read.
stalled_csv() {
	need python3
	start_target leak
	mkfifo "$T/fifo"
	python3 -c 'import fcntl, os, sys, time
fd = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
fcntl.fcntl(fd, 1031, 4096)
open(sys.argv[2], "w")
time.sleep(1000)' "$T/fifo" "$T/held" &
	wait_until 20 test -e "$T/held"
	"$PROGRAM" --batch "$TARGET_PID" -i 0.05 --csv "$T/fifo" >"$T/out" 2>"$T/err" &
	local pid=$!
	sleep 4
	kill -TERM $pid
	wait_until 5 gone $pid
	found '^RSS [0-9.]+ MB' "$T/out"
}

check "a --csv reader that sleeps: SIGTERM still ends it" stalled_csv
finish
