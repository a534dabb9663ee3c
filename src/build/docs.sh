#!/bin/sh
# SPDX-License-Identifier: MIT
#
# docs.sh check|write: the parts of README.md and of the man page that the program knows better. Between
# "<!-- keys:begin -->" and "<!-- keys:end -->" stands what --keys prints, between the marks of
# options what --help prints; in the man page the marks are comments of roff. Also: links of the
# documents must lead somewhere.
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

# Lines for roff: as they are, none of them a request.
literal() {
	echo .EX
	sed 's/\\/\\e/g; s/-/\\-/g; s/^\([.'"'"']\)/\\\&\1/'
	echo .EE
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

man=src/share/memleak-detective.1
fenced --keys >"$work/keys" && fenced --help >"$work/options" || exit 1
"$program" --keys </dev/null | literal >"$work/man-keys"
"$program" --help </dev/null | sed -n '/^  .*--/,/^$/p' | literal >"$work/man-options"
cp README.md "$work/README.md"
cp "$man" "$work/man"
for part in keys options; do
	filled "$work/README.md" "<!-- $part:begin -->" "<!-- $part:end -->" "$work/$part" >"$work/new" || exit 1
	mv "$work/new" "$work/README.md"
	filled "$work/man" ".\\\" $part:begin" ".\\\" $part:end" "$work/man-$part" >"$work/new" || exit 1
	mv "$work/new" "$work/man"
done

if [ "$mode" = write ]; then
	cmp -s "$work/README.md" README.md || cp "$work/README.md" README.md
	cmp -s "$work/man" "$man" || cp "$work/man" "$man"
	exit
fi
if ! diff -u README.md "$work/README.md" || ! diff -u "$man" "$work/man"; then
	echo "README.md or the man page is behind the program: run \`make docs\`"
	failed=1
fi

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
