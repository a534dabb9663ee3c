#!/bin/sh
# SPDX-License-Identifier: MIT
#
# docs.sh check|write: the parts of README.md, of the man page and of the completions that the program knows better. They
# stand between two marks: in README.md what --keys and --help print, in the man page and in the completions what
# man.sh and completions.sh make of it. Also: links of the documents must lead somewhere.
set -u
program=./memleak-detective
mode=$1
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fenced() {
	echo '```text'
	"$program" "$1" </dev/null || exit 1
	echo '```'
}

# filled FILE BEGIN END TEXT: FILE with the lines between two marks replaced by those of TEXT.
filled() {
	for mark in "$2" "$3"; do
		if [ "$(grep -Fxc -- "$mark" "$1")" -ne 1 ]; then
			echo "$1: the line $mark must stand there once" >&2
			exit 1
		fi
	done
	MARK_BEGIN=$2 MARK_END=$3 awk -v text="$4" '
		$0 == ENVIRON["MARK_END"] { inside = 0 }
		!inside { print }
		$0 == ENVIRON["MARK_BEGIN"] { inside = 1; while ((getline line <text) > 0) print line }
	' "$1"
}

# part FILE BEGIN END COMMAND...: the lines between the marks of FILE must be what the command prints.
part() {
	file=$1 begin=$2 end=$3 new=$work/new
	shift 3
	[ -e "$work/$file" ] || { mkdir -p "$(dirname "$work/$file")" && cp "$file" "$work/$file"; }
	"$@" >"$work/text" && filled "$work/$file" "$begin" "$end" "$work/text" >"$new" || exit 1
	mv "$new" "$work/$file"
}

from() {
	input=$1
	shift
	"$@" <"$input"
}

man=src/share/memleak-detective.1
shells=src/share/completions
"$program" --keys </dev/null >"$work/keys" && "$program" --help </dev/null >"$work/help" &&
	awk -f src/build/options.awk <"$work/help" >"$work/options" || exit 1
part README.md '<!-- keys:begin -->' '<!-- keys:end -->' fenced --keys
part README.md '<!-- options:begin -->' '<!-- options:end -->' fenced --help
part "$man" '.\" keys:begin' '.\" keys:end' from "$work/keys" src/build/man.sh keys
part "$man" '.\" options:begin' '.\" options:end' from "$work/options" src/build/man.sh options
part "$shells/memleak-detective.bash" '# options:begin' '# options:end' from "$work/options" src/build/completions.sh bash
part "$shells/_memleak-detective" '# options:begin' '# options:end' from "$work/options" src/build/completions.sh zsh
part "$shells/memleak-detective.fish" '# options:begin' '# options:end' from "$work/options" src/build/completions.sh fish

for file in README.md "$man" "$shells/memleak-detective.bash" "$shells/_memleak-detective" "$shells/memleak-detective.fish"; do
	if [ "$mode" = write ]; then
		cmp -s "$work/$file" "$file" || cat "$work/$file" >"$file"
	elif ! diff -u "$file" "$work/$file"; then
		echo "$file is behind the program: run \`make docs\`"
		failed=1
	fi
done
[ "$mode" != write ] || exit 0

for document in README.md CONTRIBUTING.md CHANGELOG.md; do
	for link in $(grep -o '](\([^)#]*\)' "$document" | sed 's/^](//'); do
		case $link in
		http*:* | mailto:*) ;;
		*) [ -e "$link" ] || { echo "$document: the link to $link leads nowhere"; failed=1; } ;;
		esac
	done
done

# Goals that documents name must exist.
goals=$(sed -n '/^GOALS :=/,/[^\\]$/p' Makefile | tr -d '\\' | sed 's/GOALS :=//')
for goal in $(grep -oh '`make [a-z-]*' README.md CONTRIBUTING.md | sed 's/^`make //' | sort -u); do
	case " $(echo $goals) " in
	*" $goal "*) ;;
	*) echo "the documents name \`make $goal\`, which is no goal"; failed=1 ;;
	esac
done
exit $failed
