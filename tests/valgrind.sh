#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a Criterion executable under valgrind: what `meson test --setup valgrind` wraps around each test.
# Criterion runs each test in a child that is the executable started again, and does not look at that child's exit
# status once the test has passed. So every process writes a report of its own, and no error in any of them means
# success.
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
# Errors are "==pid==" lines. A "--pid--" line tells of a system call that valgrind does not know (pidfd_open in 3.19):
# the program gets ENOSYS, and that is no error of ours.
if grep -qs '^==' "$reports"/*; then
	cat "$reports"/* >&2
	exit 99
fi
exit "$status"
