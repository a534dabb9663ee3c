#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Terminals of every kind, size and state: the same picture on each, and a watch that goes on whatever they do.

. "$(dirname "$0")/lib.sh"

# recording: a short one of a leak in $T/leak.mld, as nothing else gives the same picture twice.
recording() {
	"$PROGRAM" --version | grep -q '^recordings: yes' || skip "built without recordings"
	start_target leak 8388608
	run 0 "$TARGET_PID" -i 0.1 -d 4 --record "$T/leak.mld"
	kill -KILL "$TARGET_PID"
}

# replayed SIZE [NAME=VALUE]...: the end of it on a terminal, standing still.
replayed() {
	local size=$1
	shift
	terminal "$size" env LC_ALL=C.UTF-8 "$@" "$PROGRAM" --replay "$T/leak.mld"
	wait_screen 'at the end' 20
	keys Space
	wait_screen 'paused at the end' 20
}

quit_cleanly() {
	keys q
	wait_left 20
	equal "status" 0 "$LEFT_STATUS"
	tm kill-server
}

# colours: what chooses one on the screen.
colours() {
	tm capture-pane -p -e | grep -P '\x1b\[[0-9;]*(3[0-7]|4[0-7]|9[0-7]|10[0-7]|38|48)[;m]'
}

# pictures NAME: every view of the recording on the terminal into $T/NAME.VIEW.
pictures() {
	local view
	for view in 1 2 w; do
		keys $view
		[ "$view" = w ] || wait_screen "(^| )$view [A-Z][a-z]+ " 20
		[ "$view" != w ] || wait_screen 'Speaks' 20
		screen >"$T/$1.$view"
	done
	keys Escape 1
	wait_screen '^ leak .* [0-9]+ %  [a-z]' 20
}

# alike NAME NAME: they are the same.
alike() {
	local view
	for view in 1 2 w; do
		diff "$T/$1.$view" "$T/$2.$view" || fail "view $view of $1 and $2"
	done
}

# What is drawn depends on the size and on whether there are colours, not on the name of the terminal; and a word says what a
# colour does.
same_picture() {
	recording
	local term
	replayed 80x24
	pictures coloured
	quit_cleanly
	replayed 80x24 NO_COLOR=1
	pictures plain
	quit_cleanly
	for term in xterm-256color tmux-256color screen screen-256color linux vt100; do
		infocmp $term >/dev/null 2>&1 || continue
		replayed 80x24 TERM=$term
		pictures $term
		if [ $term = vt100 ]; then
			! colours | cat -v | grep . || fail "colours on a vt100"
			alike plain $term
		else
			colours >/dev/null || fail "no colour on $term"
			alike coloured $term
		fi
		quit_cleanly
	done
}

# Without a terminal that can be drawn on there is the table, or one line that says what to do.
no_terminal() {
	start_target idle
	local how
	for how in "-u TERM" TERM=dumb TERM=no-such-terminal; do
		# shellcheck disable=SC2086
		terminal 80x24 env $how "$PROGRAM" "$TARGET_PID" -i 0.2 -d 0.4
		wait_left 30
		equal "status with $how" 0 "$LEFT_STATUS"
		wait_scrollback '^Time +RSS\(MB\)  Heap\(MB\)  Delta$'
		tm kill-server
		# shellcheck disable=SC2086
		terminal 200x24 env $how "$PROGRAM"
		wait_left 30
		equal "status of the list with $how" 2 "$LEFT_STATUS"
		equal "lines with $how" 1 "$(scrollback | grep -v '^Pane is dead' | grep -c '[a-z]')"
		wait_scrollback '^memleak-detective: .*TERM.*PID'
		tm kill-server
	done
}

# From the smallest on, begun there and made so: what is shown is whole, and the first line alone says how it is.
sizes() {
	start_target leak
	local size view
	for size in 1x1 59x9 60x10 400x120; do
		terminal "$size" env LC_ALL=C.UTF-8 "$PROGRAM" "$TARGET_PID" -i 0.2
		case $size in
		1x1)
			wait_until 10 program_pid
			tm resize-window -x 30 -y 2
			wait_screen '^RSS [0-9.]+ [kMG]' 20
			tm resize-window -x 1 -y 1
			;;
		59x9) wait_screen '^RSS [0-9.]+ [kMG]' ;;
		*)
			for view in 7 6 5 4 3 2 1; do
				keys $view
				wait_screen "(^| )$view [A-Z][a-z]+ " 20
			done
			;;
		esac
		equal "rows at $size" "${size#*x}" "$(screen | wc -l)"
		quit_cleanly
	done
}

rows() {
	wc -l <"$T/samples.csv" 2>/dev/null || echo 0
}

sampled() {
	[ "$(rows)" -ge "$1" ]
}

# What a terminal was sent and never showed is drawn again: it took nothing while its size was asked for.
lost_output() {
	start_target leak
	dashboard 200x60 "$TARGET_PID" -i 0.1 --csv "$T/samples.csv"
	local server pid
	server=$(tm display-message -p '#{pid}')
	pid=$(program_pid)
	kill -STOP "$server"
	wait_until 20 sampled $(($(rows) + 40))
	kill -WINCH "$pid"
	wait_until 20 sampled $(($(rows) + 20))
	kill -CONT "$server"
	keys 4 Space
	wait_screen 'frozen at' 20
	# Frozen, it is the same but for how long ago that is.
	screen | grep -v 'frozen at' >"$T/before"
	keys C-l
	wait_until 10 repainted
	quit_cleanly
}

repainted() {
	screen | grep -v 'frozen at' | cmp -s - "$T/before"
}

# A link that is dead for now: nobody reads what is drawn, and nobody has hung up.
dead_link() {
	start_target leak
	dashboard 200x60 "$TARGET_PID" -i 0.1 --csv "$T/samples.csv"
	local server pid
	server=$(tm display-message -p '#{pid}')
	pid=$(program_pid)
	kill -STOP "$server"
	wait_until 20 sampled $(($(rows) + 40))
	kill -CONT "$server"
	keys 4
	wait_screen 'VmRSS|VmSize' 10
	kill -STOP "$server"
	wait_until 20 sampled $(($(rows) + 40))
	kill -TERM "$pid"
	wait_until 10 gone "$pid"
	kill -CONT "$server"
}

# Sizes that change while it is stopped are those it goes on with, a prompt that was open included.
suspended() {
	start_target leak
	shell 120x40
	type_line "$PROGRAM $TARGET_PID -i 0.2"
	wait_screen 'Next: ' 20
	keys 2
	wait_screen '\[heap\]' 20
	keys /
	wait_screen 'Filter:' 20
	keys h e a
	keys C-z
	wait_screen 'Stopped' 20
	tm resize-window -x 80 -y 24
	type_line fg
	wait_screen 'Filter: hea' 20
	keys p Enter
	wait_screen 'filter: heap' 20
	equal "rows" 24 "$(screen | wc -l)"
	tm resize-window -x 50 -y 8
	wait_screen '^RSS ' 20
	keys C-z
	wait_screen 'Stopped' 20
	type_line fg
	wait_screen '^RSS ' 20
	keys Escape q
	wait_screen '^e2e\$' 20
	type_line 'stty -a'
	wait_screen ' icanon' 20
}

# The same recording and the same log say the same in every language; what programs read has points alone.
comma_locale() {
	need localedef locale
	local locale=de_DE.UTF-8 one
	mkdir "$T/locales"
	localedef -i de_DE -f UTF-8 "$T/locales/$locale" 2>/dev/null || skip "no German locale can be made here"
	recording
	export LOCPATH=$T/locales
	[ "$(LC_ALL=$locale locale decimal_point)" = , ] || skip "$locale has no decimal comma"
	for one in C.UTF-8 $locale; do
		export LC_ALL=$one
		run 0 --analyze "$T/leak.mld"
		cp "$T/out" "$T/$one.analyze"
		run 0 --replay "$T/leak.mld" --csv "$T/$one.csv"
		cp "$T/out" "$T/$one.replay"
		run 0 --analyze "$T/$one.csv"
		cp "$T/out" "$T/$one.log"
		if "$PROGRAM" --version | grep -q '^json: yes'; then
			run 0 --analyze "$T/leak.mld" --json
			cp "$T/out" "$T/$one.json"
		fi
		terminal 200x60 env LC_ALL=$one LOCPATH="$LOCPATH" "$PROGRAM" --replay "$T/leak.mld"
		wait_screen 'at the end' 20
		keys Space
		wait_screen 'paused at the end' 20
		screen >"$T/$one.screen"
		keys e
		wait_screen 'Export to' 20
		keys C-u
		type_line "$T/$one.html"
		wait_until 10 test -s "$T/$one.html"
		quit_cleanly
	done
	for one in analyze replay csv log screen html json; do
		[ ! -e "$T/C.UTF-8.$one" ] || cmp "$T/C.UTF-8.$one" "$T/$locale.$one" ||
			fail "another $one in $locale: $(diff "$T/C.UTF-8.$one" "$T/$locale.$one" | head -n 6)"
	done
	LC_ALL=$locale metrics_have_points
}

# Metrics go as their watch ends: they are looked at while it lasts.
metrics_have_points() {
	start_target leak
	"$PROGRAM" "$TARGET_PID" -i 0.2 -d 60 --batch --openmetrics "$T/m.prom" >"$T/out" 2>"$T/err" &
	wait_until 10 grep -q '_bytes' "$T/m.prom"
	cp "$T/m.prom" "$T/m"
	! grep -v '^#' "$T/m" | grep -Ev '^[a-z_]+(\{[^{}]*\})? [-+0-9.eE]+$|^[a-z_]+(\{[^{}]*\})? (NaN|[-+]Inf)$' ||
		fail "no figures"
	grep -Eq '_seconds(\{[^{}]*\})? [0-9]+\.[0-9]' "$T/m" || fail "no fraction in:"$'\n'"$(cat "$T/m")"
}

# Nothing beyond ASCII where the locale has none, in whatever can be opened.
ascii() {
	start_target leak
	terminal 100x30 env LC_ALL=C "$PROGRAM" "$TARGET_PID" -i 0.2
	wait_screen 'Next: ' 20
	local key
	for key in 2 s Escape Enter w '?' '?' Escape Escape Escape 3 a Escape 4 5 x 6 x Escape 7 t 1 Space; do
		keys "$key"
		wait_screen .
		! tm capture-pane -p | LC_ALL=C grep -nP '[\x80-\xff]' || fail "bytes beyond ASCII after $key"
	done
	keys 1
	wait_screen '^ leak +[#.]+ ' 5
	quit_cleanly
}

# What was begun before the screen leaves nothing behind where the watch cannot begin.
begun_in_vain() {
	local made="--record $T/x.mld"
	"$PROGRAM" --version | grep -q '^recordings: yes' || made=
	# shellcheck disable=SC2086
	terminal 100x30 "$PROGRAM" $made --openmetrics "$T/x.prom" --csv "$T/none/x.csv" -- sleep 5
	wait_left 20
	equal "status" 5 "$LEFT_STATUS"
	in_scrollback 'memleak-detective: .*none/x.csv'
	equal "files" "" "$(find "$T" -name 'x.*')"
}

# starve: no memory for a screen that is suddenly large; nobody tells a program without a controlling terminal of that.
starve() {
	prlimit --pid "$1" --as=$(($(sed -n 's/^VmSize:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status") * 1024))
	tm resize-window -x 2000 -y 2000
	kill -WINCH "$1"
}

# Without a controlling terminal /dev/tty is none: what was taken is given back all the same, and files are ended.
starved_apart() {
	need prlimit setsid
	start_target leak
	terminal 80x24 setsid -w "$PROGRAM" "$TARGET_PID" -i 0.2 --csv "$T/samples.csv"
	wait_screen 'RSS'
	local pid
	pid=$(pgrep -P "$(pane pane_pid)" -x memleak-detecti)
	equal "controlling terminal" 0 "$(cut -d' ' -f7 "/proc/$pid/stat")"
	[ "$1" = kept ] || rm "$T/samples.csv"
	starve "$pid"
	wait_left 20
	equal "alternate screen" 0 "$(pane alternate_on)"
	in_scrollback 'out of memory for the screen'
	if [ "$1" = kept ]; then
		equal "status" 3 "$LEFT_STATUS"
		equal "the last byte" 0a "$(tail -c 1 "$T/samples.csv" | od -An -tx1 | tr -d ' ')"
	else
		equal "status" 5 "$LEFT_STATUS"
		in_scrollback 'samples.csv'
	fi
}

# held_threads PID HOW: all threads but that of the screen stand still until the terminal is given back; with `for-good` and
# `told-again` longer, and the latter sends SIGTERM.
held_threads() {
	exec /usr/bin/env python3 - "$1" "$2" "$T" <<-'END'
		import ctypes, os, subprocess, sys, time
		libc = ctypes.CDLL(None, use_errno=True)
		libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
		SEIZE, INTERRUPT, DETACH, WALL = 0x4206, 0x4207, 17, 0x40000000
		pid, how, t = int(sys.argv[1]), sys.argv[2], sys.argv[3]
		threads = [int(x) for x in os.listdir("/proc/%d/task" % pid) if int(x) != pid]
		for x in threads:
		    if libc.ptrace(SEIZE, x, None, None) or libc.ptrace(INTERRUPT, x, None, None):
		        sys.exit(77)
		    os.waitpid(x, WALL)
		open(t + "/held", "w").close()
		tmux = ["tmux", "-S", t + "/tmux", "display-message", "-p", "#{alternate_on}"]
		while subprocess.run(tmux, capture_output=True).stdout.strip() != b"0":
		    time.sleep(0.01)
		if how == "told-again":
		    os.kill(pid, 15)
		if how != "late":
		    time.sleep(60)
		for x in threads:
		    libc.ptrace(DETACH, x, None, None)
	END
}

# The watch does not end at once: the terminal is given back before, and the report comes when it does.
held() {
	need python3
	start_target leak
	dashboard 100x30 "$TARGET_PID" -i 0.2
	held_threads "$(program_pid)" "$1" &
	local holder=$! status=0
	until [ -e "$T/held" ]; do
		kill -0 $holder 2>/dev/null || wait $holder || status=$?
		[ $status = 0 ] || skip "threads of others cannot be held here"
		sleep 0.05
	done
	keys q
	wait_scrollback "$2" 20
	# The program cannot go while its threads are held.
	kill $holder 2>/dev/null || true
	wait_left 20
	equal "status" 0 "$LEFT_STATUS"
	equal "alternate screen" 0 "$(pane alternate_on)"
}

check "the same picture on every terminal, colour or not" same_picture
check "no terminal to draw on: the table, or one line" no_terminal
check "from 1x1 to 400x120" sizes
check "a dead link does not stop the sampling" dead_link
check "what was thrown away is drawn again" lost_output
check "^Z with a prompt open and another size" suspended
check "a comma locale changes nothing that is read" comma_locale
check "LC_ALL=C in every view, menu and page" ascii
check "a watch that cannot begin leaves no file" begun_in_vain
check "no memory, no controlling terminal: it is given back" starved_apart kept
check "no memory: a file that is gone is told" starved_apart gone
check "ends late: the terminal first, then the report" held late '^RSS [0-9.]+ MB'
check "never ends: the terminal first, then why there is no report" held for-good 'the watch hangs'
check "never ends, and SIGTERM: left at once" held told-again 'told to end again'
finish
