#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# --follow: one watch over processes that come and go under one name.

. "$(dirname "$0")/lib.sh"

# named TARGET NAME: a copy of the target under a name of its own.
named() {
	NAME=$2
	cp "$TARGETS/$1" "$T/$NAME"
}

# start [ARGUMENT]...: runs the copy; sets NAMED_PID.
start() {
	"$T/$NAME" "$@" >"$T/started" &
	NAMED_PID=$!
	wait_until 20 grep -q '^ready' "$T/started"
}

stop() {
	kill -KILL "$NAMED_PID"
	wait "$NAMED_PID" || true
}

# follow ARGUMENT...: the program in the background; unfollow EXPECTED_STATUS ends it.
follow() {
	"$PROGRAM" --follow "$NAME" "$@" >"$T/out" 2>"$T/err" </dev/null &
	WATCH_PID=$!
}

unfollow() {
	local status=0
	kill -TERM "$WATCH_PID"
	wait "$WATCH_PID" || status=$?
	[ "$status" = "$1" ] || fail "status $status, not $1"$'\n'"$(tail -n 30 "$T/out" "$T/err")"
}

# said REGEX: a line of the table matches by now.
said() {
	grep -Eq -- "$1" "$T/out"
}

rows() {
	[ "$(table_rows "$T/out" | wc -l)" -ge "$1" ]
}

# rows_more N: so many rows after those that are there.
rows_more() {
	local before
	before=$(table_rows "$T/out" | wc -l)
	wait_until 30 rows $((before + $1))
}

across_restarts() {
	named idle "f$BASHPID"
	start 8
	local first=$NAMED_PID
	follow --exit-code -i 0.25
	wait_until 30 rows 4
	stop
	wait_until 30 said "^Note: pid $first exited .*waiting for the next $NAME$"
	sleep 1
	start 20
	wait_until 30 said "^Note: restarted as pid $NAMED_PID after "
	rows_more 20
	unfollow 0
	found "^Note: follows pid $first " "$T/out"
	equal "headers" 1 "$(grep -c '^Time' "$T/out")"
	# From 8 MiB to 20 by a restart is no growth, and no difference of two rows.
	absent '^Warning' "$T/out"
	grep -A 1 '^Note: restarted' "$T/out" | tail -n 1 | grep -Eq -- '--$' || fail "a difference to another process"
	found '^1 restart; ' "$T/out"
}

# Programs that leave and come at once, the name longer than the 15 bytes that comm holds.
long_name() {
	named idle "a-name-of-many-bytes-$BASHPID"
	# Its neighbour has the same first 15.
	cp "$T/$NAME" "$T/a-name-of-many-other"
	"$T/a-name-of-many-other" >/dev/null &
	start
	follow -i 0.25
	wait_until 30 said "^Note: follows pid $NAMED_PID "
	stop
	start
	wait_until 30 said "^Note: restarted as pid $NAMED_PID\\b"
	unfollow 0
	absent 'are named' "$T/out"
}

of_several() {
	named idle "f$BASHPID"
	start
	local oldest=$NAMED_PID
	sleep 0.1
	start
	follow -i 0.25
	wait_until 30 said "^Warning: 2 processes are named $NAME: the oldest, pid $oldest, is followed"
	# Between ticks of the clock, and samples, nobody can tell who was there first.
	wait_until 30 rows 6
	kill -KILL "$oldest"
	wait_until 30 said "^Note: goes on as pid $NAMED_PID, which ran before the end"
	unfollow 0
}

waits_for_the_first() {
	named idle "f$BASHPID"
	follow -i 0.25
	wait_until 30 said "^Note: no $NAME yet: waiting for it"
	absent '^[0-9]+:' "$T/out"
	start
	wait_until 30 rows 2
	unfollow 0
	found "^Note: follows pid $NAMED_PID " "$T/out"
}

nobody() {
	run 3 --follow "nobody-$BASHPID" -d 1
	equal "lines on stderr" 1 "$(wc -l <"$T/err")"
	found 'nobody was found' "$T/err"
	run 3 --follow "nobody-$BASHPID.service" -d 0.5 --json
	equal "bytes on stdout" 0 "$(wc -c <"$T/out")"
	refused 3 'is it a proc file system' --follow init --procfs "$T/none" -d 1
	refused 2 'one thing to watch' --follow init 1
	refused 2 'its value is empty' --follow ''
}

# Restarts that hide a leak: the level comes back, the slope is told.
saw() {
	need_json
	named leak "f$BASHPID"
	"$PROGRAM" --follow "$NAME" -i 0.25 --json --record "$T/a.mld" >"$T/json" 2>"$T/err" </dev/null &
	WATCH_PID=$!
	local i
	for i in 1 2 3; do
		start 4194304
		sleep $((7 * PATIENCE))
		stop
	done
	unfollow 0
	jq '{restarts, lives, verdict, pid}' "$T/json"
	equal "restarts" 2 "$(jq .restarts "$T/json")"
	equal "lives" 3 "$(jq '.lives | length' "$T/json")"
	equal "pid" "$NAMED_PID" "$(jq .pid "$T/json")"
	jq -e '[.lives[] | select(.steady and .growth_bytes_per_s > 2e6 and .growth_bytes_per_s < 6e6)] | length >= 2' \
		"$T/json" || fail "the slope of each life is not told"
	# A recording of it tells the same between its rows, and in its report.
	"$PROGRAM" --version | grep -q '^recordings: yes' || return 0
	run 0 --replay "$T/a.mld" --batch
	equal "ends" 3 "$(grep -c '^Note: pid [0-9]* exited .*waiting for the next' "$T/out")"
	equal "restarts" 2 "$(grep -c '^Note: restarted as pid' "$T/out")"
	found '^2 restarts; within ' "$T/out"
	equal "who went on last" "$NAMED_PID" "$(sed -n 's/^Note: restarted as pid \([0-9]*\).*/\1/p' "$T/out" | tail -n 1)"
}

in_dashboard() {
	named idle "f$BASHPID"
	terminal 120x40 env LC_ALL=C.UTF-8 "$PROGRAM" --follow "$NAME" -i 0.5
	wait_screen "no $NAME yet: waiting for it"
	wait_screen 'waited for'
	start
	wait_screen "pid $NAMED_PID "
	wait_not_screen 'waiting for it'
	stop
	wait_screen "gone since .*: waiting for the next $NAME"
	wait_screen "gone since [2-9] s"
	start
	wait_screen "pid $NAMED_PID "
	wait_not_screen 'gone since'
	# One can step to both events, and back to the present.
	keys '['
	wait_screen 'frozen at'
	keys Space
	wait_not_screen 'frozen at'
	keys w
	wait_screen '1 restart; '
	keys Escape
	keys q
	wait_left
	equal "status" 0 "$LEFT_STATUS"
	wait_scrollback '^1 restart; '
}

dashboard_of_nobody() {
	terminal 120x40 env LC_ALL=C.UTF-8 "$PROGRAM" --follow "nobody-$BASHPID"
	wait_screen 'waiting for it'
	keys 2 3 4 1
	keys q
	wait_left
	equal "status" 3 "$LEFT_STATUS"
	wait_scrollback 'nobody was found'
}

# A program of the world, restarted: its comm is the name of the link, its executable another.
of_the_world() {
	NAME=f$BASHPID
	ln -s "$1" "$T/$NAME"
	shift
	"$T/$NAME" "$@" >"$T/started" 2>&1 &
	NAMED_PID=$!
	follow -i 0.25
	wait_until 30 said "^Note: follows pid $NAMED_PID "
	stop
	"$T/$NAME" "$@" >"$T/started" 2>&1 &
	NAMED_PID=$!
	wait_until 30 said "^Note: restarted as pid $NAMED_PID\\b"
	rows_more 2
	unfollow 0
}

python() {
	need python3
	# Not what is in the path: that may be a script that looks for it.
	of_the_world "$(python3 -c 'import sys; print(sys.executable)')" -c 'import time; time.sleep(600)'
}

redis() {
	need redis-server
	of_the_world "$(command -v redis-server)" --port 0 --unixsocket "$T/redis" --save '' --dir "$T"
}

# A unit as systemd keeps it, in a tree of our own: its main process, and after that the next.
unit() {
	local proc=$T/proc pid
	unit_process() {
		mkdir -p "$proc/$1"
		printf 'Name:\tweb\nState:\tS (sleeping)\nTgid:\t%d\nPid:\t%d\nPPid:\t%d\nUid:\t0\t0\t0\t0\nVmSize:\t9000 kB\nVmRSS:\t4000 kB\nRssAnon:\t3000 kB\nVmSwap:\t0 kB\nThreads:\t1\n' \
			"$1" "$1" "$2" >"$proc/$1/status"
		printf '0::/system.slice/system-web.slice/web@1.service%s\n' "$4" >"$proc/$1/cgroup"
		printf '%d (web) S %d 1 1 0 -1 4194304 10 0 2 0 3 4 0 0 20 0 1 0 %d 9216000 1000 0 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n' \
			"$1" "$2" "$3" >"$proc/$1/stat"
	}
	mkdir "$proc"
	printf 'MemTotal: 8000000 kB\n' >"$proc/meminfo"
	unit_process 200 1 100 ''
	unit_process 150 200 101 /worker
	NAME=web@1.service
	follow -i 0.25 --procfs "$proc"
	wait_until 30 said '^Note: follows pid 200 '
	wait_until 30 rows 2
	rm -r "$proc/200" "$proc/150"
	wait_until 30 said '^Note: pid 200 exited'
	unit_process 300 1 300 ''
	wait_until 30 said ' as pid 300'
	unfollow 0
}

check "one watch across restarts, no false leak" across_restarts
check "the base name of the executable, longer than comm" long_name
check "of several the oldest, and then the next" of_several
check "waiting for the first" waits_for_the_first
check "nobody: status 3" nobody
check "a saw: growth within each life" saw
check "the dashboard waits, and goes on" in_dashboard
check "the dashboard of nobody: status 3" dashboard_of_nobody
check "python3 under a name of its own" python
check "redis under a name of its own" redis
check "the main process of a unit" unit
finish
