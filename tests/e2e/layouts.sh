#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The layouts of malloc, on the real thing: the C libraries of four Debian releases (2.31 to the newest), fetched once
# into build/libc, each started through its own loader. The walk must find what the target has in its own book.

. "$(dirname "$0")/lib.sh"
. tests/fixtures/heap/libc.sh

WALK=$TARGETS/../tests/test_heap_walk_live

# need_libc SUITE
need_libc() {
	[ "$(uname -m)" = x86_64 ] || skip "the packages are for x86-64"
	libc_fetch "$1" >"$T/why" || skip "$(cat "$T/why")"
	[ -x "$LIBC_DIR/heap-census" ] || skip "heap-census is not linked to the oldest C library: $(tail -n 1 "$LIBC_DIR/link.log")"
}

# One thread and many, all ways to ask, mapped blocks, arenas of several heaps, tunables, and what malloc_trim() returns.
walk_is_exact() {
	need_libc "$1"
	[ -x "$WALK" ] || skip "$WALK is not built"
	HEAP_CENSUS=$(libc_command "$1") "$WALK" 'walk__is_exact__*' >"$T/out" 2>&1 || fail "$(cat "$T/out")"
	found 'PASSED' "$T/out"
}

# book NAME: what the target said of itself.
book() {
	sed -n "s/.*\b$1 \([0-9]*\).*/\1/p" "$T/book"
}

# Every thread that was started has one block of the loader beside those in the book.
program_says_the_same() {
	need_libc "$1"
	need_json
	$(libc_command "$1") 4 3000 1 </dev/null >"$T/book" &
	wait_until 20 grep -sq '^ready' "$T/book"
	run 0 "$(sed -n 's/^ready //p' "$T/book")" --heap -d 5 --json
	equal "allocator" glibc "$(jq -r .heap.allocator "$T/out")"
	equal "layout confidence" true "$(jq '.heap.layout_confidence == 1' "$T/out")"
	equal "arenas" 4 "$(jq .heap.arenas "$T/out")"
	equal "torn" 0 "$(jq .heap.torn "$T/out")"
	equal "live blocks" $(($(book live_blocks) + 3)) "$(jq .heap.live_blocks "$T/out")"
	[ "$(jq .heap.live_bytes "$T/out")" -ge "$(book live_bytes)" ]
}

# The target is linked to the oldest library: fetched first.
if libc_fetch bullseye >"$WORK/why"; then
	libc_target >"$LIBC_DIR/link.log" 2>&1 || rm -f "$LIBC_DIR/heap-census"
fi
for suite in $LIBC_SUITES; do
	check "the walk is exact on the libc6 of $suite" walk_is_exact "$suite"
	check "the report on the libc6 of $suite" program_says_the_same "$suite"
done
finish
