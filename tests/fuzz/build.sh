#!/bin/sh
# SPDX-License-Identifier: MIT
# Compiles sources with clang for fuzzing into one archive: libFuzzer's coverage, addresses and undefined behaviour checked.
# build.sh CLANG ARCHIVE ARGUMENT... -- SOURCE...
set -eu
clang=$1 archive=$2
shift 2
arguments=
while [ "$1" != -- ]; do
	arguments="$arguments $1"
	shift
done
shift

objects=$archive.objects
rm -rf "$objects" "$archive"
mkdir "$objects"
for source in "$@"; do
	name=$(echo "$source" | tr ./ __)
	"$clang" -c $arguments "$source" -o "$objects/$name.o"
done
ar rcs "$archive" "$objects"/*.o
