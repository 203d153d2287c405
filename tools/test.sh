#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what is missing, builds, and runs every test. Arguments go to `meson test`: --suite unit, a test's name.
# PKS_LONG=1: the long forms of those that have one.
set -eu
cd "$(dirname "$0")/.."
# With the timeouts of the long forms.
[ "${PKS_LONG:-}" != 1 ] || set -- --setup long "$@"

sh tools/setup.sh
sh tools/build.sh
exec /usr/bin/meson test -C build --no-rebuild --print-errorlogs "$@"
