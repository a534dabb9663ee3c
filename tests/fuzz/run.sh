#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh SECONDS FUZZER...: runs each fuzzer that long, two at a time. Seeds: tests/fuzz/corpus/NAME and,
# for all, tests/fixtures; what it finds interesting grows build/fuzz/corpus/NAME.
seconds=$1
shift
[ $# -gt 0 ] || { echo "no fuzzers under tests/fuzz"; exit 1; }

# Long inputs take the time that many short ones need: none is longer than 16 KiB, or than the fuzzer's own longest seed.
longest() {
	{ echo 16384; find "tests/fuzz/corpus/$1" -type f -printf '%s\n' 2>/dev/null; } | sort -n | tail -n 1
}

fuzz() {
	name=$(basename "$1")
	corpus=build/fuzz/corpus/$name
	mkdir -p "$corpus"
	seeds=
	for dir in "tests/fuzz/corpus/$name" tests/fixtures; do
		[ -d "$dir" ] && seeds="$seeds $dir"
	done
	if "$1" -max_total_time="$seconds" -max_len="$(longest "$name")" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
		-artifact_prefix="build/fuzz/$name-" "$corpus" $seeds >"$corpus.log" 2>&1; then
		echo "ok      $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$corpus.log") inputs"
	else
		echo "not ok  $name; the input is in build/fuzz, the log in $corpus.log"
		grep -v '^$' "$corpus.log" | tail -n 40
		return 1
	fi
}

failed=0
while [ $# -gt 0 ]; do
	fuzz "$1" &
	first=$!
	second=
	[ $# -gt 1 ] && { fuzz "$2" & second=$!; shift; }
	shift
	wait "$first" || failed=1
	[ -z "$second" ] || wait "$second" || failed=1
done
exit $failed
