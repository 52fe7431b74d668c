#!/usr/bin/env bash
# Alternates our training step with PyTorch's on the same machine and prints the ratio of each pair and their median.
# Usage: [PYTHON=/usr/bin/python3] bench/training-against-torch.sh [ROUNDS]      needs python3-torch (Debian) or another PyTorch
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5}
dotnet build -c Release src/Qwen2Audio.Cli >/dev/null
for _ in $(seq "$rounds"); do
  ours=$(dotnet src/Qwen2Audio.Cli/bin/Release/net10.0/qwen2audio.dll bench --training --threads 2 --json | sed 's/.*"milliseconds":\([0-9.]*\).*/\1/')
  theirs=$(env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE OMP_NUM_THREADS=2 "${PYTHON:-python3}" bench/training_step.py)
  echo "$ours $theirs" | awk '{ printf "ours %.1f ms  torch %.1f ms  ours/torch %.3f\n", $1, $2, $1 / $2 }'
done | tee /dev/stderr | awk '{ print $NF }' | sort -n | awk '{ r[NR] = $1 } END { print "median ratio", r[int((NR + 1) / 2)], "worst", r[NR] }'
