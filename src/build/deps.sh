#!/bin/sh
# SPDX-License-Identifier: MIT
#
# deps.sh build|peers: installs packages with the machine's own package manager, sudo where needed and
# without questions. What is there already is not asked for again; a `wanted` package that a release
# does not have is told and left out, because what needs it is skipped with a reason.
set -eu

set_packages() {
	case $1-$2 in
	apt-build)
		required="gcc libc6-dev make pkg-config libncurses-dev libcmocka-dev libjansson-dev procps"
		wanted="libsqlite3-dev libdw-dev libelf-dev libbz2-dev libcapstone-dev libbpf-dev bpftool
			tmux jq mandoc clang clang-format libclang-rt-dev git python3 python3-pil fonts-dejavu-core util-linux
			dwz xz-utils sqlite3 strace"
		;;
	apt-peers)
		required=""
		wanted="redis-server nginx chromium musl-tools libjemalloc2 libtcmalloc-minimal4 libmimalloc2.0
			prometheus prometheus-node-exporter zsh fish locales systemd"
		;;
	dnf-build)
		required="gcc glibc-devel make pkgconf-pkg-config ncurses-devel libcmocka-devel jansson-devel procps-ng
			diffutils findutils gawk"
		wanted="sqlite-devel elfutils-devel elfutils-libelf-devel capstone-devel libbpf-devel bpftool
			tmux jq clang compiler-rt clang-tools-extra git-core python3 python3-pillow
			dejavu-sans-mono-fonts util-linux libasan libubsan libtsan dwz xz"
		;;
	dnf-peers) required="" wanted="redis nginx sqlite chromium-headless" ;;
	pacman-build)
		required="gcc make pkgconf ncurses cmocka jansson procps-ng diffutils findutils gawk"
		wanted="sqlite libelf capstone libbpf bpf
			tmux jq clang compiler-rt git python python-pillow ttf-dejavu util-linux dwz xz"
		;;
	pacman-peers) required="" wanted="valkey nginx sqlite chromium" ;;
	apk-build)
		required="build-base bash pkgconf ncurses-dev cmocka-dev jansson-dev procps-ng findutils"
		wanted="sqlite-dev elfutils-dev capstone-dev libbpf-dev bpftool
			tmux jq clang compiler-rt clang-extra-tools git python3 py3-pillow font-dejavu util-linux coreutils xz"
		;;
	apk-peers) required="" wanted="redis nginx sqlite chromium" ;;
	zypper-build)
		required="gcc make pkgconf ncurses-devel libcmocka-devel libjansson-devel procps diffutils findutils gawk"
		wanted="sqlite3-devel libdw-devel libelf-devel libcapstone-devel libbpf-devel bpftool
			tmux jq clang git python3 python3-Pillow dejavu-fonts util-linux dwz xz"
		;;
	zypper-peers) required="" wanted="redis nginx sqlite3 chromium" ;;
	esac
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		echo "deps: installing needs root or sudo; missing: $missing" >&2
		exit 1
	fi
}

installed() {
	case $manager in
	apt) dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed' ;;
	dnf | zypper) rpm -q --whatprovides "$1" >/dev/null 2>&1 ;;
	pacman) pacman -Q "$1" >/dev/null 2>&1 ;;
	apk) apk info -e "$1" >/dev/null 2>&1 ;;
	esac
}

refresh() {
	case $manager in
	apt) as_root apt-get update -q ;;
	pacman) as_root pacman -Sy --noconfirm ;;
	apk) as_root apk update -q ;;
	esac
}

install() {
	case $manager in
	apt)
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
			-o Dpkg::Options::=--force-confold "$@"
		;;
	dnf) as_root dnf install -y --setopt=install_weak_deps=False "$@" ;;
	pacman) as_root pacman -S --noconfirm --needed "$@" ;;
	apk) as_root apk add -q "$@" ;;
	zypper) as_root zypper --non-interactive install --no-recommends "$@" ;;
	esac
}

# Packages of a server start it; not here. policy-rc.d is how Debian is told so; it is put back.
policy=/usr/sbin/policy-rc.d
keep_daemons_down() {
	if [ "$manager" = apt ] && [ ! -e $policy ]; then
		printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
		as_root chmod 755 $policy
		trap 'as_root rm -f $policy' EXIT
	fi
}

what=${1:-build}
manager=
for candidate in apt-get dnf pacman apk zypper; do
	if command -v $candidate >/dev/null 2>&1; then
		manager=${candidate%-get}
		break
	fi
done
[ -n "$manager" ] || {
	echo "deps: no apt, dnf, pacman, apk or zypper here; install ncursesw, cmocka and jansson by hand" >&2
	exit 1
}
set_packages "$manager" "$what"

missing=
for package in $required $wanted; do
	installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "installing:$missing"
refresh
[ "$what" = build ] || keep_daemons_down

# All at once where possible: one run of the package manager instead of twenty.
# shellcheck disable=SC2086
install $missing && exit 0
for package in $required; do
	installed "$package" || install "$package"
done
for package in $wanted; do
	installed "$package" || install "$package" || echo "deps: no package $package here; what needs it is skipped"
done
