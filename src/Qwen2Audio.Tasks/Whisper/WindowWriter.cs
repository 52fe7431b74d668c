using Qwen2Audio.Inference.Whisper;
using Qwen2Audio.Text;

namespace Qwen2Audio.Tasks.Whisper;

/// <summary>
/// Writes a window's text, at higher temperatures as long as the text fails the thresholds (openai/whisper <c>decode_with_fallback</c>);
/// beams are for temperature 0.
/// </summary>
internal sealed class WindowWriter(
    WhisperWriter writer, WhisperTokens tokens, BytePairTokenizer tokenizer, WhisperOptions options, WhisperBeams beams)
{
    /// <summary>The first text that passes, else the last; with its compression ratio.</summary>
    public (WhisperText Text, double CompressionRatio) Write(int[] prefix, int maxTokens, int window, CancellationToken cancellation)
    {
        for (var attempt = 0; ; attempt++)
        {
            var temperature = options.Temperatures[attempt];
            var seed = unchecked((ulong)((options.Seed * 31L + window) * 31 + attempt));
            var text = temperature == 0 && beams.Beams > 1
                ? writer.Write(prefix, options.Timestamps, maxTokens, beams, cancellation)
                : writer.Write(prefix, options.Timestamps, maxTokens, temperature, seed, cancellation);
            var ratio = Suspicions.CompressionRatio(Text(text.Tokens));
            if (attempt + 1 == options.Temperatures.Count || Passes(text, ratio)) return (text, ratio);
        }
    }

    /// <summary>True when nobody speaks: the model says so, and its text is not likely enough to speak against it.</summary>
    public bool IsSilent(WhisperText text) =>
        text.NoSpeechProbability > options.NoSpeechThreshold && !(text.AverageLogProbability > options.LogProbabilityThreshold);

    /// <summary>The text of tokens without the timestamps and other control tokens among them.</summary>
    public string Text(IEnumerable<int> ids) => tokenizer.Decode([.. ids.Where(id => id < tokens.End)]).Trim();

    private bool Passes(WhisperText text, double ratio)
    {
        var unlikely = text.AverageLogProbability < options.LogProbabilityThreshold;
        if (unlikely && text.NoSpeechProbability > options.NoSpeechThreshold) return true;      // silence
        return !unlikely && ratio <= options.CompressionRatioThreshold;
    }
}
