#!/bin/sh
# SPDX-License-Identifier: MIT
#
# docs.sh check|write: the parts of README.md that the program knows better. Between
# "<!-- keys:begin -->" and "<!-- keys:end -->" stands what --keys prints, between the marks of
# options what --help prints. Also: links of the documents must lead somewhere.
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

fenced --keys >"$work/keys" && fenced --help >"$work/options" || exit 1
cp README.md "$work/README.md"
for part in keys options; do
	for mark in begin end; do
		if [ "$(grep -Fxc "<!-- $part:$mark -->" README.md)" -ne 1 ]; then
			echo "README.md: the line <!-- $part:$mark --> must stand there once"
			exit 1
		fi
	done
	awk -v part="$part" -v text="$work/$part" '
		$0 == "<!-- " part ":end -->" { inside = 0 }
		!inside { print }
		$0 == "<!-- " part ":begin -->" { inside = 1; while ((getline line <text) > 0) print line }
	' "$work/README.md" >"$work/new" && mv "$work/new" "$work/README.md"
done

if [ "$mode" = write ]; then
	cmp -s "$work/README.md" README.md || cp "$work/README.md" README.md
	exit
fi
if ! diff -u README.md "$work/README.md"; then
	echo "README.md is behind the program: run \`make docs\`"
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
