#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Replay: a recording in the dashboard and without one, while it is written, and what is no recording.

. "$(dirname "$0")/lib.sh"

with_store() {
	"$PROGRAM" --version | grep -q '^recordings: yes' || skip "built without SQLite"
	"$@"
}

# record_leak FILE SECONDS [OPTION]...: a recording of a leak at 0.2 s.
record_leak() {
	start_target leak 1048576 1024
	run 0 "$TARGET_PID" -i 0.2 -d "$2" --record "$1" "${@:3}"
}

# Figure by figure, what was recorded is what was seen.
same_figures() {
	local f=$T/a.mld
	record_leak "$f" 4 --csv "$T/live.csv"
	run 0 --replay "$f" --csv "$T/replayed.csv" --no-report
	diff "$T/live.csv" "$T/replayed.csv" || fail "the figures differ"
	cp "$T/out" "$T/rows"
	equal "rows" 21 "$(table_rows "$T/rows" | wc -l)"
	found '^00:03\.8 ' "$T/rows"
	run 0 --analyze "$f" --csv -
	diff "$T/live.csv" "$T/out" || fail "the figures of --analyze differ"
	found '^RSS [0-9.]+ MB' "$T/err"
	# As what is normal, it is taken like a CSV.
	run 0 "$TARGET_PID" -i 0.2 -d 1 --normal "$f"
}

# The report that the engine makes of the recording is that of the watch.
same_report() {
	local f=$T/a.mld key
	need_json
	start_target leak 1048576 1024
	run 0 "$TARGET_PID" -i 0.5 -d 16 --max-rss 6M --record "$f" --json
	cp "$T/out" "$T/live.json"
	run 0 --analyze "$f" --json
	for key in pid command samples duration_s verdict cause pattern where confidence flagged_at_s first last \
		growth_bytes_per_s growth_low growth_high ended warnings; do
		equal "$key" "$(jq -c ".$key" "$T/live.json")" "$(jq -c ".$key" "$T/out")"
	done
	jq -e '.regions | length > 3' "$T/out" >/dev/null || fail "no regions in $(cat "$T/out")"
	run 0 --replay "$f" --json
	equal "pid" "$TARGET_PID" "$(jq .pid "$T/out")"
	if [ "$(jq -r .verdict "$T/live.json")" = leak ]; then
		run 1 --analyze "$f" --exit-code
	fi
}

# How the watch ended is in the report on it, too, whoever makes it.
same_end() {
	local f=$T/a.mld line
	run 0 -i 0.2 --record "$f" -- sh -c 'sleep 1; exit 3'
	line=$(grep '^The process exited' "$T/out")
	absent zombie "$T/out"
	found 'exit status 3' "$T/out"
	run 0 --analyze "$f"
	equal "the line of an analysis" "$line" "$(grep '^The process exited' "$T/out")"
	dashboard 120x32 --replay "$f"
	wait_screen 'at the end'
	keys q
	wait_left
	wait_scrollback "^$line"
	# One that was killed has no end that anybody knows.
	start_target idle
	"$PROGRAM" "$TARGET_PID" -i 0.1 --record "$T/b.mld" >/dev/null 2>&1 </dev/null &
	wait_until 30 has_samples "$T/b.mld" 5
	kill -KILL $!
	wait $! || true
	need_json
	run 0 --analyze "$T/b.mld" --json
	equal "its end" '"eof"' "$(jq -c .ended "$T/out")"
}

# Two processes that hold still, each recorded twice into one file: neither grew, by whatever way it is told.
appended() {
	local f=$T/a.mld way limit
	need_json
	for limit in 4000000 unlimited; do
		(ulimit -v "$limit" && exec "$TARGETS/idle" >"$T/target") &
		wait_until 20 grep -qs '^ready' "$T/target"
		TARGET_PID=$(sed -n 's/^ready //p' "$T/target")
		: >"$T/target"
		run 0 "$TARGET_PID" -i 0.1 -d 1 --record "$f"
		run 0 "$TARGET_PID" -i 0.1 -d 1 --record "$f"
		for way in "--replay $f --batch" "--analyze $f"; do
			run 0 $way
			absent 'Growing|another program' "$T/out"
		done
		run 0 --analyze "$f" --json
		jq -e '[.regions[].growth_bytes_per_s | select(. != null and . != 0)] == []' "$T/out" >/dev/null ||
			fail "growth with a limit of $limit: $(jq -c '[.regions[].growth_bytes_per_s]' "$T/out")"
		dashboard 120x32 --replay "$f"
		wait_screen 'at the end'
		keys q
		wait_left
		absent 'Growing|another program' <(scrollback)
	done
	need sqlite3
	# What is not limited any more is not limited by what was.
	equal "limit of the newer one" "" "$(sqlite3 "$f" "SELECT value FROM fact WHERE key = 'limit.as'")"
}

keys_of_a_replay() {
	local f=$T/a.mld
	record_leak "$f" 6
	dashboard 120x32 --replay "$f"
	wait_screen 'replay 20[-0-9]+ [:0-9]+; 00:06 of 00:06; at the end, waiting for more, 1x'
	keys Space
	wait_screen 'paused at the end, 1x'
	keys Home
	wait_screen '00:00 of 00:06; paused, 1x'
	keys +
	wait_screen 'paused, 10x'
	keys -
	wait_screen 'paused, 1x'
	keys Space
	wait_screen '00:0[1-5] of 00:06; playing, 1x'
	wait_screen 'at the end, waiting for more, 1x' 20
	keys Left
	wait_screen '; paused, 1x'
	type_line ':@2'
	wait_screen '00:02 of 00:06; paused'
	type_line ':-1'
	wait_screen '00:01 of 00:06; paused'
	type_line ':soon'
	wait_screen "'soon' is no time"
	keys '['
	wait_screen '00:00 of 00:06; paused'
	keys End
	wait_screen '00:06 of 00:06; paused at the end'
	keys 7
	wait_screen 'a recording holds no other processes'
	keys 2
	wait_screen '\[heap\]'
	keys R
	wait_screen 'this is a recording'
	keys Enter
	wait_screen 'pages can only be looked at in the present|VmFlags|address'
	keys Escape b
	wait_screen 'changes count from here'
	keys w
	wait_screen 'Speaks|reason'
	keys q
	wait_left
	equal "status" 0 "$LEFT_STATUS"
	scrollback >"$T/report"
	found '^Time +RSS\(MB\)  Heap\(MB\)  Delta$' "$T/report"
	found '^RSS [0-9.]+ MB' "$T/report"
}

# What is exported and reported is the moment shown, not the newest.
moment_exported() {
	local f=$T/a.mld
	need_json
	record_leak "$f" 4
	dashboard 120x32 --replay "$f" --no-report
	keys Space
	wait_screen 'paused'
	type_line ':@2'
	wait_screen '00:02 of 00:04; paused'
	keys e
	wait_screen 'memleak-[0-9]+-[0-9T]+Z'
	keys C-u
	type_line "$T/a.json"
	wait_until 10 test -s "$T/a.json"
	jq -e --argjson pid "$TARGET_PID" '.pid == $pid and .snapshot.live == false and .duration_s < 2.1 and
		(.snapshot.regions | length > 3)' "$T/a.json" >/dev/null || fail "$(head -c 800 "$T/a.json")"
	keys q
	wait_left
	equal "status" 0 "$LEFT_STATUS"
	scrollback >"$T/left-behind"
	absent 'Heap\(MB\)' "$T/left-behind"
}

# samples_of FILE: how many samples another reader finds.
samples_of() {
	run 0 --replay "$1" --csv - --no-report
	echo $(($(wc -l <"$T/out") - 1))
}

# shown_length: "00:12" of "00:10 of 00:12".
shown_length() {
	screen | sed -n 's/.* of \([0-9:]*\); .*/\1/p' | head -n 1
}

longer_than() {
	local now
	now=$(shown_length)
	[ -n "$now" ] && [[ $now > $1 ]]
}

has_samples() {
	[ -s "$1" ] && [ "$("$PROGRAM" --replay "$1" --csv - --no-report 2>/dev/null | wc -l)" -gt "$2" ]
}

# One writes, two read; the writer is killed, and what it wrote stays.
while_it_grows() {
	local f=$T/a.mld writer before length
	start_target leak 1048576 1024
	"$PROGRAM" "$TARGET_PID" -i 0.2 --record "$f" --batch >/dev/null 2>&1 &
	writer=$!
	wait_until 60 has_samples "$f" 5
	dashboard 120x32 --replay "$f"
	wait_screen 'at the end, waiting for more'
	length=$(shown_length)
	before=$(samples_of "$f")
	wait_until 60 longer_than "$length"
	wait_until 60 has_samples "$f" $((before + 10))
	on_screen 'at the end, waiting for more' || fail "it fell behind:"$'\n'"$(screen)"
	# Stepping back stays there, whatever comes.
	keys Home Space
	wait_screen '00:00 of .*; paused'
	before=$(samples_of "$f")
	wait_until 60 has_samples "$f" $((before + 10))
	wait_screen '00:00 of .*; paused'
	kill -KILL "$writer"
	keys End
	wait_screen 'paused at the end'
	keys q
	wait_left
	equal "status" 0 "$LEFT_STATUS"
	[ "$(samples_of "$f")" -ge "$before" ] || fail "samples were lost"
}

refusals() {
	local f=$T/a.mld
	need sqlite3
	record_leak "$f" 2
	refused 2 'no such file' --replay "$T/nothing" --batch
	refused 2 'not a recording' --replay "$ROOT/README.md" --batch
	refused 2 'is a directory' --replay "$T" --batch
	: >"$T/empty"
	refused 2 'empty' --replay "$T/empty" --batch
	cp "$f" "$T/newer"
	sqlite3 "$T/newer" 'PRAGMA user_version = 99'
	refused 2 'newer' --replay "$T/newer" --batch
	refused 2 'newer' --analyze "$T/newer"
	refused 2 'newer' --normal "$T/newer" 1
	head -c 20000 "$f" >"$T/cut"
	refused 2 'damaged' --replay "$T/cut" --batch
	sqlite3 "$T/other" 'CREATE TABLE t(a)'
	refused 2 'not a recording' --replay "$T/other" --batch
	refused 2 'csv names the file' --replay "$f" --csv "$f"
	refused 2 'takes its times from the file' --replay "$f" -i 5
	# The same line where there is a terminal, and the terminal as it was.
	terminal 100x24 "$PROGRAM" --replay "$T/cut"
	wait_left
	equal "status" 2 "$LEFT_STATUS"
	wait_scrollback 'memleak-detective: .*damaged'
	# None of them was touched.
	equal "size" 20000 "$(wc -c <"$T/cut")"
}

# `:` in the present freezes and goes there.
go_to_in_the_present() {
	start_target leak
	dashboard 110x30 "$TARGET_PID" -i 0.2
	wait_screen 'watched [3-9] s'
	type_line ':@1'
	wait_screen 'frozen at .* ago'
	type_line ':yesterday'
	wait_screen "'yesterday' is no time"
	keys Space
	wait_not_screen 'frozen at'
	keys q
	wait_left
	equal "status" 0 "$LEFT_STATUS"
}

without_store() {
	! "$PROGRAM" --version | grep -q '^recordings: yes' || skip "built with SQLite"
	refused 2 'built without SQLite' --replay "$T/any" --batch
}

check "a replay has the figures that were seen" with_store same_figures
check "a recording is judged as the watch was" with_store same_report
check "a recording tells how the watch ended" with_store same_end
check "nothing grows where a recording was appended to" with_store appended
check "play, pause, speed, steps, events and times" with_store keys_of_a_replay
check "a moment of a replay is exported" with_store moment_exported
check "one writes and two read" with_store while_it_grows
check "what is no recording is refused in one line" with_store refusals
check "a time of the watch is gone to" go_to_in_the_present
check "a build without SQLite says so" without_store
finish
