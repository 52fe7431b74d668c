#!/usr/bin/env bash
# Runs the tests of kernels and operators three times more, in processes in which the runtime leaves out AVX-512, AVX2 too, or all
# SIMD, so that every form of every kernel is tested whatever machine this is. Some minutes.
# usage: bench/instruction-sets.sh [--no-build]     The last line is "N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "$0")/.."
projects="Qwen2Audio.Numerics.Tests Qwen2Audio.Operators.Tests"

if [ "${1:-}" != "--no-build" ]; then
  for project in $projects; do dotnet build -nologo -v q "tests/$project" || { echo "build failed"; exit 1; }; done
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
count() { sed -n "s/^ *$1: *\([0-9][0-9]*\).*/\1/p" "$log" | tail -n 1 | grep . || echo 0; }
passed=0 failed=0 skipped=0 status=0
for switch in DOTNET_EnableAVX512 DOTNET_EnableAVX2 DOTNET_EnableHWIntrinsic; do
  for project in $projects; do
    env "$switch=0" "tests/$project/bin/Debug/net10.0/$project" --no-ansi --progress off </dev/null >"$log" 2>&1
    code=$?
    ran=$(count succeeded) failures=$(count failed) skips=$(count skipped)
    echo "$project with $switch=0: $ran passed, $failures failed, $skips skipped"
    passed=$((passed + ran)) failed=$((failed + failures)) skipped=$((skipped + skips))
    if [ "$code" -ne 0 ] || [ "$ran" -eq 0 ]; then
      cat "$log"
      status=1
    fi
  done
done
echo "$passed passed, $failed failed, $skipped skipped"
exit "$status"
