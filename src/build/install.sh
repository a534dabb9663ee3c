#!/bin/sh
# SPDX-License-Identifier: MIT
#
# install.sh install|uninstall PROGRAM: puts what is installed below PREFIX (/usr/local), with DESTDIR in front, or takes
# it away again. BINDIR, MANDIR, UNITDIR, BASHDIR, ZSHDIR and FISHDIR may be chosen. Taken away are also the directories
# that hold nothing else any more: for completions and units always, for the rest below a DESTDIR alone, since people
# have an empty /usr/local/bin.
set -eu
umask 022 # for directories made on the way
name=memleak-detective
program=$2
prefix=${PREFIX:-/usr/local}
bindir=${BINDIR:-$prefix/bin}
share=$prefix/share

# Each file: its mode, where it comes from, where it goes.
files() {
	"$1" 755 "$program" "$bindir/$name"
	"$1" 644 "src/share/$name.1" "${MANDIR:-$share/man}/man1/$name.1"
	"$1" 644 "src/share/$name.rules.yml" "$share/$name/$name.rules.yml"
	"$1" 644 "src/share/$name@.service" "${UNITDIR:-$prefix/lib/systemd/system}/$name@.service"
	"$1" 644 "src/share/completions/$name.bash" "${BASHDIR:-$share/bash-completion/completions}/$name"
	"$1" 644 "src/share/completions/_$name" "${ZSHDIR:-$share/zsh/site-functions}/_$name"
	"$1" 644 "src/share/completions/$name.fish" "${FISHDIR:-$share/fish/vendor_completions.d}/$name.fish"
}

# A unit names the program; a file in use is replaced, not written to.
put() {
	target=${DESTDIR:-}$3
	echo "  $target"
	mkdir -p "${target%/*}"
	if [ "${2%.service}" != "$2" ]; then
		sed "s|@bindir@|$bindir|g" "$2" >"$target.tmp"
	else
		cp "$2" "$target.tmp"
	fi
	chmod "$1" "$target.tmp"
	mv -f "$target.tmp" "$target"
}

take_away() {
	rm -f "${DESTDIR:-}$3"
	dir=${3%/*}
	while [ "$dir" ]; do
		case $dir in
		"$bindir" | "$prefix" | "$share" | "$prefix/lib" | "$share/man" | "$share/man/man1") [ "${DESTDIR:-}" ] || break ;;
		esac
		rmdir "${DESTDIR:-}$dir" 2>/dev/null || break
		dir=${dir%/*}
	done
}

case $1 in
install) files put ;;
uninstall)
	files take_away
	[ ! "${DESTDIR:-}" ] || rmdir "$DESTDIR" 2>/dev/null || true
	;;
*) echo "install.sh: install or uninstall?" >&2 && exit 2 ;;
esac
