#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Heaps of other kinds: allocators that can only be named, heaps that are damaged, huge pages, a block that grows.

E2E_JOBS=${E2E_JOBS:-4}

. "$(dirname "$0")/lib.sh"

# heap_value JQ: of the heap in the report $T/out.
heap_value() {
	jq -r ".heap | $1" "$T/out"
}

# is_named PID NAME: that is what is said, once as a warning, and nothing of its blocks.
is_named() {
	run 0 "$1" --heap -d 4 --json
	equal "allocator" "$2" "$(heap_value .allocator)"
	equal "what is known of blocks" "null null null" \
		"$(heap_value '"\(.live_blocks) \(.live_bytes) \(.lost)"')"
	equal "size classes" 0 "$(heap_value '.size_classes | length')"
	equal "warnings" 1 "$(jq '[.warnings[] | select(test("^heap: '"$2"' recognised from the mappings"))] | length' "$T/out")"
	absent 'nobody points to|free inside malloc|blocks of' "$T/out"
	# In a table: once between the rows, once at the end.
	run 0 "$1" --heap -d 4
	equal "lines that say it" 2 "$(grep -c "$2 recognised from the mappings" "$T/out")"
}

# start COMMAND...: a target that is not one of ours; sets TARGET_PID once it says it is ready.
start() {
	"$@" >"$T/ready" 2>"$T/start.err" </dev/null &
	TARGET_PID=$!
	wait_until 20 grep -sq '^ready' "$T/ready" || fail "$(cat "$T/start.err")"
}

# preloaded LIBRARY NAME
preloaded() {
	need_json
	local library
	library=$(ldconfig -p 2>/dev/null | awk -v name="$1" '$1 == name { print $NF; exit }')
	[ -n "$library" ] || skip "$1 is not installed"
	start env LD_PRELOAD="$library" "$TARGETS/leak" 1048576 1000
	is_named "$TARGET_PID" "$2"
}

musl() {
	need_json
	need musl-gcc
	musl-gcc -std=c17 -D_GNU_SOURCE -o "$T/leak" tests/targets/leak.c >"$T/why" 2>&1 || skip "musl-gcc: $(tail -n 1 "$T/why")"
	start "$T/leak" 1048576 1000
	is_named "$TARGET_PID" musl
}

# Without a loader nothing in its mappings names it.
musl_static() {
	need_json
	need musl-gcc
	musl-gcc -std=c17 -D_GNU_SOURCE -static -o "$T/leak" tests/targets/leak.c >"$T/why" 2>&1 || skip "musl-gcc: $(tail -n 1 "$T/why")"
	start "$T/leak" 1048576 1000
	run 0 "$TARGET_PID" --heap -d 10 --json
	equal "what is known of blocks" "null null" "$(heap_value '"\(.live_blocks) \(.lost)"')"
	equal "warnings" 1 "$(jq '[.warnings[] | select(test("^heap: no malloc recognised: "))] | length' "$T/out")"
}

go_program() {
	need_json
	need go
	cat >"$T/main.go" <<-'END'
		package main

		import ("fmt"; "os"; "time")

		var kept [][]byte

		func main() {
			fmt.Println("ready", os.Getpid())
			for i := 0; i < 60000; i++ {
				kept = append(kept, make([]byte, 1000))
				time.Sleep(time.Millisecond)
			}
		}
	END
	HOME=$T GOFLAGS=-mod=mod GOCACHE=$ROOT/build/go CGO_ENABLED=0 go build -o "$T/main" "$T/main.go" >"$T/why" 2>&1 ||
		skip "go cannot build: $(tail -n 1 "$T/why")"
	start "$T/main"
	is_named "$TARGET_PID" Go
}

# odd MODE BLOCKS: the report on that target, once it did what it is for.
odd() {
	need_json
	start "$TARGETS/heap-odd" "$1" "$2"
	wait_until 20 grep -sq '^done' "$T/ready"
	run 0 "$TARGET_PID" --heap -d 6 --json
	equal "allocator" glibc "$(heap_value .allocator)"
}

# What was overwritten costs that block and its neighbours, and is told.
corrupt_size() {
	odd 1 5000
	[ "$(heap_value .torn)" -ge 1 ]
	[ "$(heap_value .live_blocks)" -ge 4990 ] && [ "$(heap_value .live_blocks)" -le 5010 ]
	equal "the layout is believed" true "$(heap_value '.layout_confidence > 0.5')"
	equal "verdict" false "$(jq '.verdict == "leak"' "$T/out")"
}

corrupt_top() {
	odd 2 5000
	[ "$(heap_value .live_blocks)" -ge 4990 ] && [ "$(heap_value .live_blocks)" -le 5010 ]
	# No block is as large as the size that was written there.
	equal "bytes are bounded" true "$(heap_value '.live_bytes + .free_bytes < 16777216')"
}

grown_block() {
	odd 0 3000
	local before
	before=$(heap_value .live_blocks)
	kill -KILL "$TARGET_PID"
	odd 3 3000
	equal "live blocks" $((before + 1)) "$(heap_value .live_blocks)"
	equal "torn" 0 "$(heap_value .torn)"
	equal "the block that grew" true "$(heap_value '[.size_classes[] | select(.bytes >= 16000000 and .blocks == 1)] | length == 1')"
}

huge_pages() {
	need_json
	grep -q '\[never\]' /sys/kernel/mm/transparent_hugepage/enabled 2>/dev/null && skip "no transparent huge pages here"
	[ -e /sys/kernel/mm/transparent_hugepage/enabled ] || skip "no transparent huge pages here"
	start env GLIBC_TUNABLES=glibc.malloc.hugetlb=1 "$TARGETS/heap-census" 2 20000
	local huge live
	huge=$(awk '/^AnonHugePages/ { n += $2 } END { print n }' "/proc/$TARGET_PID/smaps")
	[ "$huge" -gt 0 ] || skip "the kernel gave no huge page"
	live=$(sed -n 's/^live_blocks \([0-9]*\).*/\1/p' "$T/ready")
	run 0 "$TARGET_PID" --heap -d 6 --json
	equal "live blocks" $((live + 1)) "$(heap_value .live_blocks)"
	equal "torn" 0 "$(heap_value .torn)"
}

check "jemalloc is named" preloaded libjemalloc.so.2 jemalloc
check "tcmalloc is named" preloaded libtcmalloc_minimal.so.4 tcmalloc
check "mimalloc is named" preloaded libmimalloc.so.2 mimalloc
check "musl is named" musl
check "a static program of musl is not named" musl_static
check "Go is named" go_program
check "a size that was overwritten" corrupt_size
check "a top chunk that was overwritten" corrupt_top
check "a block that grows in many steps" grown_block
check "huge pages" huge_pages
finish
