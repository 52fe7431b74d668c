#!/usr/bin/env bash
# Our codec at each bitrate beside Opus (6 and 8 kbit/s) and Codec2 (3200 and 1300 bit/s) on the same clips: STOI, ESTOI, distances, and the word error
# of a recogniser that is not ours. Clips are the rows of split val of a manifest, decoded to 16 kHz.
# Usage: bench/codec-against-others.sh MANIFEST CODEC RECOGNISER FOLDER [LIMIT] [DATASETS]
#   CODEC: a codec's folder or training run. RECOGNISER: folder with an4bi.arpa and an4.dict. FOLDER: new; gets the sounds, report.txt, report.html.
#   LIMIT: clips of each dataset. DATASETS: an4,kathleen unless given.
# Needs Debian's opus-tools, codec2, sox, pocketsphinx, pocketsphinx-en-us, python3.
set -euo pipefail
[ $# -ge 4 ] || { sed -n '2,8s/^# //p' "$0"; exit 2; }
manifest=$(realpath "$1") codec=$(realpath "$2") recogniser=$(realpath "$3") limit=${5:-100000} datasets=${6:-an4,kathleen}
for tool in opusenc opusdec c2enc c2dec sox pocketsphinx_batch; do command -v $tool >/dev/null || { echo "$tool is missing"; exit 4; }; done
[ ! -e "$4" ] || { echo "$4 exists; name a new folder"; exit 2; }
mkdir -p "$4"
out=$(realpath "$4")
cd "$(dirname "$0")/.."
dotnet build -c Release -v q -nologo src/Qwen2Audio.Cli >/dev/null
report() { dotnet src/Qwen2Audio.Cli/bin/Release/net10.0/qwen2audio.dll codec-report "$manifest" --model "$codec" --datasets "$datasets" --limit "$limit" --threads 1 "$@"; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
report --sounds "$out" >/dev/null
find "$out/original" -name '*.wav' -printf '%P\n' | sort >"$work/clips"
while read -r -u 3 clip; do
  for rate in 6 8; do
    mkdir -p "$(dirname "$out/opus-$rate/$clip")"
    opusenc --quiet --bitrate $rate --comp 10 "$out/original/$clip" "$work/x.opus"
    opusdec --quiet --rate 16000 "$work/x.opus" "$out/opus-$rate/$clip"
  done
  samples=$(soxi -s "$out/original/$clip")
  for mode in 3200 1300; do
    mkdir -p "$(dirname "$out/codec2-$mode/$clip")"
    # Codec2 is 20 ms late in both modes: STOI over shifts of 0 to 50 ms is largest there
    sox "$out/original/$clip" -r 8000 -t raw -e signed -b 16 "$work/in.raw" pad 0 0.1
    c2enc $mode "$work/in.raw" "$work/x.c2" 2>/dev/null
    c2dec $mode "$work/x.c2" "$work/out.raw" 2>/dev/null
    sox -t raw -r 8000 -e signed -b 16 -c 1 "$work/out.raw" -r 16000 "$out/codec2-$mode/$clip" rate 16000 trim 0.02 "${samples}s"
  done
done 3<"$work/clips"

others=("$out/opus-8" "$out/opus-6" "$out/codec2-3200" "$out/codec2-1300")
{
  report --decoded "${others[@]}" --page "$out/report.html"
  echo
  mapfile -t ours < <(find "$out" -maxdepth 1 -name '*-codebook*' | sort -rV)
  python3 bench/word_errors.py "$manifest" "$recogniser" "$datasets" "$out/original" "$out/not-quantised" "${ours[@]}" "${others[@]}"
} | tee "$out/report.txt"
