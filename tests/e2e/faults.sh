#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Calls that fail, a few of each kind; `make faults` tries them all.

. "$(dirname "$0")/lib.sh"

TOOLS=${TARGETS%/targets}/faults

# some_fail OPTION...: a part of `make faults`. What is wrong is in the log.
some_fail() {
	[ -x "$TOOLS/drive" ] || skip "no $TOOLS/drive: run \`make e2e\`"
	TMPDIR=$T "$TOOLS/drive" -p "$PROGRAM" -S "$ROOT/$TOOLS/shim.so" -t "$PATIENCE" -j 4 "$@"
}

A_FEW="-m 2 -e ENOMEM,EIO,ENOSPC,EMFILE,SQLITE_FULL,EAGAIN"
# shellcheck disable=SC2086 # words
check "calls fail: table and report" some_fail -s table $A_FEW
# shellcheck disable=SC2086
check "calls fail: recording" some_fail -s record $A_FEW
# Curses crashes where it gets no memory: that is told, and the terminal is given back.
check "calls fail: a dashboard without memory" some_fail -s dashboard,resized -m 12 -e ENOMEM
check "calls fail: modes of the terminal" some_fail -s screen-replay -f ioctl
check "calls fail: what a terminal is sent" some_fail -s glance -f write -e ENOSPC
finish
