#!/usr/bin/env python3
"""Which small changes of the code the tests of two commits notice; the same changes in both, where that code is still there.

    bench/mutants.py OLD NEW src/Qwen2Audio.Training/Runs Training 15 1 -- --filter-class '*TrainingLoopTests' '*RunCheckpointDamageTests'

OLD and NEW are clones that nobody else uses. COUNT changes of AREA are drawn by SEED; each is compiled alone, and the test project runs
with the filter behind --. NEW is not asked about what the tests of OLD noticed. OLD and NEW may be the same clone. For areas whose tests
take too long for Stryker.NET (bench/mutate.sh).
"""
import os, pathlib, random, re, shutil, signal, subprocess, sys, time

SWAPS = [(a, b) for x, y in ((' < ', ' <= '), (' > ', ' >= '), (' == ', ' != '), (' + ', ' - '), (' * ', ' / '), (' && ', ' || '),
                             ('true', 'false'), ('++', '--'), (' += ', ' -= '), ('Math.Min', 'Math.Max')) for a, b in ((x, y), (y, x))
         if (a, b) not in ((' -= ', ' += '), ('--', '++'))]
STATEMENT = re.compile(r'\s+(?!return|throw|var |const |using |private |public |internal |static |protected |else|case |await using)'
                       r'[\w.\[\]!?]+(\([^=]*\)|\s[+\-*|&]?=\s.*);$|\s+(continue|break);$')


def changes(lines):
    """(line number, changed line, what was changed) of every change that is tried; code in texts and comments is left alone."""
    for i, line in enumerate(lines):
        code = line.split(' // ')[0]
        if not code.strip() or code.strip().startswith(('//', '[', 'using ', 'namespace ', '*', '#')): continue
        for old, new in SWAPS:
            for m in re.finditer(re.escape(old), code):
                word = old.isalpha() and (code[m.start() - 1].isalnum() or code[m.end():m.end() + 1].isalnum())
                if code[:m.start()].count('"') % 2 == 0 and not word: yield i, line[:m.start()] + new + line[m.end():], f'{old.strip()} → {new.strip()}'
        if re.match(r'\s*(else )?if \(', code) and not re.search(r'is var |is \{ |out var', code):
            start, depth = code.index('if (') + 3, 0
            for end in range(start, len(code)):
                depth += (code[end] == '(') - (code[end] == ')')
                if depth == 0:
                    yield i, f'{code[:start]}(!{code[start:end + 1]}){line[end + 1:]}', 'if negated'
                    break
        if STATEMENT.match(code) and ' => ' not in code: yield i, ';', 'statement dropped'


def context(lines, i): return [lines[k].strip() if 0 <= k < len(lines) else '' for k in (i - 1, i, i + 1)]


def files(clone, area):
    return [f for f in sorted((clone / area).rglob('*.cs')) if not {'obj', 'bin'} & set(f.relative_to(clone).parts) and f.name != 'AssemblyInfo.cs']


class Build:
    def __init__(self, clone, project, tests):
        self.folder = clone / 'src' / project
        self.bin = clone / f'tests/Qwen2Audio.{tests}.Tests/bin/Debug/net10.0'
        self.tests, self.name = f'./Qwen2Audio.{tests}.Tests', f'{project}.dll'
        log = subprocess.run(['dotnet', 'build', f'tests/Qwen2Audio.{tests}.Tests', '--no-incremental', '-nologo', '-v:d'], cwd=clone, capture_output=True, text=True).stdout
        line = next((line.strip() for line in log.split('\n') if '/csc ' in line and f'/out:obj/Debug/net10.0/{self.name}' in line), None)
        if line is None: sys.exit(f'{clone} does not build:\n{log[-2000:]}')
        compiler, arguments = line.split(' ', 1)
        response = self.folder / 'obj/mutants.rsp'
        response.write_text(arguments.replace('/noconfig ', ''))
        self.compiler = ['dotnet', f'{compiler}.dll', '/noconfig', '/shared', f'@{response}']

    def compile(self):
        if subprocess.run(self.compiler, cwd=self.folder, capture_output=True).returncode: return False
        shutil.copy(self.folder / 'obj/Debug/net10.0' / self.name, self.bin)
        return True

    def survives(self, options, seconds):
        run = subprocess.Popen(['nice', self.tests, *options, '--stop-on-fail', 'on'], cwd=self.bin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try: return run.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            return False


def main(old, new, area, tests, count, seed, _, *options):
    clones = [pathlib.Path(c).resolve() for c in dict.fromkeys((old, new))]
    project = pathlib.Path(area).parts[1]
    builds = [Build(clone, project, tests) for clone in clones]
    pool = []
    for file in files(clones[0], area):
        places = [(clones[0], file), *((c, f) for c in clones[1:] for f in files(c, area) if f.name == file.name)]
        texts = [f.read_text().split('\n') for _, f in places]
        for i, changed, what in changes(texts[0]):
            at = [[k for k in range(len(text)) if context(text, k) == context(texts[0], i)] for text in texts]
            if len(at) == len(clones) and all(len(hits) == 1 for hits in at): pool.append(([(f, hits[0]) for (_, f), hits in zip(places, at)], changed, what))
    random.Random(int(seed)).shuffle(pool)
    limits = []
    for build in builds:
        began = time.monotonic()
        if not build.compile() or not build.survives(options, 3600): sys.exit(f'{build.folder}: the tests fail without a change')
        limits.append(30 + 4 * (time.monotonic() - began))
    noticed, tried = [0] * len(clones), 0
    for places, changed, what in pool:
        if tried == int(count): break
        results = []
        for build, limit, (file, i) in zip(builds, limits, places):
            if 'noticed' in results: results.append('noticed'); continue
            text = file.read_text()
            lines = text.split('\n')
            lines[i] = re.match(r'\s*', lines[i]).group() + changed.strip()
            try:
                file.write_text('\n'.join(lines))
                results.append(None if not build.compile() else 'survived' if build.survives(options, limit) else 'noticed')
            finally: file.write_text(text)
        if None in results: continue
        tried += 1
        for k, result in enumerate(results): noticed[k] += result == 'noticed'
        print(f'{places[0][0].name}:{places[0][1] + 1}', what, *results, changed.strip()[:100], sep=' | ', flush=True)
    for build in builds: build.compile()
    print(*(f'{n} of {tried}' for n in noticed), sep=', then ')


if __name__ == '__main__':
    if len(sys.argv) < 8 or sys.argv[7] != '--': sys.exit(__doc__)
    main(*sys.argv[1:])
