#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run.sh [NAME]...: the end-to-end scripts, all by default. The long ones mostly wait, so two scripts
# run at a time; the output of each is printed whole when it ends.
set -u
dir=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/e2e-run.XXXXXX")
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
[ $# -gt 0 ] || set -- seed verdicts top dashboard states batch limits bad-input analyze strangers links \
	html record replay diff follow heap sites layouts allocators
begin=$SECONDS

run() {
	local since=$SECONDS status=0
	bash "$dir/$1.sh" >"$work/$1.log" 2>&1 || status=$?
	{
		echo "== $1 ($((SECONDS - since)) s)"
		cat "$work/$1.log"
	} >"$work/$1.out"
	cat "$work/$1.out"
	echo "$status" >"$work/$1.status"
}

# Targets that must grow on time share the machine with nothing but each other.
timed=
for name; do
	case $name in
	seed | verdicts | top) timed=1 ;;
	*)
		[ -z "$timed" ] || wait
		timed=
		;;
	esac
	while [ "$(jobs -rp | wc -l)" -ge "${E2E_SCRIPTS:-2}" ]; do
		wait -n || true
	done
	run "$name" &
done
wait

failed=
for name; do
	[ "$(cat "$work/$name.status" 2>/dev/null)" = 0 ] || failed="$failed $name"
done
echo "end to end: $# scripts in $((SECONDS - begin)) s${failed:+, failed:$failed}"
[ -z "$failed" ]
