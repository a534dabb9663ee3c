#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh [ARGUMENT]...: the player of random keys as `make fuzz-keys` built it; run.sh SEED plays one sequence again.
dir=$(cd "$(dirname "$0")/../.." && pwd)
player=${KEYS:-$dir/build/asan/keys/keys}
[ -x "$player" ] || { echo "no $player: run \`make fuzz-keys\`"; exit 1; }
export ASAN_OPTIONS="allocator_may_return_null=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}" UBSAN_OPTIONS=print_stacktrace=1
unset LINES COLUMNS NO_COLOR TMUX
exec "$player" "$@"
