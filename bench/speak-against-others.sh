#!/usr/bin/env bash
# The texts of a manifest's validation rows, spoken by a model in each of its voices, beside the recordings, the recordings coded with the model's codec, flite and
# espeak-ng: the word error of a recogniser that is not ours and, if it is there, DNSMOS (https://github.com/microsoft/DNS-Challenge).
# Usage: bench/speak-against-others.sh MANIFEST MODEL RECOGNISER FOLDER [DATASETS] [LIMIT] [-- OPTIONS OF SPEAK]
#   MODEL: a folder or training run that speaks. RECOGNISER: folder with an4bi.arpa and an4.dict. FOLDER: new; gets the sounds, report.txt and report.html.
#   DATASETS: an4,kathleen unless given. LIMIT: rows of each dataset, evenly spaced. DNSMOS=SCRIPT.mjs prints a line for each file and one for the mean.
# Needs Debian's sox, flite, espeak-ng, pocketsphinx, pocketsphinx-en-us, python3.
set -euo pipefail
[ $# -ge 4 ] || { sed -n '2,8s/^# //p' "$0"; exit 2; }
options=(); positional=()
while [ $# -gt 0 ]; do if [ "$1" = -- ]; then shift; options=("$@"); break; fi; positional+=("$1"); shift; done
manifest=$(realpath "${positional[0]}") model=$(realpath "${positional[1]}") recogniser=$(realpath "${positional[2]}") datasets=${positional[4]:-an4,kathleen} limit=${positional[5]:-100000}
for tool in sox flite espeak-ng pocketsphinx_batch; do command -v $tool >/dev/null || { echo "$tool is missing"; exit 4; }; done
[ ! -e "${positional[3]}" ] || { echo "${positional[3]} exists; name a new folder"; exit 2; }
mkdir -p "${positional[3]}"
out=$(realpath "${positional[3]}")
cd "$(dirname "$0")/.."
dotnet build -c Release -v q -nologo src/Qwen2Audio.Cli >/dev/null
program() { dotnet src/Qwen2Audio.Cli/bin/Release/net10.0/qwen2audio.dll "$@" --threads 1; }

awk -F'\t' -v sets="$datasets" -v limit="$limit" '
  NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
  $at["split"] == "val" && index("," sets ",", "," $at["dataset"] ",") { set = $at["dataset"]; row[set, count[set]++] = $at["path"] "\t" $at["text_or_label"] }
  END { for (set in count) { n = count[set] < limit ? count[set] : limit; for (i = 0; i < n; i++) print row[set, int(i * count[set] / n)] } }' "$manifest" >"$out/texts.tsv"
mapfile -t voices < <(program speak --list-voices --model "$model")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
while IFS=$'\t' read -r -u 3 path text; do
  name=${path%.*}.wav
  for set in natural coded flite espeak-ng "${voices[@]/#/voice-}"; do mkdir -p "$(dirname "$out/$set/$name")"; done
  sox "$(dirname "$manifest")/$path" -r 16000 -c 1 -b 16 "$out/natural/$name"
  program encode "$out/natural/$name" "$work/x.tokens" --codebooks 4 --model "$model/codec" >/dev/null && program decode "$work/x.tokens" "$out/coded/$name" --model "$model/codec" >/dev/null && rm "$work/x.tokens"
  flite -voice slt -t "$text" -o "$out/flite/$name"
  espeak-ng -w "$work/x.wav" "$text" && sox "$work/x.wav" -r 16000 "$out/espeak-ng/$name"
  for voice in "${voices[@]}"; do program speak "$text" "$out/voice-$voice/$name" --model "$model" --voice "$voice" "${options[@]}" >/dev/null; done
done 3<"$out/texts.tsv"

sets=("$out/natural" "$out/coded" "${voices[@]/#/$out/voice-}" "$out/flite" "$out/espeak-ng")
{
  python3 bench/word_errors.py "$manifest" "$recogniser" "$datasets" "${sets[@]}"
  [ -z "${DNSMOS:-}" ] || for set in "${sets[@]}"; do
    echo "DNSMOS (signal, background, overall) of $(basename "$set"): $(cd "$(dirname "$DNSMOS")" && find "$set" -name '*.wav' | sort | xargs node "$DNSMOS" | tail -n 1)"
  done
} | tee "$out/report.txt"

# every text in a row: its sounds beside each other, with spectrograms
{
  echo '<!doctype html><meta charset="utf-8"><title>Speech beside other speech</title><style>td{vertical-align:top}img,audio{width:320px}</style><table><tr><th>text'
  for set in "${sets[@]}"; do echo "<th>$(basename "$set")"; done
  while IFS=$'\t' read -r -u 3 path text; do
    echo "<tr><td>$(sed 's/&/\&amp;/g; s/</\&lt;/g' <<<"$text")"
    for set in "${sets[@]}"; do
      sound=$(basename "$set")/${path%.*}.wav
      sox "$out/$sound" -n spectrogram -r -x 640 -y 257 -z 80 -o "$out/${sound%.wav}.png"
      echo "<td><img src=\"${sound%.wav}.png\" alt=\"\"><br><audio controls preload=none src=\"$sound\"></audio>"
    done
  done 3<"$out/texts.tsv"
  echo '</table>'
} >"$out/report.html"
