#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what is missing, builds, and runs every test. Arguments go to `meson test`: --suite unit, a test's name.
set -eu
cd "$(dirname "$0")/.."

sh tools/setup.sh
sh tools/build.sh
exec /usr/bin/meson test -C build --no-rebuild --print-errorlogs "$@"
