#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Where growth ends: cgroups, mappings; thresholds given several times; what is normal.

. "$(dirname "$0")/lib.sh"

# Each value is a threshold of its own, told once, between the rows, and again in the report.
thresholds_repeated() {
	start_target leak 4194304 1048576
	run 1 "$TARGET_PID" -i 0.5 -d 4 --exit-code --max-rss 6M --max-rss 10M --max-rss 1T --max-anon 6M
	equal "lines at once and in the report, 6 MB" 2 "$(grep -c '^Warning: RSS .* is above --max-rss 6 MB' "$T/out")"
	equal "the same, 10 MB" 2 "$(grep -c '^Warning: RSS .* is above --max-rss 10 MB' "$T/out")"
	found '^Warning: anonymous memory .* is above --max-anon 6 MB' "$T/out"
	absent '1 TB|1024 GB' "$T/out"
	sed -n '/--max-rss 10/,$p' "$T/out" | grep -Eq '^00:0[0-9]\.[05] ' || fail "told late: $(cat "$T/out")"
	need_json
	run 0 "$TARGET_PID" -i 0.5 -d 1 --json --max-rss 1M --max-rss 2M
	jq -e '[.warnings[] | select(test("--max-rss [12] MB"))] | length == 2' "$T/out" >/dev/null ||
		fail "$(jq .warnings "$T/out")"
}

threshold_in_the_dashboard() {
	start_target leak 1048576 1048576
	dashboard 100x30 "$TARGET_PID" -i 0.5 --max-rss 5M --exit-code
	wait_screen '^ RSS .* is above --max-rss 5 MB' 15
	equal "the bell" 1 "$(pane window_bell_flag)"
	keys Space
	wait_screen 'frozen at .* meanwhile RSS .* is above --max-rss 5 MB'
	keys Space
	keys q
	wait_left 5
	equal "status" 1 "$LEFT_STATUS"
	in_scrollback '^Warning: RSS .* is above --max-rss 5 MB'
}

normal_given() {
	start_target idle
	run 0 "$TARGET_PID" -i 0.1 -d 2 --csv "$T/normal.csv"
	run 0 "$TARGET_PID" -i 0.1 -d 1.5 --exit-code --normal "$T/normal.csv"
	absent 'normal' "$T/out"
	start_target leak 10485760 1048576
	run 1 "$TARGET_PID" -i 0.1 -d 2.5 --exit-code --normal "$T/normal.csv"
	found '^Warning: anonymous memory .* is above what was normal in the --normal recording' "$T/out"
	# One that was recorded before and is analysed, without and with what is normal for it.
	awk 'BEGIN { print "time_s,rss_kb"; for (t = 0; t < 3 * 86400; t += 300)
		print t "," 200000 + 100000 * sin(t / 86400 * 6.2832) }' >"$T/day.csv"
	awk -F, 'NR == 1 { print } NR > 1 { print $1 "," $2 + ($1 > 150000 ? 90000 : 0) }' "$T/day.csv" >"$T/step.csv"
	run 0 --analyze "$T/day.csv"
	absent 'normal' "$T/out"
	run 0 --analyze "$T/step.csv"
	found '^Warning: RSS .* is above what was normal at this time of day in the first day' "$T/out"
}

normal_refused() {
	start_target idle
	refused 2 'nowhere' "$TARGET_PID" -d 1 --normal "$T/nowhere"
	printf 'time_s,rss_kb\n0,1\n1,2\n' >"$T/short.csv"
	refused 2 'short.csv.*ten' "$TARGET_PID" -d 1 --normal "$T/short.csv"
	printf 'time_s,rss_kb\n0,1\n1,many\n' >"$T/bad.csv"
	refused 2 'bad.csv:3' "$TARGET_PID" -d 1 --normal "$T/bad.csv"
	refused 2 'file' "$TARGET_PID" -d 1 --normal -
	refused 2 '16 thresholds' "$TARGET_PID" -d 1 $(seq -f '--max-maps %g' 17)
}

# group_done: what the case left in its groups is killed, then they are removed.
group_done() {
	[ -z "${GROUP:-}" ] || {
		kill -KILL $(cat "$GROUP/below/cgroup.procs" 2>/dev/null) 2>/dev/null
		for _ in $(seq 100); do
			rmdir "$GROUP/below" "$GROUP" 2>/dev/null
			[ -d "$GROUP" ] || break
			sleep 0.05
		done
	}
	case_end
}

# A real group of version one; the limit is that of the group above the target's own.
cgroup_real() {
	need_json
	local own
	own=$(sed -n 's/^[0-9]*:memory:\//\//p' /proc/self/cgroup)
	GROUP=/sys/fs/cgroup/memory$own/e2e-$$-$RANDOM
	[ -n "$own" ] && mkdir "$GROUP" 2>/dev/null || {
		GROUP=
		skip "no memory controller of version one that we may use"
	}
	trap group_done EXIT
	echo 1 >"$GROUP/memory.use_hierarchy" 2>/dev/null || true
	mkdir "$GROUP/below"
	echo 100M >"$GROUP/memory.limit_in_bytes"
	"$TARGETS/leak" 1048576 1048576 >"$T/target" &
	echo $! >"$GROUP/below/cgroup.procs"
	wait_until 10 grep -q '^ready' "$T/target"
	TARGET_PID=$(sed -n 's/^ready //p' "$T/target")
	run 0 "$TARGET_PID" -i 0.5 -d 14 --json
	local used
	used=$(cat "$GROUP/memory.usage_in_bytes")
	jq -e --argjson used "$used" '.limit.kind == "cgroup" and .limit.bytes == 104857600
		and (.eta_s - (104857600 - $used) / 1048576 | fabs) < 0.2 * .eta_s + 1
		and .eta_low_s <= .eta_s and .eta_s <= .eta_high_s
		and (.oom_score | type) == "number" and (.oom_score_adj | type) == "number"' "$T/out" >/dev/null ||
		fail "used $used: $(jq '{limit, eta_s, eta_low_s, eta_high_s, oom_score, oom_score_adj}' "$T/out")"
}

# status_of KILOBYTES MAPPINGS: the process of the tree in $T/proc at this moment, replaced as a whole.
status_of() {
	printf 'Name:\tfixture\nState:\tS (sleeping)\nTgid:\t7\nPid:\t7\nPPid:\t1\nTracerPid:\t0\nUid:\t0\t0\t0\t0\n%s' \
		"VmSize:	 $((3000000 + $1)) kB
VmRSS:	 $(($1 + 1000)) kB
RssAnon:	 $1 kB
RssFile:	 1000 kB
RssShmem:	 0 kB
VmData:	 $1 kB
VmSwap:	 0 kB
Threads:	 1
" >"$T/proc/7/status.new"
	mv "$T/proc/7/status.new" "$T/proc/7/status"
}

# A tree of version two whose mountinfo points into itself; the process in it grows by 1 MB in 0.2 s.
cgroup_tree() {
	mkdir -p "$T/proc/7" "$T/proc/sys/vm" "$T/cg/a/b"
	status_of 20000
	printf '7 (fixture) S 1 1 1 0 -1 4194304 10 0 2 0 3 4 0 0 20 0 1 0 100 9000000 250 18446744073709551615 %s\n' \
		"134512640 135000000 ${1:-140722969160752} 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 12582912 12589912 16777216 0 0 0 0 0" \
		>"$T/proc/7/stat"
	: >"$T/proc/7/maps"
	echo 0::/a/b >"$T/proc/7/cgroup"
	echo "30 23 0:26 / $T/cg rw,nosuid - cgroup2 cgroup rw" >"$T/proc/7/mountinfo"
	echo 65530 >"$T/proc/sys/vm/max_map_count"
	echo 321 >"$T/proc/7/oom_score"
	echo -5 >"$T/proc/7/oom_score_adj"
	(for i in $(seq 300); do
		status_of $((20000 + i * 1024))
		sleep 0.2
	done) &
}

cgroup_v2() {
	need_json
	cgroup_tree
	echo max >"$T/cg/a/b/memory.max"
	echo $((1 << 30)) >"$T/cg/a/memory.max"
	echo $((600 << 20)) >"$T/cg/a/memory.high"
	echo $((300 << 20)) >"$T/cg/a/memory.current"
	echo "inactive_file $((100 << 20))" >"$T/cg/a/memory.stat"
	run 0 --procfs "$T/proc" 7 -i 0.5 -d 12 --json
	# 600 MB less 200 MB in use at the rate that was seen: the fixture grows by 5 MB a second where it can.
	jq -e '.limit == {"kind": "cgroup-high", "bytes": 629145600, "count": null}
		and (.eta_s * .growth_bytes_per_s / 1048576 | . > 300 and . < 440) and .eta_low_s <= .eta_s
		and .oom_score == 321 and .oom_score_adj == -5' "$T/out" >/dev/null ||
		fail "$(jq '{limit, eta_s, eta_low_s, oom_score, oom_score_adj, verdict}' "$T/out")"
}

# The stack of a 32-bit process lies below 4 GiB: that is where its address space ends.
address_space() {
	need_json
	cgroup_tree 4294959104
	run 0 --procfs "$T/proc" 7 -i 0.5 -d 12 --json
	jq -e '.limit.kind == "address-space" and .limit.bytes == 4294967296 and .eta_s > 60 and .eta_s < 3000' \
		"$T/out" >/dev/null || fail "$(jq '{limit, eta_s, verdict}' "$T/out")"
	run 0 --procfs "$T/proc" 7 -i 0.5 -d 12
	found 'reaches the 4.0 GB that a 32-bit process can address in about' "$T/out"
}


check "thresholds given several times" thresholds_repeated
check "a threshold in the dashboard: banner, bell, status" threshold_in_the_dashboard
check "--normal, and the first day" normal_given
check "--normal: files that are none" normal_refused
check "the limit of a real cgroup, version one" cgroup_real
check "cgroup version two: memory.high of the group above" cgroup_v2
check "the address space of a 32-bit process" address_space
finish
