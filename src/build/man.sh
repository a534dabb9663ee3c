#!/bin/sh
# SPDX-License-Identifier: MIT
#
# man.sh options|keys <TEXT: lists of the man page, in mdoc: of what options.awk makes of --help, and of what --keys
# prints (keys, then from the 13th column what they do).
set -eu

# Words for roff: none of them a request, a macro or an escape; lines of at most 80 bytes.
filled() {
	awk '{
		gsub(/\\/, "\\e")
		gsub(/-/, "\\-")
		line = ""
		n = split($0, word, " ")
		for (i = 1; i <= n; i++) {
			if (line && length(line) + 1 + length(word[i]) > 78) {
				print line
				line = ""
			}
			line = line (line ? " " : "") (!line && word[i] ~ /^[.\047]/ ? "\\&" : "") word[i]
		}
		if (line)
			print line
	}'
}

options() {
	echo '.Bl -tag -width Ds'
	while IFS="$(printf '\t')" read -r letter name argument text; do
		[ "$argument" = - ] && argument= || argument=" Ar $argument"
		# Otherwise a bracket stands outside of the argument.
		argument=$(printf '%s' "$argument" | sed 's/Ar \[\(.*\)\]/Op Ar \1/')
		name=$(printf '%s' "$name" | sed 's/-/\\-/g')
		if [ "$letter" = - ]; then
			printf '.It Fl \\-%s%s\n' "$name" "$argument"
		else
			printf '.It Fl %s , Fl \\-%s%s\n' "$letter" "$name" "$argument"
		fi
		printf '%s\n' "$text" | filled
	done
	echo .El
}

keys() {
	echo '.Bl -tag -width "Left Right" -compact'
	while IFS= read -r line; do
		printf '%.12s\n' "$line" | sed 's/ *$//; s/-/\\-/g; s/\([^ ][^ ]*\)/\\\&\1/g; s/^/.It Ic /'
		printf '%s\n' "${line#????????????}" | filled
	done
	echo .El
}

case $1 in
options | keys) "$1" ;;
*) echo "man.sh: options or keys?" >&2 && exit 2 ;;
esac
