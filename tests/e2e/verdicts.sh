#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What is a leak must be called one, in time; what is none must never be.

E2E_JOBS=${E2E_JOBS:-40} # all at once: they sleep
. "$(dirname "$0")/lib.sh"

# watch INTERVAL DURATION EXPECTED_STATUS TARGET [ARGUMENT]...
watch() {
	local interval=$1 duration=$2 status=$3
	shift 3
	start_target "$@"
	run "$status" --exit-code --pid "$TARGET_PID" --interval "$interval" --duration "$duration" \
		--columns time,rss,vsz,heap,anon,delta,confidence
	cat "$T/out"
}

linear() {
	watch "$1" "$2" 1 leak 1048576 "$3"
	grep -Fxq 'Warning: linear heap growth detected' "$T/out" || fail "not called linear"
}

# Blocks of 1 MiB are mappings of their own, and the report must say where they went.
linear_in_mappings() {
	linear "$1" "$2" 1048576
	found '^\[heap\] itself did not grow' "$T/out"
}

leak() {
	watch "$1" "$2" 1 "${@:3}"
	found '^Warning: [a-z-]+ heap growth detected$' "$T/out"
}

shared_leak() {
	watch "$1" "$2" 1 shm 1
	found '^Warning: [a-z-]+ shared memory growth detected$' "$T/out"
}

no_leak() {
	watch "$1" "$2" 0 "${@:3}"
	absent '^Warning' "$T/out"
	found '^(No leak detected|Cannot tell yet|Suspicious): ' "$T/out"
}

step_is_no_leak() {
	no_leak "$1" "$2" step 5 12
	# 100 MB of address space first, resident only when written.
	table_rows "$T/out" | awk '
		NR == 1 { rss = $2; vsz = $3 }
		$3 - vsz > 99 && $2 - rss < 5 { reserved = 1 }
		$3 - vsz > 99 && $2 - rss > 99 { used = 1 }
		END { exit !(reserved && used) }' || fail "the table does not show VSZ +100, then RSS +100"
}

for when in "5 60" "0.5 10" "1 10" "1 15"; do
	check "leak, 1 MB/s in blocks of 1 KiB, at ${when/ / for } s: linear" linear $when 1024
	check "leak, 1 MB/s in blocks of 1 MiB, at ${when/ / for } s: linear" linear_in_mappings $when
done
check "leak, 3 kB/s in small blocks, at 1 for 60 s" leak 1 60 slow-leak 3000
check "leak, mappings of 256 KiB, at 5 for 60 s" leak 5 60 mmap-leak
check "leak, mappings of 256 KiB, at 1 for 15 s" leak 1 15 mmap-leak
check "leak, eight threads in arenas, at 1 for 15 s" leak 1 15 threads 8
check "leak, shared memory, at 1 for 20 s" shared_leak 1 20
for when in "5 60" "1 30"; do
	check "no leak: 100 MB allocated, written later, at ${when/ / for } s" step_is_no_leak $when
	check "no leak: a ramp that stops, at ${when/ / for } s" no_leak $when ramp-stop 6
	check "no leak: a short spike, at ${when/ / for } s" no_leak $when spike 8 3
	check "no leak: a reservation never touched, at ${when/ / for } s" no_leak $when reserve 16
	check "no leak: an idle process, at ${when/ / for } s" no_leak $when idle
	check "no leak: up and down in 6 s, at ${when/ / for } s" no_leak $when batch 6
	check "no leak: up and down in 10 s, at ${when/ / for } s" no_leak $when batch 10
done
finish
