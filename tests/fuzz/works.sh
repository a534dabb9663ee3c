#!/bin/sh
# SPDX-License-Identifier: MIT
# works.sh CLANG: has this clang libFuzzer?
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
if ! command -v "$1" >/dev/null 2>&1; then
	echo "skipped: fuzzing needs clang; \`make deps\` installs it"
	exit 1
fi
cat >"$dir/f.c" <<'END'
#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return data && size ? 0 : 0;
}
END
if ! "$1" -fsanitize=fuzzer,address,undefined -o "$dir/f" "$dir/f.c" 2>"$dir/log"; then
	echo "skipped: this clang has no libFuzzer: $(tail -n 1 "$dir/log")"
	exit 1
fi
