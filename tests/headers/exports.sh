#!/bin/sh
# SPDX-License-Identifier: MIT
# The public headers, the export map and the library's dynamic symbols name the same functions.
# exports.sh LIBRARY MAP HEADER...
set -eu
export LC_ALL=C
library=$1 map=$2
shift 2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A declaration's name stands before the first parenthesis of its line; a line that this cannot read counts as wrong.
sed -n 's/^PKS_EXPORT //p' "$@" | sed 's/(.*//; s/.*[ *]//' | sort >"$work/headers"
sed -n 's/^[[:space:]]*\(pks_[a-z0-9_]*\);$/\1/p' "$map" | sort >"$work/map"
nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >"$work/library"

same=0
for what in map library; do
	diff -u --label headers --label "$what" "$work/headers" "$work/$what" || same=1
done
[ -s "$work/headers" ] || { echo "no declaration found in the headers"; exit 1; }
[ "$same" = 0 ] && echo "$(wc -l <"$work/headers") functions"
exit "$same"
