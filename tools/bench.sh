#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds and prints the benchmarks: pkstore against plain LMDB, pipes, Python's multiprocessing and Redis, in one run on
# /dev/shm. A peer that is not installed is left out.
set -eu
cd "$(dirname "$0")/.."

sh tools/build.sh bench_store bench_queue bench_sync bench_peers bench_runtime pkstore-supervisor pkstore-worker
build/tests/bench/bench_store
build/tests/bench/bench_queue
build/tests/bench/bench_sync
build/tests/bench/bench_peers
build/tests/bench/bench_runtime
