#!/bin/bash
# SPDX-License-Identifier: MIT
# loop.sh [leak]: notes the load average five times a second; with `leak` it keeps all notes in an array.
mode=${1:-}
notes=()
while read -r one five fifteen _ </proc/loadavg; do
	text="$(date +%s) load $one $five $fifteen"
	[[ $text =~ load\ ([0-9]+) ]] && load=${BASH_REMATCH[1]}
	[ "$mode" != leak ] || for word in {1..40}; do
		notes+=("$text $load $word")
	done
	sleep 0.2
done
