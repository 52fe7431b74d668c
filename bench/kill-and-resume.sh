#!/usr/bin/env bash
# Trains a tiny model twice: once in one piece, once killed (kill -9) at random instants and resumed, many of them while a checkpoint is
# being written, as one is written every third step; the weights must be the same bits.
# Usage: bench/kill-and-resume.sh [KILLS]
set -euo pipefail
cd "$(dirname "$0")/.."
kills=${1:-20}
dotnet build -c Release src/Qwen2Audio.Cli >/dev/null
program=src/Qwen2Audio.Cli/bin/Release/net10.0/qwen2audio.dll
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf 'path\tdataset\ttext_or_label\tspeaker\tsplit\n' > "$work/data.tsv"
printf '%s\tan4\tjanuary twenty first nineteen seventy six\ta\ttrain\n%s\tfsdd\tseven\tb\ttrain\n' "$PWD/samples/date.wav" "$PWD/samples/seven.wav" >> "$work/data.tsv"
cat > "$work/recipe.yaml" <<YAML
seed: 3
data: {manifests: [data.tsv], datasets: {an4: {kind: spelled}, fsdd: {kind: digits}}, frames_per_batch: 400}
tokenizer: {merges: 10}
model: {encoder_width: 32, encoder_layers: 1, encoder_heads: 2, encoder_ffn: 64, time_kernel: 5, phone_layers: 0, decoder_width: 32,
  decoder_layers: 1, decoder_heads: 2, decoder_kv_heads: 1, experts: 2, experts_per_token: 1, expert_width: 32, shared_expert_width: 32}
phases:
  - {steps: $((kills * 60 + 50)), learning_rate: 1.0e-3, warmup_steps: 20, ramp_steps: 100, draws: {an4: 1, fsdd: 1} }
  - {steps: 60, learning_rate: 5.0e-4, warmup_steps: 20, decoder_weight: 3, draws: {an4: 1, fsdd: 1} }
checkpoints: {save_every: 3, keep: 2}
YAML
run() { dotnet $program train "$work/recipe.yaml" --run "$work/$1" --threads 2; }
run whole >/dev/null
inside=0 killed=0
for i in $(seq "$kills"); do
  dotnet $program train "$work/recipe.yaml" --run "$work/pieces" --threads 2 >/dev/null 2>>"$work/warnings" & pid=$!
  if ((i % 4)); then
    # three of four while it trains: after the first checkpoint of this process, at a random instant of the next ten or so
    newest=$(ls "$work/pieces/checkpoints" 2>/dev/null | tail -n 1 || true)
    while grep -qs "^State:.[^Z]" /proc/$pid/status && [ "$(ls "$work/pieces/checkpoints" 2>/dev/null | tail -n 1)" = "$newest" ]; do sleep 0.01; done
    sleep "$(awk -v seed="$i$RANDOM" 'BEGIN { srand(seed); print 0.4 * rand() }')"
  else
    sleep "$(awk -v seed="$i$RANDOM" 'BEGIN { srand(seed); print 0.2 + 1.5 * rand() }')"
  fi
  kill -9 $pid 2>/dev/null && killed=$((killed + 1))
  wait $pid 2>/dev/null || true
  if compgen -G "$work/pieces/checkpoints/.*.partial" >/dev/null; then inside=$((inside + 1)); fi
done
run pieces >/dev/null 2>>"$work/warnings"
a=$(ls -d "$work"/whole/checkpoints/step-* | tail -n 1)
b=$(ls -d "$work"/pieces/checkpoints/step-* | tail -n 1)
cmp "$a/training/state.safetensors" "$b/training/state.safetensors"
cmp "$a/model.safetensors" "$b/model.safetensors"
echo "$killed kills, $inside of them while a checkpoint was written; $(grep -c damaged "$work/warnings" || true) damaged checkpoints: the same bits at $(basename "$a")"
