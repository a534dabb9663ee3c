#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Which code grows: named by allocation sites and by growth stacks; who may trace; what is left when the tool is killed.

# Probes that share their processor with many others cost more than they would.
E2E_JOBS=${E2E_JOBS:-2}

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

# watch ARGUMENT...: the program beside us, until `leave`. Notes stand in $T/out, with --json in $T/err.
watch() {
	"$PROGRAM" "$@" >"$T/out" 2>"$T/err" </dev/null &
	TOOL=$!
}

noted() {
	grep -Eqh -- "Note: sites: $1" "$T/out" "$T/err"
}

leave() {
	kill -TERM $TOOL 2>/dev/null || true
	wait $TOOL || fail "status $? of the watch: $(cat "$T/err")"
}

# traced ARGUMENT...: watches until the tracing has ended, however long its begin takes here.
traced() {
	watch "$@"
	wait_until 60 noted 'tracing of .* ended'
	leave
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

# begun: its price was told, and then probes were set.
begun() {
	wait_until 60 noted probes
	wait_until 60 code_is_probed "$TARGET_PID"
}

# That much may be lost for the sake of the test: so the figures are those of every moment, not of bursts.
dear=(--max-slowdown 100)

leaker_is_first() {
	[ "$(site '.sites[0].function')" = leaker ] ||
		fail "not the leaker: $(jq -c '.sites[:2][] // "nothing"' "$T/out")"$'\n'"$(jq -c .sites_trace "$T/out")"
}

leaker_is_named() {
	need_probes
	need_json
	start_target site-leak "$1"
	traced "$TARGET_PID" --sites 5 --json "${dear[@]}"
	leaker_is_first
	equal "its file" site-leak.c "$(site '.sites[0].file | sub(".*/"; "")')"
	[ "$(site '.sites[0].share > 0.8')" = true ] || fail "$(site '.sites[0]')"
	# Asked for and announced, where nothing else may be said.
	found '^memleak-detective: Note: sites: probes .* for 5 s: about [0-9.]+ % slower.*at most 100 %' "$T/err"
	found '^memleak-detective: Note: sites: tracing of allocations ended: it cost (at least )?[0-9.]+ %' "$T/err"
	equal "notes" 2 "$(wc -l <"$T/err")"
}

table_and_diagnosis() {
	need_probes
	start_target site-leak 1000 8000
	traced "$TARGET_PID" --sites 5 "${dear[@]}"
	equal "notes" 1 "$(grep -c '^Note: sites: probes on the functions that allocate, for 5 s: ' "$T/out")"
	found '% of what grows, .*: leaker, site-leak.c:' "$T/out"
	absent '^Warning: sites' "$T/out"
	equal "bytes on stderr" 0 "$(wc -c <"$T/err")"
}

# What it finds until then is in the report.
watch_ends_first() {
	need_probes
	need_json
	start_target site-leak 1000 8000
	watch "$TARGET_PID" --sites 10m --json "${dear[@]}"
	begun
	sleep 5
	leave
	leaker_is_first
	alive "$TARGET_PID"
}

# nobody COMMAND...: as a user who may do nothing.
nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

# target_of_nobody NAME [ARGUMENT]...: and the program for nobody, who gets growth stacks of it.
target_of_nobody() {
	need_root
	need setpriv
	need_sites growth
	need_json
	[ "$(cat /proc/sys/kernel/perf_event_paranoid)" -le 2 ] || skip "perf_event_paranoid is above 2"
	chmod 755 "$T" "$WORK"
	install -m 755 "$PROGRAM" "$T/memleak-detective"
	install -m 755 "$TARGETS/$1" "$T/$1"
	nobody "$T/$1" "${@:2}" >"$T/ready" &
	wait_until 20 grep -q '^ready' "$T/ready"
	TARGET_PID=$(sed -n 's/^ready //p' "$T/ready")
	PROGRAM=nobody_program
}

# A process of its own: one warning that says what would help, and who grew resident memory.
not_permitted() {
	target_of_nobody site-leak 8000 2000
	traced "$TARGET_PID" --sites 5 --json
	equal "warnings of sites" 1 "$(site '[.warnings[] | select(startswith("sites: "))] | length')"
	site '.warnings[]' >"$T/warnings"
	found '^sites: .*(root|sudo|CAP_)' "$T/warnings"
	site '.sites[].stack[]' >"$T/stacks"
	found '^leaker, ' "$T/stacks"
	kill "$TARGET_PID"
}

nobody_program() {
	exec setpriv --reuid 65534 --regid 65534 --clear-groups "$T/memleak-detective" "$@"
}

# All that grows is by threads of half a second each, born since.
born_meanwhile() {
	need_probes
	need_json
	start_target site-leak 1000 8000 1
	traced "$TARGET_PID" --sites 4 --json "${dear[@]}"
	leaker_is_first
	[ "$(site '.sites[0].share > 0.8')" = true ] || fail "$(site '.sites[0]')"
}

born_meanwhile_by_growth() {
	target_of_nobody site-leak 8000 2000 1
	traced "$TARGET_PID" --sites 4 --json
	equal "kind" growth "$(site .sites_trace.kind)"
	leaker_is_first
	kill "$TARGET_PID"
}

# only_of_parent: a child that leaks 250 times as fast is forked while it is traced, and nothing of it is seen.
only_of_parent() {
	kill -USR1 "$TARGET_PID"
	wait_until 60 noted 'tracing of .* ended'
	leave
	site '.sites[].stack[]' >"$T/stacks"
	found '^parent_leaker' "$T/stacks"
	absent 'child_leaker' "$T/stacks"
	equal "first" parent_leaker "$(site '.sites[0].function')"
	# 200 blocks of 2,000 bytes a second, where it is not kept from it.
	[ "$(site '[.sites[].growth_bytes_per_s] | add < 1000000')" = true ] || fail "$(site .sites)"
}

forked_meanwhile() {
	need_probes
	need_json
	start_target site-fork
	watch "$TARGET_PID" --sites 6 --json "${dear[@]}"
	begun
	only_of_parent
}

forked_meanwhile_by_growth() {
	target_of_nobody site-fork
	watch "$TARGET_PID" --sites 6 --json
	sleep 3
	only_of_parent
	kill "$TARGET_PID"
}

# steps_of PID FILE: what site-leak has done by now.
steps_of() {
	local count
	count=$(grep -c '^steps' "$2" || true)
	kill -USR1 "$1"
	more() { [ "$(grep -c '^steps' "$2")" -gt "$count" ]; }
	wait_until 20 more "$@"
	tail -n 1 "$2" | awk '{ print $2 }'
}

# pace PID FILE: steps in a second of its CPU time.
pace() {
	local steps ticks
	ticks=$(awk '{ print $14 + $15 }' "/proc/$1/stat")
	steps=$(steps_of "$@")
	sleep 1
	steps=$(($(steps_of "$@") - steps))
	ticks=$(($(awk '{ print $14 + $15 }' "/proc/$1/stat") - ticks))
	echo $((steps * 100 / (ticks + 1)))
}

# Whether tracefs is mounted or not.
uprobe_events() {
	unshare -m sh -c 'mount -t tracefs tracefs /sys/kernel/tracing && cat /sys/kernel/tracing/uprobe_events' 2>&1 || true
}

# Nothing of ours stays behind, and it works on as before.
killed() {
	need_probes
	local before events
	start_target site-leak 24 0
	events=$(uprobe_events)
	before=$(pace "$TARGET_PID" "$T"/target.*)
	code_is_whole "$TARGET_PID" || fail "its code is changed before anybody came"
	watch "$TARGET_PID" --sites 10m "${dear[@]}"
	begun
	kill -KILL $TOOL
	wait_until 10 code_is_whole "$TARGET_PID"
	alive "$TARGET_PID" || fail "the target did not survive"
	# A probe would make it several times as slow.
	at_its_pace() { [ "$(pace "$TARGET_PID" "$T"/target.*)" -gt $((before * 6 / 10)) ]; }
	wait_until 20 at_its_pace
	equal "probes in tracefs" "$events" "$(uprobe_events)"
}

another_program() {
	need_probes
	need_json
	start_target site-fork "$TARGETS/site-leak" 1000 8000
	watch "$TARGET_PID" --sites 20 -i 0.5 --json "${dear[@]}"
	begun
	sleep 4
	kill -USR2 "$TARGET_PID"
	twice() { [ "$(grep -c 'Note: sites: probes' "$T/err")" = 2 ]; }
	wait_until 60 twice
	begun
	sleep 5
	leave
	leaker_is_first
	site '.warnings[] | select(startswith("sites: "))' >"$T/warnings"
	equal "warnings of sites" 1 "$(wc -l <"$T/warnings")"
	found 'of site-fork, the program before: .* of what grew: parent_leaker, site-fork.c:' "$T/warnings"
}

the_end_amid() {
	need_probes
	need_json
	start_target site-leak 1000 8000
	watch "$TARGET_PID" --sites 10m --json "${dear[@]}"
	begun
	sleep 5
	kill -KILL "$TARGET_PID"
	wait $TOOL
	equal "end" target-exit "$(site .ended)"
	leaker_is_first
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
	absent 'Next:.*--sites' "$T/out"
}

# is_folded FILE: collapsed stacks as flamegraph.pl reads them, and as the man page says.
is_folded() {
	absent_but '^.+ [0-9]+$' "$1"
	absent '^[^ ]* .* |;;|^;|; | 0$' "$1"
	if type flamegraph.pl >/dev/null 2>&1; then
		flamegraph.pl --countname bytes "$1" >"$T/flame.svg"
		found 'leaker' "$T/flame.svg"
	fi
}

# absent_but PATTERN FILE: it has lines, and none that does not match.
absent_but() {
	[ -s "$2" ] || fail "$2 is empty"
	! grep -vE -- "$1" "$2" || fail "lines of $2 that are not $1"
}

few_program() {
	ulimit -n 16
	exec "$whole_program" "$@"
}

# Which limit it met, how large that is, what to do; not that memory is short.
few_descriptors() {
	local whole_program=$PROGRAM
	need_sites growth
	start_target idle 1
	PROGRAM=few_program watch "$TARGET_PID" -b --sites 5
	wait_until 60 grep -q '^Warning: sites' "$T/out"
	leave
	found '^Warning: sites: .* 16 .*`ulimit -n [0-9]+`' "$T/out"
	absent 'memory' <(grep '^Warning: sites' "$T/out")
}

# What --sites finds stands in view 6, goes into an export and into the report.
dashboard_option() {
	need_probes
	start_target site-leak 1000 8000
	dashboard 120x40 "$TARGET_PID" --sites 5 "${dear[@]}"
	keys 6
	wait_screen 'leaker +site-leak.c:' 60
	wait_screen 'traces again' 60
	keys e
	wait_screen 'memleak-[0-9]+-[0-9T]+Z' 5
	keys C-u
	type_line "$T/x.folded"
	wait_until 20 test -s "$T/x.folded"
	is_folded "$T/x.folded"
	found '(^|;)main;.*;handle_request;leaker[; ]' "$T/x.folded"
	keys q
	wait_left 5
	equal "status" 0 "$LEFT_STATUS"
	wait_scrollback 'of what grows, .*leaker, site-leak.c:'
}

check "a leak of 1,000 bytes amid churn is named" leaker_is_named 1000
check "a leak of 200 bytes amid churn is named" leaker_is_named 200
check "the table, a note of the price, the diagnosis" table_and_diagnosis
check "the watch ends before the tracing" watch_ends_first
check "a user without rights: one warning, growth stacks" not_permitted
check "threads born amid the tracing" born_meanwhile
check "threads born amid the tracing of growth" born_meanwhile_by_growth
check "a child forked amid the tracing" forked_meanwhile
check "a child forked amid the tracing of growth" forked_meanwhile_by_growth
check "killed with SIGKILL it leaves nothing behind" killed
check "another program amid the tracing" another_program
check "the end amid the tracing" the_end_amid
check "a command and its exit status" of_a_command
check "the dashboard begun with --sites" dashboard_option
check "another /proc" another_procfs
check "hardly a descriptor left" few_descriptors
check "contradictions" contradictions
check "a build without tracing" built_without
finish
