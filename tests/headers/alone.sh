#!/bin/sh
# SPDX-License-Identifier: MIT
# Each public header compiles alone, and twice in one file, without a warning.
# alone.sh LANGUAGE STANDARD COMPILER INCLUDE-FOLDER... -- HEADER...
set -eu
language=$1 standard=$2 compiler=$3
shift 3
folders=
while [ "$1" != -- ]; do
	folders="$folders -I$1"
	shift
done
shift

failed=0
for header in "$@"; do
	name=$(basename "$header")
	printf '#include <pkstore/%s>\n#include <pkstore/%s>\nint not_empty;\n' "$name" "$name" |
		"$compiler" -x "$language" -std="$standard" -pedantic -Wall -Wextra -Werror -fsyntax-only $folders - ||
		{ echo "pkstore/$name does not compile alone"; failed=1; }
done
exit "$failed"
