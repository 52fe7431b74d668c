#!/usr/bin/env bash
# Trains a tiny model twice: once in one piece, once killed (kill -9) at random instants and resumed; the weights must be the same bits.
# Usage: bench/kill-and-resume.sh [KILLS] [RECIPE]
set -euo pipefail
cd "$(dirname "$0")/.."
kills=${1:-5}
recipe=${2:-recipes/tiny.yaml}
dotnet build -c Release src/Qwen2Audio.Cli >/dev/null
program=src/Qwen2Audio.Cli/bin/Release/net10.0/qwen2audio.dll
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dotnet $program train "$recipe" --run "$work/whole" >/dev/null
for i in $(seq "$kills"); do
  dotnet $program train "$recipe" --run "$work/pieces" >/dev/null & pid=$!
  sleep "$(awk -v seed="$i$RANDOM" 'BEGIN { srand(seed); print 1.5 + 4 * rand() }')"
  kill -9 $pid 2>/dev/null || true
  wait $pid 2>/dev/null || true
done
dotnet $program train "$recipe" --run "$work/pieces" >/dev/null
a=$(ls -d "$work"/whole/checkpoints/step-* | tail -n 1)
b=$(ls -d "$work"/pieces/checkpoints/step-* | tail -n 1)
cmp "$a/training/state.safetensors" "$b/training/state.safetensors"
cmp "$a/model.safetensors" "$b/model.safetensors"
echo "after $kills kills: the same bits at $(basename "$a")"
