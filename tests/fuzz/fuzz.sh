#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a fuzz target on every file of its corpus, then lets it search for a short while from there.
# fuzz.sh TARGET CORPUS; $PKS_FUZZ_RUNS is how long the search is, in runs.
set -eu
target=$1 corpus=$2
runs=${PKS_FUZZ_RUNS:-20000}

# What it finds goes here, not into the corpus; a crash's input stays for whoever looks into it.
found=$(mktemp -d)
"$target" -runs=0 "$corpus" || exit 1
# A crash is libFuzzer's exit code 77, which for Meson is a test that was left out.
"$target" -runs="$runs" -seed=1 -max_len=4096 -print_final_stats=0 -artifact_prefix="$found/crash-" \
	"$found" "$corpus" ||
	exit 1
rm -rf "$found"
