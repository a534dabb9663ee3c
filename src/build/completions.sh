#!/bin/sh
# SPDX-License-Identifier: MIT
#
# completions.sh bash|zsh|fish <OPTIONS: what the completions of that shell in src/share/completions must know of the
# options, from what options.awk makes of --help. What can follow an option is told by the name of its argument; a name
# that nobody has taught it is an error, so that a new option is not forgotten.
set -eu
shell=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# In the fifth column what may follow: nothing, any, file, directory, pid, process, list, words; in the sixth the words;
# in the seventh "?" where it may be left out. The text is cut at its first semicolon.
awk -F '\t' '
	function fail(why) { print "completions.sh: --" $2 ": " why >"/dev/stderr"; failed = 1 }
	# "auto, always or never; ..." and "...: leak cache step": the words; else "".
	function words(text) {
		sub(/;.*/, "", text)
		if (text ~ /^([a-z]+, )*[a-z]+ or [a-z]+$/) {
			gsub(/,| or/, "", text)
			return text
		}
		sub(/, or all$/, " all", text)
		return sub(/^.*: /, "", text) && text ~ /^[a-z -]+$/ ? text : ""
	}
	{
		kind = argument = $3
		gsub(/[][]/, "", argument)
		if (argument == "-") kind = "nothing"
		else if (argument ~ /^(TIME|SIZE|N|PERCENT|SIZE\/TIME)$/) kind = "any"
		else if (argument ~ /^(FILE|A B)$/) kind = "file"
		else if (argument == "DIR") kind = "directory"
		else if (argument == "PID") kind = "pid"
		else if (argument == "NAME" && $4 ~ /process/) kind = "process"
		else if (argument ~ /^(LIST|SCENARIO|WHEN|NAME)$/) kind = argument == "LIST" ? "list" : "words"
		else fail("what can be completed behind it? teach src/build/completions.sh what " argument " is")
		chosen = kind ~ /^(list|words)$/ ? words($4) : "-"
		if (chosen == "") fail("no words are found in its text: " $4)
		text = $4
		sub(/;.*/, "", text)
		printf "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", $1, $2, argument, text, kind, chosen, $3 ~ /^\[/ ? "?" : "-"
	}
	END { exit failed }' >"$work/table"

bash_part() {
	echo '_memleak_detective_kind() {'
	printf '\tcase $1 in\n'
	awk -F '\t' '
		$5 != "nothing" && !($5 == "any" && $7 == "?") {
			printf "\t%s--%s) kind=%s%s%s ;;\n", $1 == "-" ? "" : "-" $1 " | ", $2, $5,
				$6 == "-" ? "" : " words=\047" $6 "\047", $7 == "?" ? " may_be_left_out=1" : ""
		}' "$work/table"
	printf '\tesac\n}\n_memleak_detective_options="'
	awk -F '\t' '$1 != "-" { printf "-%s ", $1 } { printf "--%s ", $2 } END { print "--\"" }' "$work/table"
}

zsh_part() {
	echo 'specs=('
	awk -F '\t' '
		BEGIN {
			action["any"] = " "; action["file"] = "_files"; action["directory"] = "_files -/"
			action["pid"] = "_pids"; action["process"] = "_memleak_detective_processes"
		}
		{
			text = $4
			gsub(/\[/, "\\[", text); gsub(/\]/, "\\]", text); gsub(/:/, "\\:", text)
			gsub(/\047/, "\047\\\047\047", text)
			end = $7 == "?" ? "::" : ":"
			if ($5 == "nothing") end = ""
			else if ($3 == "A B") end = ":A:_files:B:_files"
			else if ($5 == "words") end = end $3 ":(" $6 ")"
			else if ($5 == "list") end = end $3 ":_values -s , column " $6
			else end = end $3 ":" action[$5]
			long = "--" $2 ($5 == "nothing" || $3 == "A B" ? "" : $7 == "?" ? "=-" : "=")
			if ($1 != "-")
				printf "\t\047(-%s --%s)\047{-%s%s,%s}\047[%s]%s\047\n", $1, $2, $1, end ? "+" : "", long, text, end
			else
				printf "\t\047%s%s[%s]%s\047\n", $2 ~ /^max-[rhamg]/ ? "*" : "", long, text, end
		}' "$work/table"
	echo ')'
}

fish_part() {
	awk -F '\t' '
		BEGIN {
			more["any"] = " -x"; more["file"] = " -r -F"; more["directory"] = " -x -a \"(__fish_complete_directories)\""
			more["pid"] = " -x -a \"(__fish_complete_pids)\""
			more["process"] = " -x -a \"(cat /proc/*/comm 2>/dev/null | sort -u)\""
		}
		{
			text = $4
			gsub(/\047/, "\\\047", text)
			if ($5 == "words") how = ($7 == "?" ? "" : " -x") " -a \"" $6 "\""
			else if ($5 == "list") how = " -x -a \"(__fish_append , " $6 ")\""
			else how = $7 == "?" ? "" : more[$5]
			printf "complete -c memleak-detective%s -l %s%s -d \047%s\047\n", $1 == "-" ? "" : " -s " $1, $2, how, text
		}' "$work/table"
}

case $shell in
bash | zsh | fish) "${shell}_part" ;;
*) echo "completions.sh: no such shell: $shell" >&2 && exit 2 ;;
esac
