#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Looking inside the heap: sizes that grow, memory that is kept, blocks nobody points to; who may look, and what
# happens to a look when its process changes or goes.

# A look that shares its processor with many others takes long, and rests the longer.
E2E_JOBS=${E2E_JOBS:-4}

. "$(dirname "$0")/lib.sh"

# heap_value JQ: of the heap in the report $T/out.
heap_value() {
	jq -r ".heap | $1" "$T/out"
}

# Five scans fit into 25 s, one less where looks have to share a processor; and the size of what is lost is
# named: 1 KiB and a header, rounded.
leak_is_named() {
	start_target leak 1048576 1000
	run 0 "$TARGET_PID" --heap -d 25 --json
	need_json
	equal "verdict" leak "$(jq -r .verdict "$T/out")"
	jq -r '.evidence[] | select(.for) | .text' "$T/out" >"$T/for"
	found '^blocks of 1008 bytes: \+[0-9,]+ /s, [0-9.]+ MB live$' "$T/for"
	found '^[0-9,]+ blocks that nobody points to, .*, growing by [0-9,]+ /s$' "$T/for"
	equal "warnings" 0 "$(jq '.warnings | length' "$T/out")"
	[ "$(heap_value .lost.scans)" -ge 4 ]
	equal "the size that grows most" 1008 "$(heap_value '.size_classes[0].bytes')"
	[ "$(heap_value .lost.definitely_blocks)" -ge 5000 ]
}

# Freed memory that malloc cannot give back looks like a leak from outside.
kept_is_retention() {
	start_target keep 1048576
	run 0 "$TARGET_PID" --heap -d 40 --json
	need_json
	equal "cause" retention "$(jq -r .cause "$T/out")"
	equal "verdict" suspicious "$(jq -r .verdict "$T/out")"
	jq -r '.evidence[] | select(.for | not) | .text' "$T/out" >"$T/against"
	found '^live blocks did not grow with it: of [0-9.]+ MB more, [0-9.]+ MB is freed and kept by malloc$' "$T/against"
}

demo_retention() {
	need_json
	run 0 --demo retention --heap -d 40 --json
	equal "cause" retention "$(jq -r .cause "$T/out")"
	equal "verdict" no-leak "$(jq -r .verdict "$T/out")"
	found 'free inside malloc' "$T/out"
}

# no_lost_growth COMMAND...: a program that works and does not leak.
no_lost_growth() {
	need_json
	need "$1"
	"$@" >/dev/null 2>"$T/busy" </dev/null &
	local pid=$!
	sleep 1
	alive $pid || skip "$1 does not run here: $(cat "$T/busy")"
	run 0 $pid --heap -d 30 --json
	jq -r '.evidence[].text' "$T/out" >"$T/evidence"
	absent 'nobody points to, .*growing by' "$T/evidence"
	equal "verdict of $1" false "$(jq '.verdict == "leak"' "$T/out")"
}

python_at_work() {
	no_lost_growth python3 -c '
import time
d = {}
i = 0
while True:
    d[i % 5000] = ["x" * (i % 300), {"n": i}]
    i += 1
    if i % 500 == 0: time.sleep(0.01)'
}

sqlite_at_work() {
	no_lost_growth sqlite3 :memory: 'CREATE TABLE t(a,b);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<2000000000)
		SELECT count(*) FROM n WHERE length(hex(randomblob(i % 200))) < 0;'
}

bash_at_work() {
	no_lost_growth bash -c 'declare -A a; i=0; while :; do printf -v x "%0*d" $((i % 200)) 0; a[$((i % 2000))]=$x; i=$((i + 1)); done'
}

# Root's process, watched by nobody: figures, a verdict, one warning with the remedy.
not_permitted() {
	need_root
	need setpriv
	local bin=$T/memleak-detective
	chmod 755 "$T" "$WORK"
	install -m 755 "$PROGRAM" "$bin"
	start_target idle
	timeout 60 setpriv --reuid 65534 --regid 65534 --clear-groups "$bin" "$TARGET_PID" --heap -d 3 \
		>"$T/out" 2>"$T/err" </dev/null
	equal "lines on stderr" 0 "$(wc -l <"$T/err")"
	# Between the rows, and again in the report.
	equal "warnings" 2 "$(grep -c '^Warning: heap: ' "$T/out")"
	found '^Warning: heap: .*(sudo|CAP_SYS_PTRACE|root)' "$T/out"
	equal "rows" 4 "$(table_rows "$T/out" | wc -l)"
}

unknown_allocator() {
	need redis-server
	redis-server --port 0 --unixsocket "$T/redis" --save '' --dir "$T" >/dev/null 2>&1 &
	local pid=$!
	wait_until 10 test -S "$T/redis"
	grep -q jemalloc "/proc/$pid/maps" || skip "this redis has no jemalloc of its own"
	run 0 "$pid" --heap -d 3
	equal "warnings" 2 "$(grep -c '^Warning: heap: .*jemalloc' "$T/out")"
	equal "rows" 4 "$(table_rows "$T/out" | wc -l)"
}

# The looks of one program say nothing of the next.
exec_amid_looks() {
	start_target exec "$TARGETS/leak" 1048576 4000
	(sleep 8 && kill -USR1 "$TARGET_PID") &
	run 0 "$TARGET_PID" --heap -d 36 -i 0.5 --json
	need_json
	jq -r '.evidence[] | select(.for) | .text' "$T/out" >"$T/for"
	found '^blocks of 4016 bytes: ' "$T/for"
	equal "warnings of the heap" 0 "$(jq '[.warnings[] | select(test("heap"))] | length' "$T/out")"
}

# What was found before the end is in the report.
exit_amid_looks() {
	start_target leak 1048576 1000
	(sleep 22 && kill -KILL "$TARGET_PID") &
	run 0 "$TARGET_PID" --heap -d 60 --json
	need_json
	equal "end" target-exit "$(jq -r .ended "$T/out")"
	jq -r '.evidence[] | select(.for) | .text' "$T/out" >"$T/for"
	found '^blocks of 1008 bytes: ' "$T/for"
}

# The looks of a recording come back with its verdict.
recorded() {
	"$PROGRAM" --version | grep -q '^recordings: yes' || skip "built without recordings"
	need_json
	start_target leak 1048576 1000
	run 0 "$TARGET_PID" --heap -d 25 --record "$T/a.mld" --json
	run 0 --analyze "$T/a.mld" --json
	jq -r '.evidence[] | select(.for) | .text' "$T/out" >"$T/for"
	found '^blocks of 1008 bytes: ' "$T/for"
	found 'nobody points to' "$T/for"
	equal "the size that grows most" 1008 "$(heap_value '.size_classes[0].bytes')"
	[ "$(heap_value .lost.scans)" -ge 3 ]
}

contradictions() {
	: >"$T/a.csv"
	refused 2 'heap.*analyze' --heap --analyze "$T/a.csv"
	refused 2 'heap.*replay' --heap --replay "$T/a.mld"
	refused 2 'heap.*diff' --heap --diff "$T/a.csv" "$T/a.csv"
	refused 2 'heap.*top' --heap --top
}

few_scans() {
	start_target leak 1048576 1000
	run 0 "$TARGET_PID" --heap -d 7
	found 'heap: [12] scans? w[a-z]+ made; a block is called lost by the third' "$T/out"
	absent 'nobody points to' "$T/out"
}

# x begins and stops; the picture follows.
dashboard_key() {
	start_target leak 1048576 1000
	dashboard 120x40 "$TARGET_PID"
	keys 5
	wait_screen 'x ' 10
	keys x
	wait_screen 'looking inside the heap: reads its memory' 10
	wait_screen '1008' 30
	keys x
	wait_screen 'stopped' 10
	keys q
	wait_left 5
	equal "status" 0 "$LEFT_STATUS"
}

dashboard_option() {
	start_target leak 1048576 1000
	dashboard 120x40 "$TARGET_PID" --heap
	keys 5
	wait_screen '1008' 30
	kill -KILL "$TARGET_PID"
	wait_screen 'exited' 10
	keys 5
	wait_screen '1008' 10
	keys q
	wait_left 5
}

check "a leak is named by the size of its blocks" leak_is_named
check "memory that is freed and kept is retention" kept_is_retention
check "the demo of retention" demo_retention
check "python3 at work loses nothing" python_at_work
check "sqlite3 at work loses nothing" sqlite_at_work
check "bash at work loses nothing" bash_at_work
check "another user's process: one warning, the watch goes on" not_permitted
check "jemalloc is named" unknown_allocator
check "another program amid the looks" exec_amid_looks
check "the end amid the looks" exit_amid_looks
check "a recording" recorded
check "contradictions" contradictions
check "too few scans call nothing lost" few_scans
check "x in the dashboard" dashboard_key
check "the dashboard begun with --heap" dashboard_option
finish
