#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Which code grows: named by allocation sites and by growth stacks; who may trace; what is left when the tool is killed.

# Probes that share their processor with many others cost more than they would.
E2E_JOBS=${E2E_JOBS:-3}

. "$(dirname "$0")/lib.sh"

# need_sites: tracing was built in, as a word of what it was built with.
need_sites() {
	"$PROGRAM" --version | grep -Eq "^call sites: .*$1" || skip "built without $1: $("$PROGRAM" --version | grep 'call sites')"
}

# need_probes: the kernel lets us set them, and choose in it by BPF.
need_probes() {
	need_root
	need_sites BPF
	[ -e /sys/bus/event_source/devices/uprobe/type ] || skip "this kernel has no uprobes for perf events"
}

# site JQ: of the report $T/out.
site() {
	jq -r "$1" "$T/out"
}

leaker_is_named() {
	need_probes
	need_json
	start_target site-leak "$1"
	run 0 "$TARGET_PID" --sites 8 -d 10 --json
	equal "the site that grows most" leaker "$(site '.sites[0].function')"
	equal "its file" site-leak.c "$(site '.sites[0].file | sub(".*/"; "")')"
	# 2,500 of them a second.
	[ "$(jq --argjson size "$1" '.sites[0].growth_bytes_per_s > 1250 * $size' "$T/out")" = true ] ||
		fail "$(site '.sites[0]')"
	# Asked for and announced, where nothing else may be said.
	found '^memleak-detective: Note: sites: probes .* for 8 s: about [0-9.]+ % slower.*at most 5 %' "$T/err"
	equal "notes" 1 "$(wc -l <"$T/err")"
}

table_and_diagnosis() {
	need_probes
	start_target site-leak 1000 8000
	run 0 "$TARGET_PID" --sites 6 -d 8 --max-slowdown 20
	equal "rows" 9 "$(table_rows "$T/out" | wc -l)"
	equal "notes" 1 "$(grep -c '^Note: sites: probes on the functions that allocate, for 6 s: .*at most 20 %' "$T/out")"
	found 'leaker' "$T/out"
	absent '^Warning: sites' "$T/out"
	# The price is told before the first row that pays it.
	[ "$(grep -n '^Note: sites' "$T/out" | cut -d: -f1)" -lt "$(grep -n '^00:02 ' "$T/out" | cut -d: -f1)" ]
}

# What it finds to its end is in the report, also where the watch ends first.
watch_ends_first() {
	need_probes
	need_json
	start_target site-leak 1000 8000
	run 0 "$TARGET_PID" --sites 10m -d 7 --json
	equal "the site that grows most" leaker "$(site '.sites[0].function')"
	alive "$TARGET_PID"
}

# nobody COMMAND...: as a user who may do nothing.
nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

# A process of its own: one warning that says what would help, and who grew resident memory.
not_permitted() {
	need_root
	need setpriv
	need_sites growth
	need_json
	[ "$(cat /proc/sys/kernel/perf_event_paranoid)" -le 2 ] || skip "perf_event_paranoid is above 2"
	chmod 755 "$T" "$WORK"
	install -m 755 "$PROGRAM" "$T/memleak-detective"
	install -m 755 "$TARGETS/site-leak" "$T/site-leak"
	nobody "$T/site-leak" 8000 2000 >"$T/ready" &
	wait_until 20 grep -q '^ready' "$T/ready"
	TARGET_PID=$(sed -n 's/^ready //p' "$T/ready")
	nobody timeout 60 "$T/memleak-detective" "$TARGET_PID" --sites 8 -d 10 --json >"$T/out" 2>"$T/err" </dev/null
	equal "lines on stderr" 0 "$(wc -l <"$T/err")"
	equal "warnings of sites" 1 "$(site '[.warnings[] | select(startswith("sites: "))] | length')"
	site '.warnings[]' >"$T/warnings"
	found '^sites: .*(root|sudo|CAP_)' "$T/warnings"
	found 'leaker' "$T/out"
	kill "$TARGET_PID"
}

# code_mapping PID: begin, pages and file offset in pages of the code of its libc.
code_mapping() {
	awk '$2 ~ /x/ && /\/libc[.-]/ { split($1, a, "-"); print a[1], a[2], $3, $6; exit }' "/proc/$1/maps"
}

# code_is_whole PID: the code of its libc is what stands in the file, byte by byte.
code_is_whole() {
	local from to offset file pages
	read -r from to offset file <<<"$(code_mapping "$1")"
	pages=$(((0x$to - 0x$from) / 4096))
	cmp -s <(dd if="/proc/$1/mem" bs=4096 skip=$((0x$from / 4096)) count=$pages 2>/dev/null) \
		<(dd if="$file" bs=4096 skip=$((0x$offset / 4096)) count=$pages 2>/dev/null)
}

code_is_probed() {
	! code_is_whole "$1"
}

# Nothing of ours stays behind, and it works on.
killed() {
	need_probes
	local tool before
	start_target site-leak 1000 8000
	code_is_whole "$TARGET_PID" || fail "its code is changed before anybody came"
	"$PROGRAM" "$TARGET_PID" --sites 60 --max-slowdown 100 >"$T/out" 2>"$T/err" </dev/null &
	tool=$!
	wait_until 20 grep -q '^Note: sites' "$T/out"
	wait_until 20 code_is_probed "$TARGET_PID"
	kill -KILL $tool
	wait_until 10 code_is_whole "$TARGET_PID"
	alive "$TARGET_PID" || fail "the target did not survive"
	before=$(awk '/^VmRSS/ { print $2 }' "/proc/$TARGET_PID/status")
	grew() { [ "$(awk '/^VmRSS/ { print $2 }' "/proc/$TARGET_PID/status")" -gt $((before + 1024)) ]; }
	wait_until 20 grew
	# No child of ours is left that would name its functions, and no probe with a name.
	absent 'memleak' <(cat /sys/kernel/tracing/uprobe_events 2>/dev/null)
}

another_program() {
	need_probes
	need_json
	start_target exec "$TARGETS/site-leak" 1000 8000
	(sleep 3 && kill -USR1 "$TARGET_PID") &
	run 0 "$TARGET_PID" --sites 11 -d 12 -i 0.5 --json
	equal "notes" 2 "$(grep -c 'Note: sites: ' "$T/err")"
	equal "the site that grows most" leaker "$(site '.sites[0].function')"
	equal "warnings of sites" 0 "$(site '[.warnings[] | select(startswith("sites: "))] | length')"
}

the_end_amid() {
	need_probes
	need_json
	start_target site-leak 1000 8000
	(sleep 6 && kill -KILL "$TARGET_PID") &
	run 0 "$TARGET_PID" --sites 30 -d 30 --json
	equal "end" target-exit "$(site .ended)"
	equal "the site that grows most" leaker "$(site '.sites[0].function')"
}

# How a command ends is told, though other children come and go.
of_a_command() {
	need_probes
	run 0 --sites 3 -d 6 -- sh -c 'sleep 4; exit 3'
	found 'ended with exit status 3' "$T/out"
}

# Pids of another /proc are nobody here.
another_procfs() {
	mkdir -p "$T/proc/77"
	cp -r "/proc/self/status" "/proc/self/stat" "/proc/self/statm" "$T/proc/77/"
	run 0 --procfs "$T/proc" 77 --sites 3 -d 1
	equal "warnings" 2 "$(grep -c '^Warning: sites: nothing is traced under --procfs' "$T/out")"
}

contradictions() {
	: >"$T/a.csv"
	refused 2 'sites.*analyze' --sites 3 --analyze "$T/a.csv"
	refused 2 'sites.*replay' --sites 3 --replay "$T/a.mld"
	refused 2 'sites.*diff' --sites 3 --diff "$T/a.csv" "$T/a.csv"
	refused 2 'sites.*top' --sites 3 --top
	refused 2 'sites.*PID' --sites 3
}

# A build without the libraries says so in one line, and everything else works.
built_without() {
	"$PROGRAM" --version | grep -q '^call sites: no' || skip "built with call sites"
	start_target leak
	run 0 "$TARGET_PID" --sites 3 -d 2
	equal "warnings" 2 "$(grep -c '^Warning: sites: .*built without elfutils' "$T/out")"
	equal "rows" 3 "$(table_rows "$T/out" | wc -l)"
	equal "bytes on stderr" 0 "$(wc -c <"$T/err")"
}

check "a leak of 1,000 bytes amid churn is named" leaker_is_named 1000
check "a leak of 200 bytes amid churn is named" leaker_is_named 200
check "the table, a note of the price, the diagnosis" table_and_diagnosis
check "the watch ends before the tracing" watch_ends_first
check "a user without rights: one warning, growth stacks" not_permitted
check "killed with SIGKILL it leaves nothing behind" killed
check "another program amid the tracing" another_program
check "the end amid the tracing" the_end_amid
check "a command and its exit status" of_a_command
check "another /proc" another_procfs
check "contradictions" contradictions
check "a build without tracing" built_without
finish
