# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The harness of the end-to-end tests. A script sources it, names its cases with `check NAME FUNCTION`
# and ends with `finish`. Cases run side by side, each in a shell and a directory of its own ($T) that
# takes everything it started with it.

# Under nohup SIGHUP is ignored, and stays so in whatever is started: cases that send it would wait for ever.
if (((0x$(sed -n 's/^SigIgn:[^0-9a-f]*//p' "/proc/$$/status") & 1) && !${E2E_HEARS:-0})); then
	E2E_HEARS=1 exec env --default-signal=HUP bash "$0" "$@"
fi

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$ROOT" || exit 1

PROGRAM=${PROGRAM:-./memleak-detective}
TARGETS=${TARGETS:-build/release/targets}
E2E_JOBS=${E2E_JOBS:-12}      # cases at a time
PATIENCE=${PATIENCE:-1}       # factor on every time limit: slow machines, sanitizers

[ -x "$PROGRAM" ] && [ -x "$TARGETS/leak" ] || {
	echo "no $PROGRAM or no $TARGETS: run \`make e2e\`"
	exit 1
}

WORK=$(mktemp -d "${TMPDIR:-/tmp}/e2e.XXXXXX")
export LC_ALL=C.UTF-8 TERM=xterm-256color
export ASAN_OPTIONS="log_path=$WORK/sanitizer" UBSAN_OPTIONS="print_stacktrace=1:log_path=$WORK/sanitizer"
export TSAN_OPTIONS="log_path=$WORK/sanitizer"
unset TMUX NO_COLOR XDG_STATE_HOME
exec 3>&1
cases=0

# --- running cases -------------------------------------------------------------------------------

# check NAME FUNCTION [ARGUMENT]...: a case; it passes when the function returns 0.
check() {
	local name=$1
	shift
	if [ -n "${E2E_ONLY:-}" ] && [[ ! $name =~ $E2E_ONLY ]]; then
		return 0
	fi
	if [ -n "${E2E_NAMES:-}" ] && ! grep -qxF -- "$name" "$E2E_NAMES"; then
		return 0
	fi
	while [ "$(jobs -rp | wc -l)" -ge "$E2E_JOBS" ]; do
		wait -n || true
	done
	cases=$((cases + 1))
	mkdir "$WORK/$cases"
	run_case "$name" "$WORK/$cases" "$@" &
}

run_case() {
	local name=$1 begin=$SECONDS status
	T=$2
	shift 2
	(
		exec >"$T/log" 2>&1
		trap case_end EXIT
		trap 'echo "$BASH_SOURCE:$LINENO: failed: $BASH_COMMAND"' ERR
		set -eE
		"$@"
	)
	status=$?
	case $status in
	0) echo "ok      $name ($((SECONDS - begin)) s)" >"$T/result" ;;
	77) echo "skipped $name: $(tail -n 1 "$T/log")" >"$T/result" ;;
	*)
		{
			echo "not ok  $name ($((SECONDS - begin)) s)"
			tail -n 60 "$T/log" | LC_ALL=C tr -d '\000-\010\013-\037' | cut -c1-240 | sed 's/^/        | /'
		} >"$T/result"
		;;
	esac
	cat "$T/result" >&3
}

# Ends what a case started: its terminal, then its children.
case_end() {
	local status=$?
	trap - ERR
	set +e
	[ -S "$T/tmux" ] && tm kill-server
	kill -KILL $(jobs -p) 2>/dev/null
	{ wait; } 2>/dev/null
	return $status
}

# finish: waits for all cases, says how it went, exits 1 when one failed.
finish() {
	local passed failed skipped
	{ wait; } 2>/dev/null
	passed=$(cat "$WORK"/*/result 2>/dev/null | grep -c '^ok ')
	failed=$(cat "$WORK"/*/result 2>/dev/null | grep -c '^not ok ')
	skipped=$(cat "$WORK"/*/result 2>/dev/null | grep -c '^skipped ')
	if ls "$WORK"/sanitizer.* >/dev/null 2>&1; then
		echo "not ok  no sanitizer report"
		head -n 60 "$WORK"/sanitizer.*
		failed=$((failed + 1))
	fi
	[ "$((passed + failed + skipped))" -ge "$cases" ] || failed=$((failed + 1))
	[ "$skipped" -eq 0 ] || echo "$skipped skipped"
	echo "$passed passed, $failed failed"
	if [ -n "${E2E_KEEP:-}" ]; then
		echo "kept: $WORK"
	else
		rm -rf "$WORK"
	fi
	[ "$failed" -eq 0 ]
	exit
}

trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$WORK"; exit 130' INT TERM HUP

fail() {
	echo "$*"
	trap - ERR
	exit 1
}

# skip REASON: this case cannot be run here.
skip() {
	echo "$*"
	trap - ERR
	exit 77
}

need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null 2>&1 || skip "$tool is not installed"
	done
}

need_root() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
}

# need_mounts: root, and mounts that nobody else sees; not so in a chroot whose root is no mount.
need_mounts() {
	need_root
	need unshare mount
	unshare --mount true 2>/dev/null || skip "no mounts of one's own can be made here"
}

# need_json: the program was built with jansson, and jq is there to read what it writes.
need_json() {
	need jq
	"$PROGRAM" --version | grep -q '^json: yes' || skip "built without JSON"
}

# --- waiting and comparing -----------------------------------------------------------------------

# wait_until SECONDS COMMAND...: polls until the command succeeds; fails when the time is over.
wait_until() {
	local limit=$(($1 * PATIENCE)) begin=$SECONDS
	shift
	until "$@"; do
		if [ $((SECONDS - begin)) -ge "$limit" ]; then
			echo "waited $limit s for: $*"
			return 1
		fi
		sleep 0.1
	done
}

# equal WHAT EXPECTED FOUND
equal() {
	[ "$2" = "$3" ] || fail "$1: expected '$2', found '$3'"
}

# found REGEX FILE, absent REGEX FILE: a line that matches is there, or is not.
found() {
	grep -Eq -- "$1" "$2" || fail "no line matches '$1' in:"$'\n'"$(cat -v "$2")"
}

absent() {
	! grep -Eq -- "$1" "$2" || fail "a line matches '$1' in:"$'\n'"$(cat -v "$2")"
}

# run EXPECTED_STATUS ARGUMENT...: the program with stdout in $T/out and stderr in $T/err, RUN_LIMIT s at most.
run() {
	local expected=$1 status=0
	shift
	timeout -k 2 $((${RUN_LIMIT:-100} * PATIENCE)) "$PROGRAM" "$@" >"$T/out" 2>"$T/err" </dev/null || status=$?
	[ "$status" = "$expected" ] ||
		fail "status $status, not $expected, of: $*"$'\n'"$(tail -n 30 "$T/out" "$T/err")"
}

# refused STATUS REGEX ARGUMENT...: one line on stderr that matches, nothing on stdout, that status.
refused() {
	local status=$1 regex=$2
	shift 2
	run "$status" "$@"
	equal "lines on stderr of: $*" 1 "$(wc -l <"$T/err")"
	found "$regex" "$T/err"
	equal "bytes on stdout of: $*" 0 "$(wc -c <"$T/out")"
}

# table_rows FILE: the rows of a batch table.
table_rows() {
	grep -E '^[0-9]+:[0-9]{2}(:[0-9]{2})?(\.[0-9])? ' "$1"
}

# csv_value COLUMN FILE: the value in the last row.
csv_value() {
	awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i } END { print $c }' "$2"
}

# no_controls FILE: no byte that a terminal would obey, and no text that turns its direction.
no_controls() {
	! LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]' "$1" |
		cat -v | grep . || fail "control bytes in $1"
}

# --- targets -------------------------------------------------------------------------------------

# start_target NAME [ARGUMENT]...: runs it until the case ends; sets TARGET_PID once it is ready.
start_target() {
	local out
	out=$(mktemp "$T/target.XXXXXX")
	"$TARGETS/$1" "${@:2}" >"$out" &
	wait_until 60 grep -q '^ready' "$out"
	TARGET_PID=$(sed -n 's/^ready //p' "$out")
}

# alive PID: it runs and is no zombie.
alive() {
	grep -q '^State:.[^ZX]' "/proc/$1/status" 2>/dev/null
}

gone() {
	! alive "$1"
}

# --- terminals -----------------------------------------------------------------------------------

tm() {
	tmux -S "$T/tmux" -f "$T/tmux.conf" "$@"
}

# terminal COLSxROWS COMMAND...: a terminal of this case that runs COMMAND; the words are not parsed again.
terminal() {
	local size=$1
	shift
	need tmux
	cat >"$T/tmux.conf" <<-'END'
		set -g status off
		set -g escape-time 0
		set -g history-limit 5000
		set -g remain-on-exit on
		set -g default-terminal tmux-256color
		set -g default-shell /bin/sh
	END
	rm -f "$T/left"
	tm new-session -d -x "${size%x*}" -y "${size#*x}" "trap : INT QUIT; $(printf '%q ' "$@"); echo \$? >$T/left"
}

# shell COLSxROWS: a terminal with an interactive shell whose prompt is "e2e$ ".
shell() {
	terminal "$1" env "PS1=e2e\$ " ENV=/dev/null HISTFILE=/dev/null bash --norc --noprofile -i
	wait_screen '^e2e\$'
}

keys() {
	tm send-keys "$@"
}

# type_line TEXT: types it, and Enter.
type_line() {
	tm send-keys -l -- "$1"
	tm send-keys Enter
}

screen() {
	tm capture-pane -p
}

# scrollback: all that the terminal has shown and not erased, lines joined again.
scrollback() {
	tm capture-pane -p -J -S - | sed 's/ *$//'
}

on_screen() {
	screen | grep -Eq -- "$1"
}

not_on_screen() {
	! on_screen "$1"
}

in_scrollback() {
	scrollback | grep -Eq -- "$1"
}

# wait_screen REGEX [SECONDS], wait_not_screen, wait_scrollback: until it can be read there.
wait_screen() {
	wait_until "${2:-10}" on_screen "$1" || fail "not on the screen: $1"$'\n'"$(screen)"
}

wait_not_screen() {
	wait_until "${2:-10}" not_on_screen "$1" || fail "still on the screen: $1"$'\n'"$(screen)"
}

# scroll_to TEXT: presses Down until the text is on the screen.
scroll_to() {
	local i
	for ((i = 0; i < 80; i++)); do
		on_screen "$1" && return 0
		keys Down
		sleep 0.1
	done
	fail "not found by scrolling: $1"$'\n'"$(screen)"
}

wait_scrollback() {
	wait_until "${2:-10}" in_scrollback "$1" || fail "not in the scrollback: $1"$'\n'"$(scrollback)"
}

pane() {
	tm display-message -p "#{$1}"
}

# wait_left [SECONDS]: the program of `terminal` has ended; its status is in LEFT_STATUS. (tmux itself
# does not always know.)
wait_left() {
	wait_until "${1:-10}" test -s "$T/left" || fail "still running:"$'\n'"$(screen)"
	LEFT_STATUS=$(cat "$T/left")
}

# program_pid: the program's in the terminal, by its session: containers have terminals of the same name.
program_pid() {
	pgrep -o -s "$(pane pane_pid)" -x memleak-detecti
}

# dashboard [COLSxROWS] ARGUMENT...: the program in a terminal, once its first figures are there.
dashboard() {
	local size=$1
	shift
	terminal "$size" env LC_ALL=C.UTF-8 "$PROGRAM" "$@"
	wait_screen 'RSS'
}
