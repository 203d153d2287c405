#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds pkstore in build/, set up first if need be. Prints only what goes wrong. Arguments are what to build, as `meson
# compile` names it; none: all.
set -eu
cd "$(dirname "$0")/.."

# Debian's own meson by its full name: its shebang is the python3 that it was packaged with, whatever PATH says.
meson=/usr/bin/meson
log=$(mktemp)
trap 'rm -f "$log"' EXIT

[ -f build/build.ninja ] || "$meson" setup build >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
"$meson" compile -C build "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
