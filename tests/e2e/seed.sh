#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The spine of the product: its main command, and the cases that may never go wrong.

. "$(dirname "$0")/lib.sh"

header='Time   RSS(MB)  Heap(MB)  Delta'
row='^[0-9]{2}:[0-9]{2} +[0-9]+\.[0-9] +[0-9]+\.[0-9] +(--|[+-][0-9]+\.[0-9])$'
warning='Warning: linear heap growth detected'

# The table and diagnosis of a watch of 60 s at 5 s, as a stranger would check it with a ruler.
check_watch() {
	local file=$1 expected
	equal "first line" "$header" "$(head -n 1 "$file")"
	expected=$(for s in $(seq 0 5 60); do printf '%02d:%02d\n' $((s / 60)) $((s % 60)); done)
	equal "times" "$expected" "$(grep -E "$row" "$file" | cut -d' ' -f1)"
	grep -E "$row" "$file" | awk '
		NR == 1 && $4 != "--" { print "the first Delta is " $4; bad = 1 }
		NR > 1 && sprintf("%+.1f", $3 - heap) != $4 && !($3 == heap && $4 == "+0.0") {
			print "at " $1 " Delta is " $4 ", heap went from " heap " to " $3; bad = 1 }
		{ heap = $3 }
		END { exit bad }'
	grep -Fxq "$warning" "$file" || fail "no line is '$warning' in:"$'\n'"$(cat "$file")"
	found '^RSS [0-9.]+ MB' "$file"
	found '^Next: ' "$file"
}

# The shape of a report: its lines with every figure replaced.
shape() {
	grep -E "$row|^Time" "$1" | sed -E 's/[0-9]+\.[0-9]/N/g; s/[+-]N/N/; s/ +/ /g'
	grep -Ev "$row|^Time" "$1" | sed -n "/^$warning\$/p" | tail -n 1
}

in_pipe_and_terminal() {
	start_target leak
	local command="$PROGRAM --pid $TARGET_PID --interval 5 --duration 60"
	shell 200x50
	$command | cat >"$T/pipe" &
	local pipe=$!
	type_line "$command"
	wait_screen 'RSS' 15
	equal "alternate screen" 1 "$(pane alternate_on)"
	wait_until 90 left_dashboard
	wait_scrollback '^Next: '
	type_line 'echo "status $?"'
	wait_screen '^status 0'
	scrollback | sed -n "/^Time /,/^e2e\\$/p" | sed '$d' >"$T/terminal"
	wait $pipe
	check_watch "$T/pipe"
	check_watch "$T/terminal"
	equal "the same report" "$(shape "$T/pipe")" "$(shape "$T/terminal")"
	# An endless watch into tee must see the warning when it is due, not at the end.
	grep -nFx "$warning" "$T/pipe" | head -n 1 | cut -d: -f1 | {
		read -r line
		[ "$line" -le 13 ] || fail "the warning is not between the rows: line $line"
	}
}

left_dashboard() {
	[ "$(pane alternate_on)" = 0 ]
}

grows_linearly() {
	start_target leak
	run 1 --exit-code --pid "$TARGET_PID" --interval 1 --duration 10
	grep -Fxq "$warning" "$T/out"
}

grows_once() {
	# Where page faults are slow it takes ten seconds to grow "once".
	start_target step 5 12
	run 0 --exit-code --pid "$TARGET_PID" --interval 1 --duration 45
	absent '^Warning' "$T/out"
	found '^No leak detected: ' "$T/out"
}

exits_batch() {
	start_target exit 4
	run 0 --exit-code --pid "$TARGET_PID" --interval 1 --duration 30
	found 'exited' "$T/out"
	absent '^Warning' "$T/out"
}

exits_dashboard() {
	start_target exit 4
	shell 120x40
	type_line "$PROGRAM --pid $TARGET_PID --interval 1"
	wait_screen 'exited' 15
	equal "alternate screen while the last picture stays" 1 "$(pane alternate_on)"
	keys q
	wait_screen '^e2e\$' 5
	wait_scrollback "^Time "
	wait_scrollback 'exited'
	type_line 'echo "status $?"'
	wait_screen '^status 0'
}

heap_like_pmap() {
	need pmap
	start_target idle 7
	run 0 --pid "$TARGET_PID" --interval 0.5 --duration 1 --csv -
	local kb start
	kb=$(csv_value heap_kb "$T/out")
	equal "pmap -X, Size of [heap]" "$(pmap -X "$TARGET_PID" | awk '
		NR == 2 { for (i = 1; i <= NF; i++) if ($i == "Size") size = i }
		/\[heap\]$/ { print $size }')" "$kb"
	start=$(sed -n 's/-.*\[heap\]$//p' "/proc/$TARGET_PID/maps")
	equal "pmap -x, row of $start" \
		"$(pmap -x "$TARGET_PID" | awk -v at="$start" '$1 ~ "^0*" at "$" { print $2 }')" "$kb"
	run 0 --pid "$TARGET_PID" --interval 0.5 --duration 1
	equal "Heap(MB) of the table" "$(awk -v kb="$kb" 'BEGIN { printf "%.1f", kb / 1024 }')" \
		"$(awk '/^00:01.0/ { print $3 }' "$T/out")"
}

sums_like_pmap() {
	need pmap
	start_target idle 16
	dashboard 120x40 --pid "$TARGET_PID" --interval 1
	keys 2
	wait_screen '\[heap\]' 15
	keys e
	wait_screen 'memleak-' 5
	keys C-u
	type_line "$T/regions.csv"
	wait_until 10 test -s "$T/regions.csv"
	keys q
	wait_left
	pmap -x "$TARGET_PID" | awk '/^total kB/ { print $3, $4 }' >"$T/pmap"
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i; next }
		{ size += $c["size_kb"]; rss += $c["rss_kb"] }
		END { print size, rss }' "$T/regions.csv" >"$T/ours"
	equal "total of pmap -x: size and RSS in kB" "$(cat "$T/pmap")" "$(cat "$T/ours")"
}

check "the same watch in a pipe and in a terminal: 60 s at 5 s" in_pipe_and_terminal
check "grows linearly -> warning" grows_linearly
check "grows once -> none" grows_once
check "target exits -> reported, status 0: batch" exits_batch
check "target exits -> reported, status 0: dashboard" exits_dashboard
check "[heap] is what pmap -X and pmap -x say" heap_like_pmap
check "the sums are the total of pmap -x" sums_like_pmap
finish
