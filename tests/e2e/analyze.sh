#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# --analyze of one and the same watch in every dress, and of what no program should have to read: the
# verdict does not change with the unit, the order or the noise of a file; what is wrong is said in one line.

. "$(dirname "$0")/lib.sh"

# course NAME: "seconds kilobytes" of a watch of four minutes.
course() {
	awk -v name="$1" 'BEGIN {
		srand(7)
		for (t = 0; t <= 240; t++) {
			y = 100000
			if (name == "leak") y += 1024 * t
			if (name == "slow") y += 24 * t
			if (name == "floor") y += 1024 * t + 1024 * (t % 8)
			if (name == "saw") y += 1024 * (t % 23)
			if (name == "step" && t >= 60) y += 51200
			if (name == "warm-up") y += 4 * int(10000 * (1 - exp(-t / 20)))
			if (name == "idle") y += 4 * int(3 * rand())
			print t, y
		}
	}'
}
courses="leak slow floor saw step warm-up idle"

# verdict_of FILE: what must not depend on how the file is written.
verdict_of() {
	run 0 --json --analyze "$1"
	equal "bytes on stderr" 0 "$(wc -c <"$T/err")"
	jq -c '[.verdict, .cause, .pattern, .confidence, .flagged_at_s, .growth_bytes_per_s]' "$T/out"
}

# plain NAME: the verdict on a course by seconds and kB, which stays in the file `course`.
plain() {
	course "$1" >"$T/course"
	awk 'BEGIN { print "time_s,anon_kb" } { print $1 "," $2 }' "$T/course" >"$T/in"
	verdict_of "$T/in"
}

units() {
	need_json
	local name expected
	for name in $courses; do
		expected=$(plain $name)
		awk 'BEGIN { print "time_s,anon_bytes" } { printf "%d,%.0f\n", $1, $2 * 1024 }' "$T/course" >"$T/in"
		equal "$name in bytes" "$expected" "$(verdict_of "$T/in")"
		awk 'BEGIN { print "time_s,anon_mb" } { printf "%d,%.10f\n", $1, $2 / 1024 }' "$T/course" >"$T/in"
		equal "$name in MB" "$expected" "$(verdict_of "$T/in")"
		awk 'BEGIN { print "time_s;anon_gb" } { printf "%d;%.14f\n", $1, $2 / 1048576 }' "$T/course" >"$T/in"
		equal "$name in GB" "$expected" "$(verdict_of "$T/in")"
	done
	equal "a leak is one" '"leak"' "$(plain leak | jq -c '.[0]')"
}

times() {
	need_json
	local name expected
	for name in $courses; do
		expected=$(plain $name)
		awk 'BEGIN { print "timestamp,anon_kb" } { printf "%d,%d\n", 1700000000 + $1, $2 }' "$T/course" >"$T/in"
		equal "$name since 1970" "$expected" "$(verdict_of "$T/in")"
		awk 'BEGIN { print "date,anon_kb" } {
			s = 86280 + $1 # over midnight
			printf "2026-11-%dT%02d:%02d:%02dZ,%d\n", 20 + s / 86400, s / 3600 % 24, s / 60 % 60, s % 60, $2
		}' "$T/course" >"$T/in"
		equal "$name by dates" "$expected" "$(verdict_of "$T/in")"
	done
}

# Everything a spreadsheet, an editor of Windows or a second run of a script makes of it.
dresses() {
	need_json
	local name expected
	for name in $courses; do
		course $name | awk 'BEGIN { print "time_s,anon_kb" } { print $1 "," $2 }' >"$T/plain"
		expected=$(verdict_of "$T/plain")
		sed 's/$/\r/' "$T/plain" >"$T/in"
		equal "$name with carriage returns" "$expected" "$(verdict_of "$T/in")"
		{ printf '\xef\xbb\xbf' && cat "$T/plain"; } >"$T/in"
		equal "$name with a byte order mark" "$expected" "$(verdict_of "$T/in")"
		sed 's/\([^,]*\),\(.*\)/"\1","\2"/' "$T/plain" >"$T/in"
		equal "$name in quotes" "$expected" "$(verdict_of "$T/in")"
		sed 's/,/  ;\t/' "$T/plain" >"$T/in"
		equal "$name with semicolons and blanks" "$expected" "$(verdict_of "$T/in")"
		tr , '\t' <"$T/plain" >"$T/in"
		equal "$name with tabs" "$expected" "$(verdict_of "$T/in")"
		awk -F, -v OFS=, 'NR == 1 { print "host", "anon_kb", "note, or none", "time_s" ; next }
			{ print "\"a \"\"b\"\", c\"", $2, "", $1 }' "$T/plain" | sed '1s/note, or none/"note, or none"/' >"$T/in"
		equal "$name among unknown columns" "$expected" "$(verdict_of "$T/in")"
		sed '1!s/^/\n# a remark\n/' "$T/plain" >"$T/in"
		equal "$name with blank lines and remarks" "$expected" "$(verdict_of "$T/in")"
		sed '1!p' "$T/plain" >"$T/in"
		equal "$name with every row twice" "$expected" "$(verdict_of "$T/in")"
		{ cat "$T/plain" && printf '241,99999'; } >"$T/in"
		equal "$name with a last line cut off" "$expected" "$(verdict_of "$T/in")"
		sed '/^[0-9]*5,/!s/$/,7/; 1s/,7$/,swap_gb/' "$T/plain" >"$T/in"
		run 0 --json --analyze "$T/in"
		equal "$name with cells that are missing: samples" 241 "$(jq .samples "$T/out")"
	done
}

# Unknown cells are no zeros, wherever they stand.
unknown_cells() {
	need_json
	local word
	course leak | awk 'BEGIN { print "time_s,anon_kb" } { print $1 "," $2 }' >"$T/plain"
	for word in '' - -- nan NaN null none N/A; do
		awk -F, -v word="$word" 'NR > 1 && NR % 3 == 0 { print $1 "," word; next } 1' "$T/plain" >"$T/in"
		run 0 --json --analyze "$T/in"
		equal "'$word': verdict" leak "$(jq -r .verdict "$T/out")"
		equal "'$word': the rate of 1 MB/s" true "$(jq '.growth_bytes_per_s / 1048576 - 1 | fabs < 0.02' "$T/out")"
	done
}

# A figure with a comma, without quotes, is two cells: nobody can know, but it is said.
figures_with_commas() {
	need_json
	course leak | awk 'BEGIN { print "time_s,anon_kb" } { printf "%d,%d,%03d\n", $1, $2 / 1000, $2 % 1000 }' >"$T/in"
	run 0 --json --analyze "$T/in"
	equal "what is said of it" true "$(jq '.warnings | any(test("^241 rows have more cells than the header"))' "$T/out")"
	course leak | awk 'BEGIN { print "time_s,anon_kb," } { print $1 "," $2 "," }' >"$T/in"
	run 0 --json --analyze "$T/in"
	equal "what is said of empty ones" '[]' "$(jq -c .warnings "$T/out")"
}

# wrong REGEX: $T/in is refused in one line that names it and matches.
wrong() {
	refused 2 "$1" --analyze "$T/in"
	found "$T/in" "$T/err"
}

# row CELLS REGEX: a file whose sixth line is CELLS.
row() {
	course leak | awk 'BEGIN { print "time_s,anon_kb" } { print $1 "," $2 }' | sed "6s/.*/$1/" >"$T/in"
	wrong ":6: .*$2"
}

no_figures() {
	local cell
	for cell in inf -inf Infinity 1e400 0x10 1e 12kB '1 2' 1.2.3 ++1 "''"; do
		row "4,$cell" 'is no number'
	done
	row '4,-1' 'below 0'
	row '4,9e18' 'more than there is'
	for cell in nan inf 1e30 soon 12:99:99 ''; do
		row "$cell,5" 'is no time'
	done
	row '4,"1' 'quote'
	row '2,5' 'backwards'
	course leak | awk 'BEGIN { print "time_s;anon_kb" } { print $1 ";" $2 ",5" }' >"$T/in"
	wrong ':2: .*is no number'
}

no_text() {
	course leak | awk 'BEGIN { print "time_s,anon_kb" } { print $1 "," $2 }' >"$T/plain"
	sed '6s/,/,\x00/' "$T/plain" >"$T/in"
	wrong 'binary'
	{ printf '\0' && cat "$T/plain"; } >"$T/in"
	wrong 'binary'
	sed 's/./&\x00/g' "$T/plain" >"$T/in" # as UTF-16 looks
	wrong 'binary'
	tr '\n' '\r' <"$T/plain" >"$T/in"
	wrong ':1:'
	tr , '|' <"$T/plain" >"$T/in"
	wrong ':1: .*header'
}

# A line longer than any row should be: first, in the middle and last; and one a million bytes long.
long_lines() {
	local at
	for at in 2 3 100 241; do
		{
			course leak | awk 'BEGIN { print "time_s,anon_kb" } { print $1 "," $2 }' | head -n $((at - 1))
			head -c 1000000 /dev/zero | tr '\0' 7
			printf '\n999,1\n'
		} >"$T/in"
		wrong ":$at: .*longer than 64 KiB"
	done
	{ head -c 1000000 /dev/zero | tr '\0' x && echo && course leak; } >"$T/in"
	wrong ':1:'
}

headers() {
	printf 'time_s,anon_kb' >"$T/in"
	wrong 'no row'
	printf 'time_s,anon_kb\n\n# none\n\n' >"$T/in"
	wrong 'no row'
	printf '\xef\xbb\xbf' >"$T/in"
	wrong 'empty'
	printf '\n\n' >"$T/in"
	wrong 'empty'
	printf 'time_s,anon_kb,anon_kb\n0,1,2\n1,2,3\n' >"$T/in"
	wrong ':1: .*two columns'
	printf 'time_s,anon_kb,anon_mb\n0,1,2\n1,2,3\n' >"$T/in"
	wrong ':1: .*two columns'
	printf 'time_s,colour,shape\n0,1,2\n1,2,3\n' >"$T/in"
	wrong ':1: .*memory'
	printf 'colour,anon_kb\n0,1\n1,2\n' >"$T/in"
	wrong ':1: .*header'
}

# Names in a file are no orders to the terminal.
hostile_names() {
	printf 'time_s,\033]0;owned\007\xe2\x80\xae\n0,1\n1,2\n' >"$T/in"
	run 0 --analyze "$T/in"
	no_controls "$T/out"
	no_controls "$T/err"
	printf 'time_s,anon_kb\n0,1\n1,\033[2Jmany\n' >"$T/in"
	refused 2 ':3:' --analyze "$T/in"
	no_controls "$T/err"
}

# The same file, a pipe, and a file under a name of dashes.
ways_in() {
	course leak | awk 'BEGIN { print "time_s,anon_kb" } { print $1 "," $2 }' >"$T/in"
	run 0 --analyze "$T/in"
	cp "$T/out" "$T/expected"
	(cd "$T" && cp in ./--json)
	run 0 --analyze="$T/--json"
	cmp "$T/expected" "$T/out"
	"$PROGRAM" --analyze - <"$T/in" >"$T/piped"
	cmp "$T/expected" "$T/piped"
	tee /dev/null <"$T/in" | "$PROGRAM" --analyze - >"$T/piped"
	cmp "$T/expected" "$T/piped"
}

check "a watch in kB, bytes, MB and GB: one verdict" units
check "a watch by seconds, epoch and dates: one verdict" times
check "a watch in every dress of a CSV: one verdict" dresses
check "cells that are unknown are no zeros" unknown_cells
check "figures with commas in them are told" figures_with_commas
check "cells that are no figures are named with their line" no_figures
check "files that are no text" no_text
check "lines of a million bytes" long_lines
check "headers without rows, twice the same, of nothing" headers
check "names that would be orders to a terminal" hostile_names
check "a file, a pipe, a name that looks like an option" ways_in
finish
