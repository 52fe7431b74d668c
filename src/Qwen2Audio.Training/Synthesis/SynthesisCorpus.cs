using System.Runtime.InteropServices;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Alignments;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Codec;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Synthesis;

/// <summary>The recordings of a synthesis recipe as tokens with phones.</summary>
public sealed class SynthesisCorpus : ITrainingCorpus, IDisposable
{
    private readonly WorkerPool _pool;

    private SynthesisCorpus(WorkerPool pool, SynthesisCodec codec) => (_pool, Codec) = (pool, codec);

    internal SynthesisCodec Codec { get; }

    /// <summary>Training recordings.</summary>
    internal IReadOnlyList<SynthesisClip> Train { get; private set; } = [];

    /// <summary>Validation recordings, of voices that are trained.</summary>
    internal IReadOnlyList<SynthesisClip> Validation { get; private set; } = [];

    /// <summary>Names of the voices: the speakers of the training recordings or, where the speaker is unknown, the datasets.</summary>
    public IReadOnlyList<string> Voices { get; private set; } = [];

    /// <summary>Unusable rows.</summary>
    public IReadOnlyList<ClipFailure> Failures { get; private set; } = [];

    /// <summary>Warnings about unused parts of the sources.</summary>
    public IReadOnlyList<string> Warnings { get; private set; } = [];

    /// <summary>Number of training recordings.</summary>
    public int Recordings => Train.Count;

    /// <summary>Number of validation recordings.</summary>
    public int Measured => Validation.Count;

    /// <summary>Length of the training recordings.</summary>
    public double Seconds => Train.Sum(clip => (double)clip.Rows) / Codec.Config.FrameRate;

    /// <summary>Reads and encodes every recording that is drawn or measured.</summary>
    /// <exception cref="RecipeException">A dataset to be drawn has no recordings, or the codec has too few codebooks.</exception>
    /// <exception cref="ManifestException">A manifest or a file of alignments is missing or damaged.</exception>
    /// <exception cref="CorpusException">More recordings are unusable than the recipe allows, or all of them.</exception>
    internal static SynthesisCorpus Load(SynthesisRecipe recipe, string path, int threads, Action<int, int>? progress, CancellationToken cancellation)
    {
        var list = RecordingList.Read(recipe.Data.Manifests, recipe.Data.Split);
        var alignments = new Dictionary<(string, double?), AlignedClip>();
        foreach (var clip in recipe.Data.Alignments.SelectMany(AlignedClip.Read)) alignments[(clip.Path, clip.Offset)] = clip;
        List<Recording> drawn = [.. list.Recordings.Where(recording => recipe.Phases.Any(phase => phase.Draws.GetValueOrDefault(recording.Row.Dataset) > 0))];
        CheckDraws(recipe, path, drawn);
        List<string> voices = [.. drawn.Select(recording => VoiceOf(recording.Row)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        List<Recording> all = [.. drawn, .. ToMeasure(list, recipe, voices)];
        var pool = new WorkerPool(threads);
        return Ownership.Pass(pool, _ => Ownership.Pass(new SynthesisCodec(recipe.Data.Codec, pool), codec =>
        {
            if (recipe.Model.Books > codec.Config.Books) throw new RecipeException($"{path}: model.books is {recipe.Model.Books}; the codec {recipe.Data.Codec} has {codec.Config.Books}.");
            var (clips, failures) = (new SynthesisClip?[all.Count], new List<ClipFailure>(list.Skipped));
            for (var i = 0; i < all.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                clips[i] = Read(all[i], alignments, codec, recipe.Model.Books, voices, out var reason);
                if (clips[i] is null) failures.Add(new ClipFailure(all[i].Row, reason));
                progress?.Invoke(i + 1, all.Count);
            }

            SkippedClips.Check(failures, all.Count + list.Skipped.Count, recipe.Data.MaxSkippedPercent);
            CheckDraws(recipe, path, [.. drawn.Where((_, i) => clips[i] is not null)]);
            return new SynthesisCorpus(pool, codec)
            {
                Train = [.. clips.Take(drawn.Count).OfType<SynthesisClip>()],
                Validation = [.. clips.Skip(drawn.Count).OfType<SynthesisClip>()],
                Voices = voices,
                Failures = failures,
                Warnings = list.Warnings,
            };
        }));
    }

    /// <summary>Adds the training data to the conditions of a run.</summary>
    internal void AddTo(RunConditions conditions)
    {
        conditions.Add("codec", Codec.Hash);
        conditions.Add("voices", $"{Voices.Count} voices, {ContentHash.OfLines(Voices)}");
        conditions.Add("corpus", $"{Train.Count} clips, {Train.Sum(clip => clip.Rows)} frames, {Hash(Train)}");
    }

    /// <summary>Number of validation recordings and a hash of their content.</summary>
    internal string ValidationIdentity => $"{Validation.Count} clips {Hash(Validation)}, codec {Codec.Hash}";

    public void Dispose()
    {
        Codec.Dispose();
        _pool.Dispose();
    }

    private static string Hash(IEnumerable<SynthesisClip> clips) => ContentHash.Of(sum =>
    {
        foreach (var clip in clips)
        {
            sum.AppendData(Encoding.UTF8.GetBytes($"{clip.Row.Dataset}\t{clip.Voice}\t{clip.Phones.Length}\t{clip.Rows}\n"));
            foreach (var values in new[] { clip.Phones, clip.Frames, clip.Codes }) sum.AppendData(MemoryMarshal.AsBytes<int>(values));
        }
    });

    private static string VoiceOf(ManifestRow row) => row.Speaker is "" or "unknown" ? row.Dataset : row.Speaker;

    private static SynthesisClip? Read(
        Recording recording, Dictionary<(string, double?), AlignedClip> alignments, SynthesisCodec codec, int books, List<string> voices, out string reason)
    {
        reason = $"{recording.Row.Path}: there is no alignment; allowed: a recording in data.alignments.";
        if (!alignments.TryGetValue((recording.Row.Path, recording.Row.Offset), out var aligned) || aligned.Words.Count == 0) return null;
        if (aligned.Text != recording.Row.Text)
        {
            reason = $"{recording.Row.Path}: the alignment is of another text; align it again.";
            return null;
        }

        if (CodecClip.Read(recording, codec.Config.SamplingRate, out reason) is not { } clip) return null;
        var samples = new float[clip.Samples.Length];
        clip.CopyTo(0, samples, 1);
        var codes = codec.Encode(samples, books);
        var (phones, frames) = SynthesisClip.Align(aligned.Words, codes.Length / books, codec.Config.FrameRate, out var first);
        return new SynthesisClip(recording.Row, voices.IndexOf(VoiceOf(recording.Row)), phones, frames, codes.AsSpan(first * books, frames.Sum() * books).ToArray());
    }

    private static IEnumerable<Recording> ToMeasure(RecordingList list, SynthesisRecipe recipe, List<string> voices) => list.Validation
        .Where(recording => voices.Contains(VoiceOf(recording.Row))).GroupBy(recording => recording.Row.Dataset, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
        .SelectMany(group =>
        {
            var (rows, taken) = (group.ToList(), Math.Min(group.Count(), recipe.Data.ValidationClips));
            return Enumerable.Range(0, taken).Select(i => rows[(int)((long)i * rows.Count / taken)]);
        });

    private static void CheckDraws(SynthesisRecipe recipe, string path, IReadOnlyList<Recording> recordings)
    {
        var known = recordings.Select(recording => recording.Row.Dataset).ToHashSet(StringComparer.Ordinal);
        List<string> problems = [.. recipe.Phases.SelectMany((phase, i) => phase.Draws.Where(draw => draw.Value > 0 && !known.Contains(draw.Key))
            .Select(draw => $"phases[{i}].draws.{draw.Key}: no recording that can be used is of this dataset"))];
        if (problems.Count > 0) throw new RecipeException($"{path}: {string.Join("; ", problems)} (allowed: {string.Join(", ", known.Order(StringComparer.Ordinal))}).");
    }
}
