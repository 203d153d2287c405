#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs pkstore into a prefix of its own, builds a program against it with cc and pkg-config alone, and runs it:
# its process is run by the supervisor and the worker of that prefix. The example of README.md is built and run, too.
# install.sh MESON SOURCE-FOLDER C-COMPILER
set -eu
meson=$1 source=$2 cc=$3

work=$(mktemp -d)
finish() {
	# What is left of the pool when something above failed; a stopped pool is no error.
	[ ! -d "$work/store" ] || PKSTORE_PATH=$work/store "$work/prefix/bin/pkstore" pool stop >/dev/null 2>&1 || true
	rm -rf "$work"
}
trap finish EXIT

unset PKSTORE_LIBEXECDIR PKSTORE_MODULE_PATH
{
	CC=$cc "$meson" setup -Dtests=disabled -Dprefix="$work/prefix" -Dbuildtype=debug "$work/build" "$source" &&
		"$meson" install -C "$work/build"
} >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
# Nothing of the build folder may be needed any more.
rm -rf "$work/build"

PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name pkstore.pc)")
export PKG_CONFIG_PATH
libdir=$(pkg-config --variable=libdir pkstore)
"$cc" -Wall -Wextra -Werror "$source/tests/headers/outside/outside.c" -o "$work/outside" \
	$(pkg-config --cflags --libs pkstore) -Wl,-rpath,"$libdir"

sed -n '/^```c$/,/^```$/p' "$source/README.md" | sed '/^```/d' >"$work/readme.c"
"$cc" -Wall -Wextra -Werror "$work/readme.c" -o "$work/readme" \
	$(pkg-config --cflags --libs pkstore) -Wl,-rpath,"$libdir"

export PKSTORE_PATH="$work/store"
"$work/readme"
"$work/outside"
LD_LIBRARY_PATH=$libdir "$work/prefix/bin/pkstore" ps
[ -s "$work/prefix/share/man/man1/pkstore.1" ] || [ -s "$work/prefix/share/man/man1/pkstore.1.gz" ]
