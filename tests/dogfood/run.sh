#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# run.sh [PART]...: whether the tool itself stays flat. soak: a simulated day, and another in which the process is
# replaced every hour; real: three of us on a busy process, each watched by another one; valgrind: everything, shortly.
# smoke: 2,800 samples, which takes seconds.
set -u
dir=$(cd "$(dirname "$0")" && pwd)
# What is measured is us, not the disk.
[ -n "${TMPDIR:-}" ] || ! [ -w /dev/shm ] || export TMPDIR=/dev/shm
work=$(mktemp -d "${TMPDIR:-/tmp}/dogfood.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
[ $# -gt 0 ] || set -- soak real valgrind
failed=

part() {
	echo "== dogfood: $*"
	"$@" || failed="$failed $1"
}

soak() {
	mkdir "$work/$1"
	"$SOAK" "$work/$1" "${@:2}"
}

for name; do
	case $name in
	smoke) part soak smoke 2800 1400 256 ;;
	soak)
		part soak day 86400 7200
		part soak restarts 86400 7200 32 restarts
		;;
	real | valgrind) part bash "$dir/$name.sh" ;;
	*) failed="$failed $name(?)" ;;
	esac
done
echo "dogfood: $*${failed:+, failed:$failed}"
[ -z "$failed" ]
