using System.Runtime.InteropServices;
using Qwen2Audio.Audio;
using Qwen2Audio.Formats;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Numerics.Threads;
using Qwen2Audio.Training.Codec;
using Qwen2Audio.Training.Data;
using Qwen2Audio.Training.Data.Sources;
using Qwen2Audio.Training.Recipes;
using Qwen2Audio.Training.Runs;

namespace Qwen2Audio.Training.Synthesis;

/// <summary>The recordings that a speech model learns to speak, as tokens with phones.</summary>
public sealed class SynthesisCorpus : IDisposable
{
    private readonly WorkerPool _pool;

    private SynthesisCorpus(WorkerPool pool, SynthesisCodec codec) => (_pool, Codec) = (pool, codec);

    internal SynthesisCodec Codec { get; }

    /// <summary>Training recordings.</summary>
    internal IReadOnlyList<SynthesisClip> Train { get; private set; } = [];

    /// <summary>Validation recordings, of voices that are trained.</summary>
    internal IReadOnlyList<SynthesisClip> Validation { get; private set; } = [];

    /// <summary>Names of the voices.</summary>
    public IReadOnlyList<string> Voices { get; private set; } = [];

    /// <summary>Unusable rows.</summary>
    public IReadOnlyList<ClipFailure> Failures { get; private set; } = [];

    /// <summary>Number of training recordings.</summary>
    public int Recordings => Train.Count;

    /// <summary>Number of validation recordings.</summary>
    public int Measured => Validation.Count;

    /// <summary>Length of the training recordings.</summary>
    public double Seconds => Train.Sum(clip => (double)clip.Rows) / Codec.Config.FrameRate;

    /// <summary>Reads and encodes every recording that is drawn or measured.</summary>
    /// <param name="recipe">The section of the recipe.</param>
    /// <param name="data">Its manifests.</param>
    /// <param name="path">Path of the recipe, for messages.</param>
    /// <param name="threads">Number of threads; 0: one per processor.</param>
    /// <param name="progress">Called with the number of recordings read and the total.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <exception cref="RecipeException">A dataset to be drawn has no recordings, a voice has none, or the codec has too few codebooks.</exception>
    /// <exception cref="ManifestException">A manifest or a file of alignments is missing or damaged.</exception>
    /// <exception cref="CorpusException">More recordings are unusable than the recipe allows, or all of them.</exception>
    internal static SynthesisCorpus Load(SpeakRecipe recipe, SpokenData data, string path, int threads = 0, Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        var selection = SpokenSelection.Of(recipe, data, path);
        var all = selection.All;
        var pool = new WorkerPool(threads);
        return Ownership.Pass(pool, _ => Ownership.Pass(OpenCodec(recipe, path, pool), codec =>
        {
            var (clips, failures) = (new SynthesisClip?[all.Count], new List<ClipFailure>(selection.Skipped));
            for (var i = 0; i < all.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                clips[i] = Read(all[i], selection, codec, recipe.Books, out var reason);
                if (clips[i] is null) failures.Add(new ClipFailure(all[i].Row, reason));
                progress?.Invoke(i + 1, all.Count);
            }

            SkippedClips.Check(failures, all.Count + selection.Skipped.Count, data.MaxSkippedPercent);
            SpokenSelection.CheckDraws(recipe, path, [.. selection.Drawn.Where((_, i) => clips[i] is not null)]);
            return new SynthesisCorpus(pool, codec)
            {
                Train = [.. clips.Take(selection.Drawn.Count).OfType<SynthesisClip>()],
                Validation = [.. clips.Skip(selection.Drawn.Count).OfType<SynthesisClip>()],
                Voices = selection.Voices,
                Failures = failures,
            };
        }));
    }

    /// <summary>Checks what <see cref="Load"/> needs, without reading recordings; adds warnings.</summary>
    /// <inheritdoc cref="Load"/>
    internal static void Check(SpeakRecipe recipe, SpokenData data, string path, List<string> warnings)
    {
        var selection = SpokenSelection.Of(recipe, data, path);
        if (recipe.Alignments.Length == 0) warnings.Add("speak.alignments is empty: the recordings will be aligned first, with model.initialise_from");
        else SkippedClips.Check([.. selection.Skipped, .. selection.All.Select(recording => (recording, selection.Aligned(recording, out var reason), reason)).Where(found => found.Item2 is null)
            .Select(found => new ClipFailure(found.recording.Row, found.reason))], selection.All.Count + selection.Skipped.Count, data.MaxSkippedPercent);
        if (RecipePath.IsOpen(recipe.Codec))
        {
            warnings.Add($"speak.codec, {recipe.Codec}, is not checked: it is a run that other recipes make");
            return;
        }

        using var pool = new WorkerPool(1);
        using var codec = OpenCodec(recipe, path, pool);
    }

    /// <summary>Adds the training data to the conditions of a run.</summary>
    internal void AddTo(RunConditions conditions)
    {
        conditions.Add("speak.codec", Codec.Hash);
        conditions.Add("speak.voices", $"{Voices.Count} voices, {ContentHash.OfLines(Voices)}");
        conditions.Add("speak.corpus", $"{Train.Count} clips, {Train.Sum(clip => clip.Rows)} frames, {Hash(Train)}");
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

    private static SynthesisCodec OpenCodec(SpeakRecipe recipe, string path, WorkerPool pool) => Ownership.Pass(new SynthesisCodec(recipe.Codec, pool), codec =>
        recipe.Books <= codec.Config.Books ? codec : throw new RecipeException($"{path}: speak.books is {recipe.Books}; the codec {recipe.Codec} has {codec.Config.Books}."));

    private static SynthesisClip? Read(Recording recording, SpokenSelection selection, SynthesisCodec codec, int books, out string reason)
    {
        if (selection.Aligned(recording, out reason) is not { } aligned || CodecClip.Read(recording, codec.Config.SamplingRate, out reason) is not { } clip) return null;
        var samples = new float[clip.Samples.Length];
        clip.CopyTo(0, samples, 1);
        var codes = codec.Encode(samples, books);
        var (phones, frames) = SynthesisClip.Align(aligned.Words, codes.Length / books, codec.Config.FrameRate, out var first);
        var (count, active) = (frames.Sum(), ActiveLevel.FramesWithSound(samples, codec.Config.Hop));
        return new SynthesisClip(recording.Row, selection.VoiceOf(recording.Row), phones, frames, codes.AsSpan(first * books, count * books).ToArray(), active.AsSpan(first, count).ToArray());
    }
}
