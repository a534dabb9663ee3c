#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Metrics for the textfile collector: the file while it is written, at its end, and when it cannot be; then a real
# node_exporter, a real Prometheus, and an alert.

. "$(dirname "$0")/lib.sh"

RULES=src/share/memleak-detective.rules.yml

# observe FILE ARGUMENT...: the program in the background, in WATCH_PID, once the file is there.
observe() {
	local file=$1
	shift
	"$PROGRAM" --openmetrics "$file" "$@" >"$T/out" 2>"$T/err" </dev/null &
	WATCH_PID=$!
	wait_until 30 test -e "$file"
}

# ended STATUS: it has ended so, and left nothing in $T/d.
ended() {
	local status=0
	wait "$WATCH_PID" || status=$?
	equal "status" "$1" "$status"
	equal "left behind" "" "$(ls -A "$T/d")"
}

# until_told STATUS: what sh does until $T/go is there, then ends so.
until_told() {
	echo "until test -e '$T/go'; do sleep 0.1; done; exit $1"
}

# metric NAME FILE: its value; several lines where it has several.
metric() {
	awk -v name="$1{" 'index($0, name) == 1 { print $NF }' "$2"
}

more_rows() {
	[ "$(table_rows "$T/out" | wc -l)" -ge "$1" ]
}

more_than() {
	[ "$(metric memleak_samples "$2")" -gt "$1" ]
}

# What both formats demand of the whole: the head, the end, and one TYPE for each HELP.
whole_file() {
	equal "first line" "# HELP memleak_up" "$(head -n 1 "$1" | cut -c1-17)"
	equal "last line" "# EOF" "$(tail -n 1 "$1")"
	equal "TYPE for each HELP" "$(grep -c '^# HELP ' "$1")" "$(grep -c '^# TYPE memleak_[a-z_]* gauge$' "$1")"
	no_controls "$1"
}

# promtool_agrees FILE: where there is one.
promtool_agrees() {
	if command -v promtool >/dev/null 2>&1; then
		promtool check metrics <"$1" >"$T/lint" 2>&1 || fail "$(cat "$T/lint" "$1")"
	fi
}

written_and_removed() {
	local f=$T/d/shopd.prom reads=0 n rss
	mkdir "$T/d"
	start_target leak 1048576 1024
	umask 077
	observe "$f" "$TARGET_PID" -i 0.1 -d 8 --csv "$T/a.csv"
	equal "mode" 644 "$(stat -c %a "$f")"
	# Whoever reads it, whenever: all of it.
	while cat "$f" >"$T/read.$reads" 2>/dev/null; do
		reads=$((reads + 1))
	done
	rm "$T/read.$reads"
	ended 0
	[ "$reads" -ge 20 ] || fail "$reads readings"
	awk 'FNR == 1 && (!/^# HELP memleak_up / || (NR > 1 && last != "# EOF")) { bad = 1 }
		{ last = $0 } END { exit bad || last != "# EOF" }' "$T"/read.* || fail "one of $reads readings is not whole"
	equal "empty readings" "" "$(find "$T" -name 'read.*' -empty)"
	cp "$T/read.$((reads - 1))" "$T/last"
	whole_file "$T/last"
	promtool_agrees "$T/last"
	more_than 20 "$T/last"
	# The figures are those of one of the rows.
	rss=$(metric memleak_rss_bytes "$T/last")
	n=$(metric memleak_samples "$T/last")
	equal "RSS of sample $n" "$rss" "$(awk -F, -v n="$n" 'NR == n + 1 { print $3 * 1024 }' "$T/a.csv")"
	equal "labels" "{watch=\"shopd\",pid=\"$TARGET_PID\",comm=\"leak\"}" \
		"$(sed -n 's/^memleak_rss_bytes\(.*\) .*/\1/p' "$T/last")"
	equal "verdicts that hold" 1 "$(metric memleak_verdict "$T/last" | grep -c '^1$')"
	equal "up" 1 "$(metric memleak_up "$T/last")"
	[ "$(($(date +%s) - $(metric memleak_sample_timestamp_seconds "$T/last" | cut -d. -f1)))" -lt 60 ]
}

refusals() {
	local sum
	mkdir "$T/d"
	start_target idle
	refused 5 'none/a.prom: its directory does not exist' "$TARGET_PID" -d 1 --openmetrics "$T/none/a.prom"
	refused 5 'is a directory' "$TARGET_PID" -d 1 --openmetrics "$T"
	echo 'dear to somebody' >"$T/other"
	sum=$(md5sum <"$T/other")
	refused 5 'other: it is something else' "$TARGET_PID" -d 1 --openmetrics "$T/other"
	ln -s other "$T/link"
	refused 5 'link: it is a symbolic link' "$TARGET_PID" -d 1 --openmetrics "$T/link"
	refused 5 '/dev/full' "$TARGET_PID" -d 1 --openmetrics /dev/full
	equal "that file" "$sum" "$(md5sum <"$T/other")"
	# No command is started that would have to be ended; and nothing is written of what is not there.
	refused 5 'it is something else' --openmetrics "$T/other" -- touch "$T/started"
	[ ! -e "$T/started" ]
	refused 3 'no such process' 2147483646 -d 1 --openmetrics "$T/d/a.prom"
	refused 3 'cannot start' -d 1 --openmetrics "$T/d/a.prom" -- "$T/no-command"
	equal "left behind" "" "$(ls -A "$T/d")"
}

# The second of two that write the same file is refused, and the first goes on.
two_watches() {
	mkdir "$T/d"
	start_target idle
	observe "$T/d/a.prom" "$TARGET_PID" -i 0.1
	wait_until 30 more_than 5 "$T/d/a.prom"
	# The first one goes on writing to its own $T/out.
	mkdir "$T/second"
	T=$T/second refused 5 'a.prom: another watch writes it; give each a path of its own' "$TARGET_PID" -d 1 --openmetrics "$T/d/a.prom"
	equal "files" a.prom "$(ls -A "$T/d")"
	kill -TERM "$WATCH_PID"
	ended 0
}

refused_to_others() {
	local status=0
	need_root
	need setpriv
	mkdir -m 755 "$T/locked"
	chmod 755 "$T" "$WORK"
	cp "$PROGRAM" "$T/program"
	setpriv --reuid 65534 --regid 65534 --clear-groups "$T/program" --openmetrics "$T/locked/a.prom" -d 1 -- sleep 2 \
		>"$T/out" 2>"$T/err" </dev/null || status=$?
	equal "status" 5 "$status"
	found 'locked/a.prom: permission denied; give a directory that you may write to' "$T/err"
	equal "lines" 1 "$(wc -l <"$T/err")"
}

# However a watch ends nothing stays of it, unless it is killed: then the next one takes over.
ends() {
	local f=$T/d/a.prom signal
	mkdir "$T/d"
	start_target idle
	for signal in INT TERM HUP; do
		observe "$f" "$TARGET_PID" -i 0.1
		kill "-$signal" "$WATCH_PID"
		ended 0
	done
	observe "$f" "$TARGET_PID" -i 0.1
	kill -KILL "$WATCH_PID"
	wait "$WATCH_PID" || true
	whole_file "$f"
	observe "$f" "$TARGET_PID" -i 0.1
	wait_until 20 more_rows 3
	kill -TERM "$WATCH_PID"
	ended 0
	# The target's end, and that of a command.
	observe "$f" -i 0.1 -- sh -c "$(until_told 7)"
	touch "$T/go"
	ended 0
	found 'exit status 7' "$T/out"
}

followed() {
	local f=$T/d/waits.prom pid
	mkdir "$T/d"
	# A name that nobody else has.
	cp "$TARGETS/idle" "$T/e2e-met-$$"
	observe "$f" --follow "e2e-met-$$" -i 0.1
	equal "up" 0 "$(metric memleak_up "$f")"
	equal "lines" 3 "$(grep -vc '^#' "$f")"
	whole_file "$f"
	promtool_agrees "$f"
	for _ in 1 2; do
		"$T/e2e-met-$$" >/dev/null &
		pid=$!
		wait_until 30 grep -q "memleak_rss_bytes.*pid=\"$pid\"" "$f"
		equal "up" 1 "$(metric memleak_up "$f")"
		kill -KILL "$pid"
		wait "$pid" || true
		wait_until 30 grep -q '^memleak_up{watch="waits"} 0$' "$f"
		absent "pid=" "$f"
	done
	kill -TERM "$WATCH_PID"
	ended 0
}

hostile_names() {
	local f="$T/d/a\"b\\c.prom"
	mkdir "$T/d" "$T/files"
	start_target hostile "$T/files"
	observe "$f" "$TARGET_PID" -i 0.1
	wait_until 30 more_than 3 "$f"
	cp "$f" "$T/read"
	whole_file "$T/read"
	promtool_agrees "$T/read"
	# shellcheck disable=SC1003
	equal "labels" '{watch="a\"b\\c",pid="'"$TARGET_PID"'",comm="e\\x1B[31mv)\\x0A( R) S"}' \
		"$(sed -n 's/^memleak_rss_bytes\(.*\) [0-9]*$/\1/p' "$T/read")"
	kill -TERM "$WATCH_PID"
	ended 0
}

# A disk that is full is told of, and written again when there is room; the rows go on meanwhile.
disk_full() {
	local f=$T/disk/a.prom on pid rows
	need_root
	need unshare nsenter
	mkdir "$T/disk"
	# shellcheck disable=SC2016
	unshare -m sh -c 'mount -t tmpfs -o size=256k,mode=777 none "$0"' "$T/disk" 2>/dev/null ||
		skip "no file system of one's own"
	start_target idle
	# shellcheck disable=SC2016
	unshare -m sh -c 'mount -t tmpfs -o size=256k,mode=777 none "$0" && exec "$@"' "$T/disk" \
		"$PROGRAM" "$TARGET_PID" -i 0.1 --openmetrics "$f" >"$T/out" 2>"$T/err" </dev/null &
	pid=$!
	wait_until 20 test -s "$T/out"
	on="nsenter -m -t $pid"
	wait_until 20 $on test -e "$f"
	$on dd if=/dev/zero of="$T/disk/filler" bs=1k 2>/dev/null || true
	wait_until 30 grep -q '^Note: openmetrics: cannot write .*a\.prom: no space left on device; free some' "$T/out"
	$on cat "$f" >"$T/read"
	whole_file "$T/read"
	rows=$(table_rows "$T/out" | wc -l)
	wait_until 20 more_rows $((rows + 10))
	equal "temporary files" "" "$($on find "$T/disk" -name '*.tmp')"
	$on rm "$T/disk/filler"
	wait_until 30 grep -q '^Note: openmetrics: written again' "$T/out"
	equal "said how often" 1 "$(grep -c '^Note: openmetrics: cannot' "$T/out")"
	kill -INT "$pid"
	wait "$pid"
	found '^Warning: openmetrics: cannot write' "$T/out"
}

# Removed with its directory, and never again there: that is an error.
never_again() {
	mkdir "$T/d"
	start_target idle
	observe "$T/d/a.prom" "$TARGET_PID" -i 0.1
	mv "$T/d" "$T/away"
	wait_until 30 grep -q '^Note: openmetrics: cannot write .*its directory does not exist' "$T/out"
	kill -INT "$WATCH_PID"
	local status=0
	wait "$WATCH_PID" || status=$?
	equal "status" 5 "$status"
	found 'a\.prom: its directory does not exist' "$T/err"
	equal "lines" 1 "$(wc -l <"$T/err")"
}

in_the_dashboard() {
	local f=$T/d/a.prom first
	mkdir "$T/d"
	start_target leak 1048576 1024
	first=$TARGET_PID
	start_target idle
	dashboard 100x30 "$first" -i 0.2 --openmetrics "$f"
	wait_until 20 more_than 3 "$f"
	# It stands still on the screen, not in the file.
	keys Space
	wait_screen 'frozen at'
	local n
	n=$(metric memleak_samples "$f")
	wait_until 20 more_than $((n + 3)) "$f"
	keys Space
	keys 7
	wait_screen 'processes, read in' 20
	keys /
	tm send-keys -l "$TARGET_PID"
	keys Enter
	wait_screen "^ *$TARGET_PID .* idle" 20
	keys Enter
	wait_screen 'openmetrics ended: about the process watched first' 20
	wait_until 20 test ! -e "$f"
	keys q
	wait_left 10
	equal "status" 0 "$LEFT_STATUS"
	equal "left behind" "" "$(ls -A "$T/d")"
}

# The last picture stays as long as somebody looks at it; the figures do not.
target_gone_in_the_dashboard() {
	local f=$T/d/a.prom
	mkdir "$T/d"
	dashboard 100x30 -i 0.2 --openmetrics "$f" -- sh -c "$(until_told 3)"
	wait_until 20 test -e "$f"
	touch "$T/go"
	wait_screen 'report in 10 s' 30
	wait_until 20 test ! -e "$f"
	keys h
	on_screen 'exited'
	keys q
	wait_left 10
	terminal 100x30 env LC_ALL=C.UTF-8 "$PROGRAM" "$$" --openmetrics "$T"
	wait_left 10
	equal "status" 5 "$LEFT_STATUS"
	in_scrollback 'is a directory'
}

rules() {
	need promtool
	promtool check rules "$RULES"
	promtool test rules tests/fixtures/openmetrics/rules.test.yml
}

# --- Prometheus ------------------------------------------------------------------------------------

# http PORT PATH: what it answers, without the head.
http() {
	(
		exec 4<>"/dev/tcp/127.0.0.1/$1" || exit 1
		printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$2" >&4
		timeout 10 sed '1,/^\r*$/d' <&4
	) 2>/dev/null
}

# answers PORT PATH REGEX
answers() {
	http "$1" "$2" >"$T/answer" && grep -Eq -- "$3" "$T/answer"
}

# serve NAME PATH COMMAND...: starts a server with PORT for its address; another one where somebody has it.
serve() {
	local name=$1 path=$2 pid
	shift 2
	for _ in 1 2 3 4 5 6; do
		PORT=$((20000 + RANDOM))
		http "$PORT" / >/dev/null && continue
		"${@//PORT/$PORT}" >"$T/$name.log" 2>&1 &
		pid=$!
		wait_until 30 server_settled "$pid" "$path" || fail "$(tail -n 5 "$T/$name.log")"
		if alive "$pid"; then
			return 0
		fi
	done
	fail "$name does not start: $(tail -n 5 "$T/$name.log")"
}

server_settled() {
	gone "$1" || http "$PORT" "$2" >/dev/null
}

# alerts: those that fire, a line "watch alertname" each.
alerts() {
	http "$prometheus" /api/v1/alerts | jq -r '.data.alerts[] | select(.state == "firing")
		| .labels.watch + " " + .labels.alertname' | sort
}

an_alert_fires() {
	[ -n "$(alerts)" ]
}

# query EXPRESSION: the values, sorted.
query() {
	http "$prometheus" "/api/v1/query?query=$(jq -rn --arg q "$1" '$q | @uri')" |
		jq -r '.data.result[] | .value[1]' | sort
}

gives() {
	[ "$(query "$1")" = "$2" ]
}

# What a scraper of OpenMetrics gets, so that a real reader of that format says whether the file is one.
serve_as_openmetrics() {
	cat >"$T/serve.py" <<-'END'
		import http.server, sys

		class Handler(http.server.BaseHTTPRequestHandler):
		    def do_GET(self):
		        body = open(sys.argv[2], 'rb').read()
		        self.send_response(200)
		        self.send_header('Content-Type', 'application/openmetrics-text; version=1.0.0; charset=utf-8')
		        self.end_headers()
		        self.wfile.write(body)

		http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
	END
	serve openmetrics / python3 "$T/serve.py" PORT "$1"
}

# watch_as NAME PID: its file is $T/d/NAME.prom.
watch_as() {
	observe "$T/d/$1.prom" "$2" -i 0.5
}

three_watched_one_leaks() {
	local node direct prometheus begin leaking
	need prometheus prometheus-node-exporter promtool python3 jq
	mkdir "$T/d"
	start_target leak 4194304 1048576
	leaking=$TARGET_PID
	begin=$SECONDS
	watch_as leaks "$leaking"
	start_target idle
	watch_as rests "$TARGET_PID"
	# Two that watch the same process: their series must not collide.
	watch_as rests-too "$TARGET_PID"
	start_target reserve
	watch_as reserves "$TARGET_PID"
	serve node /metrics prometheus-node-exporter --collector.disable-defaults --collector.textfile \
		--collector.textfile.directory="$T/d" --web.listen-address=127.0.0.1:PORT
	node=$PORT
	serve_as_openmetrics "$T/d/leaks.prom"
	direct=$PORT
	cat >"$T/prometheus.yml" <<-END
		global: { scrape_interval: 1s, evaluation_interval: 1s }
		rule_files: [ "$ROOT/$RULES" ]
		scrape_configs:
		  - job_name: node
		    static_configs: [ { targets: [ "127.0.0.1:$node" ] } ]
		  - job_name: direct
		    static_configs: [ { targets: [ "127.0.0.1:$direct" ] } ]
		    metric_relabel_configs: [ { source_labels: [ watch ], regex: .+, target_label: watch, replacement: direct } ]
	END
	serve prometheus /-/ready prometheus --config.file="$T/prometheus.yml" --storage.tsdb.path="$T/tsdb" \
		--web.listen-address=127.0.0.1:PORT
	prometheus=$PORT
	wait_until 30 gives 'count(memleak_rss_bytes{job="node"})' 4
	wait_until $((120 - (SECONDS - begin))) an_alert_fires
	echo "an alert fires after $((SECONDS - begin)) s"
	wait_until 20 gives 'count(ALERTS{alertstate="firing"})' 2
	equal "firing" "direct MemleakLeak leaks MemleakLeak" "$(alerts | paste -sd ' ')"
	equal "pid" "$leaking" "$(http "$prometheus" /api/v1/alerts |
		jq -r '.data.alerts[] | select(.labels.watch == "leaks") | .labels.pid')"
	# Neither of the readers has anything to say against what it reads.
	wait_until 30 gives 'min(up)' 1
	equal "errors of the collector" 0 "$(query node_textfile_scrape_error)"
	absent 'level=error|inconsistent|collected before' "$T/node.log"
	absent 'Error on ingesting|parse|level=error' "$T/prometheus.log"
	# The end of a watch is the end of its series.
	equal "watched" 3 "$(query 'count(count by (pid) (memleak_rss_bytes{job="node"}))')"
	kill -TERM "$WATCH_PID"
	wait "$WATCH_PID"
	wait_until 30 gives 'count(memleak_rss_bytes{job="node"})' 3
}

check "the file is whole whenever it is read, and gone at the end" written_and_removed
check "what cannot be written is refused and left as it is" refusals
check "two watches do not share a file" two_watches
check "a directory of others is refused" refused_to_others
check "however a watch ends its file goes, and is taken over from one that was killed" ends
check "between two lives it tells of nobody" followed
check "hostile names in metrics" hostile_names
check "a full disk is told of and survived" disk_full
check "a file that cannot be written to the last is an error" never_again
check "--openmetrics in the dashboard" in_the_dashboard
check "the file goes with the target, not with the picture" target_gone_in_the_dashboard
check "promtool on the alert rules" rules
check "Prometheus: of three watched processes one leaks, and an alert fires" three_watched_one_leaks
finish
