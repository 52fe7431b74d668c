using System.Runtime.InteropServices;
using Qwen2Audio.Formats;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Data.Loading;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Codec;

/// <summary>The recordings of a codec recipe in memory, 32 kB per second at 16 kHz.</summary>
public sealed class CodecCorpus : ITrainingCorpus
{
    private readonly int _samplingRate;

    private CodecCorpus(IReadOnlyList<CodecClip> train, IReadOnlyList<CodecClip> validation, int samplingRate) => (Train, Validation, _samplingRate) = (train, validation, samplingRate);

    /// <summary>Training recordings.</summary>
    internal IReadOnlyList<CodecClip> Train { get; }

    /// <summary>Validation recordings.</summary>
    internal IReadOnlyList<CodecClip> Validation { get; }

    /// <summary>Unusable rows.</summary>
    public IReadOnlyList<ClipFailure> Failures { get; private init; } = [];

    /// <summary>Warnings about unused parts of the sources.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>Number of training recordings.</summary>
    public int Recordings => Train.Count;

    /// <summary>Number of validation recordings.</summary>
    public int Measured => Validation.Count;

    /// <summary>Number of training samples.</summary>
    public long Samples => Train.Sum(clip => (long)clip.Samples.Length);

    /// <summary>Length of the training recordings.</summary>
    public double Seconds => (double)Samples / _samplingRate;

    /// <summary>Reads every recording.</summary>
    /// <param name="path">Path of the recipe, for messages.</param>
    /// <param name="threads">Number of recordings read in parallel; 0: one per processor.</param>
    /// <param name="progress">Called on several threads with the number of recordings read and the total.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <exception cref="RecipeException">The split has no recordings, or a dataset to be drawn has none.</exception>
    /// <exception cref="CorpusException">More recordings are unusable than the recipe allows, or all of them.</exception>
    internal static CodecCorpus Load(CodecRecipe recipe, string path, int threads = 0, Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        var list = RecordingList.Read(recipe.Data.Manifests, recipe.Data.Split);
        var drawn = list.Recordings.Where(recording => IsDrawn(recipe, recording.Row.Dataset)).ToList();
        CheckDraws(recipe, path, list.Recordings);
        List<Recording> all = [.. drawn, .. ToMeasure(list, recipe)];
        var clips = new CodecClip?[all.Count];
        var failures = new ClipFailure?[all.Count];
        var done = 0;
        Parallel.For(0, all.Count, LoaderThreads.Of(threads, cancellation), i =>
        {
            clips[i] = CodecClip.Read(all[i], recipe.Model.SamplingRate, out var reason);
            if (clips[i] is null) failures[i] = new ClipFailure(all[i].Row, reason);
            progress?.Invoke(Interlocked.Increment(ref done), all.Count);
        });
        List<ClipFailure> failed = [.. list.Skipped, .. failures.OfType<ClipFailure>()];
        SkippedClips.Check(failed, all.Count + list.Skipped.Count, recipe.Data.MaxSkippedPercent);
        List<CodecClip> train = [.. clips.Take(drawn.Count).OfType<CodecClip>()];
        CheckDraws(recipe, path, [.. drawn.Where((_, i) => clips[i] is not null)]);
        return new CodecCorpus(train, [.. clips.Skip(drawn.Count).OfType<CodecClip>()], recipe.Model.SamplingRate)
        {
            Failures = failed,
            Warnings = [.. list.Warnings, .. Unused(list.Recordings, recipe)],
        };
    }

    /// <summary>Adds the training data to the conditions of a run.</summary>
    internal void AddTo(RunConditions conditions)
    {
        var datasets = Train.GroupBy(clip => clip.Row.Dataset, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Key} {group.Count()}");
        conditions.Add("corpus.clips", $"{Train.Count} clips ({string.Join(", ", datasets)}), "
            + ContentHash.OfLines(Train.Select(clip => $"{Path.GetFileName(clip.Row.Path)}\t{clip.Row.Dataset}")));
        conditions.Add("corpus.sounds", $"{Samples} samples, " + ContentHash.Of(sum =>
        {
            foreach (var clip in Train) sum.AppendData(MemoryMarshal.AsBytes<short>(clip.Samples));
        }));
    }

    /// <summary>Number of validation recordings and a hash of their datasets and samples, in order.</summary>
    internal string ValidationIdentity => $"{Validation.Count} clips {ContentHash.Of(sum =>
    {
        foreach (var clip in Validation)
        {
            sum.AppendData(Encoding.UTF8.GetBytes($"{clip.Row.Dataset}\t{clip.Samples.Length}\n"));
            sum.AppendData(MemoryMarshal.AsBytes<short>(clip.Samples));
        }
    })}";

    private static IEnumerable<Recording> ToMeasure(RecordingList list, CodecRecipe recipe) => list.Validation
        .GroupBy(recording => recording.Row.Dataset, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
        .SelectMany(group => Spread([.. group], recipe.Data.ValidationClips));

    private static IEnumerable<Recording> Spread(IReadOnlyList<Recording> all, int count)
    {
        var taken = Math.Min(count, all.Count);
        return Enumerable.Range(0, taken).Select(i => all[(int)((long)i * all.Count / taken)]);
    }

    private static IEnumerable<string> Unused(IReadOnlyList<Recording> recordings, CodecRecipe recipe) => recordings
        .GroupBy(recording => recording.Row.Dataset, StringComparer.Ordinal).Where(group => !IsDrawn(recipe, group.Key))
        .OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Count()} recordings of {group.Key} are not trained on: no phase draws from it");

    private static bool IsDrawn(CodecRecipe recipe, string dataset) => recipe.Phases.Any(phase => phase.Draws.GetValueOrDefault(dataset) > 0);

    private static void CheckDraws(CodecRecipe recipe, string path, IReadOnlyList<Recording> recordings)
    {
        if (recordings.Count == 0) throw new RecipeException($"{path}: data.manifests ({string.Join(", ", recipe.Data.Manifests)}) have no recordings of split \"{recipe.Data.Split}\" that can be used.");
        var known = recordings.Select(recording => recording.Row.Dataset).ToHashSet(StringComparer.Ordinal);
        var problems = recipe.Phases.SelectMany((phase, i) => phase.Draws.Where(draw => draw.Value > 0 && !known.Contains(draw.Key))
            .Select(draw => $"phases[{i}].draws.{draw.Key}: no recording is of this dataset{NameSuggestion.Hint(draw.Key, known)}")).ToList();
        if (problems.Count > 0) throw new RecipeException($"{path}: {string.Join("; ", problems)} (allowed: {string.Join(", ", known.Order(StringComparer.Ordinal))}).");
    }
}
