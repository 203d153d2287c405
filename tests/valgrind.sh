#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a Criterion executable under valgrind: what `meson test --setup valgrind` wraps around each test.
# Criterion runs each test in a child that is the executable started again, and does not look at that child's exit
# status once the test has passed. So every process writes a report of its own, and an empty folder means success.
set -u
case $1 in
*/test_*) ;;
*) exec "$@" ;; # a script: nothing of ours runs in it
esac

reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
valgrind -q --trace-children=yes --trace-children-skip='/usr/bin/*,/bin/*' --child-silent-after-fork=yes \
	--leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite \
	--log-file="$reports/%p" "$@"
status=$?
if [ -n "$(find "$reports" -type f -size +0)" ]; then
	cat "$reports"/* >&2
	exit 99
fi
exit "$status"
