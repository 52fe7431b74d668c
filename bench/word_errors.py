#!/usr/bin/env python3
"""Word error of PocketSphinx (Debian's pocketsphinx and pocketsphinx-en-us) on folders of decoded WAV files, per dataset of a manifest.

Usage: word_errors.py MANIFEST RECOGNISER DATASETS FOLDER...
RECOGNISER holds an4bi.arpa and an4.dict, the language model and dictionary for dataset an4; other datasets get the package's own.
Each file has the path of its row, relative to the manifest; 16 kHz, one channel. Its peak is brought to 0.5, with 0.3 s of silence on both sides.
Beside each folder after the first: the difference from the first, in points, and its standard error, paired by clip.
"""
import array, os, re, statistics, subprocess, sys, tempfile, wave

MODEL = "/usr/share/pocketsphinx/model/en-us"
RATE = 16000


def words(text):
    return re.sub(r"[^a-z' ]", " ", text.lower().replace("-", " ")).split()


def prepare(source, target):
    with wave.open(source) as file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE, 1, 2):
            sys.exit(f"{source}: {file.getframerate()} Hz, {file.getnchannels()} channels, {8 * file.getsampwidth()} bits; allowed: {RATE} Hz, 1 channel, 16 bits")
        samples = array.array("h", file.readframes(file.getnframes()))
    peak = max(map(abs, samples), default=0) or 1
    silence = array.array("h", bytes(2 * int(0.3 * RATE)))
    with wave.open(target, "wb") as file:
        file.setnchannels(1), file.setsampwidth(2), file.setframerate(RATE)
        file.writeframes((silence + array.array("h", (round(sample * 16384 / peak) for sample in samples)) + silence).tobytes())


def errors(reference, hypothesis):
    row = list(range(len(hypothesis) + 1))
    for i, word in enumerate(reference, 1):
        last, row[0] = row[0], i
        for j, found in enumerate(hypothesis, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (word != found))
    return row[-1]


def recognise(files, arguments):
    with tempfile.TemporaryDirectory() as folder:
        for i, file in enumerate(files):
            prepare(file, f"{folder}/{i}.wav")
        with open(f"{folder}/list", "w") as control:
            control.writelines(f"{i}\n" for i in range(len(files)))
        run = subprocess.run(["pocketsphinx_batch", "-hmm", f"{MODEL}/en-us", *arguments, "-adcin", "yes", "-adchdr", "44", "-cepdir", folder, "-cepext", ".wav",
                              "-ctl", f"{folder}/list", "-hyp", f"{folder}/hyp"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if run.returncode:
            sys.exit(f"pocketsphinx_batch failed:\n{run.stdout[-2000:]}")
        lines = open(f"{folder}/hyp").read().splitlines()
    if len(lines) != len(files):
        sys.exit(f"pocketsphinx_batch answered {len(lines)} of {len(files)} files")
    return [words(re.sub(r"\([^)]*\)$", "", line)) for line in lines]


def main():
    manifest, recogniser, datasets, *folders = sys.argv[1:]
    with open(manifest) as file:
        names = file.readline().rstrip("\n").split("\t")
        rows = [dict(zip(names, line.rstrip("\n").split("\t"))) for line in file]
    print("word error   ", *(name.rjust(36) for name in datasets.split(",")))
    first = {}
    for folder in folders:
        cells = []
        for dataset in datasets.split(","):
            own = ["-lm", f"{recogniser}/an4bi.arpa", "-dict", f"{recogniser}/an4.dict"] if dataset == "an4" else ["-lm", f"{MODEL}/en-us.lm.bin", "-dict", f"{MODEL}/cmudict-en-us.dict"]
            found = [(f"{folder}/{os.path.splitext(row['path'])[0]}.wav", words(row["text_or_label"])) for row in rows if row["dataset"] == dataset]
            found = [(path, text) for path, text in found if os.path.exists(path)]
            wrong = list(map(errors, (text for _, text in found), recognise([path for path, _ in found], own))) if found else []
            total = sum(len(text) for _, text in found)
            cell = f"{100 * sum(wrong) / total:.1f} % ({sum(wrong)}/{total}, {len(found)})" if total else "no clips"
            before = first.setdefault(dataset, wrong)
            if before is not wrong and len(before) == len(wrong) > 1:
                differences = [b - a for a, b in zip(before, wrong)]
                cell += f" {100 * sum(differences) / total:+.1f} ± {100 * statistics.stdev(differences) * len(differences) ** 0.5 / total:.1f}"
            cells.append(cell.rjust(36))
        print(os.path.basename(folder.rstrip("/")).ljust(13), *cells, flush=True)


main()
