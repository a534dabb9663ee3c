#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run.sh [NAME]...: the end-to-end scripts, all by default. The long ones mostly wait, so two scripts
# run at a time; the output of each is printed whole when it ends.
#
# They watch a machine that other work may stall for seconds. A case that failed is therefore tried
# once more when all is calm, and told by name. More than SECOND_TRIES of them, or a report of a
# sanitizer, is a failure as it stands. STRICT=1: no second try.
set -u
dir=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/e2e-run.XXXXXX")
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
[ $# -gt 0 ] || set -- seed verdicts top dashboard states batch limits bad-input analyze strangers links \
	openmetrics privileges faults terminals edge package html record replay diff follow heap sites layouts allocators
begin=$SECONDS

# A sum with failures is none yet while the second try is to come.
told() {
	if [ -n "${STRICT:-}" ]; then
		cat "$1"
	else
		sed 's/^\([0-9]* passed\), \([1-9][0-9]*\) failed$/\1, \2 to be tried again/' "$1"
	fi
}

run() {
	local since=$SECONDS status=0
	bash "$dir/$1.sh" >"$work/$1.log" 2>&1 || status=$?
	{
		echo "== $1 ($((SECONDS - since)) s)"
		told "$work/$1.log"
	} >"$work/$1.out"
	cat "$work/$1.out"
	echo "$status" >"$work/$1.status"
}

# Targets that must grow on time share the machine with nothing but each other: those scripts wait most.
timed=
for name; do
	beside=${E2E_SCRIPTS:-2}
	case $name in
	seed | verdicts | top)
		timed=1
		beside=3
		;;
	*)
		[ -z "$timed" ] || wait
		timed=
		;;
	esac
	while [ "$(jobs -rp | wc -l)" -ge "$beside" ]; do
		wait -n || true
	done
	run "$name" &
done
wait

SECOND_TRIES=${SECOND_TRIES:-3}
failed=
tried=0

# again NAME: the failed cases of a script once more, with nothing beside them.
again() {
	local names=$work/$1.names count
	sed -n 's/^not ok  \(.*\) ([0-9]* s)$/\1/p' "$work/$1.log" >"$names"
	count=$(wc -l <"$names")
	tried=$((tried + count))
	if [ -n "${STRICT:-}" ] || [ "$count" -eq 0 ] || [ "$tried" -gt "$SECOND_TRIES" ] ||
		grep -q '^not ok  no sanitizer report' "$work/$1.log"; then
		return 1
	fi
	echo "== $1, second try of: $(paste -sd ';' "$names")"
	E2E_JOBS=1 E2E_NAMES=$names bash "$dir/$1.sh" | tee "$work/$1.again"
	[ "${PIPESTATUS[0]}" -eq 0 ] && grep -q "^$count passed" "$work/$1.again"
}

for name; do
	[ "$(cat "$work/$name.status" 2>/dev/null)" = 0 ] || again "$name" || failed="$failed $name"
done
skipped=$(cat "$work"/*.log | grep -c '^skipped ')
echo "end to end: $# scripts in $((SECONDS - begin)) s, skipped cases: $skipped, second tries: $tried${failed:+, failed:$failed}"
[ -z "$failed" ]
