# SPDX-License-Identifier: MIT
# options.awk: what --help lists, one option a line: letter, long name, argument, text; tabs between them. An option
# without a letter or an argument has "-" there. Knows how src/app/options_table.c sets its columns.

/^  (-[A-Za-z],|   ) --[a-z]/ {
	flush()
	if (substr($0, 31, 1) != " ") {
		print "options.awk: no column of text in: " $0 >"/dev/stderr"
		exit failed = 1
	}
	letter = substr($0, 4, 1)
	split(substr($0, 9, 22), word, " ")
	name = word[1]
	argument = word[2] (word[3] ? " " word[3] : "")
	text = substr($0, 32)
	next
}
name && match($0, /^ +/) && RLENGTH == 31 { text = text " " substr($0, 32); next }
{ flush() }
END { if (!failed) flush() }

function flush()
{
	if (name)
		printf "%s\t%s\t%s\t%s\n", letter == " " ? "-" : letter, name, argument ? argument : "-", text
	name = ""
}
