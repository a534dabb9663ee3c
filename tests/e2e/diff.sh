#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Two moments compared: marks in the dashboard, --diff on what it exported, and what --diff refuses.
. "$(dirname "$0")/lib.sh"

# export_to FILE: key e, and that name.
export_to() {
	keys e
	wait_screen 'Export to'
	keys C-u
	type_line "$1"
	wait_screen "wrote .*$(basename "$1")"
}

# later_by SECONDS: the clock of the dashboard is so much further. Rates need time to pass, not a pause.
seen_for() {
	[ "$((SECONDS - $1))" -ge "$2" ]
}

# 4 mappings of 592 KiB a second for about ten seconds.
pool_is_named() {
	start_target pool-leak 592 4
	dashboard 100x30 "$TARGET_PID" -i 0.5
	wait_screen 'smaps .* every'
	local begin=$SECONDS
	keys m
	wait_screen 'A is marked'
	export_to "$T/a.json"
	export_to "$T/a.csv"
	wait_until 60 seen_for "$begin" 10
	keys m
	wait_screen 'B is marked'
	export_to "$T/b.json"
	export_to "$T/b.csv"

	keys d
	wait_screen 'more mappings of 592 kB'
	wait_screen 'Mappings of one size'
	screen >"$T/page"
	found '592 kB anon rw-p +[0-9]+ +[0-9]+ +\+[0-9]+' "$T/page"
	rate_is_true "$(awk '/592 kB anon rw-p/ && !/more/ { print $8 }' "$T/page" | head -n 1)"
	keys Escape
	wait_screen 'leak|confidence'

	run 0 --diff "$T/a.csv" "$T/b.csv"
	found 'more mappings of 592 kB' "$T/out"
	found 'no rates' "$T/out"
	keys q
	wait_left
	equal "status" 0 "$LEFT_STATUS"
	json_or_skip
	run 0 --diff "$T/a.json" "$T/b.json"
	found 'most of it in [0-9]+ more mappings of 592 kB \(anon, rw-p\)' "$T/out"
	rate_is_true "$(awk '/^  592 kB anon rw-p/ { print $8 }' "$T/out")"
	no_controls "$T/out"
}

# The target makes at most 240 a minute, and touching them takes time: what matters is that it is this rate.
rate_is_true() {
	local n=${1#+}
	n=${n//,/}
	[ "${n%.*}" -ge 60 ] && [ "${n%.*}" -le 260 ] || fail "rate '$1' is not that of 4 a second"
}

json_or_skip() {
	"$PROGRAM" --version | grep -q '^json: yes' || skip "built without JSON: compared as CSV alone"
}

# a_and_b: exports of a process that leaks, a second or more apart.
a_and_b() {
	start_target leak 1048576 1024
	dashboard 100x30 "$TARGET_PID" -i 0.5
	wait_screen 'smaps .* every'
	export_to "$T/a.json"
	local begin=$SECONDS
	wait_until 60 seen_for "$begin" 4
	export_to "$T/b.json"
}

order_does_not_matter() {
	need_json
	a_and_b
	run 0 --diff "$T/a.json" "$T/b.json" --json
	mv "$T/out" "$T/forth"
	run 0 --diff "$T/b.json" "$T/a.json" --json
	equal "forth is swapped" false "$(jq .swapped "$T/forth")"
	equal "back is swapped" true "$(jq .swapped "$T/out")"
	equal "all else" "$(jq 'del(.swapped)' "$T/forth")" "$(jq 'del(.swapped)' "$T/out")"
	equal "one process" true "$(jq .one_process "$T/out")"
	equal "RSS grew" true "$(jq '.figures.rss.change > 1000000' "$T/out")"
	run 0 --diff "$T/b.json" "$T/a.json"
	found 'a.json is the earlier one' "$T/out"
	found '^RSS grew by' "$T/out"
}

# The sums of the object are those of the exports.
json_agrees_with_the_exports() {
	need_json
	a_and_b
	run 0 --diff "$T/a.json" "$T/b.json" --json
	local a b
	a=$(jq '.last.rss' "$T/a.json")
	b=$(jq '.last.rss' "$T/b.json")
	equal "RSS of A" "$a" "$(jq .figures.rss.a "$T/out")"
	equal "change" "$((b - a))" "$(jq .figures.rss.change "$T/out")"
	equal "regions" "$(jq '[.snapshot.regions[] | select(.kind == "heap") | .rss] | add' "$T/b.json")" \
		"$(jq '.kinds[] | select(.kind == "heap") | .held.b' "$T/out")"
}

frozen_moments_are_marked() {
	start_target pool-leak 592 4
	dashboard 80x24 "$TARGET_PID" -i 0.5
	wait_screen 'smaps .* every'
	local begin=$SECONDS
	wait_until 60 seen_for "$begin" 6
	keys Space
	wait_screen 'frozen at'
	keys m
	wait_screen 'A is marked'
	keys Left Left Left Left Left Left
	wait_until 20 marks_b_before
	keys d
	wait_screen 'more mappings of'
	keys Escape
	wait_screen 'frozen at'
	# A third mark begins anew.
	keys m
	wait_screen 'A is marked'
}

# The step back has arrived when B is not A itself.
marks_b_before() {
	keys m
	on_screen 'B is marked.*before'
}

refusals() {
	printf 'hello\n' >"$T/hello"
	printf 'time_s,rss_kb\n0,1\n1,2\n' >"$T/samples.csv"
	printf '{"tool": "memleak-detective", "schema": 1}\n' >"$T/report.json"
	printf '{"tool": "memleak-' >"$T/cut.json"
	printf 'id,kind,label,start,end,perms,offset,dev,inode,mappings,size_kb,rss_kb\n' >"$T/a.csv"
	cp "$T/a.csv" "$T/b.csv"
	refused 2 'give the second one' --diff "$T/a.csv"
	refused 2 'one file' --diff "$T/a.csv" "$T/a.csv"
	refused 2 'no such file' --diff "$T/none" "$T/a.csv"
	refused 2 'neither a recording nor' --diff "$T/a.csv" "$T/hello"
	refused 2 '--analyze' --diff "$T/samples.csv" "$T/a.csv"
	refused 2 'is a directory' --diff "$T" "$T/a.csv"
	refused 2 'leave out' --diff "$T/a.csv" "$T/b.csv" --csv -
	refused 2 'together with' --diff "$T/a.csv" "$T/b.csv" 1
	if "$PROGRAM" --version | grep -q '^json: yes'; then
		refused 2 'without the snapshot' --diff "$T/report.json" "$T/a.csv"
		refused 2 'damaged' --diff "$T/cut.json" "$T/a.csv"
	else
		refused 2 'without jansson' --diff "$T/report.json" "$T/a.csv"
	fi
}

two_programs_are_no_pair() {
	need_json
	start_target leak 1048576 1024
	dashboard 100x30 "$TARGET_PID" -i 0.5
	wait_screen 'smaps .* every'
	export_to "$T/a.json"
	keys q
	wait_left
	tm kill-server
	start_target idle
	dashboard 100x30 "$TARGET_PID" -i 0.5
	wait_screen 'smaps .* every'
	export_to "$T/b.json"
	refused 2 'is of leak and .* of idle' --diff "$T/a.json" "$T/b.json"
}

check "a pool that grows is named, with its rate, by m m d and by --diff" pool_is_named
check "the order of the files does not matter" order_does_not_matter
check "--diff --json agrees with what was exported" json_agrees_with_the_exports
check "marks work frozen and stepped back" frozen_moments_are_marked
check "what cannot be compared is refused in one line" refusals
check "two programs are no pair" two_programs_are_no_pair
finish
