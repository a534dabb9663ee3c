#!/bin/sh
# SPDX-License-Identifier: MIT
# coverage.sh BUILD: lines reached by the last test run, by room; V=1 by file.
find "$1/src" -name '*.gcda' | xargs gcov -n 2>/dev/null | awk -v verbose="$V" '
	/^File / { file = $0; sub(/^File ./, "", file); sub(/.$/, "", file) }
	/^Lines executed:/ && file ~ /^src\/[a-z]+\/[^\/]*\.c$/ && !(file in seen) {
		seen[file] = 1
		split($0, part, /[:%]/)
		n = $NF
		reached = part[2] * n / 100
		split(file, dir, "/")
		lines[dir[2]] += n
		hit[dir[2]] += reached
		all += n
		all_hit += reached
		if (verbose)
			printf "  %-44s %5d lines %6.1f %%\n", file, n, part[2]
	}
	END {
		for (room in lines)
			printf "%-10s %6d lines %6.1f %%\n", room, lines[room], 100 * hit[room] / lines[room] | "sort"
		close("sort")
		printf "%-10s %6d lines %6.1f %%\n", "all", all, all ? 100 * all_hit / all : 0
	}'
