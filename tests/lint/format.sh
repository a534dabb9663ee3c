#!/bin/sh
# SPDX-License-Identifier: MIT
# format.sh check|write FILE...: clang-format. Versions differ in taste, so one version judges.
version=14
mode=$1
shift
tool=$(command -v "clang-format-$version" || command -v clang-format)
if [ -z "$tool" ]; then
	echo "skipped: the format is checked with clang-format $version, which is not installed"
	exit 0
fi
if ! "$tool" --version | grep -q "version $version\."; then
	echo "skipped: the format is checked with clang-format $version; here is $("$tool" --version)"
	exit 0
fi
if [ "$mode" = write ]; then
	"$tool" -i "$@"
	exit
fi
if ! "$tool" --dry-run -Werror "$@" 2>&1 | awk -F: '/error:/ { if (!seen[$1]++) print $1 ": not formatted; run `make format`" } END { exit NR > 0 }'; then
	exit 1
fi
