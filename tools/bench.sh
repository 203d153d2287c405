#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds and prints the benchmarks: pkstore against plain LMDB and pipes, in one run on /dev/shm.
set -eu
cd "$(dirname "$0")/.."

sh tools/build.sh bench_store bench_runtime pkstore-supervisor pkstore-worker
build/tests/bench/bench_store
build/tests/bench/bench_runtime
