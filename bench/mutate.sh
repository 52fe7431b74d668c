#!/usr/bin/env bash
# How many small changes of the code the tests notice: Stryker.NET on a random sample of an area.
#   bench/mutate.sh src/Qwen2Audio.Formats tests/Qwen2Audio.Formats.Tests [SPANS] [SEED]
# The area is a project's folder or one below it, the tests a project that refers to it. SPANS stretches of 400 characters are drawn by
# SEED; all mutants in them are tried. The report goes to runs/mutants. It builds here: run it in a clone of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
area=$1 tests=$2 spans=${3:-15} seed=${4:-1}
project=$area
while ! compgen -G "$project/*.csproj" >/dev/null; do project=$(dirname "$project"); done
command -v dotnet-stryker >/dev/null || { echo "dotnet tool install -g dotnet-stryker"; exit 4; }
mapfile -t sample < <(python3 - "$area" "$project" "$spans" "$seed" <<'PY'
import pathlib, random, sys
area, project, spans, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
files = sorted(f for f in pathlib.Path(area).rglob('*.cs') if not {'obj', 'bin'} & set(f.parts) and f.name != 'AssemblyInfo.cs')
places = [(f, at) for f in files for at in range(0, len(f.read_text()), 400)]
for f, at in random.Random(seed).sample(places, min(spans, len(places))):
    print('--mutate'); print(f'{f.relative_to(project)}{{{at}..{at + 400}}}')
PY
)
out=$PWD/runs/mutants
cd "$tests"
exec nice dotnet-stryker --test-runner mtp --concurrency 1 --reporter cleartext --reporter json --output "$out" \
  --project "$(basename "$(ls "$OLDPWD/$project"/*.csproj)")" "${sample[@]}"
