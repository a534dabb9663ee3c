#!/bin/sh
# SPDX-License-Identifier: MIT
# fuzz.sh SECONDS FROM PROGRAM TARGET: random keys for that long from a seed on: most of it within one process, the rest in terminals
# around PROGRAM, which watches files and then TARGET, a real process that leaks.
set -eu
run=$(dirname "$0")/run.sh
seconds=$1
from=$2
program=$3
part=$(((seconds + 7) / 8))

"$run" --seconds $((seconds - 2 * part > 0 ? seconds - 2 * part : 1)) --from "$from"
"$run" --seconds "$part" --from "$from" --program "$program"
"$4" >/dev/null &
target=$!
trap 'kill $target 2>/dev/null' EXIT
"$run" --seconds "$part" --from "$from" --program "$program" --target "$target"
