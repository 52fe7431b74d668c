using System.IO.Compression;
using Qwen2Audio.Tasks.Clips;

namespace Qwen2Audio.Tasks.Whisper;

/// <summary>Signs that a text was hallucinated.</summary>
internal static class HallucinationSigns
{
    private const int LongestRepeated = 10;     // words
    private const int MinRepeats = 4;
    private const int MinRepeatedWords = 6;   // in all repeats together
    private const double FastestLetters = 30; // a second; fast speakers reach 20
    private const double TimesError = 0.5; // seconds by which a segment may be longer than it seems

    /// <summary>Bytes of the text divided by bytes of its zlib form, as the reference computes it; 0 for an empty text.</summary>
    public static double CompressionRatio(string text)
    {
        if (text.Length == 0) return 0;
        var bytes = Encoding.UTF8.GetBytes(text);
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(bytes);
        return (double)bytes.Length / compressed.Length;
    }

    /// <summary>The signs that a text alone has: it is repetitive.</summary>
    public static List<string> OfText(string text, double compressionRatio, WhisperOptions options)
    {
        List<string> found = [];
        if (compressionRatio > options.CompressionRatioThreshold)
            found.Add(Line($"compression ratio: {compressionRatio:0.0} over {options.CompressionRatioThreshold:0.0}"));
        if (Repetition(text) is { } repeated) found.Add(Line($"repetition: \"{repeated.Words}\" {repeated.Times} times"));
        return found;
    }

    /// <summary>The signs for a segment: those of its window's text, repetition within the segment, more letters than anyone speaks, and silence during the segment.</summary>
    /// <param name="segment">The text.</param>
    /// <param name="compressionRatio">Of the window's text.</param>
    /// <param name="averageLogProbability">Of the window's tokens.</param>
    /// <param name="noSpeechProbability">Of the window; null: the model does not compute it.</param>
    /// <param name="options">Thresholds.</param>
    /// <param name="levels">Of the whole audio.</param>
    /// <param name="start">Of the segment, in seconds of the audio.</param>
    /// <param name="end">Its end.</param>
    public static IReadOnlyList<string> Of(
        string segment, double compressionRatio, double averageLogProbability, double? noSpeechProbability, WhisperOptions options, SoundLevels levels, double start, double end)
    {
        var found = OfText(segment, compressionRatio, options);
        if (segment.Count(char.IsLetter) / (end - start + TimesError) is var letters && letters > FastestLetters)
            found.Add(Line($"too fast: {letters:0} letters a second"));
        if (averageLogProbability < options.LogProbabilityThreshold)
            found.Add(Line($"low probability: mean log probability {averageLogProbability:0.00} under {options.LogProbabilityThreshold:0.00}"));
        if (noSpeechProbability > options.NoSpeechThreshold)
            found.Add(Line($"silence: probability {noSpeechProbability:0.00} of no speech"));
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
