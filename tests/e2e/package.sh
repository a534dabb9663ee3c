#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What is installed: complete, gone again, and true. Manual, completions, unit, source archive, static program.

. "$(dirname "$0")/lib.sh"

# goal ARGUMENT...: make, which shall not build the program anew.
goal() {
	env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -s INNER=1 -o memleak-detective "$@" >"$T/make" 2>&1 || fail "$(cat "$T/make")"
}

installed_and_removed() {
	cmp -s "$PROGRAM" memleak-detective || skip "installs ./memleak-detective, which is not what is tested"
	goal install DESTDIR="$T/root" PREFIX=/usr
	(cd "$T/root" && find . -type f | sort) >"$T/files"
	equal "files" "$(
		printf './usr/%s\n' bin/memleak-detective lib/systemd/system/memleak-detective@.service \
			share/bash-completion/completions/memleak-detective \
			share/fish/vendor_completions.d/memleak-detective.fish share/man/man1/memleak-detective.1 \
			share/memleak-detective/memleak-detective.rules.yml share/zsh/site-functions/_memleak-detective
	)" "$(cat "$T/files")"
	found '^ExecStart=/usr/bin/memleak-detective ' "$T/root/usr/lib/systemd/system/memleak-detective@.service"
	start_target idle 1
	"$T/root/usr/bin/memleak-detective" "$TARGET_PID" -d 1 >"$T/out"
	equal "rows" 2 "$(table_rows "$T/out" | wc -l)"
	goal uninstall DESTDIR="$T/root" PREFIX=/usr
	equal "what is left" "" "$(find "$T/root" 2>/dev/null || true)"
}

# Of other people nothing is taken away, and no directory that may have been there before.
others_stay() {
	local bash=$T/usr/share/bash-completion/completions
	mkdir -p "$T/usr/bin" "$bash"
	: >"$bash/other"
	PREFIX="$T/usr" src/build/install.sh install "$PROGRAM" >"$T/out"
	[ -x "$T/usr/bin/memleak-detective" ]
	PREFIX="$T/usr" src/build/install.sh uninstall "$PROGRAM"
	[ -e "$bash/other" ] && [ -d "$T/usr/bin" ] && [ ! -e "$T/usr/share/fish" ] && [ ! -e "$T/usr/lib/systemd" ]
	equal "files" 1 "$(find "$T/usr" -type f | wc -l)"
}

MAN=src/share/memleak-detective.1

manual_is_clean() {
	need mandoc
	# That this machine lacks other pages, or an index of them, is no fault of this one.
	mandoc -Tlint "$MAN" 2>&1 | grep -Ev 'outdated mandoc.db|referenced manual not found' >"$T/lint" || true
	[ ! -s "$T/lint" ] || fail "$(cat "$T/lint")"
}

# named WHAT: each line of stdin is a word of the manual.
named() {
	local missing
	missing=$(sort -u | comm -23 - "$T/words")
	[ -z "$missing" ] || fail "not in the manual is $1: $(echo $missing)"
}

# The manual says of files what the program writes.
manual_tells_all() {
	need_json
	need sqlite3
	export LC_ALL=C
	sed '/^\.\\"/d; s/_kb//g' "$MAN" | tr -s ' (),.' '\n' | sort -u >"$T/words"
	start_target leak 4194304 1048576
	run 0 "$TARGET_PID" -i 0.2 -d 1 --json --heap --record "$T/a.mld" --csv "$T/a.csv"
	jq -r 'keys[], (.heap | objects | keys[]), (.regions[0] | keys[]), (.evidence[0] // {} | keys[])' "$T/out" |
		named "the JSON member"
	run 0 --top 1 --json
	jq -r 'keys[], (.machine | keys[]), (.top[0] | keys[])' "$T/out" | named "the member of --top"
	head -n 1 "$T/a.csv" | sed 's/_kb//g' | tr , '\n' | named "the column of CSV"
	sqlite3 -readonly "$T/a.mld" "SELECT name FROM sqlite_master WHERE type = 'table'" >"$T/tables"
	[ "$(wc -l <"$T/tables")" -ge 18 ] || fail "$(cat "$T/tables")"
	named "the table" <"$T/tables"
	sqlite3 -readonly "$T/a.mld" "SELECT c.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.name IN ('sample', 'verdict', 'evidence', 'link', 'image', 'event', 'pass', 'life')
		AND c.name NOT GLOB '*_m[ai][nx]'" | named "the column"
}

# bash_completes WORD...: what bash offers for the last word, in $T/offered.
bash_completes() {
	bash --norc -c '
		compopt() { :; }
		. src/share/completions/memleak-detective.bash
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_memleak_detective
		printf "%s\n" "${COMPREPLY[@]}"' - memleak-detective "$@" >"$T/offered"
}

offered() {
	grep -Fxq -- "$1" "$T/offered" || fail "$1 is not offered:"$'\n'"$(cat "$T/offered")"
}

completions_of_bash() {
	local word
	bash_completes --exi
	equal "offered" --exit-code "$(cat "$T/offered")"
	bash_completes --theme ''
	for word in dark light mono; do
		offered $word
	done
	bash_completes --color = al
	equal "offered" always "$(cat "$T/offered")"
	bash_completes --columns time,rs
	equal "offered" time,rss "$(cat "$T/offered")"
	bash_completes --pid ''
	offered "$$"
	bash_completes ''
	offered "$$"
	bash_completes --max-rss ''
	equal "offered" "" "$(cat "$T/offered")"
	bash_completes --diff a.mld READ
	offered README.md
	bash_completes -d 5 -- cha
	! grep -vq '^cha' "$T/offered"
	# Each offered value is one that the program takes.
	bash_completes --columns ''
	offered all
	run 0 "$$" -i 0.1 -d 0.1 --columns "$(grep -vx all "$T/offered" | paste -sd ,)"
	equal "columns" "$(($(wc -l <"$T/offered") - 1))" "$(head -n 1 "$T/out" | wc -w)"
	for option in color theme demo; do
		bash_completes --$option ''
		[ "$(wc -l <"$T/offered")" -ge 3 ]
		while read -r word; do
			"$PROGRAM" --$option="$word" --version >/dev/null || fail "--$option $word is offered and refused"
		done <"$T/offered"
	done
}

# A process may have any name, and TAB must run none of them.
names_are_not_run() {
	local name='$(>ran)'
	cp "$TARGETS/idle" "$T/$name"
	"$T/$name" 1 >/dev/null &
	wait_until 20 grep -Fqx "$name" "/proc/$!/comm"
	bash_completes --follow ''
	offered bash
	[ ! -e ran ] && ! grep -q ran "$T/offered"
	if command -v fish >/dev/null 2>&1; then
		fish --no-config -c 'source src/share/completions/memleak-detective.fish
			complete -C "memleak-detective --follow "' >"$T/fish"
		[ ! -e ran ] && [ -s "$T/fish" ]
	fi
}

typed_in_bash() {
	shell 100x30
	type_line '. src/share/completions/memleak-detective.bash'
	keys -l 'memleak-detective --exit-c'
	keys Tab
	wait_screen 'memleak-detective --exit-code'
}

completions_of_fish() {
	need fish
	for word in --exit-code --theme --follow; do
		fish --no-config -c "source src/share/completions/memleak-detective.fish
			complete -C 'memleak-detective ${word%??}'" >"$T/offered"
		found "^$word" "$T/offered"
	done
	fish --no-config -c "source src/share/completions/memleak-detective.fish
		complete -C 'memleak-detective --color a'" >"$T/offered"
	found '^always' "$T/offered"
}

completions_of_zsh() {
	need zsh
	terminal 100x30 env PS1='e2e$ ' zsh -f -i
	wait_screen '^e2e'
	type_line "PS1='e2e\$ '; fpath=($ROOT/src/share/completions \$fpath); autoload -U compinit; compinit -u -d $T/dump; clear; echo ready"
	wait_screen '^ready' 30
	keys -l 'memleak-detective --exit-c'
	keys Tab
	wait_screen 'memleak-detective --exit-code' 30
	keys -l ' --theme da'
	keys Tab
	wait_screen '--theme dark' 30
}

unit_is_sound() {
	need systemd-analyze
	local unit=$T/memleak-detective@shopd.service score
	PREFIX="$T/usr" src/build/install.sh install "$PROGRAM" >"$T/out"
	cp "$T/usr/lib/systemd/system/memleak-detective@.service" "$unit"
	systemd-analyze verify --man=no "$unit" >"$T/out" 2>&1 || fail "$(cat "$T/out")"
	[ ! -s "$T/out" ] || fail "$(cat "$T/out")"
	systemd-analyze security --offline=yes --no-pager "$unit" >"$T/out" || fail "$(tail -n 3 "$T/out")"
	score=$(sed -n 's/.*exposure level.*: \([0-9.]*\) .*/\1/p' "$T/out")
	echo "exposure $score"
	awk -v score="$score" 'BEGIN { exit !(score != "" && score <= 1.5) }'
}

# Its command line and its rights are enough to see all of somebody else's process.
unit_can_see() {
	need_root
	need_json
	need setpriv
	local rights words
	rights=$(sed -n 's/^AmbientCapabilities=//p' src/share/memleak-detective@.service | sed 's/CAP_/+/g; s/ /,/g' | tr A-Z a-z)
	words=$(sed -n 's/^ExecStart=[^ ]* --follow %i.service --record [^ ]* //p' src/share/memleak-detective@.service)
	equal "its other words" '--csv - $MEMLEAK_OPTIONS' "$words"
	chmod 755 "$WORK" "$T"
	cp "$PROGRAM" "$T/program"
	mkdir "$T/state"
	chown 65534 "$T/state"
	start_target leak 1048576 65536
	setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --bounding-set "-all,$rights" \
		--inh-caps "-all,$rights" --ambient-caps "-all,$rights" \
		"$T/program" "$TARGET_PID" --record "$T/state/a.mld" --csv - -i 0.2 -d 3 >/dev/null 2>"$T/journal" </dev/null
	run 0 --analyze "$T/state/a.mld" --json
	jq -e '(.warnings | length) == 0 and (.regions | length) > 3 and .last.pss > 0 and .last.fds > 0' "$T/out" >/dev/null ||
		fail "$(jq -c '.warnings, .last' "$T/out")"
	found '^(Suspicious|Warning|Cannot tell)' "$T/journal"
}

archive_is_complete() {
	need git
	git rev-parse --git-dir >/dev/null 2>&1 || skip "no git here"
	goal dist VERSION="e2e-$BASHPID"
	local archive=build/memleak-detective-e2e-$BASHPID.tar.gz
	tar -tzf "$archive" | sed 's,^[^/]*/,,' >"$T/files"
	rm "$archive"
	git ls-tree -r --name-only HEAD >"$T/tracked"
	equal "files that are missing" "" "$(grep -Fvx -f "$T/files" "$T/tracked" || true)"
	found '^\.version$' "$T/files"
}

# One file, a description of the terminal and /proc: more is not there.
static_alone() {
	local static=build/static/memleak-detective root=$T/root term
	need_mounts
	[ -x $static ] && [ "$($static --version | head -n 1)" = "$("$PROGRAM" --version | head -n 1)" ] ||
		skip "no static program of this version: run \`make static\`"
	! readelf -d $static | grep NEEDED || fail "it needs shared libraries"
	term=$(find /lib/terminfo /usr/share/terminfo -name xterm-256color 2>/dev/null | head -n 1)
	[ -n "$term" ] || skip "no terminfo entry of xterm-256color here"
	mkdir -p "$root/proc" "$root/usr/share/terminfo/x"
	cp $static "$root/"
	cp -L "$term" "$root/usr/share/terminfo/x/"
	terminal 100x30 env TERM=xterm-256color LC_ALL=C.UTF-8 unshare --mount sh -c \
		"mount --bind /proc $root/proc && exec chroot $root /memleak-detective --demo leak -i 0.2"
	wait_screen 'RSS' 30
	wait_screen ' % +leak' 60
	keys 2
	wait_screen '\[heap\]'
	keys q
	wait_left 20
	equal "status" 0 "$LEFT_STATUS"
	wait_scrollback '^Warning: linear heap growth detected'
}

check "install puts all files in place, uninstall leaves nothing" installed_and_removed
check "uninstall takes nothing of others" others_stay
check "the manual is clean mdoc" manual_is_clean
check "the manual names what files hold" manual_tells_all
check "bash completes options, values, PIDs, files" completions_of_bash
check "no shell runs the name of a process" names_are_not_run
check "bash completes what is typed" typed_in_bash
check "fish completes" completions_of_fish
check "zsh completes" completions_of_zsh
check "the unit is sound and confined" unit_is_sound
check "the unit may see what it needs" unit_can_see
check "the source archive is complete" archive_is_complete
check "the static program runs in an empty root" static_alone
finish
