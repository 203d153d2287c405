#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what pkstore's library, tool and tests are built from, on Debian 12; done at once when it is there already.
set -eu

packages="gcc g++ libc6-dev meson ninja-build pkg-config
	liblmdb-dev uuid-dev libcjson-dev libcbor-dev libcriterion-dev
	python3 python3-lmdb python3-cbor2 liblmdb-file-perl libcbor-xs-perl lmdb-utils
	valgrind clang libclang-rt-14-dev"

missing=
for package in $packages; do
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
		missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
	echo "setup.sh: must be root to install:$missing" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq -y --no-install-recommends $missing
