#!/bin/sh
# SPDX-License-Identifier: MIT
# asan.sh BUILD SHIM [OPTION]...: the driver with a program that carries AddressSanitizer, whose runtime comes behind the shim.
# Reports lie beside the run that they belong to, where the driver looks for them.
set -eu
build=$1 shim=$2
shift 2
runtime=$(ldd "$build/memleak-detective" | sed -n 's/.*libasan[^ ]* => \([^ ]*\).*/\1/p')
[ -n "$runtime" ] || { echo "faults-asan: the runtime of ASan is linked in statically, nothing can come before it"; exit 0; }
export FAULTS_ASAN=1
export ASAN_OPTIONS="verify_asan_link_order=0:fast_unwind_on_malloc=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:log_path=../sanitizer:allocator_may_return_null=1:detect_leaks=1:leak_check_at_exit=0"
export UBSAN_OPTIONS="print_stacktrace=1:log_path=../sanitizer"
export LSAN_OPTIONS="log_path=../sanitizer:print_suppressions=0:suppressions=$(dirname "$0")/leaks.txt"
export LSAN_OPTIONS="$(echo "$LSAN_OPTIONS" | sed "s,suppressions=tests,suppressions=$PWD/tests,")"
exec "$build/faults/drive" -p "$build/memleak-detective" -S "$shim:$runtime" "$@"
