#!/bin/sh
# SPDX-License-Identifier: MIT
# tsan-works.sh CC: can a program under ThreadSanitizer run here? Some kernels place memory where it cannot.
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
echo 'int main(void) { return 0; }' >"$dir/t.c"
if ! $1 -fsanitize=thread -o "$dir/t" "$dir/t.c" 2>"$dir/log" || ! "$dir/t" 2>>"$dir/log"; then
	echo "skipped: ThreadSanitizer does not run here: $(tail -n 1 "$dir/log")"
	exit 1
fi
