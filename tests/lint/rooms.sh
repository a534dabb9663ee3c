#!/bin/sh
# SPDX-License-Identifier: MIT
# rooms.sh [TREE]: the laws between rooms, one sentence for each line that breaks one.
cd "${1:-.}" || exit 2

find src include -name '*.[ch]' 2>/dev/null | sort | xargs awk '
function law(room, may) { allowed[room] = " " room " " may " " }
function words(list,   w, n, i, text) {
	n = split(list, w, " ")
	for (i = 1; i <= n; i++)
		text = text (i == 1 ? "" : i == n ? " and " : ", ") w[i]
	return text
}
function say(text) { print FILENAME ":" FNR ": " text; bad = 1 }
function exists(path,   line, found) {
	found = (getline line <path) > 0
	close(path)
	return found
}

BEGIN {
	law("base", "")
	law("proc", "base")
	law("model", "base proc")
	law("symbols", "base proc")
	law("source", "base proc model")
	law("heap", "base proc model")
	law("store", "base proc model")
	law("sites", "base proc model symbols")
	law("detect", "base model")
	law("report", "base model detect")
	law("tui", "base model detect")
	law("app", "base proc model symbols source heap store sites detect report tui")
	prints = " app report tui "
}

FNR == 1 {
	split(FILENAME, part, "/")
	top = part[1]
	room = part[2]
	includes = 0
	own = ""
	if (!(room in allowed))
		say(room " is no room; the rooms are listed in CONTRIBUTING.md")
	if (top == "src" && FILENAME ~ /\.c$/) {
		own = room "/" part[3]
		sub(/\.c$/, ".h", own)
		if (!exists("include/" own) && !exists("src/" own))
			own = ""
	}
	if ($0 !~ /SPDX-License-Identifier/)
		say("the first line must be the licence: /* SPDX-License-Identifier: MIT */")
}

/^[ \t]*#[ \t]*include[ \t]*[<"]/ {
	name = $0
	sub(/^[^<"]*[<"]/, "", name)
	sub(/[>"].*/, "", name)
	includes++
	if (includes == 1 && own != "" && name != own)
		say("the first include of a file is its own header, \"" own "\", so that it is known to stand alone")
	if (name ~ /(^|\/)n?curses(w)?\.h$|(^|\/)(panel|menu|form)\.h$|(^|\/)term\.h$/ && FILENAME !~ /^src\/tui\//)
		say("includes <" name ">: only src/tui knows curses")
	if ($0 ~ /"/ && split(name, part, "/") == 2) {
		other = part[1]
		if (other in allowed && index(allowed[room], " " other " ") == 0)
			say("includes \"" name "\": " room " may include " \
				(words(allowed[room]) == room ? "no other room" : words(allowed[room])) ", not " other)
		else if (other in allowed && other != room && !exists("include/" name))
			say("includes \"" name "\": that header is private to " other)
	}
}

top == "src" && index(prints, " " room " ") == 0 && \
/(^|[^a-z_])((printf|vprintf|puts|putchar|perror) *\(|fprintf *\( *std(out|err)|fputs *\([^;]*, *std(out|err))/ {
	say("prints: only app, report and tui do")
}

/^[ \t]*\/\// || /[;{}][ \t]*\/\// { say("a // comment: comments here are /* */") }
/TODO|FIXME|XXX/ { say("an unfinished mark: do it, or write it down where work is planned") }
END { exit bad }
'
