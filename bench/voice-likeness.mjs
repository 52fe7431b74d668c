// How often a made voice is nearer to natural clips of its own speaker than to those of any other: node voice-likeness.mjs NATURAL MADE
// NATURAL and MADE hold a folder for each speaker, with 16-bit mono WAV files at 16 kHz; NATURAL best also some twenty more speakers. A clip is described by mean and standard deviation of 24 MFCCs over its loud frames, and by
// the median of its pitch. These are whitened by their covariance within the natural speakers (WCCN, 30 % of it the diagonal) and become a unit vector; the nearest centre of a natural speaker, by the cosine, is taken: among the speakers
// of MADE, and among all of NATURAL. No part of the model is used. Natural clips are measured too, each against centres without itself: what the description can tell apart at best.
import fs from 'node:fs'; import path from 'node:path';
const rate = 16000, hop = 160, size = 512, bands = 40, kept = 24;
const hann = Float64Array.from({ length: 400 }, (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * i / 400));
const mel = hz => 2595 * Math.log10(1 + hz / 700), edges = Array.from({ length: bands + 2 }, (_, i) => 700 * (10 ** ((mel(60) + i * (mel(7600) - mel(60)) / (bands + 1)) / 2595) - 1) * size / rate);

function samples(file) {
  const b = fs.readFileSync(file);
  if (b.toString('latin1', 0, 4) !== 'RIFF') throw new Error(`${file}: not a WAV file`);
  for (let at = 12; at + 8 <= b.length;) {
    const id = b.toString('latin1', at, at + 4), n = b.readUInt32LE(at + 4);
    if (id === 'fmt ' && (b.readUInt16LE(at + 10) !== 1 || b.readUInt32LE(at + 12) !== rate || b.readUInt16LE(at + 22) !== 16)) throw new Error(`${file}: wanted 16000 Hz, 1 channel, 16 bits`);
    if (id === 'data') return Float64Array.from({ length: Math.min(n, b.length - at - 8) >> 1 }, (_, i) => b.readInt16LE(at + 8 + 2 * i) / 32768);
    at += 8 + n + (n & 1);
  }
  throw new Error(`${file}: no data chunk`);
}

function power(x, start) {
  const re = new Float64Array(size), im = new Float64Array(size);
  for (let i = 0; i < 400; i++) re[i] = (x[start + i] ?? 0) * hann[i];
  for (let i = 1, j = 0; i < size; i++) {
    let bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) [re[i], re[j]] = [re[j], re[i]];
  }
  for (let n = 2; n <= size; n <<= 1)
    for (let k = 0; k < n / 2; k++) {
      const c = Math.cos(2 * Math.PI * k / n), s = -Math.sin(2 * Math.PI * k / n);
      for (let i = k; i < size; i += n) {
        const j = i + n / 2, r = re[j] * c - im[j] * s, m = re[j] * s + im[j] * c;
        re[j] = re[i] - r; im[j] = im[i] - m; re[i] += r; im[i] += m;
      }
    }
  return Float64Array.from({ length: size / 2 + 1 }, (_, i) => re[i] * re[i] + im[i] * im[i]);
}

/** ln of the pitch in Hz by autocorrelation, or nothing where the frame is not clearly voiced. */
function pitch(x, start) {
  let energy = 0, best = 0, lag = 0;
  for (let i = 0; i < 640; i++) energy += (x[start + i] ?? 0) ** 2;
  for (let t = 40; t <= 250; t++) {
    let sum = 0, later = 0;
    for (let i = 0; i < 640; i++) { const y = x[start + i + t] ?? 0; sum += (x[start + i] ?? 0) * y; later += y * y; }
    const r = sum / Math.sqrt(energy * later + 1e-12);
    if (r > best + 0.01) { best = r; lag = t; }
  }
  return best > 0.7 ? Math.log(rate / lag) : undefined;
}

function describe(file) {
  const x = samples(file), frames = [];
  if (x.length < 640) throw new Error(`${file}: found ${x.length} samples; allowed: at least 640`);
  for (let at = 0; at + 400 <= x.length; at += hop) {
    const p = power(x, at), logs = [];
    for (let b = 0; b < bands; b++) {
      let sum = 0;
      for (let i = Math.ceil(edges[b]); i < edges[b + 2]; i++) sum += p[i] * Math.min((i - edges[b]) / (edges[b + 1] - edges[b]), (edges[b + 2] - i) / (edges[b + 2] - edges[b + 1]));
      logs.push(Math.log(sum + 1e-9));
    }
    frames.push({ at, level: p.reduce((a, c) => a + c, 0), c: Array.from({ length: kept }, (_, k) => logs.reduce((a, v, b) => a + v * Math.cos(Math.PI * (k + 1) * (b + 0.5) / bands), 0)) });
  }
  const top = Math.max(...frames.map(f => f.level)), loud = frames.filter(f => f.level > top * 1e-2), mean = loud[0].c.map((_, k) => loud.reduce((a, f) => a + f.c[k], 0) / loud.length);
  const deviation = mean.map((m, k) => Math.sqrt(loud.reduce((a, f) => a + (f.c[k] - m) ** 2, 0) / loud.length));
  const pitches = loud.filter((_, i) => i % 3 === 0).map(f => pitch(x, f.at)).filter(v => v !== undefined).sort((a, b) => a - b);
  return [...mean, ...deviation, pitches.length ? pitches[pitches.length >> 1] : Math.log(150)];
}

const wavs = folder => fs.readdirSync(folder, { recursive: true }).filter(f => f.endsWith('.wav')).map(f => path.join(folder, f)).sort();
const voices = folder => Object.fromEntries(fs.readdirSync(folder).sort().map(name => [name, wavs(path.join(folder, name)).map(describe)]));
if (process.argv.length !== 4) { console.error('node voice-likeness.mjs NATURAL MADE: two folders, each with a folder of WAV files for each speaker'); process.exit(2); }
const natural = voices(process.argv[2]), made = voices(process.argv[3]), names = Object.keys(natural);
for (const [folder, set] of [[process.argv[2], natural], [process.argv[3], made]])
  for (const [name, clips] of Object.entries(set)) {
    if (clips.length === 0) throw new Error(`${path.join(folder, name)}: found no .wav file; allowed: at least one`);
    if (!natural[name]) throw new Error(`${path.join(folder, name)}: ${process.argv[2]} has no folder of that name; allowed: ${names.join(', ')}`);
  }
if (!names.some(n => natural[n].length > 1)) throw new Error(`${process.argv[2]}: found no speaker with two clips; allowed: several clips of each speaker`);
const width = natural[names[0]][0].length;
const centre = clips => Array.from({ length: width }, (_, d) => clips.reduce((a, c) => a + c[d], 0) / clips.length), means = names.map(n => centre(natural[n])), middle = centre(means);
const free = names.reduce((a, n) => a + natural[n].length - 1, 0);
const within = Array.from({ length: width }, (_, d) => Array.from({ length: width }, (_, e) =>
  (d === e ? 1 : 0.7) * names.reduce((a, n, k) => a + natural[n].reduce((s, c) => s + (c[d] - means[k][d]) * (c[e] - means[k][e]), 0), 0) / free));
const root = within.map(() => new Float64Array(width)); // within = root · rootᵀ
for (let d = 0; d < width; d++)
  for (let e = 0; e <= d; e++) {
    let sum = within[d][e];
    for (let k = 0; k < e; k++) sum -= root[d][k] * root[e][k];
    root[d][e] = d === e ? Math.sqrt(sum) : sum / root[e][e];
  }

function embed(clip) {
  const y = [];
  for (let d = 0; d < width; d++) y.push((clip[d] - middle[d] - y.reduce((a, v, k) => a + root[d][k] * v, 0)) / root[d][d]);
  const length = Math.hypot(...y);
  return y.map(v => v / length);
}

const cosine = (a, b) => a.reduce((s, v, d) => s + v * b[d], 0) / Math.hypot(...a) / Math.hypot(...b);
const embedded = set => Object.fromEntries(Object.entries(set).map(([name, clips]) => [name, clips.map(embed)]));
const known = embedded(natural), centres = Object.fromEntries(names.map(n => [n, centre(known[n])]));
for (const [title, set, speakers] of [['natural', known, names], ['made', embedded(made), Object.keys(made)], ['made, among all', embedded(made), names]])
  for (const [name, clips] of Object.entries(set)) {
    const found = clips.map(c => {
      const own = title === 'natural' && clips.length > 1 ? centre(clips.filter(o => o !== c)) : centres[name];
      return speakers.map(n => ({ n, v: cosine(c, n === name ? own : centres[n]) })).reduce((best, one) => one.v > best.v ? one : best).n;
    }), right = found.filter(n => n === name).length, own = clips.reduce((a, c) => a + cosine(c, centres[name]), 0) / clips.length;
    console.log(`${title}\t${name}\t${right}/${clips.length} nearest to its own, cosine ${own.toFixed(2)}${right < clips.length ? `; else ${[...new Set(found.filter(n => n !== name))].join(', ')}` : ''}`);
  }
