#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh PROGRAM...: runs unit test programs; shows the output of those that fail, and the sums.
# V=1 shows all output. With GOLDEN_UPDATE=1 in the environment golden files are written anew.
log=$(mktemp "${TMPDIR:-/tmp}/unit.XXXXXX")
trap 'rm -f "$log"' EXIT
tests=0
failed=0
programs=0

for program; do
	status=0
	timeout "${UNIT_TIMEOUT:-300}" "$program" >"$log" 2>&1 </dev/null || status=$?
	programs=$((programs + 1))
	passed=$(grep -ac '^\[ *OK \]' "$log")
	tests=$((tests + passed))
	if [ "$status" -ne 0 ]; then
		failed=$((failed + 1))
		echo "--- $program: status $status"
		grep -aEv '^\[ *(RUN|OK) ' "$log"
	elif [ -n "$V" ]; then
		cat "$log"
	fi
done
echo "$programs test programs, $tests tests passed, $failed programs failed"
[ "$failed" -eq 0 ] && [ "$programs" -gt 0 ]
