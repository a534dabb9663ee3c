#!/bin/sh
# SPDX-License-Identifier: MIT
#
# deb.sh VERSION: the Debian package of the tree as it is, from src/debian, below build/deb; lintian has a look at it where
# it is installed. What is not in git is left out, where there is git. The tests of the tree are those of `make check`:
# DEB_BUILD_OPTIONS= runs the quick ones in here as well.
set -eu
name=memleak-detective
export DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS-nocheck parallel=$(nproc)}"
unset MAKEFLAGS MAKELEVEL MFLAGS GNUMAKEFLAGS INNER

for tool in dpkg-buildpackage dh; do
	command -v "$tool" >/dev/null 2>&1 || {
		echo "deb: no $tool: install build-essential and debhelper" >&2
		exit 1
	}
done

# A Debian version begins with a digit and has no dash in a native package.
case $1 in
v[0-9]*) version=${1#v} ;;
[0-9]*.*) version=$1 ;;
*) version= ;;
esac
if [ ! -e .version ] && git rev-parse --git-dir >/dev/null 2>&1; then
	stamp=$(git log -1 --format=%cD)
	files() { git ls-files -z; }
else
	stamp=$(LC_ALL=C date -R -r CHANGELOG.md)
	files() { find . -path ./build -prune -o -path "./$name" -prune -o -type f -print0; }
fi

# Without a number the later one must still be the greater one.
version=${version:-0~$(LC_ALL=C date -u -d "$stamp" +%Y%m%d.%H%M%S).$1}
version=$(printf '%s' "$version" | sed 's/-/+/g; s/[^A-Za-z0-9.+~]/./g')

tree=build/deb/$name-$version
rm -rf build/deb
mkdir -p "$tree"
files | tar -c --null -T - | tar -x -C "$tree"
cp -R src/debian "$tree/debian"
# Whoever builds packages has said so as Debian's tools want it; without, nobody answers for it.
maintainer=$(sed -n 's/^Maintainer: //p' src/debian/control)
[ -z "${DEBEMAIL:-}" ] || maintainer="${DEBFULLNAME:-$(id -un)} <$DEBEMAIL>"
sed "s|^Maintainer: .*|Maintainer: $maintainer|" src/debian/control >"$tree/debian/control"
printf '%s\n' "$1" >"$tree/.version"
cat >"$tree/debian/changelog" <<END
$name ($version) unstable; urgency=medium

  * What changed stands in CHANGELOG.md.

 -- $maintainer  $stamp
END
(cd "$tree" && dpkg-buildpackage -us -uc -b)
if command -v lintian >/dev/null 2>&1; then
	lintian $([ "$(id -u)" -ne 0 ] || echo --allow-root) --info --fail-on error,warning build/deb/*.changes
else
	echo "deb: no lintian here to have a look at it"
fi
ls build/deb/*.deb
