#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# make.sh: screenshots/*.png, 100x30, of the program in a terminal, watching `--demo leak` for real.
# tmux holds the terminal, render.py draws what it holds. Needs tmux, python3-pil, DejaVu Sans Mono.
set -eu
cd "$(dirname "$0")/../.."
PROGRAM=${PROGRAM:-./memleak-detective}
columns=100 rows=30
out=screenshots

# The interpreter that has the distribution's Pillow may not be the first in PATH.
python=
for candidate in /usr/bin/python3 python3; do
	if "$candidate" -c 'import PIL' 2>/dev/null; then
		python=$candidate
		break
	fi
done
if [ -z "$python" ] || ! command -v tmux >/dev/null; then
	echo "skipped: screenshots need tmux and python3-pil; \`make deps\` installs them"
	exit 0
fi

work=$(mktemp -d)
trap 'tmux -S "$work/tmux" kill-server 2>/dev/null; rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8
unset TMUX NO_COLOR
printf 'set -g %s\n' 'status off' 'escape-time 0' 'remain-on-exit on' 'default-terminal tmux-256color' >"$work/conf"

tm() {
	tmux -S "$work/tmux" -f "$work/conf" "$@"
}

shows() {
	tm capture-pane -p | grep -Eq -- "$1"
}

# wait_for REGEX: until the screen shows it, a minute at most.
wait_for() {
	for _ in $(seq 600); do
		if shows "$1"; then
			return 0
		fi
		sleep 0.1
	done
	echo "screenshots: the screen never showed: $1" >&2
	tm capture-pane -p >&2
	exit 1
}

# The picture is taken once it stands still for a moment, so that no half-drawn frame is caught.
shoot() {
	local before='' now
	for _ in $(seq 40); do
		now=$(tm capture-pane -e -p -N)
		if [ "$now" = "$before" ]; then
			break
		fi
		before=$now
		sleep 0.15
	done
	printf '%s\n' "$now" | "$python" tests/screenshots/render.py "$out/$1.png" $columns $rows
	echo "$out/$1.png"
}

mkdir -p $out
tm new-session -d -x $columns -y $rows "$PROGRAM --demo leak --interval 0.5"
wait_for 'linear heap growth|Linear heap growth'
sleep "${WATCHED:-20}" # charts with something in them
shoot overview
tm send-keys 2
wait_for '\[heap\]'
shoot maps
tm send-keys g Enter
wait_for '^ Pages *█?$'
sleep 2 # the page map is read in the background
shoot region
tm send-keys Escape 3
wait_for 'private dirty'
shoot smaps
tm send-keys 4
wait_for 'VmRSS|VmSize'
shoot status
tm send-keys 5 x
wait_for 'look 4:'
shoot heap
tm send-keys 6 x
wait_for 'growth stacks: who'
tm send-keys Enter
wait_for 'demo_block'
sleep 5
shoot sites
tm send-keys 1 w
wait_for 'Speaks'
shoot why
tm send-keys Escape Space
wait_for '[Ff]rozen'
shoot frozen
tm send-keys Space '?'
wait_for 'Keys'
shoot help
tm send-keys Escape 7
wait_for 'RSS.*VSZ'
sleep 1
shoot processes
