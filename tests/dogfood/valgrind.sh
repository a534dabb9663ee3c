#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Short runs of everything under valgrind: no invalid access, nothing lost, no descriptor left open but those that are
# open by intent when the program leaves. It leaves by _exit() with all that it holds: what is "possibly" lost then is held by
# a pointer into its middle, and no news. Nothing is suppressed.

# One at a time takes as long on two processors, and each has its time.
E2E_JOBS=${E2E_JOBS:-2}
PATIENCE=${PATIENCE:-4}

. "$(dirname "$0")/../e2e/lib.sh"

VALGRIND=(valgrind --quiet --fair-sched=try --track-fds=yes --leak-check=full --show-leak-kinds=definite
	--errors-for-leak-kinds=definite --error-exitcode=99 --num-callers=20)

OPEN_MOST=40 # descriptors of a dashboard that records and looks inside a heap, and of its child

# grind EXPECTED_STATUS ARGUMENT...: as `run`, under valgrind. A recording that could not be opened in time, for one
# thread runs at a time here, is tried again.
grind() {
	local expected=$1 status
	shift
	for _ in 1 2 3; do
		status=0
		rm -f "$T"/valgrind.*
		"${VALGRIND[@]}" --log-file="$T/valgrind.%p" "$PROGRAM" "$@" >"$T/out" 2>"$T/err" </dev/null || status=$?
		grep -q 'its disk takes more than' "$T/err" || break
	done
	! grep -q 'its disk takes more than' "$T/err" || skip "too much goes on here to open a recording within 10 s under valgrind"
	judged "$status" "$expected"
}

# What valgrind said but for the descriptors.
complaints() {
	awk '/Open file descriptor/ { skip = 1 } !skip { print } /^==[0-9]+== *$/ { skip = 0 }' "$T/said" | head -n 50
}

# judged STATUS EXPECTED: valgrind found nothing. It says of the program and of those it started what they left open, which is
# no more than a watch has: who leaves waits for nobody who may hang in a read, so what is open by intent stays so.
judged() {
	cat "$T"/valgrind.* >"$T/said" 2>/dev/null
	rm -f "$T"/valgrind.*
	[ "$1" = "$2" ] || fail "status $1, not $2"$'\n'"$(complaints; tail -n 5 "$T/out" "$T/err")"
	LEFT_OPEN=$(grep -A1 -E '^==[0-9]+== Open file descriptor' "$T/said" | grep -cE '   (at|by) 0x' || true)
	echo "left open: $LEFT_OPEN"
	[ "$LEFT_OPEN" -le "$OPEN_MOST" ] || fail "$LEFT_OPEN descriptors left open"$'\n'"$(cat "$T/said")"
}

# After a longer run as many are open as after a short one, but for those that a thread may have in its hands just then; a
# recording that is still being closed has five.
no_more_than() {
	[ "$LEFT_OPEN" -le $(($1 + 5)) ] || fail "$LEFT_OPEN descriptors left open, after a shorter run $1"
}

# in_terminal SIZE ARGUMENT...: as `dashboard`, under valgrind.
in_terminal() {
	local size=$1
	shift
	terminal "$size" env LC_ALL=C.UTF-8 "${VALGRIND[@]}" --log-file="$T/valgrind.%p" "$PROGRAM" "$@"
	wait_screen 'RSS' 30
}

# press KEY...: with time for each to be drawn.
press() {
	local key
	for key; do
		keys "$key"
		sleep 0.5
	done
}

leave() {
	keys q
	wait_left 30
	judged "$LEFT_STATUS" 0
}

with_store() {
	"$PROGRAM" --version | grep -q '^recordings: yes' || skip "built without SQLite"
	"$@"
}

table() {
	local short
	start_target busy 120 20
	grind 0 "$TARGET_PID" -i 0.2 -d 1 --columns all --csv "$T/short.csv" --openmetrics "$T/own.prom"
	short=$LEFT_OPEN
	grind 0 "$TARGET_PID" -i 0.2 -d 8 --columns all --csv "$T/own.csv" --openmetrics "$T/own.prom" --max-rss 1M
	no_more_than "$short"
	grind 0 --analyze "$T/own.csv" --no-report
	grind 0 --analyze "$ROOT/tests/fixtures/public/xearthlayer-244-uncapped.csv"
}

report_as_json() {
	need_json
	start_target leak 1048576 1024
	grind 0 "$TARGET_PID" -i 0.2 -d 8 --json
	jq -e .verdict "$T/out" >/dev/null
}

# The demo cannot be had here: it starts /proc/self/exe, which is valgrind.
started_command() {
	grind 0 -i 0.2 -- sh -c 'sleep 3'
}

list() {
	start_target busy 120 20
	grind 0 --top 5 -d 4
}

recorded() {
	local f=$T/own.mld short
	start_target busy 240 20
	grind 0 "$TARGET_PID" -i 0.2 -d 5 --record "$f"
	short=$LEFT_OPEN
	grind 0 "$TARGET_PID" -i 0.2 -d 12 --record "$f"
	no_more_than "$short"
	grind 0 --analyze "$f"
	grind 0 --replay "$f" --csv "$T/again.csv"
	cp "$f" "$T/other.mld"
	grind 0 --diff "$f" "$T/other.mld"
}

replayed() {
	local f=$T/own.mld
	start_target busy 240 20
	run 0 "$TARGET_PID" -i 0.2 -d 20 --record "$f"
	in_terminal 100x30 --replay "$f"
	press Space + + 2 j Enter Escape 3 4 5 6 Space Left '[' ']' Home End m Left m d Escape w Escape
	leave
}

heap() {
	start_target heap-census 2 20000
	grind 0 "$TARGET_PID" -i 0.5 -d 10 --heap
}

screen_and_keys() {
	start_target busy 240 20
	in_terminal 100x30 "$TARGET_PID" -i 0.5
	press 2 j Enter Escape a / x Escape 3 s Enter 4 G 5 x j Enter Escape 6 7 t Escape 1 w Escape '?' Escape \
		Space Left Left Space m m d Escape
	tm resize-window -x 60 -y 9
	press 1 2
	tm resize-window -x 120 -y 40
	press e C-u
	keys -l "$T/own.html"
	press Enter R C-u
	keys -l "$T/own.mld"
	press Enter 5 x
	wait_until 60 test -s "$T/own.mld"
	keys R
	wait_screen 'recorded' 60
	leave
	[ -s "$T/own.html" ] || fail "nothing was exported"
}

picked() {
	start_target busy 240 20
	in_terminal 100x30
	press j j / b u s y Enter
	press Enter
	wait_screen 'RSS' 30
	press Escape
	leave
}

check "batch, CSV, metrics and --analyze lose nothing" table
check "the report as JSON loses nothing" report_as_json
check "a command that is started loses nothing" started_command
check "--top loses nothing" list
check "a recording, appended to, analysed, printed and compared, loses nothing" with_store recorded
check "a replay in the dashboard loses nothing" with_store replayed
check "looking inside a heap loses nothing" heap
check "a dashboard with its views, pages, exports and recording loses nothing" screen_and_keys
check "choosing a process from the list loses nothing" picked
finish
