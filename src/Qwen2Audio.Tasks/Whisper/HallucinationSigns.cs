using System.IO.Compression;
using Qwen2Audio.Inference.Whisper;
using Qwen2Audio.Tasks.Clips;

namespace Qwen2Audio.Tasks.Whisper;

/// <summary>Signs that a text was hallucinated.</summary>
internal static class HallucinationSigns
{
    private const int LongestRepeated = 10;     // words
    private const int MinRepeats = 4;
    private const int MinRepeatedWords = 6;   // in all repeats together

    /// <summary>Bytes of the text divided by bytes of its zlib form, as the reference computes it; 0 for an empty text.</summary>
    public static double CompressionRatio(string text)
    {
        if (text.Length == 0) return 0;
        var bytes = Encoding.UTF8.GetBytes(text);
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(bytes);
        return (double)bytes.Length / compressed.Length;
    }

    /// <summary>The signs for a segment: those of its window's text, repetition within the segment, and silence during the segment.</summary>
    public static IReadOnlyList<string> Of(
        string segment, WhisperText window, double compressionRatio, WhisperOptions options, SoundLevels levels, double start, double end)
    {
        List<string> found = [];
        if (compressionRatio > options.CompressionRatioThreshold)
            found.Add(Line($"compression ratio: {compressionRatio:0.0} over {options.CompressionRatioThreshold:0.0}"));
        if (Repetition(segment) is { } repeated) found.Add(Line($"repetition: \"{repeated.Words}\" {repeated.Times} times"));
        if (window.AverageLogProbability < options.LogProbabilityThreshold)
            found.Add(Line($"low probability: mean log probability {window.AverageLogProbability:0.00} under {options.LogProbabilityThreshold:0.00}"));
        if (window.NoSpeechProbability > options.NoSpeechThreshold)
            found.Add(Line($"silence: probability {window.NoSpeechProbability:0.00} of no speech"));
        else if (IsQuiet(levels, start, end))
            found.Add("silence: nothing louder than the pauses of the recording");
        return found;
    }

    /// <summary>Words that are repeated without a gap, and how often; null if there are none.</summary>
    public static (string Words, int Times)? Repetition(string text)
    {
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        for (var length = 1; length <= LongestRepeated; length++)
        {
            var run = 0;    // consecutive words that equal the word `length` places before
            for (var i = length; i < words.Length; i++)
            {
                run = words[i].Equals(words[i - length], StringComparison.OrdinalIgnoreCase) ? run + 1 : 0;
                var times = run / length + 1;
                if (times < MinRepeats || run + length < MinRepeatedWords) continue;
                while (i + 1 < words.Length && words[i + 1].Equals(words[i + 1 - length], StringComparison.OrdinalIgnoreCase)) (i, run) = (i + 1, run + 1);
                return (string.Join(' ', words[(i + 1 - length)..(i + 1)]), run / length + 1);
            }
        }

        return null;
    }

    /// <summary>True when no level of the stretch exceeds the silence threshold of the recording (−60 dB at most).</summary>
    private static bool IsQuiet(SoundLevels levels, double start, double end)
    {
        var threshold = Math.Min(levels.Threshold, -60);
        var (from, to) = ((int)(start / SoundLevels.Step), (int)Math.Ceiling(end / SoundLevels.Step));
        for (var i = Math.Max(0, from); i < Math.Min(levels.Count, to); i++)
            if (levels[i] >= threshold) return false;
        return true;
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
