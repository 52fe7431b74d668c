using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Qwen2Audio.Audio;
using Qwen2Audio.Formats.Manifests;
using Qwen2Audio.Formats.Shards;
using Qwen2Audio.Training.Data.Loading;
using Qwen2Audio.Training.Data.Sources;

namespace Qwen2Audio.Training.Data.Augmentations;

/// <summary>Recorded noise. Every file is decoded once to check it; later, parts are decoded as they are drawn.</summary>
internal sealed class NoiseClips
{
    private readonly Recording[] _recordings;

    private NoiseClips(Recording[] recordings, byte[][] sounds, IReadOnlyList<ClipFailure> failures)
    {
        (_recordings, Failures) = (recordings, failures);
        Identity = $"{recordings.Length} files, " + ContentHash.Of(sum =>
        {
            foreach (var sound in sounds) sum.AppendData(sound);
        });
    }

    /// <summary>Number of usable files.</summary>
    public int Count => _recordings.Length;

    /// <summary>Number of files and a hash of their audio, in order.</summary>
    public string Identity { get; }

    /// <summary>Unusable files: damaged, missing or silent.</summary>
    public IReadOnlyList<ClipFailure> Failures { get; }

    /// <summary>Checks all noise of some sources: folders (recursively), manifests, shards.</summary>
    /// <exception cref="ManifestException">A manifest has the wrong form, or a source does not exist.</exception>
    /// <exception cref="ShardException">A pattern of shards or an index has the wrong form.</exception>
    /// <exception cref="CorpusException">No file is usable.</exception>
    public static NoiseClips Open(IReadOnlyList<string> sources, int threads = 0, CancellationToken cancellation = default)
    {
        var list = RecordingList.Read(sources.Where(source => !Directory.Exists(source)));
        Recording[] all = [.. sources.Where(Directory.Exists).SelectMany(Files), .. list.Recordings];
        var reasons = new string?[all.Length];
        var sounds = new byte[all.Length][];
        Parallel.For(0, all.Length, LoaderThreads.Of(threads, cancellation), i =>
        {
            if (all[i].TryRead(out var reason) is not { } clip) reasons[i] = reason;
            else if (!clip.Samples.AsSpan().ContainsAnyExcept(0f)) reasons[i] = $"{all[i].Row.Path}: no sound; allowed: at least one sample that is not 0.";
            else sounds[i] = SHA256.HashData([.. BitConverter.GetBytes(clip.SampleRate), .. MemoryMarshal.AsBytes(clip.Samples.AsSpan())]);
        });
        List<ClipFailure> failures =
            [.. list.Skipped, .. all.Zip(reasons).Where(pair => pair.Second is not null).Select(pair => new ClipFailure(pair.First.Row, pair.Second!))];
        Recording[] usable = [.. all.Where((_, i) => reasons[i] is null)];
        if (usable.Length > 0) return new NoiseClips(usable, [.. sounds.OfType<byte[]>()], failures);
        throw new CorpusException($"{string.Join(", ", sources)}: no noise file is usable"
            + (failures.Count > 0 ? $". The first: {failures[0].Row.Path}: {failures[0].Reason}" : ": there is none."));
    }

    /// <summary>Draws this many samples of one file, mono at 16 kHz, from a random start; a shorter file is repeated.</summary>
    internal float[] Draw(int samples, ref CounterRandom random)
    {
        var recording = random.Pick(_recordings);
        var place = random.NextDouble();
        if (recording.TryRead(out var reason) is not { } clip) throw new IOException(reason);
        var noise = AudioPreparation.Prepare(clip).Samples;
        if (noise.Length == 0) throw new IOException($"{recording.Row.Path}: no samples; there were some when training began.");
        var result = new float[samples];
        var from = (int)(place * noise.Length);
        for (var at = 0; at < samples;)
        {
            var count = Math.Min(samples - at, noise.Length - from);
            noise.AsSpan(from, count).CopyTo(result.AsSpan(at));
            (at, from) = (at + count, 0);
        }

        return result;
    }

    // sorted by name, since the order of a folder's files is undefined
    private static IEnumerable<Recording> Files(string folder) =>
        Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true })
            .Order(StringComparer.Ordinal)
            .Select(file => new Recording(new ManifestRow { Path = file, Dataset = "noise", Text = "", Split = "" }));
}
