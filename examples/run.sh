#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs an example twice, on a new store and on the one that it left, and compares what it prints.
# Which of the ten processes comes first is nobody's promise, so the iterations are made alike as well.
# run.sh EXAMPLE EXPECTED TOOL
set -eu
example=$1 expected=$2 tool=$3

work=$(mktemp -d -p /dev/shm)
export PKSTORE_PATH="$work/store"
finish() {
	"$tool" pool stop >/dev/null 2>&1 || true
	rm -rf "$work"
}
trap finish EXIT

for time in first second; do
	"$example" >"$work/printed"
	sed -E -e 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/UUID/' -e 's/\[[0-9]+\]:/[PID]:/' \
		-e 's/iteration, [0-4]/iteration, I/' -e 's/^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8},[0-9]{3} /TIME /' \
		-e 's/pool had [0-9]+/pool had N/' \
		"$work/printed" | diff -u "$expected" -
done
