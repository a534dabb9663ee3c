#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Programs we did not write: what they do is known, what they look like is not.

. "$(dirname "$0")/lib.sh"

# no_leak PID: at rest, it is none; and the table agrees with the kernel.
no_leak() {
	run 0 --exit-code "$1" -i 0.5 -d 8
	absent '^Warning' "$T/out"
}

redis() {
	need redis-server redis-cli
	redis-server --port 0 --unixsocket "$T/redis" --save '' --appendonly no --dir "$T" >"$T/redis.log" &
	local pid=$!
	wait_until 10 test -S "$T/redis"
	no_leak $pid
	# Keys that nobody expires: 4 MB a second.
	(
		for round in $(seq 60); do
			redis-cli -s "$T/redis" eval \
				'for i = 1, 4000 do redis.call("set", ARGV[1] .. ":" .. i, string.rep("x", 400)) end' \
				0 "$round" >/dev/null
			sleep 0.4
		done
	) &
	run 1 --exit-code $pid -i 0.5 -d 12
	found '^Warning: ' "$T/out"
}

python() {
	need python3
	/usr/bin/env python3 -c '
import time
kept = []
print("ready", flush=True)
while True:
    kept.append(bytearray(200_000))
    time.sleep(0.1)' >"$T/python" &
	wait_until 20 grep -q ready "$T/python"
	run 1 --exit-code $! -i 0.5 -d 12
	found '^Warning: linear heap growth detected$' "$T/out"
}

python_cycle() {
	need python3
	/usr/bin/env python3 -c '
import time
for round in range(1000):
    data = [bytearray(1000) for _ in range(20000)]
    if round == 2:
        print("ready", flush=True)
    time.sleep(0.3)' >"$T/python" &
	wait_until 20 grep -q ready "$T/python"
	no_leak $!
}

nginx() {
	need_root
	command -v nginx >/dev/null || skip "nginx is not installed"
	cat >"$T/nginx.conf" <<-END
		daemon off; pid $T/nginx.pid; error_log $T/error.log;
		events {}
		http { access_log off; server { listen unix:$T/web; return 200 ok; } }
	END
	command nginx -p "$T" -c "$T/nginx.conf" &
	wait_until 10 test -S "$T/web"
	no_leak "$(pgrep -P $! | head -n 1)"
}

sqlite() {
	need sqlite3
	mkfifo "$T/sql"
	sqlite3 :memory: <"$T/sql" >/dev/null &
	local pid=$!
	exec 4>"$T/sql"
	echo 'create table t(x);' >&4
	no_leak $pid
	(
		for _ in $(seq 60); do
			echo 'insert into t select randomblob(500000);'
			sleep 0.25
		done
	) >&4 &
	run 1 --exit-code $pid -i 0.5 -d 12
	found '^Warning: ' "$T/out"
}

check "redis-server: at rest none, keys without end a leak" redis
check "python3: a list that grows is a leak" python
check "python3: garbage that is collected is none" python_cycle
check "nginx at rest" nginx
check "sqlite3: at rest none, a table without end a leak" sqlite
finish
