#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The life of a target, and rights: each a named state and one sentence, and never a wrong verdict.

. "$(dirname "$0")/lib.sh"

# as_nobody COMMAND...: as a user who owns nothing here, with a copy of the program it may execute.
as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

prepare_nobody() {
	need_root
	need setpriv
	mkdir -p "$T/public"
	cp "$PROGRAM" "$T/public/memleak-detective"
	chmod 755 "$WORK" "$T" "$T/public" "$T/public/memleak-detective"
	as_nobody "$T/public/memleak-detective" --version >/dev/null || skip "nobody cannot execute under $T"
}

rows_are() {
	[ "$(table_rows "$1" 2>/dev/null | wc -l)" -ge "$2" ]
}

# once_watched COMMAND...: beside the `run` that follows, once its table has three rows.
once_watched() {
	(wait_until 30 rows_are "$T/out" 3 && "$@") &
}

# Growing to 20 MiB belongs to the first image; the second must start from its own baseline.
exec_batch() {
	start_target exec "$TARGETS/idle" 8
	once_watched kill -USR1 "$TARGET_PID"
	run 0 --exit-code "$TARGET_PID" -i 0.5 -d $((6 + 2 * PATIENCE))
	# Seen early, the new image is judged by now: then by its own figures, not by the fall from the old one's.
	found 'another program began|^(No leak detected|Suspicious): ' "$T/out"
	absent '^Warning:|memory falls|given back|gave back' "$T/out"
}

exec_dashboard() {
	start_target exec "$TARGETS/idle" 8
	dashboard 120x40 "$TARGET_PID" -i 0.5
	wait_screen 'RSS +2[0-9]'
	kill -USR1 "$TARGET_PID"
	wait_screen 'exec'
	wait_screen 'idle'
	keys q
	wait_left
	equal "status" 0 "$LEFT_STATUS"
}

becomes_zombie() {
	start_target zombie 600
	once_watched kill "$TARGET_PID"
	run 0 --exit-code "$TARGET_PID" -i 0.5 -d 20
	found 'zombie|exited' "$T/out"
	absent '^Warning' "$T/out"
	[ "$(table_rows "$T/out" | tail -n 1 | awk '{ print $2 }')" != 0.0 ] || fail "unknown was printed as 0"
}

# The first thread is gone, a worker leaks on: live, and seen.
leader_exit() {
	start_target leader-exit
	run 1 --exit-code "$TARGET_PID" -i 0.5 -d 25
	found '^Warning: linear heap growth detected$' "$T/out"
}

leader_exit_dashboard() {
	start_target leader-exit
	dashboard 120x40 "$TARGET_PID" -i 0.5
	wait_screen 'first thread|leader|main thread' 5
	keys 2
	wait_screen '\[heap\]|anonymous' 10
	keys q
	wait_left
}

stopped() {
	start_target idle
	kill -STOP "$TARGET_PID"
	dashboard 120x40 "$TARGET_PID" -i 0.5
	wait_screen '[Ss]topped' 5
	keys q
	wait_left
}

# Another user's process: verdict from status alone, said with its remedy.
not_permitted() {
	prepare_nobody
	start_target leak
	local status=0
	as_nobody timeout 60 "$T/public/memleak-detective" --exit-code "$TARGET_PID" -i 0.5 -d 10 \
		>"$T/out" 2>"$T/err" || status=$?
	cat "$T/out" "$T/err"
	equal "status" 1 "$status"
	cat "$T/out" "$T/err" >"$T/both"
	found '[Rr]educed mode' "$T/both"
	found 'CAP_PERFMON|sudo|CAP_SYS_PTRACE' "$T/both"
	found '^Warning: [a-z-]+ .*growth detected$' "$T/out"
	# Heap is unknown here: a dash, never 0.
	table_rows "$T/out" | awk '$3 != "-" { bad = 1 } END { exit bad }' || fail "Heap(MB) is not -"
}

not_permitted_dashboard() {
	prepare_nobody
	start_target leak
	terminal 120x40 setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$T/public/memleak-detective" "$TARGET_PID" -i 0.5
	wait_screen '[Rr]educed mode' 10
	keys 2
	wait_screen 'permi|Permi|CAP_|sudo' 5
	keys q
	wait_left
	equal "status" 0 "$LEFT_STATUS"
}

# A procfs of its own that hides; /proc itself stays as it is. Before 5.8 all mounts shared one setting.
hidden() {
	prepare_nobody
	need_mounts
	local major minor
	IFS=. read -r major minor _ < <(uname -r)
	[ "$((major * 100 + minor))" -ge 508 ] || skip "mounts of procfs share their settings before Linux 5.8"
	start_target idle
	mkdir "$T/public/proc"
	local status=0
	unshare --mount --propagation private sh -c '
		mount -t proc -o hidepid=2 proc "$0/proc" || exit 77
		exec setpriv --reuid 65534 --regid 65534 --clear-groups \
			"$0/memleak-detective" --procfs "$0/proc" "$1" -d 1' \
		"$T/public" "$TARGET_PID" >"$T/out" 2>"$T/err" || status=$?
	[ $status -ne 77 ] || skip "no procfs can be mounted here"
	cat "$T/err"
	equal "status" 4 $status
	equal "lines on stderr" 1 "$(wc -l <"$T/err")"
	found 'hidepid' "$T/err"
}

# Our own picture of a hostile process: no control reaches the terminal, no name becomes a title or a row.
hostile_dashboard() {
	mkdir "$T/files"
	start_target hostile "$T/files"
	dashboard 120x60 "$TARGET_PID" -i 0.5
	for view in 1 2 3 4 1; do
		keys $view
		wait_screen 'RSS'
		tm capture-pane -p >"$T/picture"
		no_controls "$T/picture"
	done
	keys 2
	wait_screen 'memfd' 10
	[ "$(pane pane_title)" != title ] || fail "a mapping's name became the title of the terminal"
	keys e
	wait_screen 'memleak-' 5
	keys C-u
	type_line "$T/snapshot.csv"
	wait_until 10 test -s "$T/snapshot.csv"
	absent '^[0-9]+,[a-z-]+,"?[=+@-]' "$T/snapshot.csv" # what a spreadsheet would compute
	tr -d '\r' <"$T/snapshot.csv" >"$T/plain"
	no_controls "$T/plain"
	keys q
	wait_left
	equal "status" 0 "$LEFT_STATUS"
}

many_maps() {
	start_target many-maps 30000
	run 0 --exit-code "$TARGET_PID" -i 0.5 -d 4
	dashboard 120x40 "$TARGET_PID" -i 0.5
	keys 2
	wait_screen '\[heap\]|anonymous' 15
	keys G
	keys g
	keys q
	wait_left 5
	equal "status" 0 "$LEFT_STATUS"
}

check "exec: a new baseline, no false leak" exec_batch
check "exec in the dashboard" exec_dashboard
check "the target becomes a zombie" becomes_zombie
check "the first thread ended, a worker leaks" leader_exit
check "the first thread ended, in the dashboard" leader_exit_dashboard
check "a stopped target is called stopped" stopped
check "another user's process: reduced mode, still a verdict" not_permitted
check "another user's process in the dashboard" not_permitted_dashboard
check "a process hidden by hidepid" hidden
check "hostile names in every view and in an export" hostile_dashboard
check "30,000 mappings" many_maps
finish
