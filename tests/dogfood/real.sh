#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The tool watches itself watching a busy process, for DOGFOOD_SECONDS (600) of real time: a dashboard with somebody at
# its keys, a table with CSV, a recording without a screen. Each has a watcher of its own, whose verdict must be that it
# does not leak, at the end and once more from its CSV. Beside that verdict stand plain figures.
#
# DOGFOOD_WARM (420) seconds go before: until history (8 MiB at most), the cache of SQLite (2 MB) and what is kept of looks
# inside the heap are full, we grow, and a watcher rightly says so. That takes some 5,000 samples, so there are 20 a second.

. "$(dirname "$0")/../e2e/lib.sh"

SECONDS_ALL=${DOGFOOD_SECONDS:-600}
WARM=${DOGFOOD_WARM:-420}
SLACK_KB=${DOGFOOD_SLACK_KB:-256}

# Sets of the CSV: mean and largest of a column in thirds 2 and 3.
thirds() {
	awk -F, -v name="$1" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next }
		$c != "" { v[++n] = $c }
		END {
			from = int(n / 3)
			for (i = from + 1; i <= n; i++) {
				third = i <= 2 * from ? 2 : 3
				sum[third] += v[i]; count[third]++
				if (v[i] > most[third]) most[third] = v[i]
			}
			printf "%.0f %.0f %d %d\n", sum[2] / count[2], sum[3] / count[3], most[2], most[3]
		}' "$2"
}

# No more than so much more in the last third than in the middle one, in the mean and at its most.
flat() {
	local mean2 mean3 most2 most3
	read -r mean2 mean3 most2 most3 <<<"$(thirds "$1" "$T/watch.csv")"
	echo "$1: middle third $mean2 (at most $most2), last third $mean3 (at most $most3)"
	[ $((mean3 - mean2)) -le "$2" ] || fail "$1 grew: mean $mean2, then $mean3"
	[ $((most3 - most2)) -le "$2" ] || fail "$1 grew: at most $most2, then $most3"
}

# no_leak FILE: a report that says so, for a reason that is not lack of data.
no_leak() {
	equal "verdict in $1" no-leak "$(jq -r .verdict "$1")"
}

# watched PID WHO: once it is warm another one of us watches it to the end; meanwhile `meanwhile` is called again and again.
watched() {
	local watcher begin=$SECONDS
	while [ $((SECONDS - begin)) -lt "$WARM" ]; do
		meanwhile || true
	done
	"$PROGRAM" "$1" -i 1 -d "$SECONDS_ALL" --json --csv "$T/watch.csv" >"$T/watch.json" 2>"$T/watch.err" &
	watcher=$!
	while alive $watcher; do
		meanwhile || true
	done
	wait $watcher || fail "the watcher: $(cat "$T/watch.err")"
	alive "$1" || fail "what was watched ended"$'\n'"$(screen 2>&1; tail -n 20 "$T/err" 2>&1)"
	equal "children" "" "$(pgrep -P "$1" || true)"
	run 0 --analyze "$T/watch.csv" --json
	{
		echo "$2: verdict $(jq -r '.verdict + ", cause " + .cause' "$T/watch.json"), confidence $(jq .confidence "$T/watch.json")," \
			"from CSV $(jq -r .verdict "$T/out"); $(jq .samples "$T/watch.json") samples"
		echo "  rss_kb mean middle/last third, most: $(thirds rss_kb "$T/watch.csv")"
		echo "  anon_kb $(thirds anon_kb "$T/watch.csv")"
		echo "  fds $(thirds fds "$T/watch.csv")"
	} >&3
	no_leak "$T/watch.json"
	no_leak "$T/out"
	flat rss_kb "$SLACK_KB"
	flat anon_kb "$SLACK_KB"
	flat fds 0
}

meanwhile() {
	sleep 1
}

busy() {
	need_json
	start_target busy $((WARM + SECONDS_ALL + 120)) 20
}

table_stays_flat() {
	busy
	"$PROGRAM" "$TARGET_PID" -i 0.05 --csv "$T/own.csv" --columns all >"$T/rows" 2>"$T/err" &
	watched $! "table and CSV"
}

recording_stays_flat() {
	"$PROGRAM" --version | grep -q '^recordings: yes' || skip "built without SQLite"
	busy
	"$PROGRAM" "$TARGET_PID" -i 0.05 -b --record "$T/own.mld" --record-limit 1M >"$T/rows" 2>"$T/err" &
	watched $! "recording"
}

# Every view and page, a look inside the heap that goes on all the time, other sizes, a frozen picture.
pressed() {
	local sizes=(100x30 80x24 200x60 60x10 120x40) size
	for key in 1 2 j j Enter Escape a 3 j 4 G 5 j Enter Escape 6 7 j t t w Escape '?' '?' Escape Space Left Left Space u m m d Escape; do
		keys "$key" || return 0
		sleep 0.3
	done
	size=${sizes[$((pressed % ${#sizes[@]}))]}
	tm resize-window -x "${size%x*}" -y "${size#*x}" || return 0
	pressed=$((pressed + 1))
}

dashboard_stays_flat() {
	need tmux
	busy
	dashboard 100x30 "$TARGET_PID" -i 0.05
	pressed=0
	keys 5
	keys x
	meanwhile() { pressed; }
	watched "$(program_pid)" "dashboard"
	equal "rounds of keys at least" yes "$([ "$pressed" -ge $((SECONDS_ALL / 30)) ] && echo yes || echo "no: $pressed")"
}

check "a dashboard, pressed all the time, does not leak by its own verdict" dashboard_stays_flat
check "a table with CSV does not leak by its own verdict" table_stays_flat
check "a recording does not leak by its own verdict" recording_stays_flat
finish
