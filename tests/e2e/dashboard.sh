#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The dashboard in a terminal: keys, freezing, export, and every way a terminal or a target can misbehave.

. "$(dirname "$0")/lib.sh"

quit_cleanly() {
	keys q
	wait_left 5
	equal "status" 0 "$LEFT_STATUS"
}

views() {
	start_target leak
	dashboard 100x30 "$TARGET_PID" -i 0.5
	keys 2
	wait_screen '\[heap\]'
	keys 3
	wait_screen 'PSS|Pss'
	wait_screen 'private dirty'
	keys 4
	wait_screen 'VmRSS|VmSize'
	keys 1
	wait_screen 'Next: '
	keys Tab
	wait_screen '\[heap\]'
	keys BTab
	wait_screen 'Next: '
	keys q
	wait_left 5
	equal "status" 0 "$LEFT_STATUS"
	scrollback >"$T/report"
	found '^Time +RSS\(MB\)  Heap\(MB\)  Delta$' "$T/report"
	found '^RSS [0-9.]+ MB' "$T/report"
}

# The verdict arrives, and the bar says so with a word, not with colour alone.
verdict_on_screen() {
	start_target leak
	dashboard 100x30 "$TARGET_PID" -i 0.5
	wait_screen 'leak' 15
	wait_screen 'linear heap growth|Linear heap growth' 15
	quit_cleanly
}

drill_down() {
	start_target leak
	dashboard 100x30 "$TARGET_PID" -i 0.5
	keys 2
	wait_screen '\[heap\]'
	keys / ; tm send-keys -l '[heap]'; keys Enter
	wait_not_screen 'libc'
	keys g Enter
	wait_screen 'heap RSS' 5
	wait_screen 'resident .* untouched' 5 # the page map
	scroll_to 'Private_Dirty' # how far below depends on the map, which grows with the heap
	keys G
	wait_screen 'VmFlags|readable' 5
	keys Escape
	wait_screen '\[heap\]'
	keys Escape Escape Escape
	wait_screen 'RSS'
	quit_cleanly
}

freeze() {
	start_target leak
	dashboard 100x30 "$TARGET_PID" -i 0.5 --csv "$T/samples.csv"
	wait_until 10 sampled 8
	keys Space
	wait_screen '[Ff]rozen' 5
	screen >"$T/frozen"
	local rows
	rows=$(wc -l <"$T/samples.csv")
	wait_until 10 sampled $((rows + 5))
	# All but the line that says since when.
	screen | diff <(grep -v '[Ff]rozen' "$T/frozen") <(grep -v '[Ff]rozen') || fail "the frozen picture moved"
	keys Left Left Left
	wait_until 5 differs "$T/frozen"
	keys Right Right Right
	keys Space
	wait_not_screen '[Ff]rozen' 5
	wait_until 5 differs "$T/frozen"
	quit_cleanly
}

sampled() {
	[ "$(wc -l <"$T/samples.csv" 2>/dev/null || echo 0)" -ge "$1" ]
}

differs() {
	[ "$(screen)" != "$(cat "$1")" ]
}

pages() {
	start_target leak
	dashboard 100x30 "$TARGET_PID" -i 0.5
	keys w
	wait_screen 'Speaks' 5
	keys Escape
	wait_not_screen 'Speaks' 5
	keys '?'
	wait_screen 'Keys' 5
	keys '?'
	wait_screen 'resident set size' 5
	keys Escape
	wait_screen 'Next: ' 5
	keys u u u u
	keys b
	wait_screen 'changes count from here' 5
	quit_cleanly
}

# export_to PATH: types it into the prompt.
export_to() {
	keys e
	wait_screen 'memleak-[0-9]+-[0-9T]+Z' 5
	keys C-u
	type_line "$1"
}

exports() {
	start_target leak
	dashboard 120x40 "$TARGET_PID" -i 0.5
	keys 2
	wait_screen '\[heap\]'
	export_to "$T/a.csv"
	wait_until 10 test -s "$T/a.csv"
	export_to "$T/a.txt"
	wait_until 10 test -s "$T/a.txt"
	found '\[heap\]' "$T/a.csv"
	found 'RSS' "$T/a.txt"
	equal "mode of an export" 600 "$(stat -c %a "$T/a.csv")"
	# What is there is never overwritten, and the refusal loses nothing.
	echo precious >"$T/b.csv"
	export_to "$T/b.csv"
	wait_screen 'exists' 5
	equal "the file that was there" precious "$(cat "$T/b.csv")"
	export_to "$T/nowhere/c.csv"
	wait_screen '[Nn]o such file' 5
	equal "files left behind" "a.csv a.txt b.csv" "$(cd "$T" && ls -A | grep -E '^\.?[abc]\.' | xargs)"
	if "$PROGRAM" --version | grep -q '^json: yes' && command -v jq >/dev/null; then
		export_to "$T/a.json"
		wait_until 10 test -s "$T/a.json"
		jq -e '.schema == 1 and (.snapshot.regions | length > 5)' "$T/a.json" >/dev/null ||
			fail "$(head -c 600 "$T/a.json")"
	fi
	quit_cleanly
}

# A picture of /proc/PID in files, with a FIFO nobody writes to where smaps should be.
blocked_tree() {
	start_target idle
	local from=/proc/$TARGET_PID to=$T/proc/$TARGET_PID name
	mkdir -p "$to/fd" "$to/task/$TARGET_PID"
	for name in stat status statm maps cmdline comm cgroup limits mountinfo; do
		cat "$from/$name" >"$to/$name" 2>/dev/null || true
	done
	cp "$to/stat" "$to/status" "$to/task/$TARGET_PID"
	for name in meminfo stat; do
		cat /proc/$name >"$T/proc/$name"
	done
	mkfifo "$to/smaps" "$to/smaps_rollup"
}

blocked_smaps() {
	blocked_tree
	dashboard 100x30 --procfs "$T/proc" "$TARGET_PID" -i 0.5
	wait_screen 'smaps blocked' 10
	for key in 2 3 4 1 2 w Escape '?' Escape; do
		screen >"$T/before"
		keys "$key"
		wait_until 2 differs "$T/before"
	done
	wait_screen 'smaps blocked'
	keys q
	wait_left 2
	equal "status" 0 "$LEFT_STATUS"
}

blocked_smaps_batch() {
	blocked_tree
	run 0 --procfs "$T/proc" "$TARGET_PID" -i 0.5 -d 2
	equal "rows" 5 "$(table_rows "$T/out" | wc -l)"
}

hang_up() {
	start_target leak
	terminal 100x30 env TERM=tmux-256color sh -c "$1 exec $PROGRAM $TARGET_PID -i 0.5"
	wait_screen 'RSS'
	local pid
	pid=$(program_pid)
	alive "$pid"
	tm kill-server
	wait_until 5 gone "$pid"
}

terminated() {
	start_target leak
	shell 120x40
	type_line "$PROGRAM $TARGET_PID -i 0.5"
	wait_screen 'Next: '
	kill -TERM "$(program_pid)"
	wait_screen '^e2e\$' 5
	wait_scrollback '^RSS [0-9.]+ MB'
	type_line 'echo "status $?"; stty -a'
	wait_screen '^status 0'
	wait_screen ' icanon'
	wait_screen '[^-]echo '
}

suspended() {
	start_target leak
	shell 120x40
	type_line "$PROGRAM $TARGET_PID -i 0.5 --csv $T/samples.csv"
	wait_screen 'Next: '
	keys C-z
	wait_screen 'Stopped' 5
	type_line 'stty -a'
	wait_screen ' icanon'
	type_line fg
	wait_screen 'Next: ' 5
	local rows
	rows=$(wc -l <"$T/samples.csv")
	wait_until 10 sampled $((rows + 2))
	keys q
	wait_screen '^e2e\$' 5
}

resize_storm() {
	start_target leak
	dashboard 100x30 "$TARGET_PID" -i 0.5
	local size
	for view in 1 2 3 4; do
		keys $view
		for size in 1x1 2x40 200x60 40x10 80x2 3x3 59x9 60x10 1x50 150x5 100x30; do
			tm resize-window -x "${size%x*}" -y "${size#*x}"
		done
	done
	tm resize-window -x 50 -y 8
	wait_screen 'RSS' 5
	tm resize-window -x 100 -y 30
	keys 1
	wait_screen 'Next: ' 5
	quit_cleanly
}

# A terminal that takes no more output (what ^S does) stops the screen, never the sampling.
stopped_terminal() {
	need python3
	start_target leak
	dashboard 100x30 "$TARGET_PID" -i 0.2 --csv "$T/samples.csv"
	local tty pid rows
	tty=$(pane pane_tty)
	pid=$(program_pid)
	flow "$tty" TCOOFF
	# Three seconds of samples, each of which wants to be drawn: the screen's thread hangs in its write.
	rows=$(wc -l <"$T/samples.csv")
	wait_until 10 sampled $((rows + 15))
	flow "$tty" TCOON
	keys 2
	wait_screen '\[heap\]' 5
	flow "$tty" TCOOFF
	rows=$(wc -l <"$T/samples.csv")
	wait_until 10 sampled $((rows + 5))
	kill -TERM "$pid"
	wait_until 5 gone "$pid"
}

flow() {
	python3 -c '
import os, sys, termios
termios.tcflow(os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY), getattr(termios, sys.argv[2]))' "$1" "$2"
}

duration_over() {
	start_target idle
	shell 100x30
	type_line "$PROGRAM $TARGET_PID -i 0.5 -d 3"
	wait_screen 'Next: '
	wait_screen '^e2e\$' 6
	wait_scrollback '^00:03.0 '
}

picker() {
	start_target big 120
	dashboard 100x30
	wait_screen "(^| )$TARGET_PID .*big" 5
	keys / ; tm send-keys -l 'targets/big'; keys Enter
	keys g Enter
	wait_screen 'Next: ' 5
	wait_screen "$TARGET_PID"
	keys Escape
	wait_screen 'big' 5
	quit_cleanly
}

plain_terminals() {
	start_target leak
	terminal 100x30 env LC_ALL=C NO_COLOR=1 "$PROGRAM" "$TARGET_PID" -i 0.5
	wait_screen 'Next: '
	for view in 1 2 3 4; do
		keys $view
		wait_screen 'RSS'
		tm capture-pane -p -e >"$T/picture"
		! LC_ALL=C grep -nP '[\x80-\xff]' "$T/picture" || fail "bytes beyond ASCII in LC_ALL=C"
		! grep -nP '\x1b\[[0-9;]*(3[0-7]|4[0-7]|9[0-7]|38;|48;)' "$T/picture" | cat -v | grep . ||
			fail "colours with NO_COLOR"
	done
	quit_cleanly
}

other_terminals() {
	local term
	start_target leak
	for term in screen vt100 linux ansi; do
		infocmp $term >/dev/null 2>&1 || continue
		terminal 80x24 env TERM=$term "$PROGRAM" "$TARGET_PID" -i 0.5
		wait_screen 'Next: '
		quit_cleanly
		tm kill-server
	done
}

# Neither its output nor its input may touch the screen; the last lines are shown on leaving.
command_below() {
	shell 100x30
	type_line "$PROGRAM -i 0.5 -- sh -c 'while :; do echo noise from below; sleep 0.2; done'"
	wait_screen 'Next: '
	keys 4 1
	wait_not_screen '^noise from below' 3
	local child
	child=$(pgrep -P "$(program_pid)")
	keys q
	wait_scrollback '^noise from below' 5
	wait_screen '^e2e\$' 5
	# It runs on, as the report said.
	alive "$child"
	kill -KILL "$child"
}

demo() {
	terminal 100x30 "$PROGRAM" --demo -i 0.5
	wait_screen 'Next: '
	local child
	child=$(pgrep -P "$(program_pid)")
	quit_cleanly
	wait_until 5 gone "$child"
}

control_c() {
	start_target idle
	dashboard 100x30 "$TARGET_PID" -i 0.5
	keys C-c
	wait_left 5
	equal "status" 0 "$LEFT_STATUS"
}

check "keys 1 2 3 4 Tab q, and the report that stays" views
check "the verdict on the screen" verdict_on_screen
check "Enter drills down, Esc comes back and never quits" drill_down
check "Space freezes, arrows step, sampling goes on" freeze
check "w, ?, u, b" pages
check "export .csv .txt .json; nothing is overwritten" exports
check "a blocked smaps: usable, told, q leaves at once" blocked_smaps
check "a blocked smaps in batch" blocked_smaps_batch
check "the terminal hangs up" hang_up ""
check "the terminal hangs up, SIGHUP ignored" hang_up "trap '' HUP;"
check "SIGTERM: the terminal as it was, the report, status 0" terminated
check "^Z and fg" suspended
check "a resize storm, from 1x1" resize_storm
check "a terminal that stops reading does not stop the sampling" stopped_terminal
check "the end of --duration" duration_over
check "the process picker" picker
check "LC_ALL=C is ASCII, NO_COLOR has none" plain_terminals
check "screen, vt100, linux, ansi" other_terminals
check "-- COMMAND under the dashboard" command_below
check "--demo, and its child dies with it" demo
check "Ctrl-C" control_c
finish
