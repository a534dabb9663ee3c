#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# record.sh [NAME]...: records the zoo, or some of it: real programs under load, by the project's own recorder,
# each into NAME.csv. What is a leak is so by construction: the comment of each program says why, LABELS
# says it in a form for programs. JOBS=24 at a time; most of them sleep most of the time. DURATION=5 and
# OUT=DIR try a new program out.
# Needs gcc, and what is missing of redis-server redis-tools nginx wrk apache2-utils sqlite3 libjemalloc2
# node java python3 only costs its own programs. Starts no daemon; ends only what it started.
set -u
cd "$(dirname "$0")/../.." || exit 1
ZOO=$PWD/tests/zoo
OUT=${OUT:-$ZOO}
PROGRAM=${PROGRAM:-$PWD/memleak-detective}
JOBS=${JOBS:-24}
JEMALLOC=${JEMALLOC:-/usr/lib/$(uname -m)-linux-gnu/libjemalloc.so.2}
PYTHON=${PYTHON:-/usr/bin/python3}
export LC_ALL=C.UTF-8
unset XDG_STATE_HOME MALLOC_ARENA_MAX LD_PRELOAD

[ -x "$PROGRAM" ] || { echo "no $PROGRAM: run \`make\`"; exit 2; }
WORK=$(mktemp -d "${TMPDIR:-/tmp}/zoo.XXXXXX")
trap 'kill $(jobs -rp) 2>/dev/null; wait; rm -rf "$WORK"' EXIT
trap 'exit 130' INT TERM HUP

# --- how one is recorded -------------------------------------------------------------------------

# start COMMAND [ARGUMENT]...: in the background; its pid is in JOB. It ends with its program.
start() {
	"$@" >"$T/output" 2>&1 </dev/null &
	JOB=$!
	STARTED+=("$JOB")
	disown "$JOB" # or the shell reports its end
}

# load COMMAND...: a shell line that is repeated for ever, at low priority, so that it never starves a recorder.
load() {
	setsid nice -n 5 bash -c "while :; do $*; done" >/dev/null 2>&1 </dev/null &
	GROUPS_STARTED+=("$!")
	disown "$!"
}

end_all() {
	local job
	# It ends the program that it started, which a SIGKILL would not let it do.
	[ -z "$RECORDER" ] || { kill -TERM "$RECORDER"; wait "$RECORDER"; } 2>/dev/null
	for job in ${GROUPS_STARTED[@]+"${GROUPS_STARTED[@]}"}; do
		kill -KILL -- "-$job" 2>/dev/null
	done
	for job in ${STARTED[@]+"${STARTED[@]}"}; do
		kill -KILL "$job" 2>/dev/null
	done
	rm -rf "$T"
}

# recorder INTERVAL DURATION WHAT...: in the background, so that a signal ends this shell at once.
recorder() {
	"$PROGRAM" -b --csv "$T/csv" --no-report -i "$1" -d "${DURATION:-$2}" "${@:3}" >/dev/null 2>"$T/output" &
	RECORDER=$!
	wait "$RECORDER" && RECORDER=
}

# watch INTERVAL DURATION PID: an attached recorder.
watch() {
	recorder "$@"
}

# born INTERVAL DURATION COMMAND...: the recorder starts the program and sees its first breath.
born() {
	recorder "$1" "$2" --kill -- "${@:3}"
}

# A port on 127.0.0.1 that differs from program to program.
port() {
	echo $((21000 + $(printf %s "$1" | cksum | cut -d ' ' -f 1) % 9000))
}

wait_port() {
	for _ in {1..100}; do
		(: </dev/tcp/127.0.0.1/"$1") 2>/dev/null && return
		sleep 0.1
	done
	return 1
}

record_one() {
	T=$WORK/$1 RECORDER='' STARTED=() GROUPS_STARTED=()
	mkdir "$T"
	trap end_all EXIT
	trap 'exit 1' INT TERM HUP
	if "zoo-$1" && [ -s "$T/csv" ]; then
		mv "$T/csv" "$OUT/$1.csv"
		echo "recorded $1: $(($(wc -l <"$OUT/$1.csv") - 1)) samples"
	else
		echo "failed   $1: $(tail -n 1 "$T/output" 2>/dev/null)"
	fi
}

requests() {
	born "$1" "$2" "$WORK/requests" "${@:3}"
}

shapes() {
	born "$1" "$2" "$WORK/shapes" "${@:3}"
}

# --- C: a server without a network ---------------------------------------------------------------
# requests THREADS RATE SLOTS LEAK_EVERY: at most THREADS * SLOTS blocks of 1.3 KiB on average are live.
# Without a leak the working set is full after some SLOTS / RATE seconds, then only glibc's arenas still
# settle. With one, each LEAK_EVERYth request forgets a block: its rate is RATE * THREADS / LEAK_EVERY * 1.3 KiB.

zoo-c1-clean() { requests 1 240 1 400 4000 0; }
zoo-c1-leak() { requests 1 240 1 400 4000 50; }
zoo-c16-clean() { requests 3 900 16 100 500 0; }
zoo-c16-leak() { requests 1 240 16 100 500 100; }

# 4 kB/s, met in the middle of its life: what it leaked before is no evidence.
zoo-c16-slow-leak() {
	start "$WORK/requests" 16 100 500 500
	sleep 60
	watch 3 780 "$JOB"
}

# One arena for all threads.
zoo-c16-arena1-clean() {
	start env MALLOC_ARENA_MAX=1 "$WORK/requests" 16 100 500 0
	sleep 0.2
	watch 2 600 "$JOB"
}

zoo-c16-arena1-leak() {
	start env MALLOC_ARENA_MAX=1 "$WORK/requests" 16 100 500 100
	sleep 0.2
	watch 1 240 "$JOB"
}

# jemalloc: gives back by decay, keeps runs by size class.
zoo-c1-jemalloc-clean() { jemalloc_requests 240 1 400 4000 0; }
zoo-c1-jemalloc-leak() { jemalloc_requests 240 1 400 4000 50; }
zoo-c16-jemalloc-clean() { jemalloc_requests 300 16 100 500 0; }
zoo-c16-jemalloc-leak() { jemalloc_requests 240 16 100 500 100; }

jemalloc_requests() {
	[ -e "$JEMALLOC" ] || { echo "no $JEMALLOC" >"$T/output"; return 1; }
	start env "LD_PRELOAD=$JEMALLOC" "$WORK/requests" "${@:2}"
	sleep 0.2
	watch 1 "$1" "$JOB"
}

# Traffic in waves of 90 s: the kept blocks swell and ebb, the allocator keeps the holes. No leak: equal crests.
zoo-c4-waves-clean() { requests 3 810 4 200 3000 0 0 90; }

# The same waves with a leak under them, 8 kB/s: it fills the holes in the troughs and shows at the crests.
zoo-c4-waves-leak() { requests 2 540 4 200 3000 133 0 90; }

# Healthy for 150 s, then a leak of 20 kB/s, as after a change of configuration.
zoo-c4-late-leak() { requests 1 360 4 200 1000 50 150; }

# --- C: shapes -----------------------------------------------------------------------------------

# No leak: a cache of 80 MB filled within 90 s, then entries are only replaced.
zoo-cache-then-serve() { shapes 1 300 cache 80 90; }

# No leak: 100 MB from one malloc, touched once within 60 s: demand paging, over when all was touched.
zoo-touch-once() { shapes 1 240 touch 100 60; }

# No leak: a job every half minute takes 15 to 30 MB and frees it all.
zoo-batch-worker() { shapes 3 780 batch 30 45; }

# Leak: a memfd that only grows, 50 KiB/s: shared memory, no anonymous page.
zoo-memfd-leak() { shapes 1 240 memfd 50; }

# Leak: a thread every 0.8 s that never ends; each holds some pages of stack and 8 MB of addresses.
zoo-thread-leak() { shapes 1 240 threads 1.25; }

# Leak: two mappings of 70 KiB a second, forgotten.
zoo-mmap-leak() { shapes 1 240 mmap 2; }

# Leak: 20 kB/s in 300 MB: 1 % of it in two and a half minutes. Met late: first its holes fill up.
zoo-leak-in-300mb() {
	start "$WORK/shapes" big 300 20000
	sleep 45
	watch 1 420 "$JOB"
}

# The same without the leak. No leak: it replaces its blocks by as small ones.
zoo-clean-300mb() {
	start "$WORK/shapes" big 300 0
	sleep 45
	watch 1 300 "$JOB"
}

# No leak: bursts of 60 MB every 60 s, all freed but the last block, which pins the rest: retention at the same height.
zoo-spike-retained() { shapes 1 300 spike 60 60; }

# No leak: a file of 60 MB becomes resident by and by, and that is all of it.
zoo-file-mapped() {
	head -c 60M /dev/zero >"$T/file"
	shapes 1 240 file 60 80 "$T/file"
}

# --- python --------------------------------------------------------------------------------------

python() {
	born "$1" "$2" "$PYTHON" "$ZOO/programs/jobs.py" "${@:3}"
}

# Leak: every 10th of 200 requests a second stays in a list: some 25 kB/s.
zoo-py-list-leak() { python 1 240 history 200 10; }

# Leak: one in 150 stays: 2 kB/s, met after a minute.
zoo-py-slow-leak() {
	start "$PYTHON" "$ZOO/programs/jobs.py" history 200 150
	sleep 60
	watch 5 840 "$JOB"
}

# No leak: an LRU cache of 12000 pages; after it is full it only turns over.
zoo-py-lru() { python 1 360 lru 600 12000; }

# No leak: a table of 30 MB is loaded within 20 s, dropped, and after a rest loaded again.
zoo-py-waves() { python 1 300 waves 40 30; }

# No leak: parses and searches; all it keeps is 100 totals.
zoo-py-worker() { python 1 240 worker 40; }

# Leak: cycles, and the collector is off: 200 pairs a second, 40 kB/s.
zoo-py-gc-off-leak() { python 1 240 cycles 200 1; }

# No leak: the same cycles, collected.
zoo-py-gc-on() { python 1 240 cycles 200 0; }

# No leak: starts and idles.
zoo-py-idle() { python 5 600 idle; }

# --- node ----------------------------------------------------------------------------------------

node_server() {
	local port
	port=$(port "node$1")
	start node "$ZOO/programs/server.js" "$port" "$1"
	wait_port "$port" || return 1
	load "ab -q -n 150 -c 6 http://127.0.0.1:$port/page; sleep 0.6"
	watch 1 "$2" "$JOB"
}

# No leak: an HTTP server under ab; V8's heap settles.
zoo-node-steady() { node_server steady 480; }

# Leak: each request leaves a closure that holds its text: some 200 requests/s, 50 kB/s.
zoo-node-leak() { node_server leak 300; }

# --- java ----------------------------------------------------------------------------------------

java_churn() {
	javac -d "$T" "$ZOO/programs/Churn.java" 2>"$T/output" || return 1
	born "$1" "$2" java "${@:6}" -cp "$T" Churn "$3" "$4" "$5"
}

# No leak: garbage of 6 MB/s beside 24 MB live; the heap grows from 32 MB to at most 96 MB and stays.
zoo-java-churn() { java_churn 1 420 6000 24000 0 -Xms32m -Xmx96m; }

# Leak: 1 in 20 objects goes into a static map: 300 kB/s, and G1's heap must follow. The young generation is fixed: G1
# else lets it take steps of 150 MB minutes apart, and a recording as short as this one ends on one of them.
zoo-java-map-leak() { java_churn 1 400 6000 8000 20 -Xmn16m -Xms24m -Xmx1g; }

# Leak: 1 in 40, 150 kB/s, with the serial collector and a young generation that does not grow with the old one.
zoo-java-serial-map-leak() {
	java_churn 2 600 6000 4000 40 -XX:+UseSerialGC -Xmn8m -Xms16m -Xmx1g
}

# No leak: the same churn with the serial collector in a heap touched at the start: flat.
zoo-java-pretouch() {
	java_churn 5 600 6000 24000 0 -XX:+UseSerialGC -XX:+AlwaysPreTouch -Xms96m -Xmx96m
}

# --- redis ---------------------------------------------------------------------------------------

redis() {
	PORT=$(port "$1")
	start redis-server --port "$PORT" --bind 127.0.0.1 --save '' --appendonly no --dir "$T" "${@:2}"
	wait_port "$PORT"
}

# No leak: SETs of ever new keys, but maxmemory 24 MB evicts the old ones.
zoo-redis-capped() {
	redis capped --maxmemory 24mb --maxmemory-policy allkeys-lru || return 1
	load "redis-benchmark -q -p $PORT -c 4 -t set -d 200 -r 100000000 -n 900; sleep 1"
	watch 1 360 "$JOB"
}

# Leak: ever new keys and no bound; the key table doubles in steps now and then.
zoo-redis-growing() {
	redis growing || return 1
	load "redis-benchmark -q -p $PORT -c 4 -t set -d 100 -r 100000000 -n 300; sleep 1"
	watch 1 360 "$JOB"
}

# No leak: nobody comes.
zoo-redis-idle() {
	redis idle || return 1
	watch 5 600 "$JOB"
}

# --- nginx, sqlite3, bash, sleep -----------------------------------------------------------------

# No leak: one worker serves a small file; each connection's memory goes with it.
zoo-nginx-wrk() {
	local port worker
	port=$(port nginx)
	mkdir -p "$T/html"
	seq 2000 >"$T/html/index.html"
	chmod -R a+rX "$WORK"
	cat >"$T/conf" <<-END
		daemon off; worker_processes 1; pid $T/pid; error_log $T/error;
		events { worker_connections 512; }
		http {
			access_log off; gzip on; gzip_types *;
			client_body_temp_path $T/1; proxy_temp_path $T/2; fastcgi_temp_path $T/3;
			uwsgi_temp_path $T/4; scgi_temp_path $T/5;
			server { listen 127.0.0.1:$port; root $T/html; }
		}
	END
	start nginx -p "$T" -c "$T/conf" -e "$T/error"
	wait_port "$port" || return 1
	worker=$(pgrep -P "$JOB") && STARTED+=("$worker")
	load "wrk -t 1 -c \$((4 + RANDOM % 60)) -d 1s -H 'Accept-Encoding: gzip' http://127.0.0.1:$port/; sleep 4"
	watch 1 300 "$worker"
}

# sqlite DATABASE SETUP BATCH DURATION: the shell with a batch of statements every quarter of a second.
sqlite() {
	mkfifo "$T/sql"
	sqlite3 "$1" <"$T/sql" >/dev/null 2>"$T/output" &
	JOB=$!
	STARTED+=("$JOB")
	# shellcheck disable=SC2016
	setsid bash -c 'exec >"$1"; echo "$2"; while echo "$3"; do sleep 0.25; done' - "$T/sql" "$2" "$3" &
	GROUPS_STARTED+=("$!")
	disown -a
	watch 1 "$4" "$JOB"
}

# No leak: rows go into a file, the page cache of 16 MB fills and then turns over.
zoo-sqlite-file() {
	sqlite "$T/db" 'PRAGMA synchronous=off; PRAGMA cache_size=-16000; CREATE TABLE t(k INTEGER, v BLOB);
		CREATE INDEX i ON t(k);' \
		'INSERT INTO t SELECT random(), randomblob(700) FROM generate_series(1, 80);' 360
}

# Leak: the database is in memory and rows only come: some 60 kB/s.
zoo-sqlite-memory-leak() {
	sqlite :memory: 'CREATE TABLE t(k INTEGER, v BLOB);' \
		'INSERT INTO t SELECT random(), randomblob(700) FROM generate_series(1, 20);' 240
}

# No leak: a shell script that forgets each round.
zoo-bash-loop() { born 1 240 bash "$ZOO/programs/loop.sh"; }

# Leak: it keeps every note in an array: 16 kB/s.
zoo-bash-array-leak() { born 1 240 bash "$ZOO/programs/loop.sh" leak; }

# No leak: nothing at all.
zoo-sleep-idle() { born 1 240 sleep 100000; }

# --- all of them ---------------------------------------------------------------------------------

cc -D_GNU_SOURCE -O1 -g -pthread -o "$WORK/requests" "$ZOO/programs/requests.c" -lm || exit 1
cc -D_GNU_SOURCE -O1 -g -pthread -o "$WORK/shapes" "$ZOO/programs/shapes.c" || exit 1
[ $# -gt 0 ] || mapfile -t names < <(compgen -A function zoo- | sed s/zoo-//)
for name in "$@" ${names[@]+"${names[@]}"}; do
	while [ "$(jobs -rp | wc -l)" -ge "$JOBS" ]; do
		wait -n
	done
	(record_one "$name") &
	sleep 0.3
done
wait
