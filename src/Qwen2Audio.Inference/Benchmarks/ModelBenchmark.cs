using System.Diagnostics;
using Qwen2Audio.Audio.Mel;
using Qwen2Audio.Inference.Generation;
using Qwen2Audio.Model.Ops;
using Qwen2Audio.Numerics.Memory;
using Qwen2Audio.Numerics.Products;
using Qwen2Audio.Numerics.Threads;

namespace Qwen2Audio.Inference.Benchmarks;

/// <summary>Settings of <see cref="ModelBenchmark"/>.</summary>
public sealed record ModelBenchmarkOptions
{
    /// <summary>Threads to use; 0: one per processor.</summary>
    public int Threads { get; init; }

    /// <summary>Clip length for an audio model, in seconds.</summary>
    public double AudioSeconds { get; init; } = 10;

    /// <summary>Text tokens in the prompt, in addition to the audio.</summary>
    public int PromptTokens { get; init; } = 32;

    /// <summary>Tokens to generate.</summary>
    public int NewTokens { get; init; } = 20;
}

/// <summary>The measurement of one part of the work.</summary>
/// <param name="Name">The part.</param>
/// <param name="Seconds">Elapsed time.</param>
/// <param name="Rows">Rows processed.</param>
/// <param name="Gflops">Operations of matrix products per second, in 10⁹.</param>
/// <param name="GigabytesPerSecond">Weight bytes read per second, each weight once per pass.</param>
public sealed record ModelBenchmarkPart(string Name, double Seconds, int Rows, double Gflops, double GigabytesPerSecond);

/// <summary>The measurements, peak memory, and how much of it intermediate results and keys and values took.</summary>
public sealed record ModelBenchmarkResult(
    string Kind, int Threads, double LoadSeconds, IReadOnlyList<ModelBenchmarkPart> Parts, long FileBytes, long PeakBytes,
    long ActivationBytes, long CacheBytes, double PeakGflops, double PeakGigabytesPerSecond);

/// <summary>Times the parts of a model on noise (loading, log-mel, encoder, prompt, tokens) and compares them with the machine's limits.</summary>
public static class ModelBenchmark
{
    /// <summary>Loads the checkpoint and runs it once.</summary>
    /// <exception cref="Qwen2Audio.Formats.CheckpointException">The checkpoint is damaged.</exception>
    public static ModelBenchmarkResult Run(string folder, ModelBenchmarkOptions options, Action<string>? onPart = null)
    {
        using var pool = new WorkerPool(options.Threads);
        var peak = (Gflops: PeakMeasurement.FusedMultiplyAddGflops(pool), Memory: PeakMeasurement.ReadGigabytesPerSecond(pool));
        onPart?.Invoke("load");
        var clock = Stopwatch.StartNew();
        using var model = LoadedModel.Open(folder);
        using var ops = new InferenceOps(pool);
        var load = clock.Elapsed.TotalSeconds;
        var run = new Passes(model, ops, options, onPart);
        run.Measure();
        var bytes = model.Source.Files.Sum(file => new FileInfo(file).Length);
        return new ModelBenchmarkResult(
            model.Kind, pool.Threads, load, run.Parts, bytes, Process.GetCurrentProcess().PeakWorkingSet64,
            ops.ArenaCapacity * sizeof(float), run.CacheBytes, peak.Gflops, peak.Memory);
    }

    private sealed class Passes(LoadedModel model, InferenceOps ops, ModelBenchmarkOptions options, Action<string>? onPart)
    {
        private readonly Random _random = new(1);
        private readonly long _decoderNumbers = model.Weights.CountBelow(model.Audio is null ? "" : "language_model");
        private readonly long _decoderBytes = model.Weights.BytesBelow(model.Audio is null ? "" : "language_model");

        public List<ModelBenchmarkPart> Parts { get; } = [];

        public long CacheBytes { get; private set; }

        public void Measure()
        {
            var (x, rows) = model.Audio is null ? Text(options.PromptTokens) : WithAudio(model.Audio);
            var config = model.Decoder.Config;
            var decoder = new Qwen2Decoder(model.Decoder);
            using var state = new SequenceState(1, rows + options.NewTokens);
            var session = new DecodingSession(decoder, ops, state);
            var head = (long)config.VocabSize * config.HiddenSize; // the head computes one row; embedding lookups compute nothing
            var logits = Timed("prompt", rows, 2.0 * rows * (_decoderNumbers - head * (config.TieWordEmbeddings ? 1 : 2)), _decoderBytes,
                () => session.Admit(x, Layout.Of(rows)));
            var token = new int[1];
            Timed("tokens", options.NewTokens, 2.0 * options.NewTokens * _decoderNumbers, options.NewTokens * (double)_decoderBytes, () =>
            {
                for (var i = 0; i < options.NewTokens; i++)
                {
                    token[0] = new GreedySampler().Choose(logits.Row(0), 0);
                    logits = session.Step(token);
                }

                return 0;
            });
            CacheBytes = state.Bytes;
        }

        private (Matrix X, int Rows) Text(int count) => (model.Decoder.Embed(ops, RandomIds(count)), count);

        private (Matrix X, int Rows) WithAudio(Model.Qwen2AudioModel audio)
        {
            var samples = new float[(int)(options.AudioSeconds * LogMel.SampleRate)];
            for (var i = 0; i < samples.Length; i++) samples[i] = 0.1f * (_random.NextSingle() - 0.5f);
            var bins = audio.Config.AudioConfig.NumMelBins;
            var mel = Timed("log-mel", samples.Length / 160, 0, 0, () => LogMel.Compute(samples, new LogMelOptions { Bins = bins }));
            var numbers = model.Weights.CountBelow("audio_tower");
            var rows = audio.Encoder.Conv2.OutputLength(audio.Encoder.Conv1.OutputLength(mel.ValidFrames));
            var embedded = Timed("encoder", rows, 2.0 * rows * numbers, model.Weights.BytesBelow("audio_tower"), () =>
            {
                var encoded = audio.Encoder.Forward(ops, ops.Input(mel.Values.AsSpan(0, mel.Frames * bins), mel.Frames, bins), Layout.Of(mel.Frames), [rows]);
                return (Rows: audio.Project(ops, encoded.Pooled), Count: encoded.PooledRows.Rows);
            });
            int[] ids = [.. RandomIds(options.PromptTokens), .. Enumerable.Repeat(audio.Config.AudioTokenIndex, embedded.Count)];
            return (audio.Embed(ops, ids, embedded.Rows, embedded.Count), ids.Length);
        }

        private int[] RandomIds(int count) =>
            [.. Enumerable.Range(0, count).Select(_ => _random.Next(Math.Min(1000, model.Decoder.Config.VocabSize)))];

        private T Timed<T>(string name, int rows, double operations, double bytes, Func<T> work)
        {
            onPart?.Invoke(name);
            var clock = Stopwatch.StartNew();
            var result = work();
            var seconds = clock.Elapsed.TotalSeconds;
            Parts.Add(new ModelBenchmarkPart(name, seconds, rows, operations / seconds / 1e9, bytes / seconds / 1e9));
            return result;
        }
    }
}
