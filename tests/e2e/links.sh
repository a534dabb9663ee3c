#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What memory grows with: real servers, real connections.

E2E_JOBS=${E2E_JOBS:-4} # they compare counters with memory second by second
. "$(dirname "$0")/lib.sh"

# links_of SECONDS PID: watches, and leaves the JSON in $T/out.
links_of() {
	RUN_LIMIT=$(($1 + 30)) run 0 --json --pid "$2" --interval 0.5 --duration "$1"
	jq -r '.links[].text' "$T/out"
}

# per_unit FIGURES LOW HIGH: a link is with one of these figures, so many bytes a unit. (It need not be the first: on a
# busy machine other counters go along with the memory, too.)
per_unit() {
	jq -e --arg figures "$1" --argjson low "$2" --argjson high "$3" '
		any(.links[]; .kind == "per-open" and (.figure | IN($figures | split(" ")[]))
		and .per_unit >= $low and .per_unit <= $high
		and .low <= .per_unit and .per_unit <= .high and .r > 0.7 and .r <= 1 and .count > 20)' \
		"$T/out" >"$T/jq" || fail "not that link: $(jq -c .links "$T/out")"
}

sockets="connections fd_sockets fds"

server_that_leaks() {
	need_json
	start_target connections 32768
	links_of 40 "$TARGET_PID"
	per_unit "$sockets" 29000 37000
}

# What says it to a person: the report, and w in the dashboard.
server_in_words() {
	start_target connections 32768
	dashboard 100x40 "$TARGET_PID" -i 0.5
	wait_screen 'Grows with' 20
	wait_screen '\+3[0-9]\.[0-9] kB .* per (connection|socket) still open: [0-9]+ of them, r [01]\.[0-9]+' 60
	keys w
	wait_screen 'Grows with' 5
	keys q
	wait_left 5
	wait_scrollback '^What grows with it: \+3[0-9]\.[0-9] kB .* still open' 5
}

# A leak that has nothing to do with what it has open must not be said to. (That it grows with each round of
# its loop, and what CPU time that takes, is true.)
server_that_leaks_by_time() {
	need_json
	start_target slow-leak 100000
	links_of 30 "$TARGET_PID"
	jq -e '[.links[] | select(.kind == "per-open" or .kind == "while-open"
		or (.figure | IN("sockets_seen", "threads_seen")))] | length == 0' \
		"$T/out" >"$T/jq" || fail "a link that is none: $(jq -c .links "$T/out")"
}

free_port() {
	local port
	while port=$((20000 + RANDOM % 12000)); do
		(: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}

redis_with_connections() {
	need_json
	need redis-server
	local port server
	port=$(free_port)
	redis-server --port "$port" --bind 127.0.0.1 --save "" --appendonly no --dir "$T" \
		--maxclients 2000 >"$T/redis" &
	server=$!
	wait_until 10 grep -qs 'Ready to accept connections' "$T/redis"
	start_target connections dial "$port"
	links_of 40 "$server"
	# What it was told so far, and its own: how much more than 27 kB depends on the version.
	per_unit "$sockets" 20000 80000
}

check "32 kB for each open connection: told by its size" server_that_leaks
check "32 kB for each open connection: on the screen and in the report" server_in_words
check "a leak by time is linked with nothing that is open" server_that_leaks_by_time
check "redis: memory of held connections" redis_with_connections
finish
