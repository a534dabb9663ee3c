#!/bin/sh
# SPDX-License-Identifier: MIT
# prerequisites.sh CC [CFLAG]...: says in one line what a build needs and this machine lacks.
cc=$1
shift
if ! command -v "${cc%% *}" >/dev/null 2>&1; then
	echo "no C compiler ($cc): run \`make deps\`" >&2
	exit 1
fi
if ! echo '#include <ncurses.h>' | $cc "$@" -E -x c - >/dev/null 2>&1; then
	echo "no ncurses.h: run \`make deps\`, or install libncurses-dev (ncurses-devel)" >&2
	exit 1
fi
