#!/bin/sh
# SPDX-License-Identifier: MIT
# edge-cases.sh [TREE]: tests/EDGE_CASES.md has a row for each of C-1 to C-72, and each row names tests that
# exist, as `test_PROGRAM: name` or `SCRIPT.sh: case`, or gives a reason behind a dash. One sentence for each breach.
cd "${1:-.}" || exit 2
table=tests/EDGE_CASES.md
[ -r "$table" ] || { echo "$table: is not there"; exit 1; }

awk -v table="$table" -v last=72 '
function say(line, text) { print table ":" line ": " text; bad = 1 }

# Lines of a file that hold a text; -1 where it cannot be read.
function lines_with(path, text,   line, n, got) {
	while ((got = (getline line <path)) > 0)
		n += index(line, text) > 0
	close(path)
	return got < 0 ? -1 : n + 0
}

# A test is a function that the list of its program takes up; what looks like the end of its name must be it.
function unit_is_there(path, name,   line, defined, listed, at, after) {
	while ((getline line <path) > 0) {
		at = index(line, name)
		after = substr(line, at + length(name), 1)
		if (!at || after ~ /[a-z0-9_]/)
			continue
		if (index(line, "static void " name "(") == 1)
			defined = 1
		else
			listed = 1
	}
	close(path)
	return defined && listed
}

function check(line, id, file, name,   path) {
	if (file ~ /^test_[a-z0-9_]+$/) {
		path = "tests/unit/" file ".c"
		if (lines_with(path, "") < 0)
			say(line, id " names " file ", but there is no " path)
		else if (!unit_is_there(path, name))
			say(line, id " names " name ", but " path " has no such test")
	} else if (file ~ /^[a-z0-9-]+\.sh$/) {
		path = "tests/e2e/" file
		if (lines_with(path, "") < 0)
			say(line, id " names " file ", but there is no " path)
		else if (lines_with(path, "check \"" name "\"") == 0)
			say(line, id " names the case \"" name "\", but " path " has no such check")
	} else {
		say(line, id " names \"" file "\", which is neither test_PROGRAM nor SCRIPT.sh")
	}
}

/^\| *C-[0-9]+ *\|/ {
	if (split($0, cell, / *\| */) != 5) {
		say(FNR, "a row has three cells: what it is called, what it is, what shows it")
		next
	}
	id = cell[2]
	if (seen[id]++)
		say(FNR, id " has a row already")
	shown = cell[4]
	if (shown ~ /^(—|-)/) {
		sub(/^(—|-)[ \t]*/, "", shown)
		if (length(shown) < 20)
			say(FNR, id " gives no reason behind its dash")
		next
	}
	n = split(shown, part, "`")
	if (n < 3)
		say(FNR, id " names no test and gives no reason")
	for (i = 2; i <= n; i += 2) {
		at = index(part[i], ": ")
		if (at == 0 || i == n)
			say(FNR, id ": \"" part[i] "\" is no `FILE: TEST`")
		else
			check(FNR, id, substr(part[i], 1, at - 1), substr(part[i], at + 2))
	}
}
/^\| *C-/ && !/^\| *C-[0-9]+ *\|/ { say(FNR, "a row begins with C- and a number") }

END {
	for (i = 1; i <= last; i++)
		if (!seen["C-" i])
			say(FNR, "C-" i " has no row")
	for (id in seen)
		if (substr(id, 3) + 0 < 1 || substr(id, 3) + 0 > last)
			say(FNR, id " is none of C-1 to C-" last)
	exit bad
}
' "$table"
