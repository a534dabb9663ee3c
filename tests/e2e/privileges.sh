#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Run by root: what it keeps of root's rights, in each of its threads, and that everything works with that.

. "$(dirname "$0")/lib.sh"

# By number: DAC_READ_SEARCH 2, SYS_PTRACE 19, SYS_ADMIN 21, PERFMON 38, BPF 39; as far as we have them here.
mine=$((0x$(sed -n 's/^CapPrm:.//p' /proc/self/status)))
watching=$(((1 << 2 | 1 << 19 | 1 << 38 | 1 << 39) & mine))
tracing=$((watching | (1 << 21) & mine))
override=$((1 << 1)) chown=1 kill=$((1 << 5))
as_nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"

# rights PID [FIELD...]: what its threads have, a line for each that differs.
rights() {
	local pid=$1 field task
	shift
	for task in "/proc/$pid"/task/*; do
		for field in "${@:-CapPrm}"; do
			sed -n "s/^$field:.//p" "$task/status" 2>/dev/null
		done
	done | sort -u
}

threads() {
	ls "/proc/$1/task" | wc -l
}

has_threads() {
	[ "$(threads "$1")" -ge "$2" ]
}

# keeps PID MASK: each thread has just these, can get no others, and hands none on.
keeps() {
	local hex
	printf -v hex '%016x' "$2"
	equal "rights of the threads" "$hex" "$(rights "$1" CapPrm CapEff CapBnd)"
	equal "rights that could be handed on" 0000000000000000 "$(rights "$1" CapInh CapAmb)"
	equal "no_new_privs" 1 "$(rights "$1" NoNewPrivs)"
}

# program ARGUMENT...: in the background, as PROGRAM_PID.
program() {
	"$PROGRAM" "$@" >"$T/out" 2>"$T/err" </dev/null &
	PROGRAM_PID=$!
}

rows() {
	[ "$(table_rows "$T/out" | wc -l)" -ge "$1" ]
}

ends_well() {
	kill -INT "$PROGRAM_PID"
	wait "$PROGRAM_PID" || fail "status $?: $(cat "$T/err")"
}

# A directory and a process that are somebody's.
stranger() {
	need setpriv
	chmod 755 "$WORK" "$T"
	mkdir -m 700 "$T/theirs"
	chown 65534:65534 "$T/theirs"
	cp "$TARGETS/leak" "$T/leak"
	: >"$T/target"
	$as_nobody "$T/leak" >"$T/target" &
	wait_until 20 grep -q '^ready' "$T/target"
	TARGET_PID=$(sed -n 's/^ready //p' "$T/target")
}

in_batch() {
	need_root
	start_target leak
	program "$TARGET_PID" -i 0.2 --heap --csv "$T/a.csv"
	wait_until 20 rows 3
	wait_until 20 has_threads "$PROGRAM_PID" 3
	keeps "$PROGRAM_PID" "$tracing"
	ends_well
	absent "root's rights" "$T/out"
}

recorder_and_metrics() {
	need_root
	start_target leak
	program "$TARGET_PID" -i 0.2 --record "$T/a.mld" --openmetrics "$T/a.prom" --no-sites
	wait_until 20 rows 3
	wait_until 20 test -s "$T/a.prom"
	has_threads "$PROGRAM_PID" 3
	keeps "$PROGRAM_PID" "$watching"
	ends_well
	run 0 --analyze "$T/a.mld"
}

in_dashboard() {
	need_root
	start_target leak
	dashboard 100x30 "$TARGET_PID" -i 0.2 --record "$T/a.mld" --heap
	keys 7
	wait_screen ' pid user '
	wait_until 20 has_threads "$(program_pid)" 5
	keeps "$(program_pid)" "$tracing"
	keys q
	wait_left
	equal "status" 0 "$LEFT_STATUS"
}

# COMMAND is nobody's to curb; started before, it has what we had, and its limits.
command_has_all() {
	need_root
	local look='grep -E "^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp):" /proc/self/status; ulimit -l; ulimit -e'
	bash -c "$look" >"$T/before"
	run 0 -i 0.2 -d 1 --record "$T/a.mld" -- bash -c "($look) >'$T/there'; exec sleep 2"
	equal "rights of COMMAND" "$(cat "$T/before")" "$(cat "$T/there")"
	program -i 0.2 --record "$T/b.mld" --openmetrics "$T/b.prom" -- sleep 60
	wait_until 20 rows 3
	keeps "$PROGRAM_PID" "$tracing"
	kill "$(pgrep -P "$PROGRAM_PID" -x sleep)"
	wait "$PROGRAM_PID" || fail "status $?"
}

# What cannot be written to ends it before COMMAND begins, and leaves nobody who waits.
command_waits() {
	run 5 -d 1 --csv /dev/null --record /proc/nowhere/a.mld -- touch "$T/started"
	[ ! -e "$T/started" ]
	refused 3 'cannot start' -d 1 --record "$T/a.mld" -- "$T/no-command"
	equal "recordings" "" "$(find "$T" -name "*.mld*")"
}

# COMMAND became another user: --kill reaches it all the same, and only that keeps the right to.
kill_another_user() {
	need_root
	need setpriv
	program -i 0.2 --kill -- $as_nobody sleep 60
	wait_until 20 rows 2
	keeps "$PROGRAM_PID" $((tracing | kill & mine))
	local child
	child=$(pgrep -P "$PROGRAM_PID" -x sleep)
	ends_well
	wait_until 10 gone "$child"
}

# The reader of symbols has none at all; allocation sites are traced with what is kept.
reader_has_none() {
	need_root
	"$PROGRAM" --version | grep -q '^call sites: .*allocation sites' || skip "built without sites"
	stranger
	program "$TARGET_PID" -i 0.2 --sites 20
	wait_until 30 pgrep -P "$PROGRAM_PID" -x symbol-reader
	local reader
	reader=$(pgrep -o -P "$PROGRAM_PID" -x symbol-reader)
	keeps "$PROGRAM_PID" "$tracing"
	equal "rights of the reader" 0000000000000000 "$(rights "$reader" CapPrm CapEff CapInh CapAmb)"
	ends_well
	absent 'sites: .*(not permitted|CAP_)' "$T/out"
}

# Everything of a process of another user, one that forbade to be looked into included.
stranger_is_seen() {
	need_root
	stranger
	need_json
	cp "$TARGETS/undumpable" "$T/undumpable"
	$as_nobody "$T/undumpable" >"$T/second" &
	wait_until 20 grep -q '^ready' "$T/second"
	local pid
	for pid in "$TARGET_PID" "$(sed -n 's/^ready //p' "$T/second")"; do
		run 0 "$pid" -i 0.3 -d 2 --heap --no-sites --json
		jq -e '.last | .pss != null and .private != null and .fds != null' "$T/out" >/dev/null ||
			fail "not seen: $(jq -c .last "$T/out")"
		jq -e '[.warnings[] | select(test("permi|CAP_|reduced"))] == []' "$T/out" >/dev/null ||
			fail "$(jq -c .warnings "$T/out")"
	done
}

# Files that the command line names are written wherever they are; what that takes is kept, and said.
their_directory() {
	need_root
	stranger
	program "$TARGET_PID" -i 0.2 --csv "$T/theirs/a.csv" --openmetrics "$T/theirs/a.prom" --record "$T/theirs/a.mld"
	wait_until 20 rows 3
	wait_until 20 test -s "$T/theirs/a.prom"
	keeps "$PROGRAM_PID" $((tracing | override))
	ends_well
	found "keeps CAP_DAC_OVERRIDE of root's rights" "$T/out"
	equal "left there" "a.csv a.mld" "$(ls "$T/theirs" | paste -sd ' ')"
	# A recording stays its owner's, with all that lies beside it.
	chown 65534:65534 "$T/theirs/a.mld"
	program "$TARGET_PID" -i 0.2 --record "$T/theirs/a.mld"
	wait_until 20 rows 3
	keeps "$PROGRAM_PID" $((tracing | override | chown))
	equal "owners" 65534 "$(stat -c %u "$T/theirs/a.mld"* | sort -u)"
	ends_well
	# What the recorder kept is no news of whoever reads it.
	run 0 --analyze "$T/theirs/a.mld"
	absent "root's rights" "$T/out"
}

# read_theirs WHEN: the recording in $T/theirs, by root and by every way; nothing comes, goes or changes hands there.
read_theirs() {
	local f=$T/theirs/a.mld before
	before=$(stat -c '%n %u' "$T/theirs"/*)
	run 0 --replay "$f" --batch
	[ "$(table_rows "$T/out" | wc -l)" -ge 5 ] || fail "$1: rows: $(cat "$T/out")"
	run 0 --analyze "$f"
	run 0 --diff "$T/ours.mld" "$f"
	dashboard 100x30 --replay "$f"
	wait_screen 'at the end'
	keys q
	wait_left
	equal "status of a dashboard, $1" 0 "$LEFT_STATUS"
	equal "files, $1" "$before" "$(stat -c '%n %u' "$T/theirs"/*)"
}

# samples_in FILE COUNT: the recording has so many at least; asked as its owner would.
samples_in() {
	[ "$($as_nobody sqlite3 "file:$1?mode=ro" "SELECT count(*) FROM sample" 2>/dev/null || echo 0)" -ge "$2" ]
}

# Read while its owner records, and as one who was killed left it: of root's rights reading is all that is kept.
their_recording() {
	need_root
	"$PROGRAM" --version | grep -q '^recordings: yes' || skip "built without SQLite"
	stranger
	local pid f=$T/theirs/a.mld
	run 0 "$TARGET_PID" -i 0.2 -d 1 --record "$T/ours.mld"
	cp "$PROGRAM" "$T/program"
	$as_nobody "$T/program" "$TARGET_PID" -i 0.1 --record "$f" >/dev/null 2>&1 </dev/null &
	pid=$!
	need sqlite3
	wait_until 30 samples_in "$f" 8
	equal "files" "a.mld a.mld-shm a.mld-wal" "$(ls "$T/theirs" | paste -sd ' ')"
	read_theirs "while it is written"
	kill -KILL $pid
	wait $pid || true
	read_theirs "after its writer was killed"
	# Copied without its -shm it takes a place to write; that is said, and nothing is made there.
	rm "$f-shm"
	for option in --replay --analyze; do
		run 2 $option "$f"
		found 'beside its -wal file; copy both to a directory of your own' "$T/err"
	done
	equal "files" "a.mld a.mld-wal" "$(ls "$T/theirs" | paste -sd ' ')"
	mkdir "$T/own"
	cp "$f" "$f-wal" "$T/own"
	run 0 --replay "$T/own/a.mld" --batch
	[ "$(table_rows "$T/out" | wc -l)" -ge 5 ] || fail "rows of the copy: $(cat "$T/out")"
}

# In a dashboard nobody could know before: a file lies elsewhere, and where one insists it says why not.
keys_elsewhere() {
	need_root
	stranger
	mkdir "$T/state"
	local bin
	bin=$(realpath "$PROGRAM")
	terminal 120x40 sh -c "cd '$T/theirs' && LC_ALL=C.UTF-8 XDG_STATE_HOME='$T/state' exec '$bin' $TARGET_PID -i 0.2"
	wait_screen 'RSS'
	keys e
	wait_screen "$(basename "$T")/state/memleak-$TARGET_PID-"
	keys Enter
	wait_screen 'wrote '
	equal "exports" 1 "$(ls "$T/state" | wc -l)"
	keys e
	keys C-u
	type_line "$T/theirs/x.json"
	wait_screen 'root gave up'
	keys R
	keys C-u
	type_line "$T/theirs/x.mld"
	wait_screen 'x.mld: permission denied; root gave up|permission denied; root'
	equal "files there" "" "$(ls -A "$T/theirs")"
	keys q
	wait_left
}

no_sites() {
	start_target leak
	refused 2 '^memleak-detective: --sites together with --no-sites' "$TARGET_PID" -d 1 --sites 5 --no-sites
	dashboard 100x30 "$TARGET_PID" -i 0.2 --no-sites
	keys 6
	wait_screen 'left out by --no-sites'
	not_on_screen 'x tries again'
	keys x
	wait_screen 'call sites are left out by --no-sites'
	keys q
	wait_left
	equal "status" 0 "$LEFT_STATUS"
	equal "events of it" 0 "$(scrollback | grep -c 'tracing of' || true)"
}

# Somebody who has none loses none, and is not in the way of a watch of their own.
without_rights() {
	need_root
	stranger
	cp "$PROGRAM" "$T/program"
	$as_nobody "$T/program" "$TARGET_PID" -i 0.2 -d 20 --heap >"$T/out" 2>"$T/err" </dev/null &
	local pid=$!
	wait_until 20 rows 3
	equal "rights" 0000000000000000 "$(rights $pid CapPrm CapEff)"
	equal "no_new_privs" 1 "$(rights $pid NoNewPrivs)"
	kill -INT $pid
	wait $pid || fail "status $?: $(cat "$T/err")"
	absent '[Rr]educed mode' "$T/out"
}

# Root of a namespace of its own, that is nobody outside, and a user with two rights from elsewhere: only what is there.
other_roots() {
	need_root
	need setpriv unshare
	stranger
	cp "$PROGRAM" "$T/program"
	$as_nobody --inh-caps=-all,+sys_ptrace,+net_raw --ambient-caps=-all,+sys_ptrace,+net_raw \
		"$T/program" "$TARGET_PID" -i 0.2 -d 20 >"$T/out" 2>"$T/err" </dev/null &
	local pid=$!
	wait_until 20 rows 2
	equal "rights" 0000000000080000 "$(rights $pid CapPrm CapEff)"
	equal "rights that could be handed on" 0000000000000000 "$(rights $pid CapInh CapAmb)"
	kill -INT $pid
	wait $pid
	$as_nobody unshare -Ur true 2>/dev/null || skip "no namespaces of users here"
	$as_nobody unshare -Ur "$T/program" --demo -b -i 0.2 -d 1 >"$T/out" 2>"$T/err" </dev/null
	equal "rows" 6 "$(table_rows "$T/out" | wc -l)"
}

# Root of a container that took its rights away: told which are lacking, never to become what it is.
root_that_lacks() {
	need_root
	need setpriv
	start_target leak
	setpriv --bounding-set=-all --inh-caps=-all "$PROGRAM" "$TARGET_PID" -d 2 --sites 2 >"$T/out" 2>"$T/err" </dev/null
	found 'educed mode: .*this root lacks CAP_SYS_PTRACE' "$T/out"
	absent 'sudo|[Rr]un (this )?as (root|its user)' "$T/out"
	if "$PROGRAM" --version | grep -q '^call sites: .*growth'; then
		found 'sites: .*this root lacks CAP_SYS_ADMIN, CAP_SYS_PTRACE.*--cap-add DAC_READ_SEARCH, or run outside$' "$T/out"
	fi
}

check "each thread in batch" in_batch
check "recorder and metrics, --no-sites" recorder_and_metrics
check "each thread of the dashboard" in_dashboard
check "COMMAND has all that we had" command_has_all
check "COMMAND waits for the files" command_waits
check "--kill of another user" kill_another_user
check "the reader of symbols has none" reader_has_none
check "processes of others are seen whole" stranger_is_seen
check "files in a directory of others" their_directory
check "a recording of others is read, and left as it is" their_recording
check "keys in a directory of others" keys_elsewhere
check "--no-sites in the dashboard" no_sites
check "a user without rights" without_rights
check "other roots" other_roots
check "a root that lacks rights" root_that_lacks
finish
