#!/bin/sh
# SPDX-License-Identifier: MIT
# coverage.sh BUILD [BEFORE]: lines reached since the last measure began, by room; fails when a room is below its aim.
# BEFORE: the table of the unit tests alone, for a column of its own. V=1 by file, MISSED=ROOM the lines themselves.
# No line is left out; files that no test links count as not reached.
aims='base 95 proc 95 model 95 detect 95 source 95 report 95 tui 85 heap 85 sites 85'

find "$1/src" -name '*.gcno' -print0 | xargs -0 gcov -t 2>/dev/null |
	awk -F: -v aims="$aims" -v before="$2" -v verbose="$V" -v missed="$MISSED" '
	function file_end() {
		if (verbose && file)
			printf "  %-40s %5d lines %6.1f %%\n", file, file_lines, file_lines ? 100 * file_hit / file_lines : 100
		file = ""
	}
	function percent(hit, lines) {
		return lines ? 100 * hit / lines : 0
	}
	function row(room, lines, hit,    short) {
		short = room in aim && percent(hit, lines) < aim[room]
		wrong += short
		printf "%-10s %6d lines", room, lines
		if (before)
			printf " %6.1f %% (units)", units[room]
		printf " %6.1f %%", percent(hit, lines)
		if (room in aim)
			printf "   aim %d %%%s", aim[room], short ? ": missed" : ""
		print ""
	}
	BEGIN {
		n = split(aims, word, " ")
		for (i = 1; i < n; i += 2)
			aim[word[i]] = word[i + 1]
		while (before && (getline line <before) > 0) {
			split(line, word, " ")
			units[word[1]] = word[4]
		}
	}
	$3 == "Source" {
		file_end()
		if ($4 ~ /^src\/[a-z]+\/[^\/]*\.c$/ && !($4 in seen))
			file = $4
		seen[$4]
		split(file, dir, "/")
		room = dir[2]
		file_lines = file_hit = 0
	}
	file == "" || $2 + 0 == 0 || $1 ~ /-$/ { next }
	{
		lines[room]++
		file_lines++
		if ($1 !~ /[#=]$/) {
			hit[room]++
			file_hit++
		} else if (missed == room) {
			text = $0
			sub(/^[^:]*: */, "", text)
			print file ":" text
		}
	}
	END {
		file_end()
		for (room in lines) {
			all += lines[room]
			all_hit += hit[room]
		}
		n = split("base proc model symbols source heap sites store detect report tui app", rooms, " ")
		for (i = 1; i <= n; i++)
			row(rooms[i], lines[rooms[i]], hit[rooms[i]])
		row("all", all, all_hit)
		exit wrong > 0
	}'
