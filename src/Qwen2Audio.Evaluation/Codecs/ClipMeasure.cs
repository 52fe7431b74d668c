using System.Diagnostics;
using Qwen2Audio.Audio;
using Qwen2Audio.Evaluation.Sound;

namespace Qwen2Audio.Evaluation.Codecs;

/// <summary>A decoded clip: one row of the report.</summary>
/// <param name="Name">Name of the row.</param>
/// <param name="Samples">As many as the clip has, at the level of <see cref="LevelledClip.Samples"/>.</param>
/// <param name="Codebooks">Number of codebooks; null if the codec did not code it.</param>
internal sealed record DecodedClip(string Name, float[] Samples, int? Codebooks = null)
{
    /// <summary>The codes; null if the codec did not code it.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? Codes { get; init; }

    /// <summary>Bytes of the token file without its header.</summary>
    public int? Bytes { get; init; }

    /// <summary>Time to encode in seconds.</summary>
    public double? EncodeSeconds { get; init; }

    /// <summary>Time to decode in seconds.</summary>
    public double? DecodeSeconds { get; init; }

    /// <summary>By how many seconds the decoded sound was longer than the clip.</summary>
    public double LengthDifference { get; init; }
}

/// <summary>Codes clips at each bitrate, and finds those that other programs have decoded.</summary>
internal sealed class ClipMeasure(ReportedCodec? codec, CodecReportOptions options, string root)
{
    /// <summary>Name of the row without quantisation.</summary>
    public const string Bypass = "not quantised";

    /// <summary>Sampling rate of the comparison.</summary>
    public int SamplingRate => codec?.Config.SamplingRate ?? options.SamplingRate;

    /// <summary>The numbers of codebooks, descending.</summary>
    public IReadOnlyList<int> Codebooks { get; } = codec is null ? [] : [.. (options.Codebooks ?? Usual(codec.Codebooks)).Distinct().OrderDescending()];

    /// <summary>What is measured, for files of answers.</summary>
    public string Settings => $"codebooks {string.Join(", ", Codebooks)}; decoded {string.Join(", ", options.Decoded.Select(NameOf))}; {SamplingRate} Hz{codec?.Settings}";

    /// <summary>A clip's path in folders of decoded sounds.</summary>
    public string Relative(LevelledClip clip) => SoundFiles.Relative(root, clip.Row);

    /// <summary>The decoded clips, row by row.</summary>
    /// <exception cref="IOException">A decoded clip is missing or has another length.</exception>
    /// <exception cref="AudioFormatException">A decoded clip is not usable audio.</exception>
    public IEnumerable<DecodedClip> Decode(LevelledClip clip)
    {
        if (codec?.Bypass([.. clip.Samples]) is { } plain) yield return new DecodedClip(Bypass, SoundFiles.Fitted(plain, clip.Samples.Length));
        foreach (var books in Codebooks)
        {
            var began = Stopwatch.GetTimestamp();
            var coded = codec!.Encode(clip.Samples, books);
            var encoded = Stopwatch.GetTimestamp();
            var made = coded.Decode();
            yield return new DecodedClip(books == 1 ? "1 codebook" : $"{books} codebooks", SoundFiles.Fitted(made, clip.Samples.Length), books)
            {
                Codes = coded.Codes,
                Bytes = coded.Bytes,
                EncodeSeconds = Stopwatch.GetElapsedTime(began, encoded).TotalSeconds,
                DecodeSeconds = Stopwatch.GetElapsedTime(encoded).TotalSeconds,
            };
        }

        foreach (var folder in options.Decoded)
        {
            var (samples, difference) = SoundFiles.Decoded(folder, Relative(clip), clip.Samples.Length, clip.SamplingRate);
            yield return new DecodedClip(NameOf(folder), clip.Levelled(samples)) { LengthDifference = difference };
        }
    }

    /// <summary>The figures of a decoded clip.</summary>
    public static MeasuredCoding Compare(LevelledClip clip, DecodedClip made, SpectralComparison spectra) =>
        new(made.Name, AudioMetrics.Of(clip.Samples, made.Samples, clip.SamplingRate, spectra))
        {
            Codebooks = made.Codebooks,
            Bytes = made.Bytes,
            EncodeSeconds = made.EncodeSeconds,
            DecodeSeconds = made.DecodeSeconds,
            LengthDifference = made.LengthDifference,
        };

    private static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    // all of a few; otherwise each about half of the one before
    private static IEnumerable<int> Usual(IReadOnlyList<int> possible)
    {
        const int few = 6;
        var last = int.MaxValue;
        foreach (var books in possible)
        {
            if (possible.Count > few && books > last / 2 && books != possible[^1]) continue;
            last = books;
            yield return books;
        }
    }
}
