#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what is missing, builds, runs examples/parkit.c, and looks with the tool at the store that it left: the
# default one, whose pool it ends, and whose ended processes it removes.
set -eu
cd "$(dirname "$0")/.."

sh tools/setup.sh
sh tools/build.sh pkstore:executable pkstore-supervisor pkstore-worker parkit

show() {
	printf '\n$ %s\n' "$*"
	"$@"
}

PATH=$PWD/build/tools:$PWD/build/examples:$PATH
show parkit
show pkstore ps
show pkstore ls -r
show pkstore dump example/log
