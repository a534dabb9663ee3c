#!/bin/sh
# SPDX-License-Identifier: MIT
# selftest.sh: rooms.sh must find each kind of breach in a made-up tree, and nothing in a clean one.
lint=$(cd "$(dirname "$0")" && pwd)/rooms.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0

# file PATH LINE...: a file of these lines behind the licence.
file() {
	mkdir -p "$tree/$(dirname "$1")"
	path=$tree/$1
	shift
	printf '%s\n' '/* SPDX-License-Identifier: MIT */' "$@" >"$path"
}

# breach SENTENCE: the tree breaks exactly that law; then its sources are removed.
breach() {
	if found=$("$lint" "$tree"); then
		echo "rooms.sh does not see: $1"
		failed=1
	elif [ "$(printf '%s\n' "$found" | grep -c .)" -ne 1 ] || ! printf '%s' "$found" | grep -Fq "$1"; then
		printf 'rooms.sh says, instead of "%s":\n%s\n' "$1" "$found"
		failed=1
	fi
	rm -rf "$tree/src"
}

file include/base/buf.h 'int buf;'
file include/proc/maps.h '#include "base/buf.h"'
file include/model/region.h '#include "proc/maps.h"'

file src/model/region.c '#include "model/region.h"' '#include <stdio.h>' '#include "proc/maps.h"'
file src/app/main.c '#include <stdio.h>' '#include "model/region.h"' 'int f(void) { return printf("x"); }'
"$lint" "$tree" || { echo "rooms.sh complains about a clean tree"; failed=1; }
rm -rf "$tree/src"

file src/tui/x.c '#include "proc/maps.h"'
breach 'src/tui/x.c:2: includes "proc/maps.h": tui may include tui, base, model and detect, not proc'
file src/base/x.c '#include "proc/maps.h"'
breach 'base may include no other room, not proc'
file src/report/x.c '#include <ncurses.h>'
breach 'only src/tui knows curses'
file src/model/region.c '#include <stdio.h>' '#include "model/region.h"'
breach 'own header'
file src/proc/maps_internal.h 'int x;'
file src/source/x.c '#include "proc/maps_internal.h"'
breach 'private to proc'
file src/detect/x.c 'void f(void) { printf("x"); }'
breach 'only app, report and tui do'
file src/misc/x.c 'int x;'
breach 'misc is no room'
file src/base/x.c '// x'
breach 'comments here are /* */'
exit $failed
