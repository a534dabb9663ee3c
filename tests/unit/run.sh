#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run.sh PROGRAM...: runs unit test programs, two at a time; shows the output of those that fail, and
# the sums. V=1 shows all output. With GOLDEN_UPDATE=1 in the environment golden files are written anew.
#
# Many of them watch what a machine does that other work may stall for seconds. A program that failed
# is therefore run once more when all is calm, and told by name. More than SECOND_TRIES of them, an
# end by a signal or by time, or a report of a sanitizer, is a failure as it stands. STRICT=1: no second try.
set -u
work=$(mktemp -d "${TMPDIR:-/tmp}/unit.XXXXXX")
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
SECOND_TRIES=${SECOND_TRIES:-3}

# Each program says where it was: a log and a status that bear its name.
run() {
	local log=$work/${1##*/} status=0 since=$SECONDS
	timeout "${UNIT_TIMEOUT:-300}" "$1" >"$log.log" 2>&1 </dev/null || status=$?
	echo "$status" >"$log.status"
	echo "${1##*/} $((SECONDS - since)) s" >"$log.time"
}

status_of() { cat "$work/${1##*/}.status" 2>/dev/null || echo 255; }

may_try_again() {
	[ -z "${STRICT:-}" ] && [ "$(status_of "$1")" -lt 124 ] &&
		! grep -aq 'Sanitizer\|runtime error:' "$work/${1##*/}.log"
}

show() {
	echo "--- $1: status $(status_of "$1")"
	grep -aEv '^\[ *(RUN|OK) ' "$work/${1##*/}.log"
}

for program; do
	while [ "$(jobs -rp | wc -l)" -ge "${UNIT_JOBS:-2}" ]; do
		wait -n || true
	done
	run "$program" &
done
wait

tests=0
skipped=0
failed=0
tried=0
for program; do
	log=$work/${program##*/}.log
	if [ "$(status_of "$program")" -ne 0 ] && [ "$tried" -lt "$SECOND_TRIES" ] && may_try_again "$program"; then
		tried=$((tried + 1))
		echo "--- $program: second try after"
		sed -n 's/^\[ *\(ERROR\|LINE\) *\] --- /    /p' "$log"
		run "$program"
	fi
	tests=$((tests + $(grep -ac '^\[ *OK \]' "$log")))
	# cmocka names each twice: when its turn comes, and in its sum.
	skipped=$((skipped + $(grep -a '^\[ *SKIPPED *\]' "$log" | grep -v 'test(s)' | sort -u | wc -l)))
	if [ "$(status_of "$program")" -ne 0 ]; then
		failed=$((failed + 1))
		show "$program"
	elif [ -n "${V:-}" ]; then
		cat "$log"
	fi
done
echo "longest: $(cat "$work"/*.time | sort -k2,2nr | head -n 5 | paste -sd ,)"
[ "$skipped" -eq 0 ] || echo "$skipped tests skipped: they need what is not here or not permitted; V=1 says what"
echo "$# test programs, $tests tests passed, $failed programs failed, second tries: $tried"
[ "$failed" -eq 0 ] && [ $# -gt 0 ]
