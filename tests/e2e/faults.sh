#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Calls that fail, a few of each kind; `make faults` tries them all.

. "$(dirname "$0")/lib.sh"

TOOLS=${TARGETS%/targets}/faults

# some_fail SCENARIOS MOST [KINDS]: of each kind a few, spread over the run. What is wrong is in the log.
some_fail() {
	[ -x "$TOOLS/drive" ] || skip "no $TOOLS/drive: run \`make e2e\`"
	TMPDIR=$T "$TOOLS/drive" -p "$PROGRAM" -S "$ROOT/$TOOLS/shim.so" -t "$PATIENCE" -j 4 -m "$2" -s "$1" \
		-e "${3:-ENOMEM,EIO,ENOSPC,EMFILE,SQLITE_FULL,EAGAIN}"
}

check "calls fail: table and report" some_fail table 2
check "calls fail: recording" some_fail record 2
# Curses crashes where it gets no memory: that is told, and the terminal is given back.
check "calls fail: a dashboard without memory" some_fail dashboard,resized 12 ENOMEM
finish
