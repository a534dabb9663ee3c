#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# All processes at once: --top, and view 7 in a terminal.
. "$(dirname "$0")/lib.sh"

# start_crowd COUNT [RATE]...: sets CROWD to the pids of all of it, LEAKERS to those that leak.
start_crowd() {
	start_target crowd "$@"
	CROWD=$(pgrep -P "$TARGET_PID" | tr '\n' ' ')
	LEAKERS=$(cat "$T"/target.* | sed -n 's/^leaker \([0-9]*\) .*/\1/p' | sort -n | tr '\n' ' ')
}

# of_crowd FILE: pids of the rows of a --top table that belong to the crowd, in its order.
of_crowd() {
	awk -v crowd=" $CROWD" 'NR > 1 && index(crowd, " " $1 " ") { print $1 }' "$1"
}

# Other processes of the machine may leak as they like: only the order within the crowd is ours.
ranking() {
	start_crowd 60 5000 20000 80000 300000 1000000
	sleep 2 # what starts up is no leak yet
	run 0 --top 200 -d 60 -i 2
	equal "the first five" "$LEAKERS" "$(of_crowd "$T/out" | head -n 5 | sort -n | tr '\n' ' ')"
	for pid in $LEAKERS; do
		found "^ *$pid .* (leak|suspicious) " "$T/out"
	done
	found '^[0-9]+: anonymous memory grew by ' "$T/out"
	found '^Next: memleak-detective [0-9]+$' "$T/out"
}

one_look() {
	start_target big 300
	run 0 --top 1000
	equal "bytes on stderr" 0 "$(wc -c <"$T/err")"
	found "^ *$TARGET_PID .* 3[0-9][0-9]\.[0-9] .* -  +- .*targets/big 300" "$T/out"
	# By falling RSS.
	awk 'NR > 1 && /^ *[0-9]+ / && $2 !~ /:$/ { if (last != "" && $3 > last + 0.05) exit 1; last = $3 }' "$T/out" ||
		fail "not by RSS: $(cat "$T/out")"
	found 'too few times to know growth' "$T/out"
	run 0 --top 2
	equal "rows" 2 "$(sed -n '2,/^Looked/p' "$T/out" | grep -c '^ *[0-9]')"
}

json() {
	need_json
	start_target leak 1048576
	run 1 --top 1000 -d 16 -i 1 --json --exit-code
	jq -e ".schema == 1 and .growth_known and (.top | length) == .processes" "$T/out"
	jq -e ".top[] | select(.pid == $TARGET_PID) | .verdict == \"leak\" and .growth_bytes_per_s > 700000" "$T/out"
	jq -e '.machine.meminfo.MemTotal > 0 and (.machine.loses | type) == "boolean"' "$T/out"
	run 0 --top 3 --json --exit-code
	jq -e '(.growth_known | not) and (.top | length) == 3 and .top[0].verdict == null' "$T/out"
}

# A signal is an end like any other: what was learnt is said.
interrupted() {
	timeout -s INT 3 "$PROGRAM" --top 2 -d 60 >"$T/out" 2>"$T/err" || status=$?
	found '^Looked at' "$T/out"
	equal "bytes on stderr" 0 "$(wc -c <"$T/err")"
}

ends() {
	mkdir "$T/empty"
	refused 3 'no process is to be seen' --top --procfs "$T/empty"
	refused 3 'no process is to be seen' --top --procfs /nonexistent
	"$PROGRAM" --top 1000 | head -n 1 >"$T/out"
	equal "status with a closed pipe" 0 "${PIPESTATUS[0]}"
	if [ -w /dev/full ]; then
		"$PROGRAM" --top 2>"$T/err" >/dev/full && fail "a full disk is an error"
		found 'no space' "$T/err"
	fi
}

# What lacks are our own descriptors, not the directory; of a list that is not whole it is said.
few_descriptors() {
	local n status
	for n in 4 5 6; do
		status=0
		prlimit --nofile=$n "$PROGRAM" --top 3 >"$T/out" 2>"$T/err" 3>&- || status=$?
		equal "status with $n descriptors" 3 "$status"
		found '^memleak-detective: cannot list the processes in /proc: too many open files; raise' "$T/err"
		equal "lines on stderr" 1 "$(wc -l <"$T/err")"
	done
}

hostile() {
	mkdir "$T/files"
	start_target hostile "$T/files"
	run 0 --top 1000
	no_controls "$T/out"
	found "^ *$TARGET_PID " "$T/out"
}

# Filter, tree, Enter and Esc: the list comes back as it was left.
view() {
	start_crowd 12 2000000
	terminal 100x30 env LC_ALL=C.UTF-8 "$PROGRAM"
	wait_screen 'processes, read in'
	keys / ; tm send-keys -l "crowd 12 2000"; keys Enter
	wait_screen 'filter: crowd 12 2000'
	wait_screen "^ +${LEAKERS% } .*(leak|suspect) [0-9]+ %" 40
	keys g Enter
	wait_screen 'Next: ' 5
	wait_screen "pid ${LEAKERS% }"
	keys Escape
	wait_screen 'filter: crowd 12 2000' 5
	wait_screen "^ +${LEAKERS% } .*(leak|suspect) [0-9]+ %" 5
	keys t
	wait_screen '└ ' 5
	keys s
	wait_screen 'Sort by'
	keys Escape
	wait_not_screen 'Sort by'
	keys Escape
	wait_not_screen 'filter: '
	keys q
	wait_left 5
	equal "status" 0 "$LEFT_STATUS"
}

check "the leakers of a crowd come first" ranking
check "one look, by RSS" one_look
check "JSON" json
check "a signal ends it with what is known" interrupted
check "nothing to see, a closed pipe, a full disk" ends
check "too few descriptors" few_descriptors
check "hostile names" hostile
check "filter, tree, Enter and Esc" view
finish
